import { applyPlan, type ApplyResult } from '../engine/apply.ts';
import { defined } from '../engine/defined.ts';
import type { AuditTrail } from '../engine/audit-trail.ts';
import type { Execution } from '../engine/execution.ts';
import type { Estimate } from '../engine/cost.ts';
import { repositoryOf, type Mark, type Repository, type Target } from '../engine/ownership.ts';
import type { OperationDraft, OperationName } from '../engine/operation.ts';
import type { Notice, Plan } from '../engine/plan.ts';
import type { Desired, FieldTable, Observed, ResourceType } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import type { NotReachable, WayIn } from '../postgres/way-in.ts';
import type { DatabaseInput, ProviderName, Settings } from '../spec/catalogue.ts';
import type { CapabilityTable } from '../spec/features.ts';
import type { CloudLogins } from './cloud-logins.ts';
import type { Endpoint } from './endpoint.ts';
import type { ExtensionRules } from './extension-rules.ts';
import type { Findings } from './findings.ts';
import type { KeptPasswords } from './role-secrets.ts';
import type { LoginHint } from './login-hint.ts';
import type { NewestBackup } from './newest-backup.ts';
import { poolerRefusal } from './pooler.ts';
import { directlyAs, type IdentityLogin } from './identity-login.ts';
import type { LeftAlone } from './left-alone.ts';
import { directly, NOT_READY, unopened } from './way-in.ts';
import { draftOperation, type Chosen, type OperationTable } from './operations.ts';
import { rewriteMarks } from './rewrite-marks.ts';
import type { Spec } from '../spec/spec.ts';
import { accessTo, type AccessRequest, type OpenedAccess, type RunnerAccess } from './runner-access.ts';
import { runnerWayIn } from './runner-way-in.ts';
import { adviceFrom, type UsageReader } from './usage.ts';
import { withOriginalNames } from './with-original-names.ts';

/** The part of a target that does not depend on the provider. */
export type Owner = Repository & Pick<Target, 'pullRequest'>;

/** The arguments that every provider is opened with. */
export interface Setup {
  readonly spec: Spec;
  readonly owner: Owner;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
  /** A secret input by name, when given. */
  readonly secret: (name: string) => string | undefined;
  /** Hides a value in all later output, in every form. Call it before any other use of a generated or read secret. */
  readonly mask: (value: string) => void;
  readonly execution: Execution;
  readonly options: ApplyOptions;
  /** How this run may open the firewall of its server to this runner. Absent: the workflow does not ask for it. */
  readonly access?: AccessRequest;
}

/** How changes are applied. */
export interface ApplyOptions {
  /** Now instead of in the maintenance window. */
  readonly applyImmediately: boolean;
  /** `undefined` when the workflow does not set it: the provider's default holds. */
  readonly allowRestart: boolean | undefined;
  /** The database whose copy of the next version an apply may make the server: `confirm_switchover`. */
  readonly switchover?: string;
  /** False: start changes, and do not wait for their end. */
  readonly wait: boolean;
  /** Waits end here, with `in-progress`. */
  readonly deadline: Date;
}

export interface Paths {
  /** Emptied by the runner at the end of the job. */
  readonly temp: string;
  /** Kept on self-hosted runners. */
  readonly toolCache: string;
  readonly workspace: string;
  /** Where the action's own files lie (`dist`). */
  readonly action: string;
}

/** The module's outputs by name; those that a provider does not have are left out. */
export interface ModuleOutputs {
  readonly db_instance_id?: string;
  readonly db_instance_arn?: string;
  readonly db_instance_endpoint?: string;
  readonly db_instance_port?: number;
  readonly db_instance_name?: string;
  readonly db_instance_username?: string;
  readonly db_instance_resource_id?: string;
  readonly read_replica_endpoints?: readonly string[];
  readonly read_replica_ids?: readonly string[];
  readonly read_replica_arns?: readonly string[];
  readonly db_security_group_id?: string;
  readonly db_security_group_arn?: string;
  readonly db_subnet_group_id?: string;
  readonly db_subnet_group_arn?: string;
  readonly db_parameter_group_id?: string;
  readonly db_parameter_group_arn?: string;
  readonly performance_insights_enabled?: boolean;
  readonly performance_insights_kms_key_id?: string;
  /** The role of enhanced monitoring. */
  readonly enhanced_monitoring_arn?: string;
  readonly enhanced_monitoring_log_stream_arn?: string;
  /** Host of the connection pooler, with its port where that is not the server's own. */
  readonly proxy_endpoint?: string;
  /** The service attachment of Private Service Connect, and the name that its endpoints serve. */
  readonly instance_psc_attachment?: string;
  readonly dns_name?: string;
}

export interface DatabaseOutputs {
  readonly endpoint: Endpoint;
  /** The connection pooler, logged in to as the endpoint is. */
  readonly pool?: Pick<Endpoint, 'host' | 'port' | 'database'>;
  /** The host within the private network, where the endpoint's is another. */
  readonly privateHost?: string;
  readonly module: ModuleOutputs;
  /** It is stopped: nothing can connect. */
  readonly isStopped?: true;
  /** The server as this very run has seen it with this login, so that no further connection needs to prove it. */
  readonly proof?: { readonly serverVersion: string; readonly encrypted: boolean };
  /** The directory of `psql` and `pg_dump` of the server's version, where the runner has it. */
  readonly programs?: string;
  /** What the programs on the PATH cannot do with the server, and the way out. */
  readonly programsRemark?: string;
  /** Changes wait for a restart that is not allowed yet. */
  readonly rebootRequired: boolean;
  /** When an ephemeral database expires, ISO 8601. */
  readonly expiresAt?: string;
}

/** The facts for the post step, which removes resources on the runner. */
export interface CleanUp extends Pick<Setup, 'env' | 'paths' | 'execution'> {
  readonly name: string;
  /** Leave it running after the job. */
  readonly keep: boolean;
  /** Show the end of the log. */
  readonly jobFailed: boolean;
}

/** Inputs as a workflow writes them. */
export interface ImportedInputs {
  /** Where the database is: with the name alone they find it. */
  readonly place: Readonly<Partial<Record<DatabaseInput, string>>>;
  /** Live values that no field of the server holds in the form of an input: groups by their names, replicas. */
  readonly pinned: Readonly<Partial<Record<DatabaseInput, string>>>;
  /** Values of fields that say nothing: a new server has them too. */
  readonly usual?: Readonly<Partial<Record<DatabaseInput, string | RegExp>>>;
  /** What belongs to the server besides its fields and its observed resources. */
  readonly left?: readonly LeftAlone[];
}

/** One line of `doctor`. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly detail: string;
  readonly hint?: string;
}

export interface Snapshot {
  readonly id: string;
  /** In words for the log: `12.4 MB`. */
  readonly detail: string;
  /** The name belongs to an earlier snapshot of ours: none was taken now. */
  readonly existed?: boolean;
}

/** Stores small secrets of a server, for later steps and jobs. Names are made of letters, digits, `_` and `-`. */
export interface SecretStore {
  /** `undefined` when the name does not exist. */
  read(name: string): Promise<string | undefined>;
  /** Whole or not at all; an earlier value is replaced. */
  write(name: string, value: string): Promise<void>;
  /** A missing one is a success. */
  remove(name: string): Promise<void>;
}

/** A server in the list, ours or not. */
export interface ManagedServer {
  /** In words: `server orders-pr-7`. */
  readonly title: string;
  /** `undefined`: it carries no mark of this action. */
  readonly mark: Mark | undefined;
  /** The database whose mark it still carries, as a copy of it that was never finished. */
  readonly copyOf?: string;
}

/** A listed server that can be opened. */
export interface OpenableServer extends ManagedServer {
  /** A session for it, as the workflow in its mark would open it. Throws `not-ours` when its mark does not fit it. */
  open(): Promise<Session>;
}

/**
 * The definition of a provider. `C` is its own context: clients, paths, target. `L` is what `desired` needs and the
 * live resources do not hold: the newest minor version on offer, the id behind a key's alias, the server that a copy is
 * made of.
 */
export interface ProviderDefinition<C, L = never> {
  readonly name: ProviderName;
  readonly title: string;
  /** Absent where there is nothing to log in to. */
  readonly login?: LoginHint;
  readonly capabilities: CapabilityTable;
  /** Resource types, the main one (the server) first. */
  readonly types: readonly ResourceType<C>[];
  /** This provider's own limits. Pure; called before anything is contacted. */
  validate(spec: Spec): Findings;
  open(setup: Setup): Promise<C>;
  target(context: C): Target;
  /** Invalidates the answers that the types' `observe` share. Called before the resources are observed again. */
  invalidate?(context: C): void;
  /**
   * Begins to ask for what `check` will need, at the same time as the resources are observed for the first time. A
   * failure shows in `check`.
   */
  prefetch?(context: C): Promise<void>;
  /** Reads what `desired` needs. Costs no call for an answer that this run has: after an apply it sends nothing. */
  lookUp(context: C, observed: readonly Observed[]): Promise<L>;
  /**
   * Problems that this provider would refuse, and notices for the user, now that the live state is known. May ask the
   * cloud. Throws only when no statement is possible.
   */
  check(context: C, observed: readonly Observed[], lookups: L): Promise<Findings>;
  /** The spec in this provider's resources. Pure: asks nothing, and gives the same answer for the same arguments. */
  desired(context: C, observed: readonly Observed[], lookups: L): readonly Desired[];
  /**
   * The value of a secret field at the moment of the call; `undefined` when it was not given, which ends the apply with
   * `input-invalid`. Absent where no field is one.
   */
  secret?(context: C, name: string): string | undefined;
  /** Writes the mark of a finished apply onto its resources. */
  writeMark(context: C, observed: readonly Observed[], mark: Mark): Promise<void>;
  /** Removes the marks of everything observed that is ours, and nothing else. Absent where marks are no tags. */
  removeMarks?(context: C, observed: readonly Observed[]): Promise<void>;
  /**
   * Resources of others that use those observed, as far as `observe` does not find them: a removal names them before
   * anything is deleted. Asked only for a plan that deletes something. Absent where nothing of others can use them.
   */
  dependents?(context: C, observed: readonly Observed[]): Promise<readonly Observed[]>;
  /**
   * The resources that `outputs` is made of, with their marks, their facts, and of their fields the state of the server
   * only. Absent: all types are observed.
   */
  observeForOutputs?(context: C): Promise<readonly Observed[]>;
  /** `undefined` when the database does not exist (yet). */
  outputs(context: C, observed: readonly Observed[]): Promise<DatabaseOutputs | undefined>;
  /**
   * How this runner gets into the server, chosen by what is given. `outputs` are those of the live server. Absent, and
   * `undefined`: directly, as the user of the outputs, through the firewall that `runnerAccess` opens where the
   * workflow asks for it.
   */
  wayIn?(context: C, outputs: DatabaseOutputs, needs: WayInNeeds): Promise<WayIn | NotReachable | undefined>;
  /** A login with the identity of this run, where the workflow asks for it. Absent: there is none. */
  identityLogin?(context: C, endpoint: Endpoint): IdentityLogin | undefined;
  /** How the firewall of a server is opened to a runner. Absent where there is no firewall. */
  readonly runnerAccess?: RunnerAccess<C>;
  /** What extensions need besides being there. Absent: nothing. */
  readonly extensionRules?: ExtensionRules;
  /** What to run to get a missing extension. Absent: this action does not know it. */
  packageFor?(extension: string, serverVersion: string): string | undefined;
  /** It makes the server's own database again that an interrupted DROP left. */
  readonly repairsDatabase?: boolean;
  /** The server is on this runner, so that no other one reaches it: an apply that leaves something in it has failed. */
  readonly isOnRunner?: boolean;
  /** The inputs by which a workflow would name the live database, for `command: import`. Absent: its name is enough. */
  inputsOf?(context: C, observed: readonly Observed[]): Promise<ImportedInputs>;
  snapshot(context: C, observed: readonly Observed[]): Promise<Snapshot>;
  /** The newest state of the data that a restore reaches, and how. Restores nothing. */
  newestBackup(context: C): Promise<NewestBackup>;
  /** Commands that act on the live server: for each one whether the provider can, and how. */
  readonly operations: OperationTable<C>;
  /**
   * The cost of the database before and after, for `estimate_cost`; absent when this version has no prices. A price
   * that may not be read is a notice.
   */
  cost?(context: C, plan: Plan, observed: readonly Observed[]): Promise<Estimate>;
  /** The metrics of the last days, for `advice`, or why they can't be read. Absent: there is no server of its own. */
  readonly usage?: UsageReader<C>;
  doctor(context: C): Promise<readonly Finding[]>;
  /**
   * Who changed the resources at these addresses after this action last did, by the cloud's audit trail. Asked only
   * when drift was found. Absent when the cloud keeps no trail that the same login could read.
   */
  whoChanged?(context: C, observed: readonly Observed[], addresses: readonly string[]): Promise<AuditTrail>;
  /** Every server within reach, on all pages, with its mark, for a sweep. */
  listServers(context: C): Promise<readonly ManagedServer[]>;
  /** The store of passwords of databases on this server; `undefined` when the provider has none. */
  secretStore?(context: C): SecretStore | undefined;
  /** Passwords of roles in the cloud's own secret store. Absent: it has none. */
  keptPasswords?(context: C): KeptPasswords;
  /** How roles come to log in by an identity of the cloud. Absent: they can't. */
  readonly cloudLogins?: CloudLogins;
  /** Absent when nothing is held open. */
  close?(context: C): Promise<void>;
  /** For resources on the runner only. Called by the post step, without a context. */
  cleanUp?(request: CleanUp): Promise<void>;
}

/** A provider as the commands see it. */
export interface Provider extends Pick<
  ProviderDefinition<unknown>,
  'name' | 'title' | 'login' | 'capabilities' | 'validate' | 'cleanUp'
> {
  open(setup: Setup): Promise<Session>;
}

/** What a way in must be good for. */
export interface WayInNeeds {
  /** A lock or a setting outlives a text. */
  readonly keepsSession: boolean;
}

/** The server that a pull request's database is made on or a copy of. */
export interface BaseServer {
  readonly endpoint: Endpoint;
  readonly way: WayIn;
  close(): Promise<void>;
}

/** One provider opened for one spec. */
export interface Session {
  readonly target: Target;
  readonly tables: Readonly<Record<string, FieldTable>>;
  /** All resources that belong to the target, read in parallel. */
  observe(): Promise<readonly Observed[]>;
  /** Resources of others that use these. A plan that deletes something is made of both. */
  dependents(observed: readonly Observed[]): Promise<readonly Observed[]>;
  /** Enough of them for `outputs`, with as few calls as that takes. Their fields are not to be compared. */
  observeForOutputs(): Promise<readonly Observed[]>;
  /** Problems that the provider would refuse, and notices. Throws only when no statement is possible. */
  check(observed: readonly Observed[]): Promise<Findings>;
  /** The spec in the provider's resources. After an apply it costs no call. */
  desired(observed: readonly Observed[]): Promise<readonly Desired[]>;
  /** `more`: resource types of another room, which need no context of the provider. */
  apply(
    plan: Plan,
    observed: readonly Observed[],
    mark: Mark,
    more?: Readonly<Record<string, ResourceType<unknown>>>
  ): Promise<ApplyResult>;
  writeMark(observed: readonly Observed[], mark: Mark): Promise<void>;
  /** Absent where marks are no tags. */
  removeMarks?(observed: readonly Observed[]): Promise<void>;
  outputs(observed: readonly Observed[]): Promise<DatabaseOutputs | undefined>;
  inputsOf(observed: readonly Observed[]): Promise<ImportedInputs>;
  /** How this runner gets into the live server. The caller closes it. */
  wayIn(observed: readonly Observed[], needs?: WayInNeeds): Promise<WayIn | NotReachable>;
  /** The firewall of the server, for this runner. Absent where there is none. */
  readonly runnerAccess?: OpenedAccess;
  /** How roles come to log in by an identity of the cloud. Absent: they can't. */
  readonly cloudLogins?: CloudLogins;
  /** What extensions need besides being there. Absent: nothing. */
  readonly extensionRules?: ExtensionRules;
  /** What to run to get a missing extension. Absent: this action does not know it. */
  packageFor?(extension: string, serverVersion: string): string | undefined;
  /** It makes the server's own database again that an interrupted DROP left. */
  readonly repairsDatabase?: boolean;
  /** The server is on this runner, so that no other one reaches it: an apply that leaves something in it has failed. */
  readonly isOnRunner?: boolean;
  snapshot(observed: readonly Observed[]): Promise<Snapshot>;
  /** The newest state of the data that a restore reaches. */
  newestBackup(): Promise<NewestBackup>;
  /** Drafts an operation from the live state. Throws `unsupported` with a way out where the provider has none. */
  operation(name: OperationName, observed: readonly Observed[], chosen?: Chosen): Promise<OperationDraft>;
  /** `undefined` where no prices are known. */
  cost(plan: Plan, observed: readonly Observed[]): Promise<Estimate | undefined>;
  /** What the metrics of the last days suggest. Throws `ProviderError` where they can't be read. */
  advice(): Promise<readonly Notice[]>;
  doctor(): Promise<readonly Finding[]>;
  /** `undefined` when the cloud keeps no audit trail. */
  whoChanged(observed: readonly Observed[], addresses: readonly string[]): Promise<AuditTrail | undefined>;
  /** Every server within reach. */
  listServers(): Promise<readonly OpenableServer[]>;
  readonly secretStore?: SecretStore;
  /** Passwords of roles in the cloud's own secret store. Absent: it has none. */
  readonly keptPasswords?: KeptPasswords;
  /** The same without what is inside the server, which goes with it. Absent where nothing inside is kept. */
  readonly serverOnly?: Session;
  /** The server that a pull request's database is made on or a copy of. Absent for any other session. */
  base?(): Promise<BaseServer>;
  close(): Promise<void>;
}

/** Closes a definition over its context, so that no other module needs to know its type. */
export function defineProvider<C, L>(definition: ProviderDefinition<C, L>): Provider {
  const open = async (setup: Setup): Promise<Session> => {
    const context = await definition.open(setup);
    const listServers = async (): Promise<readonly OpenableServer[]> =>
      (await definition.listServers(context)).map(found => ({
        ...found,
        open: async () => open(setupFor(found, setup))
      }));
    return {
      ...sessionOf(definition, context, setup),
      ...defined({
        secretStore: definition.secretStore?.(context),
        keptPasswords: definition.keptPasswords?.(context)
      }),
      listServers
    };
  };
  return {
    name: definition.name,
    title: definition.title,
    ...defined({ login: definition.login }),
    capabilities: definition.capabilities,
    validate: spec => definition.validate(spec),
    open,
    ...(definition.cleanUp === undefined ? {} : { cleanUp: async request => definition.cleanUp?.(request) })
  };
}

/** Settings of a server that expires: it leaves no final snapshot, and may be a copy that was never finished. */
export function leftBy({ name }: Pick<Spec, 'name'>): Settings {
  return { skip_final_snapshot: true, enable_deletion_protection: false, restore_source: name };
}

/** The setup for another workflow's resource, in place of this one's. */
function setupFor({ title, mark, copyOf }: ManagedServer, setup: Setup): Setup {
  if (mark === undefined) {
    throw new ActionError(`Could not open ${title}: it carries no ownership mark`, {
      code: 'not-ours',
      source: 'user'
    });
  }
  const { name, environment, pullRequest, expiresAt } = mark;
  const settings = {
    ...setup.spec.settings,
    ...(expiresAt === undefined ? {} : leftBy({ name: copyOf ?? setup.spec.name }))
  };
  return {
    ...setup,
    spec: { ...setup.spec, name, environment, settings },
    owner: defined({ ...repositoryOf(mark), pullRequest })
  };
}

/** Of one database on a shared server. */
const NO_BACKUP: NewestBackup = {
  kind: 'none',
  why: 'it is one database on a shared server',
  hint: 'Run it for the server itself.'
};

type SessionParts =
  | 'types'
  | 'target'
  | 'invalidate'
  | 'prefetch'
  | 'secret'
  | 'writeMark'
  | 'dependents'
  | 'observeForOutputs'
  | 'outputs'
  | 'inputsOf'
  | 'removeMarks'
  | 'wayIn'
  | 'identityLogin'
  | 'runnerAccess'
  | 'extensionRules'
  | 'packageFor'
  | 'cloudLogins'
  | 'repairsDatabase'
  | 'isOnRunner'
  | 'snapshot'
  | 'cost'
  | 'usage'
  | 'doctor'
  | 'whoChanged'
  | 'close';

/** The parts of a session. */
export type SessionDefinition<C, L = never> = Pick<
  ProviderDefinition<C, L>,
  SessionParts | 'lookUp' | 'check' | 'desired'
> &
  Partial<Pick<ProviderDefinition<C, L>, 'operations' | 'title' | 'newestBackup'>>;

/** A session over a context that is open already. It lists no servers. */
export function sessionOf<C, L>(
  definition: SessionDefinition<C, L>,
  context: C,
  { spec, execution, access: asked }: Pick<Setup, 'spec' | 'execution' | 'access'>
): Session {
  const translate = translator(definition, context);
  const target = definition.target(context);
  let isFirst = true;
  const observe = async (): Promise<readonly Observed[]> =>
    (await Promise.all(definition.types.map(type => type.observe(context)))).flat();
  const access = accessTo(definition.runnerAccess, context, target, asked, execution);
  /** The outputs of a list: to read them costs calls. */
  const told = new WeakMap<readonly Observed[], DatabaseOutputs>();
  const outputsOf = async (observed: readonly Observed[]): Promise<DatabaseOutputs | undefined> => {
    const outputs = await definition.outputs(context, observed);
    if (outputs !== undefined) told.set(observed, outputs);
    return outputs;
  };
  return {
    target,
    listServers: async () => [],
    ...defined({
      runnerAccess: access,
      cloudLogins: definition.cloudLogins,
      extensionRules: definition.extensionRules,
      packageFor: definition.packageFor,
      repairsDatabase: definition.repairsDatabase,
      isOnRunner: definition.isOnRunner
    }),
    tables: Object.fromEntries(definition.types.map(type => [type.type, type.fields])),
    observe: async () => {
      definition.invalidate?.(context);
      if (isFirst) definition.prefetch?.(context).catch(() => undefined);
      isFirst = false;
      return observe();
    },
    dependents: async observed => (await definition.dependents?.(context, observed)) ?? [],
    observeForOutputs: async () => {
      definition.invalidate?.(context);
      return definition.observeForOutputs?.(context) ?? observe();
    },
    check: async observed => {
      const { problems, notices } = await translate.check(observed);
      return { problems: withOriginalNames(spec, problems), notices: withOriginalNames(spec, notices) };
    },
    desired: translate.desired,
    apply: async (plan, observed, mark, more = {}) =>
      applyPlan({
        plan,
        context,
        types: { ...more, ...Object.fromEntries(definition.types.map(type => [type.type, type])) },
        observed,
        mark,
        secret: name => definition.secret?.(context, name) ?? missing(name),
        execution
      }),
    writeMark: async (observed, mark) => {
      await definition.writeMark(context, observed, mark);
      await rewriteMarks({ types: definition.types, context, execution }, observed, mark);
    },
    ...(definition.removeMarks === undefined
      ? {}
      : { removeMarks: async (observed: readonly Observed[]) => definition.removeMarks?.(context, observed) }),
    outputs: async observed => {
      const outputs = await outputsOf(observed);
      return outputs === undefined || observed[0]?.stopped === undefined ? outputs : { ...outputs, isStopped: true };
    },
    inputsOf: async observed => definition.inputsOf?.(context, observed) ?? { place: {}, pinned: {} },
    wayIn: async (observed, needs = { keepsSession: false }) => {
      const outputs = told.get(observed) ?? (await outputsOf(observed));
      if (outputs === undefined) return NOT_READY;
      const way = await definition.wayIn?.(context, outputs, needs);
      if (way !== undefined) return way;
      // A server on the runner may have any port, and no pooler is before it.
      const refusal = access === undefined ? undefined : poolerRefusal(outputs.endpoint);
      if (refusal !== undefined) return refusal;
      const login = definition.identityLogin?.(context, outputs.endpoint);
      const direct = login === undefined ? directly(outputs.endpoint) : directlyAs(outputs.endpoint, login);
      if (direct.kind !== 'way-in' || access === undefined) return direct;
      return access.request === undefined ? unopened(direct) : runnerWayIn(direct, access, execution);
    },
    operation: async (name, observed, chosen) => draftOperation(definition, context, name, observed, chosen),
    snapshot: async observed => definition.snapshot(context, observed),
    newestBackup: async () => definition.newestBackup?.(context) ?? NO_BACKUP,
    cost: async (plan, observed) => definition.cost?.(context, plan, observed),
    advice: async () => adviceFrom(definition.usage, context, execution.clock.now()),
    doctor: async () => definition.doctor(context),
    whoChanged: async (observed, addresses) => definition.whoChanged?.(context, observed, addresses),
    close: async () => {
      await access?.close();
      await definition.close?.(context);
    }
  };
}

/** `check` and `desired` of a session: both use the same look-up of the same observed resources. */
function translator<C, L>(definition: SessionDefinition<C, L>, context: C): Pick<Session, 'check' | 'desired'> {
  const once = <T>(
    ask: (observed: readonly Observed[]) => Promise<T>
  ): ((observed: readonly Observed[]) => Promise<T>) => {
    const known = new WeakMap<readonly Observed[], Promise<T>>();
    return async observed => {
      const answer = known.get(observed) ?? ask(observed);
      known.set(observed, answer);
      return answer;
    };
  };
  const lookUp = once(async observed => definition.lookUp(context, observed));
  return {
    check: async observed => definition.check(context, observed, await lookUp(observed)),
    desired: async observed => definition.desired(context, observed, await lookUp(observed))
  };
}

function missing(name: string): never {
  throw new ActionError(`The secret \`${name}\` is not given`, {
    code: 'input-invalid',
    source: 'user',
    hint: `Set \`${name}\` from a secret of the repository.`
  });
}
