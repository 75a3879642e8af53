import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Found } from '../provider.ts';
import { readCredentials } from './cluster/credentials.ts';
import { serverLayout } from './cluster/layout.ts';
import { readLive } from './local-live.ts';
import type { LocalWorld } from './local-world.ts';

/** Every server in the runner's temporary directory, running or stopped. One that can't be read is found without a mark. */
export async function census(world: LocalWorld): Promise<readonly Found[]> {
  const parent = path.dirname(world.layout.directory);
  const folders = await readdir(parent).catch(() => []);
  const found = await Promise.all(folders.map(folder => look(world, path.join(parent, folder, 'credentials.json'))));
  return found.filter(one => one !== undefined);
}

async function look(world: LocalWorld, credentialsFile: string): Promise<Found | undefined> {
  const name = (await readCredentials(credentialsFile).catch(() => undefined))?.serverName;
  if (name === undefined) return undefined;
  const layout = serverLayout(world.machine.temporaryDirectory, name);
  const live = readLive({ ...world, spec: { ...world.spec, name }, layout });
  return { title: `server ${name}`, mark: (await live.catch(() => undefined))?.mark };
}
