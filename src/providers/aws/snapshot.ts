import { markFor } from '../../engine/ownership.ts';
import type { Observed } from '../../engine/resource.ts';
import { waitUntil, type Look } from '../../engine/wait.ts';
import { ActionError } from '../../errors.ts';
import type { Snapshot } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { found } from '../failures.ts';
import { timestamp } from '../names.ts';
import { fromList, toList } from './api/tags.ts';
import { tagsFor, type AwsWorld } from './context.ts';
import { whenFree } from './resources/server/wait.ts';
import { makeTagged } from './resources/create-tagged.ts';

/** What `takeSnapshot` needs to be allowed. */
export const SNAPSHOT_PERMISSIONS = [
  'rds:CreateDBSnapshot',
  'rds:DescribeDBSnapshots',
  'rds:AddTagsToResource'
] as const;

/**
 * Takes a manual snapshot and waits until it is complete. One of the given name that an earlier run began is waited for, not made twice.
 * Throws `not-found` without a server.
 */
export async function takeSnapshot(world: AwsWorld, observed: readonly Observed[]): Promise<Snapshot> {
  const { names, context, settings } = world;
  if (!observed.some(one => one.address === SERVER)) {
    throw new ActionError(`Take a snapshot of ${names.instance}: there is no such database`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply it first; or correct `name`, the region or the account.'
    });
  }
  const id = settings.snapshot_identifier ?? `${names.instance}-${timestamp(context.clock.now())}`;
  const describe = async () =>
    (await found(world.call('rds', 'DescribeDBSnapshots', { DBSnapshotIdentifier: id })))?.DBSnapshots?.[0];
  const make = async (): Promise<unknown> =>
    whenFree(world, context, { id: names.instance }, async () =>
      world.call('rds', 'CreateDBSnapshot', {
        DBSnapshotIdentifier: id,
        DBInstanceIdentifier: names.instance,
        Tags: toList(tagsFor(world, markFor(world.target)))
      })
    );
  await makeTagged(world, `snapshot ${id}`, make, async () => fromList((await describe())?.TagList));
  const { wait, deadline } = world.options;
  return waitUntil<Snapshot>(context, {
    what: `snapshot ${id}`,
    usually: '5–30 min, by the amount of data',
    intervalSeconds: world.pollSeconds,
    deadline: wait ? deadline : context.clock.now(),
    look: async (): Promise<Look<Snapshot>> => {
      const live = await describe();
      if (live?.Status === 'available') {
        return { state: 'done', value: { id, detail: `${live.AllocatedStorage ?? 0} GiB of storage` } };
      }
      if (live === undefined || live.Status === 'failed') {
        return {
          state: 'failed',
          message: `it is ${live?.Status ?? 'gone'}`,
          hint: "Read the server's events in the RDS console."
        };
      }
      return { state: 'pending', detail: `${live.Status ?? 'unknown'} ${live.PercentProgress ?? 0} %` };
    }
  });
}
