import type { Observed } from '../../../engine/resource.ts';
import { isKind } from '../../failures.ts';
import { SERVER, SERVER_LANE } from '../addresses.ts';
import { ownershipIn } from './server/copy.ts';
import type { Instance } from '../api/types.ts';

import type { GcpWorld } from '../context.ts';

/**
 * What a question about the inside of an instance brings: `fallback` from one that does not run, which answers none. `undefined`: there is
 * nothing in it yet, or no more.
 */
export async function lookInside<T>(live: Instance, fallback: T, look: () => Promise<T>): Promise<T | undefined> {
  if (live.state === 'PENDING_CREATE' || live.state === 'PENDING_DELETE') return undefined;
  try {
    return await look();
  } catch (thrown) {
    if (isKind(thrown, 'invalid')) return fallback;
    if (isKind(thrown, 'not-found')) return undefined;
    throw thrown;
  }
}

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
