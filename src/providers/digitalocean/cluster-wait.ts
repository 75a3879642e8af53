import { waitUntil } from '../../engine/wait.ts';
import { clusterOf, type Cluster, type DoWorld } from './digitalocean-world.ts';

/** Waits until the cluster is usable. A 404 just after it was made says nothing. */
export async function waitForCluster(world: DoWorld, id: string, what: string): Promise<Cluster> {
  const { context, options } = world;
  return waitUntil<Cluster>(context, {
    what,
    usually: '5 min',
    intervalSeconds: world.pollSeconds,
    deadline: options.wait ? options.deadline : context.clock.now(),
    // `online` is still said for a moment after a change was accepted.
    consecutive: options.wait ? 3 : 1,
    look: async () => {
      const live = await clusterOf(world, id);
      if (live?.status === 'online') return { state: 'done', value: live };
      return { state: 'pending', detail: live?.status ?? 'not to be seen yet' };
    }
  });
}
