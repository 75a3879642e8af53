import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { hashOfSources, SOURCES_FILE } from '../../scripts/build/sources.mts';

const root = path.resolve(import.meta.dirname, '..', '..');
const builds = path.join(root, '.cache', 'bundle');
const committed = path.join(root, 'dist');

const KEPT_HOURS = 24;

/**
 * Set by the setup of the whole test run, so that all of its tests see one bundle although the source may be edited
 * meanwhile.
 */
const CHOSEN = 'PGKEEP_TEST_BUNDLE';

/**
 * The folder of the bundle that the tests run: that of `$PGKEEP_BUNDLE`, else what is committed where that is made of
 * the source as it is, else one built from that, once per state of the source. Throws what the compiler says.
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
  const sources = hashOfSources();
  if (madeOf(committed) === sources) return committed;
  const target = path.join(builds, sources.slice(0, 16));
  if (existsSync(path.join(target, 'index.js'))) {
    await utimes(target, new Date(), new Date());
    return target;
  }
  await mkdir(builds, { recursive: true });
  await removeOld();
  const made = await mkdtemp(path.join(builds, 'building-'));
  try {
    await promisify(execFile)(process.execPath, [path.join(root, 'scripts', 'build', 'build.mts'), made], {
      cwd: root
    });
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

/**
 * Which sources a bundle says that it is made of. That it is true of the committed one is checked by
 * `scripts/check/dist.mts`.
 */
function madeOf(bundle: string): string | undefined {
  const file = path.join(bundle, SOURCES_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
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
