import { makeOnce } from '../../create-or-reuse-own.ts';
import { ownershipOf, type Tags } from '../api/tags.ts';
import type { AwsWorld } from '../context.ts';

/** Makes something that says by its tags whose it is, once: see `makeOnce`. */
export async function makeTagged<T>(
  world: AwsWorld,
  what: string,
  make: () => Promise<T>,
  existing: () => Promise<Tags | undefined>
): Promise<T | undefined> {
  return makeOnce(world, what, make, async () => ownershipOf((await existing()) ?? {}, world.target));
}
