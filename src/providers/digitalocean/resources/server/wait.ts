import { waitUntil } from '../../../../engine/wait.ts';
import type { Execution } from '../../../../engine/execution.ts';
import { ActionError } from '../../../../errors.ts';
import { retryWhileBusy } from '../../../retry-while-busy.ts';
import { ownershipOf } from '../../api/tags.ts';
import { clusterNamed, clusterOf, type Cluster, type DigitalOceanContext } from '../../context.ts';

/** Looks that may find nothing of a cluster that was just made. */
const MOST_UNSEEN = 12;

/** More than rounding up to the next tens of GiB adds. */
const TOO_MUCH_MIB = 10 * 1024;

/**
 * Waits until the cluster is usable, and as a change was to make it: an upgrade goes on while it says `online`. A 404 just after it was made says nothing; one after it was seen, or that goes on, says that it is gone.
 */
export async function waitForCluster(
  context: DigitalOceanContext,
  id: string,
  what: string,
  isThere: (live: Cluster) => boolean = () => true
): Promise<Cluster> {
  const { execution, options } = context;
  let wasSeen = false;
  let unseen = 0;
  return waitUntil<Cluster>(execution, {
    what,
    usually: '5 min',
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    // `online` is still said for a moment after a change was accepted.
    consecutive: options.wait ? 3 : 1,
    look: async () => {
      const live = await clusterOf(context, id);
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
export async function clusterSoon(context: DigitalOceanContext, name: string): Promise<Cluster | undefined> {
  const { clock, signal } = context.execution;
  for (let look = 1; ; look += 1) {
    const live = await clusterNamed(context, name);
    if (live !== undefined || look >= MOST_LOOKS) return live;
    await clock.sleep(context.pollSeconds, signal);
  }
}

/**
 * The id of the cluster that something is done in: known since it was looked at, or looked up, since it was made meanwhile. Throws
 * `plan-changed` when it is gone, or somebody else's by now.
 */
export async function idOf(context: DigitalOceanContext): Promise<string> {
  const { name } = context.target;
  const known = await context.live();
  if (known !== undefined) return known.id;
  const made = await clusterSoon(context, name);
  if (made !== undefined && ownershipOf(made.tags ?? [], context.target).kind === 'ours') return made.id;
  throw new ActionError(`The cluster ${name} is gone since it was looked at`, {
    code: 'plan-changed',
    source: 'provider',
    hint: 'Run the step again: it plans anew.'
  });
}

/** Warns where the cluster has more storage than was asked for: the reference calls the size additional, and the service takes it as all of it. */
export function checkStorage({ execution, target }: DigitalOceanContext, live: Cluster, asked: unknown): void {
  const [has = 0, wanted] = [live.storage_size_mib, Number(asked ?? Number.NaN)];
  if (!(has >= wanted + TOO_MUCH_MIB)) return;
  const inGib = (mib: number): string => `${mib / 1024} GiB`;
  execution.log.warning(`${target.name} has ${inGib(has)} of storage, and ${inGib(wanted)} were asked for`);
}

/** Sends a change when the cluster can take it: it does one thing at a time, and answers 412 to a second. */
export async function whenOnline<T>(
  context: DigitalOceanContext,
  execution: Execution,
  id: string,
  mutate: () => Promise<T>
): Promise<T> {
  const { name } = context.target;
  const free = async (): Promise<unknown> => waitForCluster(context, id, `wait for ${name}`);
  return retryWhileBusy({ what: name, execution, pollSeconds: context.pollSeconds, free }, mutate);
}
