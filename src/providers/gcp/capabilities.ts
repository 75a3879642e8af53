import type { CapabilityTable } from '../../spec/features.ts';
import { SQL_FEATURES } from '../sql-features.ts';

/** What Cloud SQL for PostgreSQL can and cannot do. */
export const capabilities: CapabilityTable = {
  'minor-version': { can: false, reason: 'Cloud SQL chooses the minor version.' },
  sizing: { can: true, note: 'AWS classes are mapped; the edition follows from the tier' },
  storage: { can: true, note: 'never shrinks' },
  'storage-growth': { can: true },
  'storage-performance': { can: true, note: 'IOPS and throughput with HYPERDISK_BALANCED' },
  encryption: { can: true, note: 'always on' },
  'customer-key': { can: true, note: 'chosen at creation' },
  'high-availability': { can: true, note: 'needs backups and point-in-time recovery' },
  zone: { can: true },
  network: { can: true, note: 'can be added, never removed' },
  'security-group': {
    can: false,
    reason: 'Cloud SQL has authorised networks.',
    instead: 'Use `allowed_cidr_blocks`.'
  },
  'allowed-networks': { can: true, note: 'public networks; they guard the public address' },
  'public-access': { can: true },
  port: { can: false, reason: 'Cloud SQL always uses 5432.' },
  backups: { can: true, note: 'the retention is a number of backups' },
  'backup-window': { can: true, note: 'its start; it lasts four hours' },
  'geo-backup': { can: true, note: 'with `backup_location`' },
  clone: { can: true },
  'point-in-time': { can: true, note: 'into a new database; from a deleted one while its backups are kept' },
  'maintenance-window': { can: true, note: 'its start, to the hour; it lasts an hour' },
  snapshots: { can: true, note: 'on-demand backups, deleted with their instance unless `retain_backups_on_delete`' },
  'snapshot-retention': { can: true, note: 'deleted by Cloud SQL' },
  'snapshot-copies': {
    can: false,
    reason: 'a backup stays in its project.',
    instead: 'Set `backup_location` for the place of all backups.'
  },
  'final-snapshot': { can: true, note: 'a final backup' },
  'deletion-protection': { can: true },
  'performance-insights': { can: true, note: 'query insights' },
  'enhanced-monitoring': { can: false, isAlwaysThere: true, reason: 'Google always monitors its instances.' },
  alarms: { can: true, note: 'not for read latency' },
  logging: { can: true, note: 'always, to Cloud Logging' },
  'log-exports': { can: false, reason: 'logs always go to Cloud Logging.' },
  'read-replicas': { can: true },
  'replica-names': { can: true },
  'cross-region-replica': { can: true },
  parameters: { can: true, note: 'database flags' },
  'parameter-group': { can: false, reason: 'Cloud SQL has no parameter groups.' },
  'option-group': { can: false, reason: 'Cloud SQL has no option groups.' },
  'cloud-authentication': { can: true, note: 'IAM database authentication' },
  pooling: { can: true, note: 'managed connection pooling, port 6432; Enterprise Plus only' },
  username: { can: true },
  password: { can: true },
  'password-version': { can: true, note: 'kept as a label' },
  'runner-access': { can: true, note: 'an authorised network that expires by itself' },
  ...SQL_FEATURES,
  'kept-passwords': { can: true, note: 'Secret Manager' },
  'connect-through': {
    can: true,
    note: 'the Cloud SQL connector, which needs no authorised network; the Data API, which needs no network'
  },
  'identity-login': { can: true, note: 'an IAM user of the instance' },
  'shared-server': { can: true, note: 'from a runner that reaches it' },
  tags: { can: true, note: 'labels: lower case, `-` for other characters' }
};
