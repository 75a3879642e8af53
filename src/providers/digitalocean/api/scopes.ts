import { ActionError } from '../../../errors.ts';
import { isFailure } from '../../failures.ts';

/**
 * The answer of a call whose scope every run needs. Throws `permission-denied` with `failure` as its message where the
 * token lacks it.
 */
export async function withScope<T>(scope: string, failure: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    throw new ActionError(failure, {
      code: 'permission-denied',
      source: 'user',
      cause: thrown,
      hint: `Give the token the scope \`${scope}\`, which every run needs; docs/permissions/digitalocean.md lists them all.`
    });
  }
}
