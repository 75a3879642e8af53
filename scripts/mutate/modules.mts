import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSourceAsModules } from '../../__tests__/support/runner/source-hooks.mts';

export const root = path.resolve(import.meta.dirname, '../..');

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/gu;

/** Which modules of this repository import which, and so which have to be loaded again when one of them changes. */
export class ModuleGraph {
  readonly #importers = new Map<string, Set<string>>();
  readonly #imports = new Map<string, readonly string[]>();

  constructor() {
    for (const folder of ['src', 'scripts', '__tests__']) {
      for (const file of typeScriptIn(path.join(root, folder))) {
        const specifiers = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, specifier = '']) => specifier);
        const imports = specifiers.map(specifier => path.resolve(path.dirname(file), specifier));
        this.#imports.set(file, imports);
        for (const imported of imports) {
          this.#importers.set(imported, (this.#importers.get(imported) ?? new Set()).add(file));
        }
      }
    }
  }

  /** The file itself and every module that imports it, directly or not. */
  dependentsOf(file: string): ReadonlySet<string> {
    const found = new Set([file]);
    for (const one of found) for (const importer of this.#importers.get(one) ?? []) found.add(importer);
    return found;
  }

  /** What the file imports, directly or not, each after its own imports. */
  importsOf(file: string): readonly string[] {
    const found = new Set<string>();
    const seen = new Set([file]);
    const visit = (one: string): void => {
      for (const imported of this.#imports.get(one) ?? []) {
        if (seen.has(imported)) continue;
        seen.add(imported);
        visit(imported);
        found.add(imported);
      }
    };
    visit(file);
    return [...found];
  }
}

/** All `.ts` and `.mts` of a folder, sorted. */
export function typeScriptIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.m?ts$/u.test(name) && !name.endsWith('.d.ts') && !name.includes('node_modules'))
    .map(name => path.join(folder, name))
    .filter(name => existsSync(name))
    .sort();
}

/** Makes Node load the changed sources, and load some modules once more while `generation` is set. */
export class Modules {
  #again: ReadonlySet<string> = new Set();
  #generation = '';

  constructor(sources: Readonly<Record<string, string>>) {
    // Before ours, which asks it.
    loadSourceAsModules();
    registerHooks({
      resolve: (specifier, context, next) => {
        const found = next(specifier, context);
        if (this.#again.size === 0 || !found.url.startsWith('file:')) return found;
        const url = new URL(found.url);
        if (!this.#again.has(fileURLToPath(url))) return found;
        url.searchParams.set('generation', this.#generation);
        return { ...found, url: url.href };
      },
      load: (url, context, next) => {
        const source = url.startsWith('file:') ? sources[fileURLToPath(new URL(url))] : undefined;
        if (source === undefined) return next(url, context);
        return { format: 'module-typescript', source, shortCircuit: true };
      }
    });
  }

  /** Until `end`, these modules are those of that generation: loaded once more with its first use. */
  begin(generation: number, files: ReadonlySet<string>): void {
    this.#generation = String(generation);
    this.#again = files;
  }

  end(): void {
    this.#again = new Set();
  }
}
