import type { Configuration, Server } from '@azure/arm-postgresql-flexible';
import type { OperationName } from '../../../../src/engine/operation.ts';
import type { Mark } from '../../../../src/engine/ownership.ts';
import type { Plan } from '../../../../src/engine/plan.ts';
import { markTags } from '../../../../src/providers/mark-tags.ts';
import {
  GROUP_ID,
  idOf,
  MARK,
  ORDERS,
  REPLICA,
  runOf,
  STATELESS,
  SERVER_ID,
  SUBSCRIPTION,
  type Account
} from '../../../support/azure-answers.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { expectGolden } from '../../../support/golden.ts';
import { differing, planned, steady } from '../../../support/plan-in-words.ts';
import { failureOf } from '../../../support/refusal-in.ts';

/**
 * What a plan or an operation says of what is found in an account: what others made there, what a live server can't
 * become, what a replica has to follow. `UPDATE_GOLDENS=1` writes the file, to be read.
 */
type With = Readonly<Record<string, string>>;

const theirs = (count: number): readonly Server[] =>
  Array.from({ length: count }, (_, at) => ({ ...REPLICA, name: `copy-${at}`, id: idOf(`copy-${at}`), tags: {} }));
const OFFICE = { name: 'office', startIpAddress: '192.0.2.1', endIpAddress: '192.0.2.1' };
const OURS = { name: 'pgkeep-203-0-113-0-24', startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.255' };

const USUAL: Account = { servers: [ORDERS], databases: ['orders', 'postgres'], rules: { orders: [OURS] } };
const live = (change: Partial<Server>, more: Account = {}): Account => ({
  ...USUAL,
  servers: [{ ...ORDERS, ...change }],
  ...more
});
const withReplica = (change: Partial<Server> = {}, more: Account = {}): Account => ({
  ...USUAL,
  servers: [{ ...ORDERS, ...change }, REPLICA],
  ...more
});

const SETTING = `${SERVER_ID}/providers/microsoft.insights/diagnosticSettings`;
const LOCK = `${SERVER_ID}/providers/Microsoft.Authorization/locks`;
const WORKSPACE = `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/logs`;
const SUBNET = `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/shop/subnets/db`;
const ZONE = `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/shop.postgres.database.azure.com`;
const KEEPERS = '[{object_id: 33333333-4444-5555-6666-777777777777, principal_name: keepers, principal_type: Group}]';

const set = (name: string, value: string, more: Partial<Configuration> = {}): Configuration => ({
  name,
  value,
  source: 'system-default',
  isDynamicConfig: true,
  dataType: 'Integer',
  allowedValues: '0-100000',
  ...more
});
const CONFIGURED: readonly Configuration[] = [
  set('work_mem', '4096', { source: 'user-override' }),
  set('max_connections', '100', { isDynamicConfig: false }),
  set('max_wal_senders', '10', { isDynamicConfig: false }),
  set('shared_preload_libraries', 'pg_cron,pg_stat_statements', {
    dataType: 'Set',
    allowedValues: 'pg_cron,pgaudit,pg_stat_statements',
    isDynamicConfig: false
  }),
  set('log_statement', 'none', { dataType: 'Enumeration', allowedValues: 'none,all' }),
  set('jit', 'off', { dataType: 'Boolean', allowedValues: 'off' }),
  set('autovacuum_vacuum_scale_factor', '0.2', { dataType: 'Numeric', allowedValues: '0-1' }),
  set('log_line_prefix', '%t', { dataType: 'String', allowedValues: '[a-z]*' }),
  set('data_directory_mode', '0700', { isReadOnly: true }),
  set('port', '5432', { isReadOnly: true })
];
/** As a new server lists them. */
const LISTED: Account = {
  ...USUAL,
  configurations: {
    orders: [
      set('intelligent_tuning.metric_targets', 'none', {
        dataType: 'Set',
        allowedValues: 'none,Storage-bgwriter_delay'
      }),
      set('shared_preload_libraries', 'pg_cron,pg_stat_statements', { dataType: 'Set', source: 'user-override' }),
      set('temp_tablespaces', 'temptblspace', { dataType: 'String', source: 'user-override' }),
      ...['commit_timestamp_buffers', 'subtransaction_buffers', 'transaction_buffers'].map(name =>
        set(name, '1024', { source: 'user-override', isDynamicConfig: false })
      )
    ]
  }
};
const configured: Account = { ...USUAL, configurations: { orders: CONFIGURED } };
const pending = set('max_connections', '100', { isDynamicConfig: false, isConfigPendingRestart: true });

type Case = readonly [title: string, account: Account, inputs?: With, without?: readonly string[]];

const PLANS: readonly Case[] = [
  ['a replica of that name', live({ replica: { role: 'AsyncReplica' }, sourceServerResourceId: '/x/billing' })],
  ['a primary of that name', live({ replica: { role: 'Primary' }, replicationRole: 'Primary' })],
  ['an elastic cluster of one node', live({ cluster: { clusterSize: 1 } })],
  ['an elastic cluster of none', live({ cluster: { clusterSize: 0 } })],

  ['five replicas, one is there', withReplica(), { create_read_replica: 'true', read_replica_count: '5' }],
  [
    'five replicas and one elsewhere',
    USUAL,
    { create_read_replica: 'true', read_replica_count: '5', replica_region: 'westus' }
  ],
  ['one replica, others have four', { ...USUAL, servers: [ORDERS, ...theirs(4)] }, { create_read_replica: 'true' }],
  ['one replica, others have five', { ...USUAL, servers: [ORDERS, ...theirs(5)] }, { create_read_replica: 'true' }],
  ['one elsewhere, others have five', { ...USUAL, servers: [ORDERS, ...theirs(5)] }, { replica_region: 'westus' }],
  ['none, others have five', { ...USUAL, servers: [ORDERS, ...theirs(5)] }],
  [
    'a private server with a replica elsewhere',
    live({ network: { delegatedSubnetResourceId: SUBNET } }),
    { replica_region: 'westus' }
  ],
  [
    'a private server with a replica in its region',
    live({ network: { delegatedSubnetResourceId: SUBNET } }),
    { replica_region: 'East US' }
  ],
  [
    'a new private server with a replica elsewhere',
    {},
    { subnet_ids: SUBNET, private_dns_zone_id: ZONE, replica_region: 'westus', publicly_accessible: 'false' }
  ],
  [
    'a key and a replica elsewhere',
    live({ dataEncryption: { primaryKeyURI: 'https://v/k' } }),
    { replica_region: 'westus' }
  ],
  [
    'a key and a replica in its region',
    live({ dataEncryption: { primaryKeyURI: 'https://v/k' } }),
    { replica_region: 'eastus' }
  ],
  [
    'a new server with a key and a replica elsewhere',
    {},
    { kms_key_id: 'https://v/k', key_identity_id: '/i', replica_region: 'westus' }
  ],

  ["a standby in the server's zone", USUAL, { multi_az: 'true', standby_availability_zone: '1' }],
  ['a standby in another zone', USUAL, { multi_az: 'true', standby_availability_zone: '2' }],
  [
    'a standby that is there',
    live({ highAvailability: { mode: 'ZoneRedundant', standbyAvailabilityZone: '2' } }),
    { multi_az: 'true', standby_availability_zone: '1' }
  ],
  ['a zone without a standby', USUAL, { standby_availability_zone: '1' }],

  ['storage beyond the largest disk', USUAL, { allocated_storage: '32768' }],
  [
    'the same of a live server of the new kind',
    live({ storage: { storageSizeGB: 32768, type: 'PremiumV2_LRS' } }),
    { allocated_storage: '32769' }
  ],
  [
    'more than that kind has',
    live({ storage: { storageSizeGB: 32768, type: 'PremiumV2_LRS' } }),
    { allocated_storage: '65537' }
  ],
  ['a size between two disks', USUAL, { allocated_storage: '33' }],
  ['IOPS of the usual kind', USUAL, { storage_iops: '3000', storage_throughput: '125' }],
  [
    'IOPS of the new kind',
    live({ storage: { storageSizeGB: 32, type: 'PremiumV2_LRS', iops: 3000 } }),
    { storage_iops: '4000' }
  ],
  [
    'storage that has grown, and a lower tier',
    live({ storage: { storageSizeGB: 128, tier: 'P10' } }),
    { storage_tier: 'P6' }
  ],
  [
    'storage that has grown, and a higher tier',
    live({ storage: { storageSizeGB: 128, tier: 'P10' } }),
    { storage_tier: 'P15' }
  ],
  [
    'storage that has grown, and its tier',
    live({ storage: { storageSizeGB: 128, tier: 'P10' } }),
    { storage_tier: 'P10' }
  ],
  [
    'storage that has grown to a higher tier',
    live({ storage: { storageSizeGB: 128, tier: 'P15' } }),
    { storage_tier: 'P10' }
  ],

  ['no password for a new server', {}, {}, ['master_password']],
  ['no password for a live server', USUAL, {}, ['master_password']],
  ['administrators of a server without Entra', USUAL, { entra_administrators: KEEPERS }],
  [
    'administrators of a server with Entra',
    live({ authConfig: { activeDirectoryAuth: 'Enabled' } }),
    { entra_administrators: KEEPERS }
  ],
  ['no administrators any more', USUAL, { entra_administrators: '[]' }],
  [
    'administrators of others',
    live(
      { authConfig: { activeDirectoryAuth: 'Enabled' } },
      {
        administrators: [
          { objectId: 'A', principalName: 'ann' },
          { name: 'B' },
          { objectId: '33333333-4444-5555-6666-777777777777' }
        ]
      }
    ),
    { entra_administrators: KEEPERS }
  ],
  [
    'administrators that may not be read',
    live({}, { failing: { 'administrators/read': 'denied' } }),
    { entra_administrators: '[]' }
  ],

  ['a public address that no input names', USUAL, {}, ['publicly_accessible']],
  ['no public address, and rules', live({ network: { publicNetworkAccess: 'Disabled' } }), {}, ['publicly_accessible']],
  [
    'no public address, and no rules',
    live({ network: { publicNetworkAccess: 'Disabled' } }),
    {},
    ['publicly_accessible', 'allowed_cidr_blocks']
  ],
  ['rules of a server that gets no public address', {}, { publicly_accessible: 'false' }],
  ['rules of a private server', live({ network: { delegatedSubnetResourceId: SUBNET } }), {}, ['publicly_accessible']],
  [
    'rules of others that are open',
    {
      ...USUAL,
      rules: {
        orders: [
          OURS,
          { name: 'azure', startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' },
          { name: 'all', startIpAddress: '0.0.0.0', endIpAddress: '255.255.255.255' },
          { name: 'much', startIpAddress: '0.0.0.0', endIpAddress: '9.255.255.255' },
          { name: 'more', startIpAddress: '1.0.0.0', endIpAddress: '255.255.255.255' }
        ]
      }
    }
  ],
  [
    'eleven rules of others',
    {
      ...USUAL,
      rules: { orders: [OURS, ...Array.from({ length: 11 }, (_, at) => ({ ...OFFICE, name: `office-${at}` }))] }
    }
  ],
  [
    'ten rules of others',
    {
      ...USUAL,
      rules: { orders: [OURS, ...Array.from({ length: 10 }, (_, at) => ({ ...OFFICE, name: `office-${at}` }))] }
    }
  ],
  ['a rule of others for the same network', { ...USUAL, rules: { orders: [{ ...OURS, name: 'shop' }] } }],
  [
    'a rule of ours for another network',
    { ...USUAL, rules: { orders: [OURS, { ...OFFICE, name: 'pgkeep-192-0-2-1-32' }] } }
  ],
  ['a rule of ours for the last network', USUAL, { allowed_cidr_blocks: '[]' }],
  ['rules that may not be read', { ...USUAL, failing: { 'firewallRules/read': 'denied' } }],

  [
    'a lock of others on the server',
    { ...USUAL, locks: [{ id: `${LOCK}/keep`, name: 'keep', properties: { level: 'CanNotDelete' } }] },
    { enable_deletion_protection: 'true' }
  ],
  [
    'a lock of others on the group',
    {
      ...USUAL,
      locks: [
        {
          id: `${GROUP_ID}/providers/Microsoft.Authorization/locks/keep`,
          name: 'keep',
          properties: { level: 'ReadOnly' }
        }
      ]
    },
    { enable_deletion_protection: 'true' }
  ],
  [
    'a lock of our name on the group',
    { ...USUAL, locks: [{ id: `${GROUP_ID}/providers/Microsoft.Authorization/locks/pgkeep`, name: 'pgkeep' }] },
    { enable_deletion_protection: 'true' }
  ],
  ['a lock without a name', { ...USUAL, locks: [{ id: LOCK }] }, { enable_deletion_protection: 'true' }],
  [
    'a lock of ours',
    { ...USUAL, locks: [{ id: `${LOCK}/pgkeep`, name: 'pgkeep', properties: { level: 'CanNotDelete' } }] },
    { enable_deletion_protection: 'true' }
  ],
  [
    'a lock of ours of another level',
    { ...USUAL, locks: [{ id: `${LOCK.toUpperCase()}/pgkeep`, name: 'pgkeep', properties: { level: 'ReadOnly' } }] },
    { enable_deletion_protection: 'true' }
  ],
  [
    'a lock of ours that is to go',
    { ...USUAL, locks: [{ id: `${LOCK}/pgkeep`, name: 'pgkeep' }] },
    { enable_deletion_protection: 'false' }
  ],
  [
    'a lock of ours that is to stay with one of others',
    {
      ...USUAL,
      locks: [
        { id: `${LOCK}/pgkeep`, name: 'pgkeep' },
        { id: `${LOCK}/keep`, name: 'keep' }
      ]
    },
    { enable_deletion_protection: 'true' }
  ],
  [
    'a lock of others that is to go',
    { ...USUAL, locks: [{ id: `${LOCK}/keep`, name: 'keep' }] },
    { enable_deletion_protection: 'false' }
  ],
  [
    'a lock and a rule that is to go',
    { ...USUAL, locks: [{ id: `${LOCK}/pgkeep`, name: 'pgkeep' }] },
    { allowed_cidr_blocks: '198.51.100.0/24' }
  ],
  [
    'locks that may not be read',
    { ...USUAL, failing: { 'locks/read': 'denied' } },
    { enable_deletion_protection: 'true' }
  ],

  ...(
    [
      [
        'logs in the workspace by others',
        { workspaceId: WORKSPACE.toUpperCase(), logs: [{ category: 'PostgreSQLLogs', enabled: true }] }
      ],
      [
        'all logs in the workspace by others',
        { workspaceId: WORKSPACE, logs: [{ categoryGroup: 'AllLogs', enabled: true }] }
      ],
      [
        'audit logs in the workspace by others',
        { workspaceId: WORKSPACE, logs: [{ categoryGroup: 'audit', enabled: true }] }
      ],
      [
        'logs that others switched off',
        { workspaceId: WORKSPACE, logs: [{ category: 'PostgreSQLLogs', enabled: false }] }
      ],
      [
        'other logs in the workspace by others',
        { workspaceId: WORKSPACE, logs: [{ category: 'PostgreSQLFlexSessions', enabled: true }] }
      ],
      [
        'logs in another workspace by others',
        { workspaceId: `${WORKSPACE}-2`, logs: [{ category: 'PostgreSQLLogs', enabled: true }] }
      ],
      ['a setting of others without logs', { workspaceId: WORKSPACE }],
      [
        'a setting of others without a workspace',
        { workspaceId: null, logs: [{ category: 'PostgreSQLLogs', enabled: true }] }
      ]
    ] as const
  ).map(([title, properties]): Case => [
    title,
    { ...USUAL, settings: [{ id: `${SETTING}/theirs`, name: 'theirs', properties }] },
    { enable_logging: 'true', log_workspace_id: WORKSPACE }
  ]),
  [
    'logs in the workspace by us',
    {
      ...USUAL,
      settings: [
        {
          name: 'pgkeep',
          properties: { workspaceId: WORKSPACE, logs: [{ category: 'PostgreSQLLogs', enabled: true }] }
        }
      ]
    },
    { enable_logging: 'true', log_workspace_id: WORKSPACE.toUpperCase() }
  ],
  [
    'logs in another workspace by us',
    { ...USUAL, settings: [{ name: 'pgkeep', properties: { workspaceId: `${WORKSPACE}-2`, logs: [] } }] },
    { enable_logging: 'true', log_workspace_id: WORKSPACE }
  ],
  [
    'a setting of ours without logs',
    { ...USUAL, settings: [{ name: 'pgkeep' }] },
    { enable_logging: 'true', log_workspace_id: WORKSPACE }
  ],
  [
    'logs by us that are to go',
    { ...USUAL, settings: [{ name: 'pgkeep', properties: { workspaceId: WORKSPACE } }] },
    { enable_logging: 'false' }
  ],
  [
    'settings that may not be read',
    { ...USUAL, failing: { 'diagnosticSettings/read': 'denied' } },
    { enable_logging: 'true', log_workspace_id: WORKSPACE }
  ],

  [
    'a value of each kind',
    configured,
    {
      parameters:
        'work_mem: 8MB\njit: "off"\nlog_statement: ALL\nautovacuum_vacuum_scale_factor: 0.5\nlog_line_prefix: "%m"\nshared_preload_libraries: PGAUDIT'
    }
  ],
  ['a number that is too large', configured, { parameters: 'max_connections: 100001' }],
  ['a switch that Azure does not allow', configured, { parameters: 'jit: on' }],
  ['a word that Azure does not allow', configured, { parameters: 'log_statement: ddl' }],
  ['a fraction that is too large', configured, { parameters: 'autovacuum_vacuum_scale_factor: 1.5' }],
  [
    'a library that Azure does not allow',
    configured,
    { parameters: 'shared_preload_libraries: "pgaudit,timescaledb"' }
  ],
  ['no library', configured, { parameters: 'shared_preload_libraries: ""' }],
  ['a library that is loaded', configured, { parameters: 'shared_preload_libraries: pg_cron' }],
  ['a parameter that the server lacks', configured, { parameters: 'log_statment_stats: on' }],
  ['a parameter of an extension that the server lacks', configured, { parameters: 'pgaudit.log: ddl' }],
  [
    'an upgrade with such a parameter',
    configured,
    { parameters: 'pgaudit.log: ddl', engine_version: '17', allow_major_version_upgrade: 'true' }
  ],
  [
    'a list whose words have capitals',
    LISTED,
    { parameters: 'intelligent_tuning.metric_targets: Storage-bgwriter_delay' }
  ],
  ['what Azure itself overrides', LISTED, { parameters: '{}' }],
  ['no parameters any more', configured, { parameters: '{}' }],
  ['no parameters for a server without any', USUAL, { parameters: '{}' }],
  ['a right to restart, and nothing waits', configured, { parameters: '{}', allow_restart: 'true' }],
  [
    'a right to restart, and one waits',
    { ...USUAL, configurations: { orders: [pending] } },
    { parameters: '{}', allow_restart: 'true' }
  ],
  ['no right to restart, and one waits', { ...USUAL, configurations: { orders: [pending] } }, { parameters: '{}' }],
  [
    'a static parameter and a right to restart',
    configured,
    { parameters: 'max_connections: 200', allow_restart: 'true' }
  ],
  [
    'a static parameter and no right to restart',
    configured,
    { parameters: 'max_connections: 200', allow_restart: 'false' }
  ],
  [
    'parameters that may not be read',
    { ...configured, failing: { 'configurations/read': 'denied' } },
    { parameters: 'max_connections: 200\nssl: on' }
  ],
  [
    'a pooler and a query store of defaults',
    configured,
    { enable_proxy: 'true', enable_performance_insights: 'false' }
  ],
  [
    'a pooler and a query store that are on',
    {
      ...USUAL,
      configurations: {
        orders: [
          set('pgbouncer.enabled', 'true'),
          set('pgbouncer.default_pool_size', '50'),
          set('pg_qs.query_capture_mode', 'TOP'),
          set('pg_qs.retention_period_in_days', '7')
        ]
      }
    },
    {
      enable_proxy: 'true',
      proxy_config: 'default_pool_size: 20',
      enable_performance_insights: 'true',
      performance_insights_retention_period: '31'
    }
  ],
  [
    'both off',
    {
      ...USUAL,
      configurations: { orders: [set('pgbouncer.enabled', 'false'), set('pg_qs.query_capture_mode', 'None')] }
    },
    { enable_proxy: 'false', enable_performance_insights: 'false', performance_insights_retention_period: '7' }
  ],

  ...(
    [
      ['as the server', {}, ''],
      ['raised', {}, 'max_connections: 200'],
      ['lowered', {}, 'max_connections: 50'],
      ['raised and lowered', {}, 'max_connections: 200\nmax_wal_senders: 5'],
      ['raised, and none shared', {}, 'work_mem: 8MB'],
      ['raised with a right to restart', { allow_restart: 'true' }, 'max_connections: 200']
    ] as const
  ).flatMap(([title, more, parameters]): readonly Case[] => {
    const both = { orders: CONFIGURED, 'orders-replica-1': CONFIGURED };
    const inputs = { create_read_replica: 'true', ...more, ...(parameters === '' ? {} : { parameters }) };
    return [
      [
        `a replica, parameters ${title}`,
        withReplica({}, { configurations: both, rules: { orders: [OURS], 'orders-replica-1': [OURS] } }),
        inputs
      ],
      [`a new replica, parameters ${title}`, configured, inputs, ['allowed_cidr_blocks']]
    ];
  }),
  [
    'a replica with rules of its own',
    withReplica(
      {},
      { rules: { orders: [OURS], 'orders-replica-1': [OFFICE, { ...OURS, name: 'pgkeep-198-51-100-0-24' }] } }
    ),
    { create_read_replica: 'true' }
  ],
  [
    'a replica whose parameter waits',
    withReplica({}, { configurations: { orders: CONFIGURED, 'orders-replica-1': [pending] } }),
    { create_read_replica: 'true', parameters: 'max_connections: 100', allow_restart: 'true' }
  ],
  [
    'a replica whose settings may not be read',
    withReplica({}, { failing: { 'firewallRules/read': 'denied' } }),
    { create_read_replica: 'true' }
  ],
  [
    'a new replica of a server of which no input says anything',
    live({ location: 'West Europe', sku: { name: 'Standard_E4ds_v5', tier: 'MemoryOptimized' } }),
    { create_read_replica: 'true' },
    ['location', 'sku_name', 'allocated_storage', 'publicly_accessible', 'allowed_cidr_blocks']
  ],
  ['a replica that is to go', withReplica(), { create_read_replica: 'false' }],
  [
    'a replica and an upgrade',
    withReplica(),
    { create_read_replica: 'true', engine_version: '17', allow_major_version_upgrade: 'true' }
  ],
  [
    'a replica of others and an upgrade',
    { ...USUAL, servers: [ORDERS, ...theirs(1)] },
    { engine_version: '17', allow_major_version_upgrade: 'true' }
  ],
  [
    'a replica, a larger size and less growth',
    withReplica(),
    { create_read_replica: 'true', sku_name: 'GP_Standard_D4ds_v5', auto_grow_enabled: 'false' }
  ],
  [
    'a replica of others that would be outgrown',
    { ...USUAL, servers: [ORDERS, ...theirs(1)] },
    { sku_name: 'GP_Standard_D4ds_v5' }
  ],

  [
    'a database of others',
    { ...USUAL, databases: ['orders', 'postgres', 'azure_sys', 'azure_maintenance', 'analytics'] }
  ],
  ['no database', { ...USUAL, databases: [] }],
  ['the database of every server', USUAL, { database_name: 'postgres' }],
  [
    'an alarm of ours in another case',
    {
      ...USUAL,
      alerts: [
        {
          name: 'ORDERS-cpu',
          tags: markTags(MARK),
          properties: { enabled: false, criteria: { allOf: [{ threshold: 80 }] }, windowSize: 'PT5M' }
        }
      ]
    },
    { alarms: 'cpu' }
  ],
  [
    'an alarm that is to go',
    {
      ...USUAL,
      alerts: [
        { name: 'orders-cpu', tags: markTags(MARK) },
        { name: 'orders-connections', tags: markTags(MARK), properties: { actions: [{}, { actionGroupId: '/a' }] } }
      ]
    },
    {
      alarms: 'connections',
      alarm_actions: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/actionGroups/A'
    }
  ],
  ['alarms that no input names', { ...USUAL, alerts: [{ name: 'orders-cpu', tags: markTags(MARK) }] }]
];

/** The source of a restore. */
const BILLING: Server = {
  ...ORDERS,
  name: 'billing',
  id: idOf('billing'),
  tags: {},
  backup: { earliestRestoreDate: new Date('2026-01-02T00:00:00Z') }
};
const restored = (change: Partial<Server> = {}, more: Account = {}): Account => ({
  servers: [{ ...BILLING, ...change }],
  ...more
});
const RESTORE = { restore_source: 'billing', restore_to_time: 'latest' };
const deleted = (operation: string, at?: string): Account => ({
  paths: {
    '/eventtypes/management/values': {
      value: [
        {
          status: { value: 'Succeeded' },
          operationName: { value: operation },
          submissionTimestamp: at,
          resourceId: idOf('billing')
        },
        {
          status: { value: 'Started' },
          operationName: { value: operation },
          submissionTimestamp: '2026-01-05T00:00:00Z'
        }
      ]
    }
  }
});
const RESTORES: readonly Case[] = [
  ['as of now', restored(), RESTORE],
  ['by its id', restored(), { ...RESTORE, restore_source: idOf('billing') }],
  ['by an id of something else', restored(), { ...RESTORE, restore_source: `${GROUP_ID}/providers/x/y/billing` }],
  [
    'of another subscription',
    restored(),
    { ...RESTORE, restore_source: idOf('billing').replace(SUBSCRIPTION, 'other') }
  ],
  ['of this subscription in capitals', restored(), { ...RESTORE, restore_source: idOf('billing').toUpperCase() }],
  ['as of the first backup', restored(), { ...RESTORE, restore_to_time: '2026-01-02T00:00:00Z' }],
  ['as of a moment before it', restored(), { ...RESTORE, restore_to_time: '2026-01-01T23:59:59Z' }],
  ['from another region', restored({ location: 'West US' }), RESTORE],
  ['from a private network', restored({ network: { delegatedSubnetResourceId: SUBNET } }), RESTORE],
  [
    'into a private network',
    restored(),
    { ...RESTORE, subnet_ids: SUBNET, private_dns_zone_id: ZONE, publicly_accessible: 'false' }
  ],
  ['with another version', restored({ version: '15' }), RESTORE],
  ['with a minor version', restored(), { ...RESTORE, engine_version: '16.4' }],
  ['with another login', restored({ administratorLogin: 'boss' }), RESTORE],
  ['of a server of which little is known', { servers: [{ name: 'billing', location: 'eastus' }] }, RESTORE],
  [
    'of a burstable server with a standby',
    restored({ sku: { name: 'Standard_B1ms', tier: 'Burstable' } }),
    { ...RESTORE, multi_az: 'true' },
    ['sku_name']
  ],
  [
    'of a server that is being deleted',
    {
      ...deleted('Microsoft.DBforPostgreSQL/flexibleServers/delete', '2026-01-03T00:00:00Z'),
      servers: [{ ...BILLING, state: 'Dropping' }]
    },
    RESTORE
  ],
  [
    'of a deleted server',
    deleted('microsoft.dbforpostgresql/flexibleservers/DELETE', '2026-01-03T00:00:00Z'),
    { ...RESTORE, restore_to_time: '2026-01-01T00:00:00Z' }
  ],
  [
    'of a server that was only written',
    deleted('Microsoft.DBforPostgreSQL/flexibleServers/write', '2026-01-03T00:00:00Z'),
    RESTORE
  ],
  ['of a server that was never there', {}, RESTORE],
  ['of a server, where the log may not be read', { failing: { 'eventtypes/values/read': 'denied' } }, RESTORE],
  ['without a password', restored(), RESTORE, ['master_password']]
];

/** Versions, by which input they are asked for. */
const VERSIONS: readonly Case[] = [
  ['11 of a new server', {}, { server_version: '11' }, ['engine_version']],
  ['11 of a live server', live({ version: '11' }), { server_version: '11' }, ['engine_version']],
  ['11 of a newer server', USUAL, { server_version: '11' }, ['engine_version']],
  ['11 by the other input', {}, { engine_version: '11' }],
  ['12 of a new server', {}, { server_version: '12' }, ['engine_version']],
  ['12 of a live server', live({ version: '12' }), { engine_version: '12' }],
  ['13 of a newer server', USUAL, { engine_version: '13' }],
  ['13 of an older server', live({ version: '12' }), { engine_version: '13' }],
  ['14 of a new server', {}, { engine_version: '14' }],
  ['16.4', USUAL, { engine_version: '16.4' }],
  ['none', USUAL, {}, ['engine_version']]
];

function inputsOf(change: With = {}, without: readonly string[] = []): With {
  return Object.fromEntries(Object.entries({ ...basic(), ...change }).filter(([name]) => !without.includes(name)));
}

/** All but what stays as it is. */
function told(plan: Plan): readonly string[] {
  const lines = planned(plan).flatMap(text => text.split('\n'));
  return lines.filter(line => !/^(?:no-changes|none |    unchanged: )/.test(line));
}

async function planOf(account: Account, inputs: With): Promise<readonly string[]> {
  let lines: readonly string[] = [];
  const failed = await failureOf(async () => {
    lines = told((await (await runOf(account, inputs)).plan()).plan);
  });
  return failed === '' ? lines : [failed];
}

test('a plan says of what is found in an account what its golden file says', async () => {
  const page: string[] = [];
  const [usual, anew] = [await planOf(USUAL, inputsOf()), await planOf({}, inputsOf())];
  page.push('# the usual server', ...usual, '', '# a new server', ...anew);
  for (const [what, cases] of Object.entries({ plan: PLANS, restore: RESTORES, version: VERSIONS })) {
    for (const [title, account, change, without] of cases) {
      const isNew = account.servers?.some(({ name }) => name === 'orders') !== true;
      const lines = await planOf(account, inputsOf(change, without));
      page.push('', `# ${what}: ${title}`, ...differing(isNew ? anew : usual, lines));
    }
  }
  expectGolden('live-account-azure.txt', `${steady(page.join('\n'), {})}\n`);
});

const promoted = (change: Partial<Mark>): Partial<Server> => ({ tags: markTags({ ...MARK, ...change }) });
const ENDPOINT = { virtualEndpoints: ['orders.writer', 'orders.reader'], members: ['ORDERS-replica-1'] };
const replicated = (change: Partial<Server> = {}, of: Partial<Server> = {}, more: Account = {}): Account => ({
  ...USUAL,
  servers: [
    { ...ORDERS, ...change },
    { ...REPLICA, ...of }
  ],
  endpoints: [ENDPOINT],
  ...more
});
const lag = (...points: readonly unknown[]): Account => ({
  paths: { 'microsoft.insights/metrics': { value: [{ timeseries: [{ data: points }] }] } }
});
type Operation = readonly [title: string, account: Account, inputs?: With, replica?: string];

const OPERATIONS: Readonly<Partial<Record<OperationName, readonly Operation[]>>> = {
  restart: [
    ['a usual server', USUAL],
    ['a server that restarts', live({ state: 'Restarting' })],
    ['a server that fails over', live({ highAvailability: { mode: 'ZoneRedundant', state: 'FailingOver' } })],
    ['a server without a state', { ...USUAL, servers: [STATELESS] }]
  ],
  failover: [
    ...['Healthy', 'FailingOver', 'CreatingStandby', 'ReplicatingData', 'NotEnabled', undefined].map(
      (state): Operation => [
        `a standby that is ${state}`,
        live({ highAvailability: { mode: 'ZoneRedundant', ...(state === undefined ? {} : { state }) } })
      ]
    ),
    ['a standby of the same zone', live({ highAvailability: { mode: 'SameZone', state: 'Healthy' } })],
    ['no standby', live({ highAvailability: { mode: 'Disabled', state: 'Healthy' } })],
    ['nothing of a standby', { ...USUAL, servers: [STATELESS] }],
    [
      'a forced one',
      live({ highAvailability: { mode: 'ZoneRedundant', state: 'Healthy' } }),
      { failover_mode: 'forced' }
    ]
  ],
  promote: [
    ['a replica', replicated()],
    ['a replica with a lag', replicated({}, {}, lag({ maximum: 3 }, { maximum: 7.4 }, {}))],
    ['a replica without a value', replicated({}, {}, lag({}))],
    ['a replica whose metrics may not be read', replicated({}, {}, { failing: { 'metrics/read': 'denied' } })],
    ['a replica whose metrics fail', replicated({}, {}, { failing: { 'metrics/read': 'transient' } })],
    ['a forced one', replicated(), { failover_mode: 'forced' }],
    [
      'no server before',
      { servers: [{ ...REPLICA, name: 'orders', id: SERVER_ID, sourceServerResourceId: idOf('before') }] },
      {},
      'orders'
    ],
    [
      'a server that follows the named one',
      {
        servers: [
          { ...ORDERS, replicationRole: 'AsyncReplica', sourceServerResourceId: idOf('orders-replica-1') },
          { ...ORDERS, name: 'orders-replica-1', id: idOf('orders-replica-1') }
        ]
      }
    ],
    ['a server that was promoted', { servers: [{ ...ORDERS, ...promoted({ promotedFrom: 'before' }) }] }, {}, 'orders'],
    ['a server that was never promoted', USUAL, {}, 'orders'],
    [
      'a server that another workflow promoted',
      { servers: [{ ...ORDERS, ...promoted({ promotedFrom: 'before', repository: 'acme/other' }) }] },
      {},
      'orders'
    ],
    [
      'a replica that was promoted',
      {
        ...USUAL,
        servers: [
          { ...ORDERS, ...promoted({ promotedTo: 'orders-replica-1' }) },
          { ...ORDERS, name: 'orders-replica-1', ...promoted({ promotedFrom: 'orders' }) }
        ]
      }
    ],
    ['a replica of others', { ...USUAL, servers: [ORDERS, { ...REPLICA, tags: {} }] }],
    ['a replica of another region', replicated({}, { location: 'West US' })],
    [
      'two replicas, none is named',
      { ...USUAL, servers: [ORDERS, REPLICA, { ...REPLICA, name: 'orders-replica-2' }] },
      {},
      ''
    ],
    ['no replica', USUAL]
  ],
  switchover: [
    ['the reader of an endpoint', replicated()],
    ['no reader of an endpoint', replicated({}, {}, { endpoints: [{ members: ['other'] }, {}] })],
    ['a larger size', replicated({}, { sku: { name: 'Standard_D4ds_v5', tier: 'GeneralPurpose' } })],
    ['more storage', replicated({}, { storage: { storageSizeGB: 64 } })],
    [
      'no server before',
      { servers: [{ ...REPLICA, name: 'orders', id: SERVER_ID, sourceServerResourceId: idOf('before') }] },
      {},
      'orders'
    ],
    ...['Stopped', 'Disabled', 'Inaccessible', 'Updating'].map((state): Operation => [
      `a server before that is ${state}`,
      replicated({ state })
    ]),
    [
      'a forced one of a server before that is Disabled',
      replicated({ state: 'Disabled' }),
      { failover_mode: 'forced' }
    ],
    ['a stopped replica', replicated({}, { state: 'Stopped' })],
    ['a replica that has lost its key', replicated({}, { state: 'Inaccessible' })]
  ],
  stop: [
    ['a replica of ours and one of others', { ...USUAL, servers: [ORDERS, REPLICA, ...theirs(1)] }],
    ['a server without a state', { ...USUAL, servers: [STATELESS] }]
  ],
  start: [
    [
      'a replica of ours and one of others',
      { ...USUAL, servers: [{ ...ORDERS, state: 'Stopped' }, REPLICA, ...theirs(1)] }
    ]
  ]
};

test('an operation says of what is found in an account what its golden file says', async () => {
  const page: string[] = [];
  for (const [name, cases] of Object.entries(OPERATIONS) as [OperationName, readonly Operation[]][]) {
    let before: readonly string[] = [];
    for (const [title, account, more = {}, replica = 'orders-replica-1'] of cases) {
      let lines: readonly string[] = [];
      const failed = await failureOf(async () => {
        const run = await runOf(account, inputsOf(more));
        const { verdict, steps, consequences, refusals } = await run.planOperation(
          name,
          replica === '' ? {} : { replica }
        );
        lines = [
          verdict,
          ...steps.map(step =>
            [step.title, step.summary, step.call, step.impact, step.usually, step.state, step.detail].join(' | ')
          ),
          ...consequences,
          ...refusals.map(({ rule, message, hint }) => `refused, ${rule}: ${message} ${hint}`)
        ];
      });
      const all = failed === '' ? lines : [failed];
      page.push(
        `# ${name}: ${title}`,
        ...differing(before, all).map(line => line.replace(/^(without: .{70}).*/, '$1…')),
        ''
      );
      if (before.length === 0) before = all;
    }
  }
  expectGolden('live-operations-azure.txt', `${steady(page.join('\n'), {})}\n`);
});

test('the activity log says who changed a server, and what lies in it', async () => {
  const event = (more: object): object => ({
    caller: 'jane@example.com',
    eventTimestamp: '2025-12-31T23:30:00Z',
    operationName: { value: 'write' },
    resourceId: SERVER_ID,
    status: { value: 'Succeeded' },
    ...more
  });
  const value = [
    event({}),
    event({ claims: { name: 'Jane' }, resourceId: `${SERVER_ID.toUpperCase()}/firewallRules//home` }),
    event({ caller: undefined, eventTimestamp: '2025-12-31T23:31:00Z' }),
    event({ status: { value: 'Started' } }),
    event({ resourceId: idOf('orders-2') }),
    event({ resourceId: undefined }),
    event({ eventTimestamp: undefined }),
    event({ operationName: {} })
  ];
  const account = { ...USUAL, paths: { '/eventtypes/management/values': { value } } };
  const { session } = await runOf(account, inputsOf());
  const { events = [] } = (await session.whoChanged(await session.observe(), ['server'])) ?? {};
  expect(events.map(({ by, what, on }) => `${what} of ${on} by ${by}`).toSorted()).toEqual([
    'write of server orders by Azure itself',
    'write of server orders by jane@example.com',
    'write of server orders firewallRules home by Jane'
  ]);
});
