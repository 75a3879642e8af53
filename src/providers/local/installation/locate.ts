import { join, resolve } from 'node:path';
import { ActionError } from '../../../errors.ts';
import { MAJORS, type Major } from '../../../postgres/major.ts';
import { serverOwner } from '../cluster/owner.ts';
import type { Located } from './installation.ts';
import { findInstalled, inspectAs, type InstalledServer } from './installed.ts';
import { isMusl, platformName, type Machine } from './machine.ts';
import { firstClosedDirectory, outOfReach } from './reachable.ts';
import { PINS, type Pin, type PinnedPlatform } from './pins.ts';
import { entryDirectory, isComplete } from './tool-cache.ts';
import { isExactly, majorOf, parseWantedVersion, versionNotices, type WantedVersion } from './version.ts';

/** The inputs of the search. */
export interface WantedInstallation {
  /** `16`, `16.4`, or undefined for the default major. */
  readonly version: string | undefined;
  /** The `bin_dir` input: use the server in this directory and no other. */
  readonly binDir: string | undefined;
}

/**
 * Finds server binaries, or the package to download, without the network and in some ten milliseconds: the `bin_dir`
 * input, an installed server of the same major that the server's user may reach, our tool cache, the published
 * packages. The first of these is taken, unless only a later one has exactly the requested minor.
 *
 * Throws `input-invalid` for a malformed version or a `bin_dir` without a server, and `unsupported` when nothing is
 * available for this version and machine.
 */
export async function locate(wanted: WantedInstallation, machine: Machine): Promise<Located> {
  if (wanted.binDir !== undefined) return await locateInBinDir(resolve(wanted.binDir), wanted.version, machine);

  const version = parseWantedVersion(wanted.version);
  const [found, musl] = await Promise.all([findInstalled(version.major, machine), isMusl(machine)]);
  const pin = musl ? undefined : findPin(version.major, machine);
  // When no package is published, an installation that the server's user may not reach is refused by name when it is
  // used.
  const installed = pin === undefined ? found : await reachable(found, machine);

  const exact = installed.find(server => isExactly(version, server.version));
  if (exact !== undefined) return fromInstalled(exact, version);
  if (pin !== undefined && (installed.length === 0 || isExactly(version, pin.version))) {
    return await fromPin(pin, version, machine);
  }
  if (installed[0] !== undefined) return fromInstalled(installed[0], version);
  throw musl ? muslError(version.major) : unpublishedError(version.major, machine);
}

async function reachable(found: readonly InstalledServer[], machine: Machine): Promise<readonly InstalledServer[]> {
  const owner = await serverOwner(machine);
  const closed = await Promise.all(found.map(async ({ binDir }) => firstClosedDirectory(binDir, owner)));
  return found.filter((_, at) => closed[at] === undefined);
}

async function locateInBinDir(binDir: string, asked: string | undefined, machine: Machine): Promise<Located> {
  const user = await serverOwner(machine);
  const closed = await firstClosedDirectory(binDir, user);
  if (closed !== undefined) throw outOfReach(binDir, user, closed);
  const server = await inspectAs(binDir, machine, user);
  if (server === undefined) {
    throw new ActionError(`Could not use the PostgreSQL server in bin_dir ${binDir}: no postgres program runs there`, {
      code: 'input-invalid',
      source: 'user',
      hint: 'Set `bin_dir` to the directory that holds postgres, initdb and pg_ctl, or leave it out.'
    });
  }
  const major = majorOf(server.version);
  if (major === undefined) {
    throw new ActionError(
      `Could not use the PostgreSQL server in bin_dir ${binDir}: it is ${server.version}, which is not supported`,
      {
        code: 'unsupported',
        source: 'user',
        hint: `Set \`bin_dir\` to a server of one of the majors ${MAJORS.join(', ')}.`
      }
    );
  }
  const version = asked === undefined ? { major, minor: undefined } : parseWantedVersion(asked);
  if (version.major !== major) {
    throw new ActionError(
      `Could not use the PostgreSQL server in bin_dir ${binDir}: it is ${server.version}, not ${asked}`,
      {
        code: 'input-invalid',
        source: 'user',
        hint: `Set \`engine_version\` to ${major}, or leave one of \`engine_version\` and \`bin_dir\` out.`
      }
    );
  }
  return {
    source: 'bin-dir',
    major,
    version: server.version,
    binDir: server.binDir,
    notices: versionNotices(version, server.version, 'the one in bin_dir')
  };
}

function fromInstalled(server: InstalledServer, wanted: WantedVersion): Located {
  return {
    source: 'installed',
    major: wanted.major,
    version: server.version,
    binDir: server.binDir,
    notices: versionNotices(wanted, server.version, 'the nearest installed on this machine')
  };
}

async function fromPin(pin: Pin, wanted: WantedVersion, machine: Machine): Promise<Located> {
  const directory = entryDirectory(pin, machine);
  const notices = versionNotices(wanted, pin.version, 'the nearest of the published binaries');
  const located = { major: wanted.major, version: pin.version, notices };
  return (await isComplete(directory, pin, machine))
    ? { ...located, source: 'tool-cache', binDir: join(directory, 'bin'), pin, directory }
    : { ...located, source: 'download', pin, directory };
}

function findPin(major: Major, machine: Machine): Pin | undefined {
  const name = platformName(machine);
  return Object.hasOwn(PINS, name) ? PINS[name as PinnedPlatform][major] : undefined;
}

function muslError(major: Major): ActionError {
  return new ActionError(
    `Could not find PostgreSQL ${major}: the published binaries need glibc, and this system has musl (Alpine)`,
    {
      code: 'unsupported',
      source: 'user',
      hint: `Install the server in an earlier step (apk add postgresql${major}), or run the job on a Debian or Ubuntu image.`
    }
  );
}

function unpublishedError(major: Major, machine: Machine): ActionError {
  const name = platformName(machine);
  const others = MAJORS.filter(other => findPin(other, machine) !== undefined);
  return new ActionError(`Could not find PostgreSQL ${major}: no binaries are published for ${name}`, {
    code: 'unsupported',
    source: 'user',
    hint:
      `Install PostgreSQL ${major} in an earlier step or name its directory in bin_dir` +
      (others.length === 0 ? '.' : `, or set engine_version to one of ${others.join(', ')}.`)
  });
}
