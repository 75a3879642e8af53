import { describeMark } from '../../engine/ownership.ts';
import { ActionError, type ProviderError } from '../../errors.ts';
import { isKind } from './aws-errors.ts';
import { ownershipOf, type Tags } from './aws-tags.ts';
import type { AwsWorld } from './aws-world.ts';

/**
 * Makes something whose name is its key. When the name is taken, what has it is looked at: ours (an earlier run was ended in the middle,
 * or its answer was lost) is taken as made; anybody else's is refused with `not-ours`.
 */
export async function makeOnce<T>(
  world: AwsWorld,
  what: string,
  make: () => Promise<T>,
  existing: () => Promise<Tags | undefined>
): Promise<T | undefined> {
  try {
    return await make();
  } catch (thrown) {
    if (!isKind(thrown, 'already-exists')) throw thrown;
    await refuseOthers(world, what, await existing(), thrown);
    world.context.log.info(`${what} exists already and is ours: going on with it`);
    return undefined;
  }
}

async function refuseOthers(
  world: AwsWorld,
  what: string,
  tags: Tags | undefined,
  cause: ProviderError
): Promise<void> {
  const owner = ownershipOf(tags ?? {}, world.target);
  if (owner.kind === 'ours') return;
  const whose = owner.kind === 'foreign' ? `belongs to ${describeMark(owner.mark)}` : 'carries no ownership mark';
  throw new ActionError(`Create ${what}: the name is taken by one that ${whose}`, {
    code: 'not-ours',
    source: 'user',
    cause,
    hint: 'Choose another `name`, or take it over with `adopt_existing: true` after reading what would change.'
  });
}
