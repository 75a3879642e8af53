import { ask, query, setting } from '../support/client.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';
import type { Step } from '../support/job.ts';
import { changesOf, planOf } from '../support/harness.ts';

let harness: EphemeralHarness;
beforeAll(async () => {
  harness = await openEphemeralHarness({ engine_version: '16', database_name: 'shop', master_username: 'owner' });
  for (const number of [7, 8, 17, 18]) harness.github.seedPull({ number });
});
afterAll(async () => harness.close());

describe('a server for a pull request', () => {
  let first: Step;
  let reset: Step;
  const instance = { ephemeral: 'instance', engine_version: '17', base_database: '', database_name: 'shop' };
  beforeAll(async () => {
    first = await harness.on(7, 'opened', {
      ...instance,
      create_read_replica: 'true',
      enable_deletion_protection: 'true',
      skip_final_snapshot: 'false',
      parameters: 'work_mem: 9MB'
    });
  });

  test('has its own name and settings, and no lasting parts', async () => {
    expect(first.outputs).toMatchObject({
      command: 'apply',
      result: 'applied',
      db_instance_id: 'orders-pr-7',
      database: 'shop'
    });
    expect(first.outputs['port']).not.toBe(harness.server.outputs['port']);
    expect(first.outputs['read_replica_ids']).toBe('[]');
    expect(await setting(first.outputs['database_url'], 'work_mem')).toBe('9MB');
    expect(Date.parse(first.outputs['expires_at'] ?? '')).toBeGreaterThan(Date.now());
    const { notices } = await planOf(first);
    expect(notices.find(({ code }) => code === 'short-lived')?.message).toContain('`create_read_replica`');
    expect(notices.map(({ code }) => code)).not.toContain('unsupported');
    const mark = await ask(first.outputs['database_url'], "select current_setting('pgkeep.mark')");
    expect(JSON.parse(String(mark))).toMatchObject({
      repository: 'acme/shop',
      name: 'orders-pr-7',
      pullRequest: 7,
      run: '9000001.1',
      expiresAt: first.outputs['expires_at']
    });
  });

  test('is kept with a push, and lives longer', async () => {
    await query(first.outputs['database_url'], 'create table kept (id int)');
    const step = await harness.on(7, 'synchronize', { ...instance, ttl: '9d' });
    expect(await changesOf(step)).toEqual([]);
    expect(step.outputs).toMatchObject({ result: 'no-changes', database_url: first.outputs['database_url'] });
    expect(Date.parse(step.outputs['expires_at'] ?? '')).toBeGreaterThan(Date.parse(first.outputs['expires_at'] ?? ''));
    const found = await harness.on(7, 'synchronize', { ...instance, command: 'outputs' });
    expect(found.outputs).toMatchObject({
      database_url: first.outputs['database_url'],
      expires_at: step.outputs['expires_at']
    });
  });

  test('has its schema compared with that of a base that is named', async () => {
    const compare = { ...instance, command: 'schema-diff', base_database: 'shared', schema_base: 'postgres' };
    const step = await harness.on(7, 'synchronize', compare);
    expect(step.outputs).toMatchObject({ result: 'schema-changed', schema_changes: '1', schema_dangers: '0' });
    expect(harness.github.comments(7).at(-1)?.body).toContain('+ CREATE TABLE public.kept (');
    const without = await harness.on(7, 'synchronize', { ...instance, command: 'schema-diff' });
    expect(without.outputs).toMatchObject({ result: 'failed' });
    expect(without.log).toMatch(/base_database/);
  });

  test('is recreated with `reset: true`', async () => {
    const step = await harness.run({ name: 'pull_request', number: 7, runId: 5 }, { ...instance, reset: 'true' });
    reset = step;
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(step.outputs['database_url'], "select to_regclass('kept')::text")).toBeNull();
  });

  test('is swept when its pull request is closed, and no other server is', async () => {
    await harness.on(8, 'opened', instance);
    harness.github.close(8);
    const step = await harness.run({ name: 'schedule' }, instance);
    expect(step.outputs).toMatchObject({ command: 'sweep', result: 'swept', to_delete: '1' });
    expect(step.log).toContain('server orders-pr-8: removed (pull request #8 is closed)');
    expect(step.log).toContain('server shared: left alone (does not belong to a pull request)');
    expect(await ask(reset.outputs['database_url'], 'select 1')).toBe(1);
    expect(await harness.sql('select 1 as one')).toEqual([{ one: 1 }]);
  });

  // That closes destroy it: the clone below.
  test("cannot lead by its name to the workflow's own server when its pull request closes", async () => {
    harness.github.close(7);
    const step = await harness.on(7, 'closed', { ...instance, name: 'shared' });
    expect(step.outputs['result']).toBe('no-changes');
    expect(await harness.sql('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is removed by the post step of the run that created it', async () => {
    const post = await harness.job.post(reset);
    expect(post.log).toContain('PostgreSQL orders-pr-7 is stopped');
    await expect(ask(reset.outputs['database_url'], 'select 1')).rejects.toThrow();
  });
});

describe('a clone for a pull request', () => {
  const clone = { ephemeral: 'clone', database_name: 'shop', master_username: 'owner' };
  beforeAll(async () => {
    await harness.sql('create table product as select generate_series(1, 1000) as id');
  });

  test('has the data and version of the base, and is independent of it', async () => {
    const step = await harness.on(17, 'opened', clone);
    expect(step.outputs).toMatchObject({ result: 'applied', db_instance_id: 'orders-pr-17', username: 'owner' });
    const url = step.outputs['database_url'];
    expect(url).not.toBe(harness.server.outputs['database_url']);
    expect(step.outputs['password']).not.toBe(harness.server.outputs['password']);
    expect(await ask(url, 'select count(*)::int from product')).toBe(1000);
    expect(await setting(url, 'server_version')).toMatch(/^16\./);
    await query(url, 'drop table product');
    expect(await harness.sql('select count(*)::int as rows from product')).toEqual([{ rows: 1000 }]);
  });

  test('has its schema compared with that of the base', async () => {
    const compare = { ...clone, command: 'schema-diff' };
    const step = await harness.on(17, 'synchronize', compare);
    expect(step.outputs).toMatchObject({ result: 'schema-changed', schema_changes: '1', schema_dangers: '1' });
    expect(step.log).toContain('DROP TABLE public.product;');
    expect(harness.github.comments(17).at(-1)?.body).toContain('- DROP TABLE public.product;');
    const gone = await harness.on(17, 'synchronize', { ...compare, base_database: 'nowhere' });
    expect(gone.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
  });

  test('stays the same when the base changes, and is gone', async () => {
    await harness.sql('insert into product values (1001)');
    const gone = await harness.on(17, 'synchronize', { ...clone, base_database: 'nowhere' });
    expect(gone.outputs['result']).toBe('no-changes');
  });

  test('of a missing base is refused before anything is created', async () => {
    const step = await harness.on(18, 'opened', { ...clone, base_database: 'nowhere' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
    expect(step.log).toContain('Could not copy server nowhere');
    const other = await harness.on(18, 'opened', { ...clone, engine_version: '17' });
    expect(other.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(other.log).toContain('it is PostgreSQL 16');
  });

  test('is destroyed when it closes', async () => {
    harness.github.close(17);
    expect((await harness.on(17, 'closed', clone)).outputs).toMatchObject({ result: 'destroyed' });
    expect(await harness.sql('select count(*)::int as rows from product')).toEqual([{ rows: 1001 }]);
  });
});
