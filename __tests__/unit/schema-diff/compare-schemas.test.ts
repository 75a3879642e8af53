import { severityOf, type SchemaChange } from '../../../src/schema-diff/change.ts';
import { withSqlSession, type ConnectionTarget } from '../../../src/postgres/connection.ts';
import { compareSchemas } from '../../../src/schema-diff/compare-schemas.ts';
import { readSchema } from '../../../src/schema-diff/read-schema.ts';
import type { Schema } from '../../../src/schema-diff/schema.ts';
import { run } from '../../support/pull-request-database.ts';
import { expectGolden } from '../../support/golden.ts';
import { testClusters, type TestCluster, type TestClusters } from '../../support/real-server.ts';

/** `orders` is small, `events` large as its statistics say, and `empty` has never held a row. */
const BASE = `
  create schema shop;
  create extension pgcrypto;
  create type shop.state as enum ('open', 'paid');
  create domain shop.amount as numeric(10,2) constraint positive check (value > 0);
  create sequence shop.tickets;
  create table shop.customers (id bigint primary key, mail text);
  insert into shop.customers values (1, 'a@example.com');
  create table shop.orders (
    id bigint primary key, customer bigint, state shop.state not null default 'open', note varchar(20), total integer,
    created timestamptz default now());
  alter table shop.orders add constraint small check (total < 1000) not valid;
  insert into shop.orders values (1, 1, 'open', 'x', 5);
  create index orders_by_customer on shop.orders (customer);
  create unique index orders_by_note on shop.orders (note);
  create table shop.events (id bigint generated always as identity, at timestamptz, kind text, payload text);
  insert into shop.events (at, kind) values (now(), 'x');
  update pg_catalog.pg_class set reltuples = 5000000 where oid = 'shop.events'::regclass;
  create table shop.empty (id int);
  create table shop.measured (day date, value int) partition by range (day);
  create table shop.measured_2026 partition of shop.measured for values from ('2026-01-01') to ('2027-01-01');
  insert into shop.measured values ('2026-02-01', 1);
  update pg_catalog.pg_class set reltuples = 5000000 where oid = 'shop.measured_2026'::regclass;
  create view shop.open_orders with (security_barrier = true) as select id, total from shop.orders where state = 'open';
  create materialized view shop.totals as select sum(total) as total from shop.orders;
  create materialized view shop.counted as select from shop.orders;
  create function shop.vat(amount integer) returns integer language sql immutable as 'select amount / 5';
  create function shop.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touched before update on shop.orders for each row execute function shop.touch();
  alter table shop.customers enable row level security;
  create policy own on shop.customers for select using (mail = current_user);
  create role reader;
  grant usage on schema shop to reader;
  grant select on shop.orders to reader`;

let clusters: TestClusters;
let cluster: TestCluster;
let base: Schema;
let count = 0;

const schemaOf = async (target: ConnectionTarget): Promise<Schema> =>
  withSqlSession(target, new AbortController().signal, readSchema);

beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.start();
  await run(cluster.target(), 'create database base');
  await run(cluster.target({ database: 'base' }), BASE);
  base = await schemaOf(cluster.target({ database: 'base' }));
});
afterAll(async () => clusters.remove());

/** What the catalogs of a copy of the base say after some statements. */
async function migrated(sql: string): Promise<Schema> {
  count += 1;
  const database = `migrated_${count}`;
  await run(cluster.target(), `create database ${database} template base`);
  await run(cluster.target({ database }), sql);
  return schemaOf(cluster.target({ database }));
}

const told = (changes: readonly SchemaChange[]): readonly string[] =>
  changes.map(({ action, statement, lines, risks }) => {
    const all = risks.map(({ severity, code }) => (severity === 'danger' ? code.toUpperCase() : code)).join(' ');
    const body = (lines ?? []).filter(({ sign }) => sign !== ' ').map(({ sign, text }) => `${sign}${text}`);
    return [`${action}: ${statement.replaceAll('\n', ' ⏎ ')}`, ...body].join(' | ') + (all === '' ? '' : ` [${all}]`);
  });

test.each([14, 18] as const)('PostgreSQL %i has all catalogs that are read', async major => {
  const other = await clusters.create({ major });
  await other.start();
  await run(other.target(), BASE);
  const [before, changed] = [await schemaOf(other.target()), 'alter table shop.orders drop column note'];
  await run(other.target(), changed, 'alter table shop.customers alter mail set not null');
  expect(told(compareSchemas(before, await schemaOf(other.target())))).toEqual([
    'drop: ALTER TABLE shop.orders DROP COLUMN note; [DATA-LOSS]',
    'change: ALTER TABLE shop.customers ALTER COLUMN mail SET NOT NULL; [MAY-FAIL lock]',
    expect.stringMatching(/^drop: DROP INDEX shop\.orders_by_note;/)
  ]);
  if (major !== 18) return;
  const waiting = await schemaOf(other.target());
  await run(
    other.target(),
    'alter table shop.orders add constraint has_total not null total not valid',
    'alter table shop.orders add constraint even check (total % 2 = 0) not enforced'
  );
  const partly = await schemaOf(other.target());
  expect(told(compareSchemas(waiting, partly))).toEqual([
    'change: ALTER TABLE shop.orders ADD CONSTRAINT has_total NOT NULL total NOT VALID;',
    'add: ALTER TABLE shop.orders ADD CONSTRAINT even CHECK (((total % 2) = 0)) NOT ENFORCED;'
  ]);
  await run(other.target(), 'alter table shop.orders validate constraint has_total');
  expect(told(compareSchemas(partly, await schemaOf(other.target())))).toEqual([
    'change: ALTER TABLE shop.orders VALIDATE CONSTRAINT has_total; [MAY-FAIL]'
  ]);
});

/** What is migrated at once: no two rows of a round are about the same object. */
type Row = readonly [round: number, what: string, sql: string, expected: readonly string[]];

const ROWS: readonly Row[] = [
  [1, 'a table that is dropped', 'drop table shop.events', ['drop: DROP TABLE shop.events; [DATA-LOSS]']],
  [1, 'an empty table that is dropped', 'drop table shop.empty', ['drop: DROP TABLE shop.empty; [data-loss]']],
  [
    1,
    'a new table, whose indexes and constraints cost nothing',
    `create table shop.items (id serial primary key, price shop.amount not null default 1, doubled int generated always as (2 * 3) stored);
     create index items_by_price on shop.items (price)`,
    [
      expect.stringMatching(
        /^add: CREATE TABLE shop\.items \( ⏎ {3}id integer DEFAULT nextval\('shop\.items_id_seq'::regclass\) NOT NULL, ⏎ {3}price shop\.amount DEFAULT 1 NOT NULL, ⏎ {3}doubled integer GENERATED ALWAYS AS \(\(2 \* 3\)\) STORED, ⏎ {3}CONSTRAINT items_pkey PRIMARY KEY \(id\) ⏎ \);$/
      ) as string,
      'add: CREATE INDEX items_by_price ON shop.items USING btree (price);'
    ]
  ],
  [
    1,
    'a column that is dropped',
    'alter table shop.orders drop column note',
    [
      'drop: ALTER TABLE shop.orders DROP COLUMN note; [DATA-LOSS]',
      'drop: DROP INDEX shop.orders_by_note; -- CREATE UNIQUE INDEX orders_by_note ON shop.orders USING btree (note) [breaks-clients]'
    ]
  ],
  [
    1,
    'a column that is dropped and added again under its name',
    'alter table shop.orders drop column created, add column created timestamptz default now()',
    [
      'drop: ALTER TABLE shop.orders DROP COLUMN created; [DATA-LOSS]',
      'add: ALTER TABLE shop.orders ADD COLUMN created timestamp with time zone DEFAULT now();'
    ]
  ],
  [
    2,
    'a column that is renamed',
    'alter table shop.orders rename note to remark',
    [
      'change: ALTER TABLE shop.orders RENAME COLUMN note TO remark; [breaks-clients]',
      expect.stringMatching(/^change: DROP INDEX shop\.orders_by_note;.*\(remark\); \[may-fail lock\]$/) as string
    ]
  ],
  [
    2,
    'a column that another one of its type replaces, which is no rename',
    'alter table shop.events drop column kind, add column label text',
    [
      'drop: ALTER TABLE shop.events DROP COLUMN kind; [DATA-LOSS]',
      'add: ALTER TABLE shop.events ADD COLUMN label text;'
    ]
  ],
  [
    2,
    'a column that may be null',
    'alter table shop.events add column source text',
    ['add: ALTER TABLE shop.events ADD COLUMN source text;']
  ],
  [
    3,
    'a column with a constant default, which needs no rewrite',
    "alter table shop.events add column source text not null default 'web', add column seen timestamptz default now()",
    [
      "add: ALTER TABLE shop.events ADD COLUMN source text DEFAULT 'web'::text NOT NULL;",
      'add: ALTER TABLE shop.events ADD COLUMN seen timestamp with time zone DEFAULT now();'
    ]
  ],
  [
    3,
    'a column whose default differs by row',
    'alter table shop.events add column token uuid default gen_random_uuid()',
    ['add: ALTER TABLE shop.events ADD COLUMN token uuid DEFAULT gen_random_uuid(); [REWRITE]']
  ],
  [
    2,
    'a required column without a default',
    'delete from shop.orders; alter table shop.orders add column owner text not null',
    ['add: ALTER TABLE shop.orders ADD COLUMN owner text NOT NULL; [MAY-FAIL]']
  ],
  [
    3,
    'a type that takes every value as it is stored',
    'alter table shop.orders alter note type varchar(40); alter table shop.events alter kind type varchar',
    [
      'change: ALTER TABLE shop.orders ALTER COLUMN note TYPE character varying(40); -- was character varying(20)',
      'change: ALTER TABLE shop.events ALTER COLUMN kind TYPE character varying; -- was text'
    ]
  ],
  [
    4,
    'a type that rewrites a small and a large table',
    `drop view shop.open_orders; drop materialized view shop.totals; alter table shop.orders alter total type bigint;
     alter table shop.events alter at type timestamp`,
    [
      'change: ALTER TABLE shop.events ALTER COLUMN at TYPE timestamp without time zone; -- was timestamp with time zone [REWRITE may-fail]',
      'change: ALTER TABLE shop.orders ALTER COLUMN total TYPE bigint; -- was integer [rewrite may-fail]',
      'drop: DROP VIEW shop.open_orders; [breaks-clients]',
      'drop: DROP MATERIALIZED VIEW shop.totals; [breaks-clients]'
    ]
  ],
  [
    2,
    'NOT NULL on what is there',
    'alter table shop.events alter at set not null; alter table shop.empty alter id set not null',
    [
      'change: ALTER TABLE shop.events ALTER COLUMN at SET NOT NULL; [MAY-FAIL LOCK]',
      'change: ALTER TABLE shop.empty ALTER COLUMN id SET NOT NULL;'
    ]
  ],
  [
    4,
    'NOT NULL beside a CHECK that says the same',
    `alter table shop.events add constraint at_set check (at is not null) not valid;
     alter table shop.events validate constraint at_set; alter table shop.events alter at set not null`,
    [
      'change: ALTER TABLE shop.events ALTER COLUMN at SET NOT NULL; [MAY-FAIL]',
      'add: ALTER TABLE shop.events ADD CONSTRAINT at_set CHECK ((at IS NOT NULL)); [may-fail LOCK]'
    ]
  ],
  [
    3,
    'a default',
    "alter table shop.orders alter state drop default; alter table shop.orders alter note set default '-'",
    [
      "change: ALTER TABLE shop.orders ALTER COLUMN state DROP DEFAULT; -- was 'open'::shop.state",
      "change: ALTER TABLE shop.orders ALTER COLUMN note SET DEFAULT '-'::character varying; -- was without a default"
    ]
  ],
  [
    3,
    'a foreign key, whose rows are looked at, and one that is not validated',
    `alter table shop.orders add constraint buyer foreign key (customer) references shop.customers (id);
     alter table shop.events add constraint buyer foreign key (id) references shop.customers (id) not valid`,
    [
      'add: ALTER TABLE shop.orders ADD CONSTRAINT buyer FOREIGN KEY (customer) REFERENCES shop.customers(id); [may-fail lock]',
      'add: ALTER TABLE shop.events ADD CONSTRAINT buyer FOREIGN KEY (id) REFERENCES shop.customers(id) NOT VALID;'
    ]
  ],
  [
    2,
    'a constraint that is validated, changed or dropped',
    `alter table shop.orders validate constraint small; alter table shop.customers drop constraint customers_pkey`,
    [
      'change: ALTER TABLE shop.orders VALIDATE CONSTRAINT small; [may-fail]',
      'drop: ALTER TABLE shop.customers DROP CONSTRAINT customers_pkey; -- PRIMARY KEY (id) [breaks-clients]'
    ]
  ],
  [
    3,
    'an index on a large table, and a unique one on a small',
    'create index on shop.events (at); create unique index once on shop.orders (total)',
    [
      'add: CREATE INDEX events_at_idx ON shop.events USING btree (at); [LOCK]',
      'add: CREATE UNIQUE INDEX once ON shop.orders USING btree (total); [may-fail lock]'
    ]
  ],
  [
    4,
    'an index that was not built to its end',
    "update pg_index set indisvalid = false where indexrelid = 'shop.orders_by_customer'::regclass",
    ['change: -- shop.orders_by_customer is not valid any more [slower]']
  ],
  [
    1,
    'an index that is dropped',
    'drop index shop.orders_by_customer',
    [
      'drop: DROP INDEX shop.orders_by_customer; -- CREATE INDEX orders_by_customer ON shop.orders USING btree (customer) [slower]'
    ]
  ],
  [
    1,
    'an enum whose values need quoting',
    `create type shop.mood as enum ('it''s', 'a\\b')`,
    [`add: CREATE TYPE shop.mood AS ENUM ('it''s',  E'a\\\\b');`]
  ],
  [
    2,
    'a value of an enum that is added',
    "alter type shop.state add value 'sent' before 'paid'",
    ["change: ALTER TYPE shop.state ADD VALUE 'sent' AFTER 'open';"]
  ],
  [
    3,
    'values that are added in front of all others',
    "alter type shop.state add value 'new' before 'open'; alter type shop.state add value 'newer' before 'open'",
    [
      "change: ALTER TYPE shop.state ADD VALUE 'new' BEFORE 'open';",
      "change: ALTER TYPE shop.state ADD VALUE 'newer' AFTER 'new';"
    ]
  ],
  [
    4,
    'a value of an enum that is renamed',
    "alter type shop.state rename value 'paid' to 'settled'",
    ["change: ALTER TYPE shop.state RENAME VALUE 'paid' TO 'settled'; [breaks-clients]"]
  ],
  [
    1,
    'a domain and a sequence that change',
    'alter domain shop.amount drop constraint positive; alter sequence shop.tickets increment by 10',
    [
      'change: -- CREATE DOMAIN shop.amount AS numeric(10,2) CONSTRAINT positive CHECK ((VALUE > (0)::numeric)); ⏎ CREATE DOMAIN shop.amount AS numeric(10,2); [may-fail]',
      expect.stringMatching(/^change: ALTER SEQUENCE shop\.tickets AS bigint START WITH 1 INCREMENT BY 10 /) as string
    ]
  ],
  [
    1,
    'a view, line by line, which a new definition leaves without its options',
    "create or replace view shop.open_orders as select id, total from shop.orders where state = 'paid'",
    [
      "change: CREATE OR REPLACE VIEW shop.open_orders AS | -  WHERE (state = 'open'::shop.state); | +  WHERE (state = 'paid'::shop.state);",
      'change: ALTER VIEW shop.open_orders RESET (security_barrier); -- was (security_barrier=true)'
    ]
  ],
  [
    3,
    'a view that loses a column, which takes another view',
    "drop view shop.open_orders; create view shop.open_orders as select id from shop.orders where state = 'open'",
    [
      'change: DROP VIEW shop.open_orders; ⏎ CREATE VIEW shop.open_orders AS | - SELECT id, | -    total | + SELECT id [breaks-clients]'
    ]
  ],
  [
    2,
    'a new view with options',
    'create view shop.notes with (security_invoker = true) as select total from shop.orders',
    [expect.stringMatching(/^add: CREATE VIEW shop\.notes WITH \(security_invoker=true\) AS/) as string]
  ],
  [
    2,
    'a function, line by line, and one with another result',
    `create or replace function shop.vat(amount integer) returns integer language sql immutable as 'select amount / 4';
     drop trigger touched on shop.orders; drop function shop.touch(); create function shop.touch() returns int language sql as 'select 1'`,
    [
      expect.stringMatching(
        /^change: DROP FUNCTION shop\.touch\(\); ⏎ CREATE FUNCTION shop\.touch\(\) .*\[breaks-clients\]$/
      ) as string,
      'drop: DROP TRIGGER touched ON shop.orders; [breaks-clients]',
      'change: CREATE OR REPLACE FUNCTION shop.vat(amount integer) | -AS $function$select amount / 5$function$ | +AS $function$select amount / 4$function$'
    ]
  ],
  [
    3,
    'a trigger that is switched off, and one that is new',
    `alter table shop.orders disable trigger touched;
     create trigger again after insert on shop.events for each statement execute function shop.touch();
     alter table shop.events enable always trigger again`,
    [
      'change: ALTER TABLE shop.orders DISABLE TRIGGER touched; -- was ENABLE',
      'add: CREATE TRIGGER again AFTER INSERT ON shop.events FOR EACH STATEMENT EXECUTE FUNCTION shop.touch(); ⏎ ALTER TABLE shop.events ENABLE ALWAYS TRIGGER again;'
    ]
  ],
  [
    1,
    'rows that policies no longer guard',
    'alter table shop.customers disable row level security; drop policy own on shop.customers',
    [
      'change: ALTER TABLE shop.customers DISABLE ROW LEVEL SECURITY; [EXPOSURE]',
      'drop: DROP POLICY own ON shop.customers; [exposure]'
    ]
  ],
  [
    1,
    'privileges that are given and taken, by table and by column',
    `revoke select on shop.orders from reader; grant select (mail) on shop.customers to reader; grant usage on schema shop to public;
     grant usage on schema shop to reader with grant option`,
    [
      'add: GRANT USAGE ON SCHEMA shop TO PUBLIC; [EXPOSURE]',
      'drop: REVOKE SELECT ON TABLE shop.orders FROM reader; [breaks-clients]',
      'change: REVOKE USAGE ON SCHEMA shop FROM reader; [breaks-clients]',
      'change: GRANT USAGE ON SCHEMA shop TO reader WITH GRANT OPTION;',
      'add: GRANT SELECT (mail) ON TABLE shop.customers TO reader;'
    ]
  ],
  [
    1,
    'schemas and extensions',
    'create schema "Odd name"; drop extension pgcrypto; create extension pg_trgm schema shop',
    [
      'drop: DROP EXTENSION pgcrypto; [breaks-clients]',
      'add: CREATE SCHEMA "Odd name";',
      expect.stringMatching(/^add: CREATE EXTENSION pg_trgm SCHEMA shop; -- \d/) as string
    ]
  ],
  [
    1,
    'partitions',
    `create table shop.measured_2027 partition of shop.measured for values from ('2027-01-01') to ('2028-01-01');
     alter table shop.measured detach partition shop.measured_2026; alter table shop.measured add column unit text`,
    [
      'change: ALTER TABLE shop.measured_2026 -- is no longer a partition: ALTER TABLE shop.measured DETACH PARTITION shop.measured_2026;',
      "add: CREATE TABLE shop.measured_2027 PARTITION OF shop.measured FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');",
      'add: ALTER TABLE shop.measured ADD COLUMN unit text;'
    ]
  ],
  [
    3,
    'a table that becomes a partition, with its columns',
    `create table shop.measured_2028 (day date, value int); drop table shop.empty;
     alter table shop.measured attach partition shop.measured_2028 for values from ('2028-01-01') to ('2029-01-01')`,
    [
      expect.stringMatching(/^add: CREATE TABLE shop\.measured_2028 PARTITION OF shop\.measured FOR VALUES/) as string,
      'drop: DROP TABLE shop.empty; [data-loss]'
    ]
  ],
  [
    1,
    'options and what is unlogged',
    'alter table shop.orders set (fillfactor = 70); alter table shop.customers set unlogged',
    [
      'change: ALTER TABLE shop.customers SET UNLOGGED; [rewrite DATA-LOSS]',
      'change: ALTER TABLE shop.orders SET (fillfactor=70);'
    ]
  ]
];

const found = new Map<number, readonly SchemaChange[]>();

/** The changes of all rows of a round, in one copy of the base. */
async function changesIn(round: number): Promise<readonly SchemaChange[]> {
  const sql = ROWS.flatMap(([at, , text]) => (at === round ? [text] : [])).join(';\n');
  const changes = found.get(round) ?? compareSchemas(base, await migrated(sql));
  found.set(round, changes);
  return changes;
}

test.each(ROWS.map(([round, what, , expected]) => [what, round, expected] as const))(
  '%s',
  async (_what, round, expected) => {
    expect(told(await changesIn(round))).toEqual(expect.arrayContaining([...expected]));
  }
);

test.each([1, 2, 3, 4])('nothing else is told in round %i, and dangerous changes come first', async round => {
  const changes = await changesIn(round);
  expect(changes).toHaveLength(ROWS.flatMap(([at, , , expected]) => (at === round ? expected : [])).length);
  const order = ['danger', 'warning', 'none'];
  const severities = changes.map(change => order.indexOf(severityOf(change)));
  expect(severities).toEqual(severities.toSorted((one, other) => one - other));
  expect(new Set(severities).size).toBeGreaterThan(1);
});

test('an enum that loses a value says that its tables are rewritten', async () => {
  const sql = `alter table shop.orders alter state drop default; drop view shop.open_orders; alter type shop.state rename to old_state;
    create type shop.state as enum ('open'); alter table shop.orders alter state type shop.state using state::text::shop.state;
    drop type shop.old_state`;
  const [first] = compareSchemas(base, await migrated(sql));
  expect(told(first === undefined ? [] : [first])).toEqual([
    "change: -- shop.state loses 'paid': was ENUM ('open', 'paid') [REWRITE]"
  ]);
});

test('a view that begins to show what its owner may read is a danger', async () => {
  const before = await migrated('alter view shop.open_orders set (security_invoker = true)');
  expect(told(compareSchemas(before, base)).map(line => line.replace(/;.* \[/, '; ['))).toEqual([
    'change: ALTER VIEW shop.open_orders RESET (security_invoker); [EXPOSURE]'
  ]);
});

test('settings of the database and its owner change nothing in what is read', async () => {
  const after = await migrated(`alter role current_user in database migrated_${count + 1} set search_path = shop;
    alter role current_user in database migrated_${count + 1} set quote_all_identifiers = on;
    alter database migrated_${count + 1} set default_transaction_isolation = serializable`);
  expect(told(compareSchemas(base, after))).toEqual([]);
});

/** A change of every kind of object, and of every part of a column. */
const MIGRATION = `
  create schema archive;
  create extension citext schema shop;
  alter extension pgcrypto set schema shop;
  alter type shop.state add value 'new' before 'open';
  alter type shop.state add value 'sent';
  create type shop.pair as (a int, b text);
  create type shop.span as range (subtype = int8);
  create domain shop.mail as text;
  alter domain shop.amount drop constraint positive;
  alter sequence shop.tickets increment by 5;
  create sequence shop.invoices;
  create table shop.items (
    id bigint generated by default as identity primary key, name text collate "C" not null default 'x', price shop.amount,
    twice numeric generated always as (2 * 21) stored, customer bigint references shop.customers (id));
  create unlogged table shop.cache (key text) with (fillfactor = 70);
  alter table shop.orders set (fillfactor = 80);
  alter table shop.orders alter note type text, alter created set not null, add extra smallint;
  alter table shop.orders alter state drop default, alter customer set default 1;
  alter table shop.orders validate constraint small;
  alter table shop.orders add constraint known foreign key (customer) references shop.customers (id) not valid;
  alter table shop.orders add constraint one_note unique (note);
  drop policy own on shop.customers;
  alter table shop.customers alter mail set not null, alter mail type varchar(80) collate "C", disable row level security;
  alter table shop.events add seen boolean not null default false, add place text default random()::text, drop payload;
  alter table shop.events alter id set generated by default;
  alter table shop.empty rename id to number;
  create table shop.measured_2027 partition of shop.measured for values from ('2027-01-01') to ('2028-01-01');
  create index measured_by_day on shop.measured (day);
  drop index shop.orders_by_customer;
  create index orders_by_customer on shop.orders (customer desc) where total > 5;
  create or replace view shop.open_orders as select id, total, state from shop.orders;
  alter view shop.open_orders set (security_barrier = true);
  drop materialized view shop.totals, shop.counted;
  create materialized view shop.totals as select max(total) as total from shop.orders;
  create materialized view shop.counted as select from shop.events;
  create view shop.all_events as select * from shop.events;
  create or replace function shop.vat(amount integer) returns integer language sql immutable as 'select amount / 4';
  create function shop.vat(amount bigint) returns bigint language sql immutable as 'select amount / 4';
  create procedure shop.tidy() language sql as 'delete from shop.empty';
  create aggregate shop.longest(text) (sfunc = textcat, stype = text, initcond = '');
  alter table shop.orders disable trigger touched;
  create trigger counted after insert on shop.events for each statement execute function shop.touch();
  create policy own on shop.customers for update using (true) with check (id > 0);
  create policy all_rows on shop.orders using (true);
  revoke select on shop.orders from reader;
  grant insert, update (note) on shop.orders to reader with grant option;
  grant select on shop.events to public`;

const inFull = (changes: readonly SchemaChange[]): readonly string[] =>
  changes.flatMap(({ kind, action, id, statement, lines = [], size, risks }) => [
    `${action} ${kind} ${id}${size === undefined ? '' : ` ${JSON.stringify(size)}`}`,
    ...statement.split('\n').map(line => `    ${line}`),
    ...lines.map(({ sign, text }) => `    ${sign} ${text}`),
    ...risks.map(({ severity, code, message, hint = '' }) => `  ${severity} ${code}: ${message} ${hint}`.trimEnd())
  ]);

test('a migration of everything, and the way back, are told as the golden file says', async () => {
  const after = await migrated(MIGRATION);
  const story = [
    '# A migration',
    ...inFull(compareSchemas(base, after)),
    '',
    '# The way back',
    ...inFull(compareSchemas(after, base))
  ];
  // Whole pages of a file, which differ with what ran before.
  expectGolden('schema-diff.txt', `${story.join('\n').replaceAll(/"bytes":\d+/g, '"bytes":0')}\n`);
});
