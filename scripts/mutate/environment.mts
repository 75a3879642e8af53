import { readFileSync, writeFileSync } from 'node:fs';
import { forgetKept } from '../../__tests__/support/kept.ts';
import ProcessEnvironment from '../../__tests__/support/runner/environment.mts';

/** What a worker and its test files share about the mutants. */
export interface Switchboard {
  /** Switched on; -1 is none. */
  active: number;
  /** Who came by since it was emptied. */
  readonly met: Set<number>;
  /** Met while a module was loaded: each says nothing unless it is on from the start. */
  readonly static: Set<number>;
}

/** A job of a worker: a test file, and whether one mutant is on from the start. */
export interface Job {
  readonly file: string;
  readonly mutant?: number;
  /** Those that are still to be noticed, with the milliseconds that each may take. */
  readonly open: Readonly<Record<number, number>>;
  /** What steps in processes of their own read and write. */
  readonly steps: StepFiles;
}

export interface StepFiles {
  /** Holds the number of the mutant that is on. */
  readonly active: string;
  /** Takes the number of each mutant that a step came by, a line each. */
  readonly met: string;
}

/** What the environment tells meanwhile. */
export type Told =
  | { readonly began: number; readonly timeout: number }
  | { readonly ended: number; readonly killed: boolean; readonly ms: number }
  /**
   * A test fails with it, but the mutant was met before the test as well, or the test needs what this failure has
   * spoilt: a run with it from the start has to say so.
   */
  | { readonly suspected: number };

interface Test {
  name: string;
  mode: unknown;
  errors: unknown[];
  startedAt?: number | null;
  parent: { readonly children: unknown[] };
  timeout?: number;
}

/** Milliseconds that a test with a mutant in it may take at least; it gets ten times what it takes without. */
const LEAST_TIME = 10_000;
/** Repeats a test as it is, after one that failed with a mutant. */
const AGAIN = -2;

/**
 * Runs each test once as it is, then again for every mutant that it came by, until one of the tests has noticed that
 * mutant. A test that does not pass again without a mutant says nothing yet: the whole file has to be run with each.
 * With a mutant that is on from the start, the tests run once, until the first failure.
 */
export class MutantEnvironment extends ProcessEnvironment {
  readonly outside: Set<number>;
  readonly met = new Set<number>();
  failed = 0;
  passed = 0;
  readonly #board: Switchboard;
  readonly #job: Job;
  readonly #tell: (told: Told) => void;
  readonly #left: Map<number, number>;
  readonly #repeats = new Map<Test, { readonly id: number; readonly of: Claims }>();
  #unsettled: Test | undefined;

  /** `outside`: met before the file itself is loaded. */
  constructor(board: Switchboard, job: Job, outside: readonly number[], tell: (told: Told) => void) {
    super();
    this.outside = new Set(outside);
    this.#board = board;
    this.#job = job;
    this.#tell = tell;
    this.#left = new Map(Object.entries(job.open).map(([id, ms]) => [Number(id), ms]));
    board.met.clear();
    this.#switchOn(job.mutant ?? -1);
  }

  handleTestEvent({ name, test }: { readonly name: string; readonly test?: Test }): void {
    this.#settle();
    if (test === undefined) return;
    if (name === 'test_start') this.#begin(test);
    if (name === 'test_done') this.#end(test);
  }

  override async teardown(): Promise<void> {
    this.#settle();
    this.#takeMet(this.outside);
    this.#switchOn(-1);
    await super.teardown();
  }

  #begin(test: Test): void {
    this.#takeMet(this.outside);
    // What a test before made with the sources as they are would hide a mutant.
    if (this.#job.mutant === undefined) forgetKept();
    if (this.#job.mutant !== undefined) {
      if (this.failed > 0) test.mode = 'skip';
      return;
    }
    const repeat = this.#repeats.get(test);
    if (repeat === undefined) return;
    const { id, of } = repeat;
    if (of.isUnsound || (id >= 0 && !this.#isOpen(id)) || (id === AGAIN && of.killed.length === 0)) {
      test.mode = 'skip';
      return;
    }
    this.#switchOn(Math.max(id, -1));
    this.#tell({ began: id, timeout: test.timeout ?? LEAST_TIME });
  }

  #end(test: Test): void {
    this.#unsettled = test;
    if (this.#job.mutant !== undefined) return;
    const met = new Set<number>();
    this.#takeMet(met);
    this.#switchOn(-1);
    if (this.#repeats.has(test)) return;
    for (const id of met) this.met.add(id);
    const ids = [...met].filter(id => this.#isOpen(id));
    if (ids.length === 0 || test.errors.length > 0 || test.mode === 'skip' || test.mode === 'todo') return;
    const of: Claims = { killed: [], isUnsound: false };
    const repeats = [...ids, AGAIN].map(id => {
      const repeat = repeated(test, id);
      this.#repeats.set(repeat, { id, of });
      return repeat;
    });
    const siblings = test.parent.children;
    // A child of a block is a test with its kind, and circus looks at both.
    const at = siblings.findIndex(child => child === test);
    siblings.splice(at + 1, 0, ...repeats);
  }

  /** A test's errors are whole only after every handler has seen its end. */
  #settle(): void {
    const test = this.#unsettled;
    if (test === undefined) return;
    this.#unsettled = undefined;
    const failed = test.errors.length > 0;
    const repeat = this.#repeats.get(test);
    if (repeat === undefined) {
      if (failed) this.failed += 1;
      else this.passed += 1;
      return;
    }
    const { id, of } = repeat;
    if (test.mode === 'skip') return;
    if (id === AGAIN) {
      of.isUnsound = failed;
      for (const killed of of.killed) {
        const isEarlier = failed || this.outside.has(killed) || this.#board.static.has(killed);
        this.#tell(isEarlier ? { suspected: killed } : { ended: killed, killed: true, ms: 0 });
        this.#left.set(killed, 0);
      }
      return;
    }
    const ms = Date.now() - (test.startedAt ?? Date.now());
    this.#left.set(id, (this.#left.get(id) ?? 0) - ms);
    if (failed) of.killed.push(id);
    this.#tell({ ended: id, killed: false, ms });
  }

  #isOpen(id: number): boolean {
    return (this.#left.get(id) ?? 0) > 0;
  }

  #switchOn(id: number): void {
    this.#board.active = id;
    writeFileSync(this.#job.steps.active, String(id));
  }

  /** Moves there who was met since, by this process or by steps. */
  #takeMet(to: Set<number>): void {
    for (const id of this.#board.met) to.add(id);
    this.#board.met.clear();
    const lines = readFileSync(this.#job.steps.met, 'utf8');
    if (lines === '') return;
    for (const line of lines.split('\n').filter(Boolean)) to.add(Number(line));
    writeFileSync(this.#job.steps.met, '');
  }
}

interface Claims {
  /** Mutants with which this test failed. */
  readonly killed: number[];
  isUnsound: boolean;
}

function repeated(test: Test, id: number): Test {
  const copy = {
    ...test,
    name: id < 0 ? `${test.name} [again]` : `${test.name} [mutant ${id}]`,
    duration: null,
    errors: [],
    invocations: 0,
    numPassingAsserts: 0,
    retryReasons: [],
    seenDone: false,
    startedAt: null,
    status: null,
    timeout: Math.max(LEAST_TIME, 10 * (Date.now() - (test.startedAt ?? Date.now()))),
    unhandledRejectionErrorByPromise: new Map()
  };
  return copy;
}
