import { ask } from '../support/client.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';

const inputs = {
  cloud_provider: 'local',
  name: 'seeded',
  engine_version: '17',
  database_name: 'shop',
  master_username: 'owner',
  init_sql: 'db/schema.sql\ndb/seed/*.sql'
};

const schema = `-- A comment with a ; in it
create table product (id int primary key, name text not null);
create function twice(n int) returns int language plpgsql as $body$
begin
  return n * 2; -- not the end of the statement
end
$body$;
`;

let harness: Harness;
let job: Job;
beforeAll(async () => {
  harness = await openHarness();
  job = await harness.job();
});
afterAll(async () => harness.close());

describe('initial SQL', () => {
  let first: Step;
  beforeAll(async () => {
    await job.file('db/schema.sql', schema);
    await job.file('db/seed/2-more.sql', "insert into product values (2, 'two; or more');\n");
    await job.file('db/seed/1-first.sql', "insert into product values (1, 'one');\n");
    first = await job.step(inputs);
  });

  const url = (): string | undefined => first.outputs['database_url'];

  test('runs in the given order, as the user of the workflow, in its database', async () => {
    expect(first.outputs['result']).toBe('applied');
    expect(await ask(url(), `select string_agg(name, ', ' order by id) from product`)).toBe('one, two; or more');
    expect(await ask(url(), 'select twice(21)')).toBe(42);
    expect(await ask(url(), `select tableowner from pg_tables where tablename = 'product'`)).toBe('owner');
  });

  test('does not run a second time', async () => {
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('no-changes');
    expect(await ask(url(), 'select count(*)::int from product')).toBe(2);
  });

  test('runs a file again when its content has changed, and no other', async () => {
    await job.file('db/seed/2-more.sql', "insert into product values (3, 'three');\n");
    const step = await job.step(inputs);
    expect(await changesOf(step)).toEqual([
      expect.stringMatching(/^init-sql init_sql\.db\/seed\/2-more\.sql: sha256:/)
    ]);
    expect(await ask(url(), 'select count(*)::int from product')).toBe(3);
  });

  test('runs a file that is new', async () => {
    await job.file('db/seed/3-last.sql', "insert into product values (4, 'four');\n");
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(url(), 'select count(*)::int from product')).toBe(4);
  });

  test('that fails is reported with file, line and statement', async () => {
    await job.file(
      'db/seed/4-wrong.sql',
      "-- one line above\n\ninsert into product values (5, 'five');\nselect *\n  from produkt;\n"
    );
    const step = await job.step(inputs);
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'init-sql-failed' });
    const [error] = step.annotations.filter(({ level }) => level === 'error');
    expect(error?.message).toContain('db/seed/4-wrong.sql');
    expect(error?.message).toMatch(/line 5|:5/);
    expect(error?.message).toContain('relation "produkt" does not exist');
  });

  test('runs after a correction, and files before it do not run again', async () => {
    await job.file('db/seed/4-wrong.sql', "insert into product values (5, 'five') on conflict do nothing;\n");
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(url(), 'select count(*)::int from product')).toBe(5);
  });

  test('that matches no file is an input error, before anything is changed', async () => {
    const step = await job.step({ ...inputs, name: 'other', init_sql: 'db/nothing-here-*.sql' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.log).toContain('db/nothing-here-*.sql');
    expect(step.log).not.toContain('server other: created');
  });
});

/** As `pg_dump --create` of 2026 writes it, with what it leaves out here left out. */
const dump = `--
-- PostgreSQL database dump
--

\\restrict v0Xn4hLZ3c

-- Dumped from database version 17.10

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE DATABASE dumped WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';

\\unrestrict v0Xn4hLZ3c
\\connect dumped
\\restrict v0Xn4hLZ3c

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.note (
    id integer NOT NULL,
    text text
);

COPY public.note (id, text) FROM stdin;
1	a tab\\tand a ; and a 🐘
2	\\N
\\.

ALTER TABLE ONLY public.note ADD CONSTRAINT note_pkey PRIMARY KEY (id);
ALTER TABLE IF EXISTS ONLY public.nothing DROP CONSTRAINT IF EXISTS nothing_pkey;

\\unrestrict v0Xn4hLZ3c
`;

describe('a dump', () => {
  test('as pg_dump writes it is loaded with its database and its data, and what the server says is shown', async () => {
    await job.file('dump.sql', dump);
    const step = await job.step({ ...inputs, command: 'apply', init_sql: 'dump.sql' });
    expect(step.outputs['result']).toBe('applied');
    const url = new URL(step.outputs['database_url'] ?? '');
    expect(await ask(url.href, 'show search_path')).toBe('"$user", public');
    url.pathname = '/dumped';
    expect(await ask(url.href, `select string_agg(id || coalesce(text, ' nothing'), ', ' order by id) from note`)).toBe(
      '1a tab\tand a ; and a 🐘, 2 nothing'
    );
    expect(step.log).toContain('dump.sql: NOTICE: relation "nothing" does not exist, skipping');
  });

  test('that leaves a transaction open is refused, with its line', async () => {
    await job.file('open.sql', 'begin;\ncreate table half (id int);\n');
    const step = await job.step({ ...inputs, command: 'apply', init_sql: 'dump.sql\nopen.sql' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'init-sql-failed' });
    expect(step.log).toContain('Could not run open.sql line 1: it leaves the transaction open');
  });
});
