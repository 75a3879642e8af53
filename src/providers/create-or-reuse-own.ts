import { defined } from '../engine/defined.ts';
import type { Execution } from '../engine/execution.ts';
import { describeOwner, type Ownership } from '../engine/ownership.ts';
import { ActionError, type ProviderError } from '../errors.ts';
import { isFailure } from './failures.ts';

/**
 * Creates a resource whose name is its key. When the name is taken, the owner is read. Our own resource (of an
 * interrupted run, or of a lost answer) counts as created, and the result is `undefined`. Never returns another
 * owner's: throws `not-ours`. A name that nothing has is kept of something deleted: `reserved` says how to go on.
 */
export async function createOrReuseOwn<T>(
  { execution }: { readonly execution: Execution },
  what: string,
  make: () => Promise<T>,
  owner: () => Promise<Ownership | undefined>,
  reserved = 'Run the workflow again later: a deleted resource can keep its name for a while.'
): Promise<T | undefined> {
  try {
    return await make();
  } catch (thrown) {
    if (!isFailure(thrown, 'already-exists')) throw thrown;
    const found = await owner();
    if (found === undefined) throw nameReserved(what, thrown, reserved);
    refuseOthers(what, found, thrown);
    execution.log.info(`${what} exists already and is ours: going on with it`);
    return undefined;
  }
}

/** Throws `not-ours` for a taken name of another owner. */
export function refuseOthers(what: string, owner: Ownership, cause?: ProviderError): void {
  if (owner.kind === 'ours') return;
  throw new ActionError(`Could not create ${what}: the name is taken by one that ${describeOwner(owner)}`, {
    code: 'not-ours',
    source: 'user',
    ...defined({ cause }),
    hint: 'Choose another `name`, or take it over with `adopt_existing: <name>` after reading what would change.'
  });
}

function nameReserved(what: string, cause: ProviderError, hint: string): ActionError {
  return new ActionError(`Could not create ${what}: the name is taken, although nothing has it. ${cause.message}`, {
    code: 'provider-failed',
    source: 'provider',
    cause,
    hint
  });
}
