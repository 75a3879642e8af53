import type { Desired, FieldTable, Observed, ResourceType } from '../engine/resource.ts';
import type { ApplyResult } from '../engine/apply.ts';
import { combineFindings } from '../providers/findings.ts';
import type { Session, Setup } from '../providers/provider.ts';
import { asApplicationRole } from './application-role.ts';
import { objectFindings } from './check.ts';
import { NotReachableError, type SqlContext, type Seen, type Unseen } from './context.ts';
import { cloudLogin } from './cloud-login.ts';
import { database } from './database.ts';
import { desiredObjects, unread } from './desired.ts';
import { extension } from './extension.ts';
import { managesParameters, unloaded, withExtensionParameters, type Parameters } from './extension-parameters.ts';
import { grants } from './grants.ts';
import { initSql } from './init-sql.ts';
import { openObjects, type SqlObjectOptions } from './open-objects.ts';
import { maskSql } from './mask-sql.ts';
import { extensionAddress, grantsAddress, MASK_SQL } from './names.ts';
import { removeObjectMarks } from './remove-marks.ts';
import { role } from './role.ts';
import { asksForObjects, type WantedObjects } from './wanted.ts';

/**
 * The same session, which also keeps what is inside the server: databases, roles, rights, extensions, initial SQL.
 * Unchanged when no input asks for any of it.
 */
export function withSqlObjects(session: Session, setup: Setup, options: SqlObjectOptions): Session {
  const { settings } = setup.spec;
  if (!asksForObjects(settings) && options.copy?.mask === undefined) return session;
  const opened = openObjects(session, setup, options);
  const { context } = opened;
  const types = boundTypes(context);
  const tables: Readonly<Record<string, FieldTable>> = Object.fromEntries(
    Object.values(types).map(({ type, fields }) => [type, fields])
  );
  const isSqlObject = ({ type }: { readonly type: string }): boolean => tables[type] !== undefined;
  /** One answer for one list: the session below remembers what it looked up by the list. */
  const outerOf = (observed: readonly Observed[]): readonly Observed[] => {
    const known = outerLists.get(observed) ?? observed.filter(one => !isSqlObject(one));
    outerLists.set(observed, known);
    return known;
  };
  const outerLists = new WeakMap<readonly Observed[], readonly Observed[]>();

  const wantedNow = async (): Promise<{ readonly state: Seen | Unseen; readonly wanted: WantedObjects }> => {
    const state = await context.state();
    return { state, wanted: context.wanted(state.kind === 'seen' ? state.main : opened.mainName()) };
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

  /** What is asked for in databases that no session got into. Their owner, limit and marks are known. */
  const inFull = async ({ full }: Seen): Promise<readonly Observed[]> => {
    if (full.size === 0) return [];
    const desired = await desiredNow([]);
    return [...full].flatMap(([name, why]) => {
      const within = (address: string): boolean =>
        address === grantsAddress(name) || address.startsWith(extensionAddress(name, '', false));
      return unread(
        desired.filter(({ address }) => within(address)),
        tables,
        `a way in (${why})`,
        context
      );
    });
  };

  const observe = async (): Promise<readonly Observed[]> => {
    const observed = await session.observe();
    opened.begin(observed);
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
        : [
            ...(await Promise.all(Object.values(types).map(type => type.observe(undefined)))).flat(),
            ...(await inFull(state))
          ];
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
      opened.begin(observed);
      return observed;
    },
    check: async observed => {
      const { state, wanted } = await wantedNow();
      const found = await session.check(outerOf(observed));
      const setsParameters = found.problems.length === 0 && managesParameters(await session.desired(outerOf(observed)));
      const objects = objectFindings(settings, wanted, state, {
        isLasting: opened.isLasting,
        given: opened.given,
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
      for (const { address, outcome } of result.results) if (outcome !== 'done') opened.undone.add(address);
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
        opened.begin(outerOf(observed));
        await context.state();
      }
      return asApplicationRole(outputs, opened, name, observed);
    },
    wayIn: async (observed, needs) => session.wayIn(outerOf(observed), needs),
    close: async () => {
      await context.sessions.close();
      await session.close();
    }
  };

  function isSqlAddress(steps: readonly { readonly address: string; readonly type: string }[]) {
    const addresses = new Set(steps.filter(isSqlObject).map(({ address }) => address));
    return (address: string): boolean => addresses.has(address);
  }
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
