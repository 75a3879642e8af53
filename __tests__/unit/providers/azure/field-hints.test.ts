import { azure } from '../../../../src/providers/azure/provider.ts';
import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { cloudRun, lines } from '../../../support/cloud-run.ts';
import { followHint, type HintCase } from '../../../support/follow-hint.ts';
import { failureOf, refusalIn } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();
const SCOPE = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/net/providers';
const hidden = (subnet: string): With => ({
  ...omit(basic(), 'publicly_accessible', 'allowed_cidr_blocks'),
  subnet_ids: `${SCOPE}/Microsoft.Network/virtualNetworks/shop/subnets/${subnet}`,
  private_dns_zone_id: `${SCOPE}/Microsoft.Network/privateDnsZones/shop.postgres.database.azure.com`
});
const KEYED = {
  kms_key_id: 'https://v.vault.azure.net/keys/k/1',
  key_identity_id: `${SCOPE}/Microsoft.ManagedIdentity/userAssignedIdentities/c`
};
const KEEPERS = '[{object_id: 33333333-4444-5555-6666-777777777777, principal_name: keepers, principal_type: Group}]';
const small = { ...basic(), sku_name: 'B_Standard_B1ms' };
const replicated = { ...basic(), create_read_replica: 'true' };
const provisioned = { ...basic(), storage_type: 'PremiumV2_LRS', auto_grow_enabled: 'false' };
const upgraded = { engine_version: '17', allow_major_version_upgrade: 'true' };

function omit(inputs: With, ...names: readonly string[]): With {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));
}

const CASES: Readonly<Record<string, HintCase>> = {
  'another region': {
    before: [basic()],
    refused: { ...basic(), location: 'West Europe' },
    says: /new database under another `name`/,
    follow: [{ ...basic(), name: 'orders-eu', location: 'West Europe' }]
  },
  'another type of storage': {
    before: [basic()],
    refused: { ...basic(), storage_type: 'PremiumV2_LRS', auto_grow_enabled: 'false' },
    says: /new database under another `name`/,
    follow: [{ ...basic(), name: 'orders-v2', storage_type: 'PremiumV2_LRS', auto_grow_enabled: 'false' }]
  },
  'a burstable size of a server with a standby': {
    before: [{ ...basic(), multi_az: 'true' }],
    refused: { ...basic(), sku_name: 'B_Standard_B2s' },
    says: /`sku_name`.*is a burstable size, and the server has a standby.*`multi_az: false` too/,
    follow: [{ ...basic(), sku_name: 'B_Standard_B2s', multi_az: 'false' }]
  },
  'a burstable size of a server with replicas': {
    before: [replicated],
    refused: { ...basic(), sku_name: 'B_Standard_B2s' },
    says: /`sku_name`.*is a burstable size, and the server has read replicas/,
    follow: [{ ...basic(), sku_name: 'B_Standard_B2s', create_read_replica: 'false' }]
  },
  'growth of storage that does not grow by itself': {
    before: [provisioned],
    refused: { ...omit(provisioned, 'storage_type'), auto_grow_enabled: 'true' },
    says: /`auto_grow_enabled`.*is not available with PremiumV2_LRS/,
    follow: [{ ...omit(provisioned, 'storage_type'), auto_grow_enabled: 'false' }]
  },
  'a burstable size for storage that it lacks': {
    before: [provisioned],
    refused: { ...provisioned, sku_name: 'B_Standard_B2s' },
    says: /`sku_name`.*has no storage of type PremiumV2_LRS in eastus/,
    follow: [{ ...provisioned, sku_name: 'GP_Standard_D4ds_v5' }]
  },
  'geo-redundant backups': {
    before: [basic()],
    refused: { ...basic(), geo_redundant_backup: 'true' },
    says: /another `name` \(`restore_source`\)/,
    follow: [{ ...basic(), name: 'orders-geo', restore_source: 'orders', geo_redundant_backup: 'true' }]
  },
  'a private network': {
    before: [basic()],
    refused: hidden('db'),
    says: /new database under another `name`/,
    follow: [{ ...hidden('db'), name: 'orders-private' }]
  },
  'another subnet': {
    before: [hidden('db')],
    refused: hidden('other'),
    says: /new database under another `name`/,
    follow: [{ ...hidden('other'), name: 'orders-other' }]
  },
  'a public address of a server in a subnet': {
    before: [hidden('db')],
    refused: { ...omit(hidden('db'), 'subnet_ids', 'private_dns_zone_id'), publicly_accessible: 'true' },
    says: /Leave `publicly_accessible` out/,
    follow: [omit(hidden('db'), 'subnet_ids', 'private_dns_zone_id'), { ...basic(), name: 'orders-public' }]
  },
  'a size of confidential computing': {
    before: [basic()],
    refused: { ...basic(), sku_name: 'GP_Standard_DC2ads_v5' },
    says: /Make a new database under another `name`/,
    follow: [{ ...basic(), name: 'orders-secret', sku_name: 'GP_Standard_DC2ads_v5' }]
  },
  'geo-redundant backups with a key': {
    refused: { ...basic(), ...KEYED, geo_redundant_backup: 'true' },
    says: /`geo_redundant_backup`.*needs a second key.*one of the two/,
    follow: [{ ...basic(), ...KEYED }]
  },
  'another zone': {
    before: [{ ...basic(), availability_zone: '1' }],
    refused: { ...basic(), availability_zone: '2' },
    says: /Leave `availability_zone` unset or as it was/,
    follow: [basic()]
  },
  'another zone of the standby': {
    before: [{ ...basic(), availability_zone: '1', multi_az: 'true', standby_availability_zone: '2' }],
    refused: { ...basic(), availability_zone: '1', multi_az: 'true', standby_availability_zone: '3' },
    says: /`multi_az: false` first, then `multi_az: true`/,
    follow: [
      { ...basic(), availability_zone: '1', multi_az: 'false' },
      { ...basic(), availability_zone: '1', multi_az: 'true', standby_availability_zone: '3' }
    ]
  },
  'another administrator': {
    before: [basic()],
    refused: { ...basic(), master_username: 'other' },
    says: /leave `master_username` as it was/,
    follow: [basic()]
  },
  'a major version': {
    before: [basic()],
    refused: { ...basic(), engine_version: '17' },
    says: /`allow_major_version_upgrade: true`/,
    follow: [{ ...basic(), ...upgraded }]
  },
  'a major version with a replica': {
    before: [replicated],
    refused: { ...replicated, ...upgraded },
    says: /`create_read_replica: false`/,
    follow: [
      { ...basic(), create_read_replica: 'false' },
      { ...basic(), ...upgraded },
      { ...replicated, ...upgraded }
    ]
  },
  'a restart that is not allowed': {
    before: [basic()],
    refused: { ...basic(), sku_name: 'GP_Standard_D4ds_v5', allow_restart: 'false' },
    says: /`allow_restart: true`/,
    follow: [{ ...basic(), sku_name: 'GP_Standard_D4ds_v5', allow_restart: 'true' }]
  },
  'rules under a lock': {
    before: [{ ...basic(), enable_deletion_protection: 'true' }],
    refused: { ...basic(), allowed_cidr_blocks: '198.51.100.0/24', enable_deletion_protection: 'true' },
    says: /`enable_deletion_protection: false` first/,
    follow: [
      { ...basic(), enable_deletion_protection: 'false' },
      { ...basic(), allowed_cidr_blocks: '198.51.100.0/24', enable_deletion_protection: 'false' },
      { ...basic(), allowed_cidr_blocks: '198.51.100.0/24', enable_deletion_protection: 'true' }
    ]
  },
  'a replica of a burstable server': {
    before: [small],
    refused: { ...small, create_read_replica: 'true' },
    says: /`create_read_replica`.*begins with `GP_` or `MO_`/,
    follow: [replicated]
  },
  'a size that is not offered': {
    refused: { ...basic(), sku_name: 'GP_Standard_D3ds_v5' },
    says: /is not offered in eastus.*Standard_D2ds_v5/,
    follow: [{ ...basic(), sku_name: 'Standard_D2ds_v5' }]
  },
  'a subnet without a zone': {
    refused: omit(hidden('db'), 'private_dns_zone_id'),
    says: /needs `private_dns_zone_id`/,
    follow: [hidden('db')]
  },
  'a missing password': {
    refused: omit(basic(), 'master_password'),
    says: /`master_password`: is missing/,
    follow: [basic()]
  },
  'administrators without their logins': {
    refused: { ...basic(), entra_administrators: KEEPERS },
    says: /`iam_database_authentication_enabled: true`/,
    follow: [{ ...basic(), entra_administrators: KEEPERS, iam_database_authentication_enabled: 'true' }]
  },
  'a server that grows above a replica that no input names': {
    before: [replicated],
    refused: { ...basic(), sku_name: 'GP_Standard_D4ds_v5' },
    says: /`create_read_replica` and `read_replica_count`/,
    follow: [{ ...replicated, read_replica_count: '1', sku_name: 'GP_Standard_D4ds_v5' }]
  },
  'a size that falls while storage grows, with a replica': {
    before: [{ ...replicated, sku_name: 'GP_Standard_D4ds_v5' }],
    refused: { ...replicated, allocated_storage: '64' },
    says: /in two applies/,
    follow: [
      { ...replicated, sku_name: 'GP_Standard_D4ds_v5', allocated_storage: '64' },
      { ...replicated, allocated_storage: '64' }
    ]
  },
  'too many replicas': {
    refused: { ...replicated, read_replica_count: '5', replica_region: 'westus' },
    says: /`read_replica_count`.*at most 5/,
    follow: [{ ...replicated, read_replica_count: '1', replica_region: 'westus' }]
  }
};

test.each(Object.entries(CASES))(
  '%s is refused, and following the hint leads on',
  async (_what, one) => {
    const { said, left } = await followHint(account.run, one, account.made);
    expect(said).toMatch(one.says);
    expect(left).toEqual([]);
  },
  30_000
);

test('a server of others is refused, and adoption leads on', async () => {
  await account.made(basic());
  for (const server of account.cloud.state.servers.values()) server.tags = { Team: 'shop' };
  expect(await refusalIn(async () => account.run(basic()))).toMatch(/`adopt_existing: orders`/);
  await (await account.run({ ...basic(), adopt_existing: 'orders' })).apply();
  expect(await refusalIn(async () => account.run(basic()))).toBe('');
});

test.each<[string, With, RegExp, With]>([
  [
    'that is protected',
    { ...basic(), enable_deletion_protection: 'true' },
    /refused changes/,
    { ...basic(), enable_deletion_protection: 'false' }
  ],
  ['whose data would be lost', omit(basic(), 'skip_final_snapshot'), /refused changes/, basic()]
])('a destroy of a server %s is refused, and following the hint leads on', async (_what, inputs, says, follow) => {
  await account.made(inputs);
  await expect((await account.run(inputs)).destroy()).rejects.toThrow(says);
  await (await account.run(follow)).apply();
  await (await account.run(follow)).destroy();
  expect(account.cloud.state.servers.size).toBe(0);
});

describe('the hint is followed', () => {
  test('of a run that knows no subscription', async () => {
    account.cloud.trust();
    const { AZURE_SUBSCRIPTION_ID: _, ...env } = account.cloud.env;
    const open = async (more: With, variables: With = {}): Promise<unknown> =>
      cloudRun(azure, { ...env, ...variables }, { ...basic(), ...more }).then(async run => run.plan());
    const { subscription } = account.cloud.state;
    expect(await failureOf(async () => open({}))).toMatch(/Set `azure_subscription_id` or AZURE_SUBSCRIPTION_ID/);
    expect(await failureOf(async () => open({ azure_subscription_id: subscription }))).toBe('');
    expect(await failureOf(async () => open({}, { AZURE_SUBSCRIPTION_ID: subscription }))).toBe('');
  });

  test('of a resource group that does not exist', async () => {
    const inputs = { ...omit(basic(), 'location'), resource_group_name: 'shopp' };
    expect(await failureOf(async () => (await account.run(inputs)).plan())).toMatch(/Correct `resource_group_name`/);
    await (await account.run({ ...inputs, resource_group_name: 'shop' })).apply();
  });

  test('of a resource group whose region may not be read, for a new server alone', async () => {
    const inputs = omit(basic(), 'location');
    account.cloud.state.denied.add('Microsoft.Resources/subscriptions/resourceGroups/read');
    expect(await failureOf(async () => (await account.run(inputs)).plan())).toMatch(
      /Could not choose the region of a new server.*Set `location`, or correct `resource_group_name`/
    );
    await (await account.run({ ...inputs, location: 'westeurope' })).apply();
    expect(await refusalIn(async () => account.run(inputs))).toBe('');
  });

  test('of a backup of what does not exist', async () => {
    const snapshot = async (): Promise<unknown> => {
      const { session } = await account.run(basic());
      return session.snapshot(await session.observe());
    };
    expect(await failureOf(snapshot)).toMatch(/Run `apply` first, or correct `name`, `resource_group_name`/);
    await (await account.run(basic())).apply();
    expect(await failureOf(snapshot)).toBe('');
  });

  test('of a parameter and a pooler that a new server does not take: the plan of what is there says what it takes', async () => {
    const inputs = { ...basic(), parameters: 'work_mem: 8MB', enable_proxy: 'true' };
    const wrong = { ...inputs, parameters: 'work_mem: 1000', proxy_config: 'default_pool_size: 99999' };
    const failed = await failureOf(async () => (await account.run(wrong)).apply());
    expect(failed).toMatch(/work_mem: 1000.*Correct it in `parameters` or `proxy_config`: a plan of the server/);
    expect(await failureOf(async () => (await account.run(wrong)).plan())).toMatch(
      /`parameters`: .*allowed: 4096-2097151[^]*`proxy_config`: .*allowed: 1-4950/
    );
    const pooled = { ...basic(), enable_proxy: 'true', proxy_config: 'default_pool_size: 4951' };
    expect(await failureOf(async () => (await account.run(pooled)).plan())).toMatch(/1-4950/);
    expect(await failureOf(async () => (await account.run({ ...inputs, proxy_config: '{}' })).apply())).toBe('');
  });

  test('of a server that was protected after the plan of its destroy', async () => {
    await account.made(basic());
    const protect = { ...basic(), enable_deletion_protection: 'true' };
    const destroy = await account.run(basic());
    const failed = await failureOf(async () => destroy.destroy(async () => (await account.run(protect)).apply()));
    expect(failed).toMatch(/locked.*Apply `enable_deletion_protection: false` first, or remove the lock/);
    await (await account.run({ ...basic(), enable_deletion_protection: 'false' })).apply();
    await (await account.run(basic())).destroy();
    expect(account.cloud.state.servers.size).toBe(0);
  });

  test('of a size for which Azure has no capacity, of a live server and of a new one', async () => {
    const larger = { ...basic(), sku_name: 'GP_Standard_D4ds_v5' };
    const other = { ...basic(), sku_name: 'GP_Standard_D8ds_v5' };
    account.cloud.state.soldOut.add('Standard_D4ds_v5');
    expect(await failureOf(async () => (await account.run(larger)).apply())).toMatch(/Choose another `sku_name`/);
    await (await account.run(basic())).apply();
    expect(await failureOf(async () => (await account.run(larger)).apply())).toMatch(/Choose another `sku_name`/);
    await (await account.run(other)).apply();
    expect(await refusalIn(async () => account.run(other))).toBe('');
  });

  // https://github.com/microsoft/vscode-apimanagement/issues/464
  test('of a region that Azure keeps from the subscription', async () => {
    const about = /"location":"eastus"/;
    const refused = {
      code: 'RequestDisallowedByAzure',
      status: 403,
      message: 'The policy maintains available regions.'
    };
    account.cloud.fault({ action: 'PUT flexibleServers', about, times: 9, ...refused });
    expect(await failureOf(async () => (await account.run(basic())).apply())).toMatch(/Choose another `location`/);
    await (await account.run({ ...basic(), location: 'westeurope' })).apply();
  });

  test('of a tier of storage that is lowered too early, which keeps no growth back', async () => {
    const fast = { ...basic(), storage_tier: 'P15' };
    await account.made(basic());
    await (await account.run(fast)).apply();
    const larger = { ...basic(), storage_tier: 'P10', allocated_storage: '64' };
    expect(await failureOf(async () => (await account.run(larger)).apply())).toMatch(
      /after 12 hours.*Leave `storage_tier` as it was until 12 hours/
    );
    expect(lines((await (await account.run(larger)).plan()).plan)).toEqual([
      'update server: storage_tier "P15" → "P10" (online)'
    ]);
    expect(await refusalIn(async () => account.run({ ...larger, storage_tier: 'P15' }))).toBe('');
    for (const one of account.cloud.state.servers.values()) one.tierRaisedAt = new Date(0);
    await (await account.run(larger)).apply();
  });

  test('of an eighth backup on demand, and of one of a burstable server', async () => {
    const snapshot = async (inputs: With): Promise<unknown> => {
      const { session } = await account.run(inputs);
      return session.snapshot(await session.observe());
    };
    await (await account.run(basic())).apply();
    for (let at = 0; at < 7; at += 1) await snapshot({ ...basic(), snapshot_identifier: `of-${at}` });
    expect(await failureOf(async () => snapshot(basic()))).toMatch(/Delete older on-demand backups/);
    for (const server of account.cloud.state.servers.values()) server.backups.delete('of-0');
    expect(await failureOf(async () => snapshot(basic()))).toBe('');
    await (await account.run({ ...small, name: 'small' })).apply();
    expect(await failureOf(async () => snapshot({ ...small, name: 'small' }))).toMatch(
      /restore them with `restore_source`/
    );
    await (await account.run({ ...small, name: 'copy', restore_source: 'small' })).apply();
  });
});
