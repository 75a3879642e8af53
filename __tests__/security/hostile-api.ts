import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { Limits } from '../../src/engine/limits.ts';
import { githubClient } from '../../src/github/client.ts';
import { pages } from '../../src/providers/aws/api/pages.ts';
import { openAws } from '../../src/providers/aws/api/client.ts';
import { openAzure } from '../../src/providers/azure/api/client.ts';
import { openDigitalOcean } from '../../src/providers/digitalocean/api/client.ts';
import { openGcp } from '../../src/providers/gcp/api/client.ts';
import { makeCertificate } from '../../src/providers/local/cluster/certificate.ts';
import { all } from '../../src/providers/azure/live-state.ts';
import { fakeContext } from '../support/fake-context.ts';

/** Small limits: a guard that is taken out fails its test at once. */
export const SMALL: Limits = { pages: 3, answerBytes: 64 * 1024 };

/** A server in the place of an API. */
export interface HostileApi {
  readonly url: string;
  readonly asked: () => number;
  stop(): Promise<void>;
}

export async function startHostileApi(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  tls: boolean | 'untrusted' = false
): Promise<HostileApi> {
  let asked = 0;
  const listener: RequestListener = (request, response) => {
    asked += 1;
    request.resume();
    response.on('error', () => undefined);
    answer(request, response);
  };
  const server =
    tls === false
      ? createHttpServer(listener)
      : createHttpsServer(tls === 'untrusted' ? identity() : trusted(), listener);
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http${tls === false ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => {
        server.close(resolve);
      });
    }
  };
}

let made: { readonly cert: string; readonly key: string } | undefined;

/** Azure's client speaks to no server without TLS. */
function trusted(): { readonly cert: string; readonly key: string } {
  if (made !== undefined) return made;
  made = identity();
  setDefaultCACertificates([...getCACertificates('default'), made.cert]);
  return made;
}

function identity(): { readonly cert: string; readonly key: string } {
  const { certificate, key } = makeCertificate({ commonName: '127.0.0.1', now: new Date() });
  return { cert: certificate, key };
}

/** One call of each client that a run can make, to an API at this address. */
export const CALLS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'AWS in XML': async url => aws(url).call('rds', 'DescribeDBInstances', {}),
  'AWS in JSON': async url => aws(url).call('secretsmanager', 'ListSecrets', {}),
  'AWS, a signed one': async url =>
    aws(url).signed('LookupEvents', { service: 'cloudtrail', target: 'CloudTrail.LookupEvents', input: {} }),
  'Google, Cloud SQL': async url =>
    (await gcp(url)).sql(CALL, async (sdk, options) =>
      sdk.instances.get({ project: 'p', instance: 'orders' }, options)
    ),
  'Google, another API': async url => (await gcp(url)).rest('monitoring', 'GET', '/v3/projects/p', CALL),
  'Azure, through its client': async url =>
    azure(url).call('read', async (client, options) => client.servers.get('shop', 'orders', options)),
  'Azure, another API': async url => azure(url).rest('read', 'GET', '/subscriptions/shop/providers/locks'),
  'DigitalOcean, through dots-wrapper': async url =>
    digitalocean(url).dots('GET /account', async dots => dots.account.getAccount()),
  'DigitalOcean, another call': async url => digitalocean(url).rest('GET', '/databases'),
  GitHub: async url =>
    github(url).send(COMMENTS, async loaded => loaded.rest.issues.listComments({ ...SHOP, issue_number: 1 }))
};

/** One list of each client that goes on from page to page. */
export const LISTS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  AWS: async url =>
    pages(
      async place => aws(url).call('secretsmanager', 'ListSecrets', place),
      ({ SecretList }) => SecretList,
      { limits: SMALL }
    ),
  GitHub: async url =>
    github(url).list(COMMENTS, async (loaded, page) =>
      loaded.rest.issues.listComments({ ...SHOP, issue_number: 1, ...page })
    ),
  Google: async url =>
    (await gcp(url)).all(CALL, async (sdk, pageToken, options) =>
      sdk.instances.list({ project: 'p', pageToken }, options)
    ),
  'Azure, through its client': async url =>
    azure(url).call('read', async (client, options) =>
      all(client.servers.listByResourceGroup('shop', options), { limits: SMALL })
    ),
  'Azure, another API': async url => azure(url).list('read', '/subscriptions/shop/providers/locks'),
  DigitalOcean: async url => digitalocean(url).pages('/databases', 'databases')
};

const CALL = { permission: 'cloudsql.instances.get', subject: 'orders' };
const SUBSCRIPTION = '00000000-0000-4000-8000-000000000000';
const SHOP = { owner: 'acme', repo: 'shop' };
const COMMENTS = { what: 'List the comments', needs: 'pull-requests: read', idempotent: true } as const;

function aws(url: string) {
  const env = { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'aws-secret-key' };
  return openAws(env, fakeContext({ limits: SMALL }), 'eu-west-1', () => undefined);
}

async function gcp(url: string) {
  const headers = async (): Promise<Headers> => new Headers({ authorization: 'Bearer token' });
  const endpoints = {
    sql: url,
    monitoring: url,
    cloudresourcemanager: url,
    logging: url,
    cloudbilling: url,
    secretmanager: url
  };
  return openGcp({
    project: 'p',
    credential: { project: 'p', headers },
    endpoints,
    execution: fakeContext({ limits: SMALL })
  });
}

function azure(url: string) {
  const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return openAzure({
    subscription: SUBSCRIPTION,
    endpoint: url,
    credential,
    execution: fakeContext({ limits: SMALL }),
    firstPause: 1
  });
}

function digitalocean(url: string) {
  return openDigitalOcean('token', `${url}/v2`, fakeContext({ limits: SMALL }), () => undefined);
}

function github(url: string) {
  return githubClient({
    token: 'token',
    apiUrl: url,
    repository: { owner: 'acme', name: 'shop' },
    execution: fakeContext({ limits: SMALL })
  });
}

/** Sends an answer that ends far behind the limit: one without an end would hold a test that fails. */
export function sendEndlessly(_request: IncomingMessage, response: ServerResponse): void {
  const chunk = Buffer.alloc(16 * 1024, ' ');
  let left = (16 * SMALL.answerBytes) / chunk.length;
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

/** Sends a small answer that is a very large one. */
export const bomb: (request: IncomingMessage, response: ServerResponse) => void = (() => {
  const body = gzipSync(Buffer.alloc(SMALL.answerBytes + 1, ' '));
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
  };
})();
