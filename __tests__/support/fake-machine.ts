import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { create } from 'tar';
import type { Machine } from '../../src/providers/local/installation/machine.ts';
import { fileLine, linkLine, treeDigest } from '../../src/providers/local/installation/verify-entry.ts';
import type { Pin } from '../../src/providers/local/installation/pins.ts';

/** Where no registry answers. */
export const NO_REGISTRY = 'http://127.0.0.1:9/';

/** A Linux machine whose whole disk is a new directory, with nothing installed. */
export interface FakeMachine extends Machine {
  /** Puts an executable shell script at an absolute path of that disk. */
  script(path: string, text: string): Promise<void>;
  /** Puts any file there. */
  file(path: string, text?: string): Promise<void>;
  remove(): Promise<void>;
}

export async function fakeMachine(changes: Partial<Machine> = {}): Promise<FakeMachine> {
  const root = await mkdtemp(join(tmpdir(), 'fake-machine-'));
  await chmod(root, 0o755);
  const temporaryDirectory = join(root, 'temp');
  await mkdir(temporaryDirectory);
  const file = async (path: string, text = '', mode = 0o644): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { mode });
  };
  return {
    platform: 'linux',
    arch: 'x64',
    root,
    uid: process.geteuid?.(),
    nodePath: join(root, 'node', 'bin', 'node'),
    temporaryDirectory,
    ...changes,
    // No test of a fake npm asks a registry of the world first.
    env: { PATH: '', RUNNER_TOOL_CACHE: join(root, 'tools'), npm_config_registry: NO_REGISTRY, ...changes.env },
    file: (path, text) => file(path, text),
    script: (path, text) => file(path, `#!/bin/sh\n${text}\n`, 0o755),
    remove: async () => rmSync(root, { recursive: true, force: true })
  };
}

/** What a `postgres` program of that version answers to `--version`. */
export function postgresScript(version: string): string {
  return `echo "postgres (PostgreSQL) ${version}"`;
}

/** A package shaped like the published ones, small. */
export async function fakePackage(
  directory: string
): Promise<{ readonly tarball: string; readonly pin: Pin; readonly content: Buffer }> {
  const native = join(directory, 'package', 'native');
  for (const folder of ['bin', 'lib/pkgconfig', 'share']) await mkdir(join(native, folder), { recursive: true });
  await writeFile(join(native, 'bin', 'postgres'), `#!/bin/sh\n${postgresScript('17.10')}\n`, { mode: 0o755 });
  await writeFile(join(native, 'lib', 'libpq.so.5.17'), 'library');
  await writeFile(join(native, 'lib', 'libpq.a'), 'for developers');
  await writeFile(join(native, 'lib', 'pkgconfig', 'libpq.pc'), 'for developers');
  await writeFile(join(native, 'share', 'postgres.bki'), 'catalog');
  const links = [{ source: 'native/lib/libpq.so.5.17', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  await writeFile(join(directory, 'package', 'package.json'), '{}');
  const tarball = join(directory, 'package.tgz');
  await create({ cwd: directory, file: tarball, gzip: true }, ['package']);
  const content = await readFile(tarball);
  const sha512 = createHash('sha512').update(content).digest('base64');
  const tree = treeDigest([
    fileLine('bin/postgres', await readFile(join(native, 'bin', 'postgres'))),
    fileLine('lib/libpq.so.5.17', Buffer.from('library')),
    fileLine('share/postgres.bki', Buffer.from('catalog')),
    fileLine('pg-symlinks.json', Buffer.from(JSON.stringify(links))),
    linkLine('lib/libpq.so.5', 'libpq.so.5.17')
  ]);
  const pin = { package: '@example/linux-x64', packageVersion: '17.10.0', version: '17.10', sha512, tree };
  return { tarball, pin, content };
}

/**
 * An npm of which `body` is the program: it can use `process.argv` and `cache` (its cache directory). Returns its PATH.
 */
export async function fakeNpm(directory: string, body: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const program =
    `#!/usr/bin/env node\nconst { cpSync, mkdirSync, writeFileSync } = require('node:fs');\n` +
    `const cache = process.env.npm_config_cache;\n${body}\n`;
  await writeFile(join(directory, 'npm'), program, { mode: 0o755 });
  return [directory, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
}

/** The body of an npm that stores `tarball` as npm would, whatever it was asked for. */
export function storing(tarball: string): string {
  const folder = '/_cacache/content-v2/sha512/ab/cd';
  return (
    `mkdirSync(cache + '${folder}', { recursive: true });\n` +
    `cpSync(${JSON.stringify(tarball)}, cache + '${folder}/content');\n` +
    `writeFileSync(cache + '${folder}/packument', 'the smaller file beside it');`
  );
}
