import { ProviderError, type FailureKind } from '../errors.ts';

/** Failures of a read that a plan can do without, on any cloud: no permission, and an API that failed in every try. */
export const UNREADABLE: readonly FailureKind[] = ['denied', 'busy', 'throttled', 'transient'];

/** Whether a call failed with one of these kinds. */
export function isFailure(thrown: unknown, kind: FailureKind): thrown is ProviderError {
  return thrown instanceof ProviderError && thrown.kind === kind;
}

/** The answer, or `undefined` when the resource does not exist. */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (isFailure(thrown, 'not-found')) return undefined;
    throw thrown;
  }
}

/** A mutation for which these failures mean that its goal is reached already. */
export async function ignoring<T>(kinds: readonly FailureKind[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (thrown instanceof ProviderError && kinds.includes(thrown.kind)) return undefined;
    throw thrown;
  }
}
