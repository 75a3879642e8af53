import { ownership, parseMark, type Mark } from '../engine/ownership.ts';
import { ProviderError } from '../errors.ts';
import type { SqlSession } from '../postgres/connection.ts';
import { quoteLiteral } from '../postgres/identifier.ts';
import { INVALID_DATABASE } from '../postgres/invalid-database.ts';
import { parseDatabaseMark } from '../postgres/database-mark.ts';
import {
  asAdmin,
  asAdminIn,
  asOwner,
  isFreshCopy,
  type DatabaseContext,
  type KnownServer
} from './database-context.ts';
import type { DatabaseState, EphemeralMark } from './database-types.ts';

/** What `stateQuery` returns. */
export interface StateRow {
  readonly role_comment: string | null;
  readonly has_role: boolean;
  readonly is_superuser: boolean | null;
  readonly syncs: boolean;
  readonly is_invalid: boolean | null;
  readonly is_template: boolean | null;
  readonly is_expired: boolean | null;
  readonly has_database: boolean;
  readonly database_comment: string | null;
  readonly owner: string | null;
  readonly is_public: boolean | null;
  readonly allows: boolean | null;
  readonly others: readonly { readonly name: string; readonly own: boolean }[] | null;
  readonly template_settings: readonly string[] | null;
}

/** Reads a database and its role, from any database of the server. */
export function stateQuery({ name, settings: { template_database: template } }: DatabaseContext): string {
  return `
  select r.oid is not null as has_role,
         (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
         current_setting('fsync')::bool as syncs,
         d.datconnlimit = ${INVALID_DATABASE} as is_invalid,
         d.datistemplate as is_template,
         shobj_description(r.oid, 'pg_authid') as role_comment,
         r.rolvaliduntil < now() as is_expired,
         d.oid is not null as has_database,
         shobj_description(d.oid, 'pg_database') as database_comment,
         pg_get_userbyid(d.datdba)::text as owner,
         has_database_privilege('public', d.oid, 'CONNECT') as is_public,
         d.datallowconn as allows,
         (select json_agg(split_part(one, '=', 1)) from pg_db_role_setting s cross join unnest(s.setconfig) one
           where s.setrole = 0 and s.setdatabase = (select oid from pg_database where datname = ${template === undefined ? 'null' : quoteLiteral(template)})) as template_settings,
         (select json_agg(json_build_object('name', o.datname, 'own', pg_has_role(o.datdba, 'USAGE')) order by o.datname)
            from pg_database o
           where o.datallowconn and o.datname <> n.name and has_database_privilege('public', o.oid, 'CONNECT')) as others
    from (select ${quoteLiteral(name)}::name as name) n
    left join pg_roles r on r.rolname = n.name
    left join pg_database d on d.datname = n.name`;
}

/** Reads them. */
export async function readDatabaseState(context: DatabaseContext): Promise<DatabaseState | undefined> {
  if (context.base.state.kind === 'absent') return undefined;
  return asAdmin(context, async session => {
    const [row] = await session.query<StateRow>(stateQuery(context), undefined, 'read roles and databases');
    if (row === undefined) throw new Error('A query without a condition returned no row');
    return stateOf(context, row, session);
  });
}

/** What the row means. Logs in as the role where only that shows whether the password is right. */
export async function stateOf(context: DatabaseContext, row: StateRow, known: SqlSession): Promise<DatabaseState> {
  const { serverVersion, encrypted } = known;
  context.memory.server = { serverVersion, encrypted };
  context.memory.seen = { role: row.role_comment, database: row.database_comment };
  const isReachable = row.has_database && row.allows === true && row.is_invalid !== true;
  const isPasswordRight =
    row.has_role && isReachable && row.is_expired !== true ? await tryLogin(context, known) : undefined;
  const mark: EphemeralMark | undefined = parseDatabaseMark(row.database_comment);
  return {
    role: row.has_role
      ? {
          mark: parseMark(row.role_comment),
          isPasswordRight
        }
      : undefined,
    database: row.has_database
      ? {
          mark,
          isOfRole: row.owner === context.name,
          isOpenToPublic: row.is_public === true,
          isInvalid: row.is_invalid === true,
          isTemplate: row.is_template === true,
          isReady: isReachable && mark?.ready === true && ownership(mark, context.target).kind === 'ours',
          extensions: async () =>
            isReachable
              ? (context.memory.extensions ??= await readExtensions(context, known, isPasswordRight === true))
              : []
        }
      : undefined,
    isSuperuser: row.is_superuser === true,
    syncs: row.syncs,
    templateSettings: row.template_settings ?? [],
    openDatabases: (row.others ?? []).map(other => ({ name: other.name, isOwn: other.own }))
  };
}

/**
 * The mark that says whose the database and its role are. That of the role counts: the role may change the database's
 * comment, and not its own.
 */
export function ownMark({ role, database }: DatabaseState): Mark | undefined {
  if (role?.mark !== undefined && (database === undefined || database.isOfRole)) return role.mark;
  return database === undefined ? role?.mark : database.mark;
}

async function tryLogin(context: DatabaseContext, known: KnownServer): Promise<boolean | undefined> {
  const password = await context.passwords.known();
  // Where passwords are stored, a missing one is lost.
  if (password === undefined) return context.passwords.isLasting ? false : undefined;
  const tried = context.memory.password;
  if (tried?.value === password && tried.isRight === true) return true;
  const isRight = await asOwner(context, password, known, async () => true).catch((thrown: unknown) => {
    if (!(thrown instanceof ProviderError)) throw thrown;
    return thrown.providerCode === '28P01' ? false : undefined;
  });
  context.memory.password = { value: password, isRight };
  return isRight;
}

/** As its owner where that login works: the connection is open already. */
async function readExtensions(
  context: DatabaseContext,
  known: KnownServer,
  isLoginRight: boolean
): Promise<readonly string[]> {
  const read = async (session: SqlSession): Promise<readonly { readonly name: string }[]> =>
    session.query<{ name: string }>(
      'select e.extname::pg_catalog.text as name from pg_catalog.pg_extension e',
      [],
      'read the extensions'
    );
  // In a copy that this run has just made, the admin's connection is the open one.
  const password = isLoginRight && !isFreshCopy(context) ? context.memory.password?.value : undefined;
  const rows =
    password === undefined
      ? await asAdminIn(context, context.name, known, read)
      : await asOwner(context, password, known, read);
  return rows.map(row => row.name);
}
