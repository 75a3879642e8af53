import { ownership } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type Facts, type FieldTable, type Work } from '../engine/resource.ts';
import { ProviderError } from '../errors.ts';
import type { SqlSession } from '../postgres/connection.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import { scramVerifier } from '../postgres/scram.ts';
import { asAdmin, asAdminIn, type DatabaseContext } from './database-context.ts';
import { endIdleSessions } from './idle-sessions.ts';
import { change, locked } from './locked.ts';
import { ownMark, readDatabaseState } from './database-state.ts';
import type { DatabaseState } from './database-types.ts';
import { isDatabaseName } from './names.ts';
import { listDatabases } from './list-databases.ts';
import { requireCapacity } from './capacity.ts';
import { ROLE, roleAddress } from './resource-names.ts';

/** Connections at once, of the role and of its database. */
export const CONNECTION_LIMIT = 20;

/** SQLSTATE dependent_objects_still_exist. */
const DEPENDED_ON = '2BP01';

const fields = {
  password: { api: 'pg_authid.rolpassword', input: 'password_seed', impact: 'online' },
  connection_limit: { api: 'pg_roles.rolconnlimit', impact: 'online' },
  other_databases: { api: 'pg_database.datacl', impact: 'online' }
} as const satisfies FieldTable;

/** The login role of a pull request's database. It has rights in its own database only. */
export const role = defineResource<DatabaseContext>()({
  type: ROLE,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.databaseState();
    if (state?.role === undefined) return [];
    return [
      {
        address: roleAddress(context),
        type: ROLE,
        title: `role ${context.name}`,
        ownership: context.ownershipOf(ownMark(state)),
        fields: {
          password: state.role.isPasswordRight ?? null,
          other_databases: closable(context, state)
        },
        facts: {},
        dependsOn: [],
        concurrencyGroup: context.name
      }
    ];
  },
  create,
  update,
  remove
});

/**
 * Databases that this action closes to PUBLIC: on a server of ours, its own, those that every server has, and the
 * template.
 */
export function closable(context: DatabaseContext, { openDatabases }: DatabaseState): readonly string[] {
  const { state } = context.base;
  if (state.kind === 'absent' || !state.isOurs) return [];
  const own = state.outputs.endpoint.database;
  const ours = ['postgres', 'template1', own, context.settings.template_database];
  return openDatabases.filter(({ name, isOwn }) => isOwn && ours.includes(name)).map(({ name }) => name);
}

/**
 * One text takes the lock, ends idle sessions in the template, and makes the role: all of it or nothing. A password
 * that another run may make and store meanwhile takes the lock before.
 */
async function create(context: DatabaseContext, work: Pick<Work, 'mark'>): Promise<Facts> {
  const name = quoteIdentifier(context.name);
  const template = context.settings.template_database;
  await withinCapacity(context, async session => {
    if (!context.passwords.isFixed) await locked(context, async () => {});
    const before = await context.databaseState();
    const password = await context.passwords.make();
    const statements = [
      ...(template === undefined ? [] : [endIdleSessions(template)]),
      `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS` +
        ` CONNECTION LIMIT ${CONNECTION_LIMIT} PASSWORD ${quoteLiteral(scramVerifier(password))}` +
        validUntil(work.mark.expiresAt),
      // A user who is not a superuser must be a member of the role to give it a database.
      ...(before?.isSuperuser === true ? [] : [`GRANT ${name} TO CURRENT_USER`]),
      `COMMENT ON ROLE ${name} IS ${quoteLiteral(JSON.stringify(work.mark))}`
    ];
    try {
      await change(context, session, statements, `create role ${context.name}`);
      context.memory.password = { value: password, isRight: true };
      context.memory.hasMadeRole = true;
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.kind !== 'already-exists') throw thrown;
      // Another run made it while this one waited for the lock.
      const now = await locked(context, async () => context.databaseState());
      if (now !== undefined) requireOurs(context, now);
    }
    await closeOthers(context);
  });
  return {};
}

/**
 * As `asAdmin`. Runs that count what the repository has go one after the other, from the count until the role is there,
 * which counts for the next one. This lock is taken before that on the name, by every run.
 */
async function withinCapacity(context: DatabaseContext, use: (session: SqlSession) => Promise<void>): Promise<void> {
  const { most } = context;
  await asAdmin(context, async session => {
    if (most === undefined) return use(session);
    const lock = `hashtextextended(${quoteLiteral(`pgkeep/databases of ${context.target.repository.toLowerCase()}`)}, 0)`;
    await session.query(`select pg_advisory_lock(${lock})`, undefined, 'wait for another run that counts');
    try {
      requireCapacity(context.target, await listDatabases(context), most);
      await use(session);
    } finally {
      await session.query(`select pg_advisory_unlock(${lock})`);
    }
  });
}

async function update(context: DatabaseContext, work: Work<typeof fields>): Promise<Facts> {
  if (work.changes.some(({ field }) => field === 'password')) {
    await locked(context, async session => {
      const password = await context.passwords.make();
      await session.query(
        `ALTER ROLE ${quoteIdentifier(context.name)} PASSWORD ${quoteLiteral(scramVerifier(password))}`,
        undefined,
        `set the password of ${context.name}`
      );
      context.memory.password = { value: password, isRight: true };
    });
  }
  await closeOthers(context);
  context.invalidate();
  return {};
}

/** Two sessions can't change the rights of one database at once, so a lock orders them. */
async function closeOthers(context: DatabaseContext): Promise<void> {
  const state = await context.databaseState();
  if (state === undefined || closable(context, state).length === 0) return;
  context.invalidate();
  await asAdmin(context, async session => {
    await session.query(`select pg_advisory_lock(${OTHERS})`);
    try {
      await closeNow(context, session);
    } finally {
      await session.query(`select pg_advisory_unlock(${OTHERS})`);
    }
  });
}

/** The lock on the rights of databases that are not a pull request's. */
const OTHERS = "hashtextextended('pgkeep/other databases', 0)";

async function closeNow(context: DatabaseContext, session: SqlSession): Promise<void> {
  const now = await readDatabaseState(context);
  for (const name of now === undefined ? [] : closable(context, now)) {
    const kept = await rolesIn(session, name);
    const grant = kept.length === 0 ? '' : `GRANT CONNECT ON DATABASE ${quoteIdentifier(name)} TO ${kept.join(', ')}; `;
    await session.query(
      `${grant}REVOKE CONNECT ON DATABASE ${quoteIdentifier(name)} FROM PUBLIC`,
      undefined,
      `close database ${name} to PUBLIC`
    );
  }
}

/** Who may connect to a database by what PUBLIC may, and goes on doing so: every user who is not a pull request's. */
async function rolesIn(session: SqlSession, database: string): Promise<readonly string[]> {
  const rows = await session.query<{ name: string }>(
    `select r.rolname::text as name from pg_roles r join pg_database d on d.datname = $1
      where r.rolcanlogin and not r.rolsuper and not pg_has_role(r.oid, d.datdba, 'USAGE')
        and has_database_privilege(r.oid, d.oid, 'CONNECT')`,
    [database],
    `read who may connect to ${database}`
  );
  return rows.filter(({ name }) => !isDatabaseName(name)).map(({ name }) => quoteIdentifier(name));
}

async function remove(context: DatabaseContext): Promise<void> {
  await context.sessions.leave(context.name);
  context.memory.password = undefined;
  await locked(context, async session => {
    try {
      await drop(context, session);
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.providerCode !== DEPENDED_ON) throw thrown;
      await dropOwned(context, session);
      await drop(context, session);
    }
  });
  await context.passwords.invalidate();
  context.invalidate();
}

async function drop(context: DatabaseContext, session: SqlSession): Promise<void> {
  await session.query(`DROP ROLE IF EXISTS ${quoteIdentifier(context.name)}`, undefined, `drop role ${context.name}`);
}

/** Drops what the role owns, and its rights, in other databases. */
async function dropOwned(context: DatabaseContext, session: SqlSession): Promise<void> {
  const places = await session.query<{ name: string }>(
    `select distinct d.datname::text as name
       from pg_shdepend s join pg_database d on d.oid = s.dbid or (s.dbid = 0 and d.datname = current_database())
      where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)`,
    [context.name],
    `look for what depends on ${context.name}`
  );
  for (const { name } of places) {
    const dropIn = (state: SqlSession): Promise<unknown> =>
      state.query(
        `DROP OWNED BY ${quoteIdentifier(context.name)}`,
        undefined,
        `take the rights of ${context.name} in ${name}`
      );
    await asAdminIn(context, name, session, dropIn);
  }
}

/** Throws `not-ours` when a role of this name has another owner. */
function requireOurs(context: DatabaseContext, state: DatabaseState): void {
  if (ownership(ownMark(state), context.target).kind === 'ours') return;
  throw new ProviderError(`Could not create role ${context.name}: it exists already and is not this pull request's`, {
    kind: 'already-exists',
    code: 'not-ours'
  });
}

/** The clause of CREATE ROLE and ALTER ROLE. */
export function validUntil(expiresAt: string | undefined): string {
  return expiresAt === undefined ? '' : ` VALID UNTIL ${quoteLiteral(expiresAt)}`;
}
