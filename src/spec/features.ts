import type { DatabaseInput, Settings } from './catalogue.ts';

interface Feature {
  /** As the list of features names it. */
  readonly title: string;
  /** The inputs that ask for it. */
  readonly inputs: readonly DatabaseInput[];
}

/**
 * A feature that a provider may or may not have. Every provider answers for every feature; inputs in no feature work
 * everywhere.
 */
export const FEATURES = {
  'minor-version': { title: 'Choose the minor version', inputs: [] },
  sizing: { title: 'Instance size', inputs: ['instance_class'] },
  storage: { title: 'Storage size', inputs: ['allocated_storage'] },
  'storage-growth': { title: 'Storage that grows by itself', inputs: ['max_allocated_storage', 'auto_grow_enabled'] },
  'storage-performance': {
    title: 'Storage type, IOPS and throughput',
    inputs: ['storage_type', 'storage_iops', 'storage_throughput']
  },
  encryption: { title: 'Encryption at rest', inputs: ['storage_encrypted', 'enable_backup_encryption'] },
  'customer-key': { title: 'Customer-managed key', inputs: ['kms_key_id'] },
  'high-availability': { title: 'High availability', inputs: ['multi_az'] },
  zone: { title: 'Choose the zone', inputs: ['availability_zone'] },
  network: { title: 'Private network', inputs: ['vpc_id', 'subnet_ids'] },
  'security-group': {
    title: 'Security group',
    inputs: ['create_security_group', 'security_group_rules', 'allowed_security_group_ids', 'allowed_prefix_list_ids']
  },
  'allowed-networks': { title: 'Allowed networks', inputs: ['allowed_cidr_blocks'] },
  'public-access': { title: 'Public access', inputs: ['publicly_accessible'] },
  port: { title: 'Choose the port', inputs: ['port'] },
  backups: { title: 'Automated backups', inputs: ['backup_retention_period', 'enable_backup'] },
  'backup-window': { title: 'Backup window', inputs: ['backup_window'] },
  'geo-backup': { title: 'Backups in another region', inputs: ['geo_redundant_backup', 'backup_location'] },
  clone: { title: 'Copy of another database', inputs: ['restore_source'] },
  'point-in-time': { title: 'Point-in-time restore', inputs: ['restore_to_time', 'enable_binary_log_backup'] },
  'maintenance-window': { title: 'Maintenance window', inputs: ['maintenance_window'] },
  snapshots: { title: 'Manual snapshots and restore', inputs: ['snapshot_identifier', 'restore_from_snapshot'] },
  'snapshot-retention': { title: 'Snapshots that are deleted after some days', inputs: ['snapshot_keep_days'] },
  'snapshot-copies': {
    title: 'Snapshots copied to another region, or shared',
    inputs: ['snapshot_copy_region', 'snapshot_copy_kms_key_id', 'snapshot_share_accounts']
  },
  'final-snapshot': {
    title: 'Final snapshot on destroy',
    inputs: ['final_snapshot_identifier', 'copy_tags_to_snapshot']
  },
  'deletion-protection': { title: 'Deletion protection', inputs: ['enable_deletion_protection'] },
  'performance-insights': {
    title: 'Query performance insights',
    inputs: ['enable_performance_insights', 'performance_insights_retention_period', 'performance_insights_kms_key_id']
  },
  'enhanced-monitoring': {
    title: 'Enhanced monitoring',
    inputs: ['enable_enhanced_monitoring', 'monitoring_interval', 'monitoring_role_arn']
  },
  alarms: { title: 'Alarms', inputs: ['alarms', 'alarm_actions'] },
  logging: { title: 'Query and connection logs', inputs: ['enable_logging'] },
  'log-exports': { title: 'Choose the exported logs', inputs: ['enabled_cloudwatch_logs_exports'] },
  'read-replicas': { title: 'Read replicas', inputs: ['create_read_replica', 'read_replica_count'] },
  'replica-names': { title: 'Read replicas under names of their own', inputs: ['replica_names'] },
  'cross-region-replica': { title: 'Replica in another region', inputs: ['replica_region'] },
  parameters: { title: 'PostgreSQL parameters', inputs: ['parameters'] },
  'parameter-group': { title: 'Parameter group by name', inputs: ['parameter_group_name', 'parameter_group_family'] },
  'option-group': { title: 'Option group', inputs: ['option_group_name'] },
  'cloud-authentication': { title: 'Login with the cloud identity', inputs: ['iam_database_authentication_enabled'] },
  pooling: { title: 'Connection pooling', inputs: ['enable_proxy', 'proxy_config'] },
  username: { title: 'Choose the master user name', inputs: ['master_username'] },
  password: { title: 'Set the master password', inputs: ['master_password'] },
  'password-version': { title: 'Change the master password', inputs: ['master_password_version'] },
  extensions: { title: 'Extensions', inputs: ['extensions', 'update_extensions'] },
  'init-sql': { title: 'Initial SQL', inputs: ['init_sql'] },
  'runner-access': {
    title: 'Open the firewall to the runner',
    inputs: ['runner_access', 'runner_access_in_plan', 'runner_address', 'runner_address_service']
  },
  'databases-and-roles': { title: 'Databases and roles', inputs: ['databases', 'roles', 'application_role'] },
  'kept-passwords': { title: 'Generated passwords of roles in a secret store', inputs: ['keep_role_passwords'] },
  'connect-through': { title: 'Ways in besides the network', inputs: ['connect_through'] },
  'identity-login': { title: 'Log in to the server with the identity of the run', inputs: ['login_as'] },
  'shared-server': { title: 'Database on a shared server', inputs: ['base_database', 'template_database'] },
  tags: { title: 'Tags', inputs: ['tags'] }
} as const satisfies Readonly<Record<string, Feature>>;

export type FeatureName = keyof typeof FEATURES;

export type Capability =
  | { readonly can: true; readonly note?: string }
  /**
   * `reason` completes "…: "; `instead` is the alternative. `isAlwaysThere`: the feature is always on, and there is
   * nothing to choose.
   */
  | { readonly can: false; readonly reason: string; readonly instead?: string; readonly isAlwaysThere?: true };

export type CapabilityTable = Readonly<Record<FeatureName, Capability>>;

/** The inputs of a feature that are really set: `false`, `0` and empty lists count as unset. */
export function askedInputs(feature: FeatureName, settings: Settings): readonly DatabaseInput[] {
  const inputs: readonly DatabaseInput[] = FEATURES[feature].inputs;
  return inputs.filter(input => {
    const value = settings[input];
    if (value === undefined || value === false || value === 0 || value === '') return false;
    if (typeof value !== 'object') return true;
    return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
  });
}
