/** SQLSTATE of our own: objects belong to a role that the server's user is no member of. */
const STRANGER = 'PGK02';

/** Each is locked until the end of the transaction, and a server has about 6400 locks for all sessions. */
const MOST_LARGE_OBJECTS = 1000;

/**
 * Gives everything in a copied database, but for what extensions brought, to the database's owner: objects keep the
 * owner they had in the template, and the pull request's migrations have to change them. Not REASSIGN OWNED, which
 * would also give away the databases of the former owner. Run by the server's own user, with `search_path` at
 * `pg_catalog`.
 *
 * A schema `public` that belongs to the cloud, or a publication of all tables, stays where it is when this user may not
 * give it away. Foreign servers always stay: their owner reads the passwords in their user mappings.
 */
export const REASSIGN_OBJECTS = `
do $take_over$
declare
  one record;
  new_owner oid := (select datdba from pg_database where datname = current_database());
begin
  for one in
    with own_schemas as (
      select oid, nspname, nspowner from pg_namespace
       where nspname !~ '^pg_' and nspname <> 'information_schema'
         and not exists (select from pg_depend where classid = 'pg_namespace'::regclass and objid = pg_namespace.oid and deptype = 'e')
    ), owned(class, object, owner, is_needed) as (
      select 'pg_namespace'::regclass, oid, nspowner, nspname <> 'public' from own_schemas
       where nspname <> 'public' or nspowner <> 'pg_database_owner'::regrole
      union all
      select 'pg_class'::regclass, oid, relowner, true from pg_class c
       where relkind in ('r', 'p', 'v', 'm', 'f')
          or relkind = 'S' and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype in ('a', 'i'))
      union all select 'pg_proc'::regclass, oid, proowner, true from pg_proc
      union all select 'pg_type'::regclass, oid, typowner, true from pg_type
      union all select 'pg_operator'::regclass, oid, oprowner, false from pg_operator
      union all select 'pg_collation'::regclass, oid, collowner, false from pg_collation
      union all select 'pg_conversion'::regclass, oid, conowner, false from pg_conversion
      union all select 'pg_ts_config'::regclass, oid, cfgowner, false from pg_ts_config
      union all select 'pg_ts_dict'::regclass, oid, dictowner, false from pg_ts_dict
      union all select 'pg_statistic_ext'::regclass, oid, stxowner, false from pg_statistic_ext
      union all select 'pg_publication'::regclass, oid, pubowner, false from pg_publication
      union all select 'pg_largeobject'::regclass, oid, lomowner, false from pg_largeobject_metadata
       where (select count(*) from pg_largeobject_metadata) <= ${MOST_LARGE_OBJECTS}
    )
    select is_needed, pg_has_role(owner, 'USAGE') as is_ours, identity, pg_get_userbyid(owner)::text as owner,
           format('alter %s %s owner to %s', case when class = 'pg_proc'::regclass then 'routine'
             when type = 'statistics object' then 'statistics' else type end,
             case type when 'procedure' then (select format('%s.%I(%s)', schema, proname, pg_get_function_identity_arguments(oid)) from pg_proc where oid = object)
               else identity end, new_owner::regrole) as command
      from owned cross join lateral pg_identify_object(class, object, 0)
     where owner <> new_owner and (object >= 16384 or class = 'pg_largeobject'::regclass or identity = 'public')
       and (schema is null or schema in (select quote_ident(nspname) from own_schemas))
       and not exists (select from pg_depend where classid = class and objid = object
                         and (deptype = 'e' or deptype = 'i' and class <> 'pg_class'::regclass))
     order by class <> 'pg_namespace'::regclass
  loop
    if one.is_needed and one.is_ours then
      execute one.command;
    else
      begin
        execute one.command;
      exception when insufficient_privilege then
        if one.is_needed then
          raise exception '% owns % of the template, and % is not a member of %', one.owner, one.identity, current_user, one.owner
            using errcode = '${STRANGER}', hint = format('Give what %s owns in the template to %s (\`ALTER … OWNER TO\`), or to a role that %s is a member of.',
              one.owner, current_user, current_user);
        end if;
      end;
    end if;
  end loop;
end
$take_over$`;
