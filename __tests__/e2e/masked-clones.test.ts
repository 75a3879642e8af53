import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';

const SECRET = 'a-card-number-of-a-customer';
const MASK = `update customer set card = 'masked ' || id;`;

/** Inside the server, and in its copies where the inputs ask for it. */
const OBJECTS = { databases: 'billing', roles: '{ reader: { access: { postgres: readonly, billing: readonly } } }' };

describe('a clone of production data for a pull request', () => {
  let on: EphemeralHarness;
  beforeAll(async () => {
    on = await openEphemeralHarness(OBJECTS, { ephemeral: 'clone' });
    await on.sql('create table customer as select 1 as id, $1::text as card', [SECRET]);
    for (const number of [1, 2, 4, 5]) on.github.seedPull({ number });
    await mkdir(path.join(on.job.workspace, 'db'), { recursive: true });
  });
  afterAll(async () => on.close());

  test('that was there before `mask_sql` is recreated, and masked once', async () => {
    await on.on(1, 'opened');
    const masked = await on.on(1, 'synchronize', { mask_sql: MASK });
    expect(masked.outputs['result']).toBe('applied');
    expect(await ask(masked.outputs['database_url'], 'select card from customer')).toBe('masked 1');
    expect(await on.sql('select card from customer')).toEqual([{ card: SECRET }]);
    const again = await on.on(1, 'synchronize', { mask_sql: MASK });
    expect(again.outputs['result']).toBe('no-changes');
  }, 60_000);

  test('is destroyed where its mask fails, no output names it, and no row of what the mask fails at is shown', async () => {
    // PostgreSQL tells the row. One that it quotes: restore-check.test.ts.
    const wrong = 'alter table customer alter id set not null; update customer set id = null';
    const failed = await on.on(2, 'opened', { mask_sql: wrong });
    expect(failed.outputs).toMatchObject({ result: 'failed', failure_reason: 'init-sql-failed' });
    expect(failed.log).toContain('violates not-null');
    expect(failed.log).toContain('It is destroyed');
    expect(`${failed.log}${failed.summary}`).not.toContain(SECRET);
    expect([failed.outputs['database_url'], failed.outputs['host']]).toEqual([undefined, undefined]);
    const asked = await on.on(2, 'synchronize', { command: 'outputs' });
    expect(asked.outputs).toMatchObject({ failure_reason: 'not-found' });
  }, 60_000);

  test('that is not a copy is refused', async () => {
    const instance = await on.on(4, 'opened', { ephemeral: 'instance', mask_sql: MASK });
    expect(instance.outputs).toMatchObject({ failure_reason: 'input-invalid' });
    expect(instance.log).toContain('`ephemeral: clone`');
  });

  test('runs its `init_sql` on masked data, gives no outputs before it did, goes on from there, and is recreated for another mask', async () => {
    const file = path.join(on.job.workspace, 'db', 'seen.sql');
    // The copy has the roles and databases of its server from the beginning.
    const more = {
      ...OBJECTS,
      environment: 'preview',
      mask_sql: MASK,
      init_sql: 'db/seen.sql',
      application_role: 'reader'
    };
    await writeFile(file, `create table seen as select card from customer;\nselect id / 0 from customer;`);
    const failed = await on.on(5, 'opened', more);
    expect(failed.outputs).toMatchObject({ result: 'failed', failure_reason: 'init-sql-failed' });
    expect(failed.outputs['host']).toBeUndefined();
    for (const command of ['outputs', 'plan']) {
      const asked = await on.on(5, 'synchronize', { ...more, command });
      expect([asked.outputs['host'], asked.outputs['database_url']]).toEqual([undefined, undefined]);
    }
    await writeFile(file, `create table seen as select card from customer;`);
    const again = await on.on(5, 'synchronize', more);
    expect(again.outputs).toMatchObject({ result: 'applied', to_create: '2' });
    expect(again.log).not.toContain('is recreated');
    expect(await ask(again.outputs['database_url'], 'select card from seen')).toBe('masked 1');
    expect((await on.on(5, 'synchronize', more)).outputs['result']).toBe('no-changes');
    const wrong = { ...more, mask_sql: 'update nothing_there set card = 1' };
    const steps = await on.on(5, 'synchronize', wrong);
    expect(steps.log).toContain('is recreated: its data is not masked');
    expect(steps.summary).toMatch(/role reader.*not run/);
    expect(steps.log).toContain('It is destroyed');
  }, 60_000);

  test('whose run was killed while it was masked gives no outputs, and is recreated', async () => {
    const running = await on.start(4, 'opened', {
      mask_sql: "do $$ begin raise notice 'masking now'; end $$; select pg_sleep(60)"
    });
    await running.saying(/NOTICE: masking now/);
    running.kill('SIGKILL');
    await running.done;
    const asked = await on.on(4, 'synchronize', { command: 'outputs' });
    expect(asked.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
    expect(asked.outputs['host']).toBeUndefined();
    const again = await on.on(4, 'synchronize', { mask_sql: MASK });
    expect(again.outputs['result']).toBe('applied');
    expect(again.log).toContain('is recreated: its data is not masked');
    expect(await ask(again.outputs['database_url'], 'select card from customer')).toBe('masked 1');
  }, 60_000);
});
