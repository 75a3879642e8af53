import { waitUntil } from '../../engine/wait.ts';
import { clusterOf, type Cluster, type DoWorld } from './digitalocean-world.ts';

/** Looks that may find nothing of a cluster that was just made. */
const MOST_UNSEEN = 12;

/**
 * Waits until the cluster is usable. A 404 just after it was made says nothing; one after it was seen, or that goes on, says that it is gone.
 */
export async function waitForCluster(world: DoWorld, id: string, what: string): Promise<Cluster> {
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
      if (live.status === 'online') return { state: 'done', value: live };
      return { state: 'pending', detail: live.status ?? 'unknown' };
    }
  });
}
