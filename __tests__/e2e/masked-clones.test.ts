import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';

const SECRET = 'a-card-number-of-a-customer';
const MASK = `update customer set card = 'masked ' || id || case when card like 'masked%' then ' twice' else ' once' end;`;

/** Inside the server, and in its copies where the inputs ask for it. */
const OBJECTS = { databases: 'billing', roles: '{ reader: { access: { postgres: readonly, billing: readonly } } }' };

// The copy has the roles and databases of its server from the beginning.
const MASKED = {
  ...OBJECTS,
  environment: 'preview',
  mask_sql: MASK,
  init_sql: 'db/seen.sql',
  application_role: 'reader'
};

describe('a clone of production data for a pull request', () => {
  let on: EphemeralHarness;
  beforeAll(async () => {
    on = await openEphemeralHarness(OBJECTS, { ephemeral: 'clone' });
    await on.sql('create table customer as select 1 as id, $1::text as card', [SECRET]);
    for (const number of [1, 4]) on.github.seedPull({ number });
    await mkdir(path.join(on.job.workspace, 'db'), { recursive: true });
  });
  afterAll(async () => on.close());

  test('that was there before `mask_sql` is recreated, runs its `init_sql` on masked data, gives no outputs before it did, and goes on from there', async () => {
    await on.on(1, 'opened', { environment: 'preview' });
    const file = path.join(on.job.workspace, 'db', 'seen.sql');
    await writeFile(file, `create table seen as select card from customer;\nselect id / 0 from customer;`);
    const failed = await on.on(1, 'synchronize', MASKED);
    expect(failed.outputs).toMatchObject({ result: 'failed', failure_reason: 'init-sql-failed' });
    expect(failed.log).toContain('is recreated: its data is not masked');
    expect(failed.outputs['host']).toBeUndefined();
    for (const command of ['outputs', 'plan']) {
      const asked = await on.on(1, 'synchronize', { ...MASKED, command });
      expect([asked.outputs['host'], asked.outputs['database_url']]).toEqual([undefined, undefined]);
    }
    await writeFile(file, `create table seen as select card from customer;`);
    const again = await on.on(1, 'synchronize', MASKED);
    expect(again.outputs).toMatchObject({ result: 'applied', to_create: '2' });
    expect(again.log).not.toContain('is recreated');
    expect(await ask(again.outputs['database_url'], 'select card from seen')).toBe('masked 1 once');
    expect(await on.sql('select card from customer')).toEqual([{ card: SECRET }]);
    expect((await on.on(1, 'synchronize', MASKED)).outputs['result']).toBe('no-changes');
  }, 60_000);

  test('is recreated for another mask, and destroyed where that fails: no output names it, and no row of what the mask fails at is shown', async () => {
    // PostgreSQL tells the row. One that it quotes: unit/postgres/run-script.
    const wrong = 'alter table customer alter id set not null; update customer set id = null';
    const failed = await on.on(1, 'synchronize', { ...MASKED, mask_sql: wrong });
    expect(failed.outputs).toMatchObject({ result: 'failed', failure_reason: 'init-sql-failed' });
    expect(failed.log).toContain('is recreated: its data is not masked');
    expect(failed.summary).toMatch(/role reader.*not run/);
    expect(failed.log).toContain('violates not-null');
    expect(failed.log).toContain('It is destroyed');
    expect(`${failed.log}${failed.summary}`).not.toContain(SECRET);
    expect([failed.outputs['database_url'], failed.outputs['host']]).toEqual([undefined, undefined]);
    const asked = await on.on(1, 'synchronize', { environment: 'preview', command: 'outputs' });
    expect(asked.outputs).toMatchObject({ failure_reason: 'not-found' });
  }, 60_000);

  test('that is not a copy is refused', async () => {
    const instance = await on.on(4, 'opened', { ephemeral: 'instance', mask_sql: MASK });
    expect(instance.outputs).toMatchObject({ failure_reason: 'input-invalid' });
    expect(instance.log).toContain('`ephemeral: clone`');
  });

  // It is recreated then: unit/commands/told-throwaway.
  test('whose run was killed while it was masked gives no outputs', async () => {
    const running = await on.start(4, 'opened', {
      mask_sql: "do $$ begin raise notice 'masking now'; end $$; select pg_sleep(60)"
    });
    await running.saying(/NOTICE: masking now/);
    running.kill('SIGKILL');
    await running.done;
    const asked = await on.on(4, 'synchronize', { command: 'outputs' });
    expect(asked.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
    expect(asked.outputs['host']).toBeUndefined();
    expect(asked.log).toContain('have not run to their end');
  }, 60_000);
});
