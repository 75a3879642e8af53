import { ask, query, setting } from '../support/client.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, openHarness, planOf, type Harness } from '../support/harness.ts';

const shop = {
  cloud_provider: 'local',
  name: 'shop',
  engine_version: '17',
  database_name: 'orders',
  master_username: 'shop_admin',
  extensions: 'pgcrypto\nuuid-ossp',
  parameters: '{"work_mem": "8MB", "max_connections": "40"}',
  tags: 'team: shop'
};

describe('a database that a workflow applies again and again', () => {
  let harness: Harness;
  let job: Job;
  let first: Step;
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    first = await job.step(shop);
  });
  afterAll(async () => harness.close());

  const apply = async (changes: Readonly<Record<string, string>> = {}): Promise<Step> =>
    job.step({ ...shop, ...changes });
  const url = (): string | undefined => first.outputs['database_url'];

  test('is created by the first apply, whose plan lists its resources', async () => {
    expect(first.log).toContain('Applied: 5 created, 0 updated, 0 deleted.');
    expect(first.outputs).toMatchObject({ command: 'apply', result: 'applied', to_create: '5', has_changes: 'true' });
    expect(first.exitCode).toBe(0);
    expect(await changesOf(first)).toEqual([
      '+ server',
      '+ user',
      '+ database',
      '+ extension/pgcrypto',
      '+ extension/uuid-ossp'
    ]);
  });

  test('matches its outputs: a client connects and finds the requested version, user, database and settings', async () => {
    const { host, port, database, username, sslmode } = first.outputs;
    expect({ host, database, username, sslmode }).toEqual({
      host: '127.0.0.1',
      database: 'orders',
      username: 'shop_admin',
      sslmode: 'disable'
    });
    const [row] = await query<Record<string, unknown>>(
      url(),
      `select current_setting('server_version') as version, current_user as "user", current_database() as database,
              inet_server_port() as port, current_setting('work_mem') as work_mem,
              current_setting('max_connections') as max_connections, gen_random_uuid() is not null as has_uuid`
    );
    expect(row).toMatchObject({
      version: expect.stringMatching(/^17\./) as string,
      user: 'shop_admin',
      database: 'orders',
      port: Number(port),
      work_mem: '8MB',
      max_connections: '40',
      has_uuid: true
    });
    expect(await ask(url(), `select encode(digest('x', 'sha256'), 'hex')`)).toMatch(/^2d711642b726/);
  });

  test('listens on the loopback addresses only, with SCRAM and without durability', async () => {
    expect(await setting(url(), 'listen_addresses')).toMatch(/^127\.0\.0\.1(,\s*::1)?$/);
    expect(await setting(url(), 'fsync')).toBe('off');
    expect(
      await ask(url(), `select rolpassword like 'SCRAM-SHA-256$4096:%' from pg_authid where rolname = 'shop_admin'`)
    ).toBe(true);
    expect(await ask(url(), `select bool_and(auth_method = 'scram-sha-256') from pg_hba_file_rules`)).toBe(true);
  });

  test('is unchanged after a second apply of the same inputs', async () => {
    const started = await ask(url(), 'select pg_postmaster_start_time()::text');
    const second = await apply();
    expect(second.outputs).toMatchObject({
      result: 'no-changes',
      has_changes: 'false',
      to_create: '0',
      to_update: '0'
    });
    expect((await planOf(second)).counts).toMatchObject({ create: 0, update: 0, delete: 0, blocked: 0, unchanged: 5 });
    expect(second.outputs['database_url']).toBe(url());
    expect(await ask(url(), 'select pg_postmaster_start_time()::text')).toBe(started);
  });

  test('is unchanged when the same values are spelled differently', async () => {
    const second = await apply({
      engine_version: '17.2',
      parameters: 'work_mem: 8192kB\nmax_connections: "40"',
      extensions: '["pgcrypto", "uuid-ossp"]',
      tags: '{"team": "shop"}'
    });
    expect(await changesOf(second)).toEqual([]);
    expect(second.outputs['result']).toBe('no-changes');
  });

  test('takes a parameter without a restart, when the parameter allows it', async () => {
    const started = await ask(url(), 'select pg_postmaster_start_time()::text');
    const step = await apply({ parameters: 'work_mem: 16MB\nmax_connections: 40' });
    expect(await changesOf(step)).toEqual(['server parameters.work_mem: 8MB → 16MB (online)']);
    expect(await setting(url(), 'work_mem')).toBe('16MB');
    expect(await ask(url(), 'select pg_postmaster_start_time()::text')).toBe(started);
  });

  test('is restarted for a parameter that needs it, and the plan says so', async () => {
    const started = await ask(url(), 'select pg_postmaster_start_time()::text');
    await query(url(), 'create table kept as select 42 as answer');
    const step = await apply({ parameters: 'work_mem: 16MB\nmax_connections: 50' });
    expect(await changesOf(step)).toEqual(['server parameters.max_connections: 40 → 50 (restart)']);
    expect(step.log).toContain('1 updated (1 restart)');
    expect(await setting(url(), 'max_connections')).toBe('50');
    expect(await ask(url(), 'select pg_postmaster_start_time()::text')).not.toBe(started);
  });

  test('resets a parameter that is no longer listed', async () => {
    const step = await apply({ parameters: 'max_connections: 50' });
    expect(await changesOf(step)).toEqual([expect.stringMatching(/^server parameters\.work_mem: 16MB → /)]);
    expect(await setting(url(), 'work_mem')).toBe('4MB');
    expect((await apply({ parameters: 'max_connections: 50' })).outputs['result']).toBe('no-changes');
  });

  test('keeps its data through all of this', async () => {
    expect(await ask(url(), 'select answer from kept')).toBe(42);
  });

  test('does not restart when the workflow forbids it', async () => {
    const step = await apply({ parameters: 'max_connections: 70', allow_restart: 'false' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked', blocked: '1' });
    expect(await setting(url(), 'max_connections')).toBe('50');
  });

  test('is unchanged after an apply that names an unknown parameter', async () => {
    const step = await apply({ parameters: 'work_memm: 8MB' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.log).toMatch(/work_memm.*did you mean `?work_mem`?/s);
  });

  test('is not replaced by a server of another major version', async () => {
    const step = await apply({ engine_version: '16', parameters: 'max_connections: 50' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked' });
    expect(step.log).toContain("can't be changed in place (17.10 → 16");
    expect(await setting(url(), 'server_version')).toMatch(/^17\./);
  });

  test('gets another password when the workflow gives one, and the old one stops working', async () => {
    const password = 'an0ther-"pass word\\\'$é';
    const step = await apply({ parameters: 'max_connections: 50', master_password: password });
    expect(await changesOf(step)).toEqual([expect.stringMatching(/^user master_password: /)]);
    expect(step.outputs['password']).toBe(password);
    expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
    await expect(ask(url(), 'select 1')).rejects.toThrow('password authentication failed');
    const again = await apply({ parameters: 'max_connections: 50', master_password: password });
    expect(again.outputs['result']).toBe('no-changes');
  });

  test('gets another extension, database or user in addition to the existing ones', async () => {
    const step = await apply({
      parameters: 'max_connections: 50',
      extensions: 'pgcrypto\nhstore',
      database_name: 'invoices'
    });
    expect(await changesOf(step)).toEqual(expect.arrayContaining(['+ database', '+ extension/hstore']));
    expect(await ask(step.outputs['database_url'], `select ('a=>1'::hstore -> 'a')`)).toBe('1');
    expect(
      await ask(step.outputs['database_url'], `select count(*)::int from pg_database where datname = 'orders'`)
    ).toBe(1);
  });

  test('refuses an extension that the binaries lack before anything is changed, with the nearest name', async () => {
    const step = await apply({ parameters: 'max_connections: 50', extensions: 'pg_crypto' });
    expect(step.outputs).toMatchObject({ result: 'failed' });
    expect(step.log).toMatch(/did you mean `pgcrypto`.* Nothing was changed/);
  });

  test('logs every statement when logging is switched on', async () => {
    const step = await apply({ parameters: 'max_connections: 50', enable_logging: 'true' });
    expect(step.outputs['result']).toBe('applied');
    expect(await setting(step.outputs['database_url'], 'log_statement')).toBe('all');
    expect((await apply({ parameters: 'max_connections: 50', enable_logging: 'true' })).outputs['result']).toBe(
      'no-changes'
    );
  });

  test('becomes durable on request, without a restart', async () => {
    const step = await apply({ parameters: 'max_connections: 50', durable: 'true' });
    expect(step.outputs['result']).toBe('applied');
    expect(await setting(step.outputs['database_url'], 'fsync')).toBe('on');
  });

  test('is removed by the post step', async () => {
    const post = await job.post(first);
    expect(post.exitCode).toBe(0);
    await expect(ask(url(), 'select 1')).rejects.toThrow();
    expect(await job.end()).toEqual([]);
  });
});
