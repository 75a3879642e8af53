import type { CapabilityTable } from '../../spec/features.ts';
import { SQL_FEATURES } from '../sql-features.ts';

/** What Azure Database for PostgreSQL (Flexible Server) can and cannot do. */
export const capabilities: CapabilityTable = {
  'minor-version': { can: false, reason: 'Azure chooses the minor version.' },
  sizing: { can: true, note: 'AWS classes and Single Server sizes are mapped' },
  storage: { can: true, note: 'in the sizes that Azure has, never shrinks' },
  'storage-growth': { can: true, note: 'without a limit' },
  'storage-performance': { can: true, note: 'PremiumV2_LRS, UltraSSD_LRS, or `storage_tier`' },
  encryption: { can: true, note: 'always on' },
  'customer-key': { can: true, note: 'chosen at creation; with `key_identity_id`' },
  'high-availability': { can: true, note: 'zone-redundant; not for burstable sizes' },
  zone: { can: true, note: 'chosen at creation' },
  network: { can: true, note: 'one delegated subnet, with `private_dns_zone_id`' },
  'security-group': {
    can: false,
    reason: 'a server of Azure has firewall rules instead.',
    instead: 'Use `allowed_cidr_blocks`.'
  },
  'allowed-networks': { can: true, note: 'firewall rules, IPv4' },
  'public-access': { can: true },
  port: { can: false, reason: 'Azure always uses 5432.' },
  backups: { can: true, note: '7–35 days' },
  'backup-window': { can: false, reason: 'Azure chooses when to back up.' },
  'geo-backup': { can: true, note: 'chosen at creation' },
  clone: { can: true, note: 'restored from its backups as of now' },
  'point-in-time': { can: true, note: 'into a new database; a deleted one for five days' },
  'maintenance-window': { can: true, note: 'its beginning; a window lasts an hour' },
  snapshots: { can: true, note: 'on-demand backups, deleted with their server; not for burstable sizes' },
  'snapshot-retention': {
    can: false,
    reason: 'an on-demand backup has no expiry.',
    instead: 'Azure keeps seven: delete older ones in the portal.'
  },
  'snapshot-copies': {
    can: false,
    reason: 'a backup stays with its server.',
    instead: 'Set `geo_redundant_backup` for a copy in the paired region.'
  },
  'final-snapshot': {
    can: false,
    reason: 'backups of Azure are deleted with their server.',
    instead: 'Take a dump first.'
  },
  'deletion-protection': { can: true, note: 'a lock on the server' },
  'performance-insights': { can: true, note: 'the query store, up to 30 days' },
  'enhanced-monitoring': { can: false, isAlwaysThere: true, reason: 'Azure always collects metrics of its servers.' },
  alarms: { can: true, note: 'not for read latency' },
  logging: { can: true, note: 'to a Log Analytics workspace, `log_workspace_id`' },
  'log-exports': { can: false, reason: 'Azure has no such list.' },
  'read-replicas': { can: true, note: 'up to five; not for burstable sizes' },
  'replica-names': { can: true },
  'cross-region-replica': { can: true },
  parameters: { can: true, note: 'libraries are added to those that Azure loads' },
  'parameter-group': { can: false, reason: 'Azure has no parameter groups.' },
  'option-group': { can: false, reason: 'Azure has no option groups.' },
  'cloud-authentication': { can: true, note: 'Microsoft Entra ID, with `entra_administrators`' },
  pooling: { can: true, note: 'PgBouncer, port 6432; not for burstable sizes' },
  username: { can: true, note: 'chosen at creation' },
  password: { can: true },
  'password-version': { can: true, note: 'kept as a tag' },
  'runner-access': { can: true, note: 'a firewall rule, for a public server' },
  ...SQL_FEATURES,
  'kept-passwords': {
    can: false,
    reason: 'a key vault is a resource of its own, with a network and rights of its own.',
    instead: 'Set `password_seed`: every run derives the same passwords from it.'
  },
  'connect-through': {
    can: false,
    reason: 'Azure has no other way in.',
    instead: 'Use `runner_access`, or a runner in the virtual network.'
  },
  'identity-login': { can: true, note: 'a token of Microsoft Entra ID' },
  'shared-server': { can: true, note: 'from a runner that reaches it' },
  tags: { can: true }
};
