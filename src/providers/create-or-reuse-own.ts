import { defined } from '../engine/defined.ts';
import { describeOwner, type Ownership } from '../engine/ownership.ts';
import type { CreationWork } from '../engine/resource.ts';
import { ActionError, type ProviderError } from '../errors.ts';
import { isFailure } from './failures.ts';

/** The part of a creation's work that this needs. */
export type Creating = Pick<CreationWork, 'execution' | 'foundExisting'>;

/**
 * Creates a resource whose name is its key. When the name is taken, the owner is read. Our own resource (of an
 * interrupted run, or of a lost answer) counts as created: the result is `undefined`, and the work is told. Never
 * returns another owner's: throws `not-ours`. A name that nothing has is kept of something deleted: `reserved` says how
 * to go on.
 */
export async function createOrReuseOwn<T>(
  work: Creating,
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
    goOnWith(work, what, found, thrown);
    return undefined;
  }
}

/**
 * The same for a service that takes the creation of what exists for a change of it: the owner is read before anything
 * is sent.
 */
export async function createUnlessThere(
  work: Creating,
  what: string,
  make: () => Promise<void>,
  owner: () => Promise<Ownership | undefined>,
  reserved?: string
): Promise<void> {
  const found = await owner();
  if (found === undefined) await createOrReuseOwn(work, what, make, owner, reserved);
  else goOnWith(work, what, found);
}

function goOnWith({ execution, foundExisting }: Creating, what: string, owner: Ownership, cause?: ProviderError): void {
  refuseOthers(what, owner, cause);
  execution.log.info(`${what} exists already and is ours: going on with it`);
  foundExisting();
}

/** What a call whose answer was lost looks for: the work is told of what it finds, which another run may have made. */
export function tellingOf<T>({ foundExisting }: Creating, look: () => Promise<T | undefined>): typeof look {
  return async () => {
    const found = await look();
    if (found !== undefined) foundExisting();
    return found;
  };
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
