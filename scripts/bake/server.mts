/** Servers to ask things of, on a new cluster each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createDataDirectory } from '../../src/providers/local/cluster/data-directory.ts';
import { serverOwner, type ServerOwner } from '../../src/providers/local/cluster/owner.ts';
import { packsIn, type CharacterType } from '../../src/providers/local/cluster/pack.ts';
import { thisMachine } from '../../src/providers/local/installation/machine.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';

const PASSWORD = 'only for this server';

export interface BakingCluster {
  readonly dataDirectory: string;
  readonly owner: ServerOwner | undefined;
  /** Runs a server on it for as long as `work` takes. */
  run<T>(work: (connect: (database: string) => Promise<Client>) => Promise<T>): Promise<T>;
}

/** Unpacks a cluster into the new directory `directory`. Throws when its pack cannot be used. */
export async function unpackedCluster(
  installation: Installation,
  packsDirectory: string,
  directory: string,
  characterType: CharacterType
): Promise<BakingCluster> {
  const machine = thisMachine(process.env);
  const owner = await serverOwner(machine);
  await mkdir(directory);
  await chmod(directory, 0o755);
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  const dataDirectory = join(directory, 'data');
  const request = {
    installation,
    machine,
    directory: dataDirectory,
    password: PASSWORD,
    owner,
    readPack: packsIn(packsDirectory)
  };
  const created = await createDataDirectory({ ...request, characterType });
  if (created.way !== 'pack') throw new Error(`The pack is not used: ${created.reason}`);
  return {
    dataDirectory,
    owner,
    run: async work => {
      const settings = ['listen_addresses=', `unix_socket_directories=${directory}`, 'fsync=off'];
      const args = ['-D', dataDirectory, ...settings.flatMap(setting => ['-c', setting])];
      const options = { cwd: directory, env: { LC_ALL: 'C' }, stdio: 'ignore', ...owner } as const;
      const server = spawn(join(installation.binDir, 'postgres'), args, options);
      try {
        return await work(database => connect(directory, database));
      } finally {
        server.kill('SIGINT');
        await once(server, 'exit');
      }
    }
  };
}

async function connect(host: string, database: string): Promise<Client> {
  for (let tries = 0; ; tries += 1) {
    const client = new Client({ host, user: 'postgres', password: PASSWORD, database });
    try {
      await client.connect();
      return client;
    } catch (thrown) {
      if (tries === 100) throw thrown;
      await sleep(50);
    }
  }
}
