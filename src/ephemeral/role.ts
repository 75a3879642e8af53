import { ownership } from '../engine/ownership.ts';
import { NO_PERMISSIONS, type Facts, type ResourceType, type Work } from '../engine/resource.ts';
import { ProviderError } from '../errors.ts';
import type { Session } from '../postgres/connection.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import { scramVerifier } from '../postgres/scram.ts';
import { asAdmin, locked, type DatabaseWorld } from './database-context.ts';
import { ownMark, readInside, type Inside } from './database-state.ts';
import { ROLE, roleAddress } from './resource-names.ts';

/** Connections at once, of the role and of its database. */
export const CONNECTION_LIMIT = 20;

/** SQLSTATE dependent_objects_still_exist. */
const DEPENDED_ON = '2BP01';

/** The login role of a pull request's database. It has no right but what its own database gives it. */
export const role: ResourceType<DatabaseWorld> = {
  type: ROLE,
  fields: {
    password: { api: 'pg_authid.rolpassword', input: 'password_seed', impact: 'online' },
    connection_limit: { api: 'pg_roles.rolconnlimit', impact: 'online' },
    other_databases: { api: 'pg_database.datacl', impact: 'online' }
  },
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const inside = await world.inside();
    if (inside?.role === undefined) return [];
    return [
      {
        address: roleAddress(world),
        type: ROLE,
        title: `role ${world.name}`,
        ownership: world.ownershipOf(ownMark(inside)),
        fields: {
          password: inside.role.isPasswordRight ?? null,
          other_databases: closable(world, inside)
        },
        facts: {},
        dependsOn: [],
        lane: world.name
      }
    ];
  },
  create,
  update,
  remove
};

/** Databases that this action closes to everybody without a right of their own: those that every server brings, on a server of ours, and the template. */
export function closable(world: DatabaseWorld, { openDatabases }: Inside): readonly string[] {
  const { state } = world.base;
  if (state.kind === 'absent' || !state.isOurs) return [];
  const ours = ['postgres', 'template1', world.settings.template_database];
  return openDatabases.filter(({ name, isOwn }) => isOwn && ours.includes(name)).map(({ name }) => name);
}

async function create(world: DatabaseWorld, work: Work): Promise<Facts> {
  await locked(world, async session => {
    const inside = await readInside(world);
    if (inside?.role !== undefined) return requireOurs(world, inside);
    const password = await world.passwords.make();
    const name = quoteIdentifier(world.name);
    const [self] = await session.query<{ is_superuser: boolean }>(
      'select rolsuper as is_superuser from pg_roles where rolname = current_user',
      [],
      'read the rights of this user'
    );
    await session.query(
      [
        `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS` +
          ` CONNECTION LIMIT ${CONNECTION_LIMIT} PASSWORD ${quoteLiteral(scramVerifier(password))}` +
          validUntil(work.mark.expiresAt),
        // Who is no superuser has to be a member of the role to give it a database.
        ...(self?.is_superuser === true ? [] : [`GRANT ${name} TO CURRENT_USER`]),
        `COMMENT ON ROLE ${name} IS ${quoteLiteral(JSON.stringify(work.mark))}`
      ].join('; '),
      undefined,
      `create role ${world.name}`
    );
  });
  await closeOthers(world);
  world.forget();
  return {};
}

async function update(world: DatabaseWorld, work: Work): Promise<Facts> {
  if (work.changes.some(change => change.field === 'password')) {
    const verifier = scramVerifier(await world.passwords.make());
    await locked(world, session =>
      session.query(
        `ALTER ROLE ${quoteIdentifier(world.name)} PASSWORD ${quoteLiteral(verifier)}`,
        undefined,
        `set the password of ${world.name}`
      )
    );
  }
  await closeOthers(world);
  world.forget();
  return {};
}

/** Two sessions that change one database's rights at once would trip over each other, so they do it in turn. */
async function closeOthers(world: DatabaseWorld): Promise<void> {
  const inside = await readInside(world);
  if (inside === undefined || closable(world, inside).length === 0) return;
  await asAdmin(world, async session => {
    await session.query("select pg_advisory_lock(hashtextextended('pgkeep/other databases', 0))");
    const now = await readInside(world);
    for (const name of now === undefined ? [] : closable(world, now)) {
      await session.query(
        `REVOKE CONNECT ON DATABASE ${quoteIdentifier(name)} FROM PUBLIC`,
        undefined,
        `close database ${name} to PUBLIC`
      );
    }
  });
}

async function remove(world: DatabaseWorld): Promise<void> {
  await locked(world, async session => {
    try {
      await drop(world, session);
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.providerCode !== DEPENDED_ON) throw thrown;
      await dropOwned(world, session);
      await drop(world, session);
    }
  });
  await world.passwords.forget();
  world.forget();
}

async function drop(world: DatabaseWorld, session: Session): Promise<void> {
  await session.query(`DROP ROLE IF EXISTS ${quoteIdentifier(world.name)}`, undefined, `drop role ${world.name}`);
}

/** Takes away what the role was given, or has made, in databases that are not its own. */
async function dropOwned(world: DatabaseWorld, session: Session): Promise<void> {
  const places = await session.query<{ name: string }>(
    `select distinct d.datname::text as name
       from pg_shdepend s join pg_database d on d.oid = s.dbid or (s.dbid = 0 and d.datname = current_database())
      where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)`,
    [world.name],
    `look for what depends on ${world.name}`
  );
  for (const { name } of places) {
    const take = (inside: Session): Promise<unknown> =>
      inside.query(
        `DROP OWNED BY ${quoteIdentifier(world.name)}`,
        undefined,
        `take the rights of ${world.name} in ${name}`
      );
    await asAdmin(world, take, name);
  }
}

/** Throws `not-ours` when a role of this name belongs to somebody else. */
function requireOurs(world: DatabaseWorld, inside: Inside): void {
  if (ownership(ownMark(inside), world.target).kind === 'ours') return;
  throw new ProviderError(`Create role ${world.name}: it exists already and is not this pull request's`, {
    kind: 'already-exists',
    code: 'not-ours'
  });
}

/** The clause of CREATE ROLE and ALTER ROLE. */
export function validUntil(expiresAt: string | undefined): string {
  return expiresAt === undefined ? '' : ` VALID UNTIL ${quoteLiteral(expiresAt)}`;
}
