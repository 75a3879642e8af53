import type { Context } from '../engine/context.ts';
import { describeMark, type Ownership } from '../engine/ownership.ts';
import { ActionError, type ProviderError } from '../errors.ts';
import { isKind } from './failures.ts';

/**
 * Makes something whose name is its key. When the name is taken, what has it is looked at: ours (an earlier run was ended in the middle,
 * or its answer was lost) is taken as made, and the answer is `undefined`; anybody else's is refused with `not-ours`.
 */
export async function makeOnce<T>(
  { context }: { readonly context: Context },
  what: string,
  make: () => Promise<T>,
  owner: () => Promise<Ownership>
): Promise<T | undefined> {
  try {
    return await make();
  } catch (thrown) {
    if (!isKind(thrown, 'already-exists')) throw thrown;
    refuseOthers(what, await owner(), thrown);
    context.log.info(`${what} exists already and is ours: going on with it`);
    return undefined;
  }
}

function refuseOthers(what: string, owner: Ownership, cause: ProviderError): void {
  if (owner.kind === 'ours') return;
  const whose = owner.kind === 'foreign' ? `belongs to ${describeMark(owner.mark)}` : 'carries no ownership mark';
  throw new ActionError(`Create ${what}: the name is taken by one that ${whose}`, {
    code: 'not-ours',
    source: 'user',
    cause,
    hint: 'Choose another `name`, or take it over with `adopt_existing: true` after reading what would change.'
  });
}
