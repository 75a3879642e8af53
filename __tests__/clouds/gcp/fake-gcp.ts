import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Weather } from '../../support/weather.ts';
import { faults, type FaultRule } from '../faults.ts';
import { ACTION_HEADER, isJsonType, recorder } from '../exchange.ts';
import { auditEntries } from './audit-log.ts';
import { ACCESS_TOKEN, around, permissionAround } from './supporting.ts';
import { enumsOf } from './enums.ts';
import { errorBody, GcpFault } from './fault.ts';
import { object, type Json } from './json.ts';
import { leftovers } from './leftovers.ts';
import { MASKS } from './record.ts';
import { route } from './route.ts';
import type { Fate, Instance, Pace, CloudState } from './state.ts';

export interface GcpOptions {
  /** In front of every call. Default: good. */
  readonly weather?: Weather;
  /** Items a page holds at most. Default 20. */
  readonly pageSize?: number;
  readonly pace?: Partial<Pace>;
  /** How a missing instance is answered. Default 404. */
  readonly missing?: 403 | 404;
  /** Milliseconds before every answer. Default 0. */
  readonly latencyMs?: number;
}

export interface RecordedCall {
  /** `instances.insert`; outside Cloud SQL `POST /v3/…`. */
  readonly action: string;
  readonly mutating: boolean;
  readonly status: number;
  readonly body: Json;
  /** What the caller must be allowed: `cloudsql.instances.create`. `undefined`: nothing. */
  readonly permission: string | undefined;
  /** The project that the call is billed to: `x-goog-user-project`. */
  readonly quotaProject: string | undefined;
}

/** A stateful Google Cloud project on this machine that can fail. */
export interface FakeGcp {
  readonly url: string;
  readonly project: string;
  /** What a program needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>;
  calls(): readonly RecordedCall[];
  mutations(): readonly RecordedCall[];
  /** The live records, to be read in assertions and changed to play someone else. */
  readonly state: CloudState;
  /** Everything that is there: `instance orders`. */
  leftovers(): readonly string[];
  /** Throws when there is none of this name. */
  instance(name: string): Instance;
  /** The notification channel that the project has. */
  readonly channel: string;
  fault(rule: FaultRule): void;
  /** After the effect of the nth mutating call of that action (`*`: any) nothing is answered and `kill` is called. */
  killAfter(action: string, nth: number, kill: () => void): void;
  /** The next operation of that type (`CREATE`, `UPDATE`) ends DONE with an error. */
  doom(operationType: string, fate: Fate): void;
  clearFaults(): void;
  stop(): Promise<void>;
}

const PROJECT = 'shop-project';

const CHANNEL = `projects/${PROJECT}/notificationChannels/8431`;

/** Operations and reads as late as the real ones. */
export const UNHURRIED: Pace = { operation: 3, within: 1, hidden: 1, stale: 1 };

/** Starts it on a free port of the loopback interface. */
export async function startGcp(options: GcpOptions = {}): Promise<FakeGcp> {
  const cloud = newState(options);
  const active = faults();
  const enums = enumsOf();
  const record = recorder(process.env['PGKEEP_RECORD_DIR'], MASKS);
  const calls: RecordedCall[] = [];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks).toString('utf8');
    if (options.latencyMs !== undefined && options.latencyMs > 0) {
      await new Promise(resolve => setTimeout(resolve, options.latencyMs));
    }
    const url = new URL(request.url ?? '/', 'http://fake');
    const method = request.method ?? 'GET';
    const pathname = url.pathname.replace('/sql/v1/', '/v1/');
    const isJson = sent.startsWith('{');
    const raw = isJson ? object(JSON.parse(sent)) : {};
    const routed = route(cloud, { method, path: pathname, query: url.searchParams, body: raw });
    const body = routed === undefined ? raw : object(enums(routed.takes, raw, 'names'));
    const action = routed?.action ?? `${method} ${pathname}`;
    const mutating =
      method !== 'GET' &&
      // They change nothing of the instance.
      !['instances.preCheckMajorVersionUpgrade', 'connect.generateEphemeralCert'].includes(action) &&
      !/^POST .*(?:token|:generateAccessToken|:testIamPermissions|entries:list)$/.test(action);
    const rule = active.hit(action, mutating, `${method} ${pathname} ${sent}`);

    const call = { method, path: pathname, query: url.searchParams, body };
    const permission = routed === undefined ? permissionAround(call) : permissionOf(action);
    const answer = async (): Promise<{ readonly status: number; readonly json: Json }> => {
      try {
        if (rule !== undefined && rule.when !== 'after' && rule.code !== undefined) throw switchedOn(rule, rule.code);
        const isLogin = /^\/(?:identity|v1\/(?:oauth)?token)$|:generateAccessToken$/.test(pathname);
        if (!isLogin && request.headers.authorization !== `Bearer ${ACCESS_TOKEN}`) {
          throw new GcpFault(401, 'authError', 'Request had invalid authentication credentials.');
        }
        if (isJson && !isJsonType(request.headers['content-type'])) {
          throw new GcpFault(400, 'badRequest', 'Bad Request: the content type is not application/json');
        }
        if (permission !== undefined && cloud.denied.has(permission)) {
          const reason = routed === undefined ? 'PERMISSION_DENIED' : 'forbidden';
          throw new GcpFault(403, reason, `The client is not authorized to make this request: ${permission}.`);
        }
        const json = routed === undefined ? around(cloud, call) : await routed.run(body);
        if (json === undefined) throw new GcpFault(404, 'notFound', 'Not Found');
        if (routed !== undefined && mutating) {
          cloud.trail.push(...auditEntries(cloud, action, pathname, [request.headers['user-agent']].flat()[0] ?? ''));
        }
        if (rule?.when === 'after' && rule.code !== undefined) throw switchedOn(rule, rule.code);
        return { status: 200, json };
      } catch (thrown) {
        if (!(thrown instanceof GcpFault)) throw thrown;
        return { status: thrown.status, json: errorBody(thrown) };
      }
    };
    const cut = rule !== undefined && rule.code === undefined;
    const { status, json } = cut && rule.when !== 'after' ? { status: 0, json: {} } : await answer();
    const quotaProject = [request.headers['x-goog-user-project']].flat()[0];
    calls.push({ action, mutating, status: cut ? 0 : status, body, permission, quotaProject });
    const headers = {
      'content-type': 'application/json; charset=UTF-8',
      ...(status === 429 && { 'retry-after': '1' })
    };
    // The description knows enums by their names only: the record holds the answer in that form.
    if (!cut && rule?.body === undefined) {
      const exchange = {
        method,
        url: request.url ?? '',
        headers: request.headers,
        body: sent,
        status,
        resHeaders: headers
      };
      const resBody = JSON.stringify(json);
      const isSecret = permission?.startsWith('secretmanager.') === true;
      const isNewer = [...cloud.newer].some(word => resBody.includes(`"${word}"`));
      const elsewhere = isSecret ? 'gcp-secrets' : 'gcp-around';
      record(routed === undefined ? elsewhere : isNewer ? 'gcp-newer' : 'gcp', { ...exchange, resBody });
    }
    if (cut) {
      rule.kill?.();
      request.socket.destroy();
      return;
    }
    const numbers = (url.searchParams.get('$alt') ?? '').includes('enum-encoding=int');
    const told = numbers && routed !== undefined && status === 200 ? enums(routed.answers, json, 'numbers') : json;
    response.writeHead(status, { ...headers, [ACTION_HEADER]: action }).end(rule?.body ?? JSON.stringify(told));
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
  const directory = await mkdtemp(path.join(tmpdir(), 'pgkeep-gcp-'));
  const credentials = await writeCredentials(directory, url);

  return {
    url,
    project: PROJECT,
    env: {
      ...options.weather?.env,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL: `${url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: `${url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBILLING: `${url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: `${url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: `${url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: `${url}/`,
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      GOOGLE_GHA_CREDS_PATH: credentials,
      GOOGLE_CLOUD_PROJECT: PROJECT
    },
    state: cloud,
    calls: () => calls,
    mutations: () => calls.filter(call => call.mutating),
    leftovers: () => leftovers(cloud),
    instance: name => {
      const found = cloud.instances.get(name);
      if (found === undefined) throw new Error(`There is no instance ${name}`);
      return found;
    },
    channel: CHANNEL,
    fault: rule => {
      active.add(rule);
    },
    killAfter: (action, nth, kill) => {
      active.add({ action, nth, mutating: true, when: 'after', kill });
    },
    doom: (operationType, fate) => {
      cloud.fates.set(operationType, fate);
    },
    clearFaults: () => {
      active.clear();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => {
        server.close(resolve);
      });
      await rm(directory, { recursive: true, force: true });
    }
  };
}

/** `cloudsql.instances.create` for `instances.insert`. There is none for operations: they are their instance's. */
function permissionOf(action: string): string | undefined {
  if (/^(?:operations|flags|tiers)\./.test(action)) return 'cloudsql.instances.get';
  if (action === 'connect.get' || action === 'instances.getLatestRecoveryTime') return 'cloudsql.instances.get';
  if (action === 'connect.generateEphemeralCert') return 'cloudsql.instances.connect';
  const [group = '', verb = ''] = action.split('.');
  if (group === 'backups') return `cloudsql.backupRuns.${verb.replace(/Backups?$/, '').toLowerCase()}`;
  const verbs: Readonly<Record<string, string>> = {
    insert: 'create',
    patch: 'update',
    rescheduleMaintenance: 'update',
    switchover: 'promoteReplica'
  };
  return `cloudsql.${group}.${verbs[verb] ?? verb}`;
}

const switchedOn = (rule: FaultRule, code: string): GcpFault =>
  new GcpFault(rule.status ?? 503, code, rule.message ?? `${code} was switched on`);

/** As google-github-actions/auth writes it for workload identity federation. */
async function writeCredentials(directory: string, url: string): Promise<string> {
  const file = path.join(directory, 'gha-creds.json');
  const content = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/providers/shop',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/deployer@shop-project.iam.gserviceaccount.com:generateAccessToken`,
    credential_source: {
      url: `${url}/identity?audience=shop`,
      headers: { Authorization: 'Bearer request-token-of-the-job' },
      format: { type: 'json', subject_token_field_name: 'value' }
    }
  };
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}

function newState(options: GcpOptions): CloudState {
  let made = 0;
  return {
    project: PROJECT,
    pageSize: options.pageSize ?? 20,
    pace: { operation: 1, within: 0, hidden: 0, stale: 0, ...options.pace },
    missing: options.missing ?? 404,
    instances: new Map(),
    trail: [],
    deleted: new Set(),
    kept: new Map(),
    operations: new Map(),
    backups: new Map(),
    policies: new Map(),
    secrets: new Map(),
    metrics: new Map(),
    daily: new Map(),
    channels: new Map([[CHANNEL, { name: CHANNEL, type: 'email', labels: { email_address: 'ops@example.com' } }]]),
    fates: new Map(),
    warnings: new Map(),
    denied: new Set(),
    constraints: new Set(),
    newer: new Set(),
    now: () => new Date().toISOString(),
    number: () => {
      made += 1;
      return made;
    }
  };
}
