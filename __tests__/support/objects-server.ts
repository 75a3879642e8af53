import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplyResult } from '../../src/engine/apply.ts';
import { applyPlan } from '../../src/engine/apply.ts';
import { markFor, ownership, type Target } from '../../src/engine/ownership.ts';
import type { Plan } from '../../src/engine/plan.ts';
import { planApply } from '../../src/engine/planner.ts';
import type { Observed } from '../../src/engine/resource.ts';
import type { SqlObjectOptions } from '../../src/sql-objects/open-objects.ts';
import { withSqlObjects } from '../../src/sql-objects/session.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { directWayIn } from '../../src/postgres/direct-way-in.ts';
import type { NotReachable, WayIn } from '../../src/postgres/way-in.ts';
import { defined } from '../../src/engine/defined.ts';
import type { CloudLogins } from '../../src/providers/cloud-logins.ts';
import type { ExtensionRules } from '../../src/providers/extension-rules.ts';
import { NO_FINDINGS, type Findings } from '../../src/providers/findings.ts';
import type { DatabaseOutputs, Session, Setup } from '../../src/providers/provider.ts';
import { refuseLiveProblems } from '../../src/spec/problem.ts';
import { load } from '../../src/spec/load.ts';
import type { Raw } from '../../src/spec/parse.ts';
import { testContext, type TestContext } from './real-server.ts';

/** A server that some provider keeps, logged in to as any user, for what this action keeps inside it. */
export interface ObjectsServer {
  /** Plans as `command: plan` does. */
  plan(inputs: Readonly<Record<string, Raw>>, more?: ObjectsRun): Promise<ObjectsPlan>;
  /** Plans and applies. Throws what a step failed with. */
  apply(inputs: Readonly<Record<string, Raw>>, more?: ObjectsRun): Promise<ObjectsApply>;
  /** Sets the outputs, as `command: outputs` does. */
  outputs(inputs: Readonly<Record<string, Raw>>): Promise<DatabaseOutputs | undefined>;
}

export interface ObjectsRun {
  readonly way?: WayIn | NotReachable;
  readonly workspace?: string;
  readonly strict?: boolean;
  readonly adopts?: boolean;
  readonly rules?: ExtensionRules;
  readonly logins?: CloudLogins;
  /** The parameters of the server that the workflow manages. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly allowRestart?: boolean;
  readonly context?: TestContext;
}

export interface ObjectsPlan {
  readonly plan: Plan;
  readonly notices: Findings['notices'];
  /** `create role/orders_app`, in the plan's order, without what stays as it is. */
  readonly steps: readonly string[];
}

export interface ObjectsApply extends ObjectsPlan {
  readonly applied: ApplyResult;
  readonly outputs: DatabaseOutputs | undefined;
  readonly lines: readonly string[];
}

const TARGET: Target = {
  provider: 'local',
  account: 'runner',
  region: '',
  name: 'orders',
  environment: '',
  repository: 'acme/shop'
};

/** A database with its three groups, two logins, extensions in two databases and a file. */
export const OBJECTS = {
  password_seed: 'a seed of more than 16',
  extensions: 'hstore',
  databases: { orders: { extensions: ['citext'], init_sql: ['one.sql'] } },
  roles: { orders_app: { access: { orders: 'readwrite' } }, orders_bi: { access: { orders: 'readonly' } } }
};

/** `connection`: as the server's admin, in the database that the server has from the beginning. */
export function objectsServer(connection: ConnectionTarget): ObjectsServer {
  const server: Observed = {
    address: 'server',
    type: 'server',
    title: 'server orders',
    ownership: ownership(markFor(TARGET), TARGET),
    fields: {},
    facts: {},
    dependsOn: [],
    concurrencyGroup: 'server'
  };
  const open = (
    inputs: Readonly<Record<string, Raw>>,
    {
      way = directWayIn(connection),
      workspace,
      strict = false,
      adopts = false,
      context = testContext(),
      rules,
      logins,
      parameters,
      allowRestart
    }: ObjectsRun,
    compares = true
  ): { session: Session; context: TestContext } => {
    const folder = mkdtempSync(join(tmpdir(), 'pgkeep-test-workspace-'));
    const { spec, secrets, problems } = load([{ values: { cloud_provider: 'local', name: 'orders', ...inputs } }]);
    refuseLiveProblems(problems);
    const setup: Setup = {
      spec,
      owner: { repository: 'acme/shop' },
      env: {},
      paths: { temp: folder, toolCache: folder, workspace: workspace ?? folder, action: folder },
      secret: name => secrets.get(name),
      mask: () => {},
      execution: context,
      options: {
        applyImmediately: false,
        allowRestart,
        wait: true,
        deadline: new Date(Date.now() + 600_000)
      }
    };
    const { host, port, user, password, database } = connection;
    const outer: Session = {
      target: TARGET,
      tables: { server: {} },
      observe: async () => [server],
      dependents: async () => [],
      observeForOutputs: async () => [server],
      listServers: async () => [],
      check: async () => NO_FINDINGS,
      desired: async () =>
        parameters === undefined
          ? []
          : [
              {
                ...server,
                presence: 'present',
                complete: ['parameters'],
                fields: Object.fromEntries(
                  Object.entries(parameters).map(([name, value]) => [`parameters.${name}`, { value, managed: true }])
                )
              }
            ],
      apply: async (plan, observed, mark, types = {}) =>
        applyPlan({ plan, context: undefined, types, observed, mark, secret: () => '', execution: context }),
      writeMark: async () => {},
      inputsOf: async () => ({ place: {}, pinned: {} }),
      outputs: async () => ({
        endpoint: { host, port, username: user, password, database, sslmode: 'disable' },
        module: {},
        rebootRequired: false
      }),
      wayIn: async () => way,
      ...defined({ extensionRules: rules, cloudLogins: logins }),
      operation: async () => {
        throw new Error('No operation is run here');
      },
      snapshot: async () => ({ id: '', detail: '' }),
      newestBackup: async () => ({ kind: 'none', why: 'nothing', hint: 'Nothing.' }),
      advice: async () => [],
      cost: async () => undefined,
      doctor: async () => [],
      whoChanged: async () => undefined,
      close: async () => {}
    };
    const options: SqlObjectOptions = { compares, strict, adopts };
    return { session: withSqlObjects(outer, setup, options), context };
  };

  const planIn = async (
    session: Session,
    adopts: boolean
  ): Promise<ObjectsPlan & { observed: readonly Observed[] }> => {
    const observed = await session.observe();
    const { problems, notices } = await session.check(observed);
    refuseLiveProblems(problems);
    const desired = await session.desired(observed);
    const plan = planApply({
      target: TARGET,
      desired,
      observed,
      tables: session.tables,
      notices,
      allowances: {
        adoptExisting: adopts,
        majorVersionUpgrade: false,
        destroy: false,
        skipFinalSnapshot: true,
        restart: true
      }
    });
    const steps = plan.steps
      .filter(({ action }) => action !== 'none')
      .map(({ action, address }) => `${action} ${address}`);
    return { plan, notices, steps, observed };
  };

  return {
    outputs: async inputs => {
      const { session } = open(inputs, {}, false);
      try {
        return await session.outputs(await session.observe());
      } finally {
        await session.close();
      }
    },
    plan: async (inputs, more = {}) => {
      const { session } = open(inputs, more);
      try {
        return await planIn(session, more.adopts === true);
      } finally {
        await session.close();
      }
    },
    apply: async (inputs, more = {}) => {
      const { session, context } = open(inputs, more);
      try {
        const { observed, ...planned } = await planIn(session, more.adopts === true);
        const applied = await session.apply(planned.plan, observed, markFor(TARGET, { applied: 'settings' }));
        if (applied.error !== undefined) throw applied.error;
        const outputs = await session.outputs(await session.observe());
        return { ...planned, applied, outputs, lines: context.lines };
      } finally {
        await session.close();
      }
    }
  };
}
