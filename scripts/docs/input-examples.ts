import { ALIASES } from '../../src/spec/aliases.ts';
import { DATABASE_INPUTS, RUN_INPUTS } from '../../src/spec/catalogue.ts';
import type { Parser } from '../../src/spec/parse.ts';
import type { Entry } from './action-file.ts';

/** Examples that neither the description of an input nor its form shows. */
const EXAMPLES: Readonly<Record<string, string>> = {
  alarm_actions: '- arn:aws:sns:eu-west-1:123456789012:alerts',
  alarms: 'cpu: { threshold: 80 }\nfree_storage: { threshold: 10 }',
  allocated_ip_range: 'orders-range',
  allowed_security_group_ids: 'sg-0a1b2c3d4e5f60719',
  allowed_prefix_list_ids: 'pl-0a1b2c3d4e5f60718',
  deny_maintenance_period: '11-20 to 01-05',
  psc_allowed_consumer_projects: 'shop-clients',
  allocated_storage: '100',
  availability_zone: 'eu-west-1a',
  azure_subscription_id: '11111111-1111-4111-8111-111111111111',
  backup_region: 'eu-central-1',
  base_database: 'orders-staging',
  bin_dir: '/usr/lib/postgresql/17/bin',
  comment_footer: 'Questions go to the team `databases`.',
  comment_group: 'databases',
  comment_header: '### Databases of the shop',
  config: 'databases/orders.yml',
  ca_cert_identifier: 'rds-ca-rsa2048-g1',
  confirm_destroy: 'orders',
  confirm_failover: 'orders',
  confirm_plan: '7a38bf81f383f69433ad6e900d35b3e2385593f76a7b7ab5d4355b8ba41ee24b',
  confirm_promote: 'orders-replica-1',
  confirm_switchover: 'orders-replica-1',
  failover_mode: 'forced',
  upgrade_strategy: 'blue-green',
  blue_green_keep_hours: '48',
  confirm_purchase: '438012d3-4052-4cc7-b2e3-8d3372e0e706',
  database_name: 'shop',
  deploy_branches: 'main\nrelease/**',
  db_name: 'shop',
  delegated_subnet_id:
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers/Microsoft.Network/virtualNetworks/shop/subnets/db',
  digitalocean_project: '4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679',
  disk_type: 'PD_SSD',
  drift_webhook: '${{ secrets.DRIFT_WEBHOOK }}',
  encoding: 'LATIN1',
  enabled_cloudwatch_logs_exports: 'postgresql\nupgrade',
  entra_administrators:
    '- object_id: 44444444-4444-4444-8444-444444444444\n  principal_name: databases\n  principal_type: Group',
  extensions: 'pgcrypto\npg_trgm',
  final_backup_days: '30',
  final_snapshot_identifier: 'orders-last',
  gcp_project: 'shop-project',
  icu_locale: 'en-US',
  iam_users: 'user:ann@example.com\nserviceAccount:app@shop.iam.gserviceaccount.com',
  databases: 'orders: { extensions: [vector], init_sql: [db/schema.sql] }\nreports: { connection_limit: 20 }',
  roles:
    'orders_app: { access: { orders: readwrite }, connection_limit: 20 }\norders_bi: { access: { orders: readonly } }',
  application_role: 'orders_app',
  role_passwords: '${{ secrets.ROLE_PASSWORDS }}',
  update_extensions: 'true',
  init_sql: 'db/schema.sql\ndb/seed/*.sql',
  instance_type: 'db-custom-2-7680',
  administrator_password_wo_version: '2',
  key_identity_id:
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/key',
  encryption_key_name: 'projects/shop/locations/europe-west1/keyRings/shop/cryptoKeys/orders',
  family: 'postgres17',
  kms_key_id: 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-00000000cccc',
  log_sink_name: 'team-logs',
  log_retention_days: '30',
  log_sink: 'server: logs.example.com\nport: 6514',
  log_workspace_id:
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers/Microsoft.OperationalInsights/workspaces/logs',
  master_username: 'shop',
  max_allocated_storage: '500',
  check_sql: 'SELECT count(*) > 1000 FROM orders;',
  mask_sql: 'db/mask.sql',
  max_backup_age: '26h',
  rotation_days: '30',
  postpone_maintenance: 'next-window',
  snapshot_copy_kms_key_id: 'alias/aws/rds',
  snapshot_keep_days: '30',
  snapshot_share_accounts: '123456789012',
  max_ephemeral: '10',
  monitoring_interval: '60',
  monitoring_role_arn: 'arn:aws:iam::123456789012:role/rds-monitoring-role',
  login_as: 'deployer@shop-project.iam',
  runner_access: 'true',
  runner_address: '203.0.113.7',
  runner_address_service: 'https://api.ipify.org',
  name: 'orders',
  option_group_name: 'default:postgres-17',
  parameter_group_name: 'shop-postgres17',
  parameters: 'shared_buffers: 256MB\nlog_min_duration_statement: 500ms',
  performance_insights_kms_key_id: 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-00000000cccc',
  pool_name: 'shop',
  port: '5433',
  private_dns_zone_id:
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers/Microsoft.Network/privateDnsZones/shop.postgres.database.azure.com',
  private_network_uuid: 'c33931f2-a26a-4e61-b85c-4e95a2ec431b',
  project_id: 'shop-project',
  proxy_config: 'pool_mode: transaction\ndefault_pool_size: 20',
  password_wo_version: '2',
  proxy_name: 'shop-proxy',
  pull_request: '7',
  region: 'eu-west-1',
  replica_kms_key_id: 'arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-4000-8000-00000000cccc',
  replica_names: 'orders-reports\norders-bi',
  replica_region: 'eu-central-1',
  replica_subnet_group_name: 'shop-private',
  reserved_offering_id: '438012d3-4052-4cc7-b2e3-8d3372e0e706',
  resource_group_name: 'shop',
  restore_from_snapshot: 'orders-before-upgrade',
  restore_source: 'orders',
  schema_base: 'shop',
  security_group_rules: '- from_port: 5432\n  to_port: 5432\n  cidr_blocks: [10.0.0.0/16]',
  size: 'db-s-1vcpu-2gb',
  skip_policies: 'open-network',
  snapshot_identifier: 'orders-before-upgrade',
  standby_availability_zone: '2',
  storage_iops: '3000',
  storage_throughput: '125',
  storage_type: 'gp3',
  security_group_ids: 'sg-0a1b2c3d4e5f60718',
  subnet_group_name: 'shop-private',
  subnet_ids: 'subnet-0a1b2c3d4e5f60718\nsubnet-0a1b2c3d4e5f60719',
  terraform_state: 'state.json',
  tags: 'team: shop\ncost-centre: "4711"',
  template_database: 'shop_template',
  transaction_log_retention_days: '7',
  vpc_id: 'vpc-0a1b2c3d4e5f60718'
};

/** Every input's parser by its name, aliases included. */
export const PARSERS: Readonly<Record<string, Parser<unknown>>> = {
  ...RUN_INPUTS,
  ...DATABASE_INPUTS,
  ...Object.fromEntries(ALIASES.toReversed().map(({ name: alias, parser }) => [alias, parser]))
};

/**
 * A value as a workflow writes it: one of its own, the first in the description that the input takes, or one that its
 * form shows. `undefined` where none is known: then it belongs into the list above.
 */
export function exampleOf({ name, description }: Entry): string | undefined {
  const parser = PARSERS[name];
  if (parser === undefined) return undefined;
  const own = EXAMPLES[name] ?? targetsExample(name, parser);
  if (own !== undefined) return own;
  if (parser.kind === 'secret') return `\${{ secrets.${name.toUpperCase()} }}`;
  if (parser.kind === 'boolean')
    return description.includes('`false` ') && !description.startsWith('`true`') ? 'false' : 'true';
  const named = [...description.matchAll(/such as `([^`]+)`|Default(?: for a new database)?: `([^`]+)`/g)];
  const values = [...named.map(([, such, preset]) => such ?? preset ?? ''), ...(parser.choices ?? [])];
  return [...values, /(\d+) to \d+/.exec(parser.allowed)?.[1] ?? ''].find(
    value => value !== '' && parser.parse(value).ok
  );
}

/** That of the input which an alias stands for, where the alias takes it as it stands. */
function targetsExample(name: string, parser: Parser<unknown>): string | undefined {
  const example = EXAMPLES[ALIASES.find(alias => alias.name === name)?.means ?? ''];
  return example !== undefined && parser.parse(example).ok ? example : undefined;
}

/** The lines of `with:` that set an input. A text that YAML would read as a number or another type is quoted. */
export function exampleLines(entry: Entry): string | undefined {
  const value = exampleOf(entry);
  if (value === undefined) return undefined;
  if (value.includes('\n') || value.startsWith('- ') || value.includes(': '))
    return `${entry.name}: |\n${value.replaceAll(/^/gm, '  ')}`;
  const isNumber = PARSERS[entry.name]?.kind !== 'integer' && /^[\d.:-]+$/.test(value);
  return `${entry.name}: ${isNumber || value.includes('`') || value.startsWith('#') ? `'${value}'` : value}`;
}
