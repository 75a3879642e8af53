import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeProcess,
  isPostmasterOf,
  readPostmasterFile
} from '../../../../../src/providers/local/cluster/postmaster.ts';
import { thisMachine } from '../../../../../src/providers/local/installation/machine.ts';
import { fakeMachine } from '../../../../support/fake-machine.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('readPostmasterFile', () => {
  test.each([
    ['42\n/data\n1700000000\n5432\n\n127.0.0.1\n 1 2\nready   \n', { port: 5432, status: 'ready' }],
    ['42\n/data\n1700000000\n5432\n/tmp\n*\n 1 2\nstopping\n', { port: 5432, status: 'stopping' }],
    ['42\n/data\n1700000000\n', { port: undefined, status: undefined }],
    ['42\n/data\n1700000000\n5432\n/tmp\n*\n 1 2\nsomething\n', { port: 5432, status: undefined }]
  ])('reads %j', async (text, rest) => {
    await writeFile(join(directory, 'postmaster.pid'), text);
    expect(readPostmasterFile(directory)).toEqual({
      pid: 42,
      dataDirectory: '/data',
      startedAt: 1_700_000_000,
      ...rest
    });
  });

  test.each(['', '-42\n/data\n1700000000\n', 'x\n', '42\n', '0\n/data\n1\n'])('reports %j as damaged', async text => {
    await writeFile(join(directory, 'postmaster.pid'), text);
    expect(readPostmasterFile(directory)).toBe('damaged');
  });

  test('finds none when the file does not exist', async () => {
    expect(readPostmasterFile(directory)).toBeUndefined();
  });
});

describe('isPostmasterOf', () => {
  test.each([
    ['a server of the directory', ['/opt/bin/postgres', '-D', '/data'], 'S', true],
    ['one told by its link', ['postgres', '-D', 'LINK'], 'S', false],
    ['a dead one that nobody has collected', ['/opt/bin/postgres', '-D', '/data'], 'Z', false],
    ['a server of another directory', ['/opt/bin/postgres', '-D', '/data2'], 'S', false],
    ['a child of the server', ['postgres: checkpointer '], 'S', false],
    ['another program', ['/usr/bin/tail', '-D', '/data'], 'S', false],
    ['a program without a command line', [''], 'S', false]
  ])('%s', async (_, command, state, expected) => {
    const machine = await fakeMachine({ platform: 'linux' });
    await machine.file('/proc/42/stat', `42 (odd ) S name) ${state} 1 42 42`);
    await machine.file('/proc/42/cmdline', `${command.join('\0')}\0`);
    await expect(isPostmasterOf(42, '/data', machine)).resolves.toBe(expected);
    await expect(isPostmasterOf(43, '/data', machine)).resolves.toBe(false);
    await machine.remove();
  });

  test('knows a directory by another path to it', async () => {
    const link = join(directory, 'link');
    await symlink(directory, link);
    const machine = await fakeMachine({ platform: 'linux' });
    await machine.file('/proc/42/stat', '42 (postgres) S 1 42 42');
    await machine.file('/proc/42/cmdline', `postgres\0-D\0${link}\0`);
    await expect(isPostmasterOf(42, directory, machine)).resolves.toBe(true);
    await machine.remove();
  });
});

test('describes a process as ps shows it, where there is no /proc', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', '--', '-D', '/a directory']);
  await once(child, 'spawn');
  const machine = { ...thisMachine(process.env), platform: 'darwin' as const };
  const facts = await describeProcess(child.pid ?? 0, machine);
  expect(facts?.zombie).toBe(false);
  expect(facts?.command.at(-1)).toBe('/a directory');
  child.kill();
  await once(child, 'exit');
  await expect(describeProcess(child.pid ?? 0, machine)).resolves.toBeUndefined();
});
