import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlSession } from '../../../../../src/postgres/connection.ts';
import { copyRunningServer, type CopyPurpose } from '../../../../../src/providers/local/cluster/base-backup.ts';

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
