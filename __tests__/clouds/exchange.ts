import { appendFileSync, mkdirSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';

/** In which a fake tells the name of its action, besides what the real service answers. */
export const ACTION_HEADER = 'x-fake-action';

/** One request to a fake cloud and what was answered. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
  readonly resHeaders: Readonly<Record<string, string>>;
  readonly resBody: string;
}

/**
 * Text that a cloud's record must not show: each match is replaced by its text, in both bodies and in the values of
 * headers.
 */
export type Masks = readonly (readonly [pattern: RegExp, by: string])[];

let listener: ((exchange: Exchange) => void) | undefined;

/** Tells each exchange with any fake, whole, until the work has ended. One at a time. */
export async function overhear(work: () => Promise<unknown>): Promise<readonly Exchange[]> {
  const heard: Exchange[] = [];
  listener = exchange => heard.push(exchange);
  try {
    await work();
  } finally {
    listener = undefined;
  }
  return heard;
}

/**
 * Writes an exchange, without its secrets, as a line of JSON to `<name>.jsonl` in that directory, for the contract
 * check. Nothing, when there is no directory.
 */
export function recorder(directory: string | undefined, masks: Masks): (name: string, exchange: Exchange) => void {
  if (directory === undefined || directory === '') return (_name, exchange) => listener?.(exchange);
  mkdirSync(directory, { recursive: true });
  const masked = (text: string): string => masks.reduce((so, [pattern, by]) => so.replace(pattern, by), text);
  return (name, exchange) => {
    listener?.(exchange);
    const line = {
      t: new Date().toISOString(),
      ...exchange,
      headers: withoutTokens(exchange.headers),
      body: masked(exchange.body),
      resBody: masked(exchange.resBody)
    };
    appendFileSync(join(directory, `${name}.jsonl`), `${JSON.stringify(line)}\n`);
  };
}

/** Of the authorization only its scheme, and of a signature the signed headers: the rest stays private. */
function withoutTokens(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { authorization, ...others } = headers;
  const token = others['x-amz-security-token'] === undefined ? {} : { 'x-amz-security-token': '***' };
  if (authorization === undefined) return { ...others, ...token };
  const shown = authorization.startsWith('AWS4-')
    ? authorization.replace(/Signature=\w+/, 'Signature=***')
    : authorization.replace(/ .*/, ' ***');
  return { ...others, ...token, authorization: shown };
}

/** Whether a body is sent as JSON. The services refuse a body of any other type, or read none. */
export function isJsonType(type: string | undefined): boolean {
  return /^application\/json(?:;|$)/.test(type ?? '');
}
