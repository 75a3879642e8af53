import type { Plan } from '../../../../src/engine/plan.ts';
import type { Observed } from '../../../../src/engine/resource.ts';
import { ActionError } from '../../../../src/errors.ts';
import type { Backup } from '../../../../src/providers/gcp/api/backups.ts';
import { markLabels } from '../../../../src/providers/gcp/api/labels.ts';
import type { Instance, InstanceSettings } from '../../../../src/providers/gcp/api/types.ts';
import { connectorWayIn } from '../../../../src/providers/gcp/connector.ts';
import { dataApiWayIn } from '../../../../src/providers/gcp/data-api.ts';
import { lookUp } from '../../../../src/providers/gcp/desired/desired.ts';
import { recoveryWindow } from '../../../../src/providers/gcp/desired/restore-source.ts';
import { examine } from '../../../../src/providers/gcp/doctor.ts';
import { inputsOf } from '../../../../src/providers/gcp/inputs-of.ts';
import { listServers } from '../../../../src/providers/gcp/list-servers.ts';
import { newestBackup } from '../../../../src/providers/gcp/newest-backup.ts';
import { observeForOutputs, outputsOf } from '../../../../src/providers/gcp/outputs.ts';
import { estimate } from '../../../../src/providers/gcp/pricing/cost.ts';
import { priceOf } from '../../../../src/providers/gcp/pricing/price-list.ts';
import { replica } from '../../../../src/providers/gcp/resources/replica.ts';
import { server } from '../../../../src/providers/gcp/resources/server/server.ts';
import { runnerAccess } from '../../../../src/providers/gcp/runner-access.ts';
import { takeSnapshot } from '../../../../src/providers/gcp/snapshot.ts';
import { usage } from '../../../../src/providers/gcp/usage.ts';
import { whoChanged } from '../../../../src/providers/gcp/who-changed.ts';
import { contextOf, InTurn, refusedAs, type Answers, type Asking } from '../../../support/gcp-answers.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What is made of each answer that Google may give to a question, and what is asked for it: the whole answer in the
 * golden file. `UPDATE_GOLDENS=1` writes it, to be read.
 */
type With = Readonly<Record<string, string>>;
type Question = (asking: Asking) => Promise<unknown>;
type Case = readonly [title: string, answers: Answers, inputs?: With, live?: Instance];

const MARK = markLabels({ version: 1, repository: 'acme/shop', name: 'orders', environment: '' });

function instance(settings: InstanceSettings = {}, more: Partial<Instance> = {}): Instance {
  const labels = { userLabels: MARK, ...settings };
  return { name: 'orders', region: 'us-central1', databaseVersion: 'POSTGRES_16', ...more, settings: labels };
}

const LIVE = instance({ tier: 'db-custom-2-7680', dataDiskSizeGb: '20' });
const follower = (name: string, more: Partial<Instance> = {}, settings: InstanceSettings = {}): Instance =>
  instance(settings, {
    name,
    instanceType: 'READ_REPLICA_INSTANCE',
    masterInstanceName: 'shop-project:orders',
    selfLink: `https://sql/${name}`,
    ipAddresses: [{ type: 'PRIMARY', ipAddress: '34.1.1.9' }],
    ...more
  });

const NOTHING: Answers = { 'instances.list': {}, 'operations.list': {} };

const outputs: Question = async ({ context }) => outputsOf(context, await observeForOutputs(context));

const OUTPUTS: readonly Case[] = [
  ['no instance', NOTHING],
  ['one without an address', NOTHING, {}, LIVE],
  [
    'one with an address alone',
    NOTHING,
    {},
    { ...LIVE, ipAddresses: [{ type: 'PRIMARY', ipAddress: '34.1.1.1' }], selfLink: 'https://sql/orders' }
  ],
  [
    'one with everything',
    {
      'instances.list': {
        items: [
          follower('orders-replica-1'),
          follower('orders-replica-2', { ipAddresses: [] }),
          follower('theirs', {}, { userLabels: {} })
        ]
      }
    },
    { database_name: 'shop', master_username: 'keeper', master_password: 'Canary-horse-8431' },
    instance(
      {
        connectionPoolConfig: { connectionPoolingEnabled: true },
        insightsConfig: { queryInsightsEnabled: true },
        ipConfiguration: { pscConfig: { pscEnabled: true } }
      },
      {
        connectionName: 'shop-project:us-central1:orders',
        selfLink: 'https://sql/orders',
        serverCaCert: { cert: 'PEM' },
        dnsName: 'orders.sql.goog.',
        pscServiceAttachmentLink: 'projects/p1/attachment',
        ipAddresses: [
          { type: 'PRIMARY', ipAddress: '34.1.1.1' },
          { type: 'PRIVATE', ipAddress: '10.0.0.3' }
        ]
      }
    )
  ]
];

const FACTS: readonly Case[] = [
  ['an instance of which little is known', NOTHING, {}, { name: 'orders' }],
  [
    'one in all its members',
    { 'flags.list': { items: [{ name: 'work_mem' }, { name: 'max_connections', requiresRestart: true }] } },
    { parameters: 'work_mem: 8MB', allowed_cidr_blocks: '203.0.113.0/24' },
    instance(
      {
        tier: 'db-custom-2-7680',
        edition: 'ENTERPRISE',
        activationPolicy: 'NEVER',
        dataDiskSizeGb: '20',
        dataDiskType: 'PD_SSD',
        dataDiskProvisionedIops: '3000',
        dataDiskProvisionedThroughput: '140',
        storageAutoResize: true,
        storageAutoResizeLimit: '100',
        availabilityType: 'REGIONAL',
        userLabels: { ...MARK, team: 'shop' },
        backupConfiguration: { backupTier: 'ENHANCED', location: '', backupRetentionSettings: { retainedBackups: 7 } },
        denyMaintenancePeriods: [{ startDate: '12-01', endDate: '12-31' }],
        maintenanceWindow: { day: 1 },
        databaseFlags: [
          { name: 'cloudsql.iam_authentication', value: 'on' },
          { name: 'cloudsql.enable_pgaudit', value: 'on' },
          { name: 'work_mem' }
        ],
        connectionPoolConfig: { flags: [{ name: 'pool_mode' }] },
        ipConfiguration: {
          privateNetwork: '',
          allocatedIpRange: '',
          authorizedNetworks: [
            { value: '203.0.113.0/24', name: 'pgkeep' },
            { value: '198.51.100.0/24', name: 'ann' },
            { value: '192.0.2.7/32', name: 'pgkeep-runner-1' }
          ]
        }
      },
      { gceZone: 'us-central1-a', secondaryGceZone: 'us-central1-b', state: 'MAINTENANCE' }
    )
  ],
  ['one that grows without a limit', NOTHING, {}, instance({ storageAutoResizeLimit: '' })],
  ['one that does not grow', NOTHING, {}, instance({ storageAutoResize: false, storageAutoResizeLimit: '100' })],
  ['one whose IAM login is off', NOTHING, {}, instance({ databaseFlags: [{ name: 'cloudsql.iam_authentication' }] })],
  ['one whose flags can not be read', { 'flags.list': refusedAs('denied') }, { parameters: 'work_mem: 8MB' }, LIVE],
  [
    'one at work',
    { 'operations.list': { items: [{ name: '1', operationType: 'UPDATE', status: 'RUNNING' }] } },
    {},
    instance({}, { state: 'RUNNABLE' })
  ],
  [
    'one that is backed up',
    { 'operations.list': { items: [{ name: '1', operationType: 'BACKUP_VOLUME', status: 'RUNNING' }] } },
    {},
    instance({}, { state: 'RUNNABLE' })
  ],
  [
    'one that is deleted without a snapshot',
    NOTHING,
    { skip_final_snapshot: 'true' },
    instance({}, { state: 'RUNNABLE' })
  ],
  ['one that is protected', NOTHING, {}, instance({ deletionProtectionEnabled: true }, { state: 'RUNNABLE' })],
  [
    'a copy that is not finished',
    NOTHING,
    { restore_source: 'Main' },
    instance({
      deletionProtectionEnabled: true,
      userLabels: markLabels({ version: 1, repository: 'acme/shop', name: 'main', environment: '' })
    })
  ],
  [
    'a copy of another source',
    NOTHING,
    { restore_source: 'other' },
    instance({ userLabels: markLabels({ version: 1, repository: 'acme/shop', name: 'main', environment: '' }) })
  ],
  [
    'a copy of another repository',
    NOTHING,
    { restore_source: 'main' },
    instance({ userLabels: markLabels({ version: 1, repository: 'acme/other', name: 'main', environment: '' }) })
  ]
];

const REPLICAS: readonly Case[] = [
  ['none', NOTHING, {}, LIVE],
  ['no permission to list them', { 'instances.list': refusedAs('denied') }, {}, { ...LIVE, replicaNames: [] }],
  [
    'of ours and of others, in any depth',
    {
      'instances.list': {
        items: [
          follower('orders-replica-1'),
          follower('orders-replica-us-east1', { region: 'us-east1' }),
          follower('below', { masterInstanceName: 'shop-project:orders-replica-1' }),
          follower('orders-replica-3', { masterInstanceName: '' }),
          follower('free', { masterInstanceName: '' }),
          LIVE
        ]
      },
      'instances.get': new InTurn(
        follower('theirs', { instanceType: 'READ_POOL_INSTANCE' }, { userLabels: {} }),
        follower('gone', { masterInstanceName: '' })
      )
    },
    {},
    { ...LIVE, replicaNames: ['orders-replica-1', 'theirs', 'gone'] }
  ],
  [
    'that follow each other',
    {
      'instances.list': {
        items: [follower('orders-replica-1', { replicaNames: ['orders'] })]
      },
      'instances.get': { ...LIVE, masterInstanceName: 'shop-project:orders-replica-1' }
    },
    {},
    LIVE
  ],
  [
    'by names of their own',
    { 'instances.list': { items: [follower('reader'), follower('orders-replica-1')] } },
    { replica_names: 'reader', create_read_replica: 'true' },
    LIVE
  ]
];

const series = (...values: readonly object[]): object => ({
  timeSeries: [
    { points: values.map((value, at) => ({ interval: { endTime: `2026-01-0${9 - at}T00:00:00Z` }, value })) }
  ]
});
const figures = series({ doubleValue: 0.5 }, { int64Value: String(3 * 2 ** 30) }, {});
const disk = (settings: InstanceSettings): Instance => instance({ tier: 'db-custom-2-7680', ...settings });

const USAGE: readonly Case[] = [
  ['of no instance', {}],
  ['without a figure', { 'GET monitoring': {} }, {}, instance()],
  ['of a disk that does not grow', { 'GET monitoring': figures }, {}, disk({ dataDiskSizeGb: '20' })],
  [
    'of a disk whose limit is off',
    { 'GET monitoring': figures },
    {},
    disk({ dataDiskSizeGb: '20', storageAutoResize: false, storageAutoResizeLimit: '100' })
  ],
  [
    'of a disk that grows to a limit',
    { 'GET monitoring': figures },
    {},
    disk({ dataDiskSizeGb: '20', storageAutoResize: true, storageAutoResizeLimit: '100' })
  ],
  [
    'of a disk beyond its limit',
    { 'GET monitoring': figures },
    {},
    disk({ dataDiskSizeGb: '200', storageAutoResize: true, storageAutoResizeLimit: '100' })
  ],
  ['of a disk without an end', { 'GET monitoring': figures }, {}, disk({ storageAutoResize: true })],
  [
    'of a disk whose limit is 0',
    { 'GET monitoring': figures },
    {},
    disk({ storageAutoResize: true, storageAutoResizeLimit: '0' })
  ],
  [
    'at an unknown time',
    { 'GET monitoring': { timeSeries: [{ points: [{ value: { doubleValue: 1 } }] }, {}] } },
    {},
    disk({})
  ]
];

const entry = (more: object, payload: object = {}): object => ({
  timestamp: '2026-01-01T00:00:00Z',
  ...more,
  protoPayload: { methodName: 'cloudsql.instances.update', ...payload }
});

const AUDIT: readonly Case[] = [
  ['nothing', { 'POST logging': {} }],
  [
    'entries of each kind',
    {
      'POST logging': {
        entries: [
          entry({}, { authenticationInfo: { principalEmail: 'ann@example.com' } }),
          entry({}, { requestMetadata: { callerSuppliedUserAgent: 'pgkeep,gzip(gfe)' } }),
          entry({}, { requestMetadata: { callerSuppliedUserAgent: 'gcloud' }, status: {} }),
          entry({}, { status: { code: 7 }, methodName: 'failed' }),
          entry({ operation: { first: true } }, { methodName: 'begin' }),
          entry({ operation: { first: true, last: true } }, { methodName: 'whole' }),
          entry({ operation: { last: true } }, { methodName: 'end' }),
          entry({ timestamp: undefined }, { methodName: 'no time' }),
          entry({}, { methodName: undefined }),
          { timestamp: '2026-01-01T00:00:00Z' }
        ]
      }
    }
  ],
  ['not allowed', { 'POST logging': refusedAs('denied', 'Words.', { permission: 'logging.logEntries.list' }) }]
];

const backup = (more: Partial<Backup>): Backup => ({
  name: 'projects/shop-project/backups/1',
  description: 'before',
  instance: 'main',
  state: 'SUCCESSFUL',
  databaseVersion: 'POSTGRES_16',
  backupInterval: { endTime: '2026-01-01T03:00:00Z' },
  instanceSettings: {
    region: 'us-central1',
    databaseVersion: 'POSTGRES_15',
    settings: { tier: 'db-f1-micro', dataDiskSizeGb: '30', passwordValidationPolicy: { minLength: 9 } }
  },
  ...more
});
const backups = (...all: readonly Partial<Backup>[]): Answers => ({
  'backups.listBackups': { backups: all.map(backup) }
});
const TIMES = { earliestRecoveryTime: '2026-01-01T00:00:00Z', latestRecoveryTime: '2026-01-02T00:00:00Z' };
const MAIN = instance({ dataDiskSizeGb: '30' }, { name: 'main' });
const FROM_BACKUP = { restore_from_snapshot: 'before' };
const COPY = { restore_source: 'Main' };
const at = (restore_to_time: string): With => ({ ...COPY, restore_to_time });
const ENDED = { instanceDeletionTime: '2026-01-03T00:00:00Z' };

const RESTORES: readonly Case[] = [
  ['nothing', {}],
  ['a backup by its description', backups({}), FROM_BACKUP],
  ['a backup by its name', backups({}), { restore_from_snapshot: 'projects/shop-project/backups/1' }],
  ['a backup by its id', backups({}), { restore_from_snapshot: '1' }],
  [
    'a backup by the end of its id',
    backups({ name: 'projects/shop-project/backups/21' }),
    { restore_from_snapshot: '1' }
  ],
  ['a backup that is not there', backups(), FROM_BACKUP],
  ['one of two', backups({}, { name: 'projects/shop-project/backups/2' }), FROM_BACKUP],
  ['one that is not complete', backups({ state: 'RUNNING' }), FROM_BACKUP],
  ['one in no state', backups({ state: undefined as never }), FROM_BACKUP],
  ['one of MySQL', backups({ databaseVersion: 'MYSQL_8_0' }), FROM_BACKUP],
  ['one whose version its instance tells', backups({ databaseVersion: undefined as never }), FROM_BACKUP],
  [
    'one of which little is known',
    { 'backups.listBackups': { backups: [{ name: 'a/backups/1', state: 'SUCCESSFUL' }] } },
    { restore_from_snapshot: '1' }
  ],
  ['a backup that is larger', backups({}), { ...FROM_BACKUP, allocated_storage: '29' }],
  ['a backup that is as large', backups({}), { ...FROM_BACKUP, allocated_storage: '30' }],
  ['a backup of another version', backups({}), { ...FROM_BACKUP, engine_version: '17' }],
  ['a backup of that version', backups({}), { ...FROM_BACKUP, engine_version: '16.4' }],
  ['a backup of another region', backups({}), { ...FROM_BACKUP, gcp_region: 'us-east1' }],
  ['an instance', { 'instances.get': MAIN }, COPY],
  ['an instance in another region', { 'instances.get': MAIN }, { ...COPY, gcp_region: 'us-east1' }],
  ['an instance in the region', { 'instances.get': MAIN }, { ...COPY, gcp_region: 'us-central1' }],
  ['an instance of MySQL', { 'instances.get': { ...MAIN, databaseVersion: 'MYSQL_8_0' } }, COPY],
  ['an instance of no version', { 'instances.get': { name: 'main' } }, COPY],
  ['a replica', { 'instances.get': { ...MAIN, instanceType: 'READ_REPLICA_INSTANCE' } }, COPY],
  ...(['2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-02T00:00:01Z'] as const).map(
    (time): Case => [
      `an instance at ${time}`,
      { 'instances.get': MAIN, 'instances.getLatestRecoveryTime': TIMES },
      at(time)
    ]
  ),
  [
    'an instance without a log',
    { 'instances.get': MAIN, 'instances.getLatestRecoveryTime': {} },
    at('2026-01-01T00:00:00Z')
  ],
  ['an instance that never was', backups(), COPY],
  ['a deleted instance', { ...backups(ENDED), 'instances.getLatestRecoveryTime': TIMES }, COPY],
  [
    'one that was deleted twice, at a time',
    {
      ...backups({ instanceDeletionTime: '2026-01-02T00:00:00Z' }, { ...ENDED, name: 'b/2' }, { name: 'b/3' }),
      'instances.getLatestRecoveryTime': TIMES
    },
    at('2026-01-01T12:00:00Z')
  ],
  [
    'a deleted one at a time that is too early',
    { ...backups(ENDED), 'instances.getLatestRecoveryTime': TIMES },
    at('2025-12-31T12:00:00Z')
  ],
  ['a deleted one without its log', backups(ENDED), COPY],
  [
    'a deleted one in another region',
    { ...backups(ENDED), 'instances.getLatestRecoveryTime': TIMES },
    { ...COPY, gcp_region: 'us-east1' }
  ]
];

const WINDOWS: readonly Case[] = [
  ['both times', { 'instances.getLatestRecoveryTime': TIMES }],
  ['the latest alone', { 'instances.getLatestRecoveryTime': { latestRecoveryTime: 'x' } }],
  ['the earliest alone', { 'instances.getLatestRecoveryTime': { earliestRecoveryTime: 'x' } }],
  ['refused', { 'instances.getLatestRecoveryTime': refusedAs('invalid') }],
  ['not allowed', { 'instances.getLatestRecoveryTime': refusedAs('denied') }]
];

const mine = { instance: 'orders' };
const NEWEST: readonly Case[] = [
  ['a log', { 'instances.getLatestRecoveryTime': TIMES }],
  [
    'the newest of its own complete backups',
    backups(
      mine,
      { ...mine, name: 'b/2', backupInterval: { endTime: '2026-01-02T03:00:00Z' } },
      { ...mine, name: 'b/3', backupInterval: { endTime: '2026-01-03T03:00:00Z' }, state: 'FAILED' },
      { ...mine, ...ENDED, name: 'b/4', backupInterval: { endTime: '2026-01-04T03:00:00Z' } },
      { name: 'b/5', backupInterval: { endTime: '2026-01-05T03:00:00Z' } },
      { ...mine, name: 'b/6', backupInterval: {} }
    )
  ],
  ['none', backups({})]
];

/** An earlier run began a backup, which is in the list as soon as its operation ends. */
function begunBackup(): Answers {
  let looks = 0;
  return {
    'operations.list': () => ((looks += 1) > 1 ? {} : { items: [{ name: '8', status: 'RUNNING' }] }),
    'backups.listBackups': () => ({ backups: looks > 1 ? [backup(mine)] : [] })
  };
}

const SNAPSHOTS: readonly Case[] = [
  ['of no instance', NOTHING],
  [
    'that is there',
    { ...NOTHING, ...backups({ ...mine, maxChargeableBytes: String(1.5 * 2 ** 30) }) },
    { snapshot_identifier: 'before' },
    LIVE
  ],
  ['that an earlier run began', { ...NOTHING, ...begunBackup() }, { snapshot_identifier: 'before' }, LIVE],
  [
    'that is made',
    {
      ...NOTHING,
      'backups.createBackup': { name: '7' },
      'operations.get': { name: '7', status: 'DONE' },
      'backups.listBackups': new InTurn(
        {
          backups: [
            backup({ ...mine, description: 'after' }),
            backup({ ...mine, state: 'FAILED' }),
            backup({ instance: 'x' })
          ]
        },
        { backups: [backup({ ...mine, maxChargeableBytes: '0' })] }
      )
    },
    { snapshot_identifier: 'before', snapshot_keep_days: '9' },
    LIVE
  ],
  [
    'that does not show',
    {
      ...NOTHING,
      'backups.createBackup': { name: '7' },
      'operations.get': { name: '7', status: 'DONE' },
      ...backups()
    },
    {},
    LIVE
  ]
];

const NEEDS = [
  { what: 'plan', permissions: ['cloudsql.instances.get'] },
  { what: 'apply', permissions: ['cloudsql.instances.create', 'cloudsql.instances.update'] },
  { what: 'users', permissions: ['cloudsql.users.create'] },
  { what: 'clone', permissions: ['cloudsql.instances.clone'] },
  { what: 'destroy', permissions: ['cloudsql.instances.delete'] }
];
const TIERS = {
  'tiers.list': { items: [{ tier: 'db-f1-micro', region: ['us-central1', 'us-east1'] }, { tier: 'db-x' }] }
};
const held = (...permissions: readonly string[]): Answers => ({ 'POST cloudresourcemanager': { permissions } });
const IN = { gcp_region: 'us-central1' };

const DOCTOR: readonly Case[] = [
  [
    'all of it',
    { ...TIERS, ...held(...NEEDS.flatMap(({ permissions }) => permissions)) },
    IN,
    instance({}, { state: 'RUNNABLE' })
  ],
  ['no permission', { ...TIERS, 'POST cloudresourcemanager': {} }, {}, instance()],
  ['no permission to update', { ...TIERS, ...held('cloudsql.instances.get', 'cloudsql.instances.create') }, IN],
  [
    'no answer of the Resource Manager',
    { 'POST cloudresourcemanager': refusedAs('denied'), 'tiers.list': refusedAs('transient') },
    IN
  ],
  [
    'a broken Resource Manager',
    { 'POST cloudresourcemanager': refusedAs('transient'), 'tiers.list': refusedAs('throttled') },
    IN
  ],
  ['no permission for tiers', { ...held(), 'tiers.list': refusedAs('denied', 'Words.', { hint: 'A hint.' }) }, IN],
  ['a tier in every region', { ...held(), ...TIERS }, { ...IN, tier: 'db-x' }],
  ['a tier in another region', { ...held(), ...TIERS }, { gcp_region: 'us-west1' }],
  ['a tier that is not offered', { ...held(), ...TIERS }, { ...IN, tier: 'db-y' }],
  ['a custom tier', held(), { ...IN, tier: 'db-custom-2-7680' }]
];

const OLD = { createTime: '2026-01-01T00:00:00Z' };
const SERVERS: readonly Case[] = [
  [
    'of each kind',
    {
      'instances.list': {
        items: [
          LIVE,
          instance({ userLabels: {} }, { name: 'free' }),
          follower('orders-replica-1'),
          follower('pool', { instanceType: 'READ_POOL_INSTANCE' }),
          instance({}, { ...OLD, name: 'orders-copy' }),
          instance({}, { ...OLD, name: 'orders-pr-7' }),
          instance({}, { name: 'orders-pr-8' }),
          instance({}, { ...OLD, name: 'orders-check-1' }),
          instance({ userLabels: undefined as never }, { name: 'bare' })
        ]
      }
    }
  ]
];

const imported: Question = async ({ context }) => {
  const observed: readonly Observed[] = await observeForOutputs(context);
  return inputsOf(context, observed);
};
const IMPORTS: readonly Case[] = [
  ['of no instance', NOTHING],
  [
    'with what no input names',
    {
      'instances.list': { items: [follower('orders-replica-2'), follower('orders-replica-1')] },
      'databases.list': { items: [{ name: 'postgres' }, { name: 'cloudsqladmin' }, { name: 'shop' }, {}] },
      'users.list': { items: [{ name: 'postgres' }, { name: 'ann' }, {}] }
    },
    {},
    instance({ maintenanceWindow: { day: 7, hour: 4 } })
  ],
  [
    'with replicas of other names, and lists that can not be read',
    {
      'instances.list': {
        items: [
          follower('b'),
          follower('a'),
          follower('below', { masterInstanceName: 'shop-project:a' }),
          follower('pool', { instanceType: 'READ_POOL_INSTANCE' })
        ]
      },
      'databases.list': refusedAs('denied'),
      'users.list': refusedAs('denied')
    },
    {},
    LIVE
  ]
];

const firewall: Question = async ({ context }) => {
  const told = async (address?: string): Promise<unknown> => {
    const found = await runnerAccess.read(context, address);
    if (found.kind !== 'guarded') return found;
    return found.entries.map(({ name, title, admits }) => [name, title, admits('203.0.113.7'), admits('192.0.2.7')]);
  };
  return { 'a public address': await told('203.0.113.7'), 'a private one': await told('10.0.0.7'), none: await told() };
};
const open = [{ type: 'PRIMARY', ipAddress: '34.1.1.1' }];
const FIREWALLS: readonly Case[] = [
  ['of no instance', {}],
  ['of one without a public address', { 'instances.get': LIVE }],
  ['of one that is closed', { 'instances.get': { ...LIVE, ipAddresses: open } }],
  [
    'of one with networks',
    {
      'instances.get': instance(
        {
          ipConfiguration: {
            authorizedNetworks: [
              { value: '203.0.113.7', name: 'ann' },
              { value: '192.0.2.0/24' },
              { value: '2001:db8::/32', name: 'six' }
            ]
          }
        },
        { ipAddresses: open }
      )
    }
  ]
];

const SIGNAL = new AbortController().signal;
const typed = (type: string, value: string): object => ({
  columns: [{ name: 'one', type }, {}],
  rows: [{ values: [{ value }, { nullValue: true }] }, {}]
});
const sql = (...results: readonly object[]): object => ({ results });
const allowed = instance({ dataApiAccess: 'ALLOW_DATA_API' });
const VERSION = sql({ columns: [{ name: 'server_version' }], rows: [{ values: [{ value: '16.4 (Debian)' }] }] });
const versionThen = (...answers: readonly unknown[]): Answers => ({
  'instances.executeSql': new InTurn(VERSION, ...answers)
});
const lacks = refusedAs('denied', 'Words.', { permission: 'cloudsql.instances.executeSql' });

/** A session, what it reads, and what a text of several statements ends with. */
const overTheApi: Question = async ({ context }) => {
  const way = await dataApiWayIn(context, 'keeper');
  if (way.kind === 'not-reachable') return way;
  const { admin, title, keepsSession, passesFirewall, maintenanceDatabase } = way;
  const stranger = await way.open({ database: 'shop', login: { user: 'ann', password: 'x' } }, SIGNAL);
  const found = await way.open({ database: 'shop', settings: { search_path: "a, b'" } }, SIGNAL);
  const facts = { admin, title, keepsSession, passesFirewall, maintenanceDatabase, stranger };
  if (found.kind === 'not-reachable') return { ...facts, found };
  const { serverVersion, encrypted, database } = found.session;
  const inWords = (thrown: unknown): unknown => (thrown instanceof Error ? `fails: ${thrown.message}` : thrown);
  const rows = await found.session
    .query('select $1', [null, undefined, 'a', 7, true, ['b', "c'"], { d: 1 }])
    .catch(inWords);
  const batch = await found.session.batch('select 1; select 2');
  const alone = await found.session.batch(' CREATE DATABASE x');
  const ends = [batch, alone].map(({ error, ...rest }) => ({ ...rest, error: inWords(error) }));
  return { ...facts, serverVersion, encrypted, database, rows, ends };
};
const OVER_THE_API: readonly Case[] = [
  ['of an instance that does not allow it', {}, {}, LIVE],
  ['that may not be used', { 'instances.executeSql': lacks }, {}, allowed],
  ['with a login that is refused', { 'instances.executeSql': refusedAs('unauthenticated') }, {}, allowed],
  ['that fails', { 'instances.executeSql': { status: { code: 3, message: 'Words.' } } }, {}, allowed],
  ['that fails without words', { 'instances.executeSql': { status: { code: 3 } } }, {}, allowed],
  ['without an answer', versionThen({}), {}, allowed],
  ['with an error of the server', versionThen({ status: { code: 3, message: 'no (SQLSTATE 42P01)' } }), {}, allowed],
  ['with another error', versionThen({ status: { code: 3, message: 'SQLSTATE: 42601 x' } }), {}, allowed],
  ...(
    [
      ['text', 'a'],
      ['bool', 'true'],
      ['BOOLEAN', 'f'],
      ['int4', '7'],
      ['INT8', '7'],
      ['double precision', '0.5'],
      ['oid', '16'],
      ['jsonb', '{"a": 1}'],
      ['text[]', '{a,"b c","d\\"e",NULL}'],
      ['_int4', '{}']
    ] as const
  ).map(([type, value]): Case => [
    `of the type ${type}`,
    versionThen(sql({}, typed(type, value)), sql({}, {}, {})),
    {},
    allowed
  ])
];

const connector: Question = async ({ context }) => {
  const endpoint = { host: 'h', port: 5432, database: 'shop', username: 'keeper', sslmode: 'require' as const };
  const password = context.secret('master_password');
  const way = await connectorWayIn(context, { ...endpoint, ...(password === undefined ? {} : { password }) });
  return way;
};
const CONNECTED = { connectionName: 'shop-project:us-central1:orders' };
const WITH_PASSWORD = { master_password: 'Canary-horse-8431' };
const CONNECTOR: readonly Case[] = [
  ['of no instance', {}, WITH_PASSWORD],
  ['of one without an address', {}, WITH_PASSWORD, { ...LIVE, ...CONNECTED }],
  ['of one without a name for it', {}, WITH_PASSWORD, { ...LIVE, ipAddresses: open }],
  [
    'of one that is stopped',
    {},
    WITH_PASSWORD,
    { ...LIVE, ...CONNECTED, ipAddresses: open, settings: { activationPolicy: 'NEVER' } }
  ],
  ['without a password', {}, {}, { ...LIVE, ...CONNECTED, ipAddresses: open }],
  ['with one', {}, WITH_PASSWORD, { ...LIVE, ...CONNECTED, ipAddresses: open }],
  ['with an identity that is not admitted', {}, { login_as: 'ann@x' }, { ...LIVE, ...CONNECTED, ipAddresses: open }],
  [
    'with an identity',
    {},
    { login_as: 'ann@x' },
    {
      ...instance({ databaseFlags: [{ name: 'cloudsql.iam_authentication', value: 'on' }] }),
      ...CONNECTED,
      dnsName: 'a.sql.goog.'
    }
  ]
];

const sku = (description: string, amount: object, more: object = {}): object => ({
  description: `Cloud SQL for PostgreSQL: ${description} in Iowa`,
  serviceRegions: ['us-central1'],
  pricingInfo: [{ pricingExpression: { tieredRates: [{ startUsageAmount: 0, unitPrice: amount }] } }],
  ...more
});
const PRICES: readonly Case[] = [
  ['nothing', { 'GET cloudbilling': {} }],
  [
    'the highest of those that are meant, on all pages',
    {
      'GET cloudbilling': new InTurn(
        {
          skus: [
            sku('Zonal - vCPU', { nanos: 500_000_000 }),
            sku('Zonal - vCPU', { units: '9' }, { serviceRegions: ['us-east1'] }),
            sku('Zonal - vCPU', { units: '8' }, { category: { usageType: 'Commit1Yr' } }),
            sku('Regional - vCPU', { units: '7' }),
            {}
          ],
          nextPageToken: 'two'
        },
        {
          skus: [
            sku(
              'ZONAL - vCPU',
              { currencyCode: 'EUR', units: '1', nanos: 250_000_000 },
              { category: { usageType: 'OnDemand' } }
            )
          ]
        }
      )
    }
  ],
  ['one that is free', { 'GET cloudbilling': { skus: [sku('Zonal - vCPU', {})] } }],
  [
    'that of the first unit',
    {
      'GET cloudbilling': {
        skus: [
          sku(
            'Zonal - vCPU',
            {},
            {
              pricingInfo: [
                {
                  pricingExpression: {
                    tieredRates: [{ startUsageAmount: 9, unitPrice: { units: '9' } }, { unitPrice: { units: '2' } }]
                  }
                },
                {}
              ]
            }
          )
        ]
      }
    }
  ]
];

const PRODUCT = { what: 'vCPU', words: 'Zonal - vCPU', region: 'us-central1' };
const PRICED = {
  address: 'server',
  type: 'server',
  title: 'server orders',
  ownership: { kind: 'unmarked' },
  facts: {},
  dependsOn: [],
  concurrencyGroup: 'server'
} as const;
/** What the catalogue is asked for, of a server and its replica in another region. */
const costs: Question = async ({ context }) => {
  const { instance_class: tier, storage_type: type, multi_az: standby } = context.settings;
  const fields = {
    instance_class: tier ?? '',
    edition: tier?.startsWith('db-perf-') === true ? 'ENTERPRISE_PLUS' : 'ENTERPRISE',
    gcp_region: 'us-central1',
    allocated_storage: 20,
    multi_az: standby === true
  };
  const observed: readonly Observed[] = [
    { ...PRICED, fields: { ...fields, ...(type === undefined ? {} : { storage_type: type }) } },
    {
      ...PRICED,
      address: 'replica/us-east1',
      type: 'replica',
      fields: { gcp_region: 'us-east1', max_allocated_storage: 9 }
    },
    { ...PRICED, address: 'alarm/cpu', type: 'alarm', fields: {} },
    { ...PRICED, address: 'role-secret/a', type: 'role-secret', fields: {} }
  ];
  return estimate(context, { steps: [] } as unknown as Plan, observed);
};
const CATALOGUE: Answers = {
  'GET cloudbilling': {
    skus: ['Zonal', 'Regional'].flatMap(place =>
      [
        'vCPU',
        'RAM',
        'Micro instance',
        'Small instance',
        'Standard storage',
        'Low cost storage',
        'Enterprise Plus N vCPU',
        'Enterprise Plus N RAM',
        'Enterprise Plus Standard storage'
      ].map((what, before) =>
        sku(`${place} - ${what}`, { units: String(before + 1) }, { serviceRegions: ['us-central1', 'us-east1'] })
      )
    )
  }
};
const COSTS: readonly Case[] = [
  'db-f1-micro',
  'db-g1-small',
  'db-custom-2-7680',
  'db-n1-standard-2',
  'db-n1-highmem-2',
  'db-perf-optimized-N-2',
  'db-c4a-highmem-4'
].map((tier): Case => [`of ${tier}`, CATALOGUE, { tier, multi_az: String(tier.endsWith('2')) }]);
const MORE_COSTS: readonly Case[] = ['PD_HDD', 'HYPERDISK_BALANCED'].map((storage_type): Case => [
  `of a disk of ${storage_type}`,
  CATALOGUE,
  { tier: 'db-f1-micro', storage_type }
]);

const QUESTIONS: Readonly<Record<string, readonly [Question, readonly Case[]]>> = {
  'The outputs': [outputs, OUTPUTS],
  'The server': [async ({ context }) => server.observe(context), FACTS],
  'The replicas': [async ({ context }) => replica.observe(context), REPLICAS],
  Usage: [async ({ context }) => (usage.can ? usage.read(context) : undefined), USAGE],
  'Who changed it': [async ({ context }) => whoChanged(context), AUDIT],
  'The source of a new server': [async ({ context }) => lookUp(context, []), RESTORES],
  'The times to restore to': [async ({ context }) => recoveryWindow(context, 'orders', 'yesterday'), WINDOWS],
  'The newest backup': [async ({ context }) => newestBackup(context), NEWEST],
  'A backup': [async ({ context }) => takeSnapshot(context, await server.observe(context)), SNAPSHOTS],
  Doctor: [async ({ context }) => examine(context, NEEDS, context.settings.instance_class ?? 'db-f1-micro'), DOCTOR],
  'All servers': [async ({ context }) => listServers(context), SERVERS],
  'The inputs of a live server': [imported, IMPORTS],
  'The way of a runner': [firewall, FIREWALLS],
  'SQL over the API': [overTheApi, OVER_THE_API],
  'The way through the connector': [connector, CONNECTOR],
  'A price': [async ({ context }) => priceOf(context, PRODUCT), PRICES],
  Costs: [costs, [...COSTS, ...MORE_COSTS]]
};

/** A member a line, without those that say nothing. */
function membersOf(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length !== 1) return value.map(one => `  ${JSON.stringify(one)}`);
  if (Array.isArray(value)) return membersOf(value[0]);
  if (typeof value !== 'object' || value === null) return [`  ${JSON.stringify(value) ?? 'nothing'}`];
  return Object.entries(value).map(([name, member]) => `  ${name}: ${JSON.stringify(member) ?? 'ƒ'}`);
}

async function answered(question: Question, [, answers, inputs = {}, live]: Case): Promise<Answered> {
  const asking = contextOf(inputs, answers, live);
  let said: readonly string[];
  try {
    said = membersOf(await question(asking));
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown;
    const { code, message, hint } = thrown;
    said = [`  fails, ${code}: ${[message, hint].filter(part => part !== undefined).join(' ')}`];
  }
  for (const one of asking.told) TOLD.add(one);
  return { asked: [...new Set(asking.asked)].map(one => `  > ${one}`), said };
}

/** What calls are told as. */
const TOLD = new Set<string>();

interface Answered {
  readonly asked: readonly string[];
  readonly said: readonly string[];
}

test('each answer of Google is read as the golden file says', async () => {
  TOLD.clear();
  const page: string[] = [];
  for (const [title, [question, cases]] of Object.entries(QUESTIONS)) {
    let before: Answered = { asked: [], said: [] };
    for (const one of cases) {
      const now = await answered(question, one);
      page.push(`# ${title}: ${one[0]}`, ...unlike(now.asked, before.asked), ...unlike(now.said, before.said), '');
      before = now;
    }
  }
  page.push('# Each call, as a failure names it', ...[...TOLD].toSorted(), '');
  expectGolden('questions-gcp.txt', page.join('\n'));
});

/** What those before did not say, and how many they said as well. */
function unlike(lines: readonly string[], before: readonly string[]): readonly string[] {
  const own = lines.filter(line => !before.includes(line));
  const same = lines.length - own.length;
  return same < 2 ? lines : [`  … ${same} as before`, ...own];
}
