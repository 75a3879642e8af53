import type { Command, Run } from '../../src/commands/command.ts';
import { defined } from '../../src/engine/defined.ts';
import { settingsDigest } from '../../src/engine/digest.ts';
import { markFor, type Mark, type Target } from '../../src/engine/ownership.ts';
import { effectiveSteps, type Notice, type Plan } from '../../src/engine/plan.ts';
import type { Desired, Facts, FieldTable, Observed } from '../../src/engine/resource.ts';
import { ActionError, asActionError, ProviderError, type FailureKind } from '../../src/errors.ts';
import type { NotReachable, WayIn } from '../../src/postgres/way-in.ts';
import type { DatabaseOutputs, Provider, Session } from '../../src/providers/provider.ts';
import type { RunResult } from '../../src/publish/run-result.ts';
import type { Options } from '../../src/inputs/read-inputs.ts';
import type { OperationReport } from '../../src/report/operation-markdown.ts';
import type { Settings } from '../../src/spec/catalogue.ts';
import { fakeContext, type FakeContext } from './fake-context.ts';
import { desired, observed } from './resources.ts';

/** The database that a told run is about, unless it says otherwise. */
export const CLOUD: Target = {
  provider: 'aws',
  account: '123456789012',
  region: 'eu-west-1',
  name: 'orders',
  environment: 'production',
  repository: 'acme/shop'
};

export const TABLES: Readonly<Record<string, FieldTable>> = {
  server: {
    size: { api: 'Size', input: 'allocated_storage', impact: 'online', constraint: 'grow-only' },
    class: { api: 'Class', input: 'instance_class', impact: 'restart' },
    master_password_version: { api: 'Tag', input: 'master_password_version', impact: 'online' },
    'tags.*': { api: 'Tags', input: 'tags', impact: 'online' }
  },
  database: { owner: { api: 'owner', input: 'databases', impact: 'online' } },
  thing: { plain: { api: 'Plain', impact: 'online' } },
  'database-sql': { ran: { api: 'ran', input: 'init_sql', impact: 'online' } },
  'masking-sql': { ran: { api: 'ran', input: 'mask_sql', impact: 'online' } }
};

export type ToldSession = Partial<Session>;

/** What a run finds, and what it is asked for. */
export interface Told {
  readonly live?: readonly Observed[];
  readonly wanted?: readonly Desired[];
  readonly target?: Partial<Target>;
  readonly session?: ToldSession;
  readonly provider?: Partial<Provider>;
  readonly options?: Partial<Options>;
  /** Run inputs. */
  readonly run?: Readonly<Record<string, unknown>>;
  readonly settings?: Settings;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly event?: object;
  readonly ephemeral?: Run['ephemeral'];
  readonly notices?: readonly Notice[];
  /** What steps throw, by their address. */
  readonly fails?: Readonly<Record<string, unknown>>;
  /** The outputs of a live server. */
  readonly database?: DatabaseOutputs | undefined;
  /** The way into it. Default: there is none. */
  readonly way?: WayIn | NotReachable;
  /** What an apply learns, by address. */
  readonly facts?: Readonly<Record<string, Facts>>;
  /** Addresses of resources that are there already when they are made. */
  readonly existed?: readonly string[];
  /** Servers within reach. */
  readonly servers?: readonly (Told & { readonly title: string; readonly mark: Partial<Mark> | undefined })[];
  /** Resources of others that use these. */
  readonly dependents?: readonly Observed[];
  /** What is opened for another spec. */
  readonly copy?: Told;
  readonly workspace?: string;
  readonly more?: Partial<Run>;
  readonly execution?: FakeContext;
}

export const ENDPOINT = {
  host: 'orders.example',
  port: 5432,
  database: 'orders',
  username: 'keeper',
  sslmode: 'verify-full'
} as const;

export const OUTPUTS: DatabaseOutputs = { endpoint: ENDPOINT, module: {}, rebootRequired: false };

/** The mark of the told database. */
export function markOf(more: Partial<Mark> = {}, target: Partial<Target> = {}): Mark {
  return { ...markFor({ ...CLOUD, ...target }), ...more };
}

/** The live server, ours unless `more` says otherwise. */
export function server(
  fields: Observed['fields'] = { size: 20 },
  { mark = {}, ...more }: Partial<Omit<Observed, 'fields'>> & { readonly mark?: Partial<Mark> } = {}
): Observed {
  const ownership = { kind: 'ours', mark: markOf(mark) } as const;
  return observed('server', fields, { type: 'server', title: 'server orders', ownership, ...more });
}

/** The server as the workflow asks for it. */
export function wanted(fields: Parameters<typeof desired>[1] = { size: 20 }, more: Partial<Desired> = {}): Desired {
  return desired('server', fields, { type: 'server', title: 'server orders', ...more });
}

/** The digest of a server that was applied as it was wanted with these fields. */
export function appliedAs(fields: Parameters<typeof wanted>[0]): string {
  return settingsDigest([wanted(fields)], TABLES);
}

export function failure(kind: FailureKind, message: string, hint?: string): ProviderError {
  return new ProviderError(message, defined({ kind, hint }));
}

/** Lists, or failures, one for each time that it is read; the last one stays. */
export function inTurn<T>(...answers: readonly (readonly T[] | Error)[]): () => Promise<readonly T[]> {
  const left = [...answers];
  return async () => {
    const answer = (left.length > 1 ? left.shift() : left[0]) ?? [];
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

type Say = (what: string) => void;

/** Without what every mark of the told database says. */
function markText({ repository, name, environment, applied, ...more }: Mark): string {
  const usual = { repository: CLOUD.repository, name: CLOUD.name, environment: CLOUD.environment };
  const others = Object.entries({ repository, name, environment }).filter(
    ([member, value]) => value !== usual[member as keyof typeof usual]
  );
  const digest = applied === undefined ? {} : { applied: applied.slice(0, 6) };
  return JSON.stringify({ ...more, ...Object.fromEntries(others), ...digest });
}

/** A live resource as an apply leaves it. */
function madeFrom(
  { type, title, address, fields, ...more }: Desired,
  mark: Mark,
  before: Observed | undefined
): Observed {
  const { dependsOn, concurrencyGroup } = more;
  const values = Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value]));
  const ownership = { kind: 'ours', mark } as const;
  const facts = before?.facts ?? {};
  return { address, type, title, fields: values as Observed['fields'], facts, dependsOn, concurrencyGroup, ownership };
}

/** A provider that keeps two lists: what is there, and what is wanted. Tells each call that matters. */
function toldSession(given: Told, target: Target, say: Say): Session {
  let live = given.live ?? [];
  const { wanted: goal = [], fails = {} } = given;
  const servers = given.servers ?? [];
  return {
    target,
    tables: TABLES,
    observe: async () => {
      say('observe');
      return [...live];
    },
    observeForOutputs: async () => {
      say('observe for outputs');
      return [...live];
    },
    dependents: async () => {
      say('dependents');
      return given.dependents ?? [];
    },
    check: async () => ({ problems: [], notices: [] }),
    desired: async () => goal,
    apply: async (plan, _observed, mark) => {
      const steps = effectiveSteps(plan);
      say(`apply ${steps.map(({ action, title }) => `${action} ${title}`).join(', ')} with ${markText(mark)}`);
      const failed = (address: string): boolean => address in fails;
      const before = live;
      const made = plan.intent === 'destroy' ? [] : goal.filter(({ address }) => !failed(address));
      const gone = steps.filter(({ address, action }) => action === 'delete' && !failed(address));
      const others = [...gone, ...made].map(({ address }) => address);
      live = [
        ...made.map(one =>
          madeFrom(
            one,
            mark,
            before.find(({ address }) => address === one.address)
          )
        ),
        ...before.filter(({ address }) => !others.includes(address))
      ];
      const results = steps.map(({ address, title, action }) => {
        const error = failed(address) ? { error: asActionError(fails[address]) } : {};
        return { address, title, action, outcome: failed(address) ? 'failed' : 'done', seconds: 1, ...error } as const;
      });
      const [error] = results.flatMap(one => ('error' in one ? [one.error] : []));
      const facts = new Map(Object.entries(given.facts ?? {}));
      return { results, facts, existed: new Set(given.existed), ...(error === undefined ? {} : { error }) };
    },
    writeMark: async (_observed, mark) => {
      say(`mark ${markText(mark)}`);
      live = live.map(one => ({ ...one, ownership: { kind: 'ours', mark } }));
    },
    outputs: async found => (found.length === 0 ? undefined : 'database' in given ? given.database : OUTPUTS),
    inputsOf: async () => ({ place: {}, pinned: {} }),
    wayIn: async () => given.way ?? { kind: 'not-reachable', why: 'it is told', hint: 'Tell it.' },
    snapshot: async () => ({ id: 'orders-1', detail: '12 MB' }),
    newestBackup: async () => ({ kind: 'none', why: 'it is told', hint: 'Back it up.' }),
    operation: async () => ({ steps: [], consequences: [], refusals: [] }),
    cost: async () => undefined,
    advice: async () => [],
    doctor: async () => [],
    whoChanged: async (_observed, addresses) => {
      say(`who changed ${addresses.join(', ')}`);
      return undefined;
    },
    listServers: async () => {
      say('list');
      return servers.map(one => {
        const mark = one.mark === undefined ? undefined : { ...markOf(), ...one.mark };
        const own: Target = { ...target, ...mark };
        const open = async (): Promise<Session> => toldSession(one, own, what => say(`${one.title}: ${what}`));
        return { title: one.title, mark, open };
      });
    },
    close: async () => say('close'),
    ...given.session
  };
}

/** Runs a command on a told provider, and returns all that it did and said, in lines. */
export async function told(command: Command, given: Told): Promise<readonly string[]> {
  const execution = given.execution ?? fakeContext();
  const lines: string[] = [];
  const target: Target = { ...CLOUD, ...given.target };
  let depth = 0;
  const write = (level: string) => (message: string) =>
    void lines.push(...message.split('\n').map(line => `${'  '.repeat(depth)}${level}: ${line}`));
  const log = {
    debug: write('debug'),
    info: write('info'),
    notice: write('notice'),
    warning: write('warning'),
    error: write('error'),
    group: async <T>(title: string, body: () => Promise<T>): Promise<T> => {
      lines.push(`group ${title}`);
      const at = lines.length;
      depth += 1;
      try {
        return await body();
      } finally {
        depth -= 1;
        // What a plan says is another test's.
        if (title === 'Plan') lines.push(`  ${lines.splice(at).length} lines`);
      }
    }
  };
  const say: Say = what => void lines.push(`${'  '.repeat(depth)}→ ${what}`);
  const session = toldSession(given, target, say);
  const open: Run['open'] = async (spec, copy) => {
    const { mask, ...rest } = copy ?? {};
    say(`open ${spec.name} ${JSON.stringify({ ...spec.settings, ...rest, mask: mask?.hash })}`);
    return toldSession(given.copy ?? {}, { ...target, name: spec.name }, what => say(`${spec.name}: ${what}`));
  };
  const options = {
    command: 'plan',
    adopt_existing: false,
    allow_major_version_upgrade: false,
    apply_immediately: false,
    approval: 'when-present',
    strict: false,
    wait: true,
    timeout_minutes: 60,
    drift_issue: false,
    allow_unknown: false,
    dry_run: false,
    ...given.options
  };
  const { name, environment, provider } = target;
  const saved = (_: string, value: string): void => say(`save state ${value}`);
  const run = {
    runtime: {
      env: {},
      log,
      clock: execution.clock,
      paths: { workspace: given.workspace ?? '/tmp' },
      saveState: saved
    },
    execution: { ...execution, log },
    inputs: {
      secrets: new Map(Object.entries(given.secrets ?? {})),
      options,
      run: given.run ?? {},
      spec: { provider, name, environment, settings: given.settings ?? {}, origins: {}, notices: [] }
    },
    event: {
      kind: 'push',
      apiUrl: 'http://127.0.0.1:1',
      serverUrl: 'https://github.example',
      repository: { owner: 'acme', name: 'shop', id: undefined },
      ref: 'refs/heads/main',
      sha: 'abc',
      headSha: 'abc',
      runId: '7',
      runAttempt: 2,
      runUrl: 'https://github.example/run/7',
      defaultBranch: 'main',
      ...given.event
    },
    provider: { title: 'RDS', capabilities: {}, validate: () => ({ problems: [], notices: [] }), ...given.provider },
    session,
    open,
    notices: given.notices ?? [],
    ...(given.ephemeral === undefined ? {} : { ephemeral: given.ephemeral }),
    ...given.more
  } as unknown as Run;
  try {
    const result = await command(run);
    return [...lines, ...resultLines(result, lines.join('\n'))];
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return [...lines, `throws ${failureText(thrown)}`];
  }
}

/** A call that fails so. */
export function rejects(thrown: unknown): () => Promise<never> {
  return async () => {
    throw thrown;
  };
}

/** A told run with its title. */
export type Row = readonly [title: string, command: Command, given: Told];

/** What a file says once need not be read again. */
function shortened(line: string): string {
  return line.length > 110 ? `${line.slice(0, 70)}…` : line;
}

/** Each told run under its title, for a golden file. */
export async function sections(rows: readonly Row[]): Promise<string> {
  const parts: string[] = [];
  const seen = new Set<string>();
  for (const [title, command, given] of rows) {
    const lines = (await told(command, given)).map(line => (seen.has(line) ? shortened(line) : line));
    for (const line of lines) seen.add(line);
    parts.push(`# ${title}\n${lines.join('\n')}\n`);
  }
  return parts.join('\n');
}

/** A failure with all that is told of it. */
export function failureText(thrown: unknown): string {
  if (!(thrown instanceof ActionError)) return String(thrown);
  const { code, source, message, hint } = thrown;
  return `${code} (${source}): ${message}${hint === undefined ? '' : ` → ${hint}`}`;
}

function planText({ verdict, intent, counts, steps, notices }: Plan, said: string): string {
  const counted = Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]));
  const shown = steps.map(({ action, title }) => `${action} ${title}`);
  const all = notices.map(one => noticeText(one, said));
  return [`${intent} ${verdict} (${counted.join(', ')})`, ...shown, ...all].join('; ');
}

/** What the log has said already is not repeated. */
function noticeText({ code, severity, input, message }: Notice, said: string): string {
  const about = `${severity} ${code}${input === undefined ? '' : ` of ${input}`}`;
  return said.includes(message) ? about : `${about}: ${message}`;
}

function resultLines(
  { command, result, plan, error, applied, database, operation, ...rest }: RunResult,
  said: string
): readonly string[] {
  const members = Object.entries(rest).map(([name, value]) => `  ${name} ${JSON.stringify(value, replaced)}`);
  return [
    `${command}: ${result}`,
    ...(plan === undefined ? [] : [`  plan ${planText(plan, said)}`]),
    ...(applied === undefined
      ? []
      : [`  applied ${applied.results.map(({ title, outcome }) => `${title} ${outcome}`).join(', ') || 'nothing'}`]),
    ...(applied?.error === undefined ? [] : [`  applied with ${failureText(applied.error)}`]),
    ...(database === undefined ? [] : [`  database ${databaseText(database)}`]),
    ...(operation === undefined ? [] : [`  operation ${operationText(operation)}`]),
    ...members,
    ...(error === undefined ? [] : [`  error ${failureText(error)}`])
  ];
}

function operationText({ plan, results = [] }: OperationReport): string {
  const { verdict, steps, consequences, refusals, notices } = plan;
  return [
    verdict,
    ...steps.map(({ title, state }) => `${title} ${state}`),
    ...consequences,
    ...refusals.map(({ rule, message, hint }) => `refused by ${rule}: ${message} ${hint}`),
    ...notices.map(one => noticeText(one, '')),
    ...results.map(({ title, outcome, seconds }) => `${title} ${outcome} in ${seconds} s`)
  ].join('; ');
}

function databaseText({ endpoint, ...rest }: DatabaseOutputs): string {
  const { host, port, database, username, sslmode, ...more } = endpoint;
  return `${username}@${host}:${port}/${database} ${sslmode} ${JSON.stringify({ ...more, ...rest })}`;
}

function replaced(name: string, value: unknown): unknown {
  if (value instanceof Error) return failureText(value);
  if (value === CLOUD || (name === 'target' && (value as Target).name === CLOUD.name)) return '…';
  return name === 'digest' ? '…' : value;
}
