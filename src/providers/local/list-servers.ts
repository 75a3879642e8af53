import path from 'node:path';
import type { Found } from '../provider.ts';
import { readCredentials } from './cluster/credentials.ts';
import { currentLayout, serverDirectories } from './cluster/server-directory.ts';
import { readLive } from './live-state.ts';
import type { LocalWorld } from './context.ts';

/** Every server of this runner, running or stopped. One that can't be read is found without a mark. */
export async function census(world: LocalWorld): Promise<readonly Found[]> {
  const directories = await serverDirectories(world.machine);
  const found = await Promise.all(
    directories.map(async directory => look(world, path.join(directory, 'credentials.json')))
  );
  return found.filter(one => one !== undefined);
}

async function look(world: LocalWorld, credentialsFile: string): Promise<Found | undefined> {
  const name = (await readCredentials(credentialsFile).catch(() => undefined))?.serverName;
  if (name === undefined) return undefined;
  const layout = currentLayout(world.machine, name);
  const live = readLive({ ...world, spec: { ...world.spec, name }, layout });
  return { title: `server ${name}`, mark: (await live.catch(() => undefined))?.mark };
}
