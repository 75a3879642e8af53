import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';

const inputs = { cloud_provider: 'local', name: 'orders', engine_version: '17' };
const confirmed = { ...inputs, command: 'destroy', confirm_destroy: 'orders' };

describe('destroying a database', () => {
  let harness: Harness;
  let job: Job;
  let first: Step;
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    first = await job.step({ ...inputs, enable_deletion_protection: 'true' });
  });
  afterAll(async () => harness.close());

  const isThere = async (): Promise<boolean> => (await ask(first.outputs['database_url'], 'select 1')) === 1;

  test('needs its exact name', async () => {
    const step = await job.step({ ...inputs, command: 'destroy' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', blocked: '1' });
    expect(await isThere()).toBe(true);
  });

  test('is refused with another name', async () => {
    const step = await job.step({ ...confirmed, confirm_destroy: 'Orders' });
    expect(step.outputs['result']).toBe('failed');
    expect(await isThere()).toBe(true);
  });

  test('is refused while it is protected, even in the step that would switch the protection off', async () => {
    for (const extra of [{}, { enable_deletion_protection: 'false' }]) {
      const step = await job.step({ ...confirmed, ...extra });
      expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked' });
      expect(step.log).toContain('protected against deletion');
      expect(await isThere()).toBe(true);
    }
  });

  test('takes two applies: the first switches the protection off', async () => {
    const step = await job.step({ ...inputs, enable_deletion_protection: 'false' });
    expect(await changesOf(step)).toEqual(['server enable_deletion_protection: true → false (online)']);
    expect(await isThere()).toBe(true);
  });

  test('without its name is then refused for that reason, with its own code', async () => {
    const step = await job.step({ ...inputs, command: 'destroy' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'confirm-destroy' });
    expect(await isThere()).toBe(true);
  });

  test('leaves a database of another environment alone', async () => {
    const step = await job.step({ ...confirmed, environment: 'production' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    expect(await isThere()).toBe(true);
  });

  test('removes the server, its data and its processes', async () => {
    const step = await job.step(confirmed);
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ result: 'destroyed', to_delete: '1', command: 'destroy' });
    await expect(isThere()).rejects.toThrow();
    const left = await readdir(path.join(job.temp, 'pgkeep'));
    expect(left.filter(name => name.startsWith('orders-'))).toEqual([]);
  });

  test('that is gone already is a success', async () => {
    const step = await job.step(confirmed);
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('no-changes');
    expect(step.log).toContain('Nothing to destroy');
  });

  test('leaves the name free for a new one without the old data', async () => {
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('applied');
    expect(step.outputs['password']).not.toBe(first.outputs['password']);
    expect((await job.step(confirmed)).outputs['result']).toBe('destroyed');
  });

  test('leaves no process for the runner to end', async () => {
    expect(await job.end()).toEqual([]);
  });
});
