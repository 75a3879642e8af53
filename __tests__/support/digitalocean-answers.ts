import { defined } from '../../src/engine/defined.ts';
import type { Mark } from '../../src/engine/ownership.ts';
import { retry } from '../../src/engine/retry.ts';
import { ProviderError, type FailureKind } from '../../src/errors.ts';
import type { DigitalOcean, Dots } from '../../src/providers/digitalocean/api/client.ts';
import { markTags } from '../../src/providers/digitalocean/api/tags.ts';
import type { Cluster } from '../../src/providers/digitalocean/api/types.ts';
import type { DigitalOceanContext } from '../../src/providers/digitalocean/context.ts';
import { liveState } from '../../src/providers/digitalocean/live-state.ts';
import { requestCache } from '../../src/providers/request-cache.ts';
import { load } from '../../src/spec/load.ts';
import { fakeContext, type FakeContext } from './fake-context.ts';
import { recordingClient } from './recording-client.ts';

/** Answers by the call, as DigitalOcean would give them: `GET /databases/7/pools`. A failure is thrown. */
export type Answers = Readonly<Record<string, unknown>>;

/** Several answers of one call, one after the other; the last one stays. */
export class InTurn {
  readonly all: readonly unknown[];
  constructor(...all: readonly unknown[]) {
    this.all = all;
  }
}

export const MARK: Mark = { version: 1, repository: 'acme/shop', name: 'orders', environment: '' };
export const TAGS = markTags(MARK);
export const THEIRS = markTags({ ...MARK, repository: 'acme/other', name: 'main' });

/** The cluster of these tests, as a first apply leaves it. */
export function cluster(more: Partial<Cluster> = {}): Cluster {
  return {
    id: '7',
    name: 'orders',
    engine: 'pg',
    version: '16',
    status: 'online',
    size: 'db-s-1vcpu-1gb',
    region: 'nyc3',
    num_nodes: 1,
    storage_size_mib: 30_720,
    tags: TAGS,
    ...more
  };
}

/** The team has this cluster alone. */
export function live(more: Partial<Cluster> = {}): Answers {
  const one = cluster(more);
  return { 'GET /databases': { databases: [one] }, [`GET /databases/${one.id}`]: { database: one } };
}

export function refusedAs(kind: FailureKind, message = 'Words'): ProviderError {
  return new ProviderError(message, { kind });
}

export interface Asking {
  readonly context: DigitalOceanContext;
  readonly execution: FakeContext;
  /** Each call with all that it says, and whether it may be sent once only. */
  readonly asked: readonly string[];
}

/** DigitalOcean without a network: for what is made of an answer. Other calls are answered with a 404. */
function answering(answers: Answers, execution: FakeContext, asked: string[]): DigitalOcean {
  const times = new Map<string, number>();
  const answer = (call: string, ...said: readonly string[]): unknown => {
    const before = times.get(call) ?? 0;
    times.set(call, before + 1);
    asked.push([call, ...said].join(' '));
    const given = answers[call];
    const one = given instanceof InTurn ? given.all[Math.min(before, given.all.length - 1)] : given;
    if (one === undefined) throw refusedAs('not-found', `There is no ${call}`);
    if (one instanceof Error) throw one;
    return one;
  };
  const rest: DigitalOcean['rest'] = async <T>(
    ...[method, path, body, repeating = {}]: Parameters<DigitalOcean['rest']>
  ) => {
    const call = `${method} ${path}`;
    const { idempotent = true, recheck } = repeating;
    const said = [...(body === undefined ? [] : [JSON.stringify(body)]), ...(idempotent ? [] : ['once'])];
    const policy = defined({ what: call, kinds: ['throttled', 'transient'] as const, idempotent, recheck });
    return retry(execution, policy, async () => answer(call, ...said) as T);
  };
  return {
    rest,
    dots: async (what, send) => {
      let said = '';
      const dots = recordingClient((called, args) => {
        said = `by ${called} ${JSON.stringify(args)}`;
      });
      await send(dots as Dots).catch(() => undefined);
      return answer(what, said) as Awaited<ReturnType<typeof send>>['data'];
    },
    pages: async <T>(path: string, key: string) => {
      const page = await rest<Readonly<Record<string, readonly T[]>>>('GET', path);
      return page[key] ?? [];
    }
  };
}

/** What the functions of this provider work with, where DigitalOcean answers so. */
export function contextOf(inputs: Readonly<Record<string, string>>, answers: Answers = {}, minutes = 3): Asking {
  const { spec, secrets, run } = load([{ values: { cloud_provider: 'digitalocean', name: 'orders', ...inputs } }]);
  const execution = fakeContext();
  const asked: string[] = [];
  const once = requestCache();
  const api = answering(answers, execution, asked);
  const context: DigitalOceanContext = {
    ...liveState(api, 'orders', spec.settings),
    spec,
    settings: spec.settings,
    target: {
      provider: 'digitalocean',
      account: 'the team',
      region: '',
      name: 'orders',
      environment: '',
      repository: 'acme/shop'
    },
    api,
    secret: name => secrets.get(name),
    options: {
      applyImmediately: false,
      allowRestart: undefined,
      wait: run.wait ?? true,
      deadline: new Date(execution.clock.now().getTime() + minutes * 60_000)
    },
    execution,
    pollSeconds: 10,
    askOnce: async (key, ask) => once(key, ask)()
  };
  return { context, execution, asked };
}

/** The requests, each with its number, the log, and what comes of it. */
export async function told({ asked, execution }: Asking, act: () => Promise<unknown>): Promise<readonly string[]> {
  const end = await act().then(membersOf, (thrown: unknown) => {
    if (!(thrown instanceof Error)) throw thrown;
    const { message, code, hint } = thrown as Error & { readonly code?: string; readonly hint?: string };
    if (code === undefined) throw thrown;
    return [`  fails, ${[`${code}:`, message, hint].filter(part => part !== undefined).join(' ')}`];
  });
  const times = (all: readonly string[]): string => (all.length === 1 ? '' : `, ${all.length} times`);
  const calls = [...Map.groupBy(asked, one => one)].map(([call, all]) => `  > ${call}${times(all)}`);
  return [...calls, ...execution.lines.map(line => `  ${line}`), ...end];
}

/** A member a line; a text as it is. */
function membersOf(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.map(one => `  ${typeof one === 'string' ? one : (JSON.stringify(one) ?? 'nothing')}`);
}

/** What those before did not say, and how many they said as well. */
export function unlike(lines: readonly string[], before: readonly string[]): readonly string[] {
  const own = lines.filter(line => !before.includes(line));
  const same = lines.length - own.length;
  return same < 2 ? lines : [`  … ${same} as before`, ...own];
}
