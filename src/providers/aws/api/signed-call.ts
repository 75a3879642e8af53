import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { sendRequest } from '../../../engine/http.ts';
import { textOf, type Limited } from '../../../engine/limits.ts';
import { isRedirect, ledElsewhere } from '../../../engine/redirect.ts';

/** A call of a service whose client is not worth its size in the bundle: JSON, signed as the clients do. */
export interface SignedCall {
  /** As in the signature and in the host: `cloudtrail`. */
  readonly service: string;
  /** `X-Amz-Target`. */
  readonly target: string;
  readonly input: unknown;
}

export interface SignedLogin {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Sends a call and returns its parsed answer. Throws an error named by AWS's code, as the clients do. */
export async function sendSigned(
  { service, target, input }: SignedCall,
  {
    region,
    endpoint,
    login,
    now
  }: { readonly region: string; readonly endpoint: string; readonly login: SignedLogin; readonly now: Date },
  signal: AbortSignal,
  limited?: Limited
): Promise<unknown> {
  const url = new URL(endpoint);
  const body = JSON.stringify(input);
  const signer = new SignatureV4({ credentials: login, region, service, sha256: Sha256 });
  const headers = {
    host: url.host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': target,
    'user-agent': 'pgkeep'
  };
  const { protocol, hostname, pathname: path } = url;
  const request = { method: 'POST', protocol, hostname, path, query: {}, headers, body };
  const signed = await signer.sign(request, { signingDate: now });
  // The host follows from the address.
  const { host: _host, ...sent } = signed.headers;
  const response = await sendRequest(url, { method: 'POST', headers: sent, body, signal });
  if (isRedirect(response.status)) throw ledElsewhere(endpoint, response.headers.get('location'));
  const answer = parsed(await textOf(response, endpoint, limited));
  if (response.ok && answer !== undefined) return answer;
  const {
    __type: type,
    message,
    Message = message
  } = (answer ?? {}) as {
    __type?: string;
    message?: string;
    Message?: string;
  };
  throw Object.assign(new Error(Message ?? `status ${response.status}`), {
    name: type?.split('#').at(-1) ?? 'Unknown',
    $metadata: { httpStatusCode: response.status }
  });
}

/** Node's SHA-256 as the signer takes it. */
export class Sha256 {
  readonly #secret: string | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: unknown) {
    this.#secret = secret as string | undefined;
    this.#hash = this.#fresh();
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
