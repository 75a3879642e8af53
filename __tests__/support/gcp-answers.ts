import type { FailedCall, Gcp } from '../../src/providers/gcp/api/client.ts';
import type { CallOptions, Sdk } from '../../src/providers/gcp/api/sdk.ts';
import type { Instance } from '../../src/providers/gcp/api/types.ts';
import type { GcpContext } from '../../src/providers/gcp/context.ts';
import { instanceName } from '../../src/providers/gcp/api/names.ts';
import { requestCache } from '../../src/providers/request-cache.ts';
import { ProviderError, type FailureKind } from '../../src/errors.ts';
import { load } from '../../src/spec/load.ts';
import { fakeContext, type FakeContext } from './fake-context.ts';
import { recordingClient } from './recording-client.ts';

/**
 * Answers by the name of the call, as Google would give them: `instances.get`, or `GET monitoring`; or by what it asks
 * for. A failure is thrown.
 */
export type Answers = Readonly<Record<string, unknown>>;

/** Several answers of one call, one after the other; the last one stays. */
export class InTurn {
  readonly #all: readonly unknown[];
  constructor(...all: readonly unknown[]) {
    this.#all = all;
  }
  /** The answer to a call, by the number of those before it. */
  answer(before: number): unknown {
    return this.#all[Math.min(before, this.#all.length - 1)];
  }
}

/** The instances of a project, by their names. */
export function instances(...all: readonly Instance[]): Answers {
  return {
    'instances.get': (request: { readonly instance: string }) => all.find(one => one.name === request.instance)
  };
}

export interface Answering {
  readonly gcp: Gcp;
  /** Each call with all that it says. */
  readonly asked: string[];
  /** What each call is told as when it fails, and as which operations one is found whose answer is lost. */
  readonly told: ReadonlySet<string>;
}

/** Types of operations of Cloud SQL. */
const TYPES = [
  ['BACKUP_VOLUME', 'CLONE', 'CREATE', 'CREATE_CLONE', 'CREATE_DATABASE', 'CREATE_REPLICA', 'CREATE_USER', 'DELETE'],
  ['DELETE_USER', 'FAILOVER', 'MAINTENANCE', 'MAJOR_VERSION_UPGRADE', 'PRE_CHECK_MAJOR_VERSION_UPGRADE'],
  ['PROMOTE_REPLICA', 'RESCHEDULE_MAINTENANCE', 'RESTART', 'RESTORE_VOLUME', 'SELF_SERVICE_MAINTENANCE'],
  ['SWITCHOVER', 'UPDATE', 'UPDATE_USER']
].flat();

export function refusedAs(kind: FailureKind, message = 'Words.', more: object = {}): ProviderError {
  return new ProviderError(message, { kind, ...more });
}

/** Google without a network: for what is made of an answer. */
export function answeringGcp(answers: Answers): Answering {
  const asked: string[] = [];
  const told = new Set<string>();
  const known = new Set<string>();
  /** The operation that the list of operations holds alone, while a call is asked how it would be found. */
  let found: string | undefined;
  const times = new Map<string, number>();
  const answer = (name: string, said: readonly unknown[]): unknown => {
    if (found !== undefined) return { items: [{ name: found, operationType: found, status: 'DONE' }] };
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    asked.push([name, ...said.filter(one => one !== undefined).map(one => JSON.stringify(one))].join(' '));
    const given = answers[name];
    const turn = given instanceof InTurn ? given.answer(before) : given;
    const one: unknown = typeof turn === 'function' ? turn(said[0]) : turn;
    if (one === undefined) throw refusedAs('not-found', `There is no ${name}.`);
    if (one instanceof Error) throw one;
    return one;
  };
  /** What a method of the client is called, and with what. */
  const named = async (send: (sdk: Sdk, options: CallOptions) => Promise<unknown>): Promise<[string, unknown]> => {
    let call: [string, unknown] = ['', undefined];
    const sdk = recordingClient((called, [request]) => {
      call = [called, request];
    });
    await send(sdk as Sdk, { retry: null, otherArgs: { headers: {} } });
    return call;
  };
  const tell = async (
    name: string,
    { permission, subject }: FailedCall,
    recheck?: () => Promise<unknown>
  ): Promise<void> => {
    const call = `${name}: ${permission} for ${subject}`;
    if (found !== undefined || known.has(call)) return;
    known.add(call);
    const types: string[] = [];
    for (found of recheck === undefined ? [] : TYPES) if ((await recheck?.()) !== undefined) types.push(found);
    found = undefined;
    told.add(types.length === 0 ? call : `${call}, found as ${types.join(', ')}`);
  };
  const gcp: Gcp = {
    project: 'shop-project',
    sql: async <T>(call: FailedCall, send: Parameters<Gcp['sql']>[1], sending: Parameters<Gcp['sql']>[2] = {}) => {
      const [name, request] = await named(send);
      await tell(name, call, sending.recheck);
      return answer(name, [request, sending.query, sending.body]) as T;
    },
    all: async <T>(call: FailedCall, send: Parameters<Gcp['all']>[1], key = 'items') => {
      const [name, request] = await named(async (sdk, options) => send(sdk, '', options));
      await tell(name, call);
      const page = answer(name, [request]) as Readonly<Record<string, readonly T[]>>;
      return page[key] ?? [];
    },
    token: async () => 'the token',
    rest: async <T>(api: string, method: string, path: string, call: FailedCall, sending: { body?: unknown } = {}) => {
      await tell(`${method} ${api}`, call);
      const said = decodeURIComponent(path.replaceAll('+', ' '));
      return answer(`${method} ${api}`, [said, sending.body]) as T;
    }
  };
  return { gcp, asked, told };
}

export interface Asking extends Answering {
  readonly context: GcpContext;
  readonly execution: FakeContext;
}

/** What the functions of this provider work with, where Google answers so. `live` is the instance of these inputs. */
export function contextOf(
  inputs: Readonly<Record<string, string>>,
  answers: Answers = {},
  live?: Instance,
  { minutes = 60, pullRequest }: { readonly minutes?: number; readonly pullRequest?: number } = {}
): Asking {
  const { spec, secrets, run } = load([{ values: { cloud_provider: 'gcp', name: 'orders', ...inputs } }]);
  const answering = answeringGcp(answers);
  const execution = fakeContext();
  const once = requestCache();
  const name = instanceName(spec.name);
  const context: GcpContext = {
    spec,
    settings: spec.settings,
    target: {
      provider: 'gcp',
      account: 'shop-project',
      region: '',
      name,
      environment: '',
      repository: 'acme/shop',
      ...(pullRequest === undefined ? {} : { pullRequest })
    },
    gcp: answering.gcp,
    project: 'shop-project',
    name,
    region: spec.settings.gcp_region,
    options: {
      applyImmediately: false,
      allowRestart: undefined,
      wait: run.wait ?? true,
      deadline: new Date(execution.clock.now().getTime() + minutes * 60_000)
    },
    execution,
    pollSeconds: 5,
    secret: secret => secrets.get(secret),
    mask: () => undefined,
    ask: async (key, question) => once(key, question)(),
    live: async () => live,
    invalidate: () => undefined
  };
  return { ...answering, context, execution };
}
