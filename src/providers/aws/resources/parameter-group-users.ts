import type { DBInstance } from '@aws-sdk/client-rds';
import type { Work } from '../../../engine/resource.ts';
import type { AwsWorld } from '../context.ts';
import { isRebootPending } from './server/state.ts';
import { describeInstance, waitForInstance } from './server/wait.ts';
import { reboot } from './server/update.ts';

/**
 * After a change of a parameter group: waits until the instances that use it have it, and reboots those that wait for that where the
 * workflow allows it. Replicas come first: one with smaller limits than its source stops replaying.
 */
export async function settleUsers(world: AwsWorld, work: Work, group: string): Promise<void> {
  const users = [...(await world.reading().instances()).values()].filter(live => usesGroup(live, group));
  const replicasFirst = users.sort((a, b) => Number(isReplica(b)) - Number(isReplica(a)));
  for (const user of replicasFirst) {
    const ref = { id: user.DBInstanceIdentifier ?? '' };
    const now = await describeInstance(world, ref);
    if (now === undefined || now.DBInstanceStatus === 'deleting') continue;
    const live = await waitForInstance(world, work.context, ref, {
      what: `parameters of ${ref.id}`,
      usually: 'a minute',
      bearable: ['incompatible-parameters']
    });
    const broken = live.DBInstanceStatus === 'incompatible-parameters';
    if (broken || (world.options.allowRestart === true && isRebootPending(live))) await reboot(world, work, ref);
  }
}

function usesGroup(live: DBInstance, group: string): boolean {
  return (live.DBParameterGroups ?? []).some(one => one.DBParameterGroupName === group);
}

function isReplica(live: DBInstance): boolean {
  return live.ReadReplicaSourceDBInstanceIdentifier !== undefined;
}
