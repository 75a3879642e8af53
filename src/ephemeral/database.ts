import { ownership } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type Facts, type Work } from '../engine/resource.ts';
import { retry } from '../engine/retry.ts';
import { ProviderError } from '../errors.ts';
import type { SqlSession } from '../postgres/connection.ts';
import { databaseComment } from '../postgres/database-mark.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { asAdminIn, isFreshCopy, markWith, type DatabaseContext } from './database-context.ts';
import { endIdleSessions } from './idle-sessions.ts';
import { openStatements } from './final-mark.ts';
import { change, locked } from './locked.ts';
import { ownMark } from './database-state.ts';
import type { EphemeralMark, DatabaseState } from './database-types.ts';
import { DATABASE, databaseAddress, roleAddress } from './resource-names.ts';
import { CONNECTION_LIMIT } from './role.ts';
import { REASSIGN_OBJECTS } from './reassign-objects.ts';

/** The logical database of a pull request, on a shared server. */
export const database = defineResource<DatabaseContext>()({
  type: DATABASE,
  fields: {
    template_database: { api: 'CREATE DATABASE … TEMPLATE', input: 'template_database', impact: 'online' },
    connection_limit: { api: 'pg_database.datconnlimit', impact: 'online' },
    open_to_public: { api: 'pg_database.datacl', impact: 'online' },
    ready: { api: 'comment on database', impact: 'online' }
  },
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.databaseState();
    if (state?.database === undefined) return [];
    return [
      {
        address: databaseAddress(context),
        type: DATABASE,
        title: `database ${context.name}`,
        ownership: context.ownershipOf(ownMark(state)),
        fields: {
          open_to_public: state.database.isOpenToPublic,
          ready: state.database.isReady && !state.database.isInvalid
        },
        facts: { database: context.name },
        dependsOn: state.role === undefined ? [] : [roleAddress(context)],
        concurrencyGroup: context.name
      }
    ];
  },
  create,
  update,
  remove
});

async function create(context: DatabaseContext, work: Pick<Work, 'mark' | 'execution'>): Promise<Facts> {
  const template = context.settings.template_database;
  const policy = {
    what: `create database ${context.name}`,
    kinds: ['busy'] as const,
    idempotent: true,
    baseSeconds: 0.5
  };
  let tries = 0;
  await retry(work.execution, policy, async () => {
    tries += 1;
    // A template in use blocks this pull request only: the lock is on the name of its database.
    await locked(context, async session => {
      const state = await context.databaseState();
      // The text that made the role ended them for the first try.
      if (template !== undefined && (tries > 1 || !context.memory.hasMadeRole))
        await session.query(endIdleSessions(template));
      if (state?.database === undefined) {
        await createFrom(context, session, template, state?.syncs === false);
        context.memory.isClosed = !(await isEntered(context));
        if (context.memory.isClosed) return knowClosed(context, state);
      } else requireOurs(context, state);
      if (state?.database?.isReady !== true) await finish(context, session, work, state);
    });
  });
  return { database: context.name };
}

async function update(context: DatabaseContext, work: Pick<Work, 'mark' | 'execution'>): Promise<Facts> {
  const isInvalid = await locked(context, async session => {
    const state = await context.databaseState();
    if (state?.database?.isInvalid === true) return true;
    await finish(context, session, work, state);
    return false;
  });
  context.invalidate();
  if (!isInvalid) return {};
  await remove(context);
  return create(context, work);
}

async function remove(context: DatabaseContext): Promise<void> {
  await locked(context, async session => {
    const name = quoteIdentifier(context.name);
    const state = await context.databaseState();
    await context.sessions.leave(context.name);
    context.memory.extensions = undefined;
    // Its role may make it a template, which PostgreSQL does not drop.
    if (state?.database?.isTemplate === true) await session.query(`ALTER DATABASE ${name} IS_TEMPLATE false`);
    await session.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, undefined, `drop database ${context.name}`);
  });
  context.invalidate();
}

/** Closed to all connections until it is finished: a killed run leaves nothing that looks like a usable database. */
async function createFrom(
  context: DatabaseContext,
  session: SqlSession,
  template: string | undefined,
  isUnsynced: boolean
): Promise<void> {
  const major = Number.parseInt(session.serverVersion, 10);
  // Copying files is faster than the log, except for a small database on a server that syncs. PostgreSQL 14 has no
  // choice.
  const copiesFiles = major >= 15 && (template !== undefined || isUnsynced);
  await session.query(
    `CREATE DATABASE ${quoteIdentifier(context.name)} OWNER ${quoteIdentifier(context.name)}` +
      (template === undefined ? '' : ` TEMPLATE ${quoteIdentifier(template)}`) +
      (copiesFiles ? ' STRATEGY file_copy' : '') +
      ` ALLOW_CONNECTIONS false CONNECTION LIMIT ${CONNECTION_LIMIT}`,
    undefined,
    `create database ${context.name}${template === undefined ? '' : ` from ${template}`}`
  );
}

/** Whether anything is made in the database before it is ready. */
async function isEntered({ settings, scripts }: DatabaseContext): Promise<boolean> {
  const { template_database: template, extensions = [] } = settings;
  return template !== undefined || extensions.length > 0 || (await scripts()).length > 0;
}

/** What CREATE DATABASE has made is known without asking: the lock is held. */
function knowClosed(context: DatabaseContext, before: DatabaseState | undefined): void {
  if (before?.role === undefined) return context.invalidate();
  const made = {
    mark: undefined,
    isOfRole: true,
    isOpenToPublic: true,
    isInvalid: false,
    isTemplate: false,
    isReady: false,
    extensions: async () => []
  };
  context.know(Promise.resolve({ ...before, database: made }));
}

/**
 * The steps after CREATE DATABASE. Each may be repeated. The database counts as unfinished until the run has done all
 * of its work and marks it (`finalMark`).
 */
async function finish(
  context: DatabaseContext,
  session: SqlSession,
  work: Pick<Work, 'mark'>,
  before: DatabaseState | undefined
): Promise<void> {
  const name = quoteIdentifier(context.name);
  const mark: EphemeralMark = { ...markWith(before, work.mark), ready: false };
  await change(
    context,
    session,
    [
      ...(before?.database?.isOfRole === false ? [`ALTER DATABASE ${name} OWNER TO ${name}`] : []),
      databaseComment(context.name, mark),
      ...openStatements(context)
    ],
    `close database ${context.name} to PUBLIC`
  );
  if (context.settings.template_database === undefined && before?.database === undefined) return;
  // The first extension of a fresh copy is made in the same text.
  context.memory.isToReassign = isFreshCopy(context) && (context.settings.extensions ?? []).length > 0;
  if (context.memory.isToReassign) return;
  const reassign = async (state: SqlSession): Promise<unknown> =>
    state.query(REASSIGN_OBJECTS, undefined, `reassign the objects of the template to ${context.name}`);
  await asAdminIn(context, context.name, session, reassign);
}

/** Throws `not-ours` when a database of this name belongs to another owner. */
function requireOurs(context: DatabaseContext, state: DatabaseState): void {
  if (ownership(ownMark(state), context.target).kind === 'ours') return;
  throw new ProviderError(
    `Could not create database ${context.name}: it exists already and is not this pull request's`,
    {
      kind: 'already-exists',
      code: 'not-ours'
    }
  );
}
