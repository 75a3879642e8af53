import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { SqlSession } from '../../../../../src/postgres/connection.ts';
import {
  copyDataDirectory,
  copyRunningServer,
  type CopyPurpose
} from '../../../../../src/providers/local/cluster/base-backup.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-backup-'));
});

afterEach(async () => rm(directory, { recursive: true }));

const segment = (number: number): string =>
  `0000000100000000000000${number.toString(16).toUpperCase().padStart(2, '0')}`;

const LABEL = `START WAL LOCATION: 0/9000028 (file ${segment(9)})`;

/** A session that answers as a server does, and what it was asked, without the arguments. */
function told(serverVersion: string): { readonly session: SqlSession; readonly asked: string[] } {
  const asked: string[] = [];
  const session = {
    serverVersion,
    query: async (text: string) => {
      const [call = text] = /pg_(?:create\w+|backup_\w+|\w+_backup)(?=\()/.exec(text) ?? [];
      if (!text.includes('wal_level')) asked.push(call);
      return text.includes('wal_level')
        ? [{ level: 'replica', elsewhere: null }]
        : [{ label: LABEL, last: segment(16) }];
    }
  };
  return { session: session as unknown as SqlSession, asked };
}

async function copied(serverVersion: string, purpose: CopyPurpose): Promise<readonly unknown[]> {
  const [dataDirectory, into] = [join(directory, 'data'), join(directory, 'copy')];
  for (const folder of ['global', 'pg_wal']) await mkdir(join(dataDirectory, folder), { recursive: true });
  await writeFile(join(dataDirectory, 'global', 'pg_control'), '');
  for (const number of [8, 9, 16, 17]) await writeFile(join(dataDirectory, 'pg_wal', segment(number)), '');
  await writeFile(join(dataDirectory, 'pg_wal', 'archive_status'), '');
  const { session, asked } = told(serverVersion);
  const signal = new AbortController().signal;
  await copyRunningServer(session, { dataDirectory, into, owner: undefined, purpose, signal });
  const label = await readFile(join(into, 'backup_label'), 'utf8');
  return [asked, label, (await readdir(join(into, 'pg_wal'))).toSorted()];
}

// https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP: the log from the start
// of the backup to its end belongs to a copy that stands alone, and a slot keeps it until then.
test.each<[string, CopyPurpose, readonly string[], readonly string[]]>([
  ['17.2', 'standby', ['pg_backup_start', 'pg_backup_stop'], []],
  ['14.1', 'standby', ['pg_start_backup', 'pg_stop_backup'], []],
  [
    '17.2',
    'archive',
    ['pg_create_physical_replication_slot', 'pg_backup_start', 'pg_backup_stop'],
    [segment(9), segment(16)]
  ],
  [
    '14.1',
    'archive',
    ['pg_create_physical_replication_slot', 'pg_start_backup', 'pg_stop_backup'],
    [segment(9), segment(16)]
  ]
])('a server of %s is copied as %s with its calls and its log', async (version, purpose, calls, log) => {
  expect(await copied(version, purpose)).toEqual([calls, LABEL, log]);
});

/** Of one run, or of one server alone. https://www.postgresql.org/docs/current/protocol-replication.html */
const NEVER = [
  'postmaster.pid',
  'postmaster.opts',
  'backup_label',
  'tablespace_map',
  'backup_manifest',
  'standby.signal',
  'recovery.signal',
  'current_logfiles',
  'pgkeep.conf'
];
const CONFIGURATION = ['pg_hba.conf', 'pg_ident.conf', 'postgresql.auto.conf', 'postgresql.conf'];
const EMPTIED = [
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal'
];
const TEMPORARY = ['pgsql_tmp1.2', 'pg_internal.init', 'pg_internal.init.42', 'x.new', 't3_16384', 't3_16384_fsm'];
const KEPT = ['PG_VERSION', 'base/1/1259', 'base/1/t_1', 'base/1/pgkeep.conf', 'global/1260', 'global/pg_control'];

test.each<[string, CopyPurpose, boolean, readonly string[]]>([
  ['an archive', 'archive', false, []],
  ['an archive of a server that was shut down', 'archive', true, ['pg_wal/1']],
  ['a standby', 'standby', false, CONFIGURATION]
])('a copy for %s has the files of the data, and none of one run', async (_, purpose, isShutDown, more) => {
  const [from, into] = [join(directory, 'data'), join(directory, 'copy')];
  const emptied = EMPTIED.map(folder => `${folder}/1`);
  const temporary = TEMPORARY.flatMap(name => [name, `base/1/${name}`]);
  for (const folder of ['base/1', 'global', ...EMPTIED]) await mkdir(join(from, folder), { recursive: true });
  for (const name of [...NEVER, ...CONFIGURATION, ...emptied, ...temporary, ...KEPT])
    await writeFile(join(from, name), name);
  const { signal } = new AbortController();
  await copyDataDirectory({ from, into, owner: undefined, purpose, signal, isShutDown });
  const found = await readdir(into, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof found)[number]): string => relative(into, join(entry.parentPath, entry.name));
  expect(
    found
      .filter(entry => entry.isFile())
      .map(pathOf)
      .toSorted()
  ).toEqual([...KEPT, ...more].toSorted());
  expect(
    found
      .filter(entry => entry.isDirectory())
      .map(pathOf)
      .toSorted()
  ).toEqual(['base', 'base/1', 'global', ...EMPTIED].toSorted());
  for (const name of [...KEPT, ...more]) expect(await readFile(join(into, name), 'utf8')).toBe(name);
  for (const { mode } of await Promise.all(['.', 'base/1'].map(async one => stat(join(into, one)))))
    expect(mode & 0o777).toBe(0o700);
});

test('a copy ends with the run, and leaves no file to be written', async () => {
  const from = join(directory, 'data');
  await mkdir(from);
  const signal = AbortSignal.abort(new Error('cancelled'));
  const copy = { from, into: join(directory, 'copy'), owner: undefined, purpose: 'archive', signal } as const;
  await expect(copyDataDirectory(copy)).rejects.toThrow('cancelled');
});

test('a copy fails with its first failure, when all of it has ended', async () => {
  const [from, into] = [join(directory, 'data'), join(directory, 'copy')];
  for (const folder of ['base', 'global']) await mkdir(join(from, folder), { recursive: true });
  await writeFile(join(from, 'global', '1260'), '');
  await mkdir(join(into, 'base'), { recursive: true });
  const { signal } = new AbortController();
  const copy = { from, into, owner: undefined, purpose: 'archive', signal } as const;
  await expect(copyDataDirectory(copy)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readdir(join(into, 'global'))).toEqual(['1260']);
});

test.each([
  [{ level: 'minimal', elsewhere: null }, 'Could not back the server up: wal_level is minimal'],
  [
    { level: 'logical', elsewhere: ['far', 'near'] },
    'Could not back the server up: the tablespace far, near lies outside of its directory'
  ]
])('a server with %j is not copied', async (facts, message) => {
  const session = { serverVersion: '17.2', query: async () => [facts] } as unknown as SqlSession;
  const { signal } = new AbortController();
  const into = join(directory, 'copy');
  const request = { dataDirectory: directory, into, owner: undefined, purpose: 'standby', signal } as const;
  await expect(copyRunningServer(session, request)).rejects.toMatchObject({
    code: 'unsupported',
    source: 'user',
    message,
    hint: expect.stringMatching(/^(?:Remove wal_level from|Move the data to) /) as string
  });
});
