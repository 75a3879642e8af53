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

/** Writes every exchange as a line of JSON to `aws.jsonl` in that directory, without its secrets. Nothing, when there is no directory. */
export function recorder(directory: string | undefined): (exchange: Exchange) => void {
  if (directory === undefined || directory === '') return () => undefined;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'aws.jsonl');
  return exchange => {
    const headers = { ...exchange.headers };
    if (headers.authorization !== undefined) {
      headers.authorization = headers.authorization.replace(/Signature=\w+/, 'Signature=***');
    }
    if (headers['x-amz-security-token'] !== undefined) headers['x-amz-security-token'] = '***';
    const line = {
      t: new Date().toISOString(),
      ...exchange,
      headers,
      body: masked(exchange.body),
      resBody: masked(exchange.resBody)
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
}

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/((?:^|&)(?:MasterUserPassword|TdeCredentialPassword|WebIdentityToken)=)[^&]*/g, '$1secret-masked'],
  [/((?:^|&)PreSignedUrl=)[^&]*/g, '$1https%3A%2F%2Fmasked'],
  [/("SecretString"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"masked"'],
  [/<(SecretAccessKey|SessionToken)>[^<]*</g, '<$1>masked<']
];

function masked(text: string): string {
  return SECRETS.reduce((so, [pattern, by]) => so.replace(pattern, by), text);
}
