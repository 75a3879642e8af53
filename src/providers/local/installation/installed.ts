import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Major } from '../../../postgres/major.ts';
import { exists, onMachine, programName, type Machine } from './machine.ts';
import { serverOwner } from '../cluster/owner.ts';
import { firstClosedDirectory, type User } from './reachable.ts';
import { majorOf, readServerVersion } from './version.ts';

/** A server that was installed by others. */
export interface InstalledServer {
  readonly binDir: string;
  readonly version: string;
}

/**
 * Where packages put the server of a major. Debian and Ubuntu (also the hosted runner images), the PostgreSQL project's
 * RPMs, Alpine, Homebrew on each kind of Mac and on Linux, the Windows installer; then `PGBIN`, which the Windows
 * images set.
 */
function candidates(major: Major, machine: Machine): readonly string[] {
  const pgbin = machine.env['PGBIN'];
  const fromEnvironment = pgbin === undefined || pgbin === '' ? [] : [pgbin];
  if (machine.platform === 'win32') {
    const programs = machine.env['ProgramFiles'];
    const installer = programs === undefined ? [] : [join(programs, 'PostgreSQL', String(major), 'bin')];
    return [...fromEnvironment, ...installer];
  }
  if (machine.platform === 'darwin') {
    return [...fromEnvironment, ...homebrew(['/opt/homebrew', '/usr/local'], major, machine)];
  }
  return [
    onMachine(machine, `/usr/lib/postgresql/${major}/bin`),
    onMachine(machine, `/usr/pgsql-${major}/bin`),
    onMachine(machine, `/usr/libexec/postgresql${major}`),
    ...fromEnvironment,
    ...homebrew(['/home/linuxbrew/.linuxbrew'], major, machine)
  ];
}

function homebrew(prefixes: readonly string[], major: Major, machine: Machine): readonly string[] {
  return prefixes.map(prefix => onMachine(machine, posix.join(prefix, 'opt', `postgresql@${major}`, 'bin')));
}

/** Every installed server of this major, in the order of preference. A directory with another major is skipped. */
export async function findInstalled(major: Major, machine: Machine): Promise<readonly InstalledServer[]> {
  const user = await serverOwner(machine);
  const inspect = async (directory: string): Promise<InstalledServer | undefined> => {
    const closed = await firstClosedDirectory(directory, user);
    if (closed === undefined) return inspectAs(directory, machine, user);
    // The user may not start it, and root starts only what is root's own.
    const file = await stat(join(directory, programName(machine, 'postgres'))).catch(() => undefined);
    return file?.uid === 0 ? inspectAs(directory, machine, undefined) : undefined;
  };
  const found = await Promise.all(candidates(major, machine).map(inspect));
  return found.filter(server => server !== undefined).filter(server => majorOf(server.version) === major);
}

/** The server in a directory, or undefined when none runs there. `user`: as whom its program is started. */
export async function inspectAs(
  binDir: string,
  machine: Machine,
  user: User | undefined
): Promise<InstalledServer | undefined> {
  const program = join(binDir, programName(machine, 'postgres'));
  if (!(await exists(program))) return undefined;
  const version = await readServerVersion(program, machine, user);
  return version === undefined ? undefined : { binDir, version };
}
