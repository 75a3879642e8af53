import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import type { Job } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

const inputs = { cloud_provider: 'local', name: 'shop', engine_version: '17', database_name: 'orders' };

/** Only root may give a job a disk of its own, and only Linux has one made of memory. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

describe('a full disk', () => {
  let harness: Harness;
  let job: Job;
  beforeEach(async () => {
    harness = await openHarness();
    job = await harness.job();
  });
  afterEach(async () => harness.close());

  if (canMount) {
    test.each([4, 12])('(%i MB) is named as the cause, and neither process nor data is left on it', async megabytes => {
      await onDisk(job, megabytes, async () => {
        const step = await job.step(inputs);
        expect(step.exitCode).toBe(1);
        expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
        expect(step.log).toMatch(/disk is full|no space left/i);
        const left = await readdir(path.join(job.temp, 'pgkeep'));
        expect(left.filter(name => name.startsWith('shop-') && !name.endsWith('.lock'))).toEqual([]);
      });
      expect(await job.end()).toEqual([]);
    });
  }

  test('with enough space works with the same inputs', async () => {
    const step = await job.step(inputs);
    expect(await ask(step.outputs['database_url'], 'select current_database()')).toBe('orders');
  });
});

async function onDisk(job: Job, megabytes: number, work: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', job.temp]);
  try {
    await work();
  } finally {
    execFileSync('umount', ['--lazy', job.temp]);
  }
}
