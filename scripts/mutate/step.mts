import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadSourceAsModules } from '../../__tests__/support/runner/source-hooks.mts';
import type { StepFiles } from './environment.mts';
import { ModuleGraph, Modules, root, typeScriptIn } from './modules.mts';

/** What the entry that the tests run instead of the bundle says. */
export interface StepSettings {
  readonly steps: StepFiles;
  /** The file with the sources and the file of each mutant. */
  readonly mutants: string;
  /** The folder of the entry, with everything that lies next to a bundle. */
  readonly folder: string;
}

const { steps, mutants, folder } = (globalThis as unknown as { readonly pgkeepSteps: StepSettings }).pgkeepSteps;
const { sources, fileOf } = JSON.parse(readFileSync(mutants, 'utf8')) as {
  readonly sources: Readonly<Record<string, string>>;
  readonly fileOf: Readonly<Record<number, string>>;
};
const entry = path.join(root, 'src', 'index.ts');
const met = new Set<number>();
const whileLoading = new Set<number>();
let active = -1;
let isLoading = true;
Object.assign(globalThis, {
  __dirname: folder,
  pgkeepMutant: (id: number): boolean => {
    if (isLoading) whileLoading.add(id);
    else if (!met.has(id)) {
      met.add(id);
      appendFileSync(steps.met, `${id}\n`);
    }
    return id === active;
  }
});
loadSourceAsModules();
const modules = new Modules(sources);
let known: Promise<{ readonly step: () => Promise<void>; readonly first: Promise<void> }> | undefined;

/** A step in this process, with the mutant in it that is on now. */
export async function step(): Promise<void> {
  await loaded;
  met.clear();
  active = Number(readFileSync(steps.active, 'utf8'));
  const file = fileOf[active];
  if (file !== undefined && whileLoading.has(active)) {
    modules.begin(active, new ModuleGraph().dependentsOf(file));
    const { first: again } = (await import(`${entry}?${Date.now()}`)) as { readonly first: Promise<void> };
    return again.finally(() => modules.end());
  }
  const isFirst = known === undefined;
  known ??= import(entry);
  const module = await known;
  return isFirst ? module.first : module.step();
}

const loaded = loadAll();
export const first = step();

/** Before the first mutant is switched on: what is loaded later would keep the traces of one. */
async function loadAll(): Promise<void> {
  for (const file of typeScriptIn(path.join(root, 'src'))) if (file !== entry) await import(file);
  isLoading = false;
}
