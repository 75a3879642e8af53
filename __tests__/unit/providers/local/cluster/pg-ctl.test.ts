import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type DuringStart } from '../../../../../src/providers/local/cluster/start.ts';
import { thisMachine, type Machine } from '../../../../../src/providers/local/installation/machine.ts';
import { testContext } from '../../../../support/real-server.ts';

const machine: Machine = { ...thisMachine(process.env), platform: 'win32' };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-pg-ctl-'));
});

afterEach(async () => rm(directory, { recursive: true }));

/** Starts through a pg_ctl that notes its actions, and says how it ended and what they were. */
async function start(script: string, duringStart?: DuringStart): Promise<readonly unknown[]> {
  const calls = join(directory, 'calls');
  const program = ['#!/bin/sh', `echo "$1" >> ${calls}`, `[ "$1" = start ] || exit 0`, script];
  await writeFile(join(directory, 'pg_ctl.exe'), `${program.join('\n')}\n`, { mode: 0o755 });
  const options = { binDir: directory, machine, dataDirectory: directory, logFile: join(directory, 'log') };
  const end: unknown = await startServer(testContext(), options, duringStart).catch((thrown: unknown) => thrown);
  return [end, ...(await readFile(calls, 'utf8')).trim().split('\n')];
}

const SUCCESS = 'printf \'42\\n/data\\n1700000000\\n5433\\n\\n127.0.0.1\\n\\nready\\n\' > "$3/postmaster.pid"';
const FAILURE = 'echo "FATAL:  lock file \\"postmaster.pid\\" already exists" > "$3/log"; exit 1';

test('a server that is started through pg_ctl is ready when pg_ctl says so', async () => {
  expect(await start(SUCCESS)).toEqual([{ pid: 42, port: 5433, startedAt: 1_700_000_000 }, 'start']);
});

test('it is stopped again when the parallel work of its start fails', async () => {
  const duringStart = async (): Promise<void> => Promise.reject(new Error('no space'));
  expect(await start(SUCCESS, duringStart)).toEqual([new Error('no space'), 'start', 'stop']);
});

test('a start that fails stops nothing: a server that runs there belongs to another owner', async () => {
  const duringStart: DuringStart = async ready => void (await ready);
  const [end, ...calls] = await start(FAILURE, duringStart);
  expect(end).toMatchObject({ kind: 'busy' });
  expect(calls).toEqual(['start']);
});
