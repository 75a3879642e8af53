import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Agent as HttpAgent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { defined } from '../../../engine/defined.ts';
import { spellProxies } from '../../../engine/proxies.ts';
import type { Machine } from './machine.ts';
import { authorizationFor, registryOf, type NpmSettings } from './npmrc.ts';
import type { Pin } from './pins.ts';

/** A package as its registry sent it. */
export interface FetchedPackage {
  readonly content: Buffer;
  /** SHA-512 of the content, base64. */
  readonly sha512: string;
}

/** More than the largest package has. */
const MOST_BYTES = 200 * 1024 * 1024;
const MOST_REDIRECTS = 5;
const SILENT_MILLISECONDS = 20_000;

/**
 * Fetches a pinned package from the registry that npm's settings name, with their proxy, certificates and credentials:
 * at the address that every registry has it, else at the one that the registry itself tells. Throws when the registry
 * does not send it; the caller says what to do then.
 */
export async function fetchFromRegistry(
  pin: Pick<Pin, 'package' | 'packageVersion'>,
  settings: NpmSettings,
  machine: Pick<Machine, 'env'>,
  signal: AbortSignal
): Promise<FetchedPackage> {
  const registry = registryOf(settings, pin.package);
  const open = await opener(settings, machine, signal);
  const base = pin.package.split('/').at(-1) ?? pin.package;
  const usual = await open(new URL(`${registry}${pin.package}/-/${base}-${pin.packageVersion}.tgz`));
  if (usual.statusCode === 200) return read(usual);
  usual.resume();
  const document = await open(new URL(`${registry}${pin.package.replace('/', '%2f')}`));
  if (document.statusCode !== 200) throw new Error(`the registry answered ${document.statusCode}`);
  const { content } = await read(document);
  const { versions } = JSON.parse(content.toString('utf8')) as {
    readonly versions?: Readonly<Record<string, { readonly dist?: { readonly tarball?: string } }>>;
  };
  const address = versions?.[pin.packageVersion]?.dist?.tarball;
  if (address === undefined) throw new Error('the registry does not have this version');
  const told = await open(new URL(address));
  if (told.statusCode === 200) return read(told);
  throw new Error(`the registry answered ${told.statusCode}`);
}

type Open = (address: URL) => Promise<IncomingMessage>;

async function opener(settings: NpmSettings, { env }: Pick<Machine, 'env'>, signal: AbortSignal): Promise<Open> {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')]);
  const proxies = proxyEnvironment(settings, env);
  const cafile = settings.get('cafile');
  const ca = settings.get('ca') ?? (cafile === undefined ? undefined : await readFile(cafile, 'utf8'));
  const isStrict = settings.get('strict-ssl') !== 'false';
  const agents: Readonly<Record<string, HttpAgent>> = {
    'http:': new http.Agent({ proxyEnv: proxies }),
    'https:': new https.Agent({ proxyEnv: proxies, rejectUnauthorized: isStrict, ...defined({ ca }) })
  };
  const once = async (address: URL, options: RequestOptions): Promise<IncomingMessage> => {
    const { get } = address.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const request: ClientRequest = get(address, options, resolve);
      request.on('error', reject);
      request.setTimeout(SILENT_MILLISECONDS, () => request.destroy(new Error('the registry does not answer')));
    });
  };
  return async first => {
    let address = first;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      // Credentials go to the registry that they are for, wherever it sends us.
      const authorization = authorizationFor(settings, address);
      const agent = agents[address.protocol];
      const answer = await once(address, defined({ agent, signal, headers: defined({ authorization }) }));
      const { statusCode = 0, headers } = answer;
      if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return answer;
      answer.resume();
      address = new URL(headers.location, address);
    }
    throw new Error('the registry redirects without an end');
  };
}

/** npm's own settings come before the variables of all programs. */
export function proxyEnvironment(settings: NpmSettings, env: Machine['env']): NodeJS.ProcessEnv {
  const variable = (name: string): string | undefined => env[name] ?? env[name.toLowerCase()];
  const https = settings.get('https-proxy') ?? settings.get('proxy') ?? variable('HTTPS_PROXY');
  const http = settings.get('proxy') ?? variable('HTTP_PROXY');
  const except = settings.get('noproxy') ?? variable('NO_PROXY');
  const proxies = defined({ HTTPS_PROXY: https, HTTP_PROXY: http ?? https, NO_PROXY: except });
  spellProxies(proxies);
  return proxies;
}

async function read(answer: IncomingMessage): Promise<FetchedPackage> {
  const digest = createHash('sha512');
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Error(`the registry sends more than ${MOST_BYTES} bytes`);
    digest.update(piece);
    pieces.push(piece);
  }
  return { content: Buffer.concat(pieces), sha512: digest.digest('base64') };
}
