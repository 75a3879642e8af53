import type { CapabilityTable } from '../../spec/features.ts';
import { SQL_FEATURES } from '../sql-features.ts';

/** What DigitalOcean Managed PostgreSQL can and cannot do, and what this version keeps of it. */
export const capabilities: CapabilityTable = {
  'minor-version': { can: false, reason: 'DigitalOcean chooses the minor version.' },
  sizing: { can: true, note: 'slugs, or AWS classes by a table; never smaller' },
  storage: { can: true, note: 'never shrinks' },
  'storage-growth': { can: true, note: 'by 10 GiB at 80 %; there is no upper limit to set' },
  'storage-performance': { can: false, reason: 'the size decides it.' },
  encryption: { can: true, note: 'always' },
  'customer-key': { can: false, reason: 'DigitalOcean keeps the keys.' },
  'high-availability': { can: true, note: 'a standby node' },
  zone: { can: false, reason: 'regions have no zones to choose.' },
  network: { can: true, note: 'a VPC, chosen at creation' },
  'security-group': { can: false, reason: 'there are none.', instead: 'Use `allowed_cidr_blocks`.' },
  'allowed-networks': { can: true, note: 'trusted sources, IPv4, up to 100' },
  'public-access': { can: true, note: 'the public host stays; trusted sources guard it' },
  port: { can: false, reason: 'it is always 25060.' },
  backups: { can: false, isAlwaysThere: true, reason: 'they are always on, daily, kept for seven days.' },
  'backup-window': { can: true, note: 'its beginning, where the cluster takes it' },
  'geo-backup': { can: false, reason: 'there are none.' },
  clone: { can: true, note: 'a fork of a cluster of the same team' },
  'point-in-time': { can: true, note: 'into a new cluster, within seven days' },
  'maintenance-window': { can: true, note: 'its beginning; the length is fixed' },
  snapshots: { can: false, reason: 'there are none.', instead: 'The daily backups are kept for seven days.' },
  'snapshot-retention': {
    can: false,
    reason: 'there are no snapshots.',
    instead: 'The daily backups are kept for seven days.'
  },
  'snapshot-copies': { can: false, reason: 'there are no snapshots.', instead: 'Take a dump with `pg_dump`.' },
  'final-snapshot': { can: false, reason: 'the backups go with the cluster.', instead: 'Run `pg_dump` before.' },
  'deletion-protection': { can: true, note: 'kept by this action' },
  'performance-insights': {
    can: false,
    isAlwaysThere: true,
    reason: 'the console always shows queries.'
  },
  'enhanced-monitoring': { can: false, reason: 'there is no such service.' },
  alarms: { can: true, note: 'CPU, used storage and used memory, by mail' },
  logging: { can: true, note: 'to a syslog server or a search cluster, `log_sink`' },
  'log-exports': { can: false, reason: 'CloudWatch is AWS.' },
  'read-replicas': { can: true },
  'replica-names': { can: true },
  'cross-region-replica': { can: true },
  parameters: { can: true, note: 'those that DigitalOcean allows; one that is removed from the list keeps its value' },
  'parameter-group': { can: false, reason: 'there are none.' },
  'option-group': { can: false, reason: 'PostgreSQL has no options.' },
  'cloud-authentication': { can: false, reason: 'there is none.' },
  pooling: { can: true, note: 'PgBouncer, port 25061; the pool is the database to connect to' },
  username: { can: true, note: 'an additional user; `doadmin` always exists' },
  password: { can: false, reason: 'DigitalOcean makes it.', instead: 'Use the output.' },
  'password-version': {
    can: false,
    reason: 'DigitalOcean makes the passwords.',
    instead: 'Run `command: rotate`; the output follows.'
  },
  'runner-access': { can: true, note: 'a trusted source' },
  ...SQL_FEATURES,
  'kept-passwords': {
    can: false,
    reason: 'DigitalOcean has no store of secrets.',
    instead: 'Set `password_seed`: every run derives the same passwords from it.'
  },
  'connect-through': {
    can: false,
    reason: 'DigitalOcean has no other way in.',
    instead: 'Use `runner_access`, or a runner in the VPC.'
  },
  'identity-login': { can: false, reason: 'DigitalOcean has no cloud identities for its databases.' },
  'shared-server': {
    can: true,
    note: 'from a runner that reaches it; leave `master_username` unset, which makes it `doadmin`'
  },
  tags: { can: true, note: '`key:value`, in lower case' }
};
