import type { DBInstance } from '@aws-sdk/client-rds';
import type { Work } from '../../../engine/resource.ts';
import { ignoring } from '../../failures.ts';
import { allInstances } from '../live-state.ts';
import type { AwsContext } from '../context.ts';
import { isRebootPending } from './server/state.ts';
import { describeInstance, waitForInstance } from './server/wait.ts';
import { reboot } from './server/update.ts';

/**
 * After a change of a parameter group: waits until the instances that use it have it, and reboots those that wait for
 * that where the workflow allows it. Replicas come first: one with smaller limits than its source stops replaying.
 */
export async function settleUsers(context: AwsContext, work: Work, group: string): Promise<void> {
  const users = [...(await context.liveState().instances()).values()].filter(live => usesGroup(live, group));
  const replicasFirst = users.sort((a, b) => Number(isReplica(b)) - Number(isReplica(a)));
  for (const user of replicasFirst) {
    const ref = { id: user.DBInstanceIdentifier ?? '' };
    const now = await describeInstance(context, ref);
    if (now === undefined || now.DBInstanceStatus === 'deleting') continue;
    const live = await waitForInstance(context, work.execution, ref, {
      what: `parameters of ${ref.id}`,
      usually: 'a minute',
      accepts: ['incompatible-parameters']
    });
    const broken = live.DBInstanceStatus === 'incompatible-parameters';
    if (broken || (context.options.allowRestart === true && isRebootPending(live))) await reboot(context, work, ref);
  }
}

/** The instances that use a group, as far as they may be listed. */
export async function usersOf(context: AwsContext, group: string): Promise<readonly string[]> {
  const all = await ignoring(['denied', 'transient', 'throttled'], allInstances(context.call));
  return (all ?? []).filter(live => usesGroup(live, group)).map(live => `instance ${live.DBInstanceIdentifier ?? ''}`);
}

function usesGroup(live: DBInstance, group: string): boolean {
  return (live.DBParameterGroups ?? []).some(one => one.DBParameterGroupName === group);
}

function isReplica(live: DBInstance): boolean {
  return live.ReadReplicaSourceDBInstanceIdentifier !== undefined;
}
