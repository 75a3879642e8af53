import { ProviderError } from '../errors.ts';
import type { HttpAnswer } from './http.ts';

/** What a server may answer at most. */
export interface Limits {
  /** Pages of one list. */
  readonly pages: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
}

/** What has limits of its own. An execution has them in tests only. */
export interface Limited {
  /** Default `LIMITS`. */
  readonly limits?: Limits;
}

/**
 * At a hundred items a page these are more pages than any account has. The largest real answers, price lists and
 * catalogues, have a few million bytes.
 */
export const LIMITS: Limits = { pages: 1000, answerBytes: 64 * 1024 * 1024 };

/**
 * Counts the pages of one list: call it before each is asked for. Throws `provider-failed` for a list that does not
 * end.
 */
export function pageCounter(what: string, { limits = LIMITS }: Limited = {}): () => void {
  let pages = 0;
  return () => {
    pages += 1;
    if (pages > limits.pages) throw endless(what, `it has more than ${limits.pages} pages`);
  };
}

/** The text of an answer, within the limit that `bytesOf` keeps. */
export async function textOf(answer: Pick<HttpAnswer, 'body'>, what: string, limited?: Limited): Promise<string> {
  if (answer.body === null) return '';
  return (await bytesOf(answer.body, what, limited)).toString('utf8');
}

/** The body of an answer. Throws `provider-failed` for one that is longer than an answer may be, as soon as it is. */
export async function bytesOf(
  body: AsyncIterable<Uint8Array | string>,
  what: string,
  limited: Limited = {}
): Promise<Buffer> {
  const { limits = LIMITS } = limited;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limits.answerBytes) throw tooLong(what, limited);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** The failure of an answer that is longer than an answer may be. */
export function tooLong(what: string, { limits = LIMITS }: Limited = {}): ProviderError {
  return endless(what, `it has more than ${limits.answerBytes} bytes`);
}

function endless(what: string, why: string): ProviderError {
  return new ProviderError(`Could not read the answer to ${what}: ${why}`, {
    kind: 'failed',
    hint: 'Check which server answers at the address of this API: it does not behave as the API does.'
  });
}
