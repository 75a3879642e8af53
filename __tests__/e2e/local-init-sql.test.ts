import { cp } from 'node:fs/promises';
import { ask } from '../support/client.ts';
import { EXAMPLES, exampleSteps } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';

const [inputs = {}] = exampleSteps('local-extensions-init-sql.yml');

const FUNCTION = `-- A comment with a ; in it
create function twice(n int) returns int language plpgsql as $body$
begin
  return n * 2; -- not the end of the statement
end
$body$;
-- As in a dump of pg_dump --use-set-session-authorization.
create role reader; set session authorization reader;
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
    await cp(EXAMPLES, job.workspace, { recursive: true });
    await job.file('db/seed/05-twice.sql', FUNCTION);
    await job.file('db/seed/30-more.sql', 'insert into orders (customer_id, total) values (1, twice(21));\n');
    first = await job.step(inputs);
  });

  const url = (): string | undefined => first.outputs['database_url'];
  const orders = async (): Promise<unknown> => ask(url(), 'select count(*)::int from orders');

  test('of the example runs in the given order, as the user of the workflow, in its database', async () => {
    expect([first.exitCode, first.outputs['result'], first.annotations]).toEqual([0, 'applied', []]);
    expect(await orders()).toBe(501);
    const facts = `select current_user || ' ' || tableowner || ' ' || current_setting('work_mem') from pg_tables
      where tablename = 'orders'`;
    expect(await ask(url(), facts)).toBe('shop_owner shop_owner 16MB');
  });

  test('does not run a second time', async () => {
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('no-changes');
    expect(await orders()).toBe(501);
  });

  test('runs a file again when its content has changed, and no other', async () => {
    await job.file('db/seed/30-more.sql', 'insert into orders (customer_id, total) values (2, 3);\n');
    const step = await job.step(inputs);
    expect(await changesOf(step)).toEqual([
      expect.stringMatching(/^init-sql init_sql\.db\/seed\/30-more\.sql: sha256:/)
    ]);
    expect(await orders()).toBe(502);
  });

  test('runs a file that is new', async () => {
    await job.file('db/seed/40-last.sql', 'insert into orders (customer_id, total) values (3, 4);\n');
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('applied');
    expect(await orders()).toBe(503);
  });

  test('that fails is reported with file, line and statement', async () => {
    await job.file(
      'db/seed/50-wrong.sql',
      '-- one line above\n\ninsert into orders (customer_id, total) values (4, 5);\nselect *\n  from produkt;\n'
    );
    const step = await job.step(inputs);
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'init-sql-failed' });
    const [error] = step.annotations.filter(({ level }) => level === 'error');
    expect(error?.message).toContain('db/seed/50-wrong.sql');
    expect(error?.message).toMatch(/line 5|:5/);
    expect(error?.message).toContain('relation "produkt" does not exist');
  });

  test('runs after a correction, and files before it do not run again', async () => {
    await job.file('db/seed/50-wrong.sql', 'insert into orders (customer_id, total) values (4, 5);\n');
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('applied');
    expect(await orders()).toBe(504);
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
