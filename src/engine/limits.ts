import { ProviderError } from '../errors.ts';

/** Pages of one list. At a hundred items a page this is more than any account has. */
export const MOST_PAGES = 1000;
/** Bytes of one answer. The largest real ones, price lists and catalogues, have a few million. */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Counts the pages of one list: call it before each is asked for. Throws `provider-failed` for a list that does not
 * end.
 */
export function pageCounter(what: string): () => void {
  let pages = 0;
  return () => {
    pages += 1;
    if (pages > MOST_PAGES) throw endless(what, `it has more than ${MOST_PAGES} pages`);
  };
}

/** The text of an answer, within the limit that `bytesOf` keeps. */
export async function textOf(answer: Response, what: string): Promise<string> {
  if (answer.body === null) return '';
  return (await bytesOf(answer.body, what)).toString('utf8');
}

/** The body of an answer. Throws `provider-failed` for one that is longer than an answer may be, as soon as it is. */
export async function bytesOf(body: AsyncIterable<Uint8Array | string>, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) throw tooLong(what);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** The failure of an answer that is longer than an answer may be. */
export function tooLong(what: string): ProviderError {
  return endless(what, `it has more than ${MOST_ANSWER_BYTES} bytes`);
}

function endless(what: string, why: string): ProviderError {
  return new ProviderError(`Could not read the answer to ${what}: ${why}`, {
    kind: 'failed',
    hint: 'Check which server answers at the address of this API: it does not behave as the API does.'
  });
}
