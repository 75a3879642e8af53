import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ACTION_HEADER, isJsonType, recorder } from '../exchange.ts';
import type { Weather } from '../../support/weather.ts';
import { faults, type FaultRule } from '../faults.ts';
import { DoFault } from './fault.ts';
import { MASKS, recordOf } from './record.ts';
import { route } from './route.ts';
import type { Cluster, Json, Pace, CloudState } from './state.ts';

export interface DigitalOceanOptions {
  /** In front of every call. Default: good. */
  readonly weather?: Weather;
  readonly pace?: Partial<Pace>;
  /** Items a page holds at most. Default 200. */
  readonly pageSize?: number;
  /** Milliseconds before every answer. Default 0. */
  readonly latencyMs?: number;
}

export interface RecordedCall {
  /** `POST /databases/{id}/dbs`. */
  readonly action: string;
  /** `/v2/databases/…/resize`. */
  readonly path: string;
  readonly mutating: boolean;
  /** 0 when the connection was cut. */
  readonly status: number;
  readonly body: Json;
}

/** A stateful DigitalOcean team on this machine that can fail. */
export interface FakeDigitalOcean {
  readonly url: string;
  /** What a program needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** How many requests arrived, answered or not. */
  received(): number;
  calls(): readonly RecordedCall[];
  mutations(): readonly RecordedCall[];
  /** The live records, to be read in assertions and changed to play someone else. */
  readonly state: CloudState;
  /** Throws when there is none of this name. */
  cluster(name: string): Cluster;
  /** Everything that is there, a line each: `cluster orders`. */
  leftovers(): readonly string[];
  /** `code` is DigitalOcean's `id` of an error. */
  fault(rule: FaultRule): void;
  /** After the effect of the nth mutating call of that action (`*`: any) nothing is answered and `kill` is called. */
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  stop(): Promise<void>;
}

/** The token that the fake takes. */
export const TOKEN = 'dop_v1_canary8431canary8431canary8431canary8431canary8431canary8431ab';

/** Operations and reads as late as the real ones. */
export const UNHURRIED: Pace = { working: 2, hidden: 1, unlisted: 1, stale: 1, unseenReplica: 1, firstBackup: 2 };

/** Starts it on a free port of the loopback interface. */
export async function startDigitalOcean(options: DigitalOceanOptions = {}): Promise<FakeDigitalOcean> {
  const cloud = newState(options);
  const active = faults();
  const record = recorder(process.env['PGKEEP_RECORD_DIR'], MASKS);
  const calls: RecordedCall[] = [];
  let received = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks).toString('utf8');
    if (options.latencyMs !== undefined && options.latencyMs > 0) {
      await new Promise(resolve => setTimeout(resolve, options.latencyMs).unref());
    }
    const url = new URL(request.url ?? '/', 'http://fake');
    const method = request.method ?? 'GET';
    const body = sent === '' ? {} : (JSON.parse(sent) as Json);
    const routed = route(cloud, { method, path: url.pathname.replace(/^\/v2/, ''), query: url.searchParams, body });
    const action = routed?.action ?? `${method} ${url.pathname}`;
    const mutating = method !== 'GET';
    const rule = active.hit(action, mutating, `${method} ${url.pathname} ${sent}`);
    const isCut = rule !== undefined && rule.code === undefined && rule.body === undefined;

    const answer = (): { readonly status: number; readonly json: Json | undefined } => {
      try {
        if (request.headers.authorization !== `Bearer ${TOKEN}`) {
          throw new DoFault(401, 'unauthorized', 'Unable to authenticate you');
        }
        if (rule?.code !== undefined && rule.when !== 'after') throw switchedOn(rule, rule.code);
        if (sent !== '' && !isJsonType(request.headers['content-type'])) {
          throw new DoFault(415, 'unsupported_media_type', 'The content type must be application/json.');
        }
        const missing = scopesOf(method, url.pathname).find(scope => cloud.denied.has(scope));
        if (missing !== undefined) {
          throw new DoFault(403, 'forbidden', `You are missing the required permission ${missing}.`);
        }
        if (routed === undefined) throw new DoFault(404, 'not_found', 'The resource you requested could not be found.');
        const json = routed.run();
        if (rule?.code !== undefined) throw switchedOn(rule, rule.code);
        return { status: routed.status, json };
      } catch (thrown) {
        if (!(thrown instanceof DoFault)) throw thrown;
        return { status: thrown.status, json: { id: thrown.id, message: thrown.message } };
      }
    };
    const { status, json } = isCut && rule.when !== 'after' ? { status: 0, json: undefined } : answer();
    calls.push({ action, path: url.pathname, mutating, status: isCut ? 0 : status, body });
    const headers: Record<string, string> = {
      'content-type': 'application/json; charset=utf-8',
      'ratelimit-limit': '5000',
      'ratelimit-remaining': String(cloud.limit.remaining),
      'ratelimit-reset': String(Math.ceil((cloud.limit.resetAt ?? Date.now() + 1000) / 1000)),
      'x-request-id': randomUUID(),
      ...(status === 429 && { 'retry-after': '1' })
    };
    const text = rule?.body ?? (json === undefined ? '' : JSON.stringify(json));
    if (isCut) {
      rule.kill?.();
      request.socket.destroy();
      return;
    }
    const exchange = { method, url: request.url ?? '', headers: request.headers, body: sent, status };
    if (rule?.body === undefined) {
      record(recordOf(action, url, text), { ...exchange, resHeaders: headers, resBody: text });
    }
    response.writeHead(status, { ...headers, [ACTION_HEADER]: action }).end(text);
  };
  const listen = options.weather?.around(serve) ?? serve;
  const server = createServer((request, response) => {
    listen(request, response).catch((thrown: unknown) => {
      response.destroy(thrown instanceof Error ? thrown : undefined);
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    env: { DIGITALOCEAN_TOKEN: TOKEN, DIGITALOCEAN_API_URL: url, ...options.weather?.env },
    state: cloud,
    received: () => received,
    calls: () => calls,
    mutations: () => calls.filter(call => call.mutating),
    cluster: name => {
      const found = [...cloud.clusters.values()].find(one => one.name === name);
      if (found === undefined) throw new Error(`There is no cluster ${name}`);
      return found;
    },
    leftovers: () => leftovers(cloud),
    fault: rule => {
      active.add(rule);
    },
    killAfter: (action, nth, kill) => {
      active.add({ action, nth, mutating: true, when: 'after', kill });
    },
    clearFaults: () => {
      active.clear();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => {
        server.close(resolve);
      });
    }
  };
}

/** Tags stay: they are names, and cost nothing; but for those of single applies, of which every day makes more. */
function leftovers(cloud: CloudState): readonly string[] {
  const tags = [...cloud.tags].filter(tag => /^pgkeep:(run|applied|expires-at):/.test(tag));
  const carried = [...cloud.clusters.values()].flatMap(cluster => cluster.tags);
  const within = [...cloud.clusters.values()].flatMap(cluster => [
    `cluster ${cluster.name}`,
    ...[...cluster.dbs].map(name => `database ${cluster.name} ${name}`),
    ...[...cluster.users.keys()].map(name => `user ${cluster.name} ${name}`),
    ...[...cluster.pools.keys()].map(name => `pool ${cluster.name} ${name}`),
    ...[...cluster.replicas.keys()].map(name => `replica ${cluster.name} ${name}`),
    ...[...cluster.sinks.values()].map(sink => `sink ${cluster.name} ${String(sink['sink_name'])}`),
    ...cluster.rules.map(rule => `rule ${cluster.name} ${rule.value}`)
  ]);
  return [
    ...within,
    ...[...cloud.alerts.values()].map(alert => `alert ${String(alert['description'])}`),
    ...tags.filter(tag => !carried.includes(tag)).map(tag => `tag ${tag}`)
  ].sort();
}

/** The scopes that a call needs, by the official description. */
function scopesOf(method: string, path: string): readonly string[] {
  const resource = /^\/v2\/(\w+)/.exec(path)?.[1] ?? '';
  if (resource === 'projects' && method === 'POST') return ['project:assign_resource'];
  if (path.endsWith('/reset_auth')) return ['database:update'];
  const scopes: Readonly<Record<string, string>> = {
    databases: 'database',
    tags: 'tag',
    projects: 'project',
    vpcs: 'vpc'
  };
  const verbs: Readonly<Record<string, string>> = { GET: 'read', POST: 'create', DELETE: 'delete' };
  const own = `${scopes[resource] ?? resource}:${verbs[method] ?? 'update'}`;
  return /^\/v2\/tags\/.*\/resources$/.test(path) ? [own, 'database:update'] : [own];
}

const switchedOn = (rule: FaultRule, code: string): DoFault =>
  new DoFault(
    rule.status ?? (code === 'too_many_requests' ? 429 : 500),
    code,
    rule.message ?? `${code} was switched on`
  );

function newState(options: DigitalOceanOptions): CloudState {
  return {
    pageSize: options.pageSize ?? 200,
    pace: { working: 1, hidden: 0, unlisted: 0, stale: 0, unseenReplica: 0, firstBackup: 0, ...options.pace },
    limit: { remaining: 4816 },
    clusters: new Map(),
    alerts: new Map(),
    tags: new Set(),
    otherEngines: [],
    projects: new Map([
      ['9cc10173-0000-4000-8000-00000000aaaa', new Set()],
      ['9cc10173-0000-4000-8000-00000000bbbb', new Set()]
    ]),
    fates: new Map(),
    denied: new Set(),
    now: () => new Date().toISOString(),
    uuid: () => randomUUID()
  };
}
