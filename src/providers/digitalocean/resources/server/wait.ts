import { waitUntil } from '../../../../engine/wait.ts';
import type { Context } from '../../../../engine/context.ts';
import { ActionError } from '../../../../errors.ts';
import { whenFree } from '../../../retry-while-busy.ts';
import { ownershipOf } from '../../api/tags.ts';
import { clusterNamed, clusterOf, type Cluster, type DoWorld } from '../../context.ts';

/** Looks that may find nothing of a cluster that was just made. */
const MOST_UNSEEN = 12;

/** More than rounding up to the next tens of GiB adds. */
const TOO_MUCH_MIB = 10 * 1024;

/**
 * Waits until the cluster is usable, and as a change was to make it: an upgrade goes on while it says `online`. A 404 just after it was made says nothing; one after it was seen, or that goes on, says that it is gone.
 */
export async function waitForCluster(
  world: DoWorld,
  id: string,
  what: string,
  isThere: (live: Cluster) => boolean = () => true
): Promise<Cluster> {
  const { context, options } = world;
  let wasSeen = false;
  let unseen = 0;
  return waitUntil<Cluster>(context, {
    what,
    usually: '5 min',
    intervalSeconds: world.pollSeconds,
    deadline: options.wait ? options.deadline : context.clock.now(),
    // `online` is still said for a moment after a change was accepted.
    consecutive: options.wait ? 3 : 1,
    look: async () => {
      const live = await clusterOf(world, id);
      if (live === undefined) {
        unseen += 1;
        if (!wasSeen && unseen <= MOST_UNSEEN) return { state: 'pending', detail: 'not to be seen yet' };
        return { state: 'failed', message: 'it is not there', hint: 'If nobody deleted it meanwhile, apply again.' };
      }
      wasSeen = true;
      if (live.status !== 'online') return { state: 'pending', detail: live.status ?? 'unknown' };
      return isThere(live) ? { state: 'done', value: live } : { state: 'pending', detail: 'online, as it was before' };
    }
  });
}

/** Looks at the list until a cluster of which nobody answered is not there. */
const MOST_LOOKS = 4;

/** The cluster of a name that may have been made a moment ago, when the list does not show it yet. */
export async function clusterSoon(world: DoWorld, name: string): Promise<Cluster | undefined> {
  const { clock, signal } = world.context;
  for (let look = 1; ; look += 1) {
    const live = await clusterNamed(world, name);
    if (live !== undefined || look >= MOST_LOOKS) return live;
    await clock.sleep(world.pollSeconds, signal);
  }
}

/**
 * The id of the cluster that something is done in: known since it was looked at, or looked up, since it was made meanwhile. Throws
 * `plan-changed` when it is gone, or somebody else's by now.
 */
export async function idOf(world: DoWorld): Promise<string> {
  const { name } = world.target;
  const known = await world.live();
  if (known !== undefined) return known.id;
  const made = await clusterSoon(world, name);
  if (made !== undefined && ownershipOf(made.tags ?? [], world.target).kind === 'ours') return made.id;
  throw new ActionError(`The cluster ${name} is gone since it was looked at`, {
    code: 'plan-changed',
    source: 'provider',
    hint: 'Run the step again: it plans anew.'
  });
}

/** Warns where the cluster has more storage than was asked for: the reference calls the size additional, and the service takes it as all of it. */
export function checkStorage({ context, target }: DoWorld, live: Cluster, asked: unknown): void {
  const [has = 0, wanted] = [live.storage_size_mib, Number(asked ?? Number.NaN)];
  if (!(has >= wanted + TOO_MUCH_MIB)) return;
  const inGib = (mib: number): string => `${mib / 1024} GiB`;
  context.log.warning(`${target.name} has ${inGib(has)} of storage, and ${inGib(wanted)} were asked for`);
}

/** Sends a change when the cluster can take it: it does one thing at a time, and answers 412 to a second. */
export async function whenOnline<T>(
  world: DoWorld,
  context: Context,
  id: string,
  mutate: () => Promise<T>
): Promise<T> {
  const { name } = world.target;
  const free = async (): Promise<unknown> => waitForCluster(world, id, `wait for ${name}`);
  return whenFree({ what: name, context, pollSeconds: world.pollSeconds, free }, mutate);
}
