import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ActionError } from '../../../errors.ts';
import { DEFAULT_MAJOR, MAJORS, isMajor, type Major } from '../../../postgres/major.ts';
import { programEnvironment } from '../../../engine/program-environment.ts';
import type { InstallationNotice } from './installation.ts';
import type { Machine } from './machine.ts';
import type { User } from './reachable.ts';

/** An asked version: `16` has no minor. */
export interface WantedVersion {
  readonly major: Major;
  readonly minor: number | undefined;
}

/**
 * Reads `engine_version` as this provider takes it: `16`, `16.4`, or undefined for the default major.
 * Throws `input-invalid` for any other form and `unsupported` for a major that this action does not know.
 */
export function parseWantedVersion(text: string | undefined): WantedVersion {
  if (text === undefined) return { major: DEFAULT_MAJOR, minor: undefined };
  const match = /^(\d{1,4})(?:\.(\d{1,4}))?$/.exec(text.trim());
  if (match === null) {
    throw new ActionError(`Could not read engine_version: "${text}" is not a version of PostgreSQL`, {
      code: 'input-invalid',
      source: 'user',
      hint: `Set \`engine_version\` to a major version (${MAJORS.join(', ')}) or a minor one such as ${DEFAULT_MAJOR}.4.`
    });
  }
  const major = Number(match[1]);
  if (!isMajor(major)) {
    throw new ActionError(`Could not find PostgreSQL ${text}: this version is not supported`, {
      code: 'unsupported',
      source: 'user',
      hint: `Set engine_version to one of ${MAJORS.join(', ')}.`
    });
  }
  return { major, minor: match[2] === undefined ? undefined : Number(match[2]) };
}

/**
 * The version that a `postgres` program states, `major.minor`, in about 10 ms. Undefined when it cannot be run or is a
 * prerelease (`18beta1`, `19devel`). It runs as `user`, where one is given: nothing says yet what this program is.
 */
export async function readServerVersion(
  program: string,
  machine: Pick<Machine, 'env' | 'platform'>,
  user: User | undefined
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], {
      timeout: 10_000,
      windowsHide: true,
      env: programEnvironment(machine),
      ...user
    });
    return /^postgres \(PostgreSQL\) (\d+\.\d+)(?:\s|$)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** The major of a `major.minor` version, if this action knows it. */
export function majorOf(version: string): Major | undefined {
  const major = Number(version.split('.')[0]);
  return isMajor(major) ? major : undefined;
}

/** Whether `version` is exactly the requested one. A major alone is met by each of its minors. */
export function isExactly(wanted: WantedVersion, version: string): boolean {
  return wanted.minor === undefined || version === `${wanted.major}.${wanted.minor}`;
}

/** The notice when another minor than the requested one is used. */
export function versionNotices(wanted: WantedVersion, version: string, origin: string): readonly InstallationNotice[] {
  if (isExactly(wanted, version)) return [];
  return [
    {
      code: 'version-nearest',
      message:
        `PostgreSQL ${wanted.major}.${wanted.minor} was asked for; ${version} is used, ${origin}. ` +
        'Minor versions of one major hold the same data and differ in fixes only.'
    }
  ];
}
