import { parseMark, type Mark } from '../engine/ownership.ts';
import { asAdmin, type DatabaseContext } from './database-context.ts';
import { databaseNameOf, isDatabaseName } from './names.ts';

/** A database or role that is, or looks like, a pull request's. */
export interface ManagedDatabase {
  readonly name: string;
  readonly title: string;
  /** Only one that fits the name: a comment can be copied, a name can't. */
  readonly mark: Mark | undefined;
}

const QUERY = `
  select coalesce(d.datname, r.rolname)::text as name,
         d.oid is not null as has_database,
         shobj_description(d.oid, 'pg_database') as database_comment,
         case when d.oid is null or d.datdba = r.oid then shobj_description(r.oid, 'pg_authid') end as role_comment
    from pg_database d full join pg_roles r on r.rolname = d.datname
   order by 1`;

interface Row {
  readonly name: string;
  readonly has_database: boolean;
  readonly database_comment: string | null;
  readonly role_comment: string | null;
}

/** Everything on the base that carries a mark, or a name as this action gives it. Without a base there is nothing. */
export async function listDatabases(
  context: Pick<DatabaseContext, 'base' | 'sessions'>
): Promise<readonly ManagedDatabase[]> {
  if (context.base.state.kind === 'absent') return [];
  const rows = await asAdmin(context, session => session.query<Row>(QUERY, [], 'list databases and roles'));
  return rows.flatMap(({ name, has_database: hasDatabase, ...row }) => {
    // As in `ownMark`: the role's comment counts, which the role itself can't change.
    const mark = parseMark(row.role_comment) ?? parseMark(row.database_comment);
    const fits = mark?.pullRequest !== undefined && databaseNameOf({ ...mark, pullRequest: mark.pullRequest }) === name;
    if (!fits && !isDatabaseName(name)) return [];
    return [{ name, title: `${hasDatabase ? 'database' : 'role'} ${name}`, mark: fits ? mark : undefined }];
  });
}
