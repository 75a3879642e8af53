import { defined } from '../engine/defined.ts';
import { isSameRepository, ownership } from '../engine/ownership.ts';
import type { Desired, FieldTable, Observed, ResourceType } from '../engine/resource.ts';
import type { ApplyResult } from '../engine/apply.ts';
import { ActionError, ProviderError, type FailureKind } from '../errors.ts';
import { initSqlScripts } from '../postgres/init-sql.ts';
import { INVALID_DATABASE } from '../postgres/invalid-database.ts';
import type { NotReachable, WayIn } from '../postgres/way-in.ts';
import { parametersOf } from '../providers/extension-rules.ts';
import { combineFindings } from '../providers/findings.ts';
import type { DatabaseOutputs, Session, Setup } from '../providers/provider.ts';
import { isKept, roleSecretAddress, SECRET_ID } from '../providers/role-secrets.ts';
import { rolePasswords } from '../spec/role-passwords.ts';
import { objectFindings } from './check.ts';
import {
  NotReachableError,
  sessionsOver,
  type CopyOfData,
  type SqlContext,
  type Seen,
  type Unseen
} from './context.ts';
import { cloudLogin } from './cloud-login.ts';
import { database } from './database.ts';
import { readInnerState, type InnerState } from './database-state.ts';
import { desiredObjects, unread } from './desired.ts';
import { extension } from './extension.ts';
import { managesParameters, unloaded, withExtensionParameters, type Parameters } from './extension-parameters.ts';
import { creatorsIn, grants } from './grants.ts';
import { initSql } from './init-sql.ts';
import { maskSql } from './mask-sql.ts';
import { MASK_SQL, roleAddress } from './names.ts';
import { keptPassword, passwordsOf, storedName, type Passwords } from './password.ts';
import { removeObjectMarks } from './remove-marks.ts';
import { role } from './role.ts';
import { readServerState, withOtherOwner, type RoleMark } from './server-state.ts';
import { asksForObjects, wantedObjects, type WantedObjects } from './wanted.ts';

export interface SqlObjectOptions {
  /** Whether this run looks into the server. A run that only sets outputs does not. */
  readonly compares: boolean;
  /** A server that this runner does not reach is a failure. */
  readonly strict: boolean;
  /** A server without a mark is taken over: what is inside is compared with the inputs already. */
  readonly adopts: boolean;
  /** Set where the server is a copy of data: what its scripts leave undone is a failure. */
  readonly copy?: CopyOfData | undefined;
}

/**
 * The same session, which also keeps what is inside the server: databases, roles, rights, extensions, initial SQL.
 * Unchanged when no input asks for any of it.
 */
export function withSqlObjects(session: Session, setup: Setup, options: SqlObjectOptions): Session {
  const { settings } = setup.spec;
  if (!asksForObjects(settings) && options.copy?.mask === undefined) return session;
  const rooms = openRooms(session, setup, options);
  const { context } = rooms;
  const types = boundTypes(context);
  const tables: Readonly<Record<string, FieldTable>> = Object.fromEntries(
    Object.values(types).map(({ type, fields }) => [type, fields])
  );
  const isSqlObject = ({ type }: { readonly type: string }): boolean => tables[type] !== undefined;
  const outer = (observed: readonly Observed[]): readonly Observed[] => observed.filter(one => !isSqlObject(one));

  const wantedNow = async (): Promise<{ readonly state: Seen | Unseen; readonly wanted: WantedObjects }> => {
    const state = await context.state();
    return { state, wanted: context.wanted(state.kind === 'seen' ? state.main : rooms.mainName()) };
  };
  const rules = session.extensionRules;
  const namesOf = ({ databases }: WantedObjects): readonly string[] => [
    ...new Set(databases.flatMap(({ extensions }) => extensions))
  ];
  const liveParameters = (state: Seen | Unseen): Parameters | undefined =>
    state.kind === 'seen' ? state.server.parameters : undefined;
  /** The server's own resources, with the parameters that extensions need. */
  const serverNow = async (observed: readonly Observed[]): Promise<readonly Desired[]> => {
    const server = await session.desired(observed);
    if (rules === undefined) return server;
    const { state, wanted } = await wantedNow();
    return withExtensionParameters(server, rules, { names: namesOf(wanted), live: liveParameters(state), observed });
  };
  /** Extensions that no plan can create before a restart that it may not make. */
  const waitingFor = (wanted: WantedObjects, state: Seen | Unseen): readonly string[] => {
    const live = liveParameters(state);
    if (rules === undefined || live === undefined || rules.restartsAtOnce === true) return [];
    return setup.options.allowRestart === true ? [] : unloaded(rules, namesOf(wanted), live);
  };
  const desiredNow = async (server: readonly Desired[]): Promise<readonly Desired[]> => {
    const { state, wanted: all } = await wantedNow();
    const waiting = managesParameters(server) ? waitingFor(all, state) : [];
    const isThere = (home: string, name: string): boolean =>
      state.kind === 'seen' && state.inner.get(home)?.extensions[name] !== undefined;
    const wanted: WantedObjects = {
      ...all,
      databases: all.databases.map(one => ({
        ...one,
        extensions: one.extensions.filter(name => !waiting.includes(name)),
        // Initial SQL may use what the extension brings.
        scripts: one.extensions.some(name => waiting.includes(name) && !isThere(one.name, name)) ? [] : one.scripts
      }))
    };
    const scripts = new Map(
      await Promise.all(wanted.databases.map(async one => [one.name, await context.scripts(one)] as const))
    );
    return desiredObjects({ context, wanted, state, scripts, after: server.map(({ address }) => address) });
  };

  const observe = async (): Promise<readonly Observed[]> => {
    const observed = await session.observe();
    rooms.begin(observed);
    if (!options.compares) return observed;
    const state = await context.state();
    if (state.kind === 'no-server') {
      // One that this run has destroyed had another address.
      await context.sessions.close();
      return observed;
    }
    const objects =
      state.kind === 'not-reachable'
        ? [
            ...unread(
              (await desiredNow([])).filter(({ type }) => type !== MASK_SQL),
              tables,
              state.isStarted === true ? 'a running server' : `a way in (${state.why})`,
              context
            ),
            ...(await maskSql.observe(context))
          ]
        : (await Promise.all(Object.values(types).map(type => type.observe(undefined)))).flat();
    return [...observed, ...objects];
  };

  return {
    ...session,
    serverOnly: session,
    tables: { ...session.tables, ...tables },
    observe,
    observeForOutputs: async () => {
      // The role of the outputs is looked for inside the server.
      if (options.compares) return observe();
      const observed = await session.observeForOutputs();
      rooms.begin(observed);
      return observed;
    },
    check: async observed => {
      const { state, wanted } = await wantedNow();
      const found = await session.check(outerOf(observed));
      const setsParameters = found.problems.length === 0 && managesParameters(await session.desired(outerOf(observed)));
      const objects = objectFindings(settings, wanted, state, {
        isLasting: rooms.isLasting,
        given: rooms.given,
        canKeep: session.keptPasswords !== undefined,
        adopts: options.adopts,
        rules,
        setsParameters,
        left:
          state.kind === 'not-reachable'
            ? (await desiredNow([])).filter(({ presence }) => presence === 'present').map(({ title }) => title)
            : [],
        waiting: setsParameters ? waitingFor(wanted, state) : [],
        context
      });
      return combineFindings([found, objects]);
    },
    desired: async observed => {
      const server = await serverNow(outerOf(observed));
      return [...server, ...(await desiredNow(server))];
    },
    apply: async (plan, observed, mark) => {
      const result = await session.apply(plan, observed, mark, types);
      for (const { address, outcome } of result.results) if (outcome !== 'done') rooms.undone.add(address);
      return toldWhatIsLeft(result, isSqlAddress(plan.steps), setup, {
        mustReach: options.strict || options.copy !== undefined || session.isOnRunner === true
      });
    },
    writeMark: async (observed, mark) => session.writeMark(outerOf(observed), mark),
    ...(session.removeMarks === undefined
      ? {}
      : {
          removeMarks: async (observed: readonly Observed[]) => {
            await removeObjectMarks(context, observed.filter(isSqlObject));
            await session.removeMarks?.(outerOf(observed));
          }
        }),
    outputs: async observed => {
      const outputs = await session.outputs(outerOf(observed));
      const { application_role: name } = settings;
      if (outputs === undefined || name === undefined) return outputs;
      // Only the server tells whether the role is there, and whether the password of one that was taken over was sent.
      if (!context.hasLooked()) {
        rooms.begin(outerOf(observed));
        await context.state();
      }
      return asApplicationRole(outputs, rooms, name, observed);
    },
    wayIn: async (observed, needs) => session.wayIn(outerOf(observed), needs),
    close: async () => {
      await context.sessions.close();
      await session.close();
    }
  };

  /** One answer for one list: the session below remembers what it looked up by the list. */
  function outerOf(observed: readonly Observed[]): readonly Observed[] {
    const known = rooms.outer.get(observed) ?? outer(observed);
    rooms.outer.set(observed, known);
    return known;
  }

  function isSqlAddress(steps: readonly { readonly address: string; readonly type: string }[]) {
    const addresses = new Set(steps.filter(isSqlObject).map(({ address }) => address));
    return (address: string): boolean => addresses.has(address);
  }
}

interface Rooms {
  readonly context: SqlContext;
  /** Called with what was observed of the server, before its inside is. */
  begin(observed: readonly Observed[]): void;
  /** Later runs can know the passwords of all roles. */
  readonly isLasting: boolean;
  /** Names in `role_passwords`. */
  readonly given: readonly string[];
  /** The name of the server's first database, before it was seen. */
  mainName(): string;
  /** Addresses of steps that an apply of this run left. */
  readonly undone: Set<string>;
  readonly outer: WeakMap<readonly Observed[], readonly Observed[]>;
}

function openRooms(
  session: Session,
  { spec, secret, mask, execution, paths }: Setup,
  { adopts, copy }: Pick<SqlObjectOptions, 'adopts' | 'copy'>
): Rooms {
  const { settings } = spec;
  const { target } = session;
  const named = settings.database_name ?? copy?.main;
  const isRestored = settings.restore_source !== undefined || settings.restore_from_snapshot !== undefined;
  let server: readonly Observed[] | undefined;
  let state: Promise<Seen | Unseen> | undefined;
  let ofOthers: ReadonlySet<string> = new Set();
  const given = rolePasswords(secret('role_passwords'));
  // The map that holds them is masked as one text only.
  for (const password of given.values()) mask(password);
  const seed = secret('password_seed');

  const way = async (): Promise<WayIn> => {
    if (server === undefined || server.length === 0) server = await session.observe();
    const found = await session.wayIn(server);
    if (found.kind === 'not-reachable') throw new NotReachableError(found);
    return found;
  };
  const sessions = sessionsOver(way, execution, `pgkeep/objects/${target.name}`);
  const roles = new Map<string, Passwords>();

  const context: SqlContext = {
    target,
    wanted: main => wantedObjects(settings, main, { found: ofOthers, logins: session.cloudLogins }),
    cloudLogins: session.cloudLogins,
    execution,
    sessions,
    state: async () => (state ??= read()),
    hasLooked: () => state !== undefined,
    fresh: async () => {
      const seen = await context.state();
      if (seen.kind === 'seen') return seen;
      state = undefined;
      server = undefined;
      const now = await look();
      if (now.kind === 'seen') return now;
      throw new NotReachableError(now);
    },
    invalidate: () => {
      state = undefined;
    },
    packageFor: (name, version) => session.packageFor?.(name, version),
    isRestored,
    // Of any name and environment: production's, in what staging restored from it.
    isBrought: mark =>
      isRestored && mark !== undefined && isSameRepository(mark, target) && ownership(mark, target).kind !== 'ours',
    ownerOf: mark => (mark !== undefined && context.isBrought(mark) ? { kind: 'ours', mark } : ownership(mark, target)),
    repairsMain: session.repairsDatabase === true,
    isKept: name => session.keptPasswords !== undefined && isKept(settings, secret, name),
    scripts: async ({ scripts }) => initSqlScripts(scripts, paths.workspace),
    ...(copy === undefined
      ? {}
      : {
          copy: {
            ...copy,
            live: () => server?.[0],
            writeMark: async mark => session.writeMark(await session.observe(), mark)
          }
        }),
    passwordsOf: name => {
      const known = roles.get(name) ?? passwordsFor(name);
      roles.set(name, known);
      return known;
    }
  };

  function passwordsFor(name: string): Passwords {
    const fixed = given.get(name);
    if (fixed !== undefined) {
      return {
        known: async () => fixed,
        make: async () => fixed,
        invalidate: async () => {},
        isLasting: true,
        isFixed: true,
        isGiven: true
      };
    }
    const store = session.keptPasswords;
    if (store !== undefined && context.isKept(name)) return keptPassword(store, name, mask);
    const entry = settings.roles?.[name];
    const version = entry === undefined || entry === 'absent' ? undefined : entry.password_version;
    const { provider, account, region } = target;
    return passwordsOf({
      name: storedName(name, version),
      identity: [provider, account, region, target.name, target.environment, 'role', name, version ?? ''],
      seed,
      store: session.secretStore,
      mask
    });
  }

  /** `not-reachable` is a state here, and a failure for the steps. */
  async function read(): Promise<Seen | Unseen> {
    const isOpen = ({ ownership: { kind } }: Observed): boolean => kind === 'ours' || (adopts && kind === 'unmarked');
    return server?.some(isOpen) === true ? look() : { kind: 'no-server' };
  }

  async function look(): Promise<Seen | NotReachable> {
    try {
      const admin = await sessions.admin();
      const { extensionRules: rules } = session;
      const live = await readServerState(admin, rules === undefined ? [] : parametersOf(rules));
      const main = named ?? live.current;
      ofOthers = withOtherOwner(live);
      const wanted = context.wanted(main);
      const inner = new Map<string, InnerState>();
      for (const { name, isMain, hasGroups, extensions } of wanted.databases) {
        const found = live.databases.get(name);
        if (found?.allowsConnections !== true || found.connectionLimit === INVALID_DATABASE) continue;
        if (!isMain && !hasGroups && extensions.length === 0) continue;
        inner.set(
          name,
          await readInnerState(await sessions.admin(name), name, creatorsIn(name, isMain, live.admin.name))
        );
      }
      return { kind: 'seen', server: live, inner, main };
    } catch (thrown) {
      if (thrown instanceof NotReachableError) return thrown.found;
      if (!(thrown instanceof ProviderError) || !KEEPS_OUT.includes(thrown.kind)) throw thrown;
      return { kind: 'not-reachable', why: thrown.message, hint: thrown.hint ?? '' };
    }
  }

  return {
    context,
    undone: new Set(),
    mainName: () => named ?? mainName(settings),
    begin: observed => {
      server = observed;
      state = undefined;
    },
    given: [...given.keys()],
    isLasting:
      seed !== undefined ||
      session.secretStore !== undefined ||
      Object.entries(settings.roles ?? {}).every(
        ([name, entry]) => given.has(name) || context.isKept(name) || (entry !== 'absent' && entry.login === 'cloud')
      ),
    outer: new WeakMap()
  };
}

/** Failures of a login that say nothing about what is objects: a password that this very run changes, a full server. */
const KEEPS_OUT: readonly FailureKind[] = ['unauthenticated', 'busy', 'transient'];

/** The name of the first database of a server that does not exist yet, where no input names it. */
function mainName({ databases = {}, roles = {} }: Setup['spec']['settings']): string {
  const accessed = Object.values(roles).flatMap(entry => (entry === 'absent' ? [] : Object.keys(entry.access)));
  return accessed.find(name => databases[name] === undefined) ?? 'postgres';
}

/** The types, closed over their own context: the engine gives them that of the provider. */
function boundTypes(context: SqlContext): Readonly<Record<string, ResourceType<unknown>>> {
  const types: readonly ResourceType<SqlContext>[] = [maskSql, role, cloudLogin, database, grants, extension, initSql];
  return Object.fromEntries(
    types.map(type => [
      type.type,
      {
        ...type,
        observe: async () => type.observe(context),
        create: async (_, work) => type.create(context, work),
        update: async (_, work) => type.update(context, work),
        remove: async (_, work) => type.remove(context, work)
      } satisfies ResourceType<unknown>
    ])
  );
}

/**
 * A server that this runner does not reach is still made; the steps inside it are left, and named. With `strict`, and
 * on the runner itself, that is a failure.
 */
function toldWhatIsLeft(
  result: ApplyResult,
  isSqlObject: (address: string) => boolean,
  { execution }: Setup,
  { mustReach }: { readonly mustReach: boolean }
): ApplyResult {
  const left = result.results.filter(({ outcome }) => outcome !== 'done');
  const why = left.flatMap(({ error }) => (error instanceof NotReachableError ? [error.found] : []))[0];
  if (why === undefined || mustReach || !left.every(({ address }) => isSqlObject(address))) return result;
  execution.log.warning(
    `Left to do inside the server, which is not reachable from this runner (${why.why}): ${left.map(({ title }) => title).join(', ')}. ${why.hint}`
  );
  return {
    facts: result.facts,
    existed: result.existed,
    results: result.results.map(({ address, title, action, outcome, seconds }) =>
      outcome === 'done'
        ? { address, title, action, outcome, seconds }
        : { address, title, action, outcome: 'not run', seconds: 0 }
    )
  };
}

/** The login of the chosen role in place of the master's. Throws `not-found` for a role that is not there. */
async function asApplicationRole(
  outputs: DatabaseOutputs,
  { context, undone }: Rooms,
  name: string,
  observed: readonly Observed[]
): Promise<DatabaseOutputs> {
  const { database: main } = outputs.endpoint;
  const wanted = context.wanted(main).roles.find(one => one.name === name);
  const state = context.hasLooked() ? await context.state() : undefined;
  const mark = state?.kind === 'seen' ? state.server.roles.get(name)?.mark : undefined;
  const isMissing = state?.kind === 'seen' && ownership(mark, context.target).kind !== 'ours';
  if (wanted === undefined || isMissing) {
    throw new ActionError(`Could not set the outputs of ${name}: there is no such role of this workflow`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply `roles` from a runner that reaches the server, or remove `application_role`.'
    });
  }
  const own = Object.keys(wanted.access);
  const { password: _, ...server } = outputs.endpoint;
  const passwords = context.passwordsOf(name);
  const why = unsentPassword(name, {
    mark: state?.kind === 'seen' ? mark : undefined,
    isUndone: undone.has(roleAddress(name)),
    version: wanted.passwordVersion,
    isGiven: passwords.isGiven,
    secret: context.isKept(name)
      ? (observed.find(({ address }) => address === roleSecretAddress(name))?.facts[SECRET_ID] ?? 'not read')
      : undefined
  });
  if (why !== undefined) {
    context.execution.log.warning(`The outputs \`password\` and \`database_url\` are left out: ${why}`);
  }
  const password = why !== undefined ? undefined : await passwords.known();
  const place = own.includes(main) ? main : (own[0] ?? main);
  const pool = outputs.pool?.database === main ? { pool: { ...outputs.pool, database: place } } : {};
  return {
    ...outputs,
    ...pool,
    endpoint: defined({ ...server, username: name, database: place, password }),
    module: { ...outputs.module, db_instance_name: place, db_instance_username: name }
  };
}

/** Why a role does not have the password that this run knows for it, as far as the server shows. */
function unsentPassword(
  name: string,
  {
    mark,
    isUndone,
    version,
    isGiven,
    secret
  }: {
    readonly mark: RoleMark | undefined;
    readonly isUndone: boolean;
    readonly version: string | undefined;
    readonly isGiven: boolean;
    /** Absent: it is not in a secret. */
    readonly secret: unknown;
  }
): string | undefined {
  if (isUndone) return `this run could not give ${name} its password.`;
  if (mark === undefined) return undefined;
  const isOfSecret = mark.passwordSecret !== undefined && ['not read', mark.passwordSecret].includes(String(secret));
  if (secret !== undefined && !isOfSecret) {
    return `${name} does not have the password of its secret yet. Apply \`keep_role_passwords\` first.`;
  }
  if (mark.isPasswordUnsent === true && !isGiven) {
    return `${name} was taken over, and this workflow has not sent a password to it. Set its \`password_version\` to send one, or give its password in \`role_passwords\`.`;
  }
  if (version === undefined || version === mark.passwordVersion) return undefined;
  return `${name} does not have the password of \`password_version: ${version}\` yet. Apply \`roles\` first.`;
}
