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

describe('initial SQL', () => {
  let harness: Harness;
  let job: Job;
  let first: Step;
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    await job.file('db/schema.sql', schema);
    await job.file('db/seed/2-more.sql', "insert into product values (2, 'two; or more');\n");
    await job.file('db/seed/1-first.sql', "insert into product values (1, 'one');\n");
    first = await job.step(inputs);
  });
  afterAll(async () => harness.close());

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
