import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { watchProcesses } from './processes.ts';
import type { CommandFiles } from './runner-environment.ts';
import { readCommandFile, readLog, type PrintedLog } from './runner-files.ts';
import { runWarm } from './warm-steps.ts';

/** A step that has ended. */
export interface Step extends PrintedLog {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Command lines of all processes seen meanwhile; empty unless watched. */
  readonly commands: readonly string[];
  readonly milliseconds: number;
  /** Milliseconds since 1970, with their fractions. */
  readonly startedAt: number;
}

/** A step at work. */
export interface RunningStep {
  readonly pid: number;
  readonly done: Promise<Step>;
  /** Resolves once the log matches; throws when the step ends without it. */
  saying(pattern: RegExp): Promise<void>;
  /** Has no effect on a step that has ended. */
  kill(signal: NodeJS.Signals): void;
}

export interface Launch {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly commands: CommandFiles;
}

export interface ProcessLaunch extends Launch {
  readonly watch: boolean;
  /** The beginning of the command line; what it names runs the rest. */
  readonly through: readonly string[];
}

/** Runs the bundle as a child process and follows what it says. */
export function follow(program: string, { env, cwd, commands, watch, through }: ProcessLaunch): RunningStep {
  const began = performance.now();
  const processes = watch ? watchProcesses() : undefined;
  const [command, ...args] = [...through, process.execPath, program];
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const listener of listeners) listener();
    });
  }
  const done = ended(child).then(async ({ exitCode, signal }) => {
    const step = stepOf({ text, exitCode, signal, commands, began });
    return { ...step, commands: (await processes?.stop()) ?? [] };
  });
  return {
    pid: child.pid ?? 0,
    done,
    saying: async pattern => {
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void done.then(() => reject(new Error(`The step ended and never said ${String(pattern)}:\n${text}`)), reject);
      });
    },
    kill: signal => {
      child.kill(signal);
    }
  };
}

/** Runs the bundle in a process that has run other steps. */
export async function runInWarmProcess(
  program: string,
  { env, cwd, commands, watch, pace }: Launch & Pick<ProcessLaunch, 'watch'> & { readonly pace: number }
): Promise<Step> {
  const began = performance.now();
  const processes = watch ? watchProcesses() : undefined;
  try {
    const { text, exitCode } = await runWarm({ program, env, cwd, pace });
    const step = stepOf({ text, exitCode, signal: null, commands, began });
    return { ...step, commands: (await processes?.stop()) ?? [] };
  } finally {
    await processes?.stop();
  }
}

function stepOf(ending: {
  readonly text: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly commands: CommandFiles;
  readonly began: number;
}): Step {
  const { text, exitCode, signal, commands, began } = ending;
  const milliseconds = performance.now() - began;
  const { GITHUB_OUTPUT, GITHUB_STATE, GITHUB_STEP_SUMMARY } = commands;
  const [outputs, state, summary] = [GITHUB_OUTPUT, GITHUB_STATE, GITHUB_STEP_SUMMARY].map(file =>
    readFileSync(file, 'utf8')
  );
  return {
    ...readLog(text),
    exitCode,
    signal,
    outputs: readCommandFile(outputs ?? ''),
    state: readCommandFile(state ?? ''),
    summary: summary ?? '',
    commands: [],
    milliseconds,
    startedAt: performance.timeOrigin + began
  };
}

async function ended(
  child: ChildProcess
): Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}
