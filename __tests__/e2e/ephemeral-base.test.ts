import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';
import { planOf } from '../support/harness.ts';
import type { Step } from '../support/job.ts';

let harness: EphemeralHarness;
/** Another repository's server. */
let platform: Step;
beforeAll(async () => {
  harness = await openEphemeralHarness({ durable: 'true', tls: 'true' });
  for (const number of [1, 2, 3, 4, 5, 6, 11, 12]) harness.github.seedPull({ number });
});
afterAll(async () => harness.close());

describe('the base of a pull request’s database', () => {
  test('that does not exist is reported, and does not fail a clean-up', async () => {
    const step = await harness.on(1, 'opened', { base_database: 'nowhere' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
    expect(step.log).toContain('Could not find the base server nowhere');
    harness.github.close(1);
    const closed = await harness.on(1, 'closed', { base_database: 'nowhere' });
    expect(closed.exitCode).toBe(0);
    expect(closed.outputs['result']).toBe('no-changes');
  });

  test('is the server of `name` unless another is named', async () => {
    const step = await harness.on(2, 'opened', { base_database: '', name: 'shared' });
    expect(step.outputs['result']).toBe('applied');
    expect(step.outputs['port']).toBe(harness.server.outputs['port']);
  });

  test('may belong to another environment of the same repository', async () => {
    const step = await harness.on(3, 'opened', { environment: 'preview' });
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
  });

  test('of another repository needs its password, and keeps its rights', async () => {
    platform = await harness.job.step(
      { cloud_provider: 'local', name: 'platform', engine_version: '17', master_password: 'a long password' },
      { env: { GITHUB_REPOSITORY: 'acme/platform', GITHUB_REPOSITORY_ID: '4711' } }
    );
    expect(platform.outputs['result']).toBe('applied');
    const refused = await harness.on(4, 'opened', { base_database: 'platform' });
    expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    expect(refused.log).toContain('belongs to acme/platform');

    const step = await harness.on(4, 'opened', { base_database: 'platform', master_password: 'a long password' });
    expect(step.outputs['result']).toBe('applied');
    const { notices } = await planOf(step);
    expect(notices.find(({ code }) => code === 'open-databases')?.message).toContain('`postgres`, `template1`');
    const url = platform.outputs['database_url'];
    expect(await ask(url, "select has_database_privilege('public', 'postgres', 'CONNECT')")).toBe(true);
    expect(await ask(url, "select current_setting('pgkeep.mark')::json->>'repository'")).toBe('acme/platform');
  });

  test('that is stopped does not count as missing', async () => {
    const pid = await ask(platform.outputs['database_url'], 'select pg_read_file($1)', ['postmaster.pid']);
    process.kill(Number(String(pid).split('\n')[0]), 'SIGQUIT');
    harness.github.close(5);
    const closed = await harness.on(5, 'closed', { base_database: 'platform', master_password: 'a long password' });
    expect(closed.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
    expect(closed.log).toContain('it exists but is not ready');
  });

  test('provides the password of a database to later steps, and so does a seed without it', async () => {
    const seed = { password_seed: 'correct horse battery staple' };
    const made = await harness.on(6, 'opened', seed);
    const random = await harness.on(2, 'synchronize', { base_database: '', name: 'shared' });
    expect((await harness.on(2, 'edited', { base_database: '', name: 'shared' })).outputs['password']).toBe(
      random.outputs['password']
    );

    const [folder = ''] = (await readdir(path.join(harness.job.temp, 'pgkeep'))).filter(name =>
      /^shared-\w+$/.test(name)
    );
    await rm(path.join(harness.job.temp, 'pgkeep', folder, 'secrets'), { recursive: true });
    const outputs = await harness.on(6, 'synchronize', { ...seed, command: 'outputs' });
    expect(outputs.outputs['password']).toBe(made.outputs['password']);
    expect(outputs.masked).toContain(made.outputs['password']);
    expect(await ask(outputs.outputs['database_url'], 'select 1')).toBe(1);

    const unknown = await harness.on(2, 'synchronize', { base_database: '', name: 'shared', command: 'outputs' });
    expect(unknown.outputs['password']).toBeUndefined();
    expect(unknown.outputs['database_url']).not.toContain(':@');
    const renewed = await harness.on(2, 'synchronize', { base_database: '', name: 'shared' });
    expect(renewed.outputs).toMatchObject({ result: 'applied', to_update: '1' });
    expect(await ask(renewed.outputs['database_url'], 'select 1')).toBe(1);
    for (const step of [made, outputs, renewed]) {
      expect(step.log + step.summary).not.toContain(seed.password_seed);
      expect(step.log + step.summary).not.toContain(step.outputs['password']);
    }
  });

  test('is not changed by a seed that is too short to be safe', async () => {
    const step = await harness.on(6, 'synchronize', { password_seed: 'short' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.log).toContain('password_seed');
    expect(step.log).not.toContain('"short"');
  });
});

describe('the initial content of a pull request’s database', () => {
  beforeAll(async () => {
    await harness.sql('create database seeded');
    const url = harness.server.outputs['database_url']?.replace('/postgres?', '/seeded?');
    await ask(url, 'create table product as select generate_series(1, 3) as id');
  });

  test('is a copy of the template, extensions, and initial SQL, each once', async () => {
    await harness.job.file('db/a.sql', 'insert into product values (4);');
    const inputs = { template_database: 'seeded', extensions: 'citext\npg_stat_statements', init_sql: 'db/*.sql' };
    const step = await harness.on(11, 'opened', inputs);
    expect(step.outputs).toMatchObject({ result: 'applied', to_create: '5', sslmode: 'verify-full' });
    const url = step.outputs['database_url'];
    expect(await ask(url, 'select count(*)::int from product')).toBe(4);
    expect(await ask(url, "select count(*)::int from pg_extension where extname <> 'plpgsql'")).toBe(2);
    expect(await ask(url, "select tableowner from pg_tables where tablename = 'product'")).toBe(
      step.outputs['username']
    );

    expect((await harness.on(11, 'synchronize', inputs)).outputs['result']).toBe('no-changes');
    await harness.job.file('db/b.sql', 'alter table product add column name text;');
    expect((await harness.on(11, 'synchronize', inputs)).outputs).toMatchObject({ result: 'applied', to_update: '1' });
    expect(await ask(url, 'select count(*)::int from product')).toBe(4);
    expect((await harness.on(11, 'closed', { ...inputs, init_sql: 'not/checked/out.sql' })).log).toContain(
      'opened again'
    );
    harness.github.close(11);
    const closed = await harness.on(11, 'closed', { ...inputs, init_sql: 'not/checked/out.sql' });
    expect(closed.outputs).toMatchObject({ result: 'destroyed', to_delete: '2' });
  });

  test('fails, when unavailable, before a usable database exists', async () => {
    const step = await harness.on(12, 'opened', { template_database: 'missing' });
    expect(step.exitCode).toBe(1);
    expect(step.log).toContain('"missing" does not exist');
    const wrong = await harness.on(12, 'opened', { extensions: 'citexxt' });
    expect(wrong.log).toContain('Did you mean `citext`?');
    expect(wrong.outputs['database_url']).toBeUndefined();
  });
});
