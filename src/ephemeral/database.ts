import { ownership } from '../engine/ownership.ts';
import { NO_PERMISSIONS, type Facts, type ResourceType, type Work } from '../engine/resource.ts';
import { retry } from '../engine/retry.ts';
import { ProviderError } from '../errors.ts';
import type { Session } from '../postgres/connection.ts';
import { databaseComment } from '../postgres/database-mark.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { asAdmin, locked, markWith, type DatabaseWorld } from './database-context.ts';
import { ownMark, readInside, type EphemeralMark, type Inside } from './database-state.ts';
import { DATABASE, databaseAddress, roleAddress } from './resource-names.ts';
import { CONNECTION_LIMIT } from './role.ts';
import { TAKE_OVER } from './reassign-objects.ts';

/** The logical database of a pull request, on a shared server. */
export const database: ResourceType<DatabaseWorld> = {
  type: DATABASE,
  fields: {
    template_database: { api: 'CREATE DATABASE … TEMPLATE', input: 'template_database', impact: 'online' },
    connection_limit: { api: 'pg_database.datconnlimit', impact: 'online' },
    open_to_public: { api: 'pg_database.datacl', impact: 'online' },
    ready: { api: 'comment on database', impact: 'online' }
  },
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const inside = await world.inside();
    if (inside?.database === undefined) return [];
    return [
      {
        address: databaseAddress(world),
        type: DATABASE,
        title: `database ${world.name}`,
        ownership: world.ownershipOf(ownMark(inside)),
        fields: { open_to_public: inside.database.isOpenToPublic, ready: inside.database.isReady },
        facts: { database: world.name },
        dependsOn: inside.role === undefined ? [] : [roleAddress(world)],
        lane: world.name
      }
    ];
  },
  create,
  update,
  remove
};

async function create(world: DatabaseWorld, work: Work): Promise<Facts> {
  const template = world.settings.template_database;
  const policy = {
    what: `create database ${world.name}`,
    kinds: ['busy'] as const,
    idempotent: true,
    baseSeconds: 0.5
  };
  await retry(work.context, policy, async () => {
    // Between two tries nothing is held: a template in use must not hold up everybody else.
    if (template !== undefined) await endIdleSessions(world, template);
    await locked(world, async session => {
      const inside = await readInside(world);
      if (inside?.database === undefined) await createFrom(world, session, template);
      else requireOurs(world, inside);
      if (inside?.database?.isReady !== true) await finish(world, session, work, inside);
    });
  });
  world.forget();
  return { database: world.name };
}

async function update(world: DatabaseWorld, work: Work): Promise<Facts> {
  await locked(world, async session => finish(world, session, work, await readInside(world)));
  world.forget();
  return {};
}

async function remove(world: DatabaseWorld): Promise<void> {
  await locked(world, session =>
    session.query(
      `DROP DATABASE IF EXISTS ${quoteIdentifier(world.name)} WITH (FORCE)`,
      undefined,
      `drop database ${world.name}`
    )
  );
  world.forget();
}

/** Closed to everybody until it is finished, so that a killed run leaves nothing that anyone could mistake for a database. */
async function createFrom(world: DatabaseWorld, session: Session, template: string | undefined): Promise<void> {
  const [server] = await session.query<{ fsync: string }>("select current_setting('fsync') as fsync");
  const major = Number.parseInt(session.serverVersion, 10);
  // Copying files beats writing them through the log, but for a small database on a server that waits for its disk. PostgreSQL 14 knows no other way.
  const copiesFiles = major >= 15 && (template !== undefined || server?.fsync === 'off');
  await session.query(
    `CREATE DATABASE ${quoteIdentifier(world.name)} OWNER ${quoteIdentifier(world.name)}` +
      (template === undefined ? '' : ` TEMPLATE ${quoteIdentifier(template)}`) +
      (copiesFiles ? ' STRATEGY file_copy' : '') +
      ` ALLOW_CONNECTIONS false CONNECTION LIMIT ${CONNECTION_LIMIT}`,
    undefined,
    `create database ${world.name}${template === undefined ? '' : ` from ${template}`}`
  );
}

/** Everything after CREATE DATABASE, each part of which may have been done before. */
async function finish(world: DatabaseWorld, session: Session, work: Work, before: Inside | undefined): Promise<void> {
  const name = quoteIdentifier(world.name);
  const mark = markWith(before, work.mark);
  const marked = (ready: boolean): string => {
    const whole: EphemeralMark = { ...mark, ready };
    return databaseComment(world.name, whole);
  };
  await session.query(
    [
      ...(before?.database?.isOfRole === false ? [`ALTER DATABASE ${name} OWNER TO ${name}`] : []),
      `REVOKE CONNECT, TEMPORARY ON DATABASE ${name} FROM PUBLIC`,
      marked(false),
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`
    ].join('; '),
    undefined,
    `close database ${world.name} to PUBLIC`
  );
  if (world.settings.template_database !== undefined || before?.database !== undefined) {
    const give = (inside: Session): Promise<unknown> =>
      inside.query(TAKE_OVER, undefined, `give what came with the template to ${world.name}`);
    await asAdmin(world, give, world.name);
  }
  await session.query(marked(true), undefined, `mark database ${world.name}`);
}

/** PostgreSQL copies no database that somebody is connected to. Who does nothing is sent away; who works is waited for. */
async function endIdleSessions(world: DatabaseWorld, template: string): Promise<void> {
  await asAdmin(world, session =>
    session.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = $1 and state = 'idle' and backend_type = 'client backend'
          and (pg_has_role(usesysid, 'USAGE') or pg_has_role('pg_signal_backend', 'USAGE'))
          and (not exists (select from pg_roles where oid = usesysid and rolsuper)
               or exists (select from pg_roles where rolname = current_user and rolsuper))`,
      [template],
      `end idle sessions in ${template}`
    )
  );
}

/** Throws `not-ours` when a database of this name belongs to somebody else. */
function requireOurs(world: DatabaseWorld, inside: Inside): void {
  if (ownership(ownMark(inside), world.target).kind === 'ours') return;
  throw new ProviderError(`Create database ${world.name}: it exists already and is not this pull request's`, {
    kind: 'already-exists',
    code: 'not-ours'
  });
}
