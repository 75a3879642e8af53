import type { Observed } from '../../../../src/engine/resource.ts';
import { check } from '../../../../src/providers/gcp/checks/check.ts';
import { markLabels } from '../../../../src/providers/gcp/api/labels.ts';
import type { Instance, InstanceSettings } from '../../../../src/providers/gcp/api/types.ts';
import { desired } from '../../../../src/providers/gcp/desired/desired.ts';
import type { Restore } from '../../../../src/providers/gcp/desired/restore-source.ts';
import { validate } from '../../../../src/providers/gcp/checks/validate.ts';
import { observeForOutputs } from '../../../../src/providers/gcp/outputs.ts';
import { describeProblem } from '../../../../src/spec/problem.ts';
import { FLAGS, TIERS } from '../../../clouds/gcp/catalogue.ts';
import { contextOf, refusedAs, type Answers } from '../../../support/gcp-answers.ts';
import { expectGolden } from '../../../support/golden.ts';
import { alike } from '../../../support/plan-in-words.ts';

/**
 * What a plan refuses, and what it says, given an instance and one input more: each kind of instance with each input.
 * A bound that moves, and a condition that no longer counts, shows in the golden file. `UPDATE_GOLDENS=1` writes it.
 */
type With = Readonly<Record<string, string>>;

const MARK = markLabels({ version: 1, repository: 'acme/shop', name: 'orders', environment: '' });
const BACKUPS = {
  enabled: true,
  startTime: '03:00',
  pointInTimeRecoveryEnabled: true,
  transactionLogRetentionDays: 7,
  backupRetentionSettings: { retainedBackups: 7 }
};

function instance(settings: InstanceSettings = {}, more: Omit<Instance, 'name'> = {}): Instance {
  return {
    name: 'orders',
    region: 'us-central1',
    databaseVersion: 'POSTGRES_16',
    state: 'RUNNABLE',
    ipAddresses: [{ type: 'PRIMARY', ipAddress: '34.1.1.1' }],
    ...more,
    settings: {
      tier: 'db-custom-2-7680',
      edition: 'ENTERPRISE',
      availabilityType: 'ZONAL',
      dataDiskSizeGb: '20',
      dataDiskType: 'PD_SSD',
      maintenanceWindow: { day: 7, hour: 4 },
      backupConfiguration: BACKUPS,
      ipConfiguration: { ipv4Enabled: true, sslMode: 'ENCRYPTED_ONLY' },
      userLabels: MARK,
      ...settings
    }
  };
}

function replica(name: string, settings: InstanceSettings, region = 'us-central1'): Instance {
  const labels = { userLabels: MARK, ...settings };
  return {
    ...instance(labels, { region, instanceType: 'READ_REPLICA_INSTANCE', masterInstanceName: 'shop-project:orders' }),
    name
  };
}

interface Situation {
  readonly live?: Instance;
  readonly replicas?: readonly Instance[];
  readonly restore?: Partial<Restore>;
  readonly answers?: Answers;
  /** The inputs that it is about. Default: all. */
  readonly about?: readonly string[];
}

const PASSWORDS = { enablePasswordPolicy: true, minLength: 20 };

/** A copy of a source with these values. */
const SOURCE: Partial<Restore> = {
  source: { instance: 'main' },
  region: 'us-central1',
  storageGib: 3055,
  databaseVersion: 'POSTGRES_16',
  passwordPolicy: PASSWORDS
};

const deleted = (days: number, error?: object): object => ({
  items: [
    { name: '2', operationType: 'UPDATE', status: 'DONE', insertTime: '2025-12-31T00:00:00Z' },
    {
      name: '1',
      operationType: 'DELETE',
      status: 'DONE',
      insertTime: new Date(Date.parse('2026-01-01T00:00:00Z') - days * 86_400_000).toISOString(),
      ...(error === undefined ? {} : { error })
    }
  ]
});

const DONE = { name: '9', status: 'DONE' };
const CHECKED = {
  ...DONE,
  preCheckMajorVersionUpgradeContext: {
    preCheckResponse: [
      { messageType: 'ERROR', message: 'One.', actionsRequired: ['Do this.', 'Do that.'] },
      { messageType: 'ERROR' },
      { messageType: 'WARNING', message: 'Three.', actionsRequired: ['Do this.', 'Do that.'] },
      { messageType: 'WARNING' },
      { messageType: 'INFO', message: 'Five.' }
    ]
  }
};

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'no instance': {},
  'no instance, and one of that name was deleted': {
    about: ['name', 'create_read_replica', 'replica_region'],
    answers: { 'operations.list': deleted(6.9) }
  },
  'no instance, and one of that name was deleted a week ago': {
    about: ['name', 'create_read_replica', 'replica_region'],
    answers: { 'operations.list': deleted(7) }
  },
  'no instance, and its deletion failed': {
    about: ['name', 'create_read_replica', 'replica_region'],
    answers: { 'operations.list': deleted(1, {}) }
  },
  'a copy': { restore: SOURCE },
  'a small one': { live: instance() },
  'one that shares its core, with the largest disk': {
    about: ['tier', 'allocated_storage', 'max_allocated_storage', 'storage_type'],
    live: instance({ tier: 'db-g1-small', dataDiskSizeGb: '3054' })
  },
  'one with a larger disk': {
    about: ['tier', 'allocated_storage', 'max_allocated_storage'],
    live: instance({ dataDiskSizeGb: '3055' })
  },
  'one of Enterprise Plus with all that Enterprise lacks': {
    live: instance({
      tier: 'db-perf-optimized-N-2',
      edition: 'ENTERPRISE_PLUS',
      backupConfiguration: { ...BACKUPS, transactionLogRetentionDays: 14 },
      connectionPoolConfig: { connectionPoolingEnabled: true },
      dataCacheConfig: { dataCacheEnabled: true }
    })
  },
  'one with a standby and a Hyperdisk': {
    live: instance(
      { tier: 'db-custom-N4-32-131072', dataDiskType: 'HYPERDISK_BALANCED', availabilityType: 'REGIONAL' },
      { diskEncryptionConfiguration: { kmsKeyName: 'projects/p/locations/us-central1/keyRings/r/cryptoKeys/k' } }
    )
  },
  'one without backups': { live: instance({ backupConfiguration: { enabled: false } }) },
  'one in a private network, of a plan of Backup and DR': {
    live: instance(
      {
        backupConfiguration: { ...BACKUPS, backupTier: 'ADVANCED' },
        ipConfiguration: { ipv4Enabled: false, privateNetwork: 'projects/shop-project/global/networks/shop' }
      },
      { ipAddresses: [{ type: 'PRIVATE', ipAddress: '10.0.0.3' }] }
    )
  },
  'one with Private Service Connect alone': {
    about: ['publicly_accessible', 'psc_enabled', 'allowed_cidr_blocks', 'ssl_mode', 'vpc_id'],
    live: instance(
      {
        connectorEnforcement: 'REQUIRED',
        ipConfiguration: {
          ipv4Enabled: false,
          pscConfig: {
            pscEnabled: true,
            pscAutoConnections: [{ consumerNetwork: 'a', ipAddress: '10.1.0.7' }, { consumerNetwork: 'b' }, {}]
          }
        }
      },
      { ipAddresses: [] }
    )
  },
  'one with an attachment alone': {
    about: ['publicly_accessible', 'psc_enabled', 'allowed_cidr_blocks', 'ssl_mode', 'vpc_id'],
    live: instance(
      { ipConfiguration: { ipv4Enabled: false, pscConfig: { pscEnabled: true } } },
      {
        ipAddresses: [],
        dnsName: 'a.sql.goog.',
        pscServiceAttachmentLink: 'projects/p1-tp/attachment'
      }
    )
  },
  'one that is open to all': {
    about: ['publicly_accessible', 'psc_enabled', 'allowed_cidr_blocks', 'ssl_mode', 'vpc_id'],
    live: instance({
      ipConfiguration: {
        sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED',
        authorizedNetworks: [
          { value: '0.0.0.0/0', name: 'ann' },
          { value: '198.51.100.1', name: 'ben' },
          { value: '203.0.113.0/24', name: 'pgkeep' }
        ]
      }
    })
  },
  'one with as many labels as it can have': {
    about: ['tags'],
    live: instance({
      userLabels: { ...MARK, ...Object.fromEntries(Array.from({ length: 48 }, (_, at) => [`l${at}`, 'x'])) }
    })
  },
  'one without labels': { about: ['tags'], live: instance({ userLabels: {} }) },
  'one with a password policy': {
    about: ['master_password', 'master_password_version', 'master_username'],
    live: instance({ passwordValidationPolicy: PASSWORDS, userLabels: { ...MARK, 'pgkeep-password-version': '2' } })
  },
  'one with flags that a newer version lacks': {
    about: ['engine_version', 'parameters'],
    live: instance(
      {
        databaseFlags: [
          { name: 'old_flag', value: 'on' },
          { name: 'work_mem', value: '4096' }
        ]
      },
      { upgradableDatabaseVersions: [{ name: 'POSTGRES_18', majorVersion: 'POSTGRES_18' }, { majorVersion: 'x' }] }
    ),
    answers: { 'instances.preCheckMajorVersionUpgrade': DONE, 'operations.get': CHECKED }
  },
  'one that passes the check of an upgrade': {
    about: ['engine_version', 'parameters'],
    live: instance({}, { replicaNames: ['orders-replica-1', 'theirs'] }),
    answers: { 'instances.preCheckMajorVersionUpgrade': DONE, 'operations.get': DONE }
  },
  'one that does not': {
    about: ['engine_version', 'parameters'],
    live: instance(),
    answers: { 'instances.preCheckMajorVersionUpgrade': DONE, 'operations.get': CHECKED }
  },
  'one that is stopped': { about: ['engine_version', 'parameters'], live: instance({ activationPolicy: 'NEVER' }) },
  'one in maintenance': { about: ['engine_version', 'parameters'], live: instance({}, { state: 'MAINTENANCE' }) },
  'one with replicas that are less safe': {
    about: ['publicly_accessible', 'ssl_mode', 'create_read_replica', 'replica_region'],
    live: instance({
      ipConfiguration: { ipv4Enabled: false, privateNetwork: 'n', sslMode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED' }
    }),
    replicas: [
      replica('orders-replica-1', { ipConfiguration: { ipv4Enabled: true, sslMode: 'ENCRYPTED_ONLY' } }),
      replica('orders-replica-us-east1', {}, 'us-east1'),
      replica('theirs', { userLabels: {}, ipConfiguration: { ipv4Enabled: true } })
    ]
  },
  'one with a replica that takes plain connections': {
    about: ['ssl_mode'],
    live: instance(),
    replicas: [replica('orders-replica-1', { ipConfiguration: { sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' } })]
  },
  'one with a replica that is as safe': {
    about: ['publicly_accessible', 'ssl_mode', 'create_read_replica', 'replica_region'],
    live: instance(),
    replicas: [replica('orders-replica-1', { ipConfiguration: { ipv4Enabled: true, sslMode: 'ENCRYPTED_ONLY' } })]
  },
  'one where the lists can not be read': {
    about: ['tier', 'parameters', 'engine_version'],
    live: instance({ databaseFlags: [{ name: 'old_flag', value: 'on' }] }),
    answers: { 'tiers.list': {}, 'flags.list': {} }
  },
  'one of a version that has no flags': {
    about: ['engine_version', 'parameters'],
    live: instance({}, { databaseVersion: 'POSTGRES_9_6' }),
    answers: { 'flags.list': refusedAs('invalid') }
  },
  'one whose flags may not be read': {
    about: ['engine_version', 'parameters'],
    live: instance(),
    answers: { 'flags.list': refusedAs('denied') }
  },
  'one of which little is known': { about: [], live: { name: 'orders', databaseVersion: 'POSTGRES_16' } },
  'an instance of MySQL': { about: [], live: instance({}, { databaseVersion: 'MYSQL_8_0' }) },
  'a replica': {
    about: [],
    live: instance({}, { instanceType: 'READ_REPLICA_INSTANCE', masterInstanceName: 'shop-project:main' })
  },
  'a read pool': { about: [], live: instance({}, { instanceType: 'READ_POOL_INSTANCE', masterInstanceName: 'main' }) },
  'a server elsewhere': { about: [], live: instance({}, { instanceType: 'ON_PREMISES_INSTANCE' }) }
};

const ZONE = { availability_zone: 'us-central1-a' };
const INPUTS: readonly With[] = [
  { name: 'x'.repeat(85) },
  { name: 'x'.repeat(86) },
  { gcp_region: '' },
  { tier: 'db-g1-small' },
  { tier: 'db-custom-4-15360' },
  { tier: 'db-perf-optimized-N-2' },
  { tier: 'DB-PERF-OPTIMIZED-N-128' },
  { tier: 'db-perf-optimized-N-128', gcp_region: 'us-east1' },
  { tier: 'db-perf-optimized-N-128', replica_region: 'us-east1' },
  { tier: 'db-perf-optimized-N-999' },
  { tier: 'db-custom-N4-32-131072' },
  { tier: 'db-custom-N4-32-131072', storage_iops: '100001' },
  { tier: 'db-custom-N4-32-131072', storage_throughput: '1600', multi_az: 'false' },
  { tier: 'db-g1-small', transaction_log_retention_days: '7', enable_proxy: 'false' },
  { storage_type: 'pd-hdd' },
  { storage_type: 'PD_HDD' },
  { storage_iops: '100001' },
  { storage_iops: '100001', multi_az: 'false' },
  { allocated_storage: '10' },
  { allocated_storage: '20' },
  { allocated_storage: '3055' },
  { max_allocated_storage: '3055' },
  { multi_az: 'true' },
  { multi_az: 'true', enable_backup: 'false' },
  { multi_az: 'true', enable_binary_log_backup: 'false' },
  { multi_az: 'false', enable_backup: 'false' },
  { enable_backup: 'false' },
  { enable_binary_log_backup: 'true' },
  { enable_binary_log_backup: 'true', multi_az: 'true' },
  { enable_binary_log_backup: 'true', enable_backup: 'true' },
  { enable_binary_log_backup: 'false' },
  { backup_retention_period: '0' },
  { backup_retention_period: '5' },
  { backup_retention_period: '7' },
  { transaction_log_retention_days: '7' },
  { transaction_log_retention_days: '8' },
  { transaction_log_retention_days: '8', backup_retention_period: '8' },
  { transaction_log_retention_days: '8', enable_backup: 'false' },
  { backup_window: '03:30-04:30' },
  { backup_window: '23:00-00:00' },
  { maintenance_window: 'mon:04:00-mon:05:00' },
  { maintenance_window: 'mon:07:00-mon:08:00' },
  { backup_window: '04:30-05:30', maintenance_window: 'mon:04:00-mon:05:00' },
  { backup_window: '05:00-06:00', maintenance_window: 'mon:04:00-mon:05:00' },
  { ...ZONE },
  { availability_zone: 'US-EAST1-B' },
  { ...ZONE, secondary_zone: 'us-central1-b' },
  { secondary_zone: 'us-east1-b', multi_az: 'true' },
  { kms_key_id: 'projects/p/locations/us-east1/keyRings/r/cryptoKeys/k' },
  { kms_key_id: 'projects/p/locations/us-central1/keyRings/r/cryptoKeys/k' },
  { publicly_accessible: 'false' },
  { publicly_accessible: 'true' },
  { publicly_accessible: 'false', vpc_id: 'shop' },
  { psc_enabled: 'true' },
  { psc_enabled: 'false' },
  { allowed_cidr_blocks: '203.0.113.0/24' },
  { allowed_cidr_blocks: '198.51.100.1\n0.0.0.0/0' },
  { ssl_mode: 'ENCRYPTED_ONLY' },
  { tags: 'Team: shop' },
  { tags: 'l0: shop' },
  { engine_version: '14' },
  { engine_version: '17' },
  { engine_version: '18' },
  { engine_version: '19' },
  { engine_version: '9.6' },
  { engine_version: '17', wait: 'false' },
  { engine_version: '17', parameters: 'work_mem: 8MB' },
  { parameters: 'work_mem: 63kB' },
  { parameters: 'cloudsql.level: LOW\ncloudsql.count: 2\ncloudsql.both: 0\ncloudsql.free: 5' },
  { parameters: 'cloudsql.level: high\ncloudsql.count: 3\ncloudsql.both: 9\ncloudsql.unknown: on' },
  { parameters: 'cloudsql.both: 10' },
  { parameters: 'cloudsql.both: 20' },
  { parameters: 'cloudsql.both: 21' },
  { parameters: 'log_statement: some\nmax_connections: 13\nautovacuum: on' },
  { create_read_replica: 'true' },
  { create_read_replica: 'true', enable_backup: 'false' },
  { create_read_replica: 'true', backup_retention_period: '0' },
  { create_read_replica: 'true', multi_az: 'true' },
  { create_read_replica: 'true', read_replica_count: '10' },
  { create_read_replica: 'true', read_replica_count: '10', replica_region: 'us-east1' },
  { create_read_replica: 'true', tier: 'db-custom-4-15360', parameters: 'max_connections: 100' },
  { create_read_replica: 'true', tier: 'db-custom-1-3840', disk_size: '40' },
  { replica_region: 'US-East1' },
  { replica_region: 'us-east1', enable_backup: 'false' },
  { replica_region: 'us-east1', backup_retention_period: '0' },
  { enable_proxy: 'true' },
  { master_password: '' },
  { master_password: '', iam_database_authentication_enabled: 'true' },
  { master_password: '', restore_source: 'main' },
  { master_password: '', restore_from_snapshot: 'before' },
  { master_password_version: '1' },
  { master_password_version: '2' },
  { master_username: 'keeper' },
  { master_password: 'a-password-of-many-letters', master_username: 'keeper' },
  { roles: 'app: {login: password}', keep_role_passwords: 'true' }
];

const BASE: With = { gcp_region: 'us-central1', master_password: 'Canary-horse-8431' };

/** Flags of each kind that Cloud SQL may list. */
const MORE_FLAGS = [
  { name: 'cloudsql.level', type: 'STRING', allowedStringValues: ['Low', 'Mid'] },
  { name: 'cloudsql.count', type: 'INTEGER', allowedIntValues: ['1', '2'] },
  { name: 'cloudsql.both', type: 'INTEGER', allowedIntValues: ['0'], minValue: '10', maxValue: '20' },
  { name: 'cloudsql.free', type: 'INTEGER' }
];

/** What goes without a situation of its own. */
const USUAL: Answers = {
  'tiers.list': { items: TIERS },
  'flags.list': { items: [...FLAGS, ...MORE_FLAGS] },
  'operations.list': {},
  'instances.list': {}
};

/** What calls are told as. */
const TOLD = new Set<string>();

async function found(
  { live, replicas = [], restore = {}, answers }: Situation,
  more: With
): Promise<readonly string[]> {
  const given = Object.fromEntries(Object.entries({ ...BASE, ...more }).filter(([, value]) => value !== ''));
  const known: Answers = { ...USUAL, 'instances.list': { items: replicas }, 'instances.get': live };
  const { context, told } = contextOf(given, { ...known, ...answers }, live);
  const observed: readonly Observed[] = await observeForOutputs(context);
  const { problems, notices } = await check(context, observed, { restore: { problems: [], notices: [], ...restore } });
  for (const one of told) TOLD.add(one.replaceAll(/orders-replica-\S+|x{9,}/g, '<name>'));
  return [
    ...problems.map(describeProblem),
    ...notices.map(({ severity, code, input = '', message }) => `${severity} ${code} ${input}: ${message}`)
  ];
}

/** Each field that is wanted, a line each. */
async function wanted({ live, replicas = [], restore = {} }: Situation, more: With): Promise<readonly string[]> {
  const given = Object.fromEntries(Object.entries({ ...BASE, ...more }).filter(([, value]) => value !== ''));
  const { context } = contextOf(given, { ...USUAL, 'instances.list': { items: replicas } }, live);
  const observed = await observeForOutputs(context);
  const all = desired(context, observed, { restore: { problems: [], notices: [], ...restore } });
  return all.flatMap(({ address, title, presence, dependsOn, concurrencyGroup, complete = [], fields }) => [
    `${presence} ${title} at ${address}, after ${dependsOn.join(', ')}, in ${concurrencyGroup}: ${complete.join(', ')}`,
    ...Object.entries(fields).map(([name, { value, managed }]) =>
      [`${address} ${name}: ${JSON.stringify(value)}`, managed ? '' : ' at first'].join('')
    )
  ]);
}

const named = (input: With): string =>
  Object.entries(input)
    .map(([name, value]) => `${name}: ${value.replaceAll('\n', '; ')}`)
    .join(', ');

type Answer = (situation: Situation, input: With) => Promise<readonly string[]>;

/** What each input adds and takes away, by the input. */
async function added(
  situation: Situation,
  answer: Answer,
  inputs: readonly With[]
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { about } = situation;
  const usual = await answer(situation, {});
  const all = new Map([['as it is', usual]]);
  for (const input of inputs) {
    if (about !== undefined && !Object.keys(input).some(name => about.includes(name))) continue;
    const said = await answer(situation, input);
    const missing = usual.filter(line => !said.includes(line)).map(line => `without: ${line}`);
    all.set(named(input), [...said.filter(line => !usual.includes(line)), ...missing]);
  }
  return all;
}

test('each instance with each input is refused, or told, as the golden file says', async () => {
  TOLD.clear();
  const page: string[] = [];
  const before = new Map<string, ReadonlyMap<string, readonly string[]>>();
  for (const [title, situation] of Object.entries(SITUATIONS)) {
    const outcomes = await added(situation, found, INPUTS);
    // Of the others, what is not as it is with the first of its kind.
    const kind = situation.live === undefined ? 'none' : 'live';
    const first = before.get(kind);
    before.set(kind, first ?? outcomes);
    const own = [...outcomes].filter(([input, said]) => first?.get(input)?.join('\n') !== said.join('\n'));
    page.push(`# ${title}`, '');
    for (const [text, inputs] of alike(own)) {
      if (text !== '' || first !== undefined) page.push(...inputs, text === '' ? '  nothing' : text);
    }
    page.push('');
  }
  page.push('# Each call, as a failure names it', ...[...TOLD].toSorted());
  expectGolden('findings-gcp.txt', `${page.join('\n')}\n`);
});

const ALARM: With = { alarms: 'cpu: {threshold: 70}\nfree_storage: {period: 90}\nread_latency: {}', tags: 'Team: a b' };
const WANTED_BY: readonly With[] = [
  ALARM,
  { ...ALARM, alarm_actions: 'projects/p/notificationChannels/1' },
  { database_name: 'shop' },
  { iam_users: 'user:ann@example.com' },
  { multi_az: 'true', vpc_id: 'shop' },
  { backup_retention_period: '14', tier: 'db-perf-optimized-N-2' },
  { backup_retention_period: '13', tier: 'db-perf-optimized-N-2' },
  { tier: 'db-c4a-highmem-4', storage_iops: '4000' },
  { tier: 'db-memory-optimized-N-4' },
  { storage_type: 'hyperdisk_balanced', storage_throughput: '200' },
  { create_read_replica: 'true' },
  { create_read_replica: 'true', parameters: 'max_connections: 100', tags: 'Team: shop' },
  { replica_region: 'US-East1' },
  { multi_az: 'true' },
  { multi_az: 'true', enable_backup: 'false' },
  { multi_az: 'true', enable_binary_log_backup: 'false' },
  { enable_backup: 'false' },
  { backup_retention_period: '0' },
  { psc_enabled: 'true' },
  { master_username: 'keeper' },
  { engine_version: '17.2' },
  { roles: 'app: {login: password}', keep_role_passwords: 'true' }
];
const WANTED = ['no instance', 'a copy', 'a small one', 'one with replicas that are less safe'];

test('what each input makes wanted is as the golden file says', async () => {
  const page: string[] = [];
  for (const title of WANTED) {
    const { about: _all, ...situation } = SITUATIONS[title] ?? {};
    const outcomes = await added(situation, wanted, WANTED_BY);
    page.push(`# ${title}`, '');
    for (const [text, inputs] of alike([...outcomes])) if (text !== '') page.push(...inputs, text);
    page.push('');
  }
  expectGolden('wanted-gcp.txt', page.join('\n'));
});

const many = (count: number, of: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => of(at)).join('\n');
const network = (at: number): string => `203.0.113.${at}`;

test.each<[string, With, string | undefined]>([
  ['48 tags', { tags: many(48, at => `t${at}: a`) }, undefined],
  ['49 tags', { tags: many(49, at => `t${at}: a`) }, 'at most 48'],
  ['100 networks', { allowed_cidr_blocks: many(100, network) }, undefined],
  ['101 networks', { allowed_cidr_blocks: many(101, network) }, 'at most 100'],
  ['98 characters', { name: 'x'.repeat(98) }, undefined],
  ['99 characters', { name: 'x'.repeat(99) }, 'to 98']
])('whether an instance can have %s is known before a call', (_what, inputs, limit) => {
  const { context } = contextOf({ ...BASE, ...inputs });
  expect(validate(context.spec).problems.map(({ allowed }) => allowed)).toEqual(
    limit === undefined ? [] : [expect.stringContaining(limit)]
  );
});
