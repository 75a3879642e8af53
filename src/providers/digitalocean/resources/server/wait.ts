import { waitUntil, type Look } from '../../../../engine/wait.ts';
import type { Execution } from '../../../../engine/execution.ts';
import type { Value } from '../../../../engine/value.ts';
import { ActionError } from '../../../../errors.ts';
import { retryWhileBusy } from '../../../retry-while-busy.ts';
import { clusterNamed, clusterOf, hopelessness, statusInWords } from '../../api/clusters.ts';
import { ownershipOf } from '../../api/tags.ts';
import type { Cluster } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import { inGib } from './convert.ts';

/** Reads by id that may miss a cluster or a replica that was just created. */
const MOST_UNSEEN = 12;

interface Sightings {
  seen(): void;
  /** The state of the wait after a read that found nothing. */
  missed(): Look<never>;
}

/**
 * A 404 right after the creation means nothing; one after the cluster or replica was seen, or that stays, means that it
 * is gone.
 */
export function sightingsOf(what: 'cluster' | 'replica', most = MOST_UNSEEN): Sightings {
  let mayMiss = most;
  return {
    seen: () => {
      mayMiss = 0;
    },
    missed: () => {
      if (mayMiss === 0) {
        return { state: 'failed', message: `the ${what} does not exist`, hint: 'Run the workflow again.' };
      }
      mayMiss -= 1;
      return { state: 'pending', detail: 'not listed yet' };
    }
  };
}

/** More than rounding up to the next tens of GiB adds. */
const TOO_MUCH_MIB = 10 * 1024;

/** Waits until the cluster is usable and `isDone`: an upgrade goes on while the cluster says `online`. */
export async function waitForCluster(
  context: DigitalOceanContext,
  id: string,
  what: string,
  isDone: (live: Cluster) => boolean = () => true
): Promise<Cluster> {
  const { execution, options } = context;
  const sightings = sightingsOf('cluster');
  return waitUntil<Cluster>(execution, {
    what,
    usually: '5 min',
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    // A cluster says `online` for a moment after a change was accepted.
    consecutive: options.wait ? 3 : 1,
    look: async () => {
      const live = await clusterOf(context, id);
      if (live === undefined) return sightings.missed();
      sightings.seen();
      const { status } = live;
      if (status !== 'online') return hopelessness(status) ?? { state: 'pending', detail: statusInWords(status) };
      return isDone(live) ? { state: 'done', value: live } : { state: 'pending', detail: 'online, not changed yet' };
    }
  });
}

/** Looks for a cluster that was just created before it counts as absent. */
export const MOST_LOOKS = 4;

/** What may have been created a moment ago, and is not shown yet. After `most` reads without it, it is absent. */
export async function shownSoon<T>(
  { execution, options, pollSeconds }: DigitalOceanContext,
  what: string,
  most: number,
  find: () => Promise<T | undefined>
): Promise<T | undefined> {
  let left = most;
  const { found } = await waitUntil<{ readonly found: T | undefined }>(execution, {
    what: `look for ${what}`,
    intervalSeconds: pollSeconds,
    deadline: options.deadline,
    look: async () => {
      const live = await find();
      left -= 1;
      if (live !== undefined || left <= 0) return { state: 'done', value: { found: live } };
      return { state: 'pending', detail: 'not listed yet' };
    }
  });
  return found;
}

/** The cluster of a name that the list may not show yet. */
export async function clusterSoon(context: DigitalOceanContext, name: string): Promise<Cluster | undefined> {
  return shownSoon(context, name, MOST_LOOKS, async () => clusterNamed(context, name));
}

/**
 * The id of the cluster, which this run has observed or created. Throws `plan-changed` when the cluster is gone, or has
 * another owner by now.
 */
export async function idOf(context: DigitalOceanContext): Promise<string> {
  const { name } = context.target;
  const known = await context.live();
  if (known !== undefined) return known.id;
  const created = await clusterSoon(context, name);
  if (created !== undefined && ownershipOf(created.tags ?? [], context.target).kind === 'ours') return created.id;
  throw new ActionError(`Could not change ${name}: the cluster was deleted after it was planned`, {
    code: 'plan-changed',
    source: 'provider',
    hint: 'Run the step again: it makes a new plan.'
  });
}

/**
 * Warns when the cluster has more storage than asked: the reference calls the size additional, the service takes it as
 * the total.
 */
export function checkStorage(
  { execution, target }: DigitalOceanContext,
  live: Cluster,
  asked: Value | undefined
): void {
  const [has = 0, wanted] = [live.storage_size_mib, Number(asked ?? Number.NaN)];
  if (!(has >= wanted + TOO_MUCH_MIB)) return;
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
