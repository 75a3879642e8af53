import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
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

  if (canMount) {
    test('keeps the earlier snapshot, names the file that did not fit, and leaves nothing of its own', async () => {
      const made = await job.step(inputs);
      expect(await ask(made.outputs['database_url'], 'select current_database()')).toBe('orders');
      const folder = path.join(job.workspace, '.pgkeep');
      await mkdir(folder);
      await onDisk({ temp: folder }, 1, async () => {
        await writeFile(path.join(folder, 'filler'), Buffer.alloc(900_000));
        const step = await job.step({ ...inputs, command: 'snapshot', snapshot_identifier: 'big' });
        expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'disk-failed' });
        expect(step.log).toMatch(/Could not write .*big\.pgkeep\.tar\.zst.*: the disk is full/);
        expect(await readdir(folder)).toEqual(['filler']);
      });
    });
  }

  test('that takes neither outputs nor state ends in a sentence, and the post step cleans up', async () => {
    const options: { env: Record<string, string> } = { env: { GITHUB_OUTPUT: '/dev/full' } };
    const main = await job.step(inputs, options);
    expect(main.exitCode).toBe(1);
    expect(main.log).toContain('the disk is full. Make room on the runner');
    expect(main.log).not.toContain('    at ');
    const again = await job.step(inputs, { env: { GITHUB_STATE: '/dev/full' } });
    expect(again.exitCode).toBe(1);
    expect(again.log).toContain('the disk is full');
    expect(again.log).not.toContain('    at ');
    options.env['GITHUB_STATE'] = '/dev/full';
    expect((await job.post(main)).log).toContain('is stopped and its data removed');
    expect(await job.end()).toEqual([]);
  });
});

async function onDisk(job: Pick<Job, 'temp'>, megabytes: number, work: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', job.temp]);
  try {
    await work();
  } finally {
    execFileSync('umount', ['--lazy', job.temp]);
  }
}
