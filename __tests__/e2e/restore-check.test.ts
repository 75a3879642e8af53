import { cp, readdir } from 'node:fs/promises';
import { query } from '../support/client.ts';
import { EXAMPLES, exampleSteps } from '../support/examples.ts';
import { openHarness, type Harness } from '../support/harness.ts';
import type { Job, Step } from '../support/job.ts';

type Inputs = Readonly<Record<string, string>>;

const SECRET = 'a-card-number-of-a-customer';

describe('a restore check on the runner', () => {
  let harness: Harness;
  let job: Job;
  // For a cloud, whose database is on the runner here.
  const [snapshot = {}] = exampleSteps('scheduled-snapshot.yml');
  const [{ check_sql: checks = '', ...asked } = {}] = exampleSteps('monthly-restore-check.yml');
  const inputs: Inputs = {
    config: snapshot['config'] ?? '',
    environment: snapshot['environment'] ?? '',
    cloud_provider: 'local',
    database_name: 'shop'
  };
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    await cp(EXAMPLES, job.workspace, { recursive: true });
    const made = await job.step({ ...inputs, command: 'apply', comment: 'false' });
    const url = made.outputs['database_url'];
    await query(url, 'create table customer as select n as id, $1::text as card from generate_series(1, 3) n', [
      SECRET
    ]);
    const taken = await job.step({ ...snapshot, cloud_provider: 'local' });
    expect(taken.outputs).toMatchObject({ command: 'snapshot', snapshot_id: expect.stringMatching(/./) as string });
    await query(url, 'drop table customer');
  });
  afterAll(async () => harness.close());

  const check = async (more: Inputs = {}): Promise<Step> => job.step({ ...inputs, command: 'restore-check', ...more });

  test('fails when a statement returns false, no row or an error, says which, and destroys the server', async () => {
    await job.file('db/mask.sql', `update customer set card = 'x' where id = 1;`);
    await job.file('db/init.sql', 'create table seen as select id, card from customer');
    const step = await check({
      restore_issue: 'true',
      mask_sql: 'db/mask.sql',
      init_sql: 'db/init.sql',
      check_sql:
        'select true;\nselect id > 1 from customer;\nselect id from customer where id > 9;\nselect 1/0;\n' +
        'select card::int from customer;\nselect card from seen where id = 1'
    });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'restore-failed' });
    expect(step.log).toContain('check_sql line 2 returned 1 of 3 rows that are not true (and 3 more checks)');
    expect(step.summary).toMatch(/no row/);
    expect(step.summary).toMatch(/division by zero/);
    expect(step.summary).toContain('invalid input syntax');
    // It masks before it checks: no check sees what is masked.
    expect(step.summary).toMatch(/`mask_sql` that ran \| 1[^]*`init_sql` that ran \| 1[^]*passed \| "x" \|/);
    expect(`${step.log}${step.summary}`).not.toContain(SECRET);
    expect(step.summary).toMatch(/destroyed again/);
    const [issue] = harness.github.issues().filter(({ state }) => state === 'open');
    expect(issue?.title).toContain('does not pass its restore check');
  }, 60_000);

  test('restores the newest snapshot, checks it, measures, closes the issue, and leaves nothing behind', async () => {
    const more = 'analyze customer;\nselect count(*) = 3 from customer;\nselect max(id) from customer';
    const step = await check({ ...asked, check_sql: `${more};\n${checks}` });
    expect(step.outputs).toMatchObject({
      command: 'restore-check',
      result: 'restored',
      restore_seconds: expect.stringMatching(/^\d/) as string,
      backup_age_seconds: expect.stringMatching(/^\d/) as string,
      latest_restorable_time: expect.stringMatching(/^20/) as string
    });
    expect(harness.github.issues().filter(({ state }) => state === 'open')).toEqual([]);
    expect(step.summary).toContain('passed 5 checks');
    expect(step.summary).toMatch(/count\(\*\) = 3 from customer.*✅ passed \| true/);
    expect(step.summary).toMatch(/orders-rc-[0-9a-f]{8}, destroyed again/);
    expect(step.outputs['database_url']).toBeUndefined();
    const after = await job.step({ ...inputs, command: 'outputs' });
    expect(await query(after.outputs['database_url'], 'select to_regclass($1) as gone', ['customer'])).toEqual([
      { gone: null }
    ]);
    const post = await job.post(step);
    expect(post.log).not.toContain('restore check');
  }, 60_000);

  // Where what fills or masks the copy fails: unit/commands/told-throwaway, masked-clones.test.ts.
  test('plans only with dry_run, and says what is missing where there is no backup', async () => {
    const before = (await readdir(job.temp)).sort();
    const dry = await check({ mask_sql: 'select 1', init_sql: 'db/init.sql', dry_run: 'true' });
    expect(dry.outputs).toMatchObject({ result: 'planned' });
    expect(dry.log).toMatch(/create masking SQL of[^]*create initial SQL of shop/);
    expect(dry.log).toContain('restore_from_snapshot');
    expect((await readdir(job.temp)).sort()).toEqual(before);
    const none = await check({ name: 'other' });
    expect(none.outputs).toMatchObject({ result: 'failed', failure_reason: 'restore-failed' });
    expect(none.log).toContain('.pgkeep/ holds no snapshot of other');
    const unwaited = await check({ wait: 'false' });
    expect(unwaited.outputs).toMatchObject({ failure_reason: 'input-invalid' });
    const ofPull = await check({ ephemeral: 'instance' });
    expect(ofPull.outputs).toMatchObject({ failure_reason: 'input-invalid' });
    expect(ofPull.log).toContain('Remove `ephemeral`');
  }, 60_000);
});
