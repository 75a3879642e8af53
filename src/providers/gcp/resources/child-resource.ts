import { isUnfinished } from '../../../engine/ownership.ts';
import type { Observed } from '../../../engine/resource.ts';
import { ignoring, isFailure } from '../../failures.ts';
import { childResources, type ChildKind } from '../../child-resources.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { ownershipIn } from './server/copy.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';

/**
 * The answer to a question about the contents of an instance; `fallback` from a stopped one, which answers none.
 * `undefined` while the instance is created or deleted.
 */
export async function observeChildren<T>(live: Instance, fallback: T, ask: () => Promise<T>): Promise<T | undefined> {
  if (live.state === 'PENDING_CREATE' || live.state === 'PENDING_DELETE') return undefined;
  try {
    return await ask();
  } catch (thrown) {
    if (isFailure(thrown, 'invalid')) return fallback;
    if (isFailure(thrown, 'not-found')) return undefined;
    throw thrown;
  }
}

/** A resource inside the instance: it has the same owner, is deleted with it, and shares its concurrency group. */
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

/** Failures of a list that is read only to name what others keep on the instance. */
const UNREADABLE = ['denied', 'transient', 'throttled', 'invalid', 'not-found', 'failed'] as const;

/**
 * The databases or users that no input names: those of others stop a destroy. Where they may not be listed, Cloud SQL
 * deletes them with the instance. `named` are left out.
 */
export async function childrenOfOthers(
  context: GcpContext,
  live: Instance,
  kind: ChildKind,
  named: readonly string[],
  names: () => Promise<readonly string[]>
): Promise<readonly Observed[]> {
  const server = ownershipIn(context, live);
  // An unfinished copy still has the memory of its source.
  const isPossible = server.kind === 'ours' && server.mark.ownTags !== undefined && !isUnfinished(server);
  if (!isPossible || context.target.pullRequest !== undefined || live.state !== 'RUNNABLE') return [];
  const all = (await ignoring(UNREADABLE, names())) ?? [];
  const { target } = context;
  return childResources({ target, server, kind, names: all.filter(one => !named.includes(one)), named: undefined });
}
