import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../../../../src/providers/local/cluster/lock.ts';
import { processBirth } from '../../../../../src/providers/local/cluster/process-birth.ts';
import { thisMachine } from '../../../../../src/providers/local/installation/machine.ts';
import { fakeContext } from '../../../../support/fake-context.ts';
import { testContext } from '../../../../support/real-server.ts';

const machine = thisMachine(process.env);
const execution = testContext();
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
  file = join(directory, 'below', 'server.lock');
});

afterEach(() => rm(directory, { recursive: true }));

/** A lock file as a process leaves it that dies while it holds the lock. */
async function leaveBehind(pid: number, birth: string): Promise<void> {
  await withLock(execution, machine, file, () => Promise.resolve());
  await writeFile(file, JSON.stringify({ pid, birth, nonce: '0123456789abcdef' }));
}

test('admits one at a time, and leaves nothing behind', async () => {
  let within = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(execution, machine, file, async () => {
        within += 1;
        most = Math.max(most, within);
        await execution.clock.sleep(0.002);
        within -= 1;
      })
    )
  );
  expect(most).toBe(1);
  await expect(readdir(join(directory, 'below'))).resolves.toEqual([]);
});

test('holds between processes, also when one dies with the lock', async () => {
  const journal = join(directory, 'journal');
  const script = join(directory, 'worker.mts');
  const source = join(import.meta.dirname, '../../../../../src/providers/local/cluster/lock.ts');
  await writeFile(
    script,
    `import { appendFileSync } from 'node:fs';
     import { withLock } from ${JSON.stringify(source)};
     const sleep = s => new Promise(r => setTimeout(r, s * 1000));
     const log = { info() {}, debug() {}, warning() {} };
     const context = { clock: { now: () => new Date(), sleep }, log, signal: new AbortController().signal };
     await withLock(context, ${JSON.stringify({ ...machine, env: {} })}, ${JSON.stringify(file)}, async () => {
       appendFileSync(${JSON.stringify(journal)}, 'in ');
       await sleep(0.01);
       if (process.argv[2] === 'die') process.kill(process.pid, 'SIGKILL');
       appendFileSync(${JSON.stringify(journal)}, 'out ');
     });`
  );
  const workers = ['die', '', ''].map(how => spawn(process.execPath, [script, how], { stdio: 'ignore' }));
  const ends = await Promise.all(workers.map(worker => once(worker, 'exit')));
  expect(ends.map(([code, signal]) => signal ?? code)).toEqual(expect.arrayContaining([0, 'SIGKILL']));
  expect(ends.filter(([code]) => code === 0)).toHaveLength(2);
  const written = (await readFile(journal, 'utf8')).trim();
  expect(written.replace(/in(?: (?=in )|$)/, '').trim()).toBe('in out in out');
});

test('releases the lock when the work throws', async () => {
  await expect(withLock(execution, machine, file, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  await expect(withLock(execution, machine, file, () => Promise.resolve('next'))).resolves.toBe('next');
});

test('takes over from a process that died', async () => {
  const dead = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
  await leaveBehind(dead, 'whenever');
  await expect(withLock(execution, machine, file, () => Promise.resolve('mine'))).resolves.toBe('mine');
});

test('takes over from a process whose number another one has now', async () => {
  await leaveBehind(process.pid, 'at another time');
  await expect(withLock(execution, machine, file, () => Promise.resolve('mine'))).resolves.toBe('mine');
});

test('takes over a damaged lock', async () => {
  await leaveBehind(1, '');
  await writeFile(file, '{"pid":');
  await expect(withLock(execution, machine, file, () => Promise.resolve('mine'))).resolves.toBe('mine');
});

test('many that find the same dead holder still go one at a time', async () => {
  await leaveBehind(process.pid, 'at another time');
  let within = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(execution, machine, file, async () => {
        within += 1;
        most = Math.max(most, within);
        await execution.clock.sleep(0.002);
        within -= 1;
      })
    )
  );
  expect(most).toBe(1);
});

test('waits for a living holder, says so once, and gives up when the run is cancelled', async () => {
  await leaveBehind(process.ppid, await processBirth(process.ppid, machine));
  const controller = new AbortController();
  const waiting = testContext(controller.signal);
  const attempt = withLock(waiting, machine, file, () => Promise.resolve());
  setTimeout(() => controller.abort(new Error('cancelled')), 150);
  await expect(attempt).rejects.toThrow('cancelled');
  expect(waiting.lines).toEqual([`Waiting for another step (pid ${process.ppid}) that works on this server`]);
  await expect(readFile(file, 'utf8')).resolves.toContain(String(process.ppid));
});

test('ends at the deadline, by the name of the holder, which each half minute names', async () => {
  await leaveBehind(process.ppid, await processBirth(process.ppid, machine));
  const fake = fakeContext();
  // The clock goes on by a second for each look, of which there would be 1,400 otherwise.
  const waiting = { ...fake, clock: { now: () => fake.clock.now(), sleep: async () => fake.clock.sleep(1) } };
  const deadline = new Date(waiting.clock.now().getTime() + 70_000);
  await expect(withLock(waiting, machine, file, () => Promise.resolve(), deadline)).rejects.toMatchObject({
    code: 'in-progress',
    message: expect.stringContaining(`another step (pid ${process.ppid}) works on it, also after 1 min 10 s`) as string,
    hint: expect.stringContaining(`end the process ${process.ppid}`) as string
  });
  const line = `info: Waiting for another step (pid ${process.ppid}) that works on this server`;
  expect(waiting.lines).toEqual([line, `${line} (30 s)`, `${line} (1 min)`]);
});

test('waits for another piece of its own work without a log line', async () => {
  const quiet = testContext();
  let second: Promise<string> | undefined;
  await withLock(quiet, machine, file, async () => {
    second = withLock(quiet, machine, file, () => Promise.resolve('second'));
    await quiet.clock.sleep(0.1);
  });
  await expect(second).resolves.toBe('second');
  expect(quiet.lines).toEqual([]);
});
