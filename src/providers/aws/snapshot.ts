import { defined } from '../../engine/defined.ts';
import { markFor } from '../../engine/ownership.ts';
import type { Observed } from '../../engine/resource.ts';
import { waitUntil, type Look } from '../../engine/wait.ts';
import { serverTime } from '../../engine/server-time.ts';
import { ActionError } from '../../errors.ts';
import type { Snapshot } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { orUndefined } from '../failures.ts';
import { refuseStopped } from '../operations.ts';
import { timestamp } from '../names.ts';
import { fromList, toList } from './api/tags.ts';
import { tagsFor, type AwsContext } from './context.ts';
import { retryWhileModifying } from './resources/server/wait.ts';
import { afterSnapshot, COPY_PERMISSIONS, keepUntil, refuseCopies } from './snapshot-copies.ts';
import { createTagged } from './resources/create-tagged.ts';

/** The permissions of `takeSnapshot`. */
export const SNAPSHOT_PERMISSIONS = [
  'rds:CreateDBSnapshot',
  'rds:DescribeDBSnapshots',
  'rds:AddTagsToResource',
  ...COPY_PERMISSIONS
] as const;

/**
 * Takes a manual snapshot and waits until it is complete. An existing one of ours with the given name is awaited and
 * reported, not taken again. Throws `not-found` without a server.
 */
export async function takeSnapshot(context: AwsContext, observed: readonly Observed[]): Promise<Snapshot> {
  const { names, execution, settings } = context;
  if (!observed.some(one => one.address === SERVER)) {
    throw new ActionError(`Could not take a snapshot of ${names.instance}: there is no such database`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply first, or correct `name`, the region or the account.'
    });
  }
  refuseStopped(`take a snapshot of ${names.instance}`, observed);
  await refuseCopies(context);
  const id = settings.snapshot_identifier ?? `${names.instance}-${timestamp(serverTime(execution))}`;
  const describe = async () =>
    (await orUndefined(context.call('rds', 'DescribeDBSnapshots', { DBSnapshotIdentifier: id })))?.DBSnapshots?.[0];
  const make = async (): Promise<unknown> =>
    retryWhileModifying(context, execution, { id: names.instance }, async () =>
      context.call('rds', 'CreateDBSnapshot', {
        DBSnapshotIdentifier: id,
        DBInstanceIdentifier: names.instance,
        Tags: toList({ ...tagsFor(context, markFor(context.target)), ...keepUntil(context, id) })
      })
    );
  const before = settings.snapshot_identifier === undefined ? undefined : await describe();
  await createTagged(context, { execution, foundExisting: () => undefined }, `snapshot ${id}`, make, async () =>
    fromList((await describe())?.TagList)
  );
  const { wait, deadline } = context.options;
  const taken = await waitUntil<Snapshot>(execution, {
    what: `snapshot ${id}`,
    usually: '5–30 min, by the amount of data',
    intervalSeconds: context.pollSeconds,
    deadline: wait ? deadline : execution.clock.now(),
    look: async (): Promise<Look<Snapshot>> => {
      const live = await describe();
      if (live?.Status === 'available') {
        const size = `${live.AllocatedStorage ?? 0} GiB of storage`;
        // A snapshot that was not complete yet was begun by an interrupted run, and this run finishes it.
        const existed = before?.Status === 'available';
        const age = existed ? `, exists since ${live.SnapshotCreateTime?.toISOString() ?? 'earlier'}` : '';
        return {
          state: 'done',
          value: defined({ id, detail: `${size}${age}`, existed: existed || undefined })
        };
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
  const more = await afterSnapshot(context, id);
  return more.length === 0 ? taken : { ...taken, detail: [taken.detail, ...more].join('; ') };
}
