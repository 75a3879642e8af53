import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { lines } from '../../../support/azure-run.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();

const { applied: apply, planned: plan } = account;
/** What each accepted PATCH of the server held, without the mark. */
const patches = (from: number): readonly string[] =>
  account.cloud
    .mutations()
    .slice(from)
    .filter(({ action, status }) => action === 'PATCH flexibleServers' && status < 300)
    .map(({ body }) => {
      const { properties = {}, ...rest } = body as { properties?: object };
      return [...Object.keys(rest), ...Object.keys(properties)].join(' ');
    })
    .filter(keys => keys !== 'tags');
const server = () => [...account.cloud.state.servers.values()][0];

test.each<[string, With, readonly string[], readonly string[]]>([
  ['a tier of storage', { storage_tier: 'P10' }, ['update server: storage_tier "P4" → "P10" (online)'], ['storage']],
  ['growth', { auto_grow_enabled: 'false' }, ['update server: auto_grow_enabled true → false (online)'], ['storage']],
  [
    'a standby, in a zone',
    { multi_az: 'true', standby_availability_zone: '2' },
    ['update server: multi_az false → true (online)', 'update server: standby_availability_zone null → "2" (online)'],
    ['highAvailability']
  ],
  [
    'logins with Entra ID',
    { iam_database_authentication_enabled: 'true' },
    ['update server: iam_database_authentication_enabled false → true (restart)'],
    ['authConfig']
  ],
  [
    'the public address',
    { publicly_accessible: 'false' },
    ['update server: publicly_accessible true → false (online)'],
    ['network']
  ],
  [
    'many things at once, each where Azure takes it',
    {
      engine_version: '17',
      sku_name: 'MO_Standard_E2ds_v5',
      allocated_storage: '64',
      backup_retention_days: '21',
      maintenance_window: 'tue:02:30-tue:03:30'
    },
    [
      'update server: allocated_storage 32 → 64 (online)',
      'update server: backup_retention_period 7 → 21 (online)',
      'update server: engine_version "16" → "17" (restart)',
      'update server: instance_class "Standard_D2ds_v5" → "Standard_E2ds_v5" (restart)',
      'update server: maintenance_window "sun:04:00-sun:05:00" → "tue:02:30-tue:03:30" (online)'
    ],
    ['version', 'maintenanceWindow', 'sku backup', 'storage']
  ]
])(
  '%s is changed in the calls that Azure requires, and then there is nothing left',
  async (_what, change, printed, sent) => {
    await account.made(basic());
    const changed = { ...basic(), allow_major_version_upgrade: 'true', ...change };
    expect(await plan(changed)).toEqual(printed);
    const before = account.cloud.mutations().length;
    await apply(changed);
    expect(patches(before)).toEqual(sent);
    expect(await plan(changed)).toEqual([]);
  }
);

test('logins with Entra ID are sent with the tenant, and other changes without it', async () => {
  await account.made(basic());
  const bodies = async (inputs: With): Promise<string> => {
    const before = account.cloud.mutations().length;
    await apply(inputs);
    return JSON.stringify(account.cloud.mutations().slice(before));
  };
  const entra = { ...basic(), iam_database_authentication_enabled: 'true' };
  const { tenant } = account.cloud.state;
  const told = `"tenantId":"${tenant}"`;
  const first = await bodies(entra);
  expect(first).toContain(told);
  expect(first).toContain('"activeDirectoryAuth":"Enabled"');
  expect(await bodies({ ...entra, maintenance_window: 'tue:02:30-tue:03:30' })).not.toContain(told);
  expect(await bodies({ ...basic(), maintenance_window: 'wed:02:30-wed:03:30' })).not.toContain(told);
});

test.each<[string, With, RegExp]>([
  [
    "a key of one's own",
    { kms_key_id: 'https://v.vault.azure.net/keys/k', key_identity_id: '/subscriptions/a/identities/b' },
    /kms_key_id null → .* \(blocked\)/
  ]
])('%s is refused in the plan', async (_what, change, expected) => {
  const inputs = { ...basic(), allocated_storage: '64', auto_grow_enabled: 'false' };
  await account.made(inputs);
  expect((await plan({ ...inputs, ...change })).join('\n')).toMatch(expected);
});

test('a standby moves only as a new one, and a failover is not a difference', async () => {
  const zones = { ...basic(), multi_az: 'true', availability_zone: '1', standby_availability_zone: '2' };
  await account.made(zones);
  expect(await plan(zones)).toEqual([]);
  expect((await plan({ ...zones, standby_availability_zone: '3' })).join()).toContain('(blocked)');
  const live = server();
  if (live === undefined) throw new Error('there is no server');
  const ha = { ...(live.properties['highAvailability'] as object), standbyAvailabilityZone: '1' };
  live.properties = { ...live.properties, availabilityZone: '2', highAvailability: ha };
  expect(await plan(zones)).toEqual([]);
});

/** In the field: storage that grew by itself blocked every later run once growth was switched off. */
test.each([
  ['growth', { auto_grow_enabled: 'false' }],
  ['growth by its other name', { auto_grow_enabled: 'false', storage_mb: '32768' }],
  ['a tier below the one that the size has', { storage_tier: 'P4' }, 'storage_tier: P4'],
  ['the tier that the size has', { storage_tier: 'P10' }]
])('storage that grew by itself blocks no later run, and is reported: %s', async (_what, change, tier = '') => {
  const { allocated_storage: _size, ...inputs } = basic();
  const grown: With = { ...inputs, ...('storage_mb' in change ? {} : { allocated_storage: '32' }), ...change };
  await apply(grown);
  const live = server();
  if (live === undefined) throw new Error('there is no server');
  const storage = { ...(live.properties['storage'] as object), storageSizeGB: 128, tier: 'P10' };
  live.properties = { ...live.properties, storage };
  const planned = (await (await account.run(grown)).plan()).plan;
  expect(lines(planned)).toEqual([]);
  const messages = planned.notices.flatMap(({ code, message }) => (code === 'storage-grown' ? [message] : []));
  expect(messages).toEqual([
    'The server has 128 GiB of storage, which Azure never shrinks: `allocated_storage: 32` changes nothing.',
    ...(tier === '' ? [] : [`128 GiB of storage has at least the tier P10: \`${tier}\` changes nothing.`])
  ]);
  const same = { ...inputs, allocated_storage: '128' };
  const exact = (await (await account.run(same)).plan()).plan.notices;
  expect(exact.filter(({ code }) => code === 'storage-grown')).toEqual([]);
});

test('storage of the new kind has any size, and its own IOPS and throughput', async () => {
  const { auto_grow_enabled: _grows, ...inputs } = basic() as With & { auto_grow_enabled?: string };
  const bought: With = {
    ...inputs,
    storage_type: 'PremiumV2_LRS',
    allocated_storage: '100',
    storage_iops: '4000',
    storage_throughput: '200'
  };
  await apply(bought);
  expect(server()?.properties['storage']).toMatchObject({
    type: 'PremiumV2_LRS',
    storageSizeGB: 100,
    iops: 4000,
    throughput: 200
  });
  expect(await plan(bought)).toEqual([]);
  const { storage_type: _type, ...untyped } = bought;
  const faster = { ...untyped, allocated_storage: '101', storage_iops: '5000' };
  expect(await plan(faster)).toEqual([
    'update server: allocated_storage 100 → 101 (restart)',
    'update server: storage_iops 4000 → 5000 (online)'
  ]);
  const copied = { ...faster, create_read_replica: 'true' };
  await apply(copied);
  expect(await plan(copied)).toEqual([]);
  expect(await plan({ ...copied, allocated_storage: '102' })).toEqual([
    'update replica/1: allocated_storage 101 → 102 (restart)',
    'update server: allocated_storage 101 → 102 (restart)'
  ]);
});

test('a server in a private network has its subnet, its DNS zone, and no firewall rules', async () => {
  const scope = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/net/providers/Microsoft.Network';
  const { publicly_accessible: _public, ...inputs } = basic();
  const hidden: With = {
    ...inputs,
    subnet_ids: `${scope}/virtualNetworks/shop/subnets/db`,
    private_dns_zone_id: `${scope}/privateDnsZones/shop.postgres.database.azure.com`
  };
  await apply(hidden);
  expect(server()?.properties['network']).toMatchObject({
    delegatedSubnetResourceId: hidden['subnet_ids'],
    privateDnsZoneArmResourceId: hidden['private_dns_zone_id'],
    publicNetworkAccess: 'Disabled'
  });
  expect(server()?.firewallRules.size).toBe(0);
  expect(await plan(hidden)).toEqual([]);
  const { outputs } = await (await account.run(hidden)).apply();
  expect(outputs?.module.db_subnet_group_id).toBe(hidden['subnet_ids']);
});

test('a customer-managed key is set at creation, and can be rotated', async () => {
  const identity = '/subscriptions/a/resourceGroups/b/providers/Microsoft.ManagedIdentity/userAssignedIdentities/c';
  const keyed = { ...basic(), kms_key_id: 'https://v.vault.azure.net/keys/k/1', key_identity_id: identity };
  await account.made(keyed);
  expect(server()).toMatchObject({
    identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
    properties: {
      dataEncryption: {
        type: 'AzureKeyVault',
        primaryKeyURI: 'https://v.vault.azure.net/keys/k/1',
        primaryUserAssignedIdentityId: identity
      }
    }
  });
  expect(await plan(keyed)).toEqual([]);
  const turned = { ...keyed, kms_key_id: 'https://v.vault.azure.net/keys/k/2' };
  await apply(turned);
  expect(server()?.properties['dataEncryption']).toMatchObject({
    primaryKeyURI: 'https://v.vault.azure.net/keys/k/2',
    primaryUserAssignedIdentityId: identity
  });
  expect(await plan(turned)).toEqual([]);
});

test('of the firewall only rules of ours are changed, and open ones of others are reported', async () => {
  await account.made({ ...basic(), allowed_cidr_blocks: '203.0.113.0/24\n198.51.100.7/32' });
  server()?.firewallRules.set('AllowAllAzureServices', { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' });
  server()?.firewallRules.set('office', { startIpAddress: '192.0.2.1', endIpAddress: '192.0.2.1' });
  const fewer = { ...basic(), allowed_cidr_blocks: '198.51.100.7/32' };
  const { plan: planned } = await (await account.run(fewer)).apply();
  expect(planned.notices.find(({ code }) => code === 'less-safe')?.message).toMatch(
    /AllowAllAzureServices.*every resource of Azure/
  );
  expect([...(server()?.firewallRules.keys() ?? [])].toSorted()).toEqual([
    'AllowAllAzureServices',
    'office',
    'pgkeep-198-51-100-7-32'
  ]);
  await apply({ ...basic(), allowed_cidr_blocks: '[]' });
  expect([...(server()?.firewallRules.keys() ?? [])]).toEqual(['AllowAllAzureServices', 'office']);
});

test('tags of others stay, and so does the mark', async () => {
  await account.made(basic());
  const live = server();
  if (live === undefined) throw new Error('there is no server');
  live.tags = { ...live.tags, 'azure-policy': 'x' };
  expect(await apply({ ...basic(), tags: 'Cost: low' })).toEqual([
    'update server: tags.Cost null → "low" (online)',
    'update server: tags.Team "shop" → null (online)'
  ]);
  expect(server()?.tags).toMatchObject({ 'azure-policy': 'x', Cost: 'low', 'pgkeep:name': 'orders' });
  expect(server()?.tags).not.toHaveProperty('Team');
});

test('an adopted server gets the mark, and keeps values that no input names', async () => {
  await account.made(basic());
  const live = server();
  if (live === undefined) throw new Error('there is no server');
  live.tags = { Team: 'shop' };
  await expect(apply(basic())).rejects.toMatchObject({ code: 'plan-blocked' });
  await apply({ ...basic(), adopt_existing: 'true' });
  expect(live.tags).toMatchObject({ 'pgkeep:repository': 'acme/shop', Team: 'shop' });
  expect(await plan(basic())).toEqual([]);
});

test('the module’s obsolete values are mapped, each with a notice, and change no existing server', async () => {
  const { engine_version: _version, allocated_storage: _size, ...inputs } = basic();
  const old = { ...inputs, sku_name: 'GP_Gen5_2', server_version: '11', storage_mb: '5120' };
  const { plan: planned } = await (await account.run(old)).apply();
  expect(planned.notices.filter(({ code }) => code === 'value-mapped').map(({ input }) => input)).toEqual(
    expect.arrayContaining(['server_version', 'storage_mb'])
  );
  expect(server()?.properties).toMatchObject({ version: '17', storage: { storageSizeGB: 32 } });
  expect(await plan(old)).toEqual([]);
  const live = server();
  if (live === undefined) throw new Error('there is no server');
  live.properties = { ...live.properties, version: '14' };
  expect(await plan(old)).toEqual([]);
  expect(await plan({ ...inputs, engine_version: '12' })).toEqual([]);
  const retired = await (await account.run({ ...inputs, engine_version: '12' })).plan();
  expect(retired.plan.notices).toContainEqual(expect.objectContaining({ code: 'newer-major' }));
  await expect(plan({ ...inputs, name: 'other', engine_version: '12' })).rejects.toThrow(
    /`engine_version`: "12" is retired.*14, 15, 16, 17 or 18/
  );
});

// github.com/hashicorp/terraform-provider-azurerm/issues/14841: the case of a key is that of its first writer.
test('a tag that others wrote in another case is that tag', async () => {
  await account.made(basic());
  const live = server();
  if (live === undefined) throw new Error('There is no server');
  live.tags = { ...live.tags, costCentre: 'shop', owner: 'ann' };
  const inputs = { ...basic(), tags: 'Team: shop\nCostCentre: shop\nOwner: ben' };
  expect(await apply(inputs)).toEqual(['update server: tags.owner "ann" → "ben" (online)']);
  expect(await plan(inputs)).toEqual([]);
  expect(await apply(basic())).toEqual([
    'update server: tags.costCentre "shop" → null (online)',
    'update server: tags.owner "ben" → null (online)'
  ]);
});
