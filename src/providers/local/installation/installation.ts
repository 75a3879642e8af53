import { join } from 'node:path';
import type { Major } from '../../../postgres/major.ts';
import { programName, type Machine } from './machine.ts';
import type { Pin } from './pins.ts';

/** A notice about the chosen binaries, with a stable code. */
export interface InstallationNotice {
  readonly code: 'version-nearest';
  readonly message: string;
}

/** Server binaries that are on this machine. */
export interface Installation {
  /** Where they were found: the `bin_dir` input, a server installed on the machine, or our tool cache. */
  readonly source: 'bin-dir' | 'installed' | 'tool-cache';
  readonly major: Major;
  /** PostgreSQL's own version, `major.minor`. */
  readonly version: string;
  /** The directory of `postgres`, `initdb` and `pg_ctl`. */
  readonly binDir: string;
}

/** Facts about the server binaries for planning, found without the network. */
export type Located =
  | (Installation & {
      readonly notices: readonly InstallationNotice[];
      /** Expected content of an entry in our tool cache, verified before it is used. */
      readonly pin?: Pin;
      readonly directory?: string;
    })
  | {
      readonly source: 'download';
      readonly major: Major;
      readonly version: string;
      readonly pin: Pin;
      /** Their place: our entry of the tool cache, which does not exist yet. */
      readonly directory: string;
      readonly notices: readonly InstallationNotice[];
    };

/** The installation of located binaries, as it is or as it will be after the download. */
export function installationOf(located: Located): Installation {
  const { major, version } = located;
  return located.source === 'download'
    ? { source: 'tool-cache', major, version, binDir: join(located.directory, 'bin') }
    : { source: located.source, major, version, binDir: located.binDir };
}

/** The path of one of an installation's programs. Only `postgres` is certain to exist. */
export function programPath(
  installation: Installation,
  name: 'postgres' | 'initdb' | 'pg_ctl',
  machine: Machine
): string {
  return join(installation.binDir, programName(machine, name));
}
