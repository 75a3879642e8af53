import { ActionError } from '../../../errors.ts';
import type { ConnectionTarget } from '../../../postgres/connection.ts';
import { readCredentials } from '../cluster/credentials.ts';
import { currentLayout } from '../cluster/server-directory.ts';
import type { Machine } from '../installation/machine.ts';
import { readLive } from '../live-state.ts';
import { SUPERUSER } from '../addresses.ts';
import { superuserTarget, type LocalContext } from '../context.ts';

/** The server that `restore_source` names: on the same runner, running. */
export interface SourceServer {
  readonly name: string;
  readonly dataDirectory: string;
  readonly connection: ConnectionTarget;
  /** `17.10`. */
  readonly version: string;
}

/** Throws `not-found` when there is no such server, or it does not run. */
export async function requireSource(context: LocalContext, name: string): Promise<SourceServer> {
  const layout = currentLayout(context.machine, name);
  const live = await readLive({ ...context, spec: { ...context.spec, name }, layout });
  if (live?.state !== 'running') {
    throw new ActionError(
      `Could not copy server ${name}: it ${live === undefined ? 'does not exist' : 'does not run'} here`,
      {
        code: 'not-found',
        source: 'user',
        hint: 'Apply that server first in the same job, or correct `restore_source`.'
      }
    );
  }
  const { credentials } = live;
  return {
    name,
    dataDirectory: layout.dataDirectory,
    connection: superuserTarget(credentials, SUPERUSER),
    version: credentials.version
  };
}

/** The major version of a server on this runner, which a copy of it must have; `undefined` when there is none. */
export async function majorOfSource(name: string, machine: Machine): Promise<string | undefined> {
  const credentials = await readCredentials(currentLayout(machine, name).credentialsFile);
  return credentials?.version.split('.')[0];
}
