import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Job, StepFiles } from './environment.mts';
import { root } from './modules.mts';
import type { Answer } from './worker.mts';

type Done = Extract<Answer, { done: string }>;

/** A worker that has grown beyond this is replaced: modules that were loaded for a mutant stay in its memory. */
const MOST_MEGABYTES = 2500;

/** A worker that says nothing for so long hangs; one with a mutant in it, when it is so late with the end of a test. */
const [QUIET_SECONDS, LATE_SECONDS] = [120, 10];

/** What a test file made of the mutants. */
export interface FileResult {
  /** Whether all tests of the file passed, as they are or with the mutant that was on from the start. */
  readonly passed: boolean;
  readonly ms: number;
  readonly met: readonly number[];
  readonly outside: readonly number[];
  readonly static: readonly number[];
  readonly killed: readonly number[];
  /** To be run from the start. */
  readonly suspected: ReadonlySet<number>;
  readonly spent: ReadonlyMap<number, number>;
}

/** Runs test files one after another in a process that stays, and replaces it when it says nothing for too long. */
export class Tests {
  readonly #mutants: string;
  readonly #steps: StepFiles;
  #child: ChildProcess | undefined;

  constructor(mutants: string, steps: StepFiles) {
    this.#mutants = mutants;
    this.#steps = steps;
  }

  /** Each test as it is, then with each of the open mutants that it meets. */
  async meet(file: string, open: Readonly<Record<number, number>>): Promise<FileResult> {
    const left = { ...open };
    const killed: number[] = [];
    const suspected = new Set<number>();
    const spent = new Map<number, number>();
    for (;;) {
      const { done, at } = await this.#run({ file, open: left, steps: this.#steps }, told => {
        if ('suspected' in told) suspected.add(told.suspected);
        if (!('ended' in told)) return;
        spent.set(told.ended, (spent.get(told.ended) ?? 0) + told.ms);
        left[told.ended] = (left[told.ended] ?? 0) - told.ms;
        if (!told.killed) return;
        killed.push(told.ended);
        left[told.ended] = 0;
      });
      if (done !== undefined) return { ...done, killed, suspected, spent };
      // A mutant whose test never ends has been noticed. The file is begun again, without it.
      if (at === undefined) {
        return { passed: false, ms: QUIET_SECONDS * 1000, met: [], outside: [], static: [], killed, suspected, spent };
      }
      killed.push(at);
      left[at] = 0;
    }
  }

  /** Whether the file passes with that mutant switched on from the start. No end in time counts as a failure. */
  async passesWith(mutant: number, file: string): Promise<boolean> {
    const { done } = await this.#run({ file, mutant, open: {}, steps: this.#steps }, () => {});
    return done?.passed === true;
  }

  close(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    // A group of its own, so that what the tests start ends with it.
    if (pid !== undefined) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {}
    }
  }

  async #run(
    job: Job,
    tell: (told: Answer) => void
  ): Promise<{ readonly done?: Done | undefined; readonly at?: number | undefined }> {
    const child = this.#child ?? (await this.#start());
    let at: number | undefined;
    child.send(job);
    const done = await this.#until(child, answer => {
      if ('began' in answer) at = answer.began < 0 ? undefined : answer.began;
      else if ('ended' in answer) at = undefined;
      tell(answer);
    });
    if (done === undefined || done.megabytes > MOST_MEGABYTES) this.close();
    return { done, at };
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(path.join(import.meta.dirname, 'worker.mts'), [this.#mutants], {
      cwd: root,
      detached: true,
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=3000'],
      // What is compiled here is no file.
      env: { ...process.env, JEST_WORKER_ID: '1', NODE_DISABLE_COMPILE_CACHE: '1' },
      stdio: ['ignore', 'ignore', process.env['PGKEEP_MUTATE_SHOW'] === '1' ? 'inherit' : 'ignore', 'ipc']
    });
    this.#child = child;
    if ((await this.#until(child, () => {})) === undefined) {
      throw new Error('Could not start a worker: set PGKEEP_MUTATE_SHOW=1 to see why');
    }
    return child;
  }

  /** The end of a job; `undefined` where the worker dies or says nothing for too long. */
  async #until(child: ChildProcess, tell: (answer: Answer) => void): Promise<Done | undefined> {
    return new Promise(resolve => {
      let heard = Date.now();
      let most = QUIET_SECONDS * 1000;
      const end = (done: Done | undefined): void => {
        clearInterval(timer);
        child.off('message', listen);
        child.off('exit', gone);
        resolve(done);
      };
      const listen = (message: unknown): void => {
        heard = Date.now();
        const answer = message as Answer;
        most = 'began' in answer && answer.began >= 0 ? answer.timeout + LATE_SECONDS * 1000 : QUIET_SECONDS * 1000;
        if ('done' in answer) end(answer);
        else tell(answer);
      };
      const gone = (): void => end(undefined);
      const timer = setInterval(() => {
        if (Date.now() - heard > most) end(undefined);
      }, 500);
      child.on('message', listen).once('exit', gone);
    });
  }
}
