import { appendFileSync, mkdirSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
  readonly resHeaders: Readonly<Record<string, string>>;
  readonly resBody: string;
}

/** Of the operations that the official description has: not the address of a next page or of an operation, which Azure names itself. */
const DESCRIBED =
  /\/providers\/Microsoft\.DBforPostgreSQL\/(?!.*(azureAsyncOperation|operationResults|skiptoken|\/providers\/))/i;

/**
 * Writes every exchange as a line of JSON, without its secrets: to `azure.jsonl` what has an official description here, to
 * `azure-around.jsonl` what has none. Nothing, when there is no directory.
 */
export function recorder(directory: string | undefined): (exchange: Exchange) => void {
  if (directory === undefined || directory === '') return () => undefined;
  mkdirSync(directory, { recursive: true });
  return exchange => {
    const file = DESCRIBED.test(exchange.url) ? 'azure.jsonl' : 'azure-around.jsonl';
    const headers = {
      ...exchange.headers,
      ...(exchange.headers.authorization === undefined ? {} : { authorization: '***' })
    };
    const line = {
      t: new Date().toISOString(),
      ...exchange,
      headers,
      body: masked(exchange.body),
      resBody: masked(exchange.resBody)
    };
    appendFileSync(join(directory, file), `${JSON.stringify(line)}\n`);
  };
}

function masked(text: string): string {
  return text
    .replace(/("administratorLoginPassword"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"Masked-secret-1"')
    .replace(/((?:^|&)(?:client_secret|client_assertion)=)[^&]*/g, '$1masked')
    .replace(/("access_token"\s*:\s*)"[^"]*"/g, '$1"masked"');
}
