import { defined } from '../engine/defined.ts';
import { ownership, repositoryOf, type Repository } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import { initSqlScripts } from '../postgres/init-sql.ts';
import {
  sessionOf,
  type DatabaseOutputs,
  type SessionDefinition,
  type Session,
  type Setup
} from '../providers/provider.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import { NOT_READY } from '../providers/way-in.ts';
import { baseServer, type Base } from './base.ts';
import { listDatabases, type ManagedDatabase } from './list-databases.ts';
import { database } from './database.ts';
import { baseSessions, type BaseSessions } from './base-sessions.ts';
import type { DatabaseContext } from './database-context.ts';
import { finalMark } from './final-mark.ts';
import { unlock } from './locked.ts';
import { requireOwn } from './require-own.ts';
import { extension } from './extension.ts';
import { check, desired, lookUp, type LookUps } from './desired-database.ts';
import { initSql } from './init-sql.ts';
import { readDatabaseState } from './database-state.ts';
import type { DatabaseState } from './database-types.ts';
import { databaseNameOf } from './names.ts';
import { passwordsOf } from '../sql-objects/password.ts';
import { databaseAddress } from './resource-names.ts';
import { role } from './role.ts';

const DATABASE_SESSION: SessionDefinition<DatabaseContext, LookUps> = {
  types: [database, role, extension, initSql],
  target: context => context.target,
  invalidate: context => context.observeAgain(),
  lookUp,
  check,
  desired,
  // The calls of the role resource read the password themselves.
  secret: () => '',
  writeMark: async (context, _, mark) => finalMark(context, mark),
  outputs,
  wayIn: async ({ base }) => (base.state.kind === 'absent' ? NOT_READY : base.state.way),
  snapshot: async () => {
    throw new ActionError('Could not take a snapshot: databases on a shared server have no snapshots', {
      code: 'unsupported',
      source: 'user',
      hint: 'Take a dump with pg_dump, or a snapshot of the base without `ephemeral`.'
    });
  },
  doctor: async context => context.base.session.doctor(),
  close: async context => {
    await context.sessions.close();
    await context.base.session.close();
  }
};

/** A session for the database of one pull request on an open base. It closes the base with itself. */
export function openDatabase(
  base: Base,
  setup: Setup,
  { pullRequest, most }: { readonly pullRequest: number; readonly most?: number | undefined }
): Session {
  const sessions = baseSessions(base, setup.execution);
  const context = contextOf(base, sessions, setup, { ...setup.owner, pullRequest }, most);
  return {
    ...sessionOf(DATABASE_SESSION, context, setup),
    ...defined({ runnerAccess: base.session.runnerAccess }),
    // It is closed with this session.
    base: async () => baseServer(base, async () => {}),
    listServers: async () =>
      (await listDatabases(context)).map(found => ({
        title: found.title,
        mark: found.mark,
        open: async () => openFound(base, sessions, setup, found)
      }))
  };
}

/** A session for a listed database, which shares the base and does not close it. */
function openFound(base: Base, sessions: BaseSessions, setup: Setup, { title, mark }: ManagedDatabase): Session {
  const { spec } = setup;
  if (mark?.pullRequest === undefined) {
    throw new ActionError(`Could not open ${title}: it has no mark of a pull request's database`, {
      code: 'not-ours',
      source: 'user'
    });
  }
  const owner = { ...repositoryOf(mark), pullRequest: mark.pullRequest };
  const found = { ...setup, spec: { ...spec, name: mark.name, environment: mark.environment } };
  const context = contextOf(base, sessions, found, owner);
  return { ...sessionOf(DATABASE_SESSION, context, setup), close: async () => unlock(context) };
}

function contextOf(
  base: Base,
  sessions: BaseSessions,
  { spec, paths, execution, secret, mask }: Setup,
  owner: Repository & { readonly pullRequest: number },
  most?: number
): DatabaseContext {
  const { provider, account, region } = base.target;
  const target = { provider, account, region, name: spec.name, environment: spec.environment, ...owner };
  const name = databaseNameOf(target);
  let state: Promise<DatabaseState | undefined> | undefined;
  let isNew = false;
  let scripts: ReturnType<DatabaseContext['scripts']> | undefined;
  const context: DatabaseContext = {
    name,
    target,
    base,
    settings: spec.settings,
    passwords: passwordsOf({
      name,
      identity: [provider, account, region, base.name, owner.repository.toLowerCase(), name],
      seed: secret('password_seed'),
      store: base.session.secretStore,
      mask
    }),
    execution,
    sessions,
    memory: { seen: { role: null, database: null } },
    most,
    databaseState: async () => (state ??= readDatabaseState(context)),
    scripts: async () => (scripts ??= initSqlScripts(spec.settings.init_sql, paths.workspace)),
    invalidate: () => {
      state = undefined;
      isNew = false;
    },
    know: read => {
      // Its failure belongs to the step that asks for it.
      read.catch(() => undefined);
      state = read;
      isNew = true;
    },
    observeAgain: () => {
      if (!isNew) state = undefined;
      isNew = false;
    },
    ownershipOf: mark => ownership(mark, target)
  };
  return context;
}

async function outputs(context: DatabaseContext, observed: readonly Observed[]): Promise<DatabaseOutputs | undefined> {
  const { state: base } = context.base;
  const live = observed.find(resource => resource.address === databaseAddress(context));
  if (base.kind === 'absent' || live?.ownership.kind !== 'ours' || live.fields['ready'] !== true) return undefined;
  const { password: _, ...server } = base.outputs.endpoint;
  const endpoint = { ...server, database: context.name, username: context.name };
  const state = await context.databaseState();
  const expiresAt = requireOwn({
    target: context.target,
    marks: [state?.role?.mark, state?.database?.mark],
    own: placeOf(endpoint),
    base: placeOf(server)
  });
  const password = await context.passwords.known();
  const { password: tried } = context.memory;
  const isProven = tried?.isRight === true && tried.value === password;
  return defined({
    endpoint: defined({ ...endpoint, password }),
    proof: isProven ? context.memory.server : undefined,
    expiresAt,
    module: { ...base.outputs.module, db_instance_name: context.name, db_instance_username: context.name },
    rebootRequired: false
  });
}

function placeOf({ host, port, database: name }: Pick<Endpoint, 'host' | 'port' | 'database'>): string {
  return `${host}:${port}/${name}`;
}
