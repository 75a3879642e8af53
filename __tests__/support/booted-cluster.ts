import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataDirectoryRequest } from '../../src/providers/local/cluster/data-directory.ts';
import { programPath } from '../../src/providers/local/installation/installation.ts';

/** A bare server on a data directory, over loopback, as its superuser sees it. Ends with the block it is used in. */
export interface BootedCluster extends AsyncDisposable {
  readonly target: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  ask<Row extends object>(text: string): Promise<readonly Row[]>;
}

export interface BootOptions {
  /** Called when the process has been started, and awaited before the first connection. */
  readonly started?: () => Promise<void>;
  /** Variables of its own: `LOCPATH`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `postgres` itself, with nothing of ours between. */
export async function bootCluster(
  request: DataDirectoryRequest,
  { started, env }: BootOptions = {}
): Promise<BootedCluster> {
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const args = ['-D', request.directory, ...settings.flatMap(setting => ['-c', setting])];
  const server = spawn(programPath(request.installation, 'postgres', request.machine), args, {
    cwd: request.directory,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...request.owner
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = once(server, 'exit');
  await started?.();
  const target = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
  const end = async (): Promise<void> => {
    // As a crash: a fast shutdown would write what is thrown away.
    server.kill('SIGQUIT');
    await exited;
  };
  const client = await connect({ ...target, password: request.password }).catch(async (thrown: unknown) => {
    await end();
    throw new Error(`The server does not answer: ${log}`, { cause: thrown });
  });
  client.on('error', () => {});
  return {
    target,
    ask: async <Row extends object>(text: string) => (await client.query<Row>(text)).rows,
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await end();
    }
  };
}

async function connect(target: ConstructorParameters<typeof Client>[0]): Promise<Client> {
  for (let tries = 0; ; tries += 1) {
    const client = new Client(target);
    try {
      await client.connect();
      return client;
    } catch (thrown) {
      if (tries === 200 || (thrown as { readonly code?: string }).code === '28P01') throw thrown;
      await sleep(50);
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
