import type { Machine } from '../installation/machine.ts';

/** None of these is a secret, and without them programs do not start on Windows. */
const NEEDED_ON_WINDOWS = ['SystemRoot', 'SystemDrive', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE'];

/**
 * The whole environment of a server: the variables that it needs to run, and `RUNNER_TRACKING_ID`, by which the runner
 * ends leftover processes of the job. The step's own environment holds tokens and passwords, which every user of the
 * database could read there.
 */
export function serverEnvironment(machine: Machine): Record<string, string> {
  const kept = ['PATH', 'RUNNER_TRACKING_ID', ...(machine.platform === 'win32' ? NEEDED_ON_WINDOWS : [])];
  const found = kept.flatMap(name => {
    const value = machine.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // With another locale the server on macOS becomes multithreaded while starting, and gives up.
  return { ...Object.fromEntries(found), LC_ALL: 'C' };
}
