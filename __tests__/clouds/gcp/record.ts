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

/** Cloud SQL has a description to be held to; what is spoken to its neighbours is recorded apart. */
export type RecordFile = 'gcp' | 'gcp-around';

/** Writes every exchange as a line of JSON to a file in that directory, without its secrets. Nothing, when there is no directory. */
export function recorder(directory: string | undefined): (file: RecordFile, exchange: Exchange) => void {
  if (directory === undefined || directory === '') return () => undefined;
  mkdirSync(directory, { recursive: true });
  return (file, exchange) => {
    const headers = { ...exchange.headers };
    if (headers.authorization !== undefined) headers.authorization = 'Bearer ***';
    const line = {
      t: new Date().toISOString(),
      ...exchange,
      headers,
      body: masked(exchange.body),
      resBody: masked(exchange.resBody)
    };
    appendFileSync(join(directory, `${file}.jsonl`), `${JSON.stringify(line)}\n`);
  };
}

const SECRET = /("(?:password|rootPassword|access_token|subject_token|subjectToken)"\s*:\s*)"(?:[^"\\]|\\.)*"/g;

function masked(body: string): string {
  return body.replace(SECRET, '$1"masked"').replace(/((?:^|&)subject_token=)[^&]*/g, '$1masked');
}
