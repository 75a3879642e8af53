import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { Client } from 'pg';
import type { ActionError } from '../../../../../src/errors.ts';
import { MAJORS, type Major } from '../../../../../src/postgres/major.ts';
import {
  createDataDirectory,
  prepareDataDirectory,
  type DataDirectoryRequest
} from '../../../../../src/providers/local/cluster/data-directory.ts';
import { serverOwner, type ServerOwner } from '../../../../../src/providers/local/cluster/owner.ts';
import {
  ROLES_FILE,
  packName,
  packsIn,
  readPack,
  type CharacterType,
  type PackHeader
} from '../../../../../src/providers/local/cluster/pack.ts';
import type { Installation } from '../../../../../src/providers/local/installation/installation.ts';
import { thisMachine, type Machine } from '../../../../../src/providers/local/installation/machine.ts';
import { bootCluster } from '../../../../support/booted-cluster.ts';
import { testInstallation } from '../../../../support/installation.ts';

const packsDirectory = join(import.meta.dirname, '../../../../../packs');
const password = 'a "quoted" \'pässword\' \\ $1';

let directory: string;
let machine: Machine;
let owner: ServerOwner | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'data-directory-'));
  await chmod(directory, 0o755);
  machine = thisMachine({ ...process.env, RUNNER_TEMP: directory });
  owner = await serverOwner(machine);
});

afterEach(async () => await rm(directory, { recursive: true, force: true }));

async function requestOf(
  major: Major,
  changes: Partial<DataDirectoryRequest> = {}
): Promise<DataDirectoryRequest & { readonly directory: string }> {
  const installation = await testInstallation(major);
  const data = join(directory, 'data');
  return { installation, machine, directory: data, password, owner, readPack: packsIn(packsDirectory), ...changes };
}

/** initdb refuses a user without an entry in /etc/passwd; every system has `nobody`. */
function initdbOwner(): ServerOwner | undefined {
  return owner === undefined ? undefined : { uid: 65_534, gid: 65_534 };
}

/** A directory of packs with one in it that was tampered with. */
async function tamperedPacks(
  major: Major,
  change: (header: PackHeader, content: Buffer) => PackHeader
): Promise<string> {
  const { header, content } = await readPack(packsDirectory, major);
  const json = Buffer.from(JSON.stringify(change(header, content)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const packs = join(directory, 'packs');
  await mkdir(packs);
  await writeFile(join(packs, packName(major)), zstdCompressSync(Buffer.concat([length, json, content])));
  return packs;
}

/** macOS and Windows have no `C.UTF-8`. */
const CHARACTER_TYPES: readonly (readonly [Major, CharacterType, string])[] = [
  [16, 'C', 'éLAN'],
  [17, 'C', 'ÉLAN'],
  ...(process.platform === 'linux'
    ? ([
        [16, 'C.UTF-8', 'ÉLAN'],
        [17, 'C.UTF-8', 'ÉLAN']
      ] as const)
    : [])
];

interface Answer {
  readonly user: string;
  readonly version: string;
  readonly checksums: string;
  readonly encoding: string;
  readonly upper: string;
  readonly sorted: boolean;
  readonly zone: string;
  readonly search: string;
}

const QUESTION = `
  SELECT current_user AS user, current_setting('server_version') AS version,
    current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding,
    upper('élan') AS upper, 'Z' < 'a' AND 'z' < 'ä' AS sorted, current_setting('TimeZone') AS zone,
    to_tsvector('running') ::text AS search`;

async function expectInitdb(request: DataDirectoryRequest, reason: string | RegExp): Promise<void> {
  const created = await createDataDirectory(request);
  expect(created).toMatchObject({ way: 'initdb', reason: expect.stringMatching(reason) as string });
  await using server = await bootCluster(request);
  expect(await server.ask<Answer>(QUESTION)).toMatchObject([
    { user: 'postgres', checksums: 'off', encoding: 'UTF8', sorted: true, zone: 'UTC', search: "'run':1" }
  ]);
  expect((await readdir(directory)).filter(name => name.startsWith('pgkeep-initdb-'))).toEqual([]);
}

async function failureWith(script: string | undefined): Promise<ActionError> {
  const binDir = join(directory, 'bin');
  await mkdir(binDir);
  if (script !== undefined) await writeFile(join(binDir, 'initdb'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const installation: Installation = { source: 'tool-cache', major: 17, version: '17.10', binDir };
  const request = await requestOf(17, { installation, readPack: packsIn(directory) });
  const failure = await createDataDirectory(request).then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown
  );
  await expect(stat(request.directory)).rejects.toMatchObject({ code: 'ENOENT' });
  return failure as ActionError;
}

describe('createDataDirectory', () => {
  test.each(MAJORS)('unpacks a cluster on which PostgreSQL %i runs', async major => {
    const request = await requestOf(major);
    expect(await createDataDirectory(request)).toMatchObject({ way: 'pack' });
    await using server = await bootCluster(request);
    expect(await server.ask<Answer>(QUESTION)).toEqual([
      {
        user: 'postgres',
        version: request.installation.version,
        checksums: 'off',
        encoding: 'UTF8',
        upper: expect.stringMatching(major >= 17 ? /^ÉLAN$/ : /^[Éé]LAN$/) as string,
        sorted: true,
        zone: 'UTC',
        search: "'run':1"
      }
    ]);
    const databases = await server.ask<{ datname: string }>('SELECT datname FROM pg_database ORDER BY datname');
    expect(databases.map(({ datname }) => datname)).toEqual(['postgres', 'template0', 'template1']);
  });

  test.each(CHARACTER_TYPES)('makes PostgreSQL %i know letters as %s has them', async (major, characterType, upper) => {
    const request = await requestOf(major, { characterType });
    expect(await createDataDirectory(request)).toEqual({ way: 'pack', characterType });
    await using server = await bootCluster(request);
    expect(await server.ask(`SELECT upper('élan')`)).toEqual([{ upper }]);
    expect(await server.ask('SELECT DISTINCT datcollate, datctype FROM pg_database')).toEqual([
      { datcollate: characterType, datctype: characterType }
    ]);
  });

  test('has sound indexes, takes new databases and survives a crash', async () => {
    const request = await requestOf(17);
    await createDataDirectory(request);
    {
      await using server = await bootCluster(request, { stop: 'SIGQUIT' });
      await server.ask('CREATE DATABASE other TEMPLATE template0');
      await server.ask('CREATE EXTENSION amcheck');
    }
    await using again = await bootCluster(request);
    const checked = await again.ask<{ count: string }>(
      `SELECT count(bt_index_check(i.indexrelid, true)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree'`
    );
    expect(Number(checked[0]?.count)).toBeGreaterThan(150);
    expect(await again.ask(`SELECT datname FROM pg_database WHERE datname = 'other'`)).toHaveLength(1);
  });

  test('admits no client without the password, by any way in', async () => {
    const request = await requestOf(17);
    await createDataDirectory(request);
    const rules = (await readFile(join(request.directory, 'pg_hba.conf'), 'utf8')).split('\n');
    const active = rules.filter(line => line !== '' && !line.startsWith('#'));
    expect(active.every(line => line.endsWith(' scram-sha-256'))).toBe(true);
    await using server = await bootCluster(request);
    for (const wrong of ['', 'pgkeep placeholder', 'postgres']) {
      const client = new Client({ ...server.target, password: wrong });
      await expect(client.connect()).rejects.toThrow();
    }
  });

  test('keeps neither the password nor the placeholder in any file', async () => {
    const request = await requestOf(17, { password: 'canary-7f3a' });
    await createDataDirectory(request);
    const { header } = await readPack(packsDirectory, 17);
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = await readFile(join(entry.parentPath, entry.name));
      expect([entry.name, content.includes('canary-7f3a'), content.includes(header.placeholder)]).toEqual([
        entry.name,
        false,
        false
      ]);
    }
  });

  test('closes every file to others and gives it to the server’s user', async () => {
    const request = await requestOf(17);
    await createDataDirectory(request);
    const uid = owner?.uid ?? machine.uid;
    expect(await stat(request.directory)).toMatchObject({ uid, mode: 0o40700 });
    for (const entry of await readdir(request.directory, { recursive: true, withFileTypes: true })) {
      const found = await stat(join(entry.parentPath, entry.name));
      const mode = entry.isDirectory() ? 0o40700 : 0o100600;
      expect([entry.name, found.mode, found.uid]).toEqual([entry.name, mode, uid]);
    }
  });

  test('includes pgkeep.conf last', async () => {
    const request = await requestOf(17);
    await createDataDirectory(request);
    const text = await readFile(join(request.directory, 'postgresql.conf'), 'utf8');
    expect(text.trimEnd().split('\n').at(-1)).toBe(`include_if_exists = 'pgkeep.conf'`);
    await writeFile(join(request.directory, 'pgkeep.conf'), `timezone = 'Europe/Berlin'\n`, { mode: 0o644 });
    await using server = await bootCluster(request);
    expect(await server.ask('SHOW timezone')).toEqual([{ TimeZone: 'Europe/Berlin' }]);
  });

  test('lets a server start before the databases are written', async () => {
    const request = await requestOf(17);
    const prepared = await prepareDataDirectory(request);
    expect(prepared.created.way).toBe('pack');
    expect(await readdir(join(request.directory, 'base', '1'))).toEqual([]);
    await using server = await bootCluster(request, { started: async () => prepared.complete().whole });
    expect(await server.ask('SELECT count(*) > 300 AS known FROM pg_class')).toEqual([{ known: true }]);
  });

  test.each(MAJORS)('lets people connect to PostgreSQL %i before the templates are written', async major => {
    const request = await requestOf(major);
    const prepared = await prepareDataDirectory(request);
    const folders = await readdir(join(request.directory, 'base'));
    const [last, ...others] = folders.map(Number).sort((a, b) => b - a);
    const filesOf = (folder: number | undefined): readonly string[] =>
      readdirSync(join(request.directory, 'base', String(folder)));
    const { connectable, whole } = prepared.complete();
    await connectable;
    // Nothing is waited for from here on: the templates get the next turn.
    expect(filesOf(last)).toContain('PG_VERSION');
    for (const other of others) expect(filesOf(other)).not.toContain('pg_filenode.map');
    // Asked for again, it is not done again.
    await Promise.all([whole, prepared.complete().whole]);
    for (const other of others) expect(filesOf(other)).toEqual(filesOf(last));
    await using server = await bootCluster(request);
    expect(await server.ask('SELECT datname FROM pg_database ORDER BY oid DESC LIMIT 1')).toEqual([
      { datname: 'postgres' }
    ]);
    expect(await server.ask(`SELECT oid::int FROM pg_database WHERE datname = 'postgres'`)).toEqual([{ oid: last }]);
  });

  test('fails when a database cannot be written', async () => {
    const request = await requestOf(17);
    const prepared = await prepareDataDirectory(request);
    await rm(join(request.directory, 'base', '1'), { recursive: true });
    await writeFile(join(request.directory, 'base', '1'), '');
    const { connectable, whole } = prepared.complete();
    await connectable;
    await expect(whole).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  test('does not change a directory with content', async () => {
    const request = await requestOf(17);
    await mkdir(request.directory);
    await writeFile(join(request.directory, 'precious'), 'data');
    await expect(createDataDirectory(request)).rejects.toMatchObject({
      message: `Could not create a cluster in ${request.directory}: the directory is not empty`
    });
    expect(await readFile(join(request.directory, 'precious'), 'utf8')).toBe('data');
  });

  describe('falls back to initdb', () => {
    test.each(MAJORS)('when there is no pack of PostgreSQL %i', async major => {
      const request = await requestOf(major, { owner: initdbOwner(), readPack: packsIn(directory) });
      await expectInitdb(request, /^the prebuilt cluster of PostgreSQL \d+ cannot be used: ENOENT/);
    });

    test('when the caller asks for it', async () => {
      const initdbBecause = 'the server refused the prebuilt cluster';
      await expectInitdb(await requestOf(17, { owner: initdbOwner(), initdbBecause }), initdbBecause);
    });

    test('when the pack is damaged', async () => {
      const packs = join(directory, 'packs');
      await mkdir(packs);
      const packed = await readFile(join(packsDirectory, packName(17)));
      packed.fill(0, 300_000, 300_100);
      await writeFile(join(packs, packName(17)), packed);
      await expectInitdb(await requestOf(17, { owner: initdbOwner(), readPack: packsIn(packs) }), /cannot be used/);
    });

    test('when the server reads another catalog version', async () => {
      const packs = await tamperedPacks(17, header => ({ ...header, catalogVersion: '202300000' }));
      const request = await requestOf(17, { owner: initdbOwner(), readPack: packsIn(packs) });
      const installation: Installation = { ...request.installation, source: 'installed' };
      await expectInitdb({ ...request, installation }, 'the server does not read catalog version 202300000');
    });

    test('when the placeholder of the password occurs twice', async () => {
      const packs = await tamperedPacks(17, (header, content) => {
        const other = header.files.find(([path, , stored]) => path !== ROLES_FILE && stored > 4096);
        content.write(header.placeholder, other?.[1] ?? 0);
        return header;
      });
      const request = await requestOf(17, { owner: initdbOwner(), readPack: packsIn(packs) });
      await expectInitdb(request, /it has 2 places for the password instead of one$/);
    });
  });

  test('uses the pack for an installed server that reads its catalog version', async () => {
    const request = await requestOf(17);
    const installation: Installation = { ...request.installation, source: 'installed' };
    expect(await createDataDirectory({ ...request, installation })).toMatchObject({ way: 'pack' });
  });

  describe('when initdb fails', () => {
    test('says what to do about a user it does not know', async () => {
      const failure = await failureWith(
        `echo "initdb: error: could not look up effective user ID 54321: user does not exist" >&2; exit 1`
      );
      expect(failure.code).toBe('unsupported');
      expect(failure.message).toContain('it refuses to run');
      expect(failure.hint).toContain('useradd --system postgres');
    });

    test('repeats its last message', async () => {
      const failure = await failureWith(`echo "initdb: error: something odd" >&2; echo "initdb: removing" >&2; exit 1`);
      expect(failure).toMatchObject({
        code: 'server-failed',
        message: expect.stringMatching(/: something odd$/) as string,
        hint: expect.stringContaining('or name another server with `bin_dir`') as string
      });
      expect(await createDataDirectory(await requestOf(17))).toMatchObject({ way: 'pack' });
    });

    test('reports a missing program', async () => {
      expect((await failureWith(undefined)).message).toMatch(/with initdb: the program is missing$/);
    });
  });
});

describe('the packs', () => {
  test.each(MAJORS)('of PostgreSQL %i is small', async major => {
    expect((await stat(join(packsDirectory, packName(major)))).size).toBeLessThan(800_000);
  });
});
