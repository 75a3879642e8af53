import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Execution } from '../../src/engine/execution.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import type { Tls } from '../../src/postgres/tls.ts';
import type { Major } from '../../src/postgres/major.ts';
import { createDataDirectory } from '../../src/providers/local/cluster/data-directory.ts';
import { makeServerDirectory, serverLayout, type ServerLayout } from '../../src/providers/local/cluster/layout.ts';
import { serverOwner, type ServerOwner } from '../../src/providers/local/cluster/owner.ts';
import { readPack, type Pack } from '../../src/providers/local/cluster/pack.ts';
import { choosePort } from '../../src/providers/local/cluster/port.ts';
import { writeSettings, type ServerSettings } from '../../src/providers/local/cluster/settings.ts';
import { startServer } from '../../src/providers/local/cluster/start.ts';
import type { StartOptions } from '../../src/providers/local/cluster/starting-server.ts';
import { stopServer } from '../../src/providers/local/cluster/stop.ts';
import type { RunningServer } from '../../src/providers/local/cluster/inspect.ts';
import { thisMachine, type Machine } from '../../src/providers/local/installation/machine.ts';
import { testInstallation } from './installation.ts';
import { killServers, processTable } from './processes.ts';
import { openSecrets } from '../../src/secrecy/secrecy.ts';

const packsDirectory = join(import.meta.dirname, '..', '..', 'packs');

const packs = new Map<Major, Promise<Pack>>();

/** A pack is read once in a process. Each cluster gets its own copy, because it writes its password there. */
export async function keptPack(major: Major): Promise<Pack> {
  const pack = packs.get(major) ?? readPack(packsDirectory, major);
  packs.set(major, pack);
  const { header, content } = await pack;
  return { header, content: Buffer.from(content) };
}

/** The superuser's password on every cluster of a test. */
export const testPassword = 'pässword-for-tests "\'\\';

export interface TestContext extends Execution {
  readonly lines: string[];
}

/** Real time, a log that is kept, and a signal of the test's own. */
export function testContext(signal: AbortSignal = new AbortController().signal): TestContext {
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
  };
  return {
    clock: {
      now: () => new Date(),
      sleep: (seconds, stop) =>
        new Promise((resolve, reject) => {
          stop?.throwIfAborted();
          const timer = setTimeout(done, seconds * 1000);
          function done(): void {
            stop?.removeEventListener('abort', giveUp);
            resolve();
          }
          function giveUp(): void {
            clearTimeout(timer);
            reject(stop?.reason as Error);
          }
          stop?.addEventListener('abort', giveUp, { once: true });
        })
    },
    log: { debug: keep, info: keep, warning: keep },
    lines,
    signal,
    secrecy: openSecrets(),
    random: () => 0
  };
}

/** A data directory of its own with everything needed to run a server on it. */
export interface TestCluster {
  readonly machine: Machine;
  readonly binDir: string;
  readonly owner: ServerOwner | undefined;
  readonly layout: ServerLayout;
  readonly settings: ServerSettings;
  /** What start and stop want to know. */
  readonly place: StartOptions;
  /** Whether nothing runs on it. Linux only: elsewhere always. */
  isGone(): Promise<boolean>;
  /** Kills the server as the runner's clean-up would, and waits for its end. */
  kill(pid: number): Promise<void>;
  /** Writes settings (those of the cluster with changes) without a restart. */
  configure(changes?: Partial<ServerSettings>): Promise<void>;
  start(execution?: Execution): Promise<RunningServer>;
  target(changes?: Partial<ConnectionTarget> & { readonly tls?: Tls }): ConnectionTarget;
}

/** Clusters of one test file; `remove` stops and removes whatever is left of them. */
export interface TestClusters {
  /** `isEmpty`: without a data directory, which the test makes itself. */
  create(options?: {
    readonly major?: Major;
    readonly name?: string;
    readonly isEmpty?: boolean;
  }): Promise<TestCluster>;
  /** A directory below which everything lies. */
  readonly directory: string;
  remove(): Promise<void>;
}

export async function testClusters(): Promise<TestClusters> {
  const directory = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
  await chmod(directory, 0o755);
  const machine = thisMachine({ ...process.env, RUNNER_TEMP: directory });
  const owner = await serverOwner(machine);
  const created: TestCluster[] = [];

  const create: TestClusters['create'] = async ({
    major = 17,
    name = `server ${created.length}`,
    isEmpty = false
  } = {}) => {
    const installation = await testInstallation(major);
    const { binDir } = installation;
    const layout = serverLayout(directory, name);
    await makeServerDirectory(layout, owner);
    if (!isEmpty) {
      await createDataDirectory({
        installation,
        machine,
        directory: layout.dataDirectory,
        password: testPassword,
        owner,
        readPack: keptPack
      });
    }
    const settings: ServerSettings = {
      ...(await choosePort(machine, 'any')),
      durable: false,
      // In the data directory, because what is elsewhere stays when a test kills its server.
      sharedMemory: 'mmap',
      parameters: { shared_buffers: '16MB' }
    };
    const place: StartOptions = { binDir, machine, ...layout };
    const isGone = async (): Promise<boolean> => (await processesIn(layout.dataDirectory)).length === 0;
    const cluster: TestCluster = {
      machine,
      binDir,
      owner,
      layout,
      settings,
      place,
      isGone,
      kill: async pid => killServers([pid]),
      configure: changes => writeSettings(layout.dataDirectory, { ...settings, ...changes }, owner),
      start: (execution = testContext()) => startServer(execution, place),
      target: changes => ({
        host: '127.0.0.1',
        port: settings.port,
        user: 'postgres',
        password: testPassword,
        database: 'postgres',
        tls: 'off',
        ...changes
      })
    };
    if (!isEmpty) await cluster.configure();
    created.push(cluster);
    return cluster;
  };

  const remove = async (): Promise<void> => {
    // To look for the process of a server without a file takes longer than to stop one.
    const running = await processesIn(directory);
    for (const { place } of created) {
      const isLeft = running.some(one => one.includes(place.dataDirectory)) || process.platform !== 'linux';
      if (isLeft) await stopServer(testContext(), { ...place, mode: 'immediate' });
    }
    const left = await processesIn(directory);
    rmSync(directory, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`Processes are left over: ${left.join(', ')}`);
  };
  return { create, directory, remove };
}

/** Processes of this machine that run below a directory, as `pid command`. Linux only: elsewhere none. */
export async function processesIn(directory: string): Promise<readonly string[]> {
  const all = await processTable();
  return all.filter(({ command }) => command.includes(directory)).map(({ pid, command }) => `${pid} ${command}`);
}
