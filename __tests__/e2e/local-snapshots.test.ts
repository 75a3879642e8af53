import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ask, query } from '../support/client.ts';
import { EXAMPLES, exampleSteps } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';
import { leaksOf } from '../support/secrecy.ts';

/** The steps of the example, with a user of its own. */
const [seed = {}, keep = {}, start = {}] = exampleSteps('local-snapshot-cache.yml').map(given => ({
  ...given,
  master_username: 'owner'
}));
const { restore_from_snapshot: _snapshot, ...inputs }: Readonly<Record<string, string>> = start;

describe('snapshots', () => {
  let harness: Harness;
  let job: Job;
  let first: Step;
  let taken: Step;
  let archive: string;
  /** What stood in the folder before. */
  const [old, ofOther] = ['postgres-20200101-000000.pgkeep.tar.zst', 'postgres-2-20200101-000000.pgkeep.tar.zst'];
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job({ name: 'push' }, { env: { CANARY: 'tweet-of-the-environment' } });
    await cp(EXAMPLES, job.workspace, { recursive: true });
    first = await job.step(seed);
    for (const name of [old, ofOther]) await job.file(path.join('.pgkeep', name), '');
    taken = await job.step({ ...keep, snapshot_keep_days: '30' }, { watch: true });
    archive = path.join(job.workspace, '.pgkeep', 'seeded.pgkeep.tar.zst');
  });
  afterAll(async () => harness.close());

  test('are taken of a running server into the workspace, where a cache can keep them', async () => {
    expect(taken.exitCode).toBe(0);
    expect(taken.outputs['result']).toBe('applied');
    expect(taken.outputs['snapshot_id']).toMatch(/seeded/);
    expect((await stat(archive)).size).toBeGreaterThan(100_000);
  });

  test('that are older than `snapshot_keep_days` go with the next one; those under a name of their own stay', async () => {
    expect(taken.log).toContain(`deleted: ${old}`);
    const folder = path.dirname(archive);
    // And no file of the snapshot but the archive.
    expect((await readdir(folder)).toSorted()).toEqual([ofOther, path.basename(archive)].toSorted());
    await rm(path.join(folder, ofOther));
  });

  test('hold no secret in clear text, and neither do log, summary, file or process list of the steps before', async () => {
    const password = first.outputs['password'] ?? '';
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(first.masked).toEqual(expect.arrayContaining([password, first.outputs['database_url']]));
    expect(first.log).not.toContain('postgresql://');
    expect(process.platform !== 'linux' || taken.commands.some(one => one.includes('postgres -D'))).toBe(true);
    const traces = { job, github: harness.github, steps: [first, taken] };
    expect(leaksOf([password, harness.github.token, 'tweet-of-the-environment'], traces)).toEqual([]);
  });

  test('are not restored where the server runs already', async () => {
    const step = await job.step(start);
    expect([step.exitCode, step.outputs['result'], step.annotations]).toEqual([0, 'no-changes', []]);
    expect(step.outputs['database_url']).toBe(first.outputs['database_url']);
  });

  test('start a new server of another job with the data, the users and its own password', async () => {
    const other = await harness.job();
    await cp(path.dirname(archive), path.join(other.workspace, '.pgkeep'), { recursive: true });
    const step = await other.step(start);
    expect([step.exitCode, step.outputs['result'], step.annotations]).toEqual([0, 'applied', []]);
    expect(step.outputs['password']).not.toBe(first.outputs['password']);
    expect(await ask(step.outputs['database_url'], 'select count(*)::int from orders')).toBe(500);
    expect(
      await ask(step.outputs['database_url'], `select count(*)::int from pg_extension where extname = 'pg_trgm'`)
    ).toBe(1);
    expect((await other.step(start)).outputs['result']).toBe('no-changes');
    expect((await other.post(step)).exitCode).toBe(0);
    expect(await other.end()).toEqual([]);
  });

  test('and copies of a running server are refused where an UNLOGGED table would be empty in them', async () => {
    await query(first.outputs['database_url'], 'create unlogged table fast as select 1 as id');
    const copied = await job.step({ ...inputs, name: 'twin', restore_source: 'postgres' });
    expect([copied.exitCode, copied.outputs['failure_reason']]).toEqual([1, 'unsupported']);
    expect(copied.log).toContain('its UNLOGGED tables shop.fast would be empty in the copy');
    expect(copied.log).toContain('SET LOGGED');
  });

  test('that do not exist are an error with their path', async () => {
    const other = await harness.job();
    const step = await other.step({ ...inputs, restore_from_snapshot: 'nothing' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toMatch(/not-found|archive-invalid/);
    expect(step.log).toContain('nothing.pgkeep.tar.zst');
    expect(await other.end()).toEqual([]);
  });

  // What else may be wrong with one: restore.test.ts.
  test('that are damaged are refused, and no server is left', async () => {
    const other = await harness.job();
    const whole = await readFile(archive);
    const damaged = Buffer.concat([whole.subarray(0, 5000), Buffer.alloc(64), whole.subarray(5064)]);
    await writeFile(path.join(other.workspace, 'seed.pgkeep.tar.zst'), damaged);
    const step = await other.step({ ...inputs, restore_from_snapshot: './seed.pgkeep.tar.zst' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'archive-invalid' });
    expect((await other.step({ ...inputs, command: 'outputs' })).outputs['failure_reason']).toBe('not-found');
    expect(await other.end()).toEqual([]);
  });

  test('of another major version are refused with a hint', async () => {
    const other = await harness.job();
    await cp(path.dirname(archive), path.join(other.workspace, '.pgkeep'), { recursive: true });
    const step = await other.step({ ...inputs, engine_version: '16', restore_from_snapshot: 'seeded' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toBe('archive-invalid');
    expect(step.log).toMatch(/17/);
  });
});
