/**
 * Gives everything in a copied database, but for what extensions brought, to the database's owner: objects keep the
 * owner they had in the template, and the pull request's migrations have to change them. Not REASSIGN OWNED, which
 * would also give away the databases of the former owner. Run by the server's own user, with `search_path` at
 * `pg_catalog`.
 */
export const REASSIGN_OBJECTS = `
do $take_over$
declare
  command text;
  new_owner oid := (select datdba from pg_database where datname = current_database());
begin
  for command in
    with own_schemas as (
      select oid, nspname, nspowner from pg_namespace
       where nspname !~ '^pg_' and nspname <> 'information_schema'
         and not exists (select from pg_depend where classid = 'pg_namespace'::regclass and objid = pg_namespace.oid and deptype = 'e')
    )
    select format('alter schema %I owner to ', nspname) || new_owner::regrole::text
      from own_schemas
     where nspname <> 'public' and nspowner <> new_owner
    union all
    select format('alter %s %I.%I owner to ', case c.relkind when 'S' then 'sequence' when 'v' then 'view'
             when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end, s.nspname, c.relname)
             || new_owner::regrole::text
      from pg_class c join own_schemas s on s.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relowner <> new_owner
       and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype in ('e', 'a', 'i')
                         and (deptype = 'e' or c.relkind = 'S'))
    union all
    select format('alter routine %I.%I(%s) owner to ', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
             || new_owner::regrole::text
      from pg_proc p join own_schemas s on s.oid = p.pronamespace
     where p.proowner <> new_owner
       and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
    union all
    select format('alter type %I.%I owner to ', s.nspname, t.typname) || new_owner::regrole::text
      from pg_type t join own_schemas s on s.oid = t.typnamespace
      left join pg_class c on c.oid = t.typrelid
     where (t.typtype in ('d', 'e', 'r') or c.relkind = 'c') and t.typowner <> new_owner
       and not exists (select from pg_depend where classid = 'pg_type'::regclass and objid = t.oid and deptype = 'e')
  loop
    execute command;
  end loop;
end
$take_over$`;
