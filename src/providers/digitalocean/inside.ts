import type { Observed } from '../../engine/resource.ts';
import { SERVER } from './digitalocean-names.ts';
import { ownershipOf } from './digitalocean-tags.ts';
import type { Cluster, DoWorld } from './digitalocean-world.ts';

/** What lies inside a cluster belongs to whom the cluster belongs to, goes with it, and takes its turn with it: it does one thing at a time. */
export function inside(
  world: DoWorld,
  live: Cluster,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields'> & Partial<Pick<Observed, 'facts' | 'losesData'>>
): Observed {
  return {
    ownership: ownershipOf(live.tags ?? [], world.target),
    facts: {},
    goesWith: SERVER,
    dependsOn: [SERVER],
    lane: SERVER,
    ...resource
  };
}
