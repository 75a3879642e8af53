import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from 'jest-config';
import { MutantEnvironment, type Job, type Switchboard, type Told } from './environment.mts';
import { ModuleGraph, Modules, root, typeScriptIn } from './modules.mts';

/** The arguments: the sources with the mutants in them, and the file that each mutant is in. */
const { sources, fileOf } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly sources: Readonly<Record<string, string>>;
  readonly fileOf: Readonly<Record<number, string>>;
};

/** What a worker sends to the process that started it. */
export type Answer =
  | Told
  | {
      readonly done: string;
      readonly passed: boolean;
      readonly ms: number;
      readonly met: readonly number[];
      readonly outside: readonly number[];
      readonly static: readonly number[];
      readonly megabytes: number;
    };

const board: Switchboard = { active: -1, met: new Set(), static: new Set() };
Object.assign(globalThis, {
  pgkeepMutant: (id: number): boolean => {
    board.met.add(id);
    return id === board.active;
  }
});
const modules = new Modules(sources);
const graph = new ModuleGraph();
const { default: runFile } = await import('../../__tests__/support/runner/run-file.mts');
const { globalConfig, projectConfig } = await readConfig(
  { ci: true, _: [], $0: 'mutate' },
  path.join(root, 'jest.config.mjs')
);
/** Who was met while a module of the tests was loaded. */
const metByHelper = new Map<string, readonly number[]>();
const send = (answer: Answer): void => void process.send?.(answer);

// All of `src`, before the first mutant is switched on: what is loaded later would keep the traces of one.
for (const file of typeScriptIn(path.join(root, 'src'))) {
  if (path.basename(file) !== 'index.ts') await import(file);
}
for (const id of board.met) board.static.add(id);

process.on('message', (job: Job) => void run(job));
process.on('disconnect', () => process.exit());
send(done('', true, 0));

async function run(job: Job): Promise<void> {
  const began = performance.now();
  const helpers = await loadHelpers(job.file);
  const mutated = job.mutant === undefined ? undefined : fileOf[job.mutant];
  if (mutated !== undefined && isMetWhileLoading(job)) modules.begin(job.mutant ?? 0, graph.dependentsOf(mutated));
  const environment = new MutantEnvironment(board, job, helpers, send);
  await environment.setup();
  let failed: boolean;
  try {
    const runtime = { enterTestCode: () => {}, leaveTestCode: () => {} };
    const result = await runFile(globalConfig, projectConfig, environment, runtime, job.file, undefined);
    failed = 'testExecError' in result && result.testExecError !== undefined && result.testExecError !== null;
  } catch {
    failed = true;
  }
  await environment.teardown();
  modules.end();
  failed ||= environment.failed > 0 || environment.passed === 0;
  send({
    ...done(job.file, !failed, performance.now() - began),
    met: [...environment.met],
    outside: [...environment.outside]
  });
}

/** Loads what the test file imports, and tells who was met meanwhile: the file's tests say nothing about these. */
async function loadHelpers(file: string): Promise<readonly number[]> {
  const helpers = graph.importsOf(file).filter(one => /__tests__.*\.ts$/u.test(one));
  for (const helper of helpers) {
    if (metByHelper.has(helper)) continue;
    board.met.clear();
    await import(helper);
    metByHelper.set(helper, [...board.met]);
  }
  return helpers.flatMap(helper => metByHelper.get(helper) ?? []);
}

/** Whether modules that are loaded already have met the mutant. */
function isMetWhileLoading({ file, mutant = -1 }: Job): boolean {
  if (board.static.has(mutant)) return true;
  return graph.importsOf(file).some(helper => metByHelper.get(helper)?.includes(mutant) === true);
}

function done(file: string, passed: boolean, ms: number): Extract<Answer, { done: string }> {
  const megabytes = Math.round(process.memoryUsage().rss / 1e6);
  return { done: file, passed, ms: Math.round(ms), met: [], outside: [], static: [...board.static], megabytes };
}
