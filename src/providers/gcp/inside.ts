import type { Observed } from '../../engine/resource.ts';
import { SERVER, SERVER_LANE } from './addresses.ts';
import { ownershipIn } from './copy.ts';
import type { Instance } from './gcp-api.ts';

import type { GcpWorld } from './gcp-world.ts';

/** What lies inside an instance is its owner's, goes with it, and takes its turn with it. */
export function inside(
  world: GcpWorld,
  live: Instance,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields'> & Partial<Pick<Observed, 'facts'>>
): Observed {
  return {
    ownership: ownershipIn(world, live),
    facts: {},
    goesWith: SERVER,
    dependsOn: [SERVER],
    lane: SERVER_LANE,
    ...resource
  };
}
