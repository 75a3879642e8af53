import type { DBInstance } from '@aws-sdk/client-rds';
import type { Observed } from '../../../../engine/resource.ts';
import type { Value } from '../../../../engine/value.ts';
import { fromList, PASSWORD } from '../../api/tags.ts';
import { liveValue, tenthMore } from './field.ts';

/** Whether a static parameter, or a newly associated group, waits for a reboot. */
export function isRebootPending(live: DBInstance): boolean {
  return (live.DBParameterGroups ?? []).some(group => group.ParameterApplyStatus === 'pending-reboot');
}

/** The option group, the coming one where another waits for the maintenance window: RDS shows no option group among what is queued. */
export function optionGroupOf({ OptionGroupMemberships: groups = [] }: DBInstance): string | undefined {
  return (groups.find(({ Status: status = '' }) => /apply/.test(status)) ?? groups[0])?.OptionGroupName;
}

/** States that a person has to end, and what each means is in RDS's own words in its events. */
export const HOPELESS: readonly string[] = [
  'failed',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
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

/**
 * `available` for every state in which the instance serves or will by itself; the others, and `creating`, as they are: a plan made while
 * a nightly backup runs must not differ from one made an hour later.
 */
export function stateOf(live: DBInstance): string {
  const status = live.DBInstanceStatus ?? 'unknown';
  return HOPELESS.includes(status) || ['creating', 'stopped', 'stopping', 'deleting'].includes(status)
    ? status
    : 'available';
}

/**
 * `false` where the live password is known to be another one: RDS can't set it in the call that restores, and the one in Secrets Manager
 * is of its own making.
 */
export function passwordState(live: DBInstance): Value | undefined {
  return live.MasterUserSecret !== undefined || PASSWORD in fromList(live.TagList) ? false : undefined;
}

/** `14.20` is at least `14`, `14.9` and `14.20`, within one major. */
export function isAtLeast(live: string, wanted: string): boolean {
  const [have, want] = [live.split('.').map(Number), wanted.split('.').map(Number)];
  return have[0] === want[0] && (want[1] === undefined || (have[1] ?? 0) >= want[1]);
}

/**
 * More than was asked for is as asked when RDS made it so: it rounds an increase up to a tenth more than there was, and lets storage grow
 * by itself up to the ceiling.
 */
export function hasGrown(live: Value, wanted: Value, observed: Observed): boolean {
  if (typeof live !== 'number' || typeof wanted !== 'number' || live < wanted) return false;
  const ceiling = liveValue(observed, 'max_allocated_storage');
  const grows = typeof ceiling === 'number' && ceiling > wanted;
  return grows || observed.facts['hasGrownToCeiling'] === true || live <= tenthMore(wanted);
}
