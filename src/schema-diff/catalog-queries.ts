import type { ObjectKind } from './schema.ts';

/** Schemas that are a database's own. */
const OWN = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/** What belongs to an extension comes and goes with it. */
const notOfExtension = (catalog: string, oid: string): string =>
  `not exists (select 1 from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

/** Neither of an extension nor a constructor that came along with a type. */
const OWN_FUNCTION = `${notOfExtension('pg_proc', 'p.oid')}
  and not exists (select 1 from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')`;

const RELATION = "format('%I.%I', n.nspname, c.relname)";
const FUNCTION = "format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))";
const RELATIONS = `pg_class c join pg_namespace n on n.oid = c.relnamespace and ${OWN} and ${notOfExtension('pg_class', 'c.oid')}`;

/** The id of a table by its oid. */
const tableOf = (oid: string): string =>
  `(select format('%I.%I', tn.nspname, t.relname) from pg_class t join pg_namespace tn on tn.oid = t.relnamespace where t.oid = ${oid})`;

const grantee = "case when g.grantee = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(g.grantee)) end";

interface Grantable {
  readonly source: string;
  /** `TABLE shop.orders`. */
  readonly on: string;
  /** Id of the object that the grants are a part of. */
  readonly of: string;
  readonly acl: string;
  /** As `acldefault` calls the kind of object. */
  readonly letter: string;
  readonly owner: string;
  /** After each privilege: the column that it is about. */
  readonly suffix?: string;
  readonly where: string;
}

/**
 * A row for each object and grantee. The owner's own privileges are left out: a pull request's database has another
 * owner.
 */
const grantRows = ({ source, on, of, acl, letter, owner, suffix = "''", where }: Grantable): string => `
    select ${on} || ${suffix} || ' TO ' || ${grantee} as id, ${grantee} as name, ${of} as "of", 0 as position,
      jsonb_build_object('on', ${on}, 'to', ${grantee}, 'privileges', to_jsonb(g.privileges)) as facts
    from ${source} cross join lateral (
      select x.grantee, array_agg(x.privilege_type || ${suffix} || case when x.is_grantable then ' WITH GRANT OPTION' else '' end
        order by x.privilege_type) as privileges
      from aclexplode(coalesce(${acl}, acldefault(${letter}::"char", ${owner}))) x where x.grantee <> ${owner} group by x.grantee) g
    where ${where}`;

/**
 * A query for each kind of object: id, name, what it is a part of, position, and the facts that are compared. They run
 * with an empty `search_path`, so that every name in a definition is qualified. Catalog columns that a supported
 * version lacks are read through `to_jsonb`, which leaves them out.
 */
export const OBJECT_QUERIES: Readonly<Record<ObjectKind, string>> = {
  schema: `
    select quote_ident(n.nspname) as id, quote_ident(n.nspname) as name, null as "of", 0 as position, '{}'::jsonb as facts
    from pg_namespace n where ${OWN} and ${notOfExtension('pg_namespace', 'n.oid')}`,
  extension: `
    select quote_ident(e.extname) as id, quote_ident(e.extname) as name, null as "of", 0 as position,
      jsonb_build_object('version', e.extversion, 'schema', quote_ident(n.nspname)) as facts
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace`,
  type: `
    select format('%I.%I', n.nspname, t.typname) as id, quote_ident(t.typname) as name, null as "of", 0 as position,
      jsonb_build_object(
        'form', case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range' else 'composite type' end,
        'labels', coalesce((select jsonb_agg(l.enumlabel order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid), '[]'),
        'definition', case t.typtype
          when 'd' then format_type(t.typbasetype, t.typtypmod) || coalesce(' DEFAULT ' || t.typdefault, '')
            || case when t.typnotnull then ' NOT NULL' else '' end
            || coalesce((select string_agg(' CONSTRAINT ' || quote_ident(d.conname) || ' ' || pg_get_constraintdef(d.oid), '' order by d.conname)
                 from pg_constraint d where d.contypid = t.oid and d.contype = 'c'), '')
          when 'r' then (select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid)
          when 'c' then (select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
            from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
          else '' end) as facts
    from pg_type t join pg_namespace n on n.oid = t.typnamespace and ${OWN} and ${notOfExtension('pg_type', 't.oid')}
    where t.typtype in ('e', 'd', 'r')
      or t.typtype = 'c' and exists (select 1 from pg_class c where c.oid = t.typrelid and c.relkind = 'c')`,
  sequence: `
    select ${RELATION} as id, quote_ident(c.relname) as name, 0 as position,
      (select ${tableOf('o.refobjid')} from pg_depend o where o.classid = 'pg_class'::regclass and o.objid = c.oid
        and o.refclassid = 'pg_class'::regclass and o.deptype = 'a' limit 1) as "of",
      jsonb_build_object('definition', format('AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s',
        format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
        case when s.seqcycle then ' CYCLE' else '' end)) as facts
    from ${RELATIONS} join pg_sequence s on s.seqrelid = c.oid
    where not exists (select 1 from pg_depend i where i.classid = 'pg_class'::regclass and i.objid = c.oid and i.deptype = 'i')`,
  table: `
    select ${RELATION} as id, quote_ident(c.relname) as name, null as "of", c.oid as position,
      jsonb_build_object(
        'form', case c.relkind when 'p' then 'partitioned table' when 'f' then 'foreign table' else 'table' end,
        'isUnlogged', c.relpersistence = 'u',
        'partitionKey', case when c.relkind = 'p' then 'PARTITION BY ' || pg_get_partkeydef(c.oid) end,
        'partitionOf', case when c.relispartition then (select ${tableOf('i.inhparent')} from pg_inherits i where i.inhrelid = c.oid limit 1) end,
        'bound', pg_get_expr(c.relpartbound, c.oid),
        'inherits', case when c.relispartition then '[]' else coalesce(
          (select jsonb_agg(${tableOf('i.inhparent')} order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid), '[]') end,
        'hasRowSecurity', c.relrowsecurity, 'forcesRowSecurity', c.relforcerowsecurity,
        'options', coalesce((select jsonb_agg(o order by o) from unnest(c.reloptions) o), '[]')) as facts
    from ${RELATIONS} where c.relkind in ('r', 'p', 'f')`,
  column: `
    select ${RELATION} || '.' || quote_ident(a.attname) as id, quote_ident(a.attname) as name, ${RELATION} as "of", a.attnum as position,
      jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod), 'isRequired', a.attnotnull,
        'unvalidated', (select quote_ident(k.conname) from pg_constraint k
          where k.conrelid = c.oid and k.contype = 'n' and k.conkey = array[a.attnum] and not k.convalidated),
        'default', pg_get_expr(d.adbin, d.adrelid),
        'collation', case when a.attcollation <> t.typcollation
          then (select format('%I.%I', ln.nspname, l.collname) from pg_collation l join pg_namespace ln on ln.oid = l.collnamespace where l.oid = a.attcollation) end,
        'identity', case a.attidentity when 'a' then 'ALWAYS' when 'd' then 'BY DEFAULT' else '' end,
        'generated', case to_jsonb(a) ->> 'attgenerated' when 's' then 'STORED' when 'v' then 'VIRTUAL' else '' end) as facts
    from ${RELATIONS} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (a.attislocal or a.attinhcount = 0)
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relkind in ('r', 'p', 'f') and not c.relispartition`,
  constraint: `
    select ${RELATION} || '.' || quote_ident(k.conname) as id, quote_ident(k.conname) as name, ${RELATION} as "of", 0 as position,
      jsonb_build_object('form', k.contype, 'definition', pg_get_constraintdef(k.oid),
        'refersTo', case when k.contype = 'f' then ${tableOf('k.confrelid')} end) as facts
    from ${RELATIONS} join pg_constraint k on k.conrelid = c.oid
    where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conislocal and k.conparentid = 0`,
  index: `
    select format('%I.%I', n.nspname, x.relname) as id, quote_ident(x.relname) as name, ${RELATION} as "of", 0 as position,
      jsonb_build_object('isUnique', i.indisunique, 'isValid', i.indisvalid, 'definition', case c.relkind
        when 'p' then replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') else pg_get_indexdef(i.indexrelid) end) as facts
    from ${RELATIONS} join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid
    where not x.relispartition
      and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))`,
  view: `
    select ${RELATION} as id, quote_ident(c.relname) as name, null as "of", 0 as position,
      jsonb_build_object('isMaterialized', c.relkind = 'm', 'definition', pg_get_viewdef(c.oid),
        'columns', coalesce((select jsonb_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum)
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0), '[]'),
        'options', coalesce((select jsonb_agg(o order by o) from unnest(c.reloptions) o), '[]')) as facts
    from ${RELATIONS} where c.relkind in ('v', 'm')`,
  function: `
    select ${FUNCTION} as id, quote_ident(p.proname) as name, null as "of", 0 as position,
      jsonb_build_object(
        'form', case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
        'result', coalesce(pg_get_function_result(p.oid), ''),
        'definition', case when p.prokind = 'a'
          then (select format('SFUNC = %s, STYPE = %s%s%s', g.aggtransfn, format_type(g.aggtranstype, null),
            case when g.aggfinalfn::oid = 0 then '' else ', FINALFUNC = ' || g.aggfinalfn end,
            coalesce(', INITCOND = ' || quote_literal(g.agginitval), '')) from pg_aggregate g where g.aggfnoid = p.oid)
          else pg_get_functiondef(p.oid) end) as facts
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace and ${OWN} and ${OWN_FUNCTION}`,
  trigger: `
    select ${RELATION} || '.' || quote_ident(t.tgname) as id, quote_ident(t.tgname) as name, ${RELATION} as "of", 0 as position,
      jsonb_build_object('definition', pg_get_triggerdef(t.oid),
        'enabled', case t.tgenabled when 'O' then 'ENABLE' when 'D' then 'DISABLE' when 'R' then 'ENABLE REPLICA' else 'ENABLE ALWAYS' end) as facts
    from ${RELATIONS} join pg_trigger t on t.tgrelid = c.oid
    where not t.tgisinternal and coalesce((to_jsonb(t) ->> 'tgparentid')::oid, 0) = 0`,
  policy: `
    select ${RELATION} || '.' || quote_ident(p.polname) as id, quote_ident(p.polname) as name, ${RELATION} as "of", 0 as position,
      jsonb_build_object('definition', format('AS %s FOR %s TO %s%s%s',
        case when p.polpermissive then 'PERMISSIVE' else 'RESTRICTIVE' end,
        case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
        (select string_agg(case when r = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(r)) end, ', ' order by r) from unnest(p.polroles) r),
        ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
        ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')) as facts
    from ${RELATIONS} join pg_policy p on p.polrelid = c.oid`,
  grant: [
    grantRows({
      source: 'pg_namespace n',
      on: "'SCHEMA ' || quote_ident(n.nspname)",
      of: 'quote_ident(n.nspname)',
      acl: 'n.nspacl',
      letter: "'n'",
      owner: 'n.nspowner',
      where: `${OWN} and ${notOfExtension('pg_namespace', 'n.oid')}`
    }),
    grantRows({
      source: RELATIONS,
      on: `case when c.relkind = 'S' then 'SEQUENCE ' else 'TABLE ' end || ${RELATION}`,
      of: RELATION,
      acl: 'c.relacl',
      letter: "case when c.relkind = 'S' then 's' else 'r' end",
      owner: 'c.relowner',
      where: "c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')"
    }),
    grantRows({
      source: `${RELATIONS} join pg_attribute a on a.attrelid = c.oid`,
      on: `'TABLE ' || ${RELATION}`,
      of: `${RELATION} || '.' || quote_ident(a.attname)`,
      acl: 'a.attacl',
      letter: "'c'",
      owner: 'c.relowner',
      suffix: "' (' || quote_ident(a.attname) || ')'",
      where: 'a.attacl is not null and not a.attisdropped'
    }),
    grantRows({
      source: 'pg_proc p join pg_namespace n on n.oid = p.pronamespace',
      on: `case when p.prokind = 'p' then 'PROCEDURE ' else 'FUNCTION ' end || ${FUNCTION}`,
      of: FUNCTION,
      acl: 'p.proacl',
      letter: "'f'",
      owner: 'p.proowner',
      where: `${OWN} and ${OWN_FUNCTION}`
    }),
    grantRows({
      source: 'pg_type t join pg_namespace n on n.oid = t.typnamespace',
      on: "'TYPE ' || format('%I.%I', n.nspname, t.typname)",
      of: "format('%I.%I', n.nspname, t.typname)",
      acl: 't.typacl',
      letter: "'T'",
      owner: 't.typowner',
      where: `t.typtype in ('e', 'd', 'r') and ${OWN} and ${notOfExtension('pg_type', 't.oid')}`
    })
  ].join(' union all ')
};

/** Rows and bytes of each table and materialized view; a partitioned table has those of its partitions. */
export const SIZE_QUERY = `
  with recursive parts(root, oid) as (
    select c.oid, c.oid from ${RELATIONS} where c.relkind in ('r', 'p', 'm')
    union all
    select p.root, i.inhrelid from parts p join pg_inherits i on i.inhparent = p.oid join pg_class r on r.oid = p.oid and r.relkind = 'p'
  )
  select ${tableOf('p.root')} as id,
    sum(pg_relation_size(c.oid) + case when c.reltoastrelid = 0 then 0 else pg_relation_size(c.reltoastrelid) end)::float8 as bytes,
    case when bool_and(c.reltuples < 0) then -1 else sum(greatest(c.reltuples, 0)) end::float8 as rows
  from parts p join pg_class c on c.oid = p.oid and c.relkind in ('r', 'm')
  group by p.root`;

export const DROPPED_QUERY = `select ${RELATION} || '.' || a.attnum as name
  from ${RELATIONS} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.attisdropped where c.relkind in ('r', 'p', 'f')`;

export const VOLATILE_QUERY = "select distinct proname as name from pg_proc where provolatile = 'v'";

export const CAST_QUERY = `select format_type(castsource, null) || '>' || format_type(casttarget, null) as name
  from pg_cast where castmethod = 'b'`;
