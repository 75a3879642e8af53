import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { programEnvironment } from '../../../engine/program-environment.ts';
import { onMachine, type Machine } from '../installation/machine.ts';

/**
 * When a process began, as an opaque text to compare: with the pid it identifies one process for good, whatever the
 * wall clock does. Empty when the system does not tell (Windows), or when the process does not exist.
 */
export async function processBirth(pid: number, machine: Machine): Promise<string> {
  if (machine.platform === 'linux') return birthOnLinux(pid, machine);
  if (machine.platform === 'win32') return '';
  const answer = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
    env: programEnvironment(machine)
  }).catch(() => undefined);
  return answer?.stdout.trim() ?? '';
}

/** Whether the process with `pid` and `birth` still exists. When births are not known, the number alone decides. */
export async function isSameProcess(
  known: { readonly pid: number; readonly birth: string },
  machine: Machine
): Promise<boolean> {
  if (!isAlive(known.pid)) return false;
  const birth = await processBirth(known.pid, machine);
  return birth === known.birth;
}

/** Ticks since boot, and which boot: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, field 22. */
async function birthOnLinux(pid: number, machine: Machine): Promise<string> {
  const read = (path: string): Promise<string> => readFile(onMachine(machine, path), 'utf8').catch(() => '');
  const [stat, boot] = await Promise.all([read(`/proc/${pid}/stat`), read('/proc/sys/kernel/random/boot_id')]);
  // The name in parentheses may hold any character; the text after it begins with field 3.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || state === '' || state === 'Z' ? '' : `${boot.trim()} ${rest[18]}`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
