import * as core from '@actions/core';
import { readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { EOL, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Log } from '../engine/execution.ts';
import { listeningClock } from '../engine/server-time.ts';
import { ActionError, commandFileFailure } from '../errors.ts';
import { inertLine } from '../report/log-text.ts';
import type { Paths } from '../providers/provider.ts';
import { openSecrets, type Secrecy } from '../secrecy/secrecy.ts';

export interface RunLog extends Log {
  notice(message: string): void;
  error(message: string, title?: string): void;
  /** Lines inside are folded under the title. */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
}

/** Everything the runner gives us. The only interface between the action and the machine; tests pass their own. */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: RunLog;
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborted with `cancelled` on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly paths: Paths;
  /** The event's payload as text; `undefined` outside of a workflow. */
  readonly eventPayload: string | undefined;
  /** Hides a value, in each of its spellings, in all later output. */
  mask(value: string): void;
  /** Names that are shown even if a secret contains them. */
  showNames(names: readonly string[]): void;
  /** The values given to `mask`, removed from texts. */
  readonly secrecy: Secrecy;
  /** Sets an output as it is: the caller masks its secrets. */
  setOutput(name: string, value: string): void;
  /** Sets a variable for the later steps of the job: the caller masks its secrets. */
  exportVariable(name: string, value: string): void;
  /** Puts a directory first on the PATH of the later steps of the job. */
  addPath(directory: string): void;
  /** Adds to the job summary; outside of a workflow there is none. Throws `disk-failed` where it can't be written. */
  writeSummary(markdown: string): Promise<void>;
  /** Saved for the post step. */
  saveState(name: string, value: string): void;
  readState(name: string): string;
  fail(): void;
}

/** The runtime of a real runner. */
export function runnerRuntime(env: NodeJS.ProcessEnv): Runtime {
  const secrets = openSecrets();
  const clean = (text: string): string => secrets.clean(text);
  return {
    env,
    log: {
      debug: message => core.debug(clean(message)),
      info: message => core.info(inert(clean(message))),
      notice: message => core.notice(clean(message)),
      warning: message => core.warning(clean(message)),
      error: (message, title) => core.error(clean(message), title === undefined ? {} : { title: clean(title) }),
      group: async (title, body) => core.group(clean(title), body)
    },
    clock: realClock(),
    random: Math.random,
    signal: interruption(),
    paths: pathsOf(env, __dirname),
    eventPayload: payloadOf(env['GITHUB_EVENT_PATH']),
    mask: value => {
      for (const spelling of secrets.add(value)) core.setSecret(spelling);
    },
    showNames: names => secrets.declarePublic(names),
    secrecy: secrets,
    setOutput: (name, value) => toFile('GITHUB_OUTPUT', () => core.setOutput(name, value)),
    exportVariable: (name, value) => toFile('GITHUB_ENV', () => core.exportVariable(name, value)),
    addPath: directory => toFile('GITHUB_PATH', () => core.addPath(directory)),
    writeSummary: async markdown => {
      const file = env['GITHUB_STEP_SUMMARY'] ?? '';
      if (file === '') return;
      await appendFile(file, cutToSummary(clean(markdown)) + EOL).catch((thrown: unknown) => {
        throw commandFileFailure('GITHUB_STEP_SUMMARY', file, thrown);
      });
    },
    saveState: (name, value) => toFile('GITHUB_STATE', () => core.saveState(name, clean(value))),
    readState: name => core.getState(name),
    fail: () => {
      process.exitCode = core.ExitCode.Failure;
    }
  };
}

/** Writes to the file that a variable names, by a function of the toolkit. Throws what is wrong with the file. */
function toFile(variable: string, write: () => void): void {
  try {
    write();
  } catch (thrown) {
    throw commandFileFailure(variable, process.env[variable] ?? '', thrown);
  }
}

export function realClock(): Clock {
  return listeningClock({
    now: () => new Date(),
    sleep: async (seconds, signal) => {
      try {
        await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
      } catch (thrown) {
        throw signal?.aborted === true ? signal.reason : thrown;
      }
    }
  });
}

/** Aborted on SIGINT and SIGTERM, with `cancelled`. */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      interrupted.abort(cancelled(name));
      // For any hanging handle: a runner kills a step that takes longer.
      setTimeout(() => process.exit(core.ExitCode.Failure), 4800).unref();
    });
  }
  return interrupted.signal;
}

export function pathsOf(env: Runtime['env'], action: string): Paths {
  const temp = path.resolve(env['RUNNER_TEMP'] || path.join(tmpdir(), 'pgkeep'));
  return {
    temp,
    toolCache: env['RUNNER_TOOL_CACHE'] || path.join(temp, 'tools'),
    workspace: env['GITHUB_WORKSPACE'] || process.cwd(),
    action
  };
}

/** Foreign text in our log is never a command to the runner. */
function inert(text: string): string {
  return text.split('\n').map(inertLine).join('\n');
}

function payloadOf(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** GitHub refuses the whole summary of a step above this size in bytes. */
const MOST_SUMMARY_BYTES = 1024 * 1024 - 1024;

/** A summary that GitHub accepts: cut at a line when it is too long. */
function cutToSummary(markdown: string): string {
  if (Buffer.byteLength(markdown) <= MOST_SUMMARY_BYTES) return markdown;
  const kept = Buffer.from(markdown).subarray(0, MOST_SUMMARY_BYTES).toString('utf8');
  return `${kept.slice(0, Math.max(kept.lastIndexOf('\n'), 0))}\n\nThe rest is left out: a summary has at most 1 MiB.\n`;
}

function cancelled(signal: string): ActionError {
  return new ActionError(`The run was cancelled (${signal})`, {
    code: 'cancelled',
    source: 'user',
    hint: 'Nothing was undone. Run the workflow again: it goes on from where this one stopped.'
  });
}
