import { defined } from '../../src/engine/defined.ts';
import type { ApplyResult } from '../../src/engine/apply.ts';
import { settingsDigest } from '../../src/engine/digest.ts';
import { markFor } from '../../src/engine/ownership.ts';
import { ownTagsOf, rememberPassword } from '../../src/engine/own-tags.ts';
import type { Notice, Plan } from '../../src/engine/plan.ts';
import { planOperation, type OperationName, type OperationPlan } from '../../src/engine/operation.ts';
import { runOperation } from '../../src/engine/run-operation.ts';
import { planApply, planDestroy } from '../../src/engine/planner.ts';
import { refuseOtherValues } from '../../src/engine/refuse-other-values.ts';
import type { Observed } from '../../src/engine/resource.ts';
import { openBase } from '../../src/ephemeral/base.ts';
import { openDatabase } from '../../src/ephemeral/database-session.ts';
import type { CopyOfData } from '../../src/sql-objects/context.ts';
import { withSqlObjects } from '../../src/sql-objects/session.ts';
import type { NotReachable, WayIn } from '../../src/postgres/way-in.ts';
import type { Allowances } from '../../src/engine/safety.ts';
import {
  defineProvider,
  type DatabaseOutputs,
  type Session,
  type Setup,
  type ProviderDefinition
} from '../../src/providers/provider.ts';
import type { Endpoint } from '../../src/providers/endpoint.ts';
import type { IdentityLogin } from '../../src/providers/identity-login.ts';
import type { AccessRequest } from '../../src/providers/runner-access.ts';
import type { Chosen } from '../../src/providers/operations.ts';
import { openSecrets } from '../../src/secrecy/secrecy.ts';
import { load } from '../../src/spec/load.ts';
import type { Spec } from '../../src/spec/spec.ts';
import { refuseLiveProblems, refuseProblems } from '../../src/spec/problem.ts';
import { asks } from '../../src/spec/spec.ts';
import { fakeContext, type FakeContext } from './fake-context.ts';

type With = Readonly<Record<string, string>>;

/** One session with a cloud, in this process. */
export interface CloudRun {
  readonly session: Session;
  readonly spec: Spec;
  /** Opens the provider for another spec, in the same run. */
  open(spec: Spec, copy?: ReachedCopy): Promise<Session>;
  readonly execution: FakeContext;
  readonly masked: readonly string[];
  /** `seen`: an observation of that server by another run, instead of one of its own. */
  plan(seen?: readonly Observed[]): Promise<{ readonly plan: Plan; readonly observed: readonly Observed[] }>;
  /** Plans and applies, as the command does; throws what failed. `between`: what others do after the plan. */
  apply(between?: () => Promise<unknown>): Promise<{
    readonly plan: Plan;
    readonly outputs: DatabaseOutputs | undefined;
    readonly result: ApplyResult;
  }>;
  /** `between`: what others do after the plan. */
  destroy(between?: () => Promise<unknown>): Promise<Plan>;
  /**
   * Plans and runs an operation, as its command does; throws what failed. A refused one is not run. `between`: what
   * others do after the plan.
   */
  operate(operation: OperationName, chosen?: Chosen, between?: () => Promise<unknown>): Promise<OperationPlan>;
  /** Plans it only, as `dry_run` does. `seen`: an observation of the server before. */
  planOperation(operation: OperationName, chosen?: Chosen, seen?: readonly Observed[]): Promise<OperationPlan>;
  /** The login with the identity of the run, to a server at this endpoint. */
  identityLogin(endpoint: Endpoint): Promise<IdentityLogin | undefined>;
  /** A session for the database of a pull request on the server. */
  pullRequestDatabase(pullRequest: number): Promise<Session>;
}

export interface CloudRunOptions {
  readonly pullRequest?: number;
  /** Default: `acme/shop`, without an id, as marks of version 1 know it. */
  readonly repository?: string;
  readonly repositoryId?: string;
  readonly host?: string;
  /** How the run may open the firewall to its runner. */
  readonly access?: AccessRequest;
  /**
   * A server that really runs where the cloud says that its own does, as its name and the cloud's authority would lead
   * to it. What is inside is kept as well then.
   */
  readonly place?: Place;
  /** Between two looks at what goes on. Longer ones make fewer looks at what does not end. */
  readonly pollSeconds?: number;
  /** The files of `init_sql`. */
  readonly workspace?: string;
  readonly strict?: boolean;
  /** The server is a copy of data, reached by this way. */
  readonly copy?: ReachedCopy;
}

interface ReachedCopy extends CopyOfData {
  readonly way: WayIn | NotReachable;
}

export interface Place {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly ca: string;
}

/** A provider in this process, with a clock that does not wait. `env` is the environment after its login. */
export async function cloudRun<W, L>(
  cloud: ProviderDefinition<W, L>,
  env: Setup['env'],
  inputs: With,
  { access, place, workspace = '/tmp', strict = false, copy, pollSeconds, ...options }: CloudRunOptions = {}
): Promise<CloudRun> {
  const loaded = load([{ values: { cloud_provider: cloud.name, ...inputs } }]);
  const definition = defineProvider(place === undefined ? cloud : placed(cloud, place));
  const validation = definition.validate(loaded.spec);
  refuseProblems([...loaded.problems, ...validation.problems]);
  const secrets = openSecrets();
  const execution = fakeContext({ secrecy: secrets });
  const masked: string[] = [];
  for (const secret of loaded.secrets.values()) secrets.add(secret);
  const setup: Setup = {
    ...defined({ access }),
    spec: loaded.spec,
    owner: defined({ repository: 'acme/shop', ...options }),
    env: pollSeconds === undefined ? env : { ...env, PGKEEP_POLL_SECONDS: `${pollSeconds}` },
    paths: { temp: '/tmp', toolCache: '/tmp', workspace, action: '/tmp' },
    secret: name => loaded.secrets.get(name),
    mask: value => {
      masked.push(value);
      secrets.add(value);
    },
    execution,
    options: {
      ...defined({ switchover: loaded.run.confirm_switchover }),
      applyImmediately: loaded.run.apply_immediately ?? false,
      allowRestart: loaded.run.allow_restart,
      wait: loaded.run.wait ?? true,
      deadline: new Date(execution.clock.now().getTime() + (loaded.run.timeout_minutes ?? 60) * 60_000)
    }
  };
  const adopts = (loaded.run.adopt_existing ?? false) !== false;
  const opened = await definition.open(setup);
  const within = (bare: Session, of: Setup, reached: ReachedCopy | undefined): Session => {
    const reachable = reached === undefined ? bare : { ...bare, wayIn: async () => reached.way };
    return withSqlObjects(reachable, of, { compares: true, strict, adopts, copy: reached });
  };
  const session = place === undefined && copy === undefined ? opened : within(opened, setup, copy);
  const allowances: Allowances = {
    adoptExisting: adopts,
    majorVersionUpgrade: loaded.run.allow_major_version_upgrade ?? false,
    destroy: true,
    skipFinalSnapshot: loaded.spec.settings.skip_final_snapshot ?? options.pullRequest !== undefined,
    restart: loaded.run.allow_restart !== false
  };
  const planned = async (
    seen?: readonly Observed[]
  ): Promise<{
    plan: Plan;
    observed: readonly Observed[];
    settings: string;
    ownTags: readonly string[];
  }> => {
    const observed = seen ?? (await session.observe());
    const findings = await session.check(observed);
    refuseLiveProblems(findings.problems);
    const desired = await session.desired(observed);
    const notices: readonly Notice[] = [...validation.notices, ...findings.notices];
    const request = {
      target: session.target,
      desired,
      observed,
      tables: session.tables,
      notices,
      allowances,
      isAsked: asks({ ...loaded.run, ...loaded.spec.settings })
    };
    const alone = planApply(request);
    const deletes = alone.steps.some(({ action, intended }) => (intended ?? action) === 'delete');
    const dependents = deletes ? await session.dependents(observed) : [];
    const plan = dependents.length === 0 ? alone : planApply({ ...request, observed: [...observed, ...dependents] });
    const ownTags = rememberPassword(ownTagsOf(desired, plan.lastApplied, observed), plan);
    return { plan, observed, settings: settingsDigest(desired, session.tables), ownTags };
  };
  const drafted = async (
    operation: OperationName,
    chosen: Chosen = {},
    seen?: readonly Observed[]
  ): ReturnType<typeof planOperation> => {
    const observed = seen ?? (await session.observe());
    const [server] = observed;
    if (server === undefined) throw new Error('there is no server');
    const draft = async (): ReturnType<Session['operation']> => session.operation(operation, observed, chosen);
    return planOperation({ operation, target: session.target, server, draft, notices: [] });
  };
  return {
    session,
    spec: loaded.spec,
    open: async (spec, reached) => {
      const bare = await definition.open({ ...setup, spec });
      return reached === undefined ? bare : within(bare, { ...setup, spec }, reached);
    },
    identityLogin: async endpoint => cloud.identityLogin?.(await cloud.open(setup), endpoint),
    pullRequestDatabase: async pullRequest => openDatabase(await openBase(definition, setup), setup, { pullRequest }),
    execution,
    masked,
    plan: planned,
    apply: async between => {
      const { plan, observed, settings, ownTags } = await planned();
      await between?.();
      const mark = markFor(session.target, { applied: settings, ownTags });
      const result = await session.apply(plan, observed, mark);
      if (result.error !== undefined) throw result.error;
      const now = await session.observe();
      refuseOtherValues(result, { desired: await session.desired(now), observed: now, tables: session.tables });
      await session.writeMark(now, mark);
      return { plan, result, outputs: await session.outputs(now) };
    },
    destroy: async between => {
      const observed = await session.observe();
      const all = [...observed, ...(await session.dependents(observed))];
      const plan = planDestroy({
        target: session.target,
        observed: all,
        tables: session.tables,
        notices: [],
        allowances
      });
      await between?.();
      const result = await session.apply(plan, observed, markFor(session.target));
      if (result.error !== undefined) throw result.error;
      return plan;
    },
    operate: async (operation, chosen, between) => {
      const { plan, steps } = await drafted(operation, chosen);
      await between?.();
      if (plan.verdict !== 'changes') return plan;
      const open = steps.filter((_, at) => plan.steps[at]?.state !== 'done');
      const { error } = await runOperation(execution, open, setup.options.deadline);
      if (error !== undefined) throw error;
      return plan;
    },
    planOperation: async (operation, chosen, seen) => (await drafted(operation, chosen, seen)).plan
  };
}

function placed<W, L>(cloud: ProviderDefinition<W, L>, { host, port, ca }: Place): ProviderDefinition<W, L> {
  return {
    ...cloud,
    outputs: async (context, observed) => {
      const outputs = await cloud.outputs(context, observed);
      return outputs && { ...outputs, endpoint: { ...outputs.endpoint, host, port, caCertificate: ca } };
    }
  };
}

/** What a plan would do, a line each: `update server: instance_class db.t3.micro → db.t3.small (deferred)`. */
export function lines(plan: Plan): readonly string[] {
  return plan.steps
    .filter(step => step.action !== 'none')
    .flatMap(step =>
      step.changes.length === 0 || step.action === 'create'
        ? [`${step.action} ${step.address}`]
        : step.changes.map(
            change =>
              `${step.action} ${step.address}: ${change.field} ${JSON.stringify(change.from ?? null)} → ${JSON.stringify(change.to)} (${change.impact})`
          )
    );
}

/**
 * Runs of one account in words: what an apply did, what a plan would do, and what a plan has to say (`warning legacy`).
 */
export interface Told {
  readonly applied: (inputs: With) => Promise<readonly string[]>;
  readonly planned: (inputs: With) => Promise<readonly string[]>;
  readonly notices: (inputs: With) => Promise<readonly string[]>;
}

/** `run` opens a new run, as a workflow's next step would. */
export function told(run: (inputs: With) => Promise<CloudRun>): Told {
  return {
    applied: async inputs => lines((await (await run(inputs)).apply()).plan),
    planned: async inputs => lines((await (await run(inputs)).plan()).plan),
    notices: async inputs =>
      (await (await run(inputs)).plan()).plan.notices.map(({ code, severity }) => `${severity} ${code}`)
  };
}
