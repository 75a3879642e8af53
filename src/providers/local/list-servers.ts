import path from 'node:path';
import type { ManagedServer } from '../provider.ts';
import { readCredentials } from './cluster/credentials.ts';
import { currentLayout, serverDirectories } from './cluster/server-directory.ts';
import { readLive } from './live-state.ts';
import type { LocalContext } from './context.ts';

/** Every server of this runner, running or stopped. An unreadable one is listed without a mark. */
export async function listServers(context: LocalContext): Promise<readonly ManagedServer[]> {
  const directories = await serverDirectories(context.machine);
  const found = await Promise.all(
    directories.map(async directory => look(context, path.join(directory, 'credentials.json')))
  );
  return found.filter(one => one !== undefined);
}

async function look(context: LocalContext, credentialsFile: string): Promise<ManagedServer | undefined> {
  const name = (await readCredentials(credentialsFile).catch(() => undefined))?.serverName;
  if (name === undefined) return undefined;
  const layout = currentLayout(context.machine, name);
  const live = readLive({ ...context, spec: { ...context.spec, name }, layout });
  return { title: `server ${name}`, mark: (await live.catch(() => undefined))?.mark };
}
