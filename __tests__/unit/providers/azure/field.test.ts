import { markFor } from '../../../../src/engine/ownership.ts';
import { capability } from '../../../clouds/azure/catalogue.ts';
import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { lines } from '../../../support/azure-run.ts';
import { failureOf } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();
const SCOPE = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/net/providers';
const PRIVATE = {
  subnet_ids: `${SCOPE}/Microsoft.Network/virtualNetworks/shop/subnets/db`,
  private_dns_zone_id: `${SCOPE}/Microsoft.Network/privateDnsZones/shop.postgres.database.azure.com`
};
const KEYED = {
  kms_key_id: 'https://v.vault.azure.net/keys/k/1',
  key_identity_id: `${SCOPE}/Microsoft.ManagedIdentity/userAssignedIdentities/c`
};

const apply = async (inputs: With) => (await account.run(inputs)).apply();
const plan = async (inputs: With) => (await (await account.run(inputs)).plan()).plan;
const notices = async (inputs: With): Promise<readonly string[]> =>
  (await plan(inputs)).notices.map(({ severity, code, message }) => `${severity} ${code} ${message}`);
const omit = (inputs: With, ...names: readonly string[]): With =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));
const server = (name = 'orders') => {
  const found = [...account.cloud.state.servers.values()].find(one => one.name === name);
  if (found === undefined) throw new Error(`there is no server ${name}`);
  return found;
};
/** The bodies of the accepted calls of an action since a moment. */
const sent = (action: string, from = 0): readonly Record<string, unknown>[] =>
  account.cloud
    .mutations()
    .slice(from)
    .filter(call => call.action === action && call.status < 300 && call.status > 0)
    .map(({ body }) => body);

describe('K1: a new replica takes from its live server what no input names', () => {
  /** A run that names nothing but the server and its replica. */
  const bare = (inputs: With): With => ({
    ...omit(
      inputs,
      'location',
      'sku_name',
      'publicly_accessible',
      'allowed_cidr_blocks',
      ...Object.keys(PRIVATE),
      ...Object.keys(KEYED)
    ),
    create_read_replica: 'true'
  });

  test.each<[string, With, object]>([
    [
      'the region, the size, no public address, and the key',
      { location: 'West Europe', sku_name: 'MO_Standard_E4ds_v5', publicly_accessible: 'false', ...KEYED },
      {
        location: 'westeurope',
        sku: { name: 'Standard_E4ds_v5', tier: 'MemoryOptimized' },
        identity: { userAssignedIdentities: { [KEYED.key_identity_id]: {} } },
        properties: {
          network: { publicNetworkAccess: 'Disabled' },
          dataEncryption: { type: 'AzureKeyVault', primaryKeyURI: KEYED.kms_key_id }
        }
      }
    ],
    [
      'the private network',
      { ...PRIVATE, publicly_accessible: 'false' },
      {
        properties: {
          network: {
            delegatedSubnetResourceId: PRIVATE.subnet_ids,
            privateDnsZoneArmResourceId: PRIVATE.private_dns_zone_id
          }
        }
      }
    ]
  ])('%s', async (_what, change, expected) => {
    const inputs = { ...basic(), ...change };
    await account.made(inputs);
    const later = bare(inputs);
    const step = (await plan(later)).steps.find(({ address }) => address === 'replica/1');
    expect(step?.changes.map(({ field }) => field)).toEqual(expect.arrayContaining(['location', 'instance_class']));
    await apply(later);
    expect(sent('PUT flexibleServers').at(-1)).toMatchObject(expected);
    expect(lines(await plan(later))).toEqual([]);
  });

  test('except for a key, which is not available in another region: that is a danger', async () => {
    await account.made({ ...basic(), ...KEYED });
    expect((await notices({ ...bare(basic()), replica_region: 'westus' })).join('\n')).toMatch(
      /danger less-safe The replica in westus is encrypted with a key of Azure/
    );
  });
});

// https://github.com/MicrosoftDocs/azure-docs/pull/124023
test('a zone of another subscription is told with what that one needs, of a new server alone', async () => {
  const elsewhere = { ...omit(basic(), 'publicly_accessible', 'allowed_cidr_blocks'), ...PRIVATE };
  const own = PRIVATE.private_dns_zone_id.replace(/[\da-f-]{36}/, account.cloud.state.subscription);
  const told = /`az provider register .* --subscription 11111111-2222-3333-4444-555555555555`/;
  expect((await notices(elsewhere)).join('\n')).toMatch(told);
  expect((await notices({ ...elsewhere, private_dns_zone_id: own })).join('\n')).not.toMatch(told);
  await account.made(elsewhere);
  expect((await notices(elsewhere)).join('\n')).not.toMatch(told);
});

test('K1: the live server’s region also decides about offers, when no input names it', async () => {
  await account.made({ ...basic(), location: 'westeurope' });
  account.cloud.state.offers.set('eastus', { ...capability(), zoneRedundantHaSupported: 'Disabled' });
  const inputs = { ...omit(basic(), 'location'), multi_az: 'true' };
  expect(lines(await plan(inputs))).toHaveLength(1);
  account.cloud.state.offers.set('westeurope', { ...capability(), zoneRedundantHaSupported: 'Disabled' });
  await expect(plan(inputs)).rejects.toThrow(/`multi_az`.*is not offered in westeurope/);
});

describe('K3: a change that an apply would be refused is refused in the plan', () => {
  const unsized = omit(basic(), 'sku_name');

  const burstable: readonly (readonly [string, With, RegExp])[] = [
    [
      'a replica',
      { create_read_replica: 'true' },
      /`create_read_replica`: "true" is not available for a burstable size, Standard_B1ms.*`GP_`/
    ],
    [
      'a replica elsewhere',
      { replica_region: 'westus' },
      /`replica_region`: "westus" is not available for a burstable/
    ],
    ['the pooler', { enable_proxy: 'true' }, /`enable_proxy`: "true" is not available for a burstable/],
    ['a standby', { multi_az: 'true' }, /`multi_az`: "true" is not available for a burstable/]
  ];

  test.each(burstable)('%s of a burstable server, by default and live', async (_what, change, message) => {
    await expect(plan({ ...unsized, ...change })).rejects.toThrow(message);
    await account.made({ ...basic(), sku_name: 'B_Standard_B1ms' });
    const before = account.cloud.mutations().length;
    await expect(apply({ ...unsized, ...change })).rejects.toThrow(message);
    expect(account.cloud.mutations()).toHaveLength(before);
  });

  test('and the hint works for all of them', async () => {
    await account.made({ ...basic(), sku_name: 'B_Standard_B1ms' });
    const changes = Object.assign({}, ...burstable.map(([, change]) => change)) as With;
    const sized = { ...basic(), sku_name: 'GP_Standard_D2ds_v5', ...changes };
    await apply(sized);
    expect(lines(await plan(sized))).toEqual([]);
  });

  test('more replicas than a server can have, those of others counted', async () => {
    const one = { ...basic(), create_read_replica: 'true' };
    await expect(plan({ ...one, read_replica_count: '5', replica_region: 'westus' })).rejects.toThrow(
      /`read_replica_count`: .* asks for 6 replicas: a server of Azure has at most 5/
    );
  });

  test('a replica of a private server in another region', async () => {
    const hidden = { ...omit(basic(), 'publicly_accessible', 'allowed_cidr_blocks'), ...PRIVATE };
    await expect(plan({ ...hidden, replica_region: 'westus' })).rejects.toThrow(
      /`replica_region`: "westus" is not available for a server in a subnet/
    );
    await account.made(hidden);
    const silent = omit(hidden, 'subnet_ids', 'private_dns_zone_id');
    await expect(plan({ ...silent, replica_region: 'westus' })).rejects.toThrow(/`replica_region`: "westus" is not/);
  });

  test('a standby in the zone that Azure chose for the server', async () => {
    await account.made(basic());
    server().properties = { ...server().properties, availabilityZone: '2' };
    const standby = { ...basic(), multi_az: 'true', standby_availability_zone: '2' };
    await expect(plan(standby)).rejects.toThrow(/`standby_availability_zone`: "2" is the live server's own zone/);
    await apply({ ...standby, standby_availability_zone: '1' });
  });

  // https://learn.microsoft.com/rest/api/postgresql/configurations: each has `allowedValues` and `isReadOnly`.
  test('parameters that the live server does not have, or whose values it does not take', async () => {
    const unlisted = 'pgaudit.log: ddl\nazure.extensions: PGAUDIT';
    expect(await notices({ ...basic(), parameters: unlisted })).toContain(
      'info not-checked Could not check pgaudit.log: Azure lists the parameters of a server once it exists.'
    );
    await account.made({ ...basic(), parameters: 'work_mem: 8MB\ndatestyle: ISO, DMY' });
    expect((await notices({ ...basic(), parameters: 'work_mem: 8MB' })).join('\n')).not.toContain('not-checked');
    const refused: readonly (readonly [parameter: string, says: RegExp])[] = [
      ['pgaudit.log_statment: on', /is not a parameter of this server/],
      ['azure.extension: VECTOR', /did you mean `azure.extensions`/],
      ['work_mem: 64kB', /"work_mem: 64kB" is not allowed by Azure; allowed: 4096-2097151/],
      ['azure.extensions: VECTOR,timescale', /is not allowed by Azure; allowed: citext,/]
    ];
    for (const [parameter, says] of refused) {
      await expect(plan({ ...basic(), parameters: parameter })).rejects.toThrow(says);
    }
    const taken = 'WORK_MEM: 16MB\nlog_connections: "1"\nazure.extensions: VECTOR\nssl: on\ntimezone: Europe/Berlin';
    await apply({ ...basic(), parameters: taken });
    expect(lines(await plan({ ...basic(), parameters: taken }))).toEqual([]);
    // Azure has some with capitals, as PostgreSQL has: `DateStyle` went back to its default.
    const live = account.cloud.state.servers.values().next().value?.configurations;
    expect([live?.get('TimeZone')?.value, live?.get('DateStyle')?.value]).toEqual(['Europe/Berlin', 'ISO, MDY']);
  });

  test('firewall rules without effect are reported, for a new server and a live one', async () => {
    const closed = { ...basic(), publicly_accessible: 'false' };
    const message = /warning value-ignored `allowed_cidr_blocks` has no effect while the server has no public address/;
    expect((await notices(closed)).join('\n')).toMatch(message);
    expect((await notices(basic())).join('\n')).not.toMatch(message);
    await account.made(closed);
    expect((await notices(omit(closed, 'publicly_accessible'))).join('\n')).toMatch(message);
  });
});

describe('K5: resources of others on the server are named', () => {
  test('a replica that others made stops a destroy before its first call', async () => {
    const inputs = { ...basic(), create_read_replica: 'true', alarms: 'cpu' };
    await account.made(inputs);
    server('orders-replica-1').tags = {};
    const before = account.cloud.mutations().length;
    await expect((await account.run(inputs)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
    expect(account.cloud.mutations()).toHaveLength(before);
  });

  test('a firewall rule of others is kept, and reported', async () => {
    await account.made(basic());
    server().firewallRules.set('office', { startIpAddress: '192.0.2.1', endIpAddress: '192.0.2.1' });
    expect(await notices(basic())).toContain(
      'info sources-kept Firewall rules that this action did not create stay as they are: `office`.'
    );
    await apply({ ...basic(), allowed_cidr_blocks: '198.51.100.0/24' });
    expect([...server().firewallRules.keys()]).toContain('office');
  });
});

describe('K5: what others keep inside the server', () => {
  const inputs = { ...basic(), confirm_destroy: 'orders' };

  test('a database of others stops a destroy before its first call; without it the destroy goes on', async () => {
    await account.made(inputs);
    server().databases.set('analytics', { charset: 'UTF8' });
    expect(lines(await plan(inputs))).toEqual([]);
    const before = account.cloud.mutations().length;
    await expect((await account.run(inputs)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
    expect(account.cloud.mutations()).toHaveLength(before);
    server().databases.delete('analytics');
    await (await account.run(inputs)).destroy();
  });

  test.each<[string, With]>([
    ['that no input names any more', omit(inputs, 'database_name')],
    ['of an earlier name', { ...inputs, database_name: 'billing' }]
  ])('a database of ours %s stops nothing', async (_what, later) => {
    await account.made(inputs, later, omit(later, 'database_name'));
    await (await account.run(omit(later, 'database_name'))).destroy();
    expect(account.cloud.state.servers.size).toBe(0);
  });

  test('a mark that remembers no databases stops nothing', async () => {
    await account.made(inputs);
    server().databases.set('analytics', { charset: 'UTF8' });
    const { 'pgkeep:own-tags': _own, ...tags } = server().tags;
    server().tags = tags;
    await (await account.run(inputs)).destroy();
    expect(account.cloud.state.servers.size).toBe(0);
  });
});

/** Codes of public reports, and of the service's guide to its errors. */
test.each([
  ['InsufficientCapacity', 'provider-failed', /Choose another `sku_name`, `availability_zone` or `location`/],
  ['ScopeLocked', 'plan-blocked', /enable_deletion_protection: false/],
  ['SomethingNew', 'provider-failed', /activity log/]
])(
  'K7: a long-running operation that ends with %s is reported by its code, with its hint',
  async (code, kind, hint) => {
    await account.made(basic());
    account.cloud.doom('orders', { code, message: 'As Azure says.' });
    await expect(apply({ ...basic(), sku_name: 'GP_Standard_D4ds_v5' })).rejects.toMatchObject({
      code: kind,
      message: expect.stringContaining(`${code}: As Azure says.`) as string,
      hint: expect.stringMatching(hint) as string
    });
  }
);

test.each<[what: string, action: string, code: string, change: With]>([
  ['a server that is always busy', 'PATCH flexibleServers', 'ServerIsBusy', { sku_name: 'GP_Standard_D4ds_v5' }],
  ['a group that is being deleted', 'PATCH flexibleServers', 'ResourceGroupBeingDeleted', { tags: 'Team: billing' }],
  [
    'a rule in an endless conflict',
    'PUT flexibleServers/firewallRules',
    'Conflict',
    { allowed_cidr_blocks: '198.51.100.0/24' }
  ]
])('K7: %s ends the run with its name, and each try is logged', async (_what, action, code, change) => {
  await account.made(basic());
  account.cloud.fault({ action, times: 1000, code, status: 409, message: 'as Azure says' });
  const run = await account.run({ ...basic(), ...change });
  await expect(run.apply()).rejects.toMatchObject({
    message: expect.stringContaining('The last answer: ') as string,
    hint: expect.stringContaining('another operation') as string
  });
  const tries = account.cloud.mutations().filter(one => one.code === code).length;
  expect([tries > 5, tries < 40]).toEqual([true, true]);
  expect(run.execution.lines.filter(line => line.includes('as Azure says; trying again')).length).toBeGreaterThan(4);
});

test.each([
  ['an operation', '*', /azureasyncoperation/i, /Azure no longer knows the operation/],
  ['a server', 'GET flexibleServers', /\/orders /, /the server does not exist/]
])('K7: a wait for %s that Azure forgets ends long before its deadline', async (_what, action, about, says) => {
  await account.made(basic());
  const run = await account.run({ ...basic(), sku_name: 'GP_Standard_D4ds_v5' });
  const { plan: planned, observed } = await run.plan();
  account.cloud.fault({ action, about, times: 100_000, code: 'ResourceNotFound', status: 404 });
  const { error } = await run.session.apply(planned, observed, markFor(run.session.target));
  expect(error).toMatchObject({
    code: 'provider-failed',
    message: expect.stringMatching(says) as string,
    hint: expect.stringContaining('Run the workflow again') as string
  });
  account.cloud.clearFaults();
  await apply({ ...basic(), sku_name: 'GP_Standard_D4ds_v5' });
});

/** In the field: a wait for a server that a user had stopped went on to the deadline. */
test('K7: a server that stays stopped ends the wait at once, with a hint', async () => {
  await account.made(basic());
  const run = await account.run({ ...basic(), allowed_cidr_blocks: '198.51.100.0/24' });
  const { plan: planned, observed } = await run.plan();
  server().properties = { ...server().properties, state: 'Stopped' };
  const { error } = await run.session.apply(planned, observed, markFor(run.session.target));
  expect(error).toMatchObject({ hint: expect.stringContaining('command: start') as string });
});

const ENTRA = { iam_database_authentication_enabled: 'true' };

test.each<[string, With, With, number]>([
  ['the last rule', {}, { allowed_cidr_blocks: '[]' }, 1],
  [
    'each of a rule, an administrator and a parameter',
    {
      ...ENTRA,
      allowed_cidr_blocks: '203.0.113.0/24\n198.51.100.0/24',
      parameters: 'work_mem: 8MB',
      entra_administrators:
        '[{object_id: 33333333-4444-5555-6666-777777777777, principal_name: keepers, principal_type: Group}]'
    },
    { ...ENTRA, parameters: '{}', entra_administrators: '[]' },
    3
  ]
])('K3: %s is not taken off a stopped server, and the plan names the way', async (_what, before, after, parts) => {
  await account.made({ ...basic(), ...before });
  server().properties = { ...server().properties, state: 'Stopped' };
  const changed = { ...basic(), ...after };
  const { steps, verdict } = await plan(changed);
  expect(verdict).toBe('blocked');
  const hints = steps.flatMap(({ refusal }) => refusal?.hint ?? []);
  expect(hints).toEqual(Array.from({ length: parts }, () => expect.stringContaining('`command: start`') as string));
  await (await account.run(changed)).operate('start');
  await apply(changed);
  expect(lines(await plan(changed))).toEqual([]);
  expect(account.cloud.calls().filter(({ code }) => code === 'OperationNotAllowed')).toEqual([]);
});

describe('K8: changes that Azure takes separately are sent separately', () => {
  /** The size is refused, as long as Azure has no capacity for it. */
  const refused = { sku_name: 'GP_Standard_D4ds_v5' };
  const isLeft = [expect.stringContaining('instance_class') as string];

  test.each<[string, With, readonly string[]]>([
    [
      'storage and window, what goes in the same call, a password and its version, and tags',
      {
        allocated_storage: '64',
        maintenance_window: 'tue:02:00-tue:03:00',
        backup_retention_days: '21',
        master_password: 'Other-horse-8431',
        master_password_version: '2',
        tags: 'Team: billing'
      },
      []
    ],
    [
      'a version, and no address',
      { engine_version: '17', allow_major_version_upgrade: 'true', publicly_accessible: 'false' },
      []
    ],
    [
      'the pooler and the query store, parameters, rules, another database, an alarm, deletion protection',
      {
        enable_proxy: 'true',
        enable_performance_insights: 'true',
        parameters: 'work_mem: 8MB',
        allowed_cidr_blocks: '198.51.100.0/24',
        database_name: 'billing',
        alarms: 'cpu',
        enable_deletion_protection: 'true'
      },
      []
    ],
    [
      'a replica, which would be made like the larger server',
      { create_read_replica: 'true' },
      ['create replica/1', 'create replica-settings/1']
    ]
  ])('a size that is refused keeps no other change back: %s', async (_what, change, waiting) => {
    await account.made(basic());
    account.cloud.state.soldOut.add('Standard_D4ds_v5');
    const changed = { ...basic(), ...refused, ...change };
    await expect(apply(changed)).rejects.toMatchObject({ hint: expect.stringContaining('`sku_name`') as string });
    expect(lines(await plan(changed))).toEqual([...isLeft, ...waiting]);
    // Where only the size is left, each row would end alike.
    if (waiting.length === 0) return;
    account.cloud.state.soldOut.clear();
    await apply(changed);
    expect(lines(await plan(changed))).toEqual([]);
  });

  test('the version of a password that is refused is not noted', async () => {
    await account.made(basic());
    account.cloud.fault({ action: 'PATCH flexibleServers', code: 'InvalidParameterValue', status: 400 });
    const changed = { ...basic(), master_password_version: '2' };
    await expect(apply(changed)).rejects.toMatchObject({ code: 'provider-invalid' });
    expect(lines(await plan(changed))).toEqual([expect.stringContaining('master_password_version') as string]);
  });

  test('a replica that is refused its size keeps its server as it is, and nothing else', async () => {
    const replicated = { ...basic(), create_read_replica: 'true' };
    await account.made(replicated);
    account.cloud.state.soldOut.add('Standard_D4ds_v5');
    const before = account.cloud.mutations().length;
    const changed = { ...replicated, ...refused, alarms: 'cpu', parameters: 'work_mem: 8MB' };
    await expect(apply(changed)).rejects.toMatchObject({ code: 'provider-failed' });
    expect(sent('PATCH flexibleServers', before)).toEqual([]);
    expect(lines(await plan(changed))).toEqual([
      expect.stringContaining('update replica/1: instance_class') as string,
      expect.stringContaining('update server: instance_class') as string
    ]);
  });

  /** https://github.com/hashicorp/terraform-provider-azurerm/issues/27612 */
  test.each([
    [
      'comes after a size that can have it',
      'B_Standard_B1ms',
      'GP_Standard_D2ds_v5',
      'true',
      ['sku', 'highAvailability']
    ],
    [
      'goes before a size that can have none',
      'GP_Standard_D2ds_v5',
      'B_Standard_B1ms',
      'false',
      ['highAvailability', 'sku']
    ]
  ])('a standby %s', async (_what, from, to, wanted, order) => {
    await account.made({ ...basic(), sku_name: from, multi_az: wanted === 'true' ? 'false' : 'true' });
    const before = account.cloud.mutations().length;
    await apply({ ...basic(), sku_name: to, multi_az: wanted });
    const keys = sent('PATCH flexibleServers', before).map(body =>
      Object.keys({ ...body, ...(body['properties'] as object) }).filter(key => key !== 'properties')
    );
    expect(keys.filter(([key]) => key !== 'tags').flat()).toEqual(order);
  });
});

test.each([
  [
    'a read replica',
    { replica: { role: 'AsyncReplica' }, sourceServerResourceId: '/x/flexibleServers/billing' },
    /read replica of billing/
  ],
  ['a replica by its older member', { replicationRole: 'GeoAsyncReplica' }, /read replica of another server/],
  ['an elastic cluster', { cluster: { clusterSize: 2 } }, /elastic cluster/]
])('K10: %s of that name is not adopted', async (_what, properties, message) => {
  await account.made(basic());
  server().tags = {};
  server().properties = { ...server().properties, ...properties };
  const adopting = { ...basic(), adopt_existing: 'true' };
  const before = account.cloud.mutations().length;
  await expect(apply(adopting)).rejects.toThrow(message);
  expect(account.cloud.mutations()).toHaveLength(before);
});

/**
 * https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private-link: its own name leads to them.
 */
test.each<[string, object]>([
  ['with private endpoints only', { publicNetworkAccess: 'Disabled' }],
  ['with private endpoints beside its public address', {}]
])('K11: a server %s has outputs', async (_what, network) => {
  await account.made(basic());
  const { properties } = server();
  const privateEndpoint = { id: `${SCOPE}/Microsoft.Network/pe` };
  const privateLinkServiceConnectionState = {
    status: 'Approved',
    description: 'Auto-approved',
    actionsRequired: 'None'
  };
  const connections = [{ name: 'shop', properties: { privateEndpoint, privateLinkServiceConnectionState } }];
  server().properties = {
    ...properties,
    network: { ...(properties['network'] as object), ...network },
    privateEndpointConnections: connections
  };
  const run = await account.run(omit(basic(), 'publicly_accessible', 'allowed_cidr_blocks'));
  expect((await run.session.outputs(await run.session.observe()))?.endpoint).toMatchObject({
    host: 'orders.postgres.database.azure.com',
    port: 5432
  });
});

describe('K12: calls', () => {
  test('for firewall rules are few, and the plan says when they take long', async () => {
    await account.made(basic());
    const networks = Array.from({ length: 60 }, (_, at) => `198.51.100.${at}/32`).join('\n');
    const many = { ...basic(), allowed_cidr_blocks: networks };
    expect((await notices(many)).join('\n')).toMatch(
      /info takes-long 61 firewall rules change, .* about 16 min longer\./
    );
    const before = account.cloud.calls().length;
    await apply(many);
    expect(account.cloud.calls().length - before).toBeLessThan(61 * 5);
  });

  test('for firewall rules by the hundred that can not end in time are told, and following the hint leads on', async () => {
    const networks = Array.from({ length: 250 }, (_, at) => `10.${at}.0.0/24`);
    const many = { ...basic(), allowed_cidr_blocks: networks.join('\n') };
    const [told = ''] = (await notices(many)).filter(line => line.includes('takes-long'));
    expect(told).toMatch(/^warning takes-long 250 firewall rules change, .* the run may not last that long/);
    const minutes = /`timeout_minutes: (\d+)`/.exec(told)?.[1] ?? '';
    expect((await notices({ ...many, timeout_minutes: minutes })).join('\n')).toMatch(/info takes-long/);
    await account.made(basic());
    expect((await notices(many)).join('\n')).toMatch(/warning takes-long 251 firewall rules/);
  });

  test.each(['capabilities', 'checkNameAvailability'])(
    'that fail for good while checking (%s) are reported, as those that are not allowed',
    async what => {
      const action = what === 'capabilities' ? 'GET locations/capabilities' : 'POST checkNameAvailability';
      account.cloud.fault({ action, times: 1000, code: 'InternalServerError', status: 500 });
      expect((await notices(basic())).join('\n')).toMatch(/not-checked Could not check/);
      await apply(basic());
    }
  );

  test.each(['InternalServerError', undefined])(
    'that fail for good while reading locks (%s) are reported',
    async code => {
      await account.made(basic());
      account.cloud.fault({ action: 'GET locks', times: 1000, code: code ?? 'BadGateway', status: 502 });
      expect((await notices(basic())).join('\n')).toMatch(/not-checked Could not check the locks on the server/);
      expect(lines(await plan(basic()))).toEqual([]);
    }
  );

  test.each(['page', 'operation'] as const)('never follow an address of another host: of a %s', async what => {
    await account.made(basic());
    const run = await account.run({ ...basic(), parameters: 'work_mem: 8MB' });
    account.cloud.state.elsewhere.set(what, 'https://attacker.example');
    const said = await failureOf(async () => run.apply());
    expect(said).toMatch(
      /leads to another host, attacker\.example Check the proxy and `azure_resource_manager_endpoint`/
    );
    // The proxy is corrected.
    account.cloud.state.elsewhere.clear();
    await apply({ ...basic(), parameters: 'work_mem: 8MB' });
  });
});
