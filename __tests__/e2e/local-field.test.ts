import { ask } from '../support/client.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';
import type { Job } from '../support/job.ts';

const inputs = { cloud_provider: 'local', name: 'field', engine_version: '17', comment: 'false', command: 'apply' };

let harness: Harness;
let job: Job;
beforeAll(async () => {
  harness = await openHarness();
  job = await harness.job();
});
afterAll(async () => harness.close());

describe('encoding and locale', () => {
  const asked = { ...inputs, database_name: 'shop', encoding: 'latin1', locale: 'C' };

  test('are those of every database, also of those that a migration makes', async () => {
    const { outputs } = await job.step(asked);
    expect(outputs['result']).toBe('applied');
    const url = outputs['database_url'];
    expect(await ask(url, 'show server_encoding')).toBe('LATIN1');
    expect(await ask(url, `select string_agg(datname, ',' order by datname) from pg_database where encoding = 8`)).toBe(
      'postgres,shop,template0,template1'
    );
  });

  test('are no change when they are spelt otherwise, and another one is refused with the way out', async () => {
    const same = await job.step({ ...asked, encoding: 'LATIN-1' });
    expect(same.outputs['result']).toBe('no-changes');
    const other = await job.step({ ...asked, locale: 'C.UTF-8' });
    expect(other.outputs['result']).not.toBe('applied');
    expect(other.log).toContain('Destroy this server and apply again');
  });

  test('that this machine does not have leave nothing behind', async () => {
    const wrong = await job.step({ ...inputs, name: 'elsewhere', locale: 'xx_XX.UTF-8' });
    expect(wrong.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(wrong.log).toContain('`locale -a` lists the locales of this machine');
    const right = await job.step({ ...inputs, name: 'elsewhere', icu_locale: 'de-DE', command: 'plan' });
    expect(await changesOf(right)).toEqual(['+ server']);
  });
});
