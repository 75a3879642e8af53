import type { Server } from '@azure/arm-postgresql-flexible';
import { ProviderError } from '../../../../src/errors.ts';
import { markFor } from '../../../../src/engine/ownership.ts';
import { usage } from '../../../../src/providers/azure/usage.ts';
import { markTags } from '../../../../src/providers/mark-tags.ts';
import { GROUP_ID, MARK, opened, ORDERS, REPLICA, runOf, type Account } from '../../../support/azure-answers.ts';
import { basic, everything } from '../../../support/azure-inputs.ts';
import { expectGolden } from '../../../support/golden.ts';
import { steady } from '../../../support/plan-in-words.ts';
import { failureOf } from '../../../support/refusal-in.ts';

/**
 * Each request that changes something, whole: of everything that is made, changed and deleted, and of each operation.
 * `UPDATE_GOLDENS=1` writes the file, to be read.
 */
type With = Readonly<Record<string, string>>;

/** Servers that become what is asked of them, at once. */
function living(servers: Server[], more: Account & { readonly isSoldOut?: true } = {}): Account {
  return {
    ...more,
    servers,
    happens: (called, [, name, asked]) => {
      if (more.isSoldOut === true && (asked as Server | undefined)?.sku !== undefined) {
        throw new ProviderError('Could not change it', { kind: 'capacity' });
      }
      const at = servers.findIndex(one => one.name === name);
      const live = servers[at];
      const { replica, ...body } = (asked ?? {}) as Server & { parameters?: { restartWithFailover?: boolean } };
      if (called === 'servers.beginDelete') servers.splice(at, 1);
      if (called === 'servers.beginCreateOrUpdate' && live === undefined) {
        servers.push({ ...ORDERS, ...body, name: String(name), state: 'Ready' });
      }
      if (live === undefined) return;
      const become = (change: Partial<Server>): unknown => Object.assign(live, change);
      if (called === 'servers.beginStop') become({ state: 'Stopped' });
      if (called === 'servers.beginStart') become({ state: 'Ready' });
      if (called === 'servers.beginRestart' && body.parameters?.restartWithFailover) become({ availabilityZone: '2' });
      if (called === 'servers.beginUpdate') {
        become(replica === undefined ? { tags: body.tags ?? live.tags ?? {} } : { replicationRole: 'Primary' });
        const primary = servers.find(one => one.name === 'orders');
        if (replica?.promoteMode === 'Switchover') Object.assign(primary ?? {}, { replicationRole: 'AsyncReplica' });
      }
    }
  };
}

const WORKSPACE = `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/other`;
const set = (name: string, value: string, isDynamicConfig = true) => ({
  name,
  value,
  defaultValue: 'of the service',
  source: 'user-override',
  isDynamicConfig,
  isConfigPendingRestart: !isDynamicConfig
});
const CONFIGURED = [
  set('log_statement', 'all'),
  set('work_mem', '4096'),
  set('max_connections', '100', false),
  set('pgbouncer.enabled', 'false'),
  set('pg_qs.query_capture_mode', 'none')
];
const RULE = { name: 'pgkeep-203-0-113-0-24', startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.255' };
const MARKED = {
  ...ORDERS,
  dataEncryption: { primaryKeyURI: 'https://v/keys/k/1', primaryUserAssignedIdentityId: '/i' }
};

/** An account with everything. */
const full = (more: Parameters<typeof living>[1] = {}): Account =>
  living([{ ...MARKED }, { ...REPLICA }, { ...REPLICA, name: 'orders-replica-westus', location: 'westus' }], {
    databases: ['orders'],
    configurations: { orders: CONFIGURED, 'orders-replica-1': CONFIGURED, 'orders-replica-westus': CONFIGURED },
    rules: { orders: [RULE], 'orders-replica-1': [RULE] },
    administrators: [{ objectId: '33333333-4444-5555-6666-777777777777', principalName: 'before' }],
    settings: [{ name: 'pgkeep', properties: { workspaceId: WORKSPACE, logs: [] } }],
    alerts: [
      { name: 'orders-cpu', tags: { ...markTags(MARK), theirs: 'x' }, properties: { windowSize: 'PT1M' } },
      { name: 'orders-connections', tags: markTags(MARK) }
    ],
    ...more
  });

const CHANGED: With = {
  ...everything(),
  multi_az: 'true',
  standby_availability_zone: '2',
  sku_name: 'GP_Standard_D4ds_v5',
  allocated_storage: '64',
  storage_tier: 'P10',
  maintenance_window: 'mon:01:00-mon:02:00',
  master_password_version: '2',
  kms_key_id: 'https://v/keys/k/2',
  key_identity_id: '/i',
  geo_redundant_backup: 'false',
  allowed_cidr_blocks: '198.51.100.0/24',
  read_replica_count: '1',
  allow_restart: 'true',
  parameters: 'max_connections: "200"\nwork_mem: 8MB',
  tags: 'Cost: low'
};

const LESS: With = {
  ...basic(),
  allowed_cidr_blocks: '[]',
  parameters: '{}',
  create_read_replica: 'false',
  enable_logging: 'false',
  enable_proxy: 'false',
  enable_performance_insights: 'false',
  iam_database_authentication_enabled: 'true',
  entra_administrators: '[]',
  alarms: '{}',
  auto_grow_enabled: 'false'
};

const APPLIES: readonly (readonly [title: string, account: () => Account, inputs: With])[] = [
  [
    'everything new',
    () => living([]),
    { ...everything(), enable_deletion_protection: 'true', create_read_replica: 'true' }
  ],
  ['everything changed', full, CHANGED],
  ['most taken away', full, LESS],
  ['most taken away that is gone', () => full({ failing: { '/delete': 'not-found' } }), LESS],
  ['most taken away, without a right to', () => full({ failing: { '/delete': 'denied' } }), LESS],
  ['the logs taken away, without a right to', () => full({ failing: { 'Settings/delete': 'denied' } }), LESS],
  [
    'a smaller size without a standby',
    () => living([{ ...ORDERS, highAvailability: { mode: 'ZoneRedundant' } }]),
    { ...basic(), multi_az: 'false', sku_name: 'B_Standard_B1ms' }
  ],
  ['everything changed, with a size that is refused', () => full({ isSoldOut: true }), CHANGED],
  [
    'a server whose size is refused, and all else is changed',
    () => living([{ ...MARKED }], { isSoldOut: true }),
    Object.fromEntries(Object.entries(CHANGED).filter(([name]) => !/replica/.test(name)))
  ],
  [
    'an upgrade',
    () => living([{ ...ORDERS }]),
    { ...basic(), engine_version: '17', allow_major_version_upgrade: 'true' }
  ],
  [
    'a server that is adopted',
    () => living([{ ...ORDERS, tags: { theirs: 'x' } }]),
    { ...basic(), adopt_existing: 'true' }
  ],
  [
    'a private server with a key',
    () => living([]),
    {
      ...basic(),
      publicly_accessible: 'false',
      subnet_ids: `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/shop/subnets/db`,
      private_dns_zone_id: `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/shop.postgres.database.azure.com`,
      kms_key_id: 'https://v/keys/k/1',
      key_identity_id: '/i',
      storage_type: 'PremiumV2_LRS',
      storage_iops: '4000',
      multi_az: 'true'
    }
  ],
  [
    'a copy as of a moment',
    () => living([{ ...ORDERS, name: 'billing', tags: {} }]),
    {
      ...basic(),
      restore_source: 'billing',
      restore_to_time: '2025-12-30T12:00:00Z',
      multi_az: 'true',
      allocated_storage: '64',
      backup_retention_days: '9'
    }
  ],
  [
    'a copy as of now',
    () => living([{ ...ORDERS, name: 'billing', tags: {} }]),
    { ...basic(), restore_source: 'billing', restore_to_time: 'latest' }
  ]
];

test('each request of an apply is as its golden file says', async () => {
  const page: string[] = [];
  for (const [title, account, inputs] of APPLIES) {
    const sent: string[] = [];
    const run = await runOf(account(), inputs, sent);
    const { plan, observed } = await run.plan();
    const { error } = await run.session.apply(plan, observed, markFor(run.session.target));
    page.push(`# ${title}`, ...(error === undefined ? [] : [error.message]), ...sent, '');
  }
  const sent: string[] = [];
  await (await runOf(full(), { ...everything(), enable_deletion_protection: 'false' }, sent)).destroy();
  page.push('# a destroy', ...sent);
  expectGolden('requests-azure.txt', `${steady(page.join('\n'), {})}\n`);
});

const STANDBY: Partial<Server> = { highAvailability: { mode: 'ZoneRedundant', state: 'Healthy' } };
const ENDPOINTS = [{ virtualEndpoints: ['orders.writer'], members: ['orders-replica-1'] }];

test('each request and line of an operation is as its golden file says', async () => {
  const page: string[] = [];
  for (const [operation, change, more] of [
    ['stop', {}, {}],
    ['start', { state: 'Stopped' }, {}],
    ['restart', {}, {}],
    ['failover', STANDBY, {}],
    ['failover', STANDBY, { failover_mode: 'forced' }],
    ['promote', {}, {}],
    ['promote', {}, { failover_mode: 'forced' }],
    ['switchover', {}, {}]
  ] as const) {
    const sent: string[] = [];
    const account = living([{ ...ORDERS, ...change }, { ...REPLICA }], { endpoints: ENDPOINTS });
    const run = await runOf(account, { ...basic(), ...more }, sent);
    const failed = await failureOf(async () => run.operate(operation, { replica: 'orders-replica-1' }));
    page.push(
      `# ${operation} ${JSON.stringify(more)}`,
      ...(failed === '' ? [] : [failed]),
      ...sent,
      ...run.execution.lines,
      ''
    );
  }
  expectGolden('operation-requests-azure.txt', `${steady(page.join('\n'), {})}\n`);
});

test('a price is that of the product by its names, and the standby is a second server', async () => {
  const item = (productName: string, skuName: string, meterName: string, retailPrice: number, more: object = {}) => ({
    productName,
    skuName,
    meterName,
    retailPrice,
    ...more
  });
  const service = 'Azure Database for PostgreSQL Flexible Server';
  const prices = [
    item(`${service} General Purpose Ddsv5 Series Compute`, '2 vCore', 'vCore', 0.1),
    item('Az DB for PGSQL Flex Server General Purpose - Ddsv5\u00A0Series Compute', '2 vCore', 'vCore', 0.2),
    item(`${service} General Purpose Ddsv5 Series Compute`, '2 vCore', 'vCore', 9, { type: 'DevTestConsumption' }),
    item(`${service} General Purpose Ddsv5 Series Compute`, '2 vCore', 'vCore', 9, { tierMinimumUnits: 1 }),
    item(`${service} General Purpose Ddsv5 Series Compute`, '12 vCore', 'vCore', 9),
    item(`${service} General Purpose Ddsv5 Series Compute`, '2 vCore', 'vCore Hours', 9),
    item(`${service} General Purpose Dadsv5 Series Compute`, '2 vCore', 'vCore', 9),
    item(`${service} Burstable BS Series Compute`, 'B1ms', 'B1ms', 0.01),
    item(`${service} Burstable BS Series Compute`, 'B1ms', 'B1ms vCore', 0.02),
    item(`${service} Burstable BS Series Compute`, 'B1ms', 'B1ms Spot', 9),
    item(`${service} Storage`, 'x', 'Storage Data Stored', 0.115),
    item(`${service} Storage`, 'x', 'Storage Data Stored', 0),
    item(`${service} Backup Storage`, 'x', 'Storage Data Stored', 9)
  ];
  const page: string[] = [];
  for (const change of [
    {},
    { multi_az: 'true', create_read_replica: 'true', location: '', storage_tier: 'P10', geo_redundant_backup: 'true' },
    { sku_name: 'B_Standard_B1ms', auto_grow_enabled: 'false' },
    { storage_type: 'PremiumV2_LRS', alarms: 'cpu', enable_logging: 'true', log_workspace_id: WORKSPACE },
    { sku_name: 'GP_Standard_D2as_v4', replica_region: 'westus' }
  ]) {
    const inputs = Object.fromEntries(Object.entries({ ...basic(), ...change }).filter(([, value]) => value !== ''));
    const { run } = await opened({ prices, offers: [] }, inputs);
    const { plan, observed } = await run.plan();
    const { cost, notices } = (await run.session.cost(plan, observed)) ?? { notices: [] };
    page.push(JSON.stringify(change), JSON.stringify(cost ?? notices), '');
  }
  expectGolden('prices-azure.txt', `${page.join('\n')}\n`);
});

test('the usage of a server is that of its metrics', async () => {
  const metric = (name: string, ...data: readonly object[]): object => ({
    name: { value: name },
    timeseries: [{ data }]
  });
  const at = '2025-12-30T00:00:00Z';
  const value = [
    metric('cpu_percent', { average: 10, maximum: 90 }, { average: 30, maximum: 40 }, {}),
    metric('memory_percent', { maximum: 70 }, { maximum: 60 }),
    metric('active_connections', { maximum: 12 }),
    metric('storage_used', { timeStamp: at, maximum: 2 ** 31 }, { maximum: 2 ** 30 }, { timeStamp: at }),
    metric('write_iops', { average: 5 })
  ];
  const page: string[] = [];
  for (const autoGrow of ['Enabled', 'Disabled'] as const) {
    const servers = [{ ...ORDERS, storage: { storageSizeGB: 64, autoGrow } }];
    const { context } = await opened({ servers, paths: { 'microsoft.insights/metrics': { value } } }, basic());
    const rest: typeof context.azure.rest = async (operation, method, path) => {
      page.push(`${operation} ${method} ${decodeURIComponent(path)}`);
      return context.azure.rest(operation, method, path);
    };
    if (!usage.can) throw new Error('There is no usage');
    page.push(JSON.stringify(await usage.read({ ...context, azure: { ...context.azure, rest } })));
  }
  expectGolden('usage-azure.txt', `${page.join('\n')}\n`);
});
