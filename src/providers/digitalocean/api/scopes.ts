import { ActionError } from '../../../errors.ts';
import { isFailure } from '../../failures.ts';

/** What a call says that needs a scope which every run needs. Throws `permission-denied`, with `without` as the sentence, where the token lacks it. */
export async function withScope<T>(scope: string, without: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    throw new ActionError(without, {
      code: 'permission-denied',
      source: 'user',
      cause: thrown,
      hint: `Give the token the scope \`${scope}\`, which every run needs: docs/permissions/digitalocean.md.`
    });
  }
}
