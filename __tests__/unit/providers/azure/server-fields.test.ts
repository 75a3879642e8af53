import type { Server } from '@azure/arm-postgresql-flexible';
import type { Field, Observed } from '../../../../src/engine/resource.ts';
import { textOf, type Value } from '../../../../src/engine/value.ts';
import { rangeOf, RULE_FIELDS, rulesOf } from '../../../../src/providers/azure/resources/firewall.ts';
import { isSet, PARAMETER_FIELDS } from '../../../../src/providers/azure/resources/parameters.ts';
import { replica } from '../../../../src/providers/azure/resources/replica.ts';
import { serverFacts } from '../../../../src/providers/azure/resources/server/convert.ts';
import { joined, type ServerField } from '../../../../src/providers/azure/resources/server/field.ts';
import {
  bodyOf,
  SERVER_FIELDS,
  serverValues,
  stoppedState
} from '../../../../src/providers/azure/resources/server/fields.ts';
import { alarm } from '../../../../src/providers/azure/resources/alarm.ts';
import { logging } from '../../../../src/providers/azure/resources/logging.ts';
import type { Settings } from '../../../../src/spec/catalogue.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What each field of a server is: where it is read, what asks for it, what is sent for it, what a change of it costs,
 * and which difference is none. Functions without a cloud, a line for each value. `UPDATE_GOLDENS=1` writes the file.
 */
const PLAIN = { location: 'East US' };
const FULL: Server = {
  name: 'orders',
  id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders',
  location: 'eastus',
  version: '16',
  state: 'Ready',
  fullyQualifiedDomainName: 'orders.postgres.database.azure.com',
  administratorLogin: 'keeper',
  availabilityZone: '1',
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
  storage: { storageSizeGB: 128, type: 'PremiumV2_LRS', tier: 'P10', iops: 4000, throughput: 200, autoGrow: 'Enabled' },
  backup: { backupRetentionDays: 14, geoRedundantBackup: 'Enabled' },
  highAvailability: { mode: 'ZoneRedundant', standbyAvailabilityZone: '2' },
  maintenanceWindow: { customWindow: 'Enabled', dayOfWeek: 6, startHour: 23, startMinute: 5 },
  authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Enabled' },
  network: {
    publicNetworkAccess: 'Enabled',
    delegatedSubnetResourceId: '/Subnet',
    privateDnsZoneArmResourceId: '/Zone'
  },
  dataEncryption: { primaryKeyURI: 'https://v/keys/K', primaryUserAssignedIdentityId: '/Identity' },
  tags: { 'pgkeep:password-version': '3' }
};
const OFF: Server = {
  location: 'eastus',
  availabilityZone: '',
  storage: { storageSizeGB: 32, type: '', autoGrow: 'Disabled' },
  backup: { geoRedundantBackup: 'Disabled' },
  highAvailability: { mode: 'Disabled', standbyAvailabilityZone: '' },
  maintenanceWindow: { customWindow: 'Disabled', dayOfWeek: 1 },
  authConfig: { activeDirectoryAuth: 'Disabled', passwordAuth: 'Disabled' },
  network: { publicNetworkAccess: 'Disabled', delegatedSubnetResourceId: '', privateDnsZoneArmResourceId: '' },
  dataEncryption: { primaryKeyURI: '', primaryUserAssignedIdentityId: '' }
};
const STATES = ['Ready', 'Stopped', 'Stopping', 'Starting', 'Updating', 'Inaccessible', 'Disabled', 'Dropping'];
const SERVERS: Readonly<Record<string, Server>> = {
  plain: PLAIN,
  full: FULL,
  off: OFF,
  'of the same zone': { ...PLAIN, highAvailability: { mode: 'SameZone' } },
  'with a window of defaults': { ...PLAIN, maintenanceWindow: { customWindow: 'enabled' } }
};

const ASKED: readonly Settings[] = [
  { location: 'West US', instance_class: 'GP_Gen5_2', engine_version: '16' },
  { instance_class: 'nope' },
  { allocated_storage: 33 },
  { allocated_storage: 33, storage_type: 'io1', storage_iops: 4000, storage_throughput: 200 },
  { allocated_storage: 33, storage_type: 'gp2', storage_iops: 4000, storage_throughput: 200 },
  { storage_iops: 4000, storage_throughput: 200, storage_type: 'nope' },
  { storage_tier: 'P10', auto_grow_enabled: false, max_allocated_storage: 100 },
  { max_allocated_storage: 100 },
  { max_allocated_storage: 0 },
  { backup_retention_period: 0, geo_redundant_backup: true },
  { backup_retention_period: 8, geo_redundant_backup: false },
  { multi_az: true, availability_zone: '1', standby_availability_zone: '2' },
  { multi_az: false, standby_availability_zone: '2' },
  { maintenance_window: 'mon:01:00-mon:02:00', master_username: 'keeper', master_password: true },
  { master_password_version: '2', iam_database_authentication_enabled: true },
  { publicly_accessible: true, subnet_ids: ['/a', '/b'], private_dns_zone_id: '/z' },
  { kms_key_id: 'https://v/keys/k', key_identity_id: '/i', restore_source: 'billing' }
];

const SENT: readonly Value[] = [true, false, 'Premium_LRS', 'standard_d2DS_v5'];
const COMPARED: readonly Value[] = ['West US', 'mon:01:00-mon:02:00', 64, ['/B', '/a']];

const FIELDS: Readonly<Record<string, ServerField>> = SERVER_FIELDS;

function plan(fields: Readonly<Record<string, Value>>, facts: Observed['facts'] = {}): Observed {
  return {
    address: 'server',
    type: 'server',
    title: '',
    ownership: { kind: 'unmarked' },
    fields,
    facts,
    dependsOn: [],
    concurrencyGroup: ''
  };
}

/** Live parts by which a change may cost something else. Of the last one little is known. */
const LIVE: Readonly<Record<string, Observed>> = {
  A: plan({ allocated_storage: 128, availability_zone: '1' }, { standbyZone: '2', isLocked: false, static: ['a'] }),
  B: plan(
    { allocated_storage: 32, multi_az: true, availability_zone: '2' },
    { standbyZone: '1', isLocked: true, static: ['a'], mayRestart: true }
  ),
  C: plan({}, { static: 'a' })
};

/** Pairs that some field reads in a way of its own. */
const CHANGES: readonly (readonly [from: Value, to: Value])[] = [
  ['Ready', 'Stopped'],
  ['Stopped', 'Ready'],
  ['Stopping', 'Ready'],
  ['Inaccessible', 'Ready'],
  ['Dropping', 'Ready'],
  [32, 64],
  [64, 32],
  [64, 64],
  [4095, 4096],
  [4096, 8192],
  [2048, 4095],
  ['P4', 'P6'],
  ['P10', 'P6'],
  ['P10', 'P10'],
  ['P10', 'P15'],
  ['1', '2'],
  [null, 'Text'],
  ['Text', null]
];

const OTHERS: Readonly<Record<string, Field>> = {
  'replica allocated_storage': replica.fields.allocated_storage,
  'rules.*': RULE_FIELDS['rules.*'],
  'parameters.*': PARAMETER_FIELDS['parameters.*'],
  actions: alarm.fields.actions,
  workspace_id: logging.fields.workspace_id
};

/** What is made of each value: of most of them, then of the others. */
function made(what: string, values: readonly (readonly [given: string, made: unknown])[]): readonly string[] {
  const shown = values.map(([given, one]) => [given, JSON.stringify(one) ?? 'undefined'] as const);
  const groups = [...Map.groupBy(shown, ([, one]) => one)].toSorted(([, a], [, b]) => b.length - a.length);
  return groups.map(
    ([one, all], at) => `${what} ${at === 0 ? '' : `of ${all.map(([given]) => given).join(', ')}`}: ${one}`
  );
}

function compared(name: string, { impact, satisfied, repair, normalise, show }: Field): readonly string[] {
  const field = name === 'parameters.*' ? 'parameters.a' : name;
  const of = (make: (live: Observed, from: Value, to: Value) => unknown): readonly (readonly [string, unknown])[] =>
    Object.entries(LIVE).flatMap(([what, live]) =>
      CHANGES.map(([from, to]) => [`${what} ${JSON.stringify([from, to])}`, make(live, from, to)] as const)
    );
  return [
    ...(typeof impact === 'function'
      ? made(
          `${name} costs`,
          of((live, from, to) => impact({ field, from, to }, live))
        )
      : []),
    ...(satisfied
      ? made(
          `${name} is satisfied`,
          of((live, from, to) => satisfied(from, to, live))
        )
      : []),
    ...(repair
      ? made(
          `${name} is repaired`,
          STATES.map(state => [state, repair(state)])
        )
      : []),
    ...(normalise ? COMPARED.map(value => `${name} is compared as ${JSON.stringify(normalise(value, field))}`) : []),
    ...(show ? [1, 64].map(value => `${name} is shown as ${show(value, field)}`) : [])
  ];
}

test('each field of a server is read, asked for, sent and compared as its golden file says', () => {
  const page = [
    ...Object.entries(SERVERS).flatMap(([what, live]) => [
      ...Object.entries(serverValues(live)).map(([name, value]) => `${what} ${name}: ${JSON.stringify(value)}`),
      `${what} is known by ${JSON.stringify(serverFacts(live))}`
    ]),
    ...STATES.map(
      state =>
        `${state} is ${textOf(serverValues({ ...PLAIN, state }).state)} ${JSON.stringify(stoppedState({ ...PLAIN, state }))}`
    ),
    ...ASKED.flatMap(settings => [
      `${JSON.stringify(settings)} asks for`,
      ...[undefined, FULL].map(live => {
        const asked = Object.entries(FIELDS).map(([name, { asked: of }]) => [name, of?.(settings, live)]);
        return `  ${live === undefined ? 'new' : 'live'} ${JSON.stringify(Object.fromEntries(asked))}`;
      })
    ]),
    ...Object.entries(FIELDS).flatMap(([name, { write }]) =>
      write === undefined ? [] : SENT.map(value => `${name} ${textOf(value)} sends ${JSON.stringify(write(value))}`)
    ),
    ...Object.entries({ ...FIELDS, ...OTHERS }).flatMap(([name, field]) => compared(name, field))
  ];
  expectGolden('server-fields-azure.txt', `${page.join('\n')}\n`);
});

test('a body has what is not null, of the parts that are asked for, joined member by member', () => {
  const values = { engine_version: '17', allocated_storage: 64, storage_tier: 'P10', multi_az: null, source: 'x' };
  expect(bodyOf(values)).toEqual({ version: '17', storage: { storageSizeGB: 64, tier: 'P10' } });
  expect(bodyOf(values, alone => alone === 'storage')).toEqual({ storage: { storageSizeGB: 64, tier: 'P10' } });
  expect(joined<object>({ a: { b: 1 }, c: [1], d: null }, { a: { e: 2 }, c: [2], d: { f: 3 } })).toEqual({
    a: { b: 1, e: 2 },
    c: [2],
    d: { f: 3 }
  });
  expect(joined<object>({ d: { f: 3 } }, { d: null })).toEqual({ d: null });
});

test('rules of ours are those with a network in their name; a network of IPv6 has no range', () => {
  const range = { startIpAddress: '10.0.0.0', endIpAddress: '10.0.255.255' };
  const names = ['pgkeep-10-0-0-0-16', 'pgkeep-10-0-0-0', 'office', 'x-pgkeep-10-0-0-0-16', 'pgkeep-10-0-0-0-16-x'];
  expect(rulesOf([...names.map(name => ({ ...range, name })), range])).toEqual({
    'rules.10.0.0.0/16': '10.0.0.0-10.0.255.255'
  });
  expect(['10.1.2.3/16', '10.1.2.3/32', '2001:db8::/32', '10.0.0.0'].map(rangeOf)).toEqual([
    '10.1.0.0-10.1.255.255',
    '10.1.2.3-10.1.2.3',
    undefined,
    undefined
  ]);
});

test('a parameter is set where a user gave it its value, and no other input does', () => {
  const source = 'user-override';
  expect(isSet('work_mem', { source })).toBe(true);
  expect(isSet('work_mem', { source, isReadOnly: false })).toBe(true);
  expect(isSet('work_mem', { source, isReadOnly: true })).toBe(false);
  expect(isSet('work_mem', { source: 'system-default' })).toBe(false);
  for (const name of ['pgbouncer.enabled', 'pg_qs.query_capture_mode', 'pgms_wait_sampling.query_capture_mode'])
    expect(isSet(name, { source })).toBe(false);
});
