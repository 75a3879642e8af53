import { createOrReuseOwn } from '../../create-or-reuse-own.ts';
import { ownershipOf, type Tags } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';

/** Creates a resource that names its owner in its tags, once: see `createOrReuseOwn`. */
export async function createTagged<T>(
  context: AwsContext,
  what: string,
  make: () => Promise<T>,
  existing: () => Promise<Tags | undefined>
): Promise<T | undefined> {
  return createOrReuseOwn(context, what, make, async () => ownershipOf((await existing()) ?? {}, context.target));
}
