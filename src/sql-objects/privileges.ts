import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import type { Groups } from './names.ts';

interface Right {
  /** `pg_default_acl.defaclobjtype`. */
  readonly letter: 'n' | 'r' | 'S';
  readonly on: 'SCHEMAS' | 'TABLES' | 'SEQUENCES';
  readonly privileges: readonly string[];
}

/** What the two groups get on objects of the owner. USAGE on sequences would give readers `nextval`. */
export const DEFAULT_PRIVILEGES: Readonly<Record<'readwrite' | 'readonly', readonly Right[]>> = {
  readwrite: [
    { letter: 'n', on: 'SCHEMAS', privileges: ['USAGE'] },
    { letter: 'r', on: 'TABLES', privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
    { letter: 'S', on: 'SEQUENCES', privileges: ['SELECT', 'USAGE', 'UPDATE'] }
  ],
  readonly: [
    { letter: 'n', on: 'SCHEMAS', privileges: ['USAGE'] },
    { letter: 'r', on: 'TABLES', privileges: ['SELECT'] },
    { letter: 'S', on: 'SEQUENCES', privileges: ['SELECT'] }
  ]
};

/**
 * A query for the rights that the groups lack on existing objects of the owner group and of the current user: `grantee`
 * and the statement that gives them. One by one, since GRANT … ON ALL TABLES fails as a whole for one table of another
 * owner. Objects of extensions are left out.
 */
export function MISSING_GRANTS({ owner, readwrite, readonly }: Groups): string {
  const notOfExtension = (catalog: string, alias: string): string =>
    `not exists (select from pg_depend where classid = '${catalog}'::regclass and objid = ${alias}.oid and deptype = 'e')`;
  const [w, r] = [readwrite, readonly].map(quoteLiteral);
  const isOwners = (column: string): string =>
    `pg_get_userbyid(${column}) in (${quoteLiteral(owner)}, 'pg_database_owner', current_user)`;
  const lacks = (test: string, privileges: readonly string[]): string =>
    `not (${privileges.map(privilege => `${test}, '${privilege}')`).join(' and ')})`;
  return `
    select g.rolname::text as grantee, format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, g.rolname) as statement
      from pg_namespace n cross join pg_roles g
     where g.rolname in (${w}, ${r}) and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and ${isOwners('n.nspowner')}
       and ${notOfExtension('pg_namespace', 'n')} and ${lacks('has_schema_privilege(g.oid, n.oid', ['USAGE'])}
    union all
    select g.rolname::text, format('GRANT %s ON %s %I.%I TO %I',
             case when c.relkind = 'S' and g.rolname = ${w} then 'SELECT, USAGE, UPDATE'
                  when c.relkind <> 'S' and g.rolname = ${w} then 'SELECT, INSERT, UPDATE, DELETE' else 'SELECT' end,
             case c.relkind when 'S' then 'SEQUENCE' else 'TABLE' end, n.nspname, c.relname, g.rolname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join pg_roles g
     where g.rolname in (${w}, ${r}) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema' and ${isOwners('c.relowner')} and ${notOfExtension('pg_class', 'c')}
       and case when c.relkind = 'S' and g.rolname = ${w} then ${lacks('has_sequence_privilege(g.oid, c.oid', ['SELECT', 'USAGE', 'UPDATE'])}
                when c.relkind = 'S' then ${lacks('has_sequence_privilege(g.oid, c.oid', ['SELECT'])}
                when g.rolname = ${w} then ${lacks('has_table_privilege(g.oid, c.oid', ['SELECT', 'INSERT', 'UPDATE', 'DELETE'])}
                else ${lacks('has_table_privilege(g.oid, c.oid', ['SELECT'])} end`;
}

/** Gives the rights that are missing on existing objects. */
export function grantOnObjects(groups: Groups): string {
  return `do $grants$
declare
  command text;
begin
  for command in select statement from (${MISSING_GRANTS(groups)}) missing loop
    execute command;
  end loop;
end
$grants$`;
}

/** Gives the rights on what the creators will make, in any schema. */
export function grantOnLaterObjects(groups: Groups, creators: readonly string[]): readonly string[] {
  return creators.flatMap(creator =>
    (['readwrite', 'readonly'] as const).flatMap(access =>
      DEFAULT_PRIVILEGES[access].map(
        ({ on, privileges }) =>
          `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(creator)} GRANT ${privileges.join(', ')} ON ${on}` +
          ` TO ${quoteIdentifier(groups[access])}`
      )
    )
  );
}
