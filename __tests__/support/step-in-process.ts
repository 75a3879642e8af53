import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../src/main.ts';
import type { Runtime } from '../../src/runner/runtime.ts';
import { openSecrets } from '../../src/secrecy/secrecy.ts';
import type { RunnerEvent } from '../clouds/github/events.ts';
import { FakeClock } from './fake-clock.ts';

type With = Readonly<Record<string, string>>;

/** Waits pass at once, and the end of the whole run never comes. */
class StepClock extends FakeClock {
  override async sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    if (seconds < 3600) return super.sleep(seconds, signal);
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }
}

/** What a step left behind. */
export interface StepResult {
  readonly outputs: With;
  readonly summary: string;
  readonly log: string;
  readonly failed: boolean;
  /** Everything that people can read. */
  readonly all: string;
}

/** What a real server on the runner needs of it. */
export interface Runner {
  readonly clock?: Runtime['clock'];
  readonly toolCache?: string;
  /** The folder of the action, with its packs. */
  readonly action?: string;
}

export interface StepRun {
  /** Default: a push, without a payload. */
  readonly event?: RunnerEvent | undefined;
  /** Variables of this step; an empty one stands for one that is not set. */
  readonly env?: With | undefined;
}

/** Runs steps in this process, in one workspace, with a clock that does not wait. `env` is that of the login. */
export function stepsIn(
  env: With,
  files: With = {},
  runner: Runner = {}
): (inputs: With, stepRun?: StepRun) => Promise<StepResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-step-'));
  const workspace = path.join(folder, 'workspace');
  // Where root runs the tests, the server's own user has to pass through.
  chmodSync(folder, 0o755);
  mkdirSync(workspace);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
    writeFileSync(path.join(workspace, name), text);
  }
  return async (inputs, { event, env: more = {} } = {}) => {
    const lines: string[] = [];
    const outputs: Record<string, string> = {};
    let summary = '';
    let failed = false;
    const write = (message: string): void => void lines.push(message);
    const secrecy = openSecrets();
    const runtime: Runtime = {
      env: {
        ...env,
        GITHUB_EVENT_NAME: 'push',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_SHA: 'f00d',
        ...event?.env,
        ...more,
        ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
      },
      log: {
        debug: write,
        info: write,
        notice: write,
        warning: write,
        error: write,
        group: async (_title, body) => body()
      },
      clock: runner.clock ?? new StepClock(),
      random: () => 0.5,
      signal: new AbortController().signal,
      paths: {
        temp: path.join(folder, 'temp'),
        toolCache: runner.toolCache ?? folder,
        workspace,
        action: runner.action ?? folder
      },
      eventPayload: JSON.stringify(event?.payload ?? {}),
      mask: value => {
        secrecy.add(value);
      },
      showNames: () => undefined,
      secrecy,
      exportVariable: () => {},
      addPath: () => {},
      setOutput: (name, value) => {
        outputs[name] = value;
      },
      writeSummary: async markdown => {
        summary = markdown;
      },
      saveState: () => undefined,
      readState: () => '',
      fail: () => {
        failed = true;
      }
    };
    await run(runtime);
    const log = lines.join('\n');
    return { outputs, summary, log, failed, all: [log, summary, JSON.stringify(outputs)].join('\n') };
  };
}

/** The text of a file that an output names. */
export function textOf(file: string | undefined): string {
  return readFileSync(file ?? '', 'utf8');
}
