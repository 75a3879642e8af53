/** How a cluster is made, cleaned and packed. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scramVerifier } from '../../src/postgres/scram.ts';
import { clusterArguments } from '../../src/providers/local/cluster/initdb.ts';
import type { ServerOwner } from '../../src/providers/local/cluster/owner.ts';
import type { PackHeader } from '../../src/providers/local/cluster/pack.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';
import { PackContent, addTree, encodePack, listTree } from './pack.mts';

/** `pg_database`, where the locale of each database stands. */
const DATABASES_FILE = 'global/1262';

/** Made of nothing secret: it is replaced in every cluster before a byte of it is written. */
const PLACEHOLDER = scramVerifier('pgkeep placeholder', { salt: Buffer.alloc(16) });

/** In each database: forget what belongs to this machine's libraries. */
const CLEAN = [
  // Locales of this machine's C library; those every system has (C, POSIX) are pinned below 10000.
  "DELETE FROM pg_collation WHERE collprovider = 'c' AND oid >= 10000",
  // Versions of this ICU: with another one each use of such a collation would warn.
  "UPDATE pg_collation SET collversion = NULL WHERE collprovider = 'i'",
  'VACUUM FREEZE',
  'SELECT pg_switch_wal()',
  'CHECKPOINT'
];

const USE_UNICODE = [
  "UPDATE pg_database SET datcollate = 'C.UTF-8', datctype = 'C.UTF-8'",
  'VACUUM FREEZE pg_database',
  'CHECKPOINT'
];

/**
 * Left out: what the server makes again (free space and visibility maps, caches, statistics) and what is written per
 * cluster.
 */
const LEFT_OUT =
  /_(fsm|vm)$|(^|\/)pg_internal\.init$|^pg_stat\/|^postmaster\.opts$|^(postgresql|postgresql\.auto|pg_hba|pg_ident)\.conf$/;

const SINGLE_USER_SETTINGS = ['-c', 'exit_on_error=on', '-c', 'wal_recycle=off'];

/** initdb refuses root; `nobody` has an entry in every /etc/passwd. */
function bakingOwner(): ServerOwner | undefined {
  return process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}

/** Makes the pack of an installation's major, working in the empty directory `work`. Returns the pack's bytes. */
export async function bake(installation: Installation, work: string): Promise<Buffer> {
  const owner = bakingOwner();
  const server = join(work, 'server');
  mkdirSync(server);
  chmodSync(work, 0o755);
  if (owner !== undefined) chownSync(server, owner.uid, owner.gid);
  const run = (program: string, args: readonly string[], input = ''): void => {
    execFileSync(join(installation.binDir, program), args, {
      cwd: server,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      input,
      stdio: ['pipe', 'ignore', 'pipe'],
      ...owner
    });
  };

  const data = join(server, 'data');
  const passwordFile = join(work, 'password');
  writeFileSync(passwordFile, `${PLACEHOLDER}\n`);
  run('initdb', [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...clusterArguments(installation.major, 'C')]);
  const single = (directory: string, lines: readonly string[]): void =>
    // Not recycled: a segment must hold no remains of an older one.
    run(
      'postgres',
      ['--single', '-D', directory, ...SINGLE_USER_SETTINGS, 'template1'],
      lines.map(line => `${line};\n`).join('')
    );
  single(data, CLEAN);

  const unicode = join(server, 'unicode');
  cpSync(data, unicode, { recursive: true });
  handOver(unicode, owner);
  single(unicode, USE_UNICODE);

  strip(data);
  copyTemplate(data);
  return await pack(installation, data, unicode);
}

/** A copied cluster gets the mode and owner back without which the server refuses it. */
function handOver(root: string, owner: ServerOwner | undefined): void {
  chmodSync(root, 0o700);
  if (owner === undefined) return;
  chownSync(root, owner.uid, owner.gid);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    chownSync(join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
}

function strip(data: string): void {
  for (const name of readdirSync(data, { recursive: true }).map(String)) {
    if (LEFT_OUT.test(name.replaceAll('\\', '/'))) rmSync(join(data, name));
  }
  const needed = checkpointSegment(readFileSync(join(data, 'global', 'pg_control')));
  const segments = readdirSync(join(data, 'pg_wal')).filter(name => /^[0-9A-F]{24}$/.test(name));
  if (!segments.includes(needed)) throw new Error(`pg_wal does not hold ${needed}`);
  for (const other of segments.filter(segment => segment !== needed)) rmSync(join(data, 'pg_wal', other));
}

/** The segment with the checkpoint the cluster was shut down with, which is all that a start reads. */
function checkpointSegment(control: Buffer): string {
  const position = control.readBigUInt64LE(32);
  const segment = position / BigInt(16 * 1024 * 1024);
  const parts = [1n, segment / 256n, segment % 256n];
  return parts.map(part => part.toString(16).toUpperCase().padStart(8, '0')).join('');
}

/** All databases as the cleaned `template1`: they are its copies anyway, and equal files are stored once. */
function copyTemplate(data: string): void {
  for (const database of readdirSync(join(data, 'base')).filter(name => name !== '1')) {
    rmSync(join(data, 'base', database), { recursive: true });
    cpSync(join(data, 'base', '1'), join(data, 'base', database), { recursive: true });
  }
}

async function pack(installation: Installation, data: string, unicode: string): Promise<Buffer> {
  const control = readFileSync(join(data, 'global', 'pg_control'));
  const content = new PackContent();
  const header: PackHeader = {
    format: 1,
    major: installation.major,
    version: installation.version,
    catalogVersion: String(control.readUInt32LE(12)),
    placeholder: PLACEHOLDER,
    directories: (await listTree(data)).directories,
    files: await addTree(content, data),
    unicodeFiles: [content.add(DATABASES_FILE, withoutPositions(readFileSync(join(unicode, DATABASES_FILE))))]
  };
  return encodePack(header, content);
}

/**
 * Pages whose log position (the first 8 bytes) is zero. The page comes from a copy of the cluster whose log went on; in
 * the cluster it is put into, that position is not reached yet, and the server would refuse to write the page.
 */
function withoutPositions(file: Buffer): Buffer {
  const pages = Buffer.from(file);
  for (let page = 0; page < pages.length; page += 8192) pages.fill(0, page, page + 8);
  return pages;
}
