import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import { formatSeconds } from '../../../engine/wait.ts';
import { ActionError } from '../../../errors.ts';
import { makeDirectory } from '../../../files/make-directory.ts';
import type { Machine } from '../installation/machine.ts';
import { isSameProcess, processBirth } from './process-birth.ts';

/**
 * The holder of a lock: a process, distinguished by its start time from a later one with the same number, and which of
 * its locks.
 */
interface Holder {
  readonly pid: number;
  readonly birth: string;
  readonly nonce: string;
}

const POLL_SECONDS = 0.05;

/** Seconds between two lines about the same holder. */
const NEWS_SECONDS = 30;

/**
 * Runs `work` while no other process on this machine runs work under the same lock file; waits for its turn until the
 * deadline, or until the signal aborts. A lock of a dead process is taken over. The directory of the file is created if
 * needed. Throws the failure of `work`, the signal's reason, or `in-progress` at the deadline, with the holder.
 */
export async function withLock<T>(
  execution: Execution,
  machine: Machine,
  file: string,
  work: () => Promise<T>,
  deadline?: Date
): Promise<T> {
  makeDirectory(dirname(file));
  const holder = await acquire(execution, machine, file, deadline);
  try {
    return await work();
  } finally {
    await release(file, holder);
  }
}

async function acquire(
  execution: Execution,
  machine: Machine,
  file: string,
  deadline: Date | undefined
): Promise<Holder> {
  const own: Holder = {
    pid: process.pid,
    birth: await processBirth(process.pid, machine),
    nonce: randomBytes(8).toString('hex')
  };
  const { clock, log } = execution;
  const begun = clock.now().getTime();
  let toldAt: number | undefined;
  for (;;) {
    execution.signal.throwIfAborted();
    if (await create(file, own)) return own;
    const holder = await read(file);
    if (holder === undefined) continue;
    if (holder !== 'damaged' && (await isSameProcess(holder, machine))) {
      // Replicas of one server wait for each other as well: that is not worth a line.
      const now = clock.now().getTime();
      if (holder.pid !== process.pid && (toldAt === undefined || now - toldAt >= NEWS_SECONDS * 1000)) {
        const since = toldAt === undefined ? '' : ` (${formatSeconds(Math.round((now - begun) / 1000))})`;
        log.info(`Waiting for another step (pid ${holder.pid}) that works on this server${since}`);
        toldAt = now;
      }
      if (deadline !== undefined && now >= deadline.getTime()) throw neverFree(holder, now - begun);
      await execution.clock.sleep(POLL_SECONDS, execution.signal);
      continue;
    }
    await removeStale(execution, machine, file, holder);
  }
}

function neverFree({ pid }: Holder, milliseconds: number): ActionError {
  const waited = formatSeconds(Math.round(milliseconds / 1000));
  return new ActionError(`Could not change the server: another step (pid ${pid}) works on it, also after ${waited}`, {
    code: 'in-progress',
    source: 'user',
    hint: `Wait for that step, or end the process ${pid} if nothing needs it; then run the step again.`
  });
}

/**
 * Two processes that find the same dead holder must not both remove its file: the slower one would remove the lock that
 * the quicker one has taken meanwhile. So the right to remove is itself a lock, of the dead holder's nonce.
 */
async function removeStale(
  execution: Execution,
  machine: Machine,
  file: string,
  dead: Holder | 'damaged'
): Promise<void> {
  const nonce = dead === 'damaged' ? 'damaged' : dead.nonce;
  await withLock(execution, machine, `${file}.${nonce}`, async () => {
    const now = await read(file);
    if (now === dead || (typeof now === 'object' && typeof dead === 'object' && now.nonce === dead.nonce)) {
      execution.log.debug(`Removing the lock ${file} of a process that died`);
      await rm(file, { force: true });
    }
  });
}

/** A link appears with its whole content or not at all, so a half-written holder is never read. */
async function create(file: string, holder: Holder): Promise<boolean> {
  const draft = `${file}.${holder.nonce}.new`;
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}

async function release(file: string, own: Holder): Promise<void> {
  const now = await read(file);
  if (typeof now === 'object' && now.nonce === own.nonce) await rm(file, { force: true });
}

async function read(file: string): Promise<Holder | 'damaged' | undefined> {
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (text === undefined) return undefined;
  const [, pid, birth, nonce] = /^\{"pid":(\d+),"birth":"([^"\\]*)","nonce":"([0-9a-f]{16})"\}$/.exec(text) ?? [];
  if (pid === undefined || birth === undefined || nonce === undefined) return 'damaged';
  return { pid: Number(pid), birth, nonce };
}
