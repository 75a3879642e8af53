import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from 'jest-config';
import { bundleDirectory } from '../../__tests__/support/bundle.ts';
import setUp from '../../__tests__/support/set-up.ts';
import tearDown from '../../__tests__/support/tear-down.ts';
import { Compiler } from './compiler.mts';
import { draw } from './draw.mts';
import type { StepFiles } from './environment.mts';
import { changed as changedSource, instrumented, type Mutant } from './instrument.mts';
import { ModuleGraph, root, typeScriptIn } from './modules.mts';
import { sitesOf } from './sites.mts';
import type { StepSettings } from './step.mts';
import { Tests } from './tests.mts';

/**
 * Draws single changes of meaning from each of the named paths and runs the tests that reach each. What no test
 * notices, and the compiler allows, is printed. `npm run mutate -- --seed 7 --count 50 src/providers/aws src/engine`
 * draws 50 from each. Without paths it draws from the files that differ from `main`.
 */
interface Drawn extends Mutant {
  readonly area: string;
  readonly file: string;
}

/** Milliseconds that a change may take in a test file of its own folder, and in another one. */
const [MOST_NEAR, MOST_FAR] = [10_000, 1000];

/** Compare every table with what the docs and the golden files say of it. */
const PAGES = [
  'unit/interface/generated.test.ts',
  'unit/providers/tables.test.ts',
  'unit/providers/failures.test.ts',
  'unit/providers/translations.test.ts'
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    /** How many changes to draw from each path. */
    count: { type: 'string', default: '30' },
    /** Seconds that the tests of one change may take in all. */
    limit: { type: 'string', default: '60' },
    /** Minutes for everything: what is left then counts as survived. */
    minutes: { type: 'string', default: '600' },
    /** How many test files a change may meet that a module makes as it is loaded: each is run for that change alone. */
    static: { type: 'string', default: '8' },
    /** Whether the tests of the bundle meet them as well: the most expensive ones. */
    bundle: { type: 'boolean', default: false },
    /** A regular expression: only test files whose path it matches. */
    only: { type: 'string', default: '' },
    /** Takes what earlier runs of the same draw noticed as noticed: for a run that was ended, or with other tests. */
    'go-on': { type: 'boolean', default: false }
  }
});
const [seed, count, limit, mostStatic] = [values.seed, values.count, values.limit, values.static].map(Number) as [
  number,
  number,
  number,
  number
];
// Other programs of the machine go first.
setPriority(10);

const only = new RegExp(values.only, 'u');
const changedOnly = positionals.length === 0;
const areas = changedOnly ? [{ name: 'changed files', files: changedFiles() }] : positionals.map(areaOf);
const sources = new Map(areas.flatMap(({ files }) => files).map(file => [file, readFileSync(file, 'utf8')]));
let ids = 0;
const drawn: readonly Drawn[] = areas.flatMap(({ name, files }) => {
  const all = files.flatMap(file => sitesOf(sources.get(file) ?? '').map(site => ({ area: name, file, site })));
  return draw(all, count, seed).map(one => ({ id: ids++, ...one }));
});
if (drawn.length === 0) throw new Error('Could not draw a change: no file is named, and none differs from main');

const kept = path.join(root, '.cache', 'mutate');
const scratch = path.join(root, 'build', 'mutate', `${seed}-${process.pid}`);
mkdirSync(kept, { recursive: true });
mkdirSync(scratch, { recursive: true });
const mutants = path.join(scratch, 'mutants.json');
const byFile = Map.groupBy(drawn, ({ file }) => file);
const changedSources = [...byFile].map(([file, own]) => [file, instrumented(sources.get(file) ?? '', own)] as const);
const fileOf = Object.fromEntries(drawn.map(({ id, file }) => [id, file]));
writeFileSync(mutants, JSON.stringify({ sources: Object.fromEntries(changedSources), fileOf }));
const steps: StepFiles = { active: path.join(scratch, 'active'), met: path.join(scratch, 'met') };
for (const file of Object.values(steps)) {
  writeFileSync(file, '');
  chmodSync(file, 0o666);
}

/** Milliseconds that each test file took when it was last run without a mutant. */
const timesFile = path.join(kept, 'times.json');
const times = (readJson(timesFile) ?? {}) as Record<string, number>;
/** How many changes each test file has noticed, in all runs. */
const ratesFile = path.join(kept, 'rates.json');
const rates = (readJson(ratesFile) ?? {}) as Record<string, number>;
const graph = new ModuleGraph();
const testFiles = typeScriptIn(path.join(root, '__tests__'))
  .filter(file => file.endsWith('.test.ts') && only.test(path.relative(root, file)))
  .filter(file => values.bundle || !runsBundle(file));
const startsServers = graph.dependentsOf(path.join(root, '__tests__/support/real-server.ts'));
const hasFake = graph.dependentsOf(path.join(root, '__tests__/clouds/exchange.ts'));
/** By file with mutants: the modules that load it. */
const reaching = new Map([...byFile.keys()].map(file => [file, graph.dependentsOf(file)]));
const state = new Map(drawn.map(({ id }) => [id, { left: limit * 1000, killed: false, isStatic: false }]));
const metIn = new Map<number, Set<string>>(drawn.map(({ id }) => [id, new Set()]));
const passedAsIs = new Set<string>();
/** What no test noticed, but the compiler refuses. */
const refused = new Set<number>();

/** The numbers of the changes that were noticed, by runs of this draw from these very sources. */
const noticedFile = path.join(
  kept,
  `noticed-${createHash('sha256')
    .update(JSON.stringify([...changedSources]))
    .digest('hex')
    .slice(0, 16)}.json`
);
if (values['go-on']) for (const id of (readJson(noticedFile) ?? []) as number[]) kill(id);

const folder = await entryInsteadOfBundle();
process.env['PGKEEP_BUNDLE'] = folder;
const { globalConfig } = await readConfig({ _: [], $0: 'mutate' }, path.join(root, 'jest.config.mjs'));
await setUp(globalConfig);
const tests = new Tests(mutants, steps);
const endsAt = Date.now() + Number(values.minutes) * 60_000;
/** Half of the time is for changes that are on from the start. */
const meetsUntil = endsAt - Number(values.minutes) * 30_000;
const interrupted = (): void => {
  tests.close();
  for (const { name } of areas) report(name);
  process.exit(130);
};
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
try {
  say(`${drawn.length} changes in ${byFile.size} files, seed ${seed}`);
  await meetAll();
  await meetFromTheStart();
  await askCompiler();
} finally {
  tests.close();
  await tearDown();
}
for (const { name } of areas) report(name);
rmSync(scratch, { recursive: true, force: true });
process.exit();

/** The test files first that notice most for what they cost: a change has little time. */
async function meetAll(): Promise<void> {
  const changed = [...byFile.keys()];
  const cost = (test: string): number =>
    costOf(test) / (1 + noticed(test)) / (changed.some(file => isNear(test, file)) ? 20 : 1);
  const order = testFiles.toSorted((a, b) => cost(a) - cost(b) || (a < b ? -1 : 1));
  for (const [at, file] of order.entries()) {
    if (Date.now() > meetsUntil) break;
    const open = drawn.filter(({ id, file: of }) => isOpen(id) && reaches(file, of));
    if (open.length === 0) continue;
    tell(`${at + 1}/${order.length} ${path.relative(root, file)} …`);
    const allowed = open.map(({ id, file: of }): [number, number] => {
      const most = isNear(file, of) ? MOST_NEAR : MOST_FAR;
      return [id, Math.min(state.get(id)?.left ?? 0, most)];
    });
    const result = await tests.meet(file, Object.fromEntries(allowed));
    for (const [id, ms] of result.spent) spend(id, ms);
    for (const id of result.killed) kill(id);
    noteNoticed(file, result.killed.length);
    for (const id of result.suspected) if (isOpen(id) && !(await tests.passesWith(id, file))) kill(id);
    for (const id of [...result.static, ...result.outside]) markStatic(id);
    for (const id of [...result.met, ...result.outside]) metIn.get(id)?.add(file);
    if (result.passed) passedAsIs.add(file);
    else await meetWhole(file, open);
    const all = [...result.spent.values()].reduce((sum, ms) => sum + ms, 0);
    if (result.passed) times[path.relative(root, file)] = Math.max(1, result.ms - all);
    keepNoticed();
    if (at % 20 === 0) writeFileSync(timesFile, JSON.stringify(times, undefined, 1));
    tell(
      `${at + 1}/${order.length} ${path.relative(root, file)}: ${result.killed.length} of ${open.length} open, ${Math.round(result.ms / 1000)} s`
    );
  }
  writeFileSync(timesFile, JSON.stringify(times, undefined, 1));
}

/**
 * For a file whose tests depend on each other: what one of them leaves behind, when it fails with a change, fails the
 * next ones. The whole file is run with each change that it meets.
 */
async function meetWhole(file: string, among: readonly Drawn[]): Promise<void> {
  const asItIs = await tests.meet(file, {});
  if (!asItIs.passed) {
    tell(`does not pass as it is: ${path.relative(root, file)}`);
    return;
  }
  passedAsIs.add(file);
  const met = new Set([...asItIs.met, ...asItIs.outside]);
  for (const { id } of among) {
    if (!met.has(id) || !isOpen(id)) continue;
    const began = Date.now();
    if (!(await tests.passesWith(id, file))) kill(id);
    spend(id, Date.now() - began);
  }
}

/** Changes that a module or a hook meets: in runs of their own, the test files first that notice most. */
async function meetFromTheStart(): Promise<void> {
  const open = drawn.filter(({ id }) => isOpen(id) && state.get(id)?.isStatic === true);
  for (const { id, file } of open) {
    if (Date.now() > endsAt) break;
    const siblings = new Set((byFile.get(file) ?? []).flatMap(one => [...(metIn.get(one.id) ?? [])]));
    const near = testFiles
      .filter(test => passedAsIs.has(test) && reaches(test, file))
      .map(test => ({ test, near: nearness(test, file) + (siblings.has(test) ? 2 : 0) }))
      .sort((a, b) => noticed(b.test) - noticed(a.test) || b.near - a.near || costOf(a.test) - costOf(b.test));
    const pages = PAGES.map(page => path.join(root, '__tests__', page));
    const first = [
      ...pages.filter(test => passedAsIs.has(test) && reaches(test, file)),
      ...near.map(({ test }) => test).filter(test => isNear(test, file) && isNamedAfter(test, file))
    ];
    for (const test of new Set([...first, ...near.slice(0, mostStatic).map(one => one.test)])) {
      if (!isOpen(id) || Date.now() > endsAt) break;
      metIn.get(id)?.add(test);
      const began = Date.now();
      if (!(await tests.passesWith(id, test))) {
        kill(id);
        noteNoticed(test, 1);
      }
      spend(id, Date.now() - began);
    }
    keepNoticed();
    tell(`from the start: ${id} ${state.get(id)?.killed === true ? 'noticed' : 'survived'}`);
  }
}

/** A change that does not compile can't be made: the compiler is asked about what no test has noticed. */
async function askCompiler(): Promise<void> {
  const open = drawn.filter(({ id }) => state.get(id)?.killed === false);
  if (open.length === 0) return;
  const othersToo = open.some(({ file }) => !file.startsWith(path.join(root, 'src')));
  const compiler = new Compiler(path.join(scratch, 'compiled'), othersToo ? ['src', 'scripts', '__tests__'] : ['src']);
  for (const one of open) {
    const [complaint] = await compiler.refusals(one.file, changedSource(sources.get(one.file) ?? '', one));
    if (complaint === undefined) continue;
    refused.add(one.id);
    tell(`refused by the compiler: ${described(one)}: ${complaint.replace(/^.*error /u, '')}`);
  }
}

function noticed(test: string): number {
  return rates[path.relative(root, test)] ?? 0;
}

function noteNoticed(test: string, changes: number): void {
  rates[path.relative(root, test)] = noticed(test) + changes;
}

function report(area: string): void {
  const own = drawn.filter(one => one.area === area);
  const killed = own.filter(({ id }) => state.get(id)?.killed).length;
  const byCompiler = own.filter(({ id }) => refused.has(id)).length;
  const percent = Math.round((100 * (killed + byCompiler)) / own.length);
  say(
    `\n${area}: ${killed + byCompiler} of ${own.length} noticed (${percent} %), ${byCompiler} of them by the compiler, seed ${seed}`
  );
  for (const mutant of own) {
    const { killed: isNoticed = false, left = 0 } = state.get(mutant.id) ?? {};
    if (isNoticed || refused.has(mutant.id)) continue;
    const met = metIn.get(mutant.id)?.size ?? 0;
    const outcome = met === 0 ? 'not reached' : left > 0 ? 'survived' : 'survived until its time was over';
    say(`${outcome} (${met}): ${described(mutant)}`);
  }
}

/** What the tests run instead of a bundle: the sources themselves, next to everything that lies near a bundle. */
async function entryInsteadOfBundle(): Promise<string> {
  const made = path.join(scratch, 'bundle');
  mkdirSync(made);
  if (values.bundle) {
    const bundle = await bundleDirectory();
    for (const name of readdirSync(bundle)) {
      if (!name.endsWith('index.js')) symlinkSync(path.join(bundle, name), path.join(made, name));
    }
  }
  const settings: StepSettings = { steps, mutants, folder: made };
  const step = path.join(import.meta.dirname, 'step.mts');
  const lines = [
    `globalThis.pgkeepSteps = ${JSON.stringify(settings)};`,
    `module.exports = require(${JSON.stringify(step)});`
  ];
  writeFileSync(path.join(made, 'index.js'), `${lines.join('\n')}\n`);
  return made;
}

function reaches(test: string, file: string): boolean {
  if (runsBundle(test)) return file.startsWith(path.join(root, 'src'));
  return reaching.get(file)?.has(test) === true;
}

function runsBundle(test: string): boolean {
  return /^__tests__\/(?:e2e|contract)\//u.test(path.relative(root, test));
}

/** `safety-changes.test.ts` is named after `safety.ts`. */
function isNamedAfter(test: string, file: string): boolean {
  const [own, name] = [path.basename(test), path.basename(file, '.ts')];
  return own.startsWith(`${name}.`) || own.startsWith(`${name}-`);
}

/** How many words the two paths share. */
function nearness(test: string, file: string): number {
  const words = wordsOf(file);
  return [...wordsOf(test)].filter(word => words.has(word)).length;
}

/** Whether the test is in the folder that is named as that of the file, or among those of all clouds. */
function isNear(test: string, file: string): boolean {
  const [about, of] = [folderOf(test), folderOf(file)];
  return about === of || (of.startsWith('providers/') && about.startsWith('providers/') && about.endsWith('.test.ts'));
}

/** The folder of `src` that a file is in or is about, with the name of a cloud. */
function folderOf(file: string): string {
  const [, , ...rest] = path
    .relative(root, file.replace(`${path.sep}src${path.sep}`, `${path.sep}src${path.sep}unit${path.sep}`))
    .split(path.sep);
  return rest.slice(0, rest[0] === 'providers' ? 2 : 1).join('/');
}

function wordsOf(file: string): ReadonlySet<string> {
  const folders = path.relative(root, file).split(path.sep).slice(1).join('-');
  return new Set(folders.split(/[^a-z0-9]+/u).filter(word => !['', 'ts', 'mts', 'test', 'unit'].includes(word)));
}

/** Milliseconds. A guess, until the file was run once, from what it brings with it. */
function costOf(test: string): number {
  const guess = runsBundle(test) ? 60_000 : startsServers.has(test) ? 20_000 : hasFake.has(test) ? 5000 : 500;
  return times[path.relative(root, test)] ?? guess;
}

function isOpen(id: number): boolean {
  const one = state.get(id);
  return one !== undefined && !one.killed && one.left > 0;
}

function kill(id: number): void {
  const one = state.get(id);
  if (one !== undefined) one.killed = true;
}

function keepNoticed(): void {
  writeFileSync(ratesFile, JSON.stringify(rates, undefined, 1));
  writeFileSync(noticedFile, JSON.stringify(drawn.map(({ id }) => id).filter(id => state.get(id)?.killed)));
}

function spend(id: number, ms: number): void {
  const one = state.get(id);
  if (one !== undefined) one.left -= ms;
}

function markStatic(id: number): void {
  const one = state.get(id);
  if (one !== undefined) one.isStatic = true;
}

function described({ file, site }: Drawn): string {
  const source = sources.get(file) ?? '';
  const line = source.split('\n')[site.line - 1]?.trim() ?? '';
  const what = source.slice(site.start, site.end).replaceAll(/\s+/gu, ' ');
  return `${path.relative(root, file)}:${site.line} ${site.kind}: ${what.slice(0, 80)}   [${line.slice(0, 100)}]`;
}

function areaOf(name: string): { readonly name: string; readonly files: readonly string[] } {
  const full = path.resolve(name);
  return { name, files: statSync(full).isDirectory() ? typeScriptIn(full) : [full] };
}

function changedFiles(): readonly string[] {
  const names = execFileSync('git', ['diff', '--name-only', '--diff-filter=d', 'main', '--', 'src'], { cwd: root });
  return names
    .toString()
    .split('\n')
    .filter(name => name.endsWith('.ts'))
    .map(name => path.join(root, name));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** How far it is, which is no part of the result. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
