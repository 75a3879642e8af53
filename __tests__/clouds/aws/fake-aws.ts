import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { dispatcher, type RecordedCall } from './dispatch.ts';
import type { Weather } from '../../support/weather.ts';
import { faults, type FaultRule } from '../faults.ts';
import { recorder } from '../exchange.ts';
import { hexId } from './ids.ts';
import { leftovers } from './leftovers.ts';
import { openWindow } from './rds/lifecycle.ts';
import { MASKS } from './record.ts';
import { emptyRegion, monitoringRole, network, seed, type Network } from './seed.ts';
import type { Pace, Propagation, Region, CloudState } from './state.ts';
import { copyState } from '../../support/copied-state.ts';

export interface AwsOptions {
  /** In front of every call. Default: good. */
  readonly weather?: Weather;
  /** Default `123456789012`. */
  readonly accountId?: string;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Items a page holds at most. Default 20. */
  readonly pageSize?: number;
  /** Milliseconds before every answer. Default 0. */
  readonly latencyMs?: number;
  /** Seconds by which the caller's clock is behind AWS's. Default 0. */
  readonly behindSeconds?: number;
  readonly pace?: Partial<Pace>;
  readonly propagation?: Partial<Propagation>;
  /** Where a server answers. Default: its usual name, which leads nowhere here. */
  readonly address?: CloudState['address'];
}

/** An account in which nothing is late: for tests that are not about waiting. */
export const PROMPT: Pick<AwsOptions, 'pace' | 'propagation'> = {
  pace: {
    creating: 0,
    backingUp: 0,
    stale: 0,
    modifying: 0,
    optimizing: 0,
    rebooting: 0,
    deleting: 0,
    applying: 0,
    snapshot: 0,
    proxy: 0,
    tags: 0
  },
  propagation: { instance: 0, role: 0, securityGroup: 0, release: 0 }
};

/** A stateful AWS account on this machine that can fail. */
export interface FakeAws {
  readonly url: string;
  readonly accountId: string;
  /** What a program needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** An enhanced-monitoring role that someone made by hand. */
  readonly monitoringRoleArn: string;
  network(region?: string): Network;
  /** A key of the account's own. */
  kmsKeyArn(region?: string): string;
  /** Every call so far. */
  calls(): readonly RecordedCall[];
  /** Only those that change something. */
  mutations(): readonly RecordedCall[];
  /** The live records, to be read in assertions and changed to play someone else. */
  state(region?: string): Region;
  readonly roles: CloudState['roles'];
  /** What CloudTrail has, oldest first: to be added to, to play someone else. */
  readonly trail: CloudState['trail'];
  /** The account gets another quota of rules in a security group: 60 by default. */
  allowRules(count: number): void;
  /** Everything that is there and was not from the beginning: `db us-east-1 orders`. */
  leftovers(): readonly string[];
  /** Moves the clock of the fake. */
  advance(seconds: number): void;
  /** Runs the maintenance window of a server: pending changes are applied. */
  maintenance(identifier: string, region?: string): void;
  /** The next create or modify of that server ends in a hopeless state. */
  doom(identifier: string, fate: { readonly status: string; readonly message: string }): void;
  fault(rule: FaultRule): void;
  /** After the effect of the nth mutating call of that action (`*`: any) nothing is answered and `kill` is called. */
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  /**
   * Keeps the account as it is now. The function that it returns sets all back, its calls and faults too. What
   * `state()` returned before is of no use then.
   */
  savepoint(): () => void;
  stop(): Promise<void>;
}

const PACE: Pace = {
  creating: 2,
  backingUp: 1,
  stale: 1,
  modifying: 2,
  optimizing: 3,
  rebooting: 2,
  deleting: 2,
  applying: 1,
  snapshot: 2,
  proxy: 2,
  tags: 1
};

const ACCESS_KEY_ID = 'ASIAIOSFODNN7EXAMPLE';

/** Starts it on a free port of the loopback interface. */
export async function startAws(options: AwsOptions = {}): Promise<FakeAws> {
  const cloud = newState(options);
  const home = options.region ?? 'us-east-1';
  const active = faults();
  const dispatch = dispatcher(cloud.cloud, active, ACCESS_KEY_ID);
  const record = recorder(process.env['PGKEEP_RECORD_DIR'], MASKS);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    if (options.latencyMs !== undefined && options.latencyMs > 0) await sleep(options.latencyMs);
    cloud.tick(1);
    const behind = (options.behindSeconds ?? 0) * 1000;
    const now = new Date(Date.now() + behind);
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
    if (behind !== 0 && Math.abs(now.getTime() - signedAt(request)) > 300_000) {
      const message = `Signature expired: it is now ${now.toISOString()} (- 5 min.)`;
      active.add({ action: '*', code: 'SignatureDoesNotMatch', message, status: 403 });
    }
    const reply = dispatch.handle({ headers: request.headers, body });
    const cut = reply.kind === 'cut';
    // The trail and the quotas have no API description to be held to.
    record(/^(?:CloudTrail_|ServiceQuotas)/.test(String(request.headers['x-amz-target'])) ? 'aws-trail' : 'aws', {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body,
      status: cut ? 0 : reply.status,
      resHeaders: cut ? {} : reply.headers,
      resBody: cut ? '' : reply.body
    });
    if (cut) {
      reply.kill?.();
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { date: now.toUTCString(), ...reply.headers }).end(reply.body);
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
    accountId: cloud.cloud.accountId,
    env: {
      ...options.weather?.env,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: home,
      AWS_DEFAULT_REGION: home,
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY',
      AWS_SESSION_TOKEN: 'session-token-of-the-example',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null'
    },
    monitoringRoleArn: monitoringRole(cloud.cloud).arn,
    network: region => network(region ?? home),
    kmsKeyArn: region => {
      const where = cloud.cloud.region(region ?? home);
      return where.keys.get(where.keyAliases.get('alias/database') ?? '')?.Arn ?? '';
    },
    calls: () => dispatch.calls,
    mutations: () => dispatch.calls.filter(call => call.mutating),
    state: region => cloud.cloud.region(region ?? home),
    trail: cloud.cloud.trail,
    allowRules: count => {
      cloud.cloud.rulesPerGroup = count;
    },
    roles: cloud.cloud.roles,
    leftovers: () => leftovers(cloud.cloud),
    advance: seconds => {
      cloud.tick(seconds);
    },
    maintenance: (identifier, region) => {
      openWindow(cloud.cloud, cloud.cloud.region(region ?? home), identifier);
    },
    doom: (identifier, fate) => {
      cloud.cloud.dooms.set(identifier, fate);
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
      const made = [...dispatch.calls];
      const rollBack = cloud.savepoint();
      return () => {
        rollBack();
        dispatch.calls.splice(0, Infinity, ...made);
        active.clear();
      };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => {
        server.close(resolve);
      });
    }
  };
}

/** `X-Amz-Date`: 20261129T120000Z. */
function signedAt({ headers }: IncomingMessage): number {
  const text = String(headers['x-amz-date']);
  return Date.parse(text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
}

interface State {
  readonly cloud: CloudState;
  tick(seconds: number): void;
  savepoint(): () => void;
}

function newState(options: AwsOptions): State {
  const regions = new Map<string, Region>();
  let ahead = 0;
  let made = 0;
  const accountId = options.accountId ?? '123456789012';
  const cloud: CloudState = {
    accountId,
    pageSize: options.pageSize ?? 20,
    pace: { ...PACE, ...options.pace },
    propagation: { instance: 0, role: 2, securityGroup: 1, release: 1, ...options.propagation },
    roles: new Map(),
    trail: [],
    rulesPerGroup: 60,
    dooms: new Map(),
    address:
      options.address ?? ((identifier, region) => ({ host: `${identifier}.c9akciq32rrw.${region}.rds.amazonaws.com` })),
    now: () => new Date(Date.now() + ahead),
    region: name => {
      const before = regions.get(name);
      if (before !== undefined) return before;
      const region = seed(emptyRegion(name), accountId);
      regions.set(name, region);
      return region;
    },
    regions: () => [...regions.values()],
    id: prefix => {
      made += 1;
      return hexId(prefix, 'made', made);
    }
  };
  const role = monitoringRole(cloud);
  cloud.roles.set(role.name, role);
  return {
    cloud,
    tick: seconds => {
      ahead += seconds * 1000;
    },
    savepoint: () => {
      const { roles, dooms, rulesPerGroup, trail } = cloud;
      const things = { regions, roles, dooms, trail };
      const putBack = copyState(things);
      const clock = { ahead, made };
      return () => {
        putBack(things);
        cloud.rulesPerGroup = rulesPerGroup;
        ({ ahead, made } = clock);
      };
    }
  };
}
