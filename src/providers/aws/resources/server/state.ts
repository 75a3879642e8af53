import type { DBInstance } from '@aws-sdk/client-rds';
import type { Observed, Repair } from '../../../../engine/resource.ts';
import type { Value } from '../../../../engine/value.ts';
import { GONE_FIRST } from '../../../operations.ts';
import { fromList, markOf, STORAGE } from '../../api/tags.ts';
import { majorOf, orderOfVersions } from '../../live-state.ts';
import { liveValue, tenthMore } from './field.ts';

/** Whether a static parameter or a newly associated group waits for a reboot. */
export function isRebootPending(live: DBInstance): boolean {
  return (live.DBParameterGroups ?? []).some(group => group.ParameterApplyStatus === 'pending-reboot');
}

/** The option group; the queued one where one waits. RDS does not list it among the queued values. */
export function optionGroupOf({ OptionGroupMemberships: groups = [] }: DBInstance): string | undefined {
  return (groups.find(({ Status: status = '' }) => /apply/.test(status)) ?? groups[0])?.OptionGroupName;
}

/**
 * States in which the instance works and takes changes: its volume may be optimized, or filled from a backup, for hours
 * or days. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Status.html
 */
export const WORKING: readonly string[] = ['available', 'storage-optimization', 'storage-initialization'];

/** The state that ends when its key is back and it is started. */
export const RECOVERABLE = 'inaccessible-encryption-credentials-recoverable';

/** States that RDS does not leave by itself. The events of the instance say why. */
export const HOPELESS: readonly string[] = [
  'failed',
  'inaccessible-encryption-credentials',
  RECOVERABLE,
  'incompatible-create',
  'incompatible-credentials',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'insufficient-capacity',
  'modify-failed',
  'upgrade-failed',
  'restore-error',
  'storage-full',
  'unsupported-configuration'
];

/** Those of them in which RDS takes the change that repairs the instance. */
export const REPAIRABLE: readonly string[] = ['storage-full', 'incompatible-parameters'];

const HINTS: Readonly<Record<string, string>> = {
  deleting: GONE_FIRST,
  'incompatible-parameters':
    'Lower the parameters that ask for memory (`shared_buffers`, `max_connections`) and apply again: the server does not start with these.',
  'incompatible-network': 'Free an address in each subnet of the subnet group, then start the instance in the console.',
  'storage-full':
    'Raise `allocated_storage` with `apply_immediately: true`, and set `max_allocated_storage` so that it grows by itself.',
  'insufficient-capacity':
    'Destroy it with `skip_final_snapshot: true`: it was never made. Then apply with another `instance_class` or zone, for which AWS has capacity.',
  // https://repost.aws/knowledge-center/rds-aurora-inaccessible-state
  [RECOVERABLE]:
    'Enable the KMS key again and let RDS use it, then run `command: start`. RDS gives the instance up after seven days.',
  'inaccessible-encryption-credentials':
    'Enable the KMS key again, then restore a backup under another `name` (`restore_from_snapshot` or `restore_source`): RDS has given this instance up.'
};

/** What leads out of a state of `HOPELESS`, or `deleting`. */
export function hintOf(status: string): string {
  return (
    HINTS[status] ?? 'Read the events of the instance in the RDS console, and ask AWS support if they do not help.'
  );
}

/** An apply restarts a server that does not start with its parameters, after it has changed them. */
export function repairOf(status: string): Repair | undefined {
  const isFinal = HOPELESS.includes(status) || status === 'deleting';
  if (!isFinal || status === 'incompatible-parameters') return undefined;
  return { hint: hintOf(status), ...(status === 'storage-full' ? { by: 'allocated_storage' } : {}) };
}

/** What leads out of a replication that does not recover. */
export const REPLACE_REPLICA =
  'Delete the replica in the RDS console, then run the workflow again: it makes another one.';

/** Why a replica does not follow its source; `undefined` for one that does, or will. */
export function brokenReplication({
  StatusInfos: infos = []
}: DBInstance): { readonly message: string; readonly isFinal: boolean } | undefined {
  const found = infos.find(one => one.StatusType === 'read replication');
  const { Status: status = '', Message: words = '' } = found ?? {};
  if (!['error', 'stopped', 'terminated'].includes(status)) return undefined;
  return {
    message: `its replication is \`${status}\`${words === '' ? '' : `. AWS says: ${words}`}`,
    isFinal: status === 'terminated'
  };
}

/** Whether a status is that of a stopped instance. */
export function isStopped(status: Value | undefined): boolean {
  return status === 'stopped' || status === 'stopping';
}

/** The stopped state as a plan tells it; `undefined` for an instance that is not stopped. */
export function stoppedState(live: DBInstance): Observed['stopped'] {
  if (!isStopped(live.DBInstanceStatus)) return undefined;
  const { AutomaticRestartTime: at } = live;
  return { returns: `is started by RDS ${at === undefined ? 'after 7 days' : `at ${at.toISOString()}`}` };
}

/**
 * `available` for every state in which the instance works or soon will by itself. Others, and `creating`, stay as they
 * are. So a plan made during a nightly backup equals one made an hour later.
 */
export function stateOf(live: DBInstance): string {
  const status = live.DBInstanceStatus ?? 'unknown';
  return HOPELESS.includes(status) || ['creating', 'stopped', 'stopping', 'deleting'].includes(status)
    ? status
    : 'available';
}

/**
 * `false` when the live password is known to differ: the call that restores can't set it, and Secrets Manager generates
 * its own.
 */
export function passwordState(live: DBInstance): Value | undefined {
  const isUnset = markOf(fromList(live.TagList))?.unfinished === true;
  return isUnset || live.MasterUserSecret !== undefined ? false : undefined;
}

/** Whether an authority is one that has ended: they have a year in their names. */
export function isRetiredAuthority(authority: Value | undefined): boolean {
  return typeof authority === 'string' && /^rds-ca-20\d\d$/.test(authority);
}

/** `14.20` is at least `14`, `14.9` and `14.20`, within one major. */
export function isAtLeast(live: string, wanted: string): boolean {
  return majorOf(live) === majorOf(wanted) && orderOfVersions(live, wanted) >= 0;
}

/**
 * A plan of AWS Backup with continuous backups sets retention and window itself, and RDS refuses a change of them.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
 */
export function hasBackupPlan(_live: Value, _wanted: Value, { facts }: Observed): boolean {
  return facts['backupPlan'] === true;
}

/**
 * The size that a workflow last asked for, as an apply noted it; `undefined` for a server of an older version or of
 * others.
 */
export function askedStorage(live: DBInstance): number | undefined {
  const size = fromList(live.TagList)[STORAGE];
  return size === undefined ? undefined : Number(size);
}

/**
 * Storage above the asked size matches when it grew by itself: RDS rounds growth up by a tenth, and lets storage grow.
 * Only a size below the last asked one asks to shrink.
 */
export function hasGrown(live: Value, wanted: Value, observed: Observed): boolean {
  if (typeof live !== 'number' || typeof wanted !== 'number' || live < wanted) return false;
  const [ceiling, asked] = [liveValue(observed, 'max_allocated_storage'), observed.facts['askedStorage']];
  const grows = typeof ceiling === 'number' && ceiling > wanted;
  return typeof asked !== 'number' || wanted >= asked || grows || live <= tenthMore(wanted);
}
