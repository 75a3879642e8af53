import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectServer, serverProcess } from '../../../../../src/providers/local/cluster/inspect.ts';
import { damagedServer } from '../../../../../src/providers/local/damaged.ts';
import type { ServerLayout } from '../../../../../src/providers/local/cluster/layout.ts';
import { fakeMachine, type FakeMachine } from '../../../../support/fake-machine.ts';

let machine: FakeMachine;
let data: string;

beforeEach(async () => {
  machine = await fakeMachine();
  data = join(machine.root, 'data');
});

afterEach(async () => machine.remove());

const CONTROL = 'c'.repeat(8192);
const pidFile = (port: string, status: string): string => `42\n/data\n1700000000\n${port}\n\n\n\n${status}\n`;

/** A data directory with these files, and a process 42 that runs on it. */
async function arrange(files: Readonly<Record<string, string>>, process?: string): Promise<void> {
  for (const [name, text] of Object.entries(files)) await machine.file(`/data/${name}`, text);
  if (process === undefined) return;
  await machine.file('/proc/42/stat', `42 (postgres) ${process} 1`);
  await machine.file('/proc/42/cmdline', `/opt/bin/postgres\0-D\0${data}\0`);
}

const WHOLE = { PG_VERSION: '17\n', 'global/pg_control': CONTROL };
const RUNNING = { state: 'running', major: 17, pid: 42, startedAt: 1_700_000_000 };

test.each([
  ['no directory', {}, undefined, { state: 'absent' }, undefined],
  ['no version', { x: '' }, undefined, { state: 'damaged', reason: 'it has no PG_VERSION' }, undefined],
  [
    'another text as its version',
    { PG_VERSION: '17 beta' },
    undefined,
    { state: 'damaged', reason: 'its PG_VERSION names no version' },
    undefined
  ],
  [
    'no control file',
    { PG_VERSION: '17' },
    undefined,
    { state: 'damaged', reason: 'its global/pg_control is missing or cut' },
    undefined
  ],
  [
    'a cut control file',
    { PG_VERSION: '17', 'global/pg_control': CONTROL.slice(1) },
    'S',
    { state: 'damaged', reason: 'its global/pg_control is missing or cut' },
    42
  ],
  ['no process', WHOLE, undefined, { state: 'stopped', major: 17 }, undefined],
  ['a process without its file', WHOLE, 'S', { state: 'stale', major: 17, dying: 42 }, 42],
  ['a dead process without its file', WHOLE, 'Z', { state: 'stopped', major: 17 }, undefined],
  [
    'a damaged file of its process',
    { ...WHOLE, 'postmaster.pid': 'x' },
    undefined,
    { state: 'stale', major: 17 },
    undefined
  ],
  [
    'a damaged file of a living process',
    { ...WHOLE, 'postmaster.pid': 'x' },
    'S',
    { state: 'stale', major: 17, dying: 42 },
    42
  ],
  [
    'the file of a process that is gone',
    { ...WHOLE, 'postmaster.pid': pidFile('5432', 'ready') },
    undefined,
    { state: 'stale', major: 17 },
    undefined
  ],
  [
    'a server that is ready',
    { ...WHOLE, 'postmaster.pid': pidFile('5432', 'ready') },
    'S',
    { ...RUNNING, status: 'ready', port: 5432 },
    42
  ],
  [
    'a server that begins',
    { ...WHOLE, 'postmaster.pid': '42\n/data\n1700000000\n' },
    'S',
    { ...RUNNING, status: undefined, port: 0 },
    42
  ]
])('a data directory with %s', async (_, files, process, state, pid) => {
  await arrange(files, process);
  expect(await inspectServer(data, machine)).toEqual(state);
  expect(await serverProcess(data, machine)).toBe(pid);
});

test.each([
  ['S', 'End the process 42 and remove'],
  [undefined, 'Remove']
])('a server that no step goes on with is removed, its process (%j) first', async (process, first) => {
  await arrange(WHOLE, process);
  const layout = { directory: '/its', dataDirectory: data } as ServerLayout;
  const cause = new Error('of disk');
  expect(await damagedServer({ spec: { name: 'orders' }, layout, machine }, 'its file is cut', cause)).toMatchObject({
    code: 'server-failed',
    source: 'provider',
    message: 'Could not read the local server orders: its file is cut',
    hint: `${first} /its if you do not need its data, and apply again.`,
    cause
  });
});

test('a server is found by its directory under another path', async () => {
  await arrange({ ...WHOLE, 'postmaster.pid': pidFile('5432', 'ready') }, 'S');
  const link = join(machine.root, 'link');
  await symlink(data, link);
  expect(await inspectServer(link, machine)).toMatchObject({ state: 'running' });
  await mkdir(join(machine.root, 'other'));
  expect(await serverProcess(join(machine.root, 'other'), machine)).toBeUndefined();
});
