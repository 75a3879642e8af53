import * as v from 'valibot';
import { OPERATIONS } from '../engine/operation.ts';
import {
  boolean,
  booleanOrName,
  choice,
  cidr,
  duration,
  integer,
  ipv4Address,
  list,
  map,
  markdown,
  moment,
  parameters,
  runnerAccess,
  secret,
  service,
  sql,
  structure,
  text,
  wordsFor,
  webhook,
  type Parser
} from './parse.ts';
import { alarms } from './alarms.ts';
import { denyPeriod } from './deny-period.ts';
import { databases, roles } from './sql-objects.ts';
import { backupWindow, maintenanceWindow, postponement } from './windows.ts';

export const PROVIDERS = ['aws', 'gcp', 'azure', 'digitalocean', 'local'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export const COMMANDS = [
  'auto',
  'plan',
  'apply',
  'destroy',
  'outputs',
  'check',
  'snapshot',
  'sweep',
  'import',
  'release',
  'schema-diff',
  'restore-check',
  'doctor',
  ...OPERATIONS
] as const;
export type CommandName = (typeof COMMANDS)[number];

interface Definition<T> extends Parser<T> {
  /** The one provider that has this input. Absent: all have it, or report why not. */
  readonly only?: ProviderName;
}

const only = <T>(provider: ProviderName, parser: Parser<T>): Definition<T> => ({ ...parser, only: provider });

const identifier = text({
  pattern: /^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/,
  allowed: '1–63 letters, digits, `_`, `-`, not beginning with a digit'
});
const localeName = text({
  pattern: /^[A-Za-z0-9][\w.@=;-]{0,63}$/,
  allowed: 'a locale such as `en_US.UTF-8`'
});
const version = text({ pattern: /^\d{1,2}(\.\d{1,3})?$/, allowed: 'a PostgreSQL version such as `16` or `16.4`' });

/** The name of a resource that exists already. */
const resourceName = text({
  pattern: /^[A-Za-z][A-Za-z0-9-]{0,97}$/,
  allowed: 'letters, digits and hyphens, beginning with a letter'
});

const networks = v.pipe(
  // Terraform's rules of a module have networks as text with commas.
  v.union([
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform(given => given.split(',').map(one => one.trim()))
    )
  ]),
  v.array(
    v.pipe(
      v.string(),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const parsed = cidr().parse(dataset.value);
        if (parsed.ok) return parsed.value;
        addIssue({ message: parsed.why });
        return NEVER;
      })
    )
  )
);

const SECURITY_GROUP_ID = { pattern: /^sg-[0-9a-z]+$/, allowed: 'such as `sg-0a1b2c3d4e5f60718`' };
const PREFIX_LIST_ID = { pattern: /^pl-[0-9a-z]+$/, allowed: 'such as `pl-0a1b2c3d4e5f60718`' };

const isPort = (given: string): boolean => /^\d{1,5}$/.test(given) && Number(given) <= 65_535;
const port = v.pipe(v.string(), v.check(isPort, 'is not a port'));

const securityGroupRule = v.strictObject({
  type: v.optional(v.picklist(['ingress', 'egress'], 'is neither ingress nor egress'), 'ingress'),
  from_port: port,
  to_port: port,
  protocol: v.optional(v.string(), 'tcp'),
  cidr_blocks: v.optional(networks, []),
  ipv6_cidr_blocks: v.optional(networks, []),
  prefix_list_ids: v.optional(
    v.array(v.pipe(v.string(), v.regex(PREFIX_LIST_ID.pattern, 'is not the id of a prefix list'))),
    []
  ),
  source_security_group_id: v.optional(
    v.pipe(v.string(), v.regex(SECURITY_GROUP_ID.pattern, 'is not the id of a security group'))
  ),
  self: v.optional(v.picklist(['true', 'false'], 'is neither true nor false')),
  description: v.optional(v.string(), '')
});

const proxyConfig = v.strictObject({
  pool_mode: v.optional(
    v.picklist(['session', 'transaction', 'statement'], 'is not one of session, transaction, statement')
  ),
  default_pool_size: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,4}$/, 'is not a positive number'), v.transform(Number))
  ),
  max_client_conn: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,5}$/, 'is not a positive number'), v.transform(Number))
  )
});

const syslogSink = v.strictObject({
  type: v.optional(v.literal('rsyslog')),
  server: v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'is not a host name or an address')),
  port: v.pipe(
    v.string(),
    v.check(given => isPort(given) && Number(given) > 0, 'is not a port'),
    v.transform(Number)
  ),
  tls: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(true|false)$/, 'is neither true nor false'),
      v.transform(given => given === 'true')
    )
  ),
  format: v.optional(v.picklist(['rfc5424', 'rfc3164'], 'is neither rfc5424 nor rfc3164'))
});

const searchSink = v.strictObject({
  type: v.picklist(['elasticsearch', 'opensearch']),
  index_prefix: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9_.-]{0,99}$/, 'is not a prefix of an index, in lower case')
  ),
  index_days_max: v.optional(
    v.pipe(v.string(), v.regex(/^([1-9]\d{0,3}|10000)$/, 'is not a number of days, 1 to 10000'), v.transform(Number))
  )
});

const logSink = v.variant(
  'type',
  [syslogSink, searchSink],
  'is not one of rsyslog, elasticsearch, opensearch, each with its own keys'
);

const entraAdministrator = v.strictObject({
  object_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'is not an object id, a UUID')),
  principal_name: v.pipe(v.string(), v.minLength(1, 'is empty')),
  principal_type: v.optional(
    v.picklist(['User', 'Group', 'ServicePrincipal'], 'is not one of User, Group, ServicePrincipal'),
    'User'
  )
});

/** Names of clouds and their services, as people call them. */
const CLOUDS = wordsFor({
  aws: ['amazon', 'rds'],
  gcp: ['google', 'google-cloud', 'cloudsql', 'cloud-sql'],
  azure: ['azurerm', 'microsoft'],
  digitalocean: ['digital-ocean'],
  local: ['localhost', 'docker']
});

/** How a run works; these do not describe the database and have defaults that always apply. */
export const RUN_INPUTS = {
  command: choice(...COMMANDS),
  cloud_provider: { ...choice(...PROVIDERS, 'do'), otherWords: CLOUDS },
  config: text(),
  environment: text({ pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, allowed: '1–63 letters, digits, `.`, `_`, `-`' }),
  github_token: secret(),
  ephemeral: choice('database', 'instance', 'clone'),
  ttl: duration(),
  adopt_existing: booleanOrName(),
  advice: boolean(),
  allow_major_version_upgrade: boolean(),
  allow_restart: boolean(),
  allow_unknown: boolean(),
  apply_immediately: boolean(),
  approval: choice('required', 'when-present', 'off'),
  comment: boolean(),
  comment_footer: markdown(2000),
  comment_group: text({ pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, allowed: '1–63 letters, digits, `.`, `_`, `-`' }),
  comment_header: markdown(2000),
  comment_mode: choice('update', 'new', 'hide-previous'),
  confirm_destroy: text(),
  confirm_failover: text(),
  confirm_plan: text({
    pattern: /^[0-9a-f]{64}$/,
    allowed: 'the output `plan_digest` of a run, 64 hexadecimal digits'
  }),
  confirm_promote: text(),
  confirm_switchover: text(),
  deploy_branches: list(
    text({
      pattern: /^!?[^\s!?[\]\\~^:]+$/,
      allowed: 'a branch or a tag, or a glob of them with `*` and `**`; `!` in front takes it out again'
    }),
    { holdsCommas: true }
  ),
  drift_dispatch: boolean(),
  drift_issue: boolean(),
  drift_webhook: webhook(),
  dry_run: boolean(),
  estimate_cost: boolean(),
  export_env: boolean(),
  import_pull_request: boolean(),
  job_status: text(),
  label: boolean(),
  check_sql: sql(),
  mask_sql: sql(),
  max_backup_age: duration(),
  restore_issue: boolean(),
  max_ephemeral: integer(1, 1000),
  password_seed: secret(16),
  postpone_maintenance: postponement(),
  pull_request: integer(1, 2_147_483_647),
  reset: boolean(),
  role_passwords: secret(),
  schema_base: text(),
  skip_policies: list(text()),
  strict: boolean(),
  terraform_state: text(),
  timeout_minutes: integer(1, 2160),
  wait: boolean()
} as const satisfies Readonly<Record<string, Definition<unknown>>>;

/** The desired database. Unset means unmanaged. Names are the Terraform module's where it has one. */
export const DATABASE_INPUTS = {
  name: text({
    pattern: /^[A-Za-z][A-Za-z0-9-]{0,97}$/,
    allowed: 'letters, digits and hyphens, beginning with a letter'
  }),
  engine_version: version,
  instance_class: text(),
  allocated_storage: integer(1, 65536),
  max_allocated_storage: integer(0, 65536),
  storage_type: text(),
  storage_throughput: integer(1, 4000),
  storage_iops: integer(1, 256000),
  database_name: identifier,
  master_username: identifier,
  master_password: secret(),
  master_password_version: text({ pattern: /^[a-z0-9_-]{1,32}$/, allowed: '1–32 of `a`–`z`, `0`–`9`, `_`, `-`' }),
  vpc_id: text(),
  subnet_ids: list(text()),
  allowed_cidr_blocks: list(cidr()),
  storage_encrypted: boolean(),
  kms_key_id: text(),
  multi_az: boolean(),
  publicly_accessible: boolean(),
  backup_retention_period: integer(0, 365),
  backup_window: backupWindow(),
  maintenance_window: maintenanceWindow(),
  enable_deletion_protection: boolean(),
  enable_backup_encryption: boolean(),
  enable_performance_insights: boolean(),
  performance_insights_retention_period: integer(1, 731),
  performance_insights_kms_key_id: text(),
  enable_logging: boolean(),
  enabled_cloudwatch_logs_exports: list(choice('postgresql', 'upgrade', 'iam-db-auth-error')),
  create_read_replica: boolean(),
  read_replica_count: integer(0, 15),
  replica_names: list(resourceName),
  replica_region: text(),
  parameter_group_name: text(),
  parameter_group_family: text(),
  parameters: parameters(),
  option_group_name: text(),
  security_group_ids: only('aws', list(text(SECURITY_GROUP_ID))),
  allowed_security_group_ids: only('aws', list(text(SECURITY_GROUP_ID))),
  allowed_prefix_list_ids: only('aws', list(text(PREFIX_LIST_ID))),
  subnet_group_name: only('aws', text()),
  create_security_group: boolean(),
  security_group_rules: structure(
    v.array(
      v.pipe(
        securityGroupRule,
        v.check(
          one =>
            one.self === 'true' ||
            one.source_security_group_id !== undefined ||
            [one.cidr_blocks, one.ipv6_cidr_blocks, one.prefix_list_ids].some(({ length }) => length > 0),
          'has no peer'
        ),
        v.check(
          // Of ICMP they are a type and a code.
          one => /^(icmp|icmpv6|1|58)$/i.test(one.protocol.trim()) || Number(one.from_port) <= Number(one.to_port),
          'has a `from_port` above its `to_port`'
        )
      )
    ),
    'list of rules',
    'a list of `{type, from_port, to_port, protocol, description}` with one or more of `cidr_blocks`, `ipv6_cidr_blocks`, `prefix_list_ids`, `source_security_group_id` and `self`'
  ),
  iam_database_authentication_enabled: boolean(),
  enable_proxy: boolean(),
  proxy_name: only('aws', resourceName),
  proxy_config: structure(proxyConfig, 'map', 'a map of `pool_mode`, `default_pool_size`, `max_client_conn`'),
  copy_tags_to_snapshot: boolean(),
  skip_final_snapshot: boolean(),
  final_snapshot_identifier: text(),
  snapshot_identifier: text(),
  snapshot_keep_days: integer(1, 365),
  snapshot_copy_region: text(),
  snapshot_copy_kms_key_id: text(),
  snapshot_share_accounts: list(text({ pattern: /^\d{12}$/, allowed: 'an account of AWS, 12 digits' })),
  restore_from_snapshot: text(),
  restore_source: text(),
  restore_to_time: moment(),
  tags: map(),
  extensions: list(text({ pattern: /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, allowed: 'an extension name' })),
  update_extensions: boolean(),
  init_sql: list(text(), { holdsCommas: true }),
  runner_access: runnerAccess(),
  runner_access_in_plan: boolean(),
  runner_address: ipv4Address(),
  runner_address_service: service(),
  databases: databases(),
  roles: roles(),
  application_role: identifier,
  keep_role_passwords: boolean(),
  login_as: text({ pattern: /^[^\s'"\\\0]{1,128}$/, allowed: 'the name of a user of the server' }),
  connect_through: only('gcp', choice('direct', 'data-api', 'connector')),
  base_database: text(),
  template_database: text(),
  aws_region: only('aws', text()),
  upgrade_strategy: only('aws', choice('in-place', 'blue-green')),
  blue_green_keep_hours: only('aws', integer(0, 720)),
  availability_zone: text(),
  enable_enhanced_monitoring: only('aws', boolean()),
  monitoring_interval: only('aws', integer(0, 60)),
  monitoring_role_arn: only('aws', text()),
  manage_master_user_password: only('aws', boolean()),
  rotation_days: only('aws', integer(0, 1000)),
  auto_minor_version_upgrade: only('aws', boolean()),
  ca_certificate_identifier: only('aws', text()),
  engine_lifecycle_support: only(
    'aws',
    choice('open-source-rds-extended-support', 'open-source-rds-extended-support-disabled')
  ),
  database_insights_mode: only('aws', choice('standard', 'advanced')),
  log_retention_days: only('aws', integer(1, 3653)),
  alarms: alarms(),
  alarm_actions: list(text()),
  replica_kms_key_id: only('aws', text()),
  replica_subnet_group_name: only('aws', text()),
  backup_region: only('aws', text()),
  reserved_offering_id: only('aws', text()),
  reserved_instance_count: only('aws', integer(1, 1000)),
  confirm_purchase: only('aws', text()),
  gcp_project: only('gcp', text()),
  gcp_region: only('gcp', text()),
  enable_backup: only('gcp', boolean()),
  enable_binary_log_backup: only('gcp', boolean()),
  transaction_log_retention_days: only('gcp', integer(1, 35)),
  backup_location: only(
    'gcp',
    text({ pattern: /^[a-z][a-z0-9-]*$/, allowed: 'a region or multi-region such as `eu`' })
  ),
  final_backup_days: only('gcp', integer(1, 365)),
  retain_backups_on_delete: only('gcp', boolean()),
  secondary_zone: only('gcp', text()),
  allocated_ip_range: only('gcp', text()),
  deny_maintenance_period: only('gcp', denyPeriod()),
  psc_enabled: only('gcp', boolean()),
  psc_allowed_consumer_projects: only(
    'gcp',
    list(
      text({
        pattern: /^(\d{6,}|([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9])$/,
        allowed: 'the id or the number of a project'
      })
    )
  ),
  ssl_mode: only(
    'gcp',
    choice('ENCRYPTED_ONLY', 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED', 'ALLOW_UNENCRYPTED_AND_ENCRYPTED')
  ),
  iam_users: only('gcp', list(text())),
  failover_mode: only('azure', choice('planned', 'forced')),
  resource_group_name: only('azure', text()),
  location: only('azure', text()),
  auto_grow_enabled: only('azure', boolean()),
  geo_redundant_backup: only('azure', boolean()),
  azure_subscription_id: only(
    'azure',
    text({ pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, allowed: 'a subscription id, a UUID' })
  ),
  azure_resource_manager_endpoint: only(
    'azure',
    text({ pattern: /^https:\/\/[^/\s]+\/?$/, allowed: 'an address that begins with `https://`' })
  ),
  azure_authority_host: only(
    'azure',
    text({ pattern: /^https:\/\/[^/\s]+\/?$/, allowed: 'an address that begins with `https://`' })
  ),
  private_dns_zone_id: only('azure', text()),
  key_identity_id: only('azure', text()),
  storage_tier: only(
    'azure',
    choice('P1', 'P2', 'P3', 'P4', 'P6', 'P10', 'P15', 'P20', 'P30', 'P40', 'P50', 'P60', 'P70', 'P80')
  ),
  standby_availability_zone: only('azure', text()),
  log_workspace_id: only('azure', text()),
  entra_administrators: only(
    'azure',
    structure(
      v.array(entraAdministrator),
      'list of administrators',
      'a list of `{object_id, principal_name, principal_type}`'
    )
  ),
  digitalocean_token: only('digitalocean', secret()),
  digitalocean_region: only('digitalocean', text()),
  digitalocean_project: only(
    'digitalocean',
    text({ pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, allowed: 'a project id, a UUID' })
  ),
  pool_name: only('digitalocean', resourceName),
  log_sink_name: only('digitalocean', text({ pattern: /^[A-Za-z0-9_.-]{1,64}$/, allowed: 'the name of a log sink' })),
  num_nodes: only('digitalocean', integer(1, 3)),
  log_sink: only(
    'digitalocean',
    structure(
      logSink,
      'map',
      'a map of `server`, `port`, `tls`, `format`, or of `type`, `index_prefix`, `index_days_max`'
    )
  ),
  log_sink_url: only('digitalocean', secret()),
  bin_dir: only('local', text()),
  encoding: only('local', text({ pattern: /^[A-Za-z0-9_-]{2,20}$/, allowed: 'an encoding such as `UTF8`, `LATIN1`' })),
  locale: only('local', localeName),
  icu_locale: only('local', localeName),
  durable: only('local', boolean()),
  keep_running: only('local', boolean()),
  port: integer(1, 65535),
  tls: only('local', boolean())
} as const satisfies Readonly<Record<string, Definition<unknown>>>;

export type DatabaseInput = keyof typeof DATABASE_INPUTS;
export type RunInput = keyof typeof RUN_INPUTS;

type ValueOf<P> = P extends Parser<infer T> ? T : never;

/** Values of run inputs that were given. */
export type RunValues = {
  readonly [K in Exclude<RunInput, 'drift_webhook' | 'github_token' | 'password_seed' | 'role_passwords'>]?: ValueOf<
    (typeof RUN_INPUTS)[K]
  >;
};

/**
 * The workflow's settings of the database, under canonical names. A missing key is unmanaged. Secrets are in here only
 * as `true`.
 */
export type Settings = {
  readonly [K in DatabaseInput]?: K extends 'master_password' | 'digitalocean_token'
    ? true
    : ValueOf<(typeof DATABASE_INPUTS)[K]>;
};

/**
 * Maps that are merged key by key over the layers of configuration, the nearest winning; everything else is replaced.
 */
export const MERGED: readonly string[] = ['tags', 'parameters'];
