import type { Observed } from '../../../engine/resource.ts';
import { isFailure } from '../../failures.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { ownershipIn } from './server/copy.ts';
import type { Instance } from '../api/types.ts';

import type { GcpContext } from '../context.ts';

/**
 * What a question about the inside of an instance brings: `fallback` from one that does not run, which answers none. `undefined`: there is
 * nothing in it yet, or no more.
 */
export async function observeChildren<T>(live: Instance, fallback: T, look: () => Promise<T>): Promise<T | undefined> {
  if (live.state === 'PENDING_CREATE' || live.state === 'PENDING_DELETE') return undefined;
  try {
    return await look();
  } catch (thrown) {
    if (isFailure(thrown, 'invalid')) return fallback;
    if (isFailure(thrown, 'not-found')) return undefined;
    throw thrown;
  }
}

/** What lies inside an instance is its owner's, goes with it, and takes its turn with it. */
export function childResource(
  context: GcpContext,
  live: Instance,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields'> & Partial<Pick<Observed, 'facts'>>
): Observed {
  return {
    ownership: ownershipIn(context, live),
    facts: {},
    deletedWith: SERVER,
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP,
    ...resource
  };
}
