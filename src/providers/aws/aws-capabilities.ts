import type { CapabilityTable } from '../../spec/features.ts';

/** What RDS for PostgreSQL can and cannot do. */
export const capabilities: CapabilityTable = {
  'minor-version': { can: true, note: 'as long as RDS offers it' },
  sizing: { can: true },
  storage: { can: true, note: 'grows by a tenth at least, never shrinks' },
  'storage-growth': { can: true },
  'storage-performance': { can: true, note: 'gp3 from 400 GiB on, io1, io2' },
  encryption: { can: true, note: 'chosen at creation; backups follow' },
  'customer-key': { can: true, note: 'chosen at creation' },
  'high-availability': { can: true, note: 'Multi-AZ' },
  zone: { can: true, note: 'chosen at creation, without Multi-AZ' },
  network: { can: true, note: 'subnets in two zones at least' },
  'security-group': { can: true },
  'allowed-networks': { can: true },
  'public-access': { can: true },
  port: { can: true },
  backups: { can: true, note: '0–35 days' },
  'backup-window': { can: true },
  'geo-backup': { can: true, note: '`backup_region`' },
  clone: { can: true, note: 'restored from its backups as of now' },
  'point-in-time': { can: true, note: 'into a new database' },
  'maintenance-window': { can: true },
  snapshots: { can: true },
  'final-snapshot': { can: true, note: 'the default' },
  'deletion-protection': { can: true },
  'performance-insights': { can: true },
  'enhanced-monitoring': { can: true },
  alarms: { can: true, note: 'CloudWatch' },
  logging: { can: true, note: 'CloudWatch Logs' },
  'log-exports': { can: true },
  'read-replicas': { can: true, note: 'up to 15' },
  'cross-region-replica': { can: true },
  parameters: { can: true, note: 'in a parameter group of their own' },
  'parameter-group': { can: true },
  'option-group': { can: false, reason: 'RDS has no options for PostgreSQL.' },
  'cloud-authentication': { can: true, note: 'IAM' },
  pooling: { can: true, note: 'RDS Proxy' },
  username: { can: true, note: 'chosen at creation' },
  password: { can: true, note: 'or kept in Secrets Manager' },
  extensions: {
    can: false,
    reason: 'they are made with SQL, and a runner seldom reaches the database.',
    instead: 'Run `CREATE EXTENSION` in a step of your own that can reach it.'
  },
  'init-sql': {
    can: false,
    reason: 'a runner seldom reaches the database.',
    instead: 'Run it in a step of your own that can reach it, with the outputs of this one.'
  },
  'shared-server': { can: true, note: 'from a runner that reaches it' },
  tags: { can: true }
};
