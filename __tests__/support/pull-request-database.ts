import { NOT_READY } from '../../src/providers/way-in.ts';
import { NO_FINDINGS } from '../../src/providers/findings.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplyResult } from '../../src/engine/apply.ts';
import { markFor } from '../../src/engine/ownership.ts';
import type { Execution } from '../../src/engine/execution.ts';
import { planApply, planDestroy } from '../../src/engine/planner.ts';
import type { Plan } from '../../src/engine/plan.ts';
import type { Allowances } from '../../src/engine/safety.ts';
import type { Base } from '../../src/ephemeral/base.ts';
import { openDatabase } from '../../src/ephemeral/database-session.ts';
import { expiryOf } from '../../src/ephemeral/ephemeral.ts';
import { withSqlSession, type ConnectionTarget } from '../../src/postgres/connection.ts';
import { directWayIn } from '../../src/postgres/direct-way-in.ts';
import type { DatabaseOutputs, SecretStore, Session, Setup } from '../../src/providers/provider.ts';
import type { Settings } from '../../src/spec/catalogue.ts';
import { query } from './client.ts';
import { testContext } from './real-server.ts';

/** A server that databases of pull requests are made on, as a provider would hand it out, logged in to as any user. */
export function baseOn(connection: ConnectionTarget, options: { readonly isOurs?: boolean } = {}): Base {
  const { host, port, user, password, database } = connection;
  const kept = new Map<string, string>();
  const secretStore: SecretStore = {
    read: async name => kept.get(name),
    write: async (name, value) => void kept.set(name, value),
    remove: async name => void kept.delete(name)
  };
  const session: Session = {
    target: sharedTarget(),
    tables: {},
    secretStore,
    observe: async () => [],
    dependents: async () => [],
    observeForOutputs: async () => [],
    listServers: async () => [],
    check: async () => NO_FINDINGS,
    desired: async () => [],
    apply: async () => {
      throw new Error('nobody changes the base');
    },
    writeMark: async () => {},
    outputs: async () => undefined,
    inputsOf: async () => ({ place: {}, pinned: {} }),
    wayIn: async () => NOT_READY,
    snapshot: async () => ({ id: '', detail: '' }),
    newestBackup: async () => ({ kind: 'none', why: 'nothing', hint: 'Nothing.' }),
    operation: async () => {
      throw new Error('nobody acts on the base');
    },
    advice: async () => [],
    cost: async () => undefined,
    doctor: async () => [],
    whoChanged: async () => undefined,
    close: async () => {}
  };
  return {
    name: 'shared',
    target: sharedTarget(),
    session,
    state: {
      kind: 'ready',
      outputs: {
        endpoint: { host, port, username: user, password, database, sslmode: 'disable' },
        module: { db_instance_id: 'shared' },
        rebootRequired: false
      },
      way: directWayIn(connection),
      isOurs: options.isOurs ?? true
    }
  };
}

function sharedTarget(): Session['target'] {
  return { provider: 'local', account: 'runner', region: '', name: 'shared', environment: '', repository: 'acme/shop' };
}

export interface Ask {
  readonly settings?: Settings;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly repository?: string;
  readonly workspace?: string;
  readonly execution?: Execution;
  /** `max_ephemeral`. */
  readonly most?: number;
}

/** A session for the database of one pull request, as a run opens it. */
export function sessionFor(base: Base, pullRequest: number, ask: Ask = {}): Session {
  const folder = mkdtempSync(join(tmpdir(), 'pgkeep-test-workspace-'));
  const setup: Setup = {
    spec: {
      provider: 'local',
      name: 'orders',
      environment: '',
      settings: ask.settings ?? {},
      origins: {},
      notices: []
    },
    owner: { repository: ask.repository ?? 'acme/shop' },
    env: {},
    paths: { temp: folder, toolCache: folder, workspace: ask.workspace ?? folder, action: folder },
    secret: name => ask.secrets?.[name],
    mask: () => {},
    execution: ask.execution ?? { ...testContext(), random: Math.random },
    options: { applyImmediately: false, allowRestart: undefined, wait: true, deadline: new Date(Date.now() + 600_000) }
  };
  return openDatabase(base, setup, { pullRequest, most: ask.most });
}

const PERMITS: Allowances = {
  adoptExisting: false,
  majorVersionUpgrade: false,
  destroy: true,
  skipFinalSnapshot: true,
  restart: true
};

export interface Made {
  readonly plan: Plan;
  readonly applied: ApplyResult;
  readonly outputs: DatabaseOutputs | undefined;
}

/** Plans and applies, as `command: apply` does. Throws what a step failed with. */
export async function make(session: Session): Promise<Made> {
  try {
    return await makeOpen(session);
  } finally {
    await session.close();
  }
}

async function makeOpen(session: Session): Promise<Made> {
  const observed = await session.observe();
  const { notices } = await session.check(observed);
  const desired = await session.desired(observed);
  const { target: about, tables } = session;
  const plan = planApply({ target: about, desired, observed, tables, notices, allowances: PERMITS });
  const mark = markFor(about, { applied: 'settings', expiresAt: expiryOf(new Date()), run: '1.1' });
  const applied = await session.apply(plan, observed, mark);
  if (applied.error !== undefined) throw applied.error;
  await session.writeMark(plan.verdict === 'no-changes' ? observed : await session.observe(), mark);
  return { plan, applied, outputs: await session.outputs(await session.observe()) };
}

/** Destroys, as `command: destroy` does. Throws what a step failed with. */
export async function unmake(session: Session): Promise<Plan> {
  try {
    return await unmakeOpen(session);
  } finally {
    await session.close();
  }
}

async function unmakeOpen(session: Session): Promise<Plan> {
  const observed = await session.observe();
  const { target: about, tables } = session;
  const plan = planDestroy({ target: about, observed, tables, notices: [], allowances: PERMITS });
  const applied = await session.apply(plan, observed, markFor(about));
  if (applied.error !== undefined) throw applied.error;
  return plan;
}

/** What the outputs say, as an address for a client. */
export function urlOf(outputs: DatabaseOutputs | undefined): string {
  if (outputs === undefined) throw new Error('there are no outputs');
  const { host, port, database, username, password = '' } = outputs.endpoint;
  return `postgresql://${username}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

/** Runs statements, one by one. */
export async function run(target: ConnectionTarget, ...statements: readonly string[]): Promise<void> {
  await withSqlSession(target, new AbortController().signal, async session => {
    for (const statement of statements) await session.query(statement);
  });
}

export async function rows<Row extends object>(target: ConnectionTarget, text: string): Promise<readonly Row[]> {
  return withSqlSession(target, new AbortController().signal, session => session.query<Row>(text));
}

/** The SQLSTATE that a statement is refused with, or `allowed`. */
export async function refusalOf(url: string, sql: string): Promise<string> {
  return query(url, sql).then(
    () => 'allowed',
    (thrown: { readonly code: string }) => thrown.code
  );
}
