import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Execution } from '../../../../../src/engine/execution.ts';
import { startServer, type DuringStart } from '../../../../../src/providers/local/cluster/start.ts';
import { thisMachine, type Machine } from '../../../../../src/providers/local/installation/machine.ts';
import { fakeContext } from '../../../../support/fake-context.ts';
import { testContext } from '../../../../support/real-server.ts';

const machine: Machine = { ...thisMachine(process.env), platform: 'win32' };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-pg-ctl-'));
});

afterEach(async () => rm(directory, { recursive: true }));

/** Starts through a pg_ctl that notes its calls, and says how it ended and what they were. */
async function start(
  script: string,
  duringStart?: DuringStart,
  execution: Execution = testContext()
): Promise<readonly unknown[]> {
  const calls = join(directory, 'calls');
  const program = ['#!/bin/sh', `echo "$*" >> ${calls}`, `[ "$1" = start ] || exit 0`, script];
  await writeFile(join(directory, 'pg_ctl.exe'), `${program.join('\n')}\n`, { mode: 0o755 });
  const options = { binDir: directory, machine, dataDirectory: directory, logFile: join(directory, 'log') };
  const end: unknown = await startServer(execution, options, duringStart).catch((thrown: unknown) => thrown);
  const called = (await readFile(calls, 'utf8')).trim().replaceAll(directory, '<dir>');
  return [end, ...called.split('\n')];
}

const START = 'start -D <dir> -w -t 60 -l <dir>/log';
const SUCCESS = 'printf \'42\\n/data\\n1700000000\\n5433\\n\\n127.0.0.1\\n\\nready\\n\' > "$3/postmaster.pid"';
const FAILURE = 'echo "FATAL:  lock file \\"postmaster.pid\\" already exists" > "$3/log"; exit 1';

test('a server that is started through pg_ctl is ready when pg_ctl says so', async () => {
  expect(await start(SUCCESS)).toEqual([{ pid: 42, port: 5433, startedAt: 1_700_000_000 }, START]);
});

test('it is stopped again when the parallel work of its start fails', async () => {
  const duringStart = async (): Promise<void> => Promise.reject(new Error('no space'));
  expect(await start(SUCCESS, duringStart)).toEqual([new Error('no space'), START, 'stop -D <dir> -w -m immediate']);
});

test('a start that fails stops nothing: a server that runs there belongs to another owner', async () => {
  const duringStart: DuringStart = async ready => void (await ready);
  const [end, ...calls] = await start(FAILURE, duringStart);
  expect(end).toMatchObject({ kind: 'busy' });
  expect(calls).toEqual([START]);
});

test.each([
  ['exit 3', 'it said nothing (pg_ctl ended with exit code 3)'],
  ['kill -9 $$', 'it said nothing (pg_ctl ended with exit code -1)'],
  ['exit 0', 'it said nothing (pg_ctl ended with exit code 0)'],
  ['echo nonsense > "$3/postmaster.pid"', 'it said nothing (pg_ctl ended with exit code 0)']
])('a pg_ctl that ends by %j is told', async (script, message) => {
  expect(await start(script)).toMatchObject([{ message: `Could not start PostgreSQL: ${message}` }, START]);
});

test('a missing pg_ctl is told as one that was killed', async () => {
  const options = {
    binDir: join(directory, 'none'),
    machine,
    dataDirectory: directory,
    logFile: join(directory, 'log')
  };
  await expect(startServer(testContext(), options)).rejects.toMatchObject({
    message: 'Could not start PostgreSQL: it said nothing (pg_ctl ended with exit code -1)'
  });
});

test('a server on one of two addresses is stopped again', async () => {
  const half = `echo 'LOG:  could not bind IPv6 address "::1": Address already in use' >> "$3/log"`;
  const [end, ...calls] = await start(`${half}; ${SUCCESS}`, undefined, fakeContext());
  expect(end).toMatchObject({ code: 'port-in-use' });
  expect(calls.slice(0, 2)).toEqual([START, 'stop -D <dir> -w -m immediate']);
});

test('a cancelled start is stopped again', async () => {
  const execution = fakeContext();
  const duringStart: DuringStart = async ready => {
    execution.abort(new Error('cancelled'));
    await ready;
  };
  const [end] = await start(SUCCESS, duringStart, execution);
  expect(end).toMatchObject({ message: 'cancelled' });
});

test.each([
  ['a port is taken', 'could not bind IPv4 address "127.0.0.1": Address already in use', [0.05, 0.05]],
  [
    'a killed server still ends',
    'pre-existing shared memory block (key 1) is still in use',
    [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]
  ],
  ['a value is wrong', 'invalid value for parameter "work_mem": "x"', []]
])('it is tried again where %s, after pauses', async (_what, log, pauses) => {
  const execution = fakeContext();
  const [end, ...calls] = await start(`echo 'FATAL:  ${log}' >> "$3/log"; exit 1`, undefined, execution);
  expect(end).toMatchObject({ message: `Could not start PostgreSQL: ${log}` });
  expect(calls).toEqual([START, ...pauses.map(() => START)]);
  const slept = execution.clock.slept.map(seconds => Number(seconds.toFixed(2)));
  expect(slept).toEqual(pauses);
});
