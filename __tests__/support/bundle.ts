import { execFile } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '..', '..');
const builds = path.join(root, '.cache', 'bundle');

/** What the bundle is made of: the same bytes here give the same bundle. */
const SOURCES = ['src', 'packs', 'package-lock.json', 'scripts/build.mts', 'tsconfig.json', 'tsconfig.build.json'];
const KEPT_HOURS = 24;

/** Set by the setup of the whole test run, so that all of its tests see one bundle although the source may be edited meanwhile. */
const CHOSEN = 'PGKEEP_TEST_BUNDLE';

/**
 * The folder of the bundle that the tests run: that of `$PGKEEP_BUNDLE` (`PGKEEP_BUNDLE=dist` runs what is committed), else one built from
 * the source as it is, once per state of the source. Throws what the compiler says.
 */
export async function bundleDirectory(): Promise<string> {
  const given = process.env['PGKEEP_BUNDLE'] ?? '';
  if (given !== '') return existing(path.resolve(root, given));
  const chosen = process.env[CHOSEN] ?? '';
  return chosen === '' ? buildOnce() : chosen;
}

/** Settles on a bundle for this process and the ones it starts. */
export async function chooseBundle(): Promise<void> {
  process.env[CHOSEN] = await bundleDirectory();
}

async function buildOnce(): Promise<string> {
  const target = path.join(builds, await hashOfSources());
  if (existsSync(path.join(target, 'index.js'))) {
    await utimes(target, new Date(), new Date());
    return target;
  }
  await mkdir(builds, { recursive: true });
  await removeOld();
  const made = await mkdtemp(path.join(builds, 'building-'));
  try {
    await promisify(execFile)(process.execPath, [path.join(root, 'scripts', 'build.mts'), made], { cwd: root });
    await rename(made, target).catch((thrown: unknown) => {
      if (!existsSync(path.join(target, 'index.js'))) throw thrown;
    });
  } catch (thrown) {
    const { stdout, stderr } = thrown as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`The bundle can't be built:\n${stdout ?? ''}${stderr ?? String(thrown)}`, { cause: thrown });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return target;
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) await addTo(hash, source);
  return hash.digest('hex').slice(0, 16);
}

async function addTo(hash: Hash, name: string): Promise<void> {
  const full = path.join(root, name);
  if ((await stat(full)).isDirectory()) {
    for (const entry of (await readdir(full)).sort()) await addTo(hash, path.join(name, entry));
    return;
  }
  hash
    .update(`${name}\0`)
    .update(await readFile(full))
    .update('\0');
}

async function removeOld(): Promise<void> {
  const oldest = Date.now() - KEPT_HOURS * 3_600_000;
  for (const entry of await readdir(builds)) {
    const folder = path.join(builds, entry);
    const { mtimeMs } = await stat(folder);
    if (mtimeMs < oldest) await rm(folder, { recursive: true, force: true });
  }
}

function existing(folder: string): string {
  if (existsSync(path.join(folder, 'index.js'))) return folder;
  throw new Error(`There is no bundle in ${folder}: run \`npm run build\` first`);
}
