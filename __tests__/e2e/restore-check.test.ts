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
  /** Before there was a snapshot, and what issues were open then. */
  let none: Step;
  let opened: ReturnType<Harness['github']['issues']>;
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    await cp(EXAMPLES, job.workspace, { recursive: true });
    const made = await job.step({ ...inputs, command: 'apply', comment: 'false' });
    const url = made.outputs['database_url'];
    await query(url, 'create table customer as select n as id, $1::text as card from generate_series(1, 3) n', [
      SECRET
    ]);
    none = await check(asked);
    opened = harness.github.issues();
    const taken = await job.step({ ...snapshot, cloud_provider: 'local' });
    expect(taken.outputs).toMatchObject({ command: 'snapshot', snapshot_id: expect.stringMatching(/./) as string });
    await query(url, 'drop table customer');
  });
  afterAll(async () => harness.close());

  const check = async (more: Inputs = {}): Promise<Step> => job.step({ ...inputs, command: 'restore-check', ...more });

  test('fails where there is no backup, and keeps an issue open until there is', () => {
    expect(none.outputs).toMatchObject({ result: 'failed', failure_reason: 'restore-failed' });
    expect(none.log).toContain('.pgkeep/ holds no snapshot of orders');
    const [issue, ...others] = opened;
    expect([issue?.state, others]).toEqual(['open', []]);
    expect(issue?.title).toContain('does not pass its restore check');
  });

  test('restores the newest snapshot, masks and fills it, checks it, measures, closes the issue, and leaves nothing behind', async () => {
    await job.file('db/mask.sql', `update customer set card = 'x' where id = 1;`);
    await job.file('db/init.sql', 'create table seen as select id, card from customer');
    const more =
      'analyze customer;\nselect count(*) = 3 from customer;\nselect max(id) from customer;\n' +
      'select card from seen where id = 1';
    const scripts = { mask_sql: 'db/mask.sql', init_sql: 'db/init.sql' };
    const step = await check({ ...asked, ...scripts, check_sql: `${more};\n${checks}` });
    expect(step.outputs).toMatchObject({
      command: 'restore-check',
      result: 'restored',
      restore_seconds: expect.stringMatching(/^\d/) as string,
      backup_age_seconds: expect.stringMatching(/^\d/) as string,
      latest_restorable_time: expect.stringMatching(/^20/) as string
    });
    expect(harness.github.issues().map(({ state }) => state)).toEqual(['closed']);
    expect(step.summary).toContain('passed 6 checks');
    expect(step.summary).toMatch(/count\(\*\) = 3 from customer.*✅ passed \| true/);
    // It masks before it checks: no check sees what is masked.
    expect(step.summary).toMatch(/`mask_sql` that ran \| 1[^]*`init_sql` that ran \| 1[^]*passed \| "x" \|/);
    expect(`${step.log}${step.summary}`).not.toContain(SECRET);
    expect(step.summary).toMatch(/orders-rc-[0-9a-f]{8}, destroyed again/);
    expect(step.outputs['database_url']).toBeUndefined();
    const after = await job.step({ ...inputs, command: 'outputs' });
    expect(await query(after.outputs['database_url'], 'select to_regclass($1) as gone', ['customer'])).toEqual([
      { gone: null }
    ]);
    const post = await job.post(step);
    expect(post.log).not.toContain('restore check');
  }, 60_000);

  // Where a check fails, or what masks or fills the copy: unit/commands/told-throwaway, unit/postgres/run-script.
  test('plans only with dry_run, and needs inputs that fit it', async () => {
    const before = (await readdir(job.temp)).sort();
    const dry = await check({ mask_sql: 'select 1', init_sql: 'db/init.sql', dry_run: 'true' });
    expect(dry.outputs).toMatchObject({ result: 'planned' });
    expect(dry.log).toMatch(/create masking SQL of[^]*create initial SQL of shop/);
    expect(dry.log).toContain('restore_from_snapshot');
    expect((await readdir(job.temp)).sort()).toEqual(before);
    const unwaited = await check({ wait: 'false' });
    expect(unwaited.outputs).toMatchObject({ failure_reason: 'input-invalid' });
    const ofPull = await check({ ephemeral: 'instance' });
    expect(ofPull.outputs).toMatchObject({ failure_reason: 'input-invalid' });
    expect(ofPull.log).toContain('Remove `ephemeral`');
  }, 60_000);
});
