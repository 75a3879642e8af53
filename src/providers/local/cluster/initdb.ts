import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ActionError, ProviderError } from '../../../errors.ts';
import { programEnvironment } from '../../../engine/program-environment.ts';
import type { Major } from '../../../postgres/major.ts';
import { programPath, type Installation } from '../installation/installation.ts';
import type { Machine } from '../installation/machine.ts';
import { writeFileAtomically } from './atomic-file.ts';
import type { ServerOwner } from './owner.ts';
import type { CharacterType } from './pack.ts';

/** A cluster to create with initdb. */
export interface InitdbRequest {
  readonly installation: Installation;
  readonly machine: Machine;
  /** Exists, is empty, and belongs to the owner, who may enter the directory above as well. */
  readonly directory: string;
  readonly characterType: CharacterType;
  /** The SCRAM verifier of the superuser's password: initdb accepts it in place of the password itself. */
  readonly verifier: string;
  readonly owner: ServerOwner | undefined;
}

/**
 * The locale arguments of initdb, so that a cluster sorts the same on every machine: by code point. From PostgreSQL 17
 * on the server itself knows upper and lower case of all letters; before that the C library does, if it has `C.UTF-8`.
 */
export function localeArguments(major: Major, characterType: CharacterType): readonly string[] {
  const builtin = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  return [
    `--locale=${characterType}`,
    '--lc-messages=C',
    '--lc-monetary=C',
    '--lc-numeric=C',
    '--lc-time=C',
    ...builtin
  ];
}

/**
 * The arguments of initdb for every cluster, except its directory and password. Data checksums are off: see
 * `unpackShared`.
 */
export function clusterArguments(major: Major, characterType: CharacterType): readonly string[] {
  return [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-sync',
    ...(major >= 18 ? ['--no-data-checksums'] : []),
    ...localeArguments(major, characterType)
  ];
}

/**
 * Creates a cluster with initdb, as the server's own user. The password file holds the verifier, is readable by that
 * user only, and is removed afterwards. Throws `server-failed` with initdb's own words, and `unsupported` when initdb
 * refuses the user.
 */
export async function runInitdb(request: InitdbRequest): Promise<void> {
  const { installation, machine, directory, owner } = request;
  const secrets = await mkdtemp(join(dirname(directory), 'initdb-'));
  const passwordFile = join(secrets, 'password');
  try {
    await chmod(secrets, owner === undefined ? 0o700 : 0o711);
    await writeFileAtomically(passwordFile, `${request.verifier}\n`, { owner });
    await promisify(execFile)(
      programPath(installation, 'initdb', machine),
      [
        `--pgdata=${directory}`,
        `--pwfile=${passwordFile}`,
        ...clusterArguments(installation.major, request.characterType)
      ],
      { cwd: directory, env: programEnvironment(machine), windowsHide: true, ...owner }
    );
  } catch (thrown) {
    throw initdbFailure(thrown, request);
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
}

function initdbFailure(thrown: unknown, request: InitdbRequest): ActionError {
  const { code, stderr } = thrown as { readonly code?: unknown; readonly stderr?: unknown };
  const said = typeof stderr === 'string' ? stderr.trim() : '';
  const doing = `Could not create a cluster in ${request.directory} with initdb`;
  if (/could not look up effective user ID|cannot be run as root/.test(said)) {
    const who =
      request.owner === undefined ? 'as root' : `as user ${request.owner.uid}, who has no entry in /etc/passwd`;
    return new ActionError(`${doing}: it refuses to run ${who}`, {
      code: 'unsupported',
      source: 'user',
      cause: thrown,
      hint: 'Add a system user named postgres in an earlier step (useradd --system postgres).'
    });
  }
  if (code === 'ENOENT') {
    const hint = `Install the whole server, with initdb in ${request.installation.binDir}.`;
    return new ProviderError(`${doing}: the program is missing`, { kind: 'failed', code: 'server-failed', hint });
  }
  const reason =
    said.split('\n').findLast(line => /error|fatal/i.test(line)) ?? `it ended with ${JSON.stringify(code)}`;
  const hint = /No space left on device/.test(said)
    ? 'Free some disk space.'
    : 'Run this initdb by hand on the machine to see why, or name another server with `bin_dir`.';
  return new ProviderError(`${doing}: ${reason.replace(/^initdb: (error: )?/, '')}`, {
    kind: 'failed',
    code: 'server-failed',
    hint,
    cause: said === '' ? thrown : new Error(said)
  });
}
