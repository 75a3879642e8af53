import { ProviderError } from '../errors.ts';

/** Whether an answer names another address in the place of an answer. */
export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

/**
 * The failure of a call that is answered with another address. It is not followed: the request carries a token, and may
 * hold a password. `location` is the header of the answer.
 */
export function ledElsewhere(what: string, location: string | null | undefined): ProviderError {
  const host = URL.parse(location ?? '')?.host;
  return new ProviderError(
    `Could not call ${what}: the answer leads to another address${host === undefined || host === '' ? '' : `, on ${host}`}`,
    { kind: 'failed', hint: 'Check the proxy and the address that is set for this API: the API answers by itself.' }
  );
}
