import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mark, Target } from '../../../../src/engine/ownership.ts';
import { ownership } from '../../../../src/engine/ownership.ts';
import type { CreationWork, Observed, ResourceType, Work } from '../../../../src/engine/resource.ts';
import type { Login, NotReachable, WayIn } from '../../../../src/postgres/way-in.ts';
import { scramVerifier } from '../../../../src/postgres/scram.ts';
import { serverLayout, standbyLayout } from '../../../../src/providers/local/cluster/layout.ts';
import { renderSettings } from '../../../../src/providers/local/cluster/settings.ts';
import { superuserTarget, type LocalContext } from '../../../../src/providers/local/context.ts';
import { requireSource } from '../../../../src/providers/local/desired/restore-source.ts';
import { listServers } from '../../../../src/providers/local/list-servers.ts';
import { readLive, requireLive } from '../../../../src/providers/local/live-state.ts';
import type { LiveServer, LocalMark } from '../../../../src/providers/local/live-types.ts';
import { outputs } from '../../../../src/providers/local/outputs.ts';
import type { DatabaseOutputs } from '../../../../src/providers/provider.ts';
import { local } from '../../../../src/providers/local/provider.ts';
import { readDatabaseState } from '../../../../src/providers/local/resources/child-resource.ts';
import { database } from '../../../../src/providers/local/resources/database.ts';
import { replica } from '../../../../src/providers/local/resources/replica.ts';
import {
  configurationOf,
  serverSettings,
  withValues
} from '../../../../src/providers/local/resources/server/configuration.ts';
import { createServer } from '../../../../src/providers/local/resources/server/create.ts';
import {
  clusterLocaleOf,
  type ServerFields,
  type ServerValues
} from '../../../../src/providers/local/resources/server/fields.ts';
import { removeServer } from '../../../../src/providers/local/resources/server/remove.ts';
import { server } from '../../../../src/providers/local/resources/server/server.ts';
import { updateServer } from '../../../../src/providers/local/resources/server/update.ts';
import { user } from '../../../../src/providers/local/resources/user.ts';
import type { Settings } from '../../../../src/spec/catalogue.ts';
import type { Spec } from '../../../../src/spec/spec.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { fakeMachine, type FakeMachine } from '../../../support/fake-machine.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What a live server of the runner is taken for, and what becomes of it, without a server. `UPDATE_GOLDENS=1` writes
 * the golden file.
 */
const TARGET: Target = {
  provider: 'local',
  account: 'runner',
  region: '',
  name: 'orders',
  environment: 'dev',
  repository: 'a/b'
};
const MARK: LocalMark = { version: 2, name: 'orders', environment: 'dev', repository: 'a/b' };

/** Made once: a verifier has a salt of its own. */
const VERIFIER = scramVerifier('secret', { salt: Buffer.alloc(16, 1), iterations: 2 });

const BARE: LiveServer = {
  state: 'running',
  credentials: {
    formatVersion: 1,
    serverName: 'orders',
    superuser: { name: 'postgres', password: 'of the superuser' },
    port: 1,
    addresses: ['127.0.0.1'],
    binDir: '/nonexistent',
    version: '17.10'
  },
  mark: MARK,
  isDurable: false,
  hasTls: false,
  locale: { encoding: 'UTF8', locale: 'C' },
  shared: { verifier: VERIFIER, hasRole: true, hasDatabase: true, comment: null },
  parameters: {}
};

const WITH_ALL: LiveServer = {
  ...BARE,
  credentials: {
    ...BARE.credentials,
    addresses: ['::1', '127.0.0.1'],
    master: { name: 'keeper', password: 'of the keeper' },
    process: { pid: 42, startedAt: 1_700_000_000 }
  },
  mark: {
    ...MARK,
    tags: { team: 'shop', old: 'yes' },
    isProtected: true,
    isLogging: true,
    parameters: ['max_connections', 'work_mem']
  },
  isDurable: true,
  hasTls: true,
  locale: { encoding: 'LATIN1', locale: 'C', icuLocale: 'de-DE' },
  parameters: {
    max_connections: { setting: '100', queued: '200' },
    work_mem: { setting: '4096' },
    shared_buffers: { setting: '16384' }
  }
};

const { locale: _locale, shared: _shared, ...unread } = WITH_ALL;
const STOPPED: LiveServer = { ...unread, state: 'stopped' };
const FOREIGN: LiveServer = { ...BARE, mark: { ...MARK, repository: 'x/y' } };

let machine: FakeMachine;

beforeAll(async () => {
  machine = await fakeMachine({ uid: 1001 });
});

afterAll(async () => machine.remove());

interface Fake extends LocalContext {
  readonly lines: readonly string[];
}

function contextOf(live: LiveServer | undefined, settings: Settings = {}, name = 'orders'): Fake {
  const execution = fakeContext();
  const context = {
    spec: { name, settings } as unknown as Spec,
    settings,
    target: TARGET,
    machine,
    layout: serverLayout(machine.temporaryDirectory, name),
    execution,
    lines: execution.lines,
    live: async () => live,
    databaseState: async () => readDatabaseState(context as unknown as LocalContext),
    invalidate: () => undefined,
    ownershipOf: (mark: Mark | undefined) => ownership(mark, TARGET),
    masterPassword: async () => 'secret'
  };
  return context as unknown as Fake;
}

/** On one line, and of a mark only whose it is: the settings show the rest. */
function line(what: string, value: unknown): string {
  const plain = (name: string, one: unknown): unknown =>
    name === 'ownership' ? (one as Observed['ownership']).kind : one;
  return `  ${what}: ${JSON.stringify(value, plain)}`;
}

/** Neither what the outputs say nor what is needed of the way plays a part. */
async function wayIn(context: LocalContext): Promise<WayIn | NotReachable> {
  const way = await local.wayIn?.(context, {} as unknown as DatabaseOutputs, { keepsSession: false });
  if (way === undefined) throw new Error('there is no way in');
  return way;
}

const onDisk = (text: string): string => text.replaceAll(machine.root, '<root>');

test('the resources of a live server, its outputs and its settings are as the golden file says', async () => {
  const { layout } = contextOf(undefined);
  const disk = (path: string): string => path.slice(machine.root.length);
  for (const number of [10, 2]) {
    await machine.file(join(disk(standbyLayout(layout, number).dataDirectory), 'PG_VERSION'), '17');
  }
  await machine.file(join(disk(layout.directory), 'standby-x'), '');
  await machine.file(disk(layout.certificateFile), 'the certificate');
  const page: string[] = [];
  const asked: Settings = { encoding: 'UTF8', locale: 'C', icu_locale: 'de-DE', database_name: 'shop' };
  for (const [what, live, settings] of [
    ['none', undefined, {}],
    ['a bare one', BARE, {}],
    ['one with everything', WITH_ALL, { database_name: 'shop', master_username: 'chief' }],
    [
      'one without the user and the database',
      { ...BARE, shared: { ...BARE.shared, hasRole: false, hasDatabase: false } },
      asked
    ],
    ['a stopped one', STOPPED, {}],
    ['a stopped one of which more is asked', STOPPED, asked],
    ['one of others', FOREIGN, {}]
  ] as readonly (readonly [string, LiveServer | undefined, Settings])[]) {
    const context = contextOf(live, settings);
    page.push(`${what}:`);
    const found: Observed[] = [];
    for (const type of [server, user, database, replica] as unknown as readonly ResourceType<LocalContext>[]) {
      found.push(...(await type.observe(context)));
    }
    for (const { address, ...one } of found) page.push(line(address, one));
    page.push(line('databases', await context.databaseState()));
    page.push(line('outputs', await outputs(context, found)));
    const way = await wayIn(context);
    page.push(line('way in', { ...way, owner: 'owner' in way ? await way.owner?.() : undefined }));
    if (live === undefined) continue;
    const values: ServerValues = {
      port: 5433,
      tls: false,
      durable: false,
      enable_logging: false,
      enable_deletion_protection: false,
      'parameters.work_mem': null,
      'parameters.jit': 'off',
      'tags.old': null,
      'tags.new': 'one'
    };
    const now = configurationOf(live, { ...MARK, applied: 'digest' });
    page.push(line('changed', withValues(now, values)));
    const text = renderSettings(await serverSettings(context, layout, withValues(now, {})));
    page.push(
      ...text
        .trimEnd()
        .split('\n')
        .map(one => `  | ${one}`)
    );
  }
  expectGolden('live-local.txt', `${onDisk(page.join('\n')).replaceAll(/'(?:posix|mmap)'/g, "'<memory>'")}\n`);
});

test('a server that runs with a replica tells where both are', async () => {
  const facts = { host: '127.0.0.1', port: 5432, username: 'postgres' };
  const ours = { ownership: { kind: 'ours' }, fields: { status: 'running' } };
  const found = [
    { ...ours, address: 'server', type: 'server', facts, pending: { 'parameters.x': '1' } },
    { ...ours, address: 'replica/1', type: 'replica', facts: { host: '::1', port: 5433, id: 'orders-replica-1' } },
    { ...ours, address: 'replica/2', type: 'replica', facts: {}, fields: { status: 'stopped' } },
    { ...ours, address: 'user', type: 'user', facts: {} }
  ] as unknown as readonly Observed[];
  expect(await outputs(contextOf(BARE), found)).toEqual({
    endpoint: {
      host: '127.0.0.1',
      port: 5432,
      database: 'postgres',
      username: 'postgres',
      password: 'secret',
      sslmode: 'disable'
    },
    module: {
      db_instance_id: 'orders',
      db_instance_endpoint: '127.0.0.1:5432',
      db_instance_port: 5432,
      db_instance_name: 'postgres',
      db_instance_username: 'postgres',
      db_instance_resource_id: 'local:orders',
      read_replica_endpoints: ['::1:5433'],
      read_replica_ids: ['orders-replica-1'],
      performance_insights_enabled: false
    },
    rebootRequired: true
  });
});

test('a login that no one answers names another step of the job', async () => {
  const way = (await wayIn(contextOf(BARE))) as WayIn;
  const opened = await way.open({ database: 'postgres' }, new AbortController().signal);
  expect(opened).toMatchObject({
    kind: 'not-reachable',
    why: expect.stringContaining('127.0.0.1') as string,
    hint: 'Run the step again: another step of this job stopped, restarted or destroyed the server.'
  });
});

test('the superuser connects to the first address, without TLS', () => {
  expect(superuserTarget(WITH_ALL.credentials, 'shop')).toEqual({
    host: '::1',
    port: 1,
    user: 'postgres',
    password: 'of the superuser',
    database: 'shop',
    tls: 'off'
  });
  expect(superuserTarget({ ...BARE.credentials, addresses: [] }, 'shop').host).toBe('127.0.0.1');
});

test('a new server is asked for its locale by the texts alone', () => {
  expect(clusterLocaleOf({ encoding: 'UTF8', locale: 'C', icu_locale: 'de-DE' })).toEqual({
    encoding: 'UTF8',
    locale: 'C',
    icuLocale: 'de-DE'
  });
  expect(clusterLocaleOf({ encoding: null, port: 1 })).toEqual({});
});

describe('of two steps that create one server', () => {
  const create = async (
    context: LocalContext
  ): Promise<{ readonly made: unknown; readonly told: readonly string[] }> => {
    const told: string[] = [];
    const work = { values: {}, foundExisting: () => void told.push('existing') };
    return { made: await createServer(context, work as unknown as CreationWork<ServerFields>), told };
  };

  test('the second takes that of the first and says so, and no other workflow’s', async () => {
    expect(await create(contextOf(BARE))).toEqual({ made: {}, told: ['existing'] });
    await expect(create(contextOf(FOREIGN))).rejects.toMatchObject({
      kind: 'already-exists',
      code: 'not-ours',
      message: 'Could not create server orders: it exists already and belongs to another workflow'
    });
  });

  test.each([
    ['of the superuser', {}, true],
    ['another', {}, false],
    // Its password is set by a step of its own.
    ['another', { master_username: 'chief' }, true]
  ])('with the password %j for %j, the second takes it: %s', async (password, settings, isTaken) => {
    const context = { ...contextOf(BARE, settings), isPasswordGiven: true, masterPassword: async () => password };
    const made = create(context);
    if (isTaken) return expect(made).resolves.toEqual({ made: {}, told: ['existing'] });
    await expect(made).rejects.toMatchObject({
      message:
        'Could not create server orders as planned: another step has made it since, with another master_password',
      code: 'plan-changed',
      hint: 'Run the workflow again: its plan shows what is there.'
    });
  });
});

test('a server whose files can’t be removed is told with the path, and with a way on', async () => {
  const context = contextOf(undefined, {}, 'held');
  const { layout } = context;
  mkdirSync(layout.recordFile, { recursive: true });
  await expect(removeServer(context, context)).rejects.toMatchObject({
    code: 'provider-failed',
    message: `Could not remove ${layout.directory}: Path is a directory: rm returned EISDIR (is a directory) ${layout.recordFile}`,
    hint: 'Remove it as a user who may, then run the step again.'
  });
});

test('a server that was removed since it was planned is no server to change', async () => {
  expect(await requireLive(contextOf(BARE))).toBe(BARE);
  await expect(requireLive(contextOf(undefined))).rejects.toMatchObject({
    code: 'plan-changed',
    source: 'provider',
    message: 'Could not change orders: the local server was removed after it was planned',
    hint: 'Run the step again: it makes a new plan.'
  });
});

describe('a server is read from its files', () => {
  /** Answers as `postgres -C NAME -D DIRECTORY` does. */
  const POSTGRES = `case "$2" in
pgkeep.mark) echo '${JSON.stringify({ ...MARK, parameters: ['jit'] })}';;
jit) echo off;; work_mem) echo 4MB;; fsync) echo on;; ssl) echo "$MODE";;
esac
[ "$3" = -D ] && [ "$4" = "$PWD_OF" ] || exit 0`;

  interface Files {
    readonly PG_VERSION?: string;
    readonly settings?: boolean;
    readonly credentials?: object | string;
    readonly postgres?: string;
  }

  let number = 0;

  async function read(
    files: Files,
    settings: Settings = {}
  ): Promise<{ readonly end: unknown; readonly context: Fake }> {
    const name = `server${(number += 1)}`;
    const context = contextOf(undefined, settings, name);
    const disk = (path: string): string => path.slice(machine.root.length);
    const { dataDirectory, credentialsFile, directory } = context.layout;
    const { PG_VERSION, credentials, postgres } = files;
    if (PG_VERSION !== undefined) {
      await machine.file(disk(join(dataDirectory, 'PG_VERSION')), PG_VERSION);
      await machine.file(disk(join(dataDirectory, 'global/pg_control')), 'c'.repeat(8192));
    }
    if (files.settings === true) await machine.file(disk(join(dataDirectory, 'pgkeep.conf')), '');
    const binDir = join(directory, 'bin');
    if (postgres !== undefined) await machine.script(disk(join(binDir, 'postgres')), postgres);
    const text = typeof credentials === 'object' ? JSON.stringify({ ...credentials, binDir }) : credentials;
    if (text !== undefined) await machine.file(disk(credentialsFile), text);
    const end: unknown = await readLive(context).catch((thrown: unknown) => thrown);
    return { end, context };
  }

  const ran = WITH_ALL.credentials;
  const whole = { PG_VERSION: '17\n', settings: true, credentials: ran };

  test.each<readonly [string, Files]>([
    ['nothing', {}],
    ['no settings yet', { ...whole, settings: false }],
    ['a server that never ran', { ...whole, credentials: BARE.credentials }]
  ])('which is none with %s', async (_, files) => {
    expect((await read(files)).end).toBeUndefined();
  });

  test.each<readonly [string, Files, string]>([
    ['no credentials', { PG_VERSION: '17\n', settings: true }, 'its credentials.json is gone'],
    ['damaged credentials', { ...whole, credentials: '{' }, 'its credentials.json is damaged'],
    ['a version that is none', { ...whole, PG_VERSION: 'x' }, 'its PG_VERSION names no version'],
    [
      'a version that is none, of a server that never ran',
      { ...whole, PG_VERSION: 'x', credentials: BARE.credentials },
      'its PG_VERSION names no version'
    ],
    [
      'settings that the server refuses',
      { ...whole, postgres: 'echo "2026-11-30 UTC [1] FATAL:  it is cut" >&2; exit 1' },
      "its configuration can't be read (it is cut)"
    ],
    [
      'settings of which the program complains',
      { ...whole, postgres: 'echo "postgres: could not access the file" >&2; exit 1' },
      "its configuration can't be read (could not access the file)"
    ]
  ])('which is damaged with %s', async (_, files, reason) => {
    const { end, context } = await read(files);
    expect(end).toMatchObject({
      code: 'server-failed',
      message: `Could not read the local server ${context.spec.name}: ${reason}`,
      hint: `Remove ${context.layout.directory} if you do not need its data, and apply again.`
    });
  });

  test.each([
    ['on', true],
    ['off', false]
  ])('which is stopped, with its mark and the asked parameters (ssl %s)', async (ssl, hasTls) => {
    const postgres = POSTGRES.replace('"$MODE"', ssl).replace(/\n\[ .*$/, '');
    const { end, context } = await read({ ...whole, postgres }, { parameters: { Work_Mem: '8MB' } });
    expect(end).toEqual({
      state: 'stopped',
      credentials: { ...ran, binDir: join(context.layout.directory, 'bin') },
      mark: { ...MARK, parameters: ['jit'] },
      isDurable: true,
      hasTls,
      parameters: { jit: { setting: 'off' }, work_mem: { setting: '4MB' } }
    });
    const name = context.spec.name;
    await expect(requireSource(contextOf(undefined), name)).rejects.toMatchObject({
      code: 'not-found',
      source: 'user',
      message: `Could not copy server ${name}: it does not run here`
    });
  });

  test('as the source of a copy, which must exist', async () => {
    await expect(requireSource(contextOf(undefined), 'nowhere')).rejects.toMatchObject({
      message: 'Could not copy server nowhere: it does not exist here',
      hint: 'Apply that server first in the same job, or correct `restore_source`.'
    });
  });

  test('over and over where it runs and no one answers, until the reads are used up', async () => {
    const { context } = await read({});
    const disk = (path: string): string => path.slice(machine.root.length);
    const { dataDirectory, credentialsFile } = context.layout;
    await machine.file(disk(join(dataDirectory, 'PG_VERSION')), '17');
    await machine.file(disk(join(dataDirectory, 'global/pg_control')), 'c'.repeat(8192));
    await machine.file(disk(join(dataDirectory, 'pgkeep.conf')), '');
    await machine.file(disk(join(dataDirectory, 'postmaster.pid')), '42\n/x\n1700000000\n1\n\n\n\nready\n');
    await machine.file('/proc/42/stat', '42 (postgres) S 1');
    await machine.file('/proc/42/cmdline', `postgres\0-D\0${dataDirectory}\0`);
    await machine.file(disk(credentialsFile), JSON.stringify({ ...ran, addresses: ['127.0.0.1'], port: 2 }));
    // The port of the process, which a step may have changed since.
    await expect(readLive(context)).rejects.toMatchObject({
      code: 'not-reachable',
      message: expect.stringContaining('127.0.0.1:1') as string
    });
    expect((context.execution as ReturnType<typeof fakeContext>).clock.slept).toEqual(Array(19).fill(0.25));
  });

  test('for the list of all, of which an unreadable one has no mark', async () => {
    const found = await listServers(contextOf(undefined));
    expect(found.map(({ title, mark }) => [title, mark?.name])).toEqual(
      expect.arrayContaining([['server orders', undefined]])
    );
  });
});

describe('a stopped server whose port another process took', () => {
  /** A server that finds port 1 taken, and is ready on each other one. */
  const POSTGRES = `while read -r line; do case "$line" in
"port = '1'") echo 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use'; exit 1;;
"port = "*) port="\${line#port = ?}";;
esac; done < pgkeep.conf
printf '%s\\n/x\\n1700000000\\n%s\\n\\n\\n\\nready\\n' $$ "\${port%?}" > postmaster.pid
exec /bin/sleep 60`;

  async function startedAgain(
    name: string,
    settings: Settings
  ): Promise<{ readonly end: unknown; readonly kept: unknown }> {
    const context = contextOf(undefined, settings, name);
    const { dataDirectory, directory, credentialsFile } = context.layout;
    const disk = (path: string): string => path.slice(machine.root.length);
    await machine.file(disk(join(dataDirectory, 'postgresql.conf')), '');
    await machine.script(disk(join(directory, 'bin', 'postgres')), POSTGRES);
    const credentials = { ...BARE.credentials, binDir: join(directory, 'bin') };
    const live: LiveServer = { ...BARE, state: 'stopped', credentials };
    const work = { values: {}, changes: [], mark: MARK } as unknown as Work<ServerFields>;
    const end: unknown = await updateServer({ ...context, live: async () => live }, work).catch(
      (thrown: unknown) => thrown
    );
    const text = await readFile(credentialsFile, 'utf8').catch(() => 'null');
    const kept = JSON.parse(text) as { readonly process?: { readonly pid: number } } | null;
    if (kept?.process !== undefined) process.kill(kept.process.pid, 'SIGKILL');
    return { end, kept };
  }

  test('is started on another one, which later steps find', async () => {
    const { end, kept } = await startedAgain('moving', {});
    expect(end).toEqual({});
    const { port } = kept as { readonly port: number };
    expect(port).toBeGreaterThan(1023);
    expect(kept).toMatchObject({
      addresses: expect.arrayContaining(['127.0.0.1']) as string[],
      process: { startedAt: 1_700_000_000 }
    });
    const { layout } = contextOf(undefined, {}, 'moving');
    expect(await readFile(join(layout.dataDirectory, 'pgkeep.conf'), 'utf8')).toContain(`port = '${port}'`);
  });

  test('is not started on another one than the workflow names', async () => {
    const { end, kept } = await startedAgain('staying', { port: 1 });
    expect(end).toMatchObject({ code: 'port-in-use' });
    expect(kept).toBeNull();
  });
});

test('the owner of what initial SQL makes is the user of the workflow', async () => {
  const login = async (live: LiveServer): Promise<Login | undefined> =>
    ((await wayIn(contextOf(live))) as WayIn).owner?.();
  expect(await login(WITH_ALL)).toEqual({ user: 'keeper', password: 'of the keeper' });
  expect(await login(BARE)).toEqual({ user: 'postgres', password: 'of the superuser' });
});
