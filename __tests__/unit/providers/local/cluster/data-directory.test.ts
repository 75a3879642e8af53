import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
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
import { clusterArguments } from '../../../../../src/providers/local/cluster/initdb.ts';
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
import { keptPack } from '../../../../support/real-server.ts';

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

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function requestOf(
  major: Major,
  changes: Partial<DataDirectoryRequest> = {}
): Promise<DataDirectoryRequest & { readonly directory: string }> {
  const installation = await testInstallation(major);
  const data = join(directory, 'data');
  return { installation, machine, directory: data, password, owner, readPack: keptPack, ...changes };
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
  ...(process.platform === 'linux' ? ([[16, 'C.UTF-8', 'ÉLAN']] as const) : [])
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
  expect(created).toMatchObject({
    way: 'initdb',
    reason: expect.stringMatching(reason) as string,
    characterType: expect.any(String) as string
  });
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
  test.each(CHARACTER_TYPES)('makes PostgreSQL %i know letters as %s has them', async (major, characterType, upper) => {
    const request = await requestOf(major, { characterType });
    expect(await createDataDirectory(request)).toEqual({ way: 'pack', characterType });
    await using server = await bootCluster(request);
    expect(await server.ask(`SELECT upper('élan')`)).toEqual([{ upper }]);
    expect(await server.ask('SELECT DISTINCT datcollate, datctype FROM pg_database')).toEqual([
      { datcollate: characterType, datctype: characterType }
    ]);
  });

  test('closes every file to others, admits no client without the password, and survives a crash', async () => {
    const request = await requestOf(17, { password: 'canary-7f3a' });
    await createDataDirectory(request);
    const uid = owner?.uid ?? machine.uid;
    expect(await stat(request.directory)).toMatchObject({ uid, mode: 0o40700 });
    const { header } = await readPack(packsDirectory, 17);
    for (const entry of await readdir(request.directory, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      const found = await stat(file);
      const mode = entry.isDirectory() ? 0o40700 : 0o100600;
      expect([entry.name, found.mode, found.uid]).toEqual([entry.name, mode, uid]);
      // Neither the password nor the placeholder is in any file.
      const content = entry.isDirectory() ? Buffer.alloc(0) : await readFile(file);
      const secrets = ['canary-7f3a', header.placeholder].filter(secret => content.includes(secret));
      expect([entry.name, secrets]).toEqual([entry.name, []]);
    }
    expect(await readdir(directory)).toEqual(['data']);

    const main = await readFile(join(request.directory, 'postgresql.conf'), 'utf8');
    expect(main.trimEnd().split('\n').at(-1)).toBe(`include_if_exists = 'pgkeep.conf'`);
    await writeFile(join(request.directory, 'pgkeep.conf'), `timezone = 'Europe/Berlin'\n`, { mode: 0o644 });
    const rules = (await readFile(join(request.directory, 'pg_hba.conf'), 'utf8')).split('\n');
    const active = rules.filter(line => line !== '' && !line.startsWith('#'));
    expect(active.every(line => line.endsWith(' scram-sha-256'))).toBe(true);
    {
      // It ends as in a crash.
      await using server = await bootCluster(request);
      expect(await server.ask('SHOW timezone')).toEqual([{ TimeZone: 'Europe/Berlin' }]);
      for (const wrong of ['', 'pgkeep placeholder', 'postgres']) {
        const client = new Client({ ...server.target, password: wrong });
        await expect(client.connect()).rejects.toThrow();
      }
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

  test('lets a server start before the databases are written', async () => {
    const request = await requestOf(17);
    const prepared = await prepareDataDirectory(request);
    expect(prepared.created.way).toBe('pack');
    expect(await readdir(join(request.directory, 'base', '1'))).toEqual([]);
    await using server = await bootCluster(request, { started: async () => prepared.complete().whole });
    expect(await server.ask('SELECT count(*) > 300 AS known FROM pg_class')).toEqual([{ known: true }]);
  });

  test.each(MAJORS)('unpacks a cluster on which PostgreSQL %i runs, the templates last', async major => {
    const request = await requestOf(major);
    const prepared = await prepareDataDirectory(request);
    expect(prepared.created).toMatchObject({ way: 'pack' });
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
    expect(await server.ask('SELECT datname, oid::int FROM pg_database ORDER BY oid DESC')).toEqual([
      { datname: 'postgres', oid: last },
      { datname: 'template0', oid: others[0] },
      { datname: 'template1', oid: 1 }
    ]);
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
    test('when there is no pack of PostgreSQL 18', async () => {
      const request = await requestOf(18, { owner: initdbOwner(), readPack: packsIn(directory) });
      await expectInitdb(request, /^the prebuilt cluster of PostgreSQL \d+ cannot be used: ENOENT/);
    });

    test.each(MAJORS)('with arguments that initdb of PostgreSQL %i knows', async major => {
      const { binDir } = await testInstallation(major);
      const help = execFileSync(join(binDir, 'initdb'), ['--help'], { encoding: 'utf8' });
      for (const argument of clusterArguments(major, 'C')) expect(help).toContain(argument.replace(/=.*/, ''));
    });

    /** One that leaves a file, where the cluster of the real one took a second in the rows above. */
    async function quickInitdb(): Promise<Installation> {
      const binDir = join(directory, 'bin');
      await mkdir(binDir);
      await chmod(binDir, 0o755);
      const script = `#!/bin/sh\n[ -z "$(ls -A "\${1#--pgdata=}")" ] && echo 17 > "\${1#--pgdata=}/PG_VERSION"\n`;
      await writeFile(join(binDir, 'initdb'), script);
      await chmod(join(binDir, 'initdb'), 0o755);
      return { source: 'tool-cache', major: 17, version: '17.10', binDir };
    }

    async function expectQuick(changes: Partial<DataDirectoryRequest>, reason: RegExp): Promise<void> {
      const request = await requestOf(17, { installation: changes.installation ?? (await quickInitdb()), ...changes });
      expect(await createDataDirectory(request)).toMatchObject({
        way: 'initdb',
        reason: expect.stringMatching(reason) as string
      });
      // Nothing of the prebuilt cluster is left: initdb itself refuses a directory with content.
      expect((await readdir(request.directory)).filter(name => !name.endsWith('.conf'))).toEqual(['PG_VERSION']);
      expect(await readFile(join(request.directory, 'PG_VERSION'), 'utf8')).toBe('17\n');
    }

    test('when the caller asks for it', async () =>
      expectQuick({ initdbBecause: 'the server refused the prebuilt cluster' }, /^the server refused the prebuilt/));

    test('when the pack is damaged', async () => {
      const packs = join(directory, 'packs');
      await mkdir(packs);
      const packed = await readFile(join(packsDirectory, packName(17)));
      packed.fill(0, 300_000, 300_100);
      await writeFile(join(packs, packName(17)), packed);
      await expectQuick({ readPack: packsIn(packs) }, /cannot be used/);
    });

    test('when the server reads another catalog version', async () => {
      const packs = await tamperedPacks(17, header => ({ ...header, catalogVersion: '202300000' }));
      const installation: Installation = { ...(await quickInitdb()), source: 'installed' };
      const { binDir } = await testInstallation(17);
      await symlink(join(binDir, 'postgres'), join(installation.binDir, 'postgres'));
      const reason = /^the server does not read catalog version 202300000$/;
      await expectQuick({ installation, readPack: packsIn(packs) }, reason);
    });

    test('when the placeholder of the password occurs twice', async () => {
      const packs = await tamperedPacks(17, (header, content) => {
        const other = header.files.find(([path, , stored]) => path !== ROLES_FILE && stored > 4096);
        content.write(header.placeholder, other?.[1] ?? 0);
        return header;
      });
      await expectQuick({ readPack: packsIn(packs) }, /it has 2 places for the password instead of one$/);
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

    test('asks for space on a full disk', async () => {
      const failure = await failureWith(`echo "initdb: error: x: No space left on device" >&2; exit 1`);
      expect(failure.hint).toBe('Free some disk space.');
    });

    test('reports a missing program', async () => {
      expect((await failureWith(undefined)).message).toMatch(/with initdb: the program is missing$/);
    });
  });
});

/** Of the packs that `npx node scripts/bake/cluster.mts --check` compared with clusters of initdb. */
const COMPARED: Readonly<Record<Major, string>> = {
  14: 'c44a5cea2d8573d9e6b39500a8521c6d56b27c8c3f76679e48a935bd25a525fc',
  15: '8f891b262128e8a4872f96e98d915e422fa3b919e9f4115544108d9c76e047ee',
  16: 'a578f62817a45dd30d66b33ef4460d1e9cec6ab206104ebc1d6d68eb9fd0c0ed',
  17: 'a2928efe4c6e51322a9c58752d0683ff4253a0144e675ac4f6fe32a85d9de6b7',
  18: 'ac8884fc18b4bc97814d4f08fe7524d33d9af4a745598a68030148d948a1b6fd'
};

describe('the packs', () => {
  test.each(MAJORS)(
    'of PostgreSQL %i is small, and the one that was compared with a cluster of initdb',
    async major => {
      const packed = await readFile(join(packsDirectory, packName(major)));
      expect(packed.length).toBeLessThan(800_000);
      expect(hash('sha256', packed)).toBe(COMPARED[major]);
    }
  );
});
