import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  path.join(root, 'node_modules/jest/bin/jest.js'),
  '--config',
  path.join(root, 'scripts/mutate/jest.config.mjs')
];

/** Where the mutants are: a file of JSON with the source of each file that holds some. */
export interface Place {
  readonly mutants: string;
  /** Seconds that the tests of one mutant may take, and that a run may say nothing. */
  readonly limitSeconds: number;
}

/** What the tests made of the mutants. */
export interface Findings {
  readonly killed: ReadonlySet<number>;
  /** By mutant: the test files that met it. */
  readonly metIn: ReadonlyMap<number, ReadonlySet<string>>;
  /** By mutant: the test files where it is met outside of any test, so that the run says nothing about it. */
  readonly staticIn: ReadonlyMap<number, ReadonlySet<string>>;
}

interface Line {
  readonly file: string;
  readonly id?: number;
  readonly killed?: boolean;
  readonly begun?: boolean;
  readonly ended?: boolean;
  readonly static?: readonly number[];
}

/** The test files that import one of these, directly or not. */
export async function relatedTests(sources: readonly string[], place: Place): Promise<readonly string[]> {
  const { output } = await run([...jest, '--listTests', '--findRelatedTests', ...sources], {
    PGKEEP_MUTANTS: place.mutants
  });
  return output.split('\n').filter(line => line.endsWith('.test.ts'));
}

/** Runs each test once as it is and then with every mutant that it meets, all in one process. */
export async function meetMutants(tests: readonly string[], place: Place): Promise<Findings> {
  const log = `${place.mutants}.log`;
  writeFileSync(log, '');
  const env = {
    PGKEEP_MUTANTS: place.mutants,
    PGKEEP_MUTANT_LOG: log,
    PGKEEP_MUTANT_LIMIT: String(place.limitSeconds)
  };
  let left = tests;
  while (left.length > 0) {
    const { timedOut } = await run([...jest, '--silent', '--runTestsByPath', ...left], env, () => {
      const quiet = existsSync(log) ? Date.now() - statSync(log).mtimeMs : 0;
      return quiet > place.limitSeconds * 1000;
    });
    if (!timedOut) break;
    // A mutant that never ends has been noticed. The file that it stood in is begun again, without it.
    const last = linesOf(log).at(-1);
    if (last === undefined) break;
    const ended = new Set(
      linesOf(log)
        .filter(line => line.ended)
        .map(({ file }) => file)
    );
    left = left.filter(file => !ended.has(file) && (last.id !== undefined || file !== last.file));
    appendFileSync(log, `${JSON.stringify({ ...last, killed: true })}\n`);
  }
  return findingsIn(linesOf(log));
}

/** Whether these files pass with that mutant switched on from the start. No end in time counts as a failure. */
export async function passWith(mutant: number, tests: readonly string[], place: Place): Promise<boolean> {
  const began = Date.now();
  const { status } = await run(
    [...jest, '--bail', '--silent', '--runTestsByPath', ...tests],
    { PGKEEP_MUTANTS: place.mutants, PGKEEP_MUTANT: String(mutant) },
    () => Date.now() - began > place.limitSeconds * 1000
  );
  return status === 0;
}

function findingsIn(lines: readonly Line[]): Findings {
  const killed = new Set<number>();
  const metIn = new Map<number, Set<string>>();
  const staticIn = new Map<number, Set<string>>();
  const note = (map: Map<number, Set<string>>, id: number, file: string): void => {
    map.set(id, (map.get(id) ?? new Set()).add(file));
  };
  for (const line of lines) {
    if (line.id !== undefined && line.id >= 0) {
      note(metIn, line.id, line.file);
      if (line.killed === true) killed.add(line.id);
    }
    for (const id of line.static ?? []) note(staticIn, id, line.file);
  }
  return { killed, metIn, staticIn };
}

function linesOf(log: string): readonly Line[] {
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Line);
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  isOverdue: () => boolean = () => false
): Promise<{ readonly status: number; readonly output: string; readonly timedOut: boolean }> {
  // A group of its own, so that what the tests start ends with them.
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe']
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.resume();
  let timedOut = false;
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setInterval(() => {
    if (!isOverdue()) return;
    timedOut = true;
    end();
  }, 1000);
  const interrupted = (): void => {
    end();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const status = await new Promise<number>(resolve => child.once('close', code => resolve(code ?? 1)));
    return { status, output: Buffer.concat(chunks).toString(), timedOut };
  } finally {
    clearInterval(timer);
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  }
}
