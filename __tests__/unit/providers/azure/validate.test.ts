import { passwordProblem, validate } from '../../../../src/providers/azure/checks/validate.ts';
import { load } from '../../../../src/spec/load.ts';

type With = Readonly<Record<string, string>>;

const SUBNET = '/subscriptions/a/resourceGroups/b/providers/Microsoft.Network/virtualNetworks/c/subnets/d';
const ZONE =
  '/subscriptions/a/resourceGroups/b/providers/Microsoft.Network/privateDnsZones/e.postgres.database.azure.com';

function said(inputs: With): { readonly problems: readonly string[]; readonly notices: readonly string[] } {
  const { spec, problems } = load([
    { values: { cloud_provider: 'azure', name: 'orders', resource_group_name: 'shop', ...inputs } }
  ]);
  const validation = validate(spec);
  return {
    problems: [...problems, ...validation.problems].map(
      ({ input, value = '', why, allowed = '' }) => `${input} [${value}] ${why} (${allowed})`
    ),
    notices: validation.notices.map(
      ({ severity, code, input = '', message }) => `${severity} ${code} ${input}: ${message}`
    )
  };
}

test.each<[string, With, RegExp]>([
  ['a name that is none', { name: 'orders-' }, /^name \[orders-\] is not a valid name/],
  ['a size of another cloud', { instance_class: 'db-f1-micro' }, /^instance_class \[db-f1-micro\] is not a size/],
  ['a size of the wrong tier', { sku_name: 'GP_Standard_B1ms' }, /^sku_name \[GP_Standard_B1ms\] is not a size/],
  ['a standby of a burstable size', { multi_az: 'true', sku_name: 'B_Standard_B2s' }, /^multi_az \[true\].*`GP_`/],
  [
    "a standby in the server's own zone",
    { multi_az: 'true', availability_zone: '1', standby_availability_zone: '1' },
    /^standby_availability_zone \[1\] is the server's own/
  ],
  ['storage of no cloud', { storage_type: 'floppy' }, /^storage_type \[floppy\] is not a storage type/],
  [
    'too much of the oldest kind',
    { allocated_storage: '40000', storage_type: 'Premium_LRS' },
    /^allocated_storage \[40000\] is too large .*32767 GiB/
  ],
  [
    'growth of a kind that does not grow',
    { storage_type: 'PremiumV2_LRS', auto_grow_enabled: 'true' },
    /^auto_grow_enabled \[true\] is not available with PremiumV2_LRS/
  ],
  [
    'growth by its ceiling of a kind that does not grow',
    { storage_type: 'io2', max_allocated_storage: '500' },
    /^max_allocated_storage \[500\] is not available with PremiumV2_LRS/
  ],
  ['too few days of backups', { backup_retention_period: '3' }, /^backup_retention_period \[3\].*7–35 days/],
  ['too many days, by its other name', { backup_retention_days: '40' }, /^backup_retention_days \[40\]/],
  ['a login that Azure keeps', { master_username: 'Administrator' }, /^master_username \[Administrator\] is reserved/],
  ["PostgreSQL's own logins", { master_username: 'pg_owner' }, /^master_username \[pg_owner\] is reserved/],
  ['storage in clear', { storage_encrypted: 'false' }, /^storage_encrypted \[false\] can't be/],
  ['another port', { port: '5433' }, /^port \[5433\] can't be chosen/],
  [
    'two subnets',
    { subnet_ids: `${SUBNET}\n${SUBNET}2`, private_dns_zone_id: ZONE },
    /^subnet_ids \[\] must be exactly/
  ],
  [
    'a DNS zone by its name alone',
    { subnet_ids: SUBNET, private_dns_zone_id: 'shop.postgres.database.azure.com' },
    /^private_dns_zone_id .* is not a zone of this service/
  ],
  [
    'a public address in a subnet',
    { subnet_ids: SUBNET, private_dns_zone_id: ZONE, publicly_accessible: 'true' },
    /^publicly_accessible \[true\] excludes `subnet_ids`/
  ],
  ['a subnet without its DNS zone', { subnet_ids: SUBNET }, /^subnet_ids \[\/sub.*needs `private_dns_zone_id`/],
  [
    'what is not a subnet',
    { subnet_ids: '/subscriptions/a/b', private_dns_zone_id: ZONE },
    /^subnet_ids .* is not the id/
  ],
  // https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private
  [
    'a DNS zone of another service',
    { subnet_ids: SUBNET, private_dns_zone_id: ZONE.replace('.postgres.', '.mysql.') },
    /^private_dns_zone_id .* is not a zone of this service .*`\.postgres\.database\.azure\.com`/
  ],
  [
    'a DNS zone with the name of the server',
    {
      name: 'shop',
      subnet_ids: SUBNET,
      private_dns_zone_id: ZONE.replace(/[^/]+$/, 'shop.postgres.database.azure.com')
    },
    /^private_dns_zone_id .* has the server's own host name/
  ],
  [
    'a subnet and the internet',
    { subnet_ids: SUBNET, private_dns_zone_id: ZONE, publicly_accessible: 'true' },
    /^publicly_accessible \[true\] excludes `subnet_ids`/
  ],
  [
    'a key without an identity',
    { kms_key_id: 'https://v.vault.azure.net/keys/k' },
    /^kms_key_id .* needs `key_identity/
  ],
  [
    'a network of IPv6',
    { allowed_cidr_blocks: 'fd00::/8' },
    /^allowed_cidr_blocks \[fd00::\/8\] holds an IPv6 network/
  ],
  [
    'all of Azure by accident',
    { allowed_cidr_blocks: '0.0.0.0/32' },
    /\[0\.0\.0\.0\/32\] would allow every resource of Azure/
  ],
  ['a tag of ours', { tags: 'pgkeep:name: other' }, /^tags \[pgkeep:name\] holds a key/],
  ["a tag of Azure's", { tags: 'azure-owner: me' }, /^tags \[azure-owner\] holds a key/],
  [
    'a tag with a bracket',
    { tags: 'Owner<1>: me' },
    /^tags \[Owner<1>\] holds a key or value that Azure does not allow/
  ],
  ['a pooler of a burstable size', { sku_name: 'B_Gen5_1', enable_proxy: 'true' }, /^enable_proxy \[true\].*burstable/],
  ['replicas of a burstable size', { sku_name: 'B_Gen5_1', create_read_replica: 'true' }, /^create_read_replica/],
  ['logs without a workspace', { enable_logging: 'true' }, /^log_workspace_id \[\] is needed/],
  ['an action that is a mail address', { alarms: 'cpu', alarm_actions: 'ops@example.com' }, /^alarm_actions/],
  [
    'administrators that could not log in',
    {
      iam_database_authentication_enabled: 'false',
      entra_administrators:
        '[{object_id: 33333333-4444-5555-6666-777777777777, principal_name: a, principal_type: Group}]'
    },
    /^entra_administrators/
  ],
  ['a parameter that does not exist', { parameters: 'wrok_mem: 8MB' }, /^parameters .*wrok_mem/],
  [
    'a parameter of RDS',
    { parameters: 'rds.force_ssl: "1"' },
    /^parameters .*parameter of RDS: on Azure it is `require_secure_transport`/
  ],
  ['a flag of Cloud SQL', { parameters: 'cloudsql.enable_pgaudit: on' }, /^parameters .*a parameter of Cloud SQL\. /]
])('%s is refused', (_what, inputs, expected) => {
  expect(said(inputs).problems).toEqual([expect.stringMatching(expected)]);
});

test('too many tags are refused', () => {
  const tags = Array.from({ length: 41 }, (_, at) => `t${at}: x`).join('\n');
  expect(said({ tags }).problems).toEqual([expect.stringMatching(/^tags \[\] are too many \(at most 38\)/)]);
});

test.each<[string, With, RegExp]>([
  ['a size of the retired Single Server', { sku_name: 'B_Gen5_1' }, /^info value-mapped sku_name: .*Standard_B1ms/],
  ['a class of AWS', { instance_class: 'db.r5.xlarge' }, /^info value-mapped instance_class: .*Standard_E4ds_v5/],
  ["another cloud's storage", { storage_type: 'gp3' }, /^info value-mapped storage_type: .*Premium_LRS/],
  ['a ceiling of storage', { max_allocated_storage: '500' }, /^warning value-ignored max_allocated_storage/],
  ['no backups', { backup_retention_period: '0' }, /^info value-mapped backup_retention_period: .*become 7/],
  ['a network', { vpc_id: 'vpc-1' }, /^warning value-ignored vpc_id/],
  ['a zone of no standby', { standby_availability_zone: '2' }, /^warning value-ignored standby_availability_zone/],
  ['a DNS zone of no subnet', { private_dns_zone_id: ZONE }, /^warning value-ignored private_dns_zone_id/],
  ['an identity for no key', { key_identity_id: '/subscriptions/a/id' }, /^warning value-ignored key_identity_id/],
  [
    'firewall rules of a server in a subnet',
    { subnet_ids: SUBNET, private_dns_zone_id: ZONE, allowed_cidr_blocks: '10.0.0.0/8' },
    /^warning value-ignored allowed_cidr_blocks/
  ],
  ['everyone', { allowed_cidr_blocks: '0.0.0.0/0' }, /^danger public-exposure allowed_cidr_blocks/],
  ['a workspace without logs', { log_workspace_id: '/subscriptions/a/w' }, /value-ignored log_workspace_id/],
  [
    'more days than the query store has',
    { enable_performance_insights: 'true', performance_insights_retention_period: '731' },
    /^info value-mapped performance_insights_retention_period: .*become 30/
  ],
  [
    'a key of the query store',
    { performance_insights_kms_key_id: 'https://v/k' },
    /^info value-ignored performance_insights_kms_key_id/
  ],
  ['memory', { alarms: 'freeable_memory' }, /^info value-mapped alarms: .*fires above \d+ %/],
  ['several windows', { alarms: 'cpu: {evaluation_periods: 3}' }, /^info value-ignored alarms: .*one window, PT\d+M/],
  ['what Azure does not measure', { alarms: 'read_latency' }, /value-ignored alarms/],
  ['`ssl`', { parameters: 'ssl: on' }, /^info value-mapped parameters: .*require_secure_transport/]
])('%s causes a notice', (_what, inputs, expected) => {
  const { problems, notices } = said(inputs);
  expect(problems).toEqual([]);
  expect(notices).toEqual([expect.stringMatching(expected)]);
});

test('there is no notice for values that Azure takes as they are', () => {
  const fine = {
    sku_name: 'MO_Standard_E2ds_v5',
    storage_type: 'PremiumV2_LRS',
    allocated_storage: '100',
    multi_az: 'true',
    enable_performance_insights: 'true',
    performance_insights_retention_period: '30',
    alarms: 'cpu: {threshold: 90}'
  };
  expect(said(fine)).toEqual({ problems: [], notices: [] });
});

test.each([
  ['Canary-horse-8431', true],
  ['canaryhorse8431', false],
  ['Canary8', false],
  [`Canary-8431${'x'.repeat(120)}`, false]
])('Azure accepts the password %s: %s', (password, isFine) => {
  const problems = passwordProblem(password);
  expect(problems).toHaveLength(isFine ? 0 : 1);
  expect(JSON.stringify(problems)).not.toContain(password);
});
