import { defined } from '../engine/defined.ts';
import { ownership } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type Facts, type FieldTable, type Work } from '../engine/resource.ts';
import { retry } from '../engine/retry.ts';
import { textOf } from '../engine/value.ts';
import { ProviderError } from '../errors.ts';
import { databaseComment, type DatabaseMark } from '../postgres/database-mark.ts';
import { INVALID_DATABASE } from '../postgres/invalid-database.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { runAll, type SqlContext } from './context.ts';
import { DATABASE, databaseAddress, groupsOf, roleAddress } from './names.ts';
import { sqlGroup } from './observed.ts';
import { databaseMark } from './server-state.ts';

const fields = {
  owner: { api: 'pg_database.datdba', input: 'databases', impact: 'online' },
  connection_limit: { api: 'pg_database.datconnlimit', input: 'databases', impact: 'online' },
  open_to_public: { api: 'pg_database.datacl', impact: 'online' },
  /** `ready`, `unfinished` (its creation was interrupted) or `invalid` (its removal was): the latter is made again. */
  state: { api: 'pg_database.datallowconn', impact: 'online' }
} as const satisfies FieldTable;

/** A further logical database of the server. */
export const database = defineResource<SqlContext>()({
  type: DATABASE,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.state();
    if (state.kind !== 'seen') return [];
    const wanted = context.wanted(state.main);
    const asked = new Set([...wanted.databases.map(({ name }) => name), ...wanted.absentDatabases]);
    return [...state.server.databases.values()]
      .map(live => ({ live, mark: databaseMark(state.server, live.name, groupsOf(live.name).owner) }))
      .filter(({ live, mark }) => wanted.absentDatabases.includes(live.name) || !context.isBrought(mark))
      .map(({ live, mark }) => ({ live, owner: context.ownerOf(mark) }))
      .filter(({ live, owner }) => live.name !== state.main && (asked.has(live.name) || owner.kind === 'ours'))
      .map(({ live, owner }) => ({
        address: databaseAddress(live.name),
        type: DATABASE,
        title: `database ${live.name}`,
        ownership: owner,
        fields: {
          owner: live.owner,
          connection_limit: Math.max(-1, live.connectionLimit),
          open_to_public: live.privileges.some(({ grantee }) => grantee === ''),
          state: live.connectionLimit === INVALID_DATABASE ? 'invalid' : live.allowsConnections ? 'ready' : 'unfinished'
        },
        facts: {},
        losesData: live.connectionLimit !== INVALID_DATABASE,
        // What a role owns or may do in a database that goes with it would keep the role.
        dependsOn: [
          ...(state.server.roles.has(live.owner) ? [live.owner] : []),
          ...(wanted.absentDatabases.includes(live.name) && owner.kind === 'ours' ? wanted.absentRoles : [])
        ].map(roleAddress),
        concurrencyGroup: sqlGroup(context.target)
      }));
  },
  create,
  update,
  remove
});

async function create(context: SqlContext, work: Work<typeof fields>): Promise<Facts> {
  const name = nameOf(work);
  if (context.isRestored) {
    // The copy of a database of this workflow is there already, and so is its owner, with the mark of this server.
    const { server } = await context.fresh();
    const mark = databaseMark(server, name, groupsOf(name).owner);
    if (ownership(mark, context.target).kind === 'ours' || context.isBrought(mark)) return update(context, work);
  }
  await make(context, work, name);
  return {};
}

/** Closed to all until its rights are as they should be: a killed run leaves nothing that looks finished. */
async function make(context: SqlContext, work: Work<typeof fields>, name: string): Promise<void> {
  const session = await context.sessions.locked();
  const owner = textOf(work.values.owner ?? work.observed?.fields.owner);
  const limit = work.values.connection_limit ?? work.observed?.fields.connection_limit;
  const what = `create database ${name}`;
  // Busy while another session is in template1.
  await retry(context.execution, { what, kinds: ['busy'], idempotent: true, baseSeconds: 0.5 }, () =>
    session.query(
      `CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(owner)} ALLOW_CONNECTIONS false` +
        (typeof limit === 'number' ? ` CONNECTION LIMIT ${limit}` : ''),
      undefined,
      what
    )
  );
  const { mark } = work;
  const values = { open_to_public: false, state: 'ready' };
  await runAll(context, session, finished(name, { mark, values }, undefined), `finish database ${name}`);
  context.invalidate();
}

/** `ran`: the record of its initial SQL, without which a later run would run all of it again. */
function finished(
  name: string,
  { mark: whole, values }: Pick<Work<typeof fields>, 'mark' | 'values'>,
  ran: DatabaseMark['initSql']
): readonly string[] {
  const { applied: _, ownTags: __, ...mark } = whole;
  const { open_to_public: open, state } = values;
  return [
    ...(open === false ? [`REVOKE CONNECT, TEMPORARY ON DATABASE ${quoteIdentifier(name)} FROM PUBLIC`] : []),
    databaseComment(name, defined({ ...mark, initSql: ran })),
    ...(state === 'ready' ? [`ALTER DATABASE ${quoteIdentifier(name)} ALLOW_CONNECTIONS true`] : [])
  ];
}

async function update(context: SqlContext, work: Work<typeof fields>): Promise<Facts> {
  const name = nameOf(work);
  if (work.observed?.fields.state === 'invalid') {
    await drop(context, name);
    await make(context, work, name);
    return {};
  }
  const session = await context.sessions.locked();
  const { server } = await context.fresh();
  const { owner, connection_limit: limit } = work.values;
  await runAll(
    context,
    session,
    [
      ...(owner === undefined
        ? []
        : [`ALTER DATABASE ${quoteIdentifier(name)} OWNER TO ${quoteIdentifier(textOf(owner))}`]),
      ...(typeof limit === 'number' ? [`ALTER DATABASE ${quoteIdentifier(name)} CONNECTION LIMIT ${limit}`] : []),
      ...finished(name, work, server.databases.get(name)?.mark?.initSql)
    ],
    `change database ${name}`
  );
  context.invalidate();
  return {};
}

async function remove(context: SqlContext, work: Work<typeof fields>): Promise<void> {
  await drop(context, nameOf(work));
}

/** SQLSTATE wrong_object_type: a template. */
const TEMPLATE = '42809';

/** Sessions of users are ended; those of a cloud's own superuser can't be, and are waited for. */
async function drop(context: SqlContext, name: string): Promise<void> {
  await context.sessions.leave(name);
  const session = await context.sessions.locked();
  const what = `drop database ${name}`;
  const send = async (): Promise<unknown> =>
    session.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`, undefined, what);
  await retry(context.execution, { what, kinds: ['busy', 'denied'], attempts: 3, idempotent: true }, async () => {
    try {
      await send();
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.providerCode !== TEMPLATE) throw thrown;
      await session.query(`ALTER DATABASE ${quoteIdentifier(name)} IS_TEMPLATE false`, undefined, what);
      await send();
    }
  });
  context.invalidate();
}

function nameOf({ address }: Pick<Work, 'address'>): string {
  return address.slice(databaseAddress('').length);
}
