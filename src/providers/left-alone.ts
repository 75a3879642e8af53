import { ProviderError } from '../errors.ts';
import type { DatabaseInput } from '../spec/catalogue.ts';
import { UNREADABLE } from './failures.ts';

/** Something that belongs to a live server, and that an adoption leaves as it is. */
export interface LeftAlone {
  readonly what: string;
  /** Why it was not read. Absent: it was. */
  readonly why?: string;
  /** The input that would take it over. */
  readonly input: DatabaseInput;
  /** It lies inside the server, where a login sees it too. */
  readonly isWithin?: boolean;
}

/**
 * Lists a part of a server by its names: `firewall rules office, vpn`. What this login may not read is listed as that.
 */
export async function leftAlone(
  part: Pick<LeftAlone, 'what' | 'input' | 'isWithin'>,
  names: () => Promise<readonly string[]>
): Promise<readonly LeftAlone[]> {
  try {
    const all = await names();
    return all.length === 0 ? [] : [{ ...part, what: `${part.what} ${all.toSorted().join(', ')}` }];
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || !UNREADABLE.includes(thrown.kind)) throw thrown;
    const { kind, permission, message } = thrown;
    const cause = kind === 'denied' && permission !== undefined ? `${permission} is missing` : message;
    return [{ ...part, why: `not read, because ${cause}` }];
  }
}
