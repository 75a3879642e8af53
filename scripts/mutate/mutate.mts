import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { draw } from './draw.mts';
import { instrumented, type Mutant } from './instrument.mts';
import { sitesOf } from './sites.mts';
import { meetMutants, passWith, relatedTests } from './tests.mts';

/**
 * Draws single changes of meaning from files of `src` and runs the tests that reach each. What no test notices is
 * printed. `npm run mutate -- --seed 7 --count 50 src/providers/aws` draws others. Without paths it takes the files
 * that differ from `main`. Tests of the bundle are not run: a change that only they notice counts as survived.
 */
interface Drawn extends Mutant {
  readonly file: string;
}

type Outcome = 'killed' | 'survived' | 'not reached';

const root = path.resolve(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    /** How many changes to draw in all. */
    count: { type: 'string', default: '30' },
    /** How many test files may meet a change: the nearest ones. */
    tests: { type: 'string', default: '40' },
    /** How many of them a change may meet that a module makes as it is loaded: each is run for that change alone. */
    static: { type: 'string', default: '8' },
    /** Seconds for the tests of one change. */
    limit: { type: 'string', default: '60' }
  }
});
const [seed, count, testFiles, limit] = [values.seed, values.count, values.tests, values.limit].map(Number) as [
  number,
  number,
  number,
  number
];
// Other programs of the machine go first.
setPriority(10);

const files = sourcesOf(positionals.length > 0 ? positionals : changedFiles());
if (files.length === 0) throw new Error('Could not draw a change: no file of src is named, and none differs from main');
const sources = new Map(files.map(file => [file, readFileSync(file, 'utf8')]));
const all = [...sources].flatMap(([file, source]) => sitesOf(source).map(site => ({ file, site })));
const drawn: readonly Drawn[] = draw(all, count, seed).map((place, id) => ({ id, ...place }));

const scratch = path.join(root, 'build', 'mutate');
mkdirSync(scratch, { recursive: true });
const place = { mutants: path.join(scratch, `${seed}-${process.pid}.json`), limitSeconds: limit };
const byFile = Map.groupBy(drawn, ({ file }) => file);
const texts = [...byFile].map(([file, within]) => [file, instrumented(sources.get(file) ?? '', within)] as const);
writeFileSync(place.mutants, JSON.stringify(Object.fromEntries(texts)));

say(`${drawn.length} of ${all.length} changes in ${files.length} files, seed ${seed}`);
const related = nearestFirst(await relatedTests([...byFile.keys()], place), [...byFile.keys()]).slice(0, testFiles);
say(`${related.length} test files reach them`);
const { killed, metIn, staticIn } = await meetMutants(related, place);

let noticed = 0;
for (const mutant of drawn) {
  const outcome = await outcomeOf(mutant);
  if (outcome === 'killed') noticed += 1;
  else say(`${outcome}: ${described(mutant)}`);
}
say(`${noticed} of ${drawn.length} noticed (${Math.round((100 * noticed) / drawn.length)} %), seed ${seed}`);

async function outcomeOf({ id }: Drawn): Promise<Outcome> {
  if (killed.has(id)) return 'killed';
  const outside = related.filter(test => staticIn.get(id)?.has(test) === true).slice(0, Number(values.static));
  if (outside.length > 0 && !(await passWith(id, outside, place))) return 'killed';
  return outside.length > 0 || metIn.has(id) ? 'survived' : 'not reached';
}

function described({ file, site }: Drawn): string {
  const source = sources.get(file) ?? '';
  const line = source.split('\n')[site.line - 1]?.trim() ?? '';
  const what = source.slice(site.start, site.end).replaceAll(/\s+/gu, ' ');
  return `${path.relative(root, file)}:${site.line} ${site.kind}: ${what.slice(0, 80)}   [${line.slice(0, 100)}]`;
}

/** The tests of a file's own name first, then those of its folder, then those of the folder above it, and so on. */
function nearestFirst(tests: readonly string[], of: readonly string[]): readonly string[] {
  const names = of.map(file => path.relative(path.join(root, 'src'), file).replace(/\.ts$/, '').split(path.sep));
  const nearness = (test: string): number => {
    const parts = path
      .relative(path.join(root, '__tests__', 'unit'), test)
      .replace(/\.test\.ts$/, '')
      .split(path.sep);
    return Math.max(...names.map(name => name.filter((part, index) => parts[index] === part).length));
  };
  return tests
    .map(test => ({ test, near: nearness(test) }))
    .sort((a, b) => b.near - a.near || (a.test < b.test ? -1 : 1))
    .map(({ test }) => test);
}

function sourcesOf(paths: readonly string[]): readonly string[] {
  return paths
    .map(name => path.resolve(name))
    .flatMap(name =>
      statSync(name).isDirectory()
        ? readdirSync(name, { recursive: true, encoding: 'utf8' }).map(file => path.join(name, file))
        : [name]
    )
    .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .sort();
}

function changedFiles(): readonly string[] {
  const names = execFileSync('git', ['diff', '--name-only', '--diff-filter=d', 'main', '--', 'src'], { cwd: root });
  return names.toString().split('\n').filter(Boolean);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
