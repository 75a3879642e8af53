import { ProviderError } from '../errors.ts';

/**
 * The failure of a call that was answered with success, and not by the API: by the page of a proxy, or by nothing at
 * all. Whether it had an effect is not known.
 */
export function foreignAnswer(what: string): ProviderError {
  return new ProviderError(`Could not read the answer to ${what}: it is not an answer of this API`, {
    kind: 'transient',
    hint: 'Check the proxy of this runner: a server on the way answers in the place of the API.'
  });
}

/** A page for people, as proxies and sign-in portals send it with status 200. */
export function isWebPage(body: Uint8Array | string): boolean {
  const start = typeof body === 'string' ? body.slice(0, 1000) : Buffer.from(body.subarray(0, 1000)).toString('utf8');
  return /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b/is.test(start);
}
