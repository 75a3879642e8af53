import { ask, query } from '../support/client.ts';
import { processesOfJob } from '../support/processes.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';

const inputs = {
  cloud_provider: 'local',
  name: 'life',
  engine_version: '17',
  database_name: 'shop',
  parameters: 'work_mem: 8MB'
};

describe('a database in the later steps of a job', () => {
  let harness: Harness;
  let job: Job;
  let first: Step;
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    first = await job.step(inputs);
  });
  afterAll(async () => harness.close());

  test('`outputs` finds it again and sets the same outputs, independent of how it was created', async () => {
    const step = await job.step({ cloud_provider: 'local', name: 'life', database_name: 'shop', command: 'outputs' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('no-changes');
    for (const name of ['host', 'port', 'username', 'password', 'database_url', 'db_instance_endpoint'])
      expect(step.outputs[name]).toBe(first.outputs[name]);
    expect(step.masked).toContain(first.outputs['password']);
  });

  test('`outputs` of a missing database fails with a code', async () => {
    const step = await job.step({ cloud_provider: 'local', name: 'nobody', command: 'outputs' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
  });

  test('`check` finds no difference after an apply', async () => {
    const step = await job.step({ ...inputs, command: 'check' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'check', result: 'no-changes' });
  });

  test('`check` reports a change made outside of the workflow, and changes nothing itself', async () => {
    await query(first.outputs['database_url'], `alter system set work_mem = '77MB'`);
    await query(first.outputs['database_url'], 'select pg_reload_conf()');
    const step = await job.step({ ...inputs, command: 'check' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'drifted', failure_reason: 'drifted', has_changes: 'true' });
    expect(await changesOf(step)).toEqual(['server parameters.work_mem: 77MB → 8MB (online)']);
    expect(await ask(first.outputs['database_url'], `select current_setting('work_mem')`)).toBe('77MB');
  });

  test('an apply reverts it, over ALTER SYSTEM', async () => {
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(first.outputs['database_url'], `select current_setting('work_mem')`)).toBe('8MB');
    expect((await job.step(inputs)).outputs['result']).toBe('no-changes');
  });

  test('a database that an interrupted DROP left is made again, and does not count as in sync', async () => {
    const elsewhere = first.outputs['database_url']?.replace('/shop?', '/postgres?');
    await query(elsewhere, "update pg_database set datconnlimit = -2 where datname = 'shop'");
    expect((await job.step({ ...inputs, command: 'check' })).outputs['result']).toBe('drifted');
    const step = await job.step(inputs);
    expect(step.outputs).toMatchObject({ result: 'applied', to_create: '1' });
    expect(await ask(step.outputs['database_url'], 'select current_database()')).toBe('shop');
    expect((await job.step(inputs)).outputs['result']).toBe('no-changes');
  });

  test('`plan` changes nothing and sets the outputs of the live server', async () => {
    const step = await job.step({ ...inputs, parameters: 'work_mem: 9MB', command: 'plan' });
    expect(step.outputs).toMatchObject({ result: 'planned', to_update: '1', host: '127.0.0.1' });
    expect(await ask(first.outputs['database_url'], `select current_setting('work_mem')`)).toBe('8MB');
  });

  test('`doctor` reports the facts of the runner, and changes nothing', async () => {
    const step = await job.step({ ...inputs, command: 'doctor' });
    expect(step.exitCode).toBe(0);
    expect(step.log).toMatch(/✓ PostgreSQL binaries: 17\./);
    expect(step.log).toMatch(/✓ loopback port: \d+/);
    expect(step.log).toMatch(/✓ unprivileged user/);
    expect(step.summary).toContain('PostgreSQL binaries');
    expect(step.outputs).toMatchObject({ command: 'doctor', result: 'no-changes' });
  });

  test('the post step of a job that failed shows the end of the server log, then removes the server', async () => {
    await expect(ask(first.outputs['database_url'], `select 1 / (select 0) as "the last thing asked"`)).rejects.toThrow(
      'division by zero'
    );
    const row = "insert into people values ('ann@example.com')";
    await query(first.outputs['database_url'], 'create table people (mail text primary key)');
    await query(first.outputs['database_url'], row);
    await expect(query(first.outputs['database_url'], row)).rejects.toThrow('duplicate key');
    await expect(ask(first.outputs['database_url'], "select ('ann@' || 'example.com')::int")).rejects.toThrow(
      'invalid'
    );
    const post = await job.post(first, 'failure');
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain('The last lines of the server log:');
    expect(post.log).toContain('division by zero');
    // What it is about is told, and no value of a row.
    expect(post.log).toMatch(/constraint "people_pkey"[^]*insert into people values …/);
    expect(post.log).not.toContain('ann@example.com');
    await expect(ask(first.outputs['database_url'], 'select 1')).rejects.toThrow();
  });

  test('the post steps of later steps have nothing left to do', async () => {
    const post = await job.post(first);
    expect(post.exitCode).toBe(0);
    expect(post.annotations).toEqual([]);
    expect(await job.end()).toEqual([]);
  });
});

describe('a database that the workflow keeps running', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(async () => harness.close());

  test('runs as an unprivileged user although root runs the step, survives the post step, and ends with the job on the runner', async () => {
    const job = await harness.job();
    const step = await job.step({ cloud_provider: 'local', name: 'kept', engine_version: '17', keep_running: 'true' });
    const status = await ask(step.outputs['database_url'], `select pg_read_file('/proc/self/status')`);
    expect(/^Uid:\s+(\d+)/m.exec(String(status))?.[1]).toMatch(/^[1-9]/);
    const post = await job.post(step);
    expect(post.log).toContain('left running');
    expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
    expect(await job.end()).toEqual([expect.stringContaining('/bin/postgres -D ')]);
    await expect(ask(step.outputs['database_url'], 'select 1')).rejects.toThrow();
  });
});

describe('a server process', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(async () => harness.close());

  test('gets the tracking id of the runner, and no other variable of the step', async () => {
    const job = await harness.job({ name: 'push' }, { env: { CANARY_OF_THE_JOB: 'tweet-of-the-job' } });
    const step = await job.step(
      { cloud_provider: 'local', name: 'quiet', engine_version: '17', master_password: 'tweet-of-the-input' },
      { env: { CANARY_OF_THE_STEP: 'tweet-of-the-step', RUNNER_TRACKING_ID: 'github_quiet' } }
    );
    expect(step.outputs['result']).toBe('applied');
    const [postmaster, ...others] = await processesOfJob('github_quiet');
    expect(others).toEqual([]);
    expect(postmaster?.command).toContain('postgres -D ');
    const environment = (postmaster?.environment ?? []).join('\n');
    expect(environment).not.toMatch(/tweet|GITHUB_|INPUT_/);
    await job.post(step);
    expect(await processesOfJob('github_quiet')).toEqual([]);
  });
});
