import type { CapabilityTable } from '../../spec/features.ts';

const LOOPBACK = 'the server listens on the loopback addresses of the runner only';
const RUNNER = 'the server runs on the runner and has its size';

/** What a PostgreSQL on the runner can and cannot do. */
export const capabilities: CapabilityTable = {
  'minor-version': { can: true, note: 'the nearest published minor' },
  sizing: { can: false, reason: `${RUNNER}.` },
  storage: { can: false, reason: `${RUNNER}.` },
  'storage-growth': { can: false, reason: `${RUNNER}.` },
  'storage-performance': { can: false, reason: `${RUNNER}.` },
  encryption: { can: false, reason: "the data lies on the runner's own disk." },
  'customer-key': { can: false, reason: "the data lies on the runner's own disk." },
  'high-availability': { can: false, reason: 'there is one machine.', instead: 'Read replicas are real ones.' },
  zone: { can: false, reason: 'there is one machine.' },
  network: { can: false, reason: `${LOOPBACK}.` },
  'security-group': { can: false, reason: `${LOOPBACK}.` },
  'allowed-networks': { can: false, reason: `${LOOPBACK}.` },
  'public-access': { can: false, reason: `${LOOPBACK}.` },
  port: { can: true },
  backups: { can: false, reason: 'the server ends with the job.', instead: '`command: snapshot` keeps a copy.' },
  'backup-window': { can: false, reason: 'the server ends with the job.' },
  'geo-backup': { can: false, reason: 'the server ends with the job.' },
  clone: { can: true, note: 'of another server on the runner, as it is now' },
  'point-in-time': { can: false, reason: 'no log archive is kept.', instead: 'Restore a snapshot instead.' },
  'maintenance-window': { can: false, reason: 'the server ends with the job.' },
  snapshots: { can: true, note: 'a compressed archive of the whole server' },
  'snapshot-retention': { can: true, note: 'those in `.pgkeep/` that have the time in their name' },
  'snapshot-copies': {
    can: false,
    reason: 'a snapshot is a file in the workspace.',
    instead: 'Upload it in a later step.'
  },
  'final-snapshot': { can: false, reason: 'the server ends with the job.', instead: 'Run `command: snapshot` before.' },
  'deletion-protection': { can: true, note: 'kept by this action' },
  'performance-insights': {
    can: false,
    reason: 'there is no such service.',
    instead: 'Use the extension pg_stat_statements.'
  },
  'enhanced-monitoring': { can: false, reason: 'there is no such service.' },
  alarms: { can: false, reason: 'there is no such service.' },
  logging: { can: true, note: "all statements and connections, in the server's log" },
  'log-exports': { can: false, reason: 'there is no log service.' },
  'read-replicas': { can: true, note: 'streaming standbys on ports of their own' },
  'replica-names': { can: false, reason: 'its replicas are numbered.' },
  'cross-region-replica': { can: false, reason: 'there is one machine.' },
  parameters: { can: true },
  'parameter-group': { can: false, reason: 'there are none.', instead: 'Use `parameters`.' },
  'option-group': { can: false, reason: 'PostgreSQL has no options.' },
  'cloud-authentication': { can: false, reason: 'there is no cloud identity.' },
  pooling: { can: false, reason: 'no pooler is started.' },
  username: { can: true },
  password: { can: true },
  'password-version': { can: true, note: 'a changed `master_password` is detected' },
  extensions: { can: true, note: 'those that come with the server binaries' },
  'init-sql': { can: true },
  'runner-access': { can: false, reason: 'the server is on the runner itself.' },
  'databases-and-roles': { can: true },
  'kept-passwords': { can: true, note: 'always, in the directory of the server' },
  'connect-through': { can: false, reason: 'the server is on the runner itself.' },
  'identity-login': { can: false, reason: 'there is no cloud identity.' },
  'shared-server': { can: true },
  tags: { can: true, note: 'kept in the ownership mark' }
};
