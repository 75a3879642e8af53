import { readFile } from 'node:fs/promises';
import { query } from '../support/client.ts';
import { exampleSteps } from '../support/examples.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';
import type { Step } from '../support/job.ts';

/** The steps of the example, whose server is that of the base as well. */
const [base = {}, database = {}, compare = {}] = exampleSteps('schema-diff-on-runner.yml');

let harness: EphemeralHarness;
let made: Step;
beforeAll(async () => {
  harness = await openEphemeralHarness(base);
  await harness.sql("create table orders (id int primary key, note text); insert into orders values (1, 'x')");
  harness.github.seedPull({ number: 7 });
  made = await harness.on(7, 'opened', database);
});
afterAll(async () => harness.close());

const migrate = async (text: string): Promise<void> => void (await query(made.outputs['database_url'], text));
const comments = (): readonly string[] =>
  harness.github.comments(7).flatMap(({ body }) => (body.includes('PostgreSQL schema of') ? [body] : []));

test('a database whose schema is still that of its base differs in nothing, and gets no comment', async () => {
  const step = await harness.on(7, 'synchronize', compare);
  expect(step.exitCode).toBe(0);
  expect(step.outputs).toMatchObject({
    command: 'schema-diff',
    result: 'no-changes',
    schema_changes: '0',
    schema_dangers: '0'
  });
  expect(comments()).toEqual([]);
});

test('its migrations are shown, as the example asks, in a comment of its own, dangerous ones first, and kept up to date in place', async () => {
  await migrate(
    'alter table orders drop column note; alter table orders add column total int; create index on orders (total)'
  );
  const step = await harness.on(7, 'synchronize', compare);
  expect(step.outputs).toMatchObject({ result: 'schema-changed', schema_changes: '3', schema_dangers: '1' });
  expect(await readFile(step.outputs['schema_diff'] ?? '', 'utf8')).toContain(
    'ALTER TABLE public.orders DROP COLUMN note;'
  );
  const [body = ''] = comments();
  expect(body).toContain('🚨 **3 changes to the schema of shop, 1 dangerous, 1 to look at.**');
  expect(body.indexOf('DROP COLUMN note;')).toBeLessThan(body.indexOf('ADD COLUMN total integer;'));
  expect(step.outputs['comment_url']).toContain('#issuecomment-');
  expect(step.summary).toContain('ALTER TABLE public.orders DROP COLUMN note;');

  await harness.sql('alter table orders drop column note');
  await migrate('alter table orders drop column total');
  const later = await harness.on(7, 'synchronize', compare);
  expect(later.outputs['comment_url']).toBe(step.outputs['comment_url']);
  expect(comments()).toEqual([expect.stringContaining('✅ **The schema is that of shop.**')]);
});

test('a late run of an older head leaves the comment alone', async () => {
  await migrate('create table late (id int)');
  const head = harness.github.issue(7).pull?.headSha ?? '';
  harness.github.push(7);
  const step = await harness.run({ name: 'pull_request', number: 7, headSha: head }, compare);
  expect(step.outputs['result']).toBe('schema-changed');
  expect(comments().join()).not.toContain('CREATE TABLE public.late');
  expect(step.log).toContain('schema comment of #7 was left as it is');
});

test('another database of the base can be named', async () => {
  const step = await harness.on(7, 'synchronize', { ...compare, schema_base: 'postgres', comment: 'false' });
  expect(step.log).toContain('CREATE TABLE public.orders');
});

test.each([
  ['without `ephemeral`', { ephemeral: '' }, 'input-invalid'],
  ['of a pull request that has no database', { name: 'other' }, 'not-found']
])('%s it fails, and says why', async (_what, inputs, failure_reason) => {
  const step = await harness.on(7, 'synchronize', { ...compare, ...inputs });
  expect(step.outputs).toMatchObject({ result: 'failed', failure_reason });
});
