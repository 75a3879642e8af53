import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** One request and what was answered. */
export interface Exchange {
  /** ISO time. */
  readonly t: string;
  readonly method: string;
  /** Path and query, without GitHub Enterprise Server's `/api/v3`. */
  readonly url: string;
  /** The route as the API description spells it; `undefined` when there is none. */
  readonly route: string | undefined;
  /** With the authorization masked. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `undefined` when the connection was cut. */
  readonly status: number | undefined;
  readonly resHeaders: Readonly<Record<string, string>>;
  readonly resBody: string;
  /** The API description describes this route's answers with this status. */
  readonly described: boolean;
}

/**
 * Appends an exchange to `$PGKEEP_RECORD_DIR/github.jsonl`, when that variable is set, as a line for the contract
 * check. An answer that the API description has no word on (a 502, a 403 on a route whose 403 it leaves out) is kept as
 * `undescribed`, so that the request is still held to the description and the answer is not.
 */
export function recordExchange(exchange: Exchange): void {
  const folder = process.env['PGKEEP_RECORD_DIR'];
  if (folder === undefined || folder === '' || !exchange.url.startsWith('/')) return;
  const { route, described, status, resHeaders, resBody, ...request } = exchange;
  if (route === undefined || route === 'POST /graphql') return;
  const line = described
    ? { ...request, status, resHeaders, resBody }
    : { ...request, undescribed: status ?? 'no answer' };
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, 'github.jsonl'), `${JSON.stringify(line)}\n`);
}
