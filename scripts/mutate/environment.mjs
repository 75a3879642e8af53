import { appendFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { TestEnvironment } = createRequire(import.meta.url)('jest-environment-node');

/** Milliseconds that a test with a mutant in it may take at least; it gets ten times what it takes without. */
const LEAST_TIME = 5000;

/**
 * Runs each test once as it is, then again for every mutant that it came by, until one of the tests has noticed that
 * mutant. So the modules of a test file are loaded once for all mutants. What becomes of them is written to the log
 * (`PGKEEP_MUTANT_LOG`), a line of JSON each. A mutant that is met outside of any test, as by a module, can't be
 * switched on later: it is `static` here, and `PGKEEP_MUTANT` switches it on from the start, in a run of its own.
 */
export default class MutantEnvironment extends TestEnvironment {
  #always = Number(process.env.PGKEEP_MUTANT ?? -1);
  #log = process.env.PGKEEP_MUTANT_LOG;
  #active = this.#always;
  #outside = new Set();
  #met = new Set();
  #current;
  #unsettled;
  #done = new Map();
  #repeats = new Map();

  constructor(config, context) {
    super(config, context);
    this.global.pgkeepMutant = id => {
      if (this.#log !== undefined) (this.#current === undefined ? this.#outside : this.#met).add(id);
      return id === this.#active;
    };
    if (this.#log === undefined) return;
    for (const line of readFileSync(this.#log, 'utf8').split('\n').filter(Boolean)) {
      const { id, killed, ms = 0 } = JSON.parse(line);
      if (id === undefined) continue;
      this.#done.set(id, killed === true || this.#done.get(id) === true);
      this.#spend(id, ms);
    }
    this.#write({ file: context.testPath, begun: true });
    this.file = context.testPath;
  }

  handleTestEvent(event) {
    if (this.#log === undefined) return;
    this.#settle();
    if (event.name === 'test_start') this.#begin(event.test);
    if (event.name === 'test_done') this.#end(event.test);
  }

  #begin(test) {
    this.#current = test;
    const repeat = this.#repeats.get(test);
    if (repeat === undefined) {
      this.#met.clear();
      return;
    }
    const { id, of } = repeat;
    if (of.unsound || (id >= 0 && this.#isDone(id))) return void (test.mode = 'skip');
    this.#active = id;
    this.#write({ file: this.file, id, test: test.name });
  }

  #end(test) {
    this.#current = undefined;
    this.#active = this.#always;
    if (this.#repeats.has(test)) return void (this.#unsettled = test);
    const ids = [...this.#met].filter(id => !this.#outside.has(id) && !this.#isDone(id));
    if (ids.length === 0 || test.errors.length > 0) return;
    const of = { unsound: false };
    // The first repetition has no mutant in it: a test that can't be repeated says nothing.
    const repeats = [-1, ...ids].map(id => repeated(test, id));
    for (const [index, repeat] of repeats.entries()) this.#repeats.set(repeat, { id: [-1, ...ids][index], of });
    const siblings = test.parent.children;
    siblings.splice(siblings.indexOf(test) + 1, 0, ...repeats);
  }

  /** A test's errors are whole only after every handler has seen its end. */
  #settle() {
    const test = this.#unsettled;
    if (test === undefined) return;
    this.#unsettled = undefined;
    const { id, of } = this.#repeats.get(test);
    const failed = test.errors.length > 0;
    if (id < 0) return void (of.unsound = failed);
    const ms = Date.now() - (test.startedAt ?? Date.now());
    if (failed) this.#done.set(id, true);
    this.#spend(id, ms);
    this.#write({ file: this.file, id, killed: failed, ms });
  }

  #spent = new Map();

  #spend(id, ms) {
    this.#spent.set(id, (this.#spent.get(id) ?? 0) + ms);
  }

  #isDone(id) {
    return this.#done.get(id) === true || (this.#spent.get(id) ?? 0) > Number(process.env.PGKEEP_MUTANT_LIMIT) * 1000;
  }

  #write(line) {
    appendFileSync(this.#log, `${JSON.stringify(line)}\n`);
  }

  async teardown() {
    if (this.#log !== undefined) {
      this.#settle();
      this.#write({ file: this.file, ended: true, static: [...this.#outside] });
    }
    await super.teardown();
  }
}

function repeated(test, id) {
  return {
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
}
