import { ProviderError } from '../../../errors.ts';
import { isFailure } from '../../failures.ts';

/**
 * A removal that was refused in every try because something uses the resource: the failure names the users, as far as
 * they can be read.
 */
export async function namingUsers<T>(
  what: string,
  removal: Promise<T>,
  users: () => Promise<readonly string[]>
): Promise<T> {
  try {
    return await removal;
  } catch (thrown) {
    if (!isFailure(thrown, 'busy')) throw thrown;
    const names = await users();
    const whose = names.length === 0 ? 'something that this run may not see' : names.join(', ');
    throw new ProviderError(`Could not delete ${what}: ${whose} uses it. ${thrown.message}`, {
      kind: 'busy',
      cause: thrown,
      ...(thrown.providerCode === undefined ? {} : { providerCode: thrown.providerCode }),
      hint: `Move or delete ${names.length === 0 ? 'what uses it' : names.join(', ')} first, then run the workflow again.`
    });
  }
}
