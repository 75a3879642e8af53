import { createOrReuseOwn, type Creating } from '../../create-or-reuse-own.ts';
import { ownershipOf, type Tags } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';

/** Creates a resource that names its owner in its tags, once: see `createOrReuseOwn`. */
export async function createTagged<T>(
  { target }: AwsContext,
  work: Creating,
  what: string,
  make: () => Promise<T>,
  existing: () => Promise<Tags | undefined>
): Promise<T | undefined> {
  return createOrReuseOwn(work, what, make, async () => ownershipOf((await existing()) ?? {}, target));
}
