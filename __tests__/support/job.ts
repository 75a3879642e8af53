import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync
} from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunnerEvent } from '../clouds/github/events.ts';
import { inputVariables } from './action-inputs.ts';
import { bundleDirectory } from './bundle.ts';
import { isRunning, killAnyway, processesOfJob } from './processes.ts';
import { commandFiles, eventFile, machineVariables, runnerVariables } from './runner-environment.ts';
import { follow, runInWarmProcess, type Launch, type RunningStep, type Step } from './step-process.ts';
import { testToolCache, VERDICTS } from './tool-cache.ts';
import { ALL_COLD, compileCache } from './warm-steps.ts';

export type { RunningStep, Step } from './step-process.ts';

export interface JobOptions {
  /** What started the workflow: variables and payload. Default: none, as outside of a workflow. */
  readonly event?: RunnerEvent;
  /** `github.token`. Default: none. */
  readonly token?: string;
  /** Variables of the whole job; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the tests' own, which keeps the server binaries between runs. */
  readonly toolCache?: string;
}

export interface StepOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Another event than the job's. */
  readonly event?: RunnerEvent;
  readonly token?: string;
  /** Reads the process list all the time. Costs a few percent of a core. */
  readonly watch?: boolean;
  /** The beginning of the command line: what it names runs the step. */
  readonly through?: readonly string[];
  /** How many times shorter the step's pauses are. A step in a process of its own takes its time. Default 1. */
  readonly pace?: number;
}

/** One job on a runner: its steps share the temporary directory, the workspace and the processes. */
export interface Job {
  /** Everything below lies in here. */
  readonly directory: string;
  /** RUNNER_TEMP */
  readonly temp: string;
  /** GITHUB_WORKSPACE */
  readonly workspace: string;
  /** Runs the action's main step to its end. */
  step(inputs: Readonly<Record<string, string>>, options?: StepOptions): Promise<Step>;
  start(inputs: Readonly<Record<string, string>>, options?: StepOptions): Promise<RunningStep>;
  /**
   * Runs the post step of a main step that has ended. Default: the job was a success, and the inputs are those of the
   * main step. They are others in a composite action that another one calls:
   * https://github.com/actions/runner/issues/3514
   */
  post(
    main: Step,
    status?: 'success' | 'failure' | 'cancelled',
    inputs?: Readonly<Record<string, string>>
  ): Promise<Step>;
  /** Writes a file into the workspace, as a checkout would. */
  file(name: string, text: string): Promise<string>;
  /**
   * The job's end on the runner: whatever its steps left running is ended, and the directories are removed. Returns the
   * command lines of what had to be ended.
   */
  end(): Promise<readonly string[]>;
}

const isTest = process.env['JEST_WORKER_ID'] !== undefined;

// A promise for each of its small files takes longer than the file, for a thousand jobs.
function copyVerdicts(from: string, to: string): void {
  mkdirSync(VERDICTS, { recursive: true });
  const names = existsSync(from) ? readdirSync(from) : [];
  for (const name of names.filter(one => one.startsWith('pgkeep-verified-'))) {
    try {
      // A file of our own, closed to others, as a step leaves it.
      copyFileSync(path.join(from, name), path.join(to, name));
    } catch {
      // Another worker is at the same file.
    }
  }
}

/** Begins a job. End it when done. */
export async function startJob(options: JobOptions = {}): Promise<Job> {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'pgkeep-job-')));
  // Where root runs the tests, the server's own user has to pass through.
  chmodSync(directory, 0o755);
  const [temp, workspace] = [path.join(directory, 'temp'), path.join(directory, 'work', 'shop')];
  const trackingId = `github_${randomUUID()}`;
  for (const folder of [temp, workspace]) mkdirSync(folder, { recursive: true });
  // As on a runner, whatever the umask of the tests.
  for (const folder of [temp, path.dirname(workspace), workspace]) chmodSync(folder, 0o755);
  const bundle = await bundleDirectory();
  const toolCache = options.toolCache ?? testToolCache();
  if (isTest && options.toolCache === undefined) copyVerdicts(VERDICTS, temp);

  const prepare = (
    given: Readonly<Record<string, string>>,
    state: Readonly<Record<string, string>>,
    jobStatus: 'success' | 'failure' | 'cancelled',
    stepOptions: StepOptions
  ): Launch => {
    const commands = commandFiles(temp);
    const event = stepOptions.event ?? options.event;
    const token = stepOptions.token ?? options.token ?? '';
    const variables: Record<string, string | undefined> = {
      ...machineVariables(),
      ...runnerVariables({ temp, workspace, toolCache, trackingId }),
      ...(isTest ? compileCache() : {}),
      ...event?.env,
      ...(event === undefined ? {} : { GITHUB_EVENT_PATH: eventFile(temp, event) }),
      ...commands,
      ...inputVariables(given, { token, jobStatus }),
      ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
      ...options.env,
      ...stepOptions.env
    };
    const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { env: Object.fromEntries(set), cwd: workspace, commands };
  };
  const program = path.join(bundle, 'index.js');
  const launch = (prepared: Launch, { watch = false, through = [] }: StepOptions): RunningStep =>
    follow(program, { ...prepared, watch, through });
  const runToEnd = async (prepared: Launch, stepOptions: StepOptions): Promise<Step> => {
    const { watch = false, through, pace = 1 } = stepOptions;
    const isWarm = isTest && through === undefined && !ALL_COLD;
    return isWarm ? runInWarmProcess(program, { ...prepared, watch, pace }) : launch(prepared, stepOptions).done;
  };

  const inputsOf = new WeakMap<Step, { inputs: Readonly<Record<string, string>>; options: StepOptions }>();
  const start: Job['start'] = async (inputs, stepOptions = {}) => {
    const running = launch(prepare(inputs, {}, 'success', stepOptions), stepOptions);
    void running.done.then(step => inputsOf.set(step, { inputs, options: stepOptions })).catch(() => {});
    return running;
  };
  const run: Job['step'] = async (inputs, stepOptions = {}) => {
    const step = await runToEnd(prepare(inputs, {}, 'success', stepOptions), stepOptions);
    inputsOf.set(step, { inputs, options: stepOptions });
    return step;
  };
  return {
    directory,
    temp,
    workspace,
    start,
    step: run,
    post: async (main, status = 'success', inputs = inputsOf.get(main)?.inputs ?? {}) => {
      const stepOptions = inputsOf.get(main)?.options ?? {};
      return runToEnd(prepare(inputs, main.state, status, stepOptions), stepOptions);
    },
    file: async (name, text) => {
      const full = path.join(workspace, name);
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, text);
      return full;
    },
    end: async () => {
      const left = await processesOfJob(trackingId);
      for (const { pid } of left) killAnyway(pid);
      for (const { pid } of left) {
        while (await isRunning(pid)) await new Promise(resolve => setTimeout(resolve, 5));
      }
      if (isTest && options.toolCache === undefined) copyVerdicts(temp, VERDICTS);
      // Synchronous: the thousand files of a cluster take ten times as long through the thread pool.
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
      return left.map(({ command }) => command);
    }
  };
}
