import { ProviderError } from '../errors.ts';

/**
 * The failure of a call that was not answered by the API: with the page of a proxy, or with a success of nothing at
 * all. Whether it had an effect is not known, and its 404 does not say that something is gone.
 */
export function foreignAnswer(what: string): ProviderError {
  return new ProviderError(`Could not read the answer to ${what}: it is not an answer of this API`, {
    kind: 'transient',
    hint: 'Check the proxy of this runner: a server on the way answers in the place of the API.'
  });
}

/**
 * A success or a 404 that is a page for people, or a 404 in plain text, as routers on the way write it. Another status
 * says enough by itself.
 */
export function isForeign(status: number, body: Uint8Array | string): boolean {
  if (status >= 300 && status !== 404) return false;
  return isWebPage(body) || (status === 404 && body.length > 0 && !/^\s*[<{]/.test(startOf(body)));
}

/** A page for people, as proxies and sign-in portals send it with status 200 as well. */
export function isWebPage(body: Uint8Array | string): boolean {
  const start = startOf(body).replaceAll(/<!--.*?-->/gs, '');
  return /^\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b/i.test(start);
}

/** The first 1,000 characters of a body, which tell what it is. */
export function startOf(body: Uint8Array | string): string {
  return typeof body === 'string' ? body.slice(0, 1000) : Buffer.from(body.subarray(0, 1000)).toString('utf8');
}
