import type { ProviderName } from './catalogue.ts';

/** Names of other tools that no single input replaces, each with the inputs that do. */
interface Replaced {
  readonly on: ProviderName;
  readonly name: string;
  /** An order to the reader: "set …". Absent: this action has no input for it and leaves it as it is. */
  readonly instead?: string;
}

const WINDOW = 'set `maintenance_window`, such as `sun:12:00-sun:13:00`';

/**
 * What replaces a name of terraform-aws-rds, terraform-google-sql-db, Azure's verified module or DigitalOcean's
 * provider that is not an input here. A spelling distance can't know that.
 */
export const REPLACED: readonly Replaced[] = [
  { on: 'aws', name: 'restore_to_point_in_time', instead: 'set `restore_source` and `restore_to_time`' },
  {
    on: 'aws',
    name: 'replicate_source_db',
    instead: 'set `create_read_replica` in the workflow of the source'
  },
  { on: 'aws', name: 'final_snapshot_identifier_prefix', instead: 'set `final_snapshot_identifier`' },
  { on: 'aws', name: 'db_proxy', instead: 'set `enable_proxy` and `proxy_config`' },
  { on: 'aws', name: 'metric_alarm', instead: 'set `alarms` and `alarm_actions`' },
  { on: 'aws', name: 'create_monitoring_role', instead: 'set `enable_enhanced_monitoring`, or `monitoring_role_arn`' },
  { on: 'aws', name: 'monitoring_role_name', instead: 'set `monitoring_role_arn`; unset, a role is made' },
  { on: 'aws', name: 'create_db_subnet_group', instead: 'set `subnet_ids`' },
  { on: 'aws', name: 'create_db_parameter_group', instead: 'set `parameters`, or `parameter_group_name`' },
  { on: 'aws', name: 'major_engine_version', instead: 'set `engine_version`' },
  { on: 'aws', name: 'engine' },
  { on: 'aws', name: 'master_user_secret_kms_key_id' },
  { on: 'aws', name: 'network_type' },
  { on: 'aws', name: 'db_instance_role_associations' },
  { on: 'aws', name: 'dedicated_log_volume' },
  { on: 'aws', name: 'manage_master_user_password_rotation' },
  { on: 'aws', name: 'delete_automated_backups' },
  { on: 'aws', name: 'cloudwatch_log_group_kms_key_id' },

  { on: 'gcp', name: 'disk_autoresize', instead: 'set `max_allocated_storage`; `0` switches the growth off' },
  {
    on: 'gcp',
    name: 'disk_autoresize_limit',
    instead: 'set `max_allocated_storage`, or leave it out for growth without a limit: `0` switches the growth off here'
  },
  {
    on: 'gcp',
    name: 'maintenance_window_day',
    instead: 'set `maintenance_window`: day 7 and hour 12 are `sun:12:00-sun:13:00`'
  },
  {
    on: 'gcp',
    name: 'maintenance_window_hour',
    instead: 'set `maintenance_window`: day 7 and hour 12 are `sun:12:00-sun:13:00`'
  },
  { on: 'gcp', name: 'maintenance_window_update_track' },
  {
    on: 'gcp',
    name: 'backup_configuration',
    instead:
      'set `enable_backup`, `backup_window`, `backup_retention_period`, `backup_location`, `enable_binary_log_backup`, `transaction_log_retention_days`'
  },
  {
    on: 'gcp',
    name: 'ip_configuration',
    instead:
      'set `publicly_accessible`, `vpc_id`, `allowed_cidr_blocks`, `allocated_ip_range`, `ssl_mode`, `psc_enabled`, `psc_allowed_consumer_projects`'
  },
  { on: 'gcp', name: 'insights_config', instead: 'set `enable_performance_insights`' },
  { on: 'gcp', name: 'read_replicas', instead: 'set `create_read_replica` and `read_replica_count`' },
  {
    on: 'gcp',
    name: 'deletion_protection',
    instead: "set `enable_deletion_protection` for the cloud's own protection; Terraform's has no equivalent"
  },
  { on: 'gcp', name: 'additional_users' },
  { on: 'gcp', name: 'additional_databases' },
  { on: 'gcp', name: 'password_validation_policy_config' },
  { on: 'gcp', name: 'connector_enforcement' },
  { on: 'gcp', name: 'data_cache_enabled' },

  { on: 'azure', name: 'high_availability', instead: 'set `multi_az` and `standby_availability_zone`' },
  { on: 'azure', name: 'firewall_rules', instead: 'set `allowed_cidr_blocks`' },
  { on: 'azure', name: 'server_configuration', instead: 'set `parameters`, as `name: value` lines' },
  { on: 'azure', name: 'ad_administrator', instead: 'set `entra_administrators`' },
  { on: 'azure', name: 'diagnostic_settings', instead: 'set `enable_logging` and `log_workspace_id`' },
  { on: 'azure', name: 'lock', instead: 'set `enable_deletion_protection`' },
  { on: 'azure', name: 'private_endpoints' },
  { on: 'azure', name: 'role_assignments' },
  { on: 'azure', name: 'virtual_endpoint' },
  { on: 'azure', name: 'customer_managed_key', instead: 'set `kms_key_id` and `key_identity_id`' },
  { on: 'azure', name: 'geo_backup_key_vault_key_id' },

  {
    on: 'digitalocean',
    name: 'storage_autoscale',
    instead: 'set `max_allocated_storage`; the threshold and the increment stay as they are'
  },
  { on: 'digitalocean', name: 'backup_restore', instead: 'set `restore_source` and `restore_to_time`' },
  { on: 'digitalocean', name: 'engine' },
  { on: 'digitalocean', name: 'eviction_policy' },
  { on: 'digitalocean', name: 'sql_mode' },
  { on: 'digitalocean', name: 'pool', instead: 'set `enable_proxy` and `proxy_config`' },
  { on: 'digitalocean', name: 'logsink', instead: 'set `log_sink`' },
  { on: 'digitalocean', name: 'replica', instead: 'set `create_read_replica`' },
  { on: 'digitalocean', name: 'user' }
];

/** Forms that other tools give to a value of ours, by our input: what to write in their place. */
export const OTHER_FORMS: Readonly<Partial<Record<string, Readonly<Partial<Record<ProviderName, string>>>>>> = {
  instance_type: { gcp: "`CLOUD_SQL_INSTANCE` is Terraform's: here `instance_type` is the size, as `tier` is" },
  iam_users: { gcp: 'of each object give its `email` alone' },
  maintenance_window: {
    azure: `${WINDOW}: \`day_of_week\` counts from 0, which is Sunday`,
    digitalocean: `${WINDOW}, for \`day\` and \`hour\``
  },
  tags: { digitalocean: 'a tag without a value is `production: ""`' },
  allowed_cidr_blocks: { azure: 'a range that is not a network is several of them' }
};

/** Parameters of PostgreSQL that people set most. */
const PARAMETERS = [
  'effective_cache_size',
  'log_min_duration_statement',
  'log_statement',
  'maintenance_work_mem',
  'max_connections',
  'max_wal_size',
  'shared_buffers',
  'shared_preload_libraries',
  'statement_timeout',
  'wal_level',
  'work_mem'
];

/** What to do instead of an unknown input; `undefined` for a name that no other tool has. */
export function insteadOf(name: string, provider: ProviderName): string | undefined {
  const rows = REPLACED.filter(row => row.name === name);
  const row = rows.find(({ on }) => on === provider) ?? rows[0];
  if (PARAMETERS.includes(name)) return 'it is a parameter of PostgreSQL: set it in `parameters`';
  if (row === undefined) return undefined;
  return row.instead ?? 'this action has no input for it, and leaves it as it is on a live database';
}
