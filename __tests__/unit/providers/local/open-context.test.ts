import { join } from 'node:path';
import type { Setup } from '../../../../src/providers/provider.ts';
import { currentLayout } from '../../../../src/providers/local/cluster/server-directory.ts';
import type { LocalContext } from '../../../../src/providers/local/context.ts';
import { thisMachine } from '../../../../src/providers/local/installation/machine.ts';
import { openContext } from '../../../../src/providers/local/open-context.ts';
import type { Settings } from '../../../../src/spec/catalogue.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { fakeMachine, postgresScript, type FakeMachine } from '../../../support/fake-machine.ts';

let disk: FakeMachine;

beforeEach(async () => {
  disk = await fakeMachine();
});

afterEach(async () => disk.remove());

interface Opened {
  readonly context: LocalContext;
  readonly masked: readonly string[];
}

function open(settings: Settings, password?: string): Opened {
  const masked: string[] = [];
  const setup = {
    spec: { name: 'orders', environment: 'dev', settings },
    owner: { repository: 'a/b', pullRequest: 7 },
    env: {},
    paths: { temp: disk.temporaryDirectory, toolCache: '', workspace: '/workspace', action: join(disk.root, 'action') },
    secret: (name: string) => (name === 'master_password' ? password : undefined),
    mask: (value: string) => void masked.push(value),
    execution: fakeContext(),
    options: {}
  };
  return { context: openContext(setup as unknown as Setup), masked };
}

/** Leaves what an earlier step keeps of a server. */
async function keep(name: string, more: object = {}): Promise<void> {
  const machine = { ...thisMachine({}), temporaryDirectory: disk.temporaryDirectory };
  const kept = { formatVersion: 1, serverName: name, superuser: { name: 'postgres', password: 'x' }, port: 1 };
  const file = currentLayout(machine, name).credentialsFile.slice(disk.root.length);
  await disk.file(file, JSON.stringify({ ...kept, addresses: [], binDir: '/bin', version: '16.9', ...more }));
}

test('the target is the server of this name on the runner', () => {
  const { context } = open({});
  expect(context.target).toEqual({
    provider: 'local',
    account: 'runner',
    region: '',
    name: 'orders',
    environment: 'dev',
    repository: 'a/b',
    pullRequest: 7
  });
  expect(context.ownershipOf({ ...context.target, version: 2 })).toMatchObject({ kind: 'ours' });
  expect(context.ownershipOf(undefined)).toEqual({ kind: 'unmarked' });
  expect([context.workspace, context.machine.temporaryDirectory]).toEqual(['/workspace', disk.temporaryDirectory]);
  expect(context.layout.directory).toContain(join(disk.temporaryDirectory, 'pgkeep', 'orders-'));
});

test('the password is the given one, else the kept one, else a new one, which is hidden', async () => {
  const given = open({}, 'given');
  expect([given.context.isPasswordGiven, await given.context.masterPassword(), given.masked]).toEqual([
    true,
    'given',
    []
  ]);
  const made = open({});
  const password = await made.context.masterPassword();
  expect(password).toMatch(/^[\w-]{32}$/);
  expect([made.context.isPasswordGiven, await made.context.masterPassword(), made.masked]).toEqual([
    false,
    password,
    [password]
  ]);
  await keep('orders');
  expect(await open({}).context.masterPassword()).toMatch(/^[\w-]{32}$/);
  await keep('orders', { master: { name: 'keeper', password: 'kept' } });
  const kept = open({});
  expect([await kept.context.masterPassword(), kept.masked]).toEqual(['kept', ['kept']]);
});

test('a copy has the major version of its source where none is asked for', async () => {
  await keep('source');
  await disk.script('/bin/postgres', postgresScript('17.2'));
  const settings = { bin_dir: join(disk.root, 'bin'), restore_source: 'source' };
  await expect(open(settings).context.located()).rejects.toMatchObject({
    message: expect.stringContaining('it is 17.2, not 16') as string
  });
  await expect(open({ ...settings, engine_version: '17' }).context.located()).resolves.toMatchObject({
    source: 'bin-dir',
    version: '17.2'
  });
  await expect(open({ ...settings, restore_source: 'gone' }).context.located()).resolves.toMatchObject({ major: 17 });
});

test('a prebuilt cluster that is missing fails where it is asked for', async () => {
  await disk.script('/bin/postgres', postgresScript('17.2'));
  const { context } = open({ bin_dir: join(disk.root, 'bin') });
  await context.located();
  await expect(context.pack(17)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(context.pack(17)).rejects.toMatchObject({ path: join(disk.root, 'action', 'packs', '17.pack') });
});

test('the live server is read once, and again after a change', async () => {
  const { context } = open({});
  expect([await context.live(), await context.databaseState()]).toEqual([undefined, undefined]);
  await keep('orders');
  await disk.file(context.layout.dataDirectory.slice(disk.root.length) + '/pgkeep.conf', '');
  expect(await context.live()).toBeUndefined();
  context.invalidate();
  await expect(context.live()).rejects.toMatchObject({ code: 'server-failed' });
});
