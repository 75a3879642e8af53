import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The part of the bundler's statistics that tells which files it saw. */
export interface Seen {
  readonly compilation: { readonly modules: Iterable<SeenModule> };
}
interface SeenModule {
  readonly resource?: string;
  /** Of a concatenation. */
  readonly modules?: Iterable<SeenModule>;
}

/** A package in the bundle. */
export interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly folder: string;
}

/**
 * The packages whose files the bundler saw, and those in further folders, by name and version. Throws for a package
 * without a licence.
 */
export function bundledPackages(all: readonly Seen[], more: readonly string[] = []): readonly Bundled[] {
  const found = new Map<string, Bundled>();
  for (const folder of new Set([...filesSeen(all).flatMap(file => packageOf(file) ?? []), ...more])) {
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly license?: string;
    };
    const { name, version, license = '' } = manifest;
    if (license === '') throw new Error(`${name} names no licence`);
    found.set(`${name}@${version}`, { name, version, license, folder });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** The files that the bundler saw, by their paths. */
export function filesSeen(all: readonly Seen[]): readonly string[] {
  return all.flatMap(({ compilation }) => [...compilation.modules].flatMap(filesOf));
}

/** The texts of the licences, a part for each package. Where a package ships none, the one that its licence names. */
export function licenceTexts(packages: readonly Bundled[], standard: (license: string) => string): string {
  const parts = packages.map(({ name, version, license, folder }) => {
    const texts = readdirSync(folder)
      .filter(file => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(file))
      .sort()
      .map(file => readFileSync(path.join(folder, file), 'utf8').trim());
    return [`${name}@${version}`, license, '', ...(texts.length > 0 ? texts : [standard(license)])].join('\n');
  });
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

function filesOf(module: SeenModule): readonly string[] {
  return [...(module.resource === undefined ? [] : [module.resource]), ...[...(module.modules ?? [])].flatMap(filesOf)];
}

/** The folder of the package that a file belongs to: the nearest one in `node_modules` with a name and a version. */
function packageOf(file: string): string | undefined {
  const at = file.lastIndexOf(`${path.sep}node_modules${path.sep}`);
  if (at === -1) return undefined;
  const below = file.slice(at + `${path.sep}node_modules${path.sep}`.length).split(path.sep);
  const name = below.slice(0, below[0]?.startsWith('@') === true ? 2 : 1);
  const folder = path.join(file.slice(0, at), 'node_modules', ...name);
  return existsSync(path.join(folder, 'package.json')) ? folder : undefined;
}
