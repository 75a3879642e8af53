import type { Notice } from '../engine/plan.ts';
import { ProviderError } from '../errors.ts';
import { UNREADABLE } from './failures.ts';

/** The notice about a question that this run may not ask. */
export function notChecked(what: string, permission: string): Notice {
  return noticeOf(what, `\`${permission}\` is not allowed`);
}

function noticeOf(what: string, why: string): Notice {
  return { code: 'not-checked', severity: 'warning', message: `Could not check ${what}: ${why}.` };
}

/** An answer, or the notice that there was none. */
export type Checked<T> =
  | { readonly answer: T; readonly notices: readonly [] }
  | { readonly answer?: undefined; readonly notices: readonly [Notice] };

/**
 * For a read that only checks: without an answer the plan goes on, and the cloud decides when it is applied. `what`
 * completes "Could not check …"; `permission` is the one that the call needs, or the call itself.
 */
export async function orNotChecked<T>(what: string, permission: string, call: Promise<T>): Promise<Checked<T>> {
  try {
    return { answer: await call, notices: [] };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || !UNREADABLE.includes(thrown.kind)) throw thrown;
    const why = thrown.kind === 'denied' ? `\`${permission}\` is not allowed` : `\`${permission}\` got no answer`;
    return { notices: [noticeOf(what, why)] };
  }
}
