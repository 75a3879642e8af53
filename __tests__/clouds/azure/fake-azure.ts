import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { setBack } from '../../support/copied-state.ts';
import type { Weather } from '../../support/weather.ts';
import { identity } from '../certificate.ts';
import { faults, type FaultRule } from '../faults.ts';
import { isJsonType, recorder } from '../exchange.ts';
import { AzureFault } from './azure-fault.ts';
import { actionOf, answer, permissionOf, type Answer } from './dispatch.ts';
import { retailPrices } from './retail-prices.ts';
import { MASKS, recordOf } from './record.ts';
import { ACCESS_TOKEN, OWN_OBJECT_ID, CLIENT_SECRET, FEDERATED_TOKEN, tokenCall } from './token.ts';
import type { Fate, Json, Pace, CloudState } from './state.ts';

export interface AzureOptions {
  /** In front of every call. Default: good. */
  readonly weather?: Weather;
  readonly pace?: Partial<Pace>;
  /** How long each answer takes, in milliseconds; read at each. Default 0. */
  readonly latencyMs?: number;
  /** Items a page holds at most. Default 10. */
  readonly pageSize?: number;
  /** How the identity proves itself. Default `secret`. */
  readonly login?: 'secret' | 'federated';
}

/** One call that reached Resource Manager. */
export interface RecordedCall {
  /** `PUT flexibleServers/configurations`. */
  readonly action: string;
  readonly path: string;
  /** `Microsoft.DBforPostgreSQL/flexibleServers/read`. */
  readonly permission: string;
  readonly body: Json;
  readonly mutating: boolean;
  /** 0 when the connection was cut. */
  readonly status: number;
  readonly code?: string;
}

/** A stateful Azure subscription on this machine that can fail, with the part of Entra that issues its tokens. */
export interface FakeAzure {
  readonly url: string;
  /** What a program needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** The live records, to be read in assertions and changed to play someone else. */
  readonly state: CloudState;
  calls(): readonly RecordedCall[];
  /** What the tokens were asked for: `https://management.azure.com/.default`. */
  scopes(): readonly string[];
  /** Only those that change something. */
  mutations(): readonly RecordedCall[];
  /** Seconds that a throttled client is asked to wait. Default 1. */
  retryAfter: number;
  /** Everything that is there, a line each: `server orders`. */
  leftovers(): readonly string[];
  /** The next operation on that server ends in failure. */
  doom(server: string, fate: Fate): void;
  fault(rule: FaultRule): void;
  /** After the effect of the nth mutating call of that action (`*`: any) nothing is answered and `kill` is called. */
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  /** What it returns sets all back to what it holds now, at rest: its calls and faults too. */
  savepoint(): () => void;
  /** Lets this process, too, believe its certificate. */
  trust(): void;
  stop(): Promise<void>;
}

/** Operations as late as the real ones, which leave the server busy. */
export const UNHURRIED: Pace = { create: 3, update: 2, delete: 2, child: 1, busyAfter: 1, stale: 0 };

/** Starts it on a free port of the loopback interface. It has one resource group, `shop` in `eastus`. */
export async function startAzure(options: AzureOptions = {}): Promise<FakeAzure> {
  const cloud = newState(options);
  const active = faults();
  const calls: RecordedCall[] = [];
  const scopes: string[] = [];
  const record = recorder(process.env['PGKEEP_RECORD_DIR'], MASKS);
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-azure-'));
  const { certificate, key, file: caFile } = identity();
  const tokenFile = path.join(folder, 'token');
  writeFileSync(tokenFile, FEDERATED_TOKEN);

  const reply = (request: IncomingMessage, url: URL, text: string): Answer | 'cut' => {
    const token = tokenCall(cloud, url.origin, url.pathname, text);
    if (token !== undefined) {
      const scope = new URLSearchParams(text).get('scope');
      if (scope !== null) scopes.push(...scope.split(' ').filter(one => one.endsWith('/.default')));
      return { ...token, headers: {} };
    }
    if (url.pathname === '/api/retail/prices') {
      if (request.headers.authorization !== undefined) return { status: 400, headers: {}, body: {} };
      if (active.hit('GET prices', false, url.search) !== undefined) return 'cut';
      return { status: 200, headers: {}, body: retailPrices(url) };
    }
    const method = request.method ?? 'GET';
    const action = actionOf(method, url.pathname);
    const mutating = method !== 'GET' && !/checkNameAvailability/i.test(action);
    const body = (text === '' ? {} : JSON.parse(text)) as Json;
    const note = (status: number, code?: string): void => {
      calls.push({
        action,
        path: url.pathname,
        permission: permissionOf({ method, url }),
        body,
        mutating,
        status,
        ...(code === undefined ? {} : { code })
      });
    };
    const refuse = ({ status, code, message }: AzureFault): Answer => {
      note(status, code);
      const headers: Readonly<Record<string, string>> =
        status === 429 ? { 'retry-after': String(fake.retryAfter) } : {};
      return { status, headers, body: { error: { code, message } } };
    };
    const rule = active.hit(action, mutating, `${method} ${url.pathname} ${text}`);
    try {
      if (rule !== undefined && (rule.when ?? 'before') === 'before') throw asFault(rule) ?? new Cut();
      if (request.headers.authorization !== `Bearer ${ACCESS_TOKEN}`)
        throw new AzureFault(401, 'InvalidAuthenticationToken', 'The access token is invalid.');
      if (text !== '' && !isJsonType(request.headers['content-type']))
        throw new AzureFault(415, 'UnsupportedMediaType', "Only 'application/json' is supported.");
      const segments = url.pathname.toLowerCase().split('/').slice(1);
      const said = answer({ cloud, method, path: segments, url, body });
      if (mutating) {
        const [at, operation] = [cloud.now().toISOString(), permissionOf({ method, url })];
        // An action is logged at the resource that it acts on.
        const id = method === 'POST' ? url.pathname.replace(/\/[^/]+$/, '') : url.pathname;
        cloud.trail.push({ at, id, operation, caller: OWN_OBJECT_ID });
      }
      const after = rule === undefined ? undefined : (asFault(rule) ?? new Cut());
      if (after !== undefined) throw after;
      note(said.status);
      return said;
    } catch (thrown) {
      if (thrown instanceof AzureFault && rule?.kill === undefined) return refuse(thrown);
      if (!(thrown instanceof AzureFault) && !(thrown instanceof Cut))
        return refuse(new AzureFault(400, 'FakeIsBroken', String((thrown as Error).stack)));
      note(0);
      rule?.kill?.();
      return 'cut';
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    if ((options.latencyMs ?? 0) > 0) await sleep(options.latencyMs);
    const said = reply(request, new URL(request.url ?? '/', origin), text);
    const isCut = said === 'cut';
    const resBody = isCut || said.body === undefined ? '' : JSON.stringify(said.body);
    const resHeaders = isCut ? {} : { 'content-type': 'application/json', ...said.headers };
    const { method = '', url = '' } = request;
    record(recordOf(url, method, text), {
      method,
      url,
      headers: request.headers,
      body: text,
      // An answer that never came can't be held to anything.
      status: isCut ? 202 : said.status,
      resHeaders,
      resBody
    });
    if (isCut) request.socket.destroy();
    else response.writeHead(said.status, resHeaders).end(resBody);
  };
  const listen = options.weather?.around(serve) ?? serve;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    listen(request, response).catch((thrown: unknown) => {
      response.destroy(thrown instanceof Error ? thrown : undefined);
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const fake: FakeAzure = {
    url: origin,
    state: cloud,
    retryAfter: 1,
    env: {
      ...options.weather?.env,
      AZURE_AUTHORITY_HOST: origin,
      AZURE_RESOURCE_MANAGER_ENDPOINT: origin,
      ARM_ENDPOINT: origin,
      AZURE_RETAIL_PRICES_ENDPOINT: origin,
      AZURE_SUBSCRIPTION_ID: cloud.subscription,
      AZURE_TENANT_ID: cloud.tenant,
      AZURE_CLIENT_ID: '33333333-3333-4333-8333-333333333333',
      NODE_EXTRA_CA_CERTS: caFile,
      ...(options.login === 'federated'
        ? { AZURE_FEDERATED_TOKEN_FILE: tokenFile }
        : { AZURE_CLIENT_SECRET: CLIENT_SECRET })
    },
    calls: () => calls,
    scopes: () => scopes,
    mutations: () => calls.filter(call => call.mutating),
    leftovers: () =>
      [
        ...[...cloud.servers.values()].map(({ name }) => `server ${name}`),
        ...[...cloud.around.keys()].map(id => id.split('/providers/').at(-1) ?? id)
      ].sort(),
    doom: (name, fate) => {
      cloud.dooms.set(name, fate);
    },
    fault: rule => {
      active.add(rule);
    },
    killAfter: (action, nth, kill) => {
      active.add({ action, nth, mutating: true, when: 'after', kill });
    },
    clearFaults: () => {
      active.clear();
    },
    savepoint: () => {
      const made = [...calls];
      const asked = [...scopes];
      const putBack = setBack(cloud);
      return () => {
        putBack();
        cloud.operations.clear();
        calls.splice(0, Infinity, ...made);
        scopes.splice(0, Infinity, ...asked);
        active.clear();
        fake.retryAfter = 1;
      };
    },
    trust,
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => {
        server.close(resolve);
      });
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return fake;
}

let isTrusted = false;

function trust(): void {
  if (!isTrusted) setDefaultCACertificates([...getCACertificates('default'), identity().certificate]);
  isTrusted = true;
}

/** The connection ends without an answer. */
class Cut extends Error {
  override readonly name = 'Cut';
}

function asFault({ code, message, status }: FaultRule): AzureFault | undefined {
  if (code === undefined) return undefined;
  const usual = /TooManyRequests|Throttled/.test(code) ? 429 : /Internal|Unavailable/.test(code) ? 500 : 409;
  return new AzureFault(status ?? usual, code, message ?? `${code} was switched on`);
}

function newState(options: AzureOptions): CloudState {
  return {
    subscription: '11111111-1111-4111-8111-111111111111',
    tenant: '22222222-2222-4222-8222-222222222222',
    pace: { create: 1, update: 1, delete: 1, child: 1, busyAfter: 0, stale: 0, ...options.pace },
    pageSize: options.pageSize ?? 10,
    resourceGroups: new Map([['shop', { name: 'shop', location: 'eastus' }]]),
    servers: new Map(),
    metrics: new Map(),
    daily: new Map(),
    dropped: new Map(),
    operations: new Map(),
    around: new Map(),
    soldOut: new Set(),
    askForSource: new Set(),
    takenNames: new Set(),
    offers: new Map(),
    trail: [],
    deletions: [],
    publicKeys: [],
    denied: new Set(),
    dooms: new Map(),
    elsewhere: new Map(),
    now: () => new Date(),
    id: () => randomUUID()
  };
}
