import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { withSqlSession, type ConnectionTarget } from '../../../../../src/postgres/connection.ts';
import type { Major } from '../../../../../src/postgres/major.ts';
import { adoptLocales } from '../../../../../src/providers/local/cluster/adopt-locales.ts';
import { type ClusterLocale } from '../../../../../src/providers/local/cluster/cluster-locale.ts';
import {
  createDataDirectory,
  type DataDirectoryRequest
} from '../../../../../src/providers/local/cluster/data-directory.ts';
import { collationsOf, machineLocales } from '../../../../../src/providers/local/cluster/machine-locales.ts';
import { serverOwner } from '../../../../../src/providers/local/cluster/owner.ts';
import { programPath } from '../../../../../src/providers/local/installation/installation.ts';
import { thisMachine } from '../../../../../src/providers/local/installation/machine.ts';
import { VOLATILE } from '../../../../../scripts/bake/check.mts';
import { bootCluster, type BootedCluster } from '../../../../support/booted-cluster.ts';
import { testInstallation } from '../../../../support/installation.ts';
import { keptPack } from '../../../../support/real-server.ts';

const password = 'of-both';
const { signal } = new AbortController();
const LOCALE = process.platform === 'linux' ? 'C.UTF-8' : 'C';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'adopt-locales-'));
  await chmod(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** initdb refuses a user without an entry in /etc/passwd; every system has `nobody`. */
const nobody = process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

async function requestOf(major: Major): Promise<DataDirectoryRequest> {
  const machine = thisMachine({ ...process.env, RUNNER_TEMP: directory });
  const [installation, owner] = await Promise.all([testInstallation(major), serverOwner(machine)]);
  return {
    installation,
    machine,
    directory: join(directory, 'ours'),
    password,
    owner,
    readPack: keptPack
  };
}

function targetOn(server: BootedCluster): (database: string) => ConnectionTarget {
  return database => ({ ...server.target, password, tls: 'off', database });
}

async function adopt(server: BootedCluster, request: DataDirectoryRequest, wanted: ClusterLocale = {}): Promise<void> {
  const locales = machineLocales(request.machine);
  await adoptLocales({ target: targetOn(server), whole: Promise.resolve(), locales, wanted, signal });
}

/** A cluster as its users would make it. */
async function byInitdb(ours: DataDirectoryRequest): Promise<DataDirectoryRequest> {
  const home = join(directory, 'theirs');
  await mkdir(home);
  if (nobody !== undefined) await chown(home, nobody.uid, nobody.gid);
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, password);
  const theirs: DataDirectoryRequest = { ...ours, directory: join(home, 'data'), owner: nobody };
  await promisify(execFile)(
    programPath(ours.installation, 'initdb', ours.machine),
    [
      '-D',
      theirs.directory,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      '--pwfile',
      passwordFile,
      '-N',
      '-E',
      'UTF8',
      '--locale',
      LOCALE
    ],
    { cwd: home, env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }, ...nobody }
  );
  return theirs;
}

/** Collations get their number when they are made; the version of ICU's is a wanted difference. */
const CATALOGS = `
  SELECT c.oid::regclass::text AS name,
    string_agg(CASE WHEN c.relname = 'pg_collation' AND a.attname = 'collversion'
      THEN $$CASE WHEN collprovider = 'c' THEN collversion END$$ ELSE quote_ident(a.attname) END, ',' ORDER BY a.attnum)
      FILTER (WHERE c.relname <> 'pg_collation' OR a.attname <> 'oid') AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE c.relkind = 'r' AND c.oid < 16384 AND c.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data')
    AND a.attname <> ALL ($1) AND a.atttypid <> 'pg_catalog.anyarray'::regtype
  GROUP BY c.oid ORDER BY c.oid`;

/** Settings of two places and moments; and those that we set on purpose. */
const SETTINGS = `
  SELECT name, setting FROM pg_settings WHERE name NOT IN ('port', 'data_directory', 'config_file', 'hba_file', 'ident_file')`;

type Rows = Readonly<Record<string, readonly string[]>>;

const DATABASES = ['postgres', 'template0', 'template1'] as const;

/** Names of the catalogs, for each database, that may differ: those whose rows have another sum. */
async function differing(ours: BootedCluster, theirs: BootedCluster): Promise<readonly string[]> {
  const [one, other] = [await sums(ours), await sums(theirs)];
  return Object.keys({ ...one, ...other }).filter(name => one[name] !== other[name]);
}

/** For each catalog of each database the sum of its rows, whatever their order. */
async function sums(server: BootedCluster): Promise<Readonly<Record<string, string>>> {
  await server.ask('ALTER DATABASE template0 ALLOW_CONNECTIONS true');
  const found: Record<string, string> = {};
  for (const database of DATABASES) {
    await connected(server, database, async client => {
      const catalogs = await catalogsIn(client);
      const each = catalogs.map(
        ({ name, columns }) =>
          `SELECT '${name}' AS name, count(*) || ' ' || sum(hashtextextended(t::text, 0)) AS sum
           FROM (SELECT ${columns} FROM ${name}) t`
      );
      const { rows } = await client.query<{ name: string; sum: string }>(each.join(' UNION ALL '));
      for (const { name, sum } of rows) found[`${database}: ${name}`] = sum;
    });
  }
  return found;
}

/** Rows of the named catalogs, and the settings. */
async function contents(server: BootedCluster, wanted: readonly string[]): Promise<Rows> {
  const found: Record<string, readonly string[]> = {};
  for (const database of DATABASES) {
    await connected(server, database, async client => {
      for (const { name, columns } of await catalogsIn(client)) {
        if (!wanted.includes(`${database}: ${name}`)) continue;
        const answer = await client.query<{ row: string }>(
          `SELECT t::text AS row FROM (SELECT ${columns} FROM ${name}) t ORDER BY 1`
        );
        found[`${database}: ${name}`] = answer.rows.map(({ row }) => row);
      }
    });
  }
  const settings = await server.ask<{ name: string; setting: string }>(SETTINGS);
  return { ...found, settings: settings.map(({ name, setting }) => `${name} = ${setting}`) };
}

async function connected(
  server: BootedCluster,
  database: string,
  work: (client: Client) => Promise<void>
): Promise<void> {
  const client = new Client({ ...server.target, password, database });
  await client.connect();
  await work(client);
  await client.end();
}

async function catalogsIn(client: Client): Promise<readonly { readonly name: string; readonly columns: string }[]> {
  const { rows } = await client.query<{ name: string; columns: string }>(CATALOGS, [VOLATILE]);
  return rows;
}

/** Rows that only one of the two has, without those that are wanted so: `+` ours, `-` initdb's. */
function differences(ours: Rows, theirs: Rows): readonly string[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  return names.flatMap(name => {
    const [one, other] = [new Set(ours[name]), new Set(theirs[name])];
    return [
      ...[...one].filter(row => !other.has(row)).map(row => `${name} + ${row}`),
      ...[...other].filter(row => !one.has(row)).map(row => `${name} - ${row}`)
    ].filter(line => !WANTED.some(({ pattern }) => pattern.test(line)));
  });
}

/** Every difference to initdb's cluster, with the reason for it. */
const WANTED: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /^settings [+-] lc_(messages|monetary|numeric|time) = /,
    why: 'C looks the same as C.UTF-8, and the log is read by programs'
  },
  {
    pattern: /^settings [+-] data_checksums = /,
    why: 'the password is set in a page, and the disk of a test is not guarded'
  },
  {
    pattern: /information_schema\.sql_implementation_info [+-] \(10004,/,
    why: 'initdb asks for the collation before it has made the one of its locale'
  }
];

/** Each is run on both clusters: they accept and refuse the same, and make the same. */
const NEW_DATABASES = [
  '',
  `ENCODING 'LATIN1'`,
  `ENCODING 'LATIN1' LOCALE 'C'`,
  `ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`,
  `LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'`,
  `LOCALE 'xx_XX'`,
  `LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'`,
  `LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'`
];

async function newDatabases(server: BootedCluster): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const options of NEW_DATABASES) {
    await server.ask('DROP DATABASE IF EXISTS made');
    const refused = await server.ask(`CREATE DATABASE made TEMPLATE template0 ${options}`).then(
      () => undefined,
      (thrown: unknown) => (thrown as Error).message
    );
    const made = await server.ask<{ made: Record<string, unknown> }>(
      `SELECT to_jsonb(d) - ARRAY['oid', 'datfrozenxid', 'datminmxid'] AS made FROM pg_database d
       WHERE datname = 'made'`
    );
    found.push({ options, refused, made });
  }
  await server.ask('DROP DATABASE IF EXISTS made');
  return found;
}

describe('a prebuilt cluster', () => {
  // Of the other majors, `the packs` of data-directory.test.ts keeps what `bake/cluster.mts --check` compared, and the
  // rows of 14 and 17 below what is done to a cluster on this machine.
  test('of PostgreSQL 18 is what initdb makes on this machine, but for the wanted differences', async () => {
    const request = await requestOf(18);
    await createDataDirectory(request);
    await using ours = await bootCluster(request);
    await adopt(ours, request);
    expect(await ours.ask('SELECT FROM pg_database WHERE NOT datallowconn')).toHaveLength(1);
    // Without a version of ICU's, other binaries of the major use them without a warning.
    expect(await ours.ask(`SELECT FROM pg_collation WHERE collprovider = 'i' AND collversion IS NOT NULL`)).toEqual([]);
    await using theirs = await bootCluster(await byInitdb(request));
    expect(await newDatabases(ours)).toEqual(await newDatabases(theirs));
    const named = await differing(ours, theirs);
    expect(differences(await contents(ours, named), await contents(theirs, named))).toEqual([]);
  });
});

/** The C library of Linux finds locales of our own where `LOCPATH` says. */
const LOCALES = process.platform === 'linux' ? ['en_US.utf8'] : [];

/**
 * A locale with the order of four letters, and the characters of ASCII under the name of UTF-8. The machine's own takes
 * localedef two seconds.
 */
async function makeLocale(folder: string, locale: string): Promise<void> {
  const hex = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0');
  const symbol = (letter: string): string => `<U00${hex(letter.charCodeAt(0))}>`;
  const characters = Array.from({ length: 128 }, (_, code) => `<U00${hex(code)}> /x${hex(code)}`);
  const letters = ['a', 'A', 'b', 'B'].map(one => `${symbol(one)} ${symbol(one.toLowerCase())};${symbol(one)}`);
  const copied = (name: string, from: string): readonly string[] => [`LC_${name}`, `copy "${from}"`, `END LC_${name}`];
  const parts = ['PAPER', 'NAME', 'ADDRESS', 'TELEPHONE', 'MEASUREMENT', 'IDENTIFICATION'];
  const source = [
    ...['CTYPE', 'MONETARY', 'NUMERIC', 'TIME', 'MESSAGES'].flatMap(name => copied(name, 'POSIX')),
    ...parts.flatMap(name => copied(name, 'i18n')),
    'LC_COLLATE',
    'order_start forward;forward',
    ...letters,
    'order_end',
    'END LC_COLLATE',
    ''
  ];
  const settings = ['<code_set_name> UTF-8', '<mb_cur_min> 1', '<mb_cur_max> 6', '<escape_char> /'];
  const map = [...settings, 'CHARMAP', ...characters, 'END CHARMAP', ''];
  const [sourceFile, mapFile] = [join(folder, 'source'), join(folder, 'map')];
  await writeFile(sourceFile, source.join('\n'));
  await writeFile(mapFile, map.join('\n'));
  await promisify(execFile)('localedef', ['-i', sourceFile, '-f', mapFile, join(folder, locale)]);
}

describe.each(LOCALES)('on a machine with %s', locale => {
  let env: { readonly LOCPATH: string };
  beforeAll(async () => {
    env = { LOCPATH: await mkdtemp(join(tmpdir(), 'locales-')) };
    await chmod(env.LOCPATH, 0o755);
    await makeLocale(env.LOCPATH, locale);
  });
  afterAll(() => rmSync(env.LOCPATH, { recursive: true, force: true }));

  test.each([14, 17] as const)('PostgreSQL %i sorts by it where a database or a query says so', async major => {
    const request = await requestOf(major);
    await createDataDirectory(request);
    await using server = await bootCluster(request, { env });
    const target = targetOn(server);
    const whole = Promise.resolve();
    const given = { target, whole, signal, wanted: {} };
    await adoptLocales({ ...given, locales: Promise.resolve([locale]) });
    const sorted = `ARRAY(SELECT n FROM unnest(ARRAY['b', 'A', 'a', 'B']) n ORDER BY n`;
    expect(
      await server.ask(
        `SELECT ${sorted} COLLATE "en_US") AS one, ${sorted} COLLATE "en_US.utf8") AS other, ${sorted} COLLATE ucs_basic) AS ucs`
      )
    ).toEqual([{ one: ['a', 'A', 'b', 'B'], other: ['a', 'A', 'b', 'B'], ucs: ['A', 'B', 'a', 'b'] }]);
    const closed = await server.ask('SELECT datname FROM pg_database WHERE NOT datallowconn');
    expect(closed).toEqual([{ datname: 'template0' }]);
    await server.ask(`CREATE DATABASE sorted TEMPLATE template0 LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'`);
    const rows = await withSqlSession(target('sorted'), signal, async session =>
      session.query(`SELECT ${sorted}) AS it`)
    );
    expect(rows).toEqual([{ it: ['a', 'A', 'b', 'B'] }]);

    await server.ask('DROP DATABASE sorted');
    await adoptLocales({ ...given, locales: Promise.resolve([locale]), wanted: { locale: 'en_US.UTF-8' } });
    expect(await server.ask('SELECT DISTINCT datcollate FROM pg_database')).toEqual([{ datcollate: 'en_US.UTF-8' }]);
    const defaults = await withSqlSession(target('template1'), signal, async session =>
      session.query(`SELECT ${sorted}) AS it, current_setting('lc_time') AS time, current_setting('lc_messages') AS messages,
        current_setting('default_text_search_config') AS search`)
    );
    expect(defaults).toEqual([
      { it: ['a', 'A', 'b', 'B'], time: 'en_US.UTF-8', messages: 'C', search: 'pg_catalog.english' }
    ]);
  });
});

describe('another encoding or locale', () => {
  test('is that of all three databases, and what the server refuses is an input to correct', async () => {
    const request = await requestOf(17);
    await createDataDirectory(request);
    await using server = await bootCluster(request);
    await expect(adopt(server, request, { locale: 'xx_XX.UTF-8' })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('invalid') as string,
      hint: expect.stringContaining('locale -a') as string
    });
    await expect(adopt(server, request, { encoding: 'KLINGON' })).rejects.toMatchObject({ code: 'input-invalid' });

    const locales = `SELECT DISTINCT pg_encoding_to_char(encoding) AS encoding, datcollate, datlocprovider, datlocale
      FROM pg_database`;
    await adopt(server, request, { encoding: 'LATIN1', locale: 'C' });
    expect(await server.ask(locales)).toEqual([
      { encoding: 'LATIN1', datcollate: 'C', datlocprovider: 'c', datlocale: null }
    ]);
    await adopt(server, request, { icuLocale: 'de-DE' });
    expect(await server.ask(locales)).toEqual([
      { encoding: 'UTF8', datcollate: 'C', datlocprovider: 'i', datlocale: 'de-DE' }
    ]);
    expect(
      await server.ask(`SELECT setting FROM pg_file_settings WHERE name = 'default_text_search_config' AND applied`)
    ).toEqual([{ setting: 'pg_catalog.german' }]);
  });
});

describe('the collations of a machine', () => {
  test('are named as initdb names them', () => {
    expect(Object.fromEntries(collationsOf(['C.utf8', 'en_US.utf8', 'de_DE.UTF-8@euro']))).toEqual({
      'C.utf8': 'C.utf8',
      'de_DE.UTF-8@euro': 'de_DE.UTF-8@euro',
      'de_DE@euro': 'de_DE.UTF-8@euro',
      en_US: 'en_US.utf8',
      'en_US.utf8': 'en_US.utf8'
    });
  });
});
