import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { programEnvironment } from '../engine/program-environment.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { TERMINAL_EVENT } from '../github/event.ts';
import { visible } from '../report/printable.ts';
import { terminalLines } from '../report/terminal-markdown.ts';
import { columns, paintOf } from '../report/terminal-text.ts';
import { openSecrets } from '../secrecy/secrecy.ts';
import { SECRET_VARIABLES, type Order } from './command-line.ts';
import { interruption, pathsOf, realClock, type Runtime } from './runtime.ts';

type Env = Readonly<Record<string, string | undefined>>;
type RunOrder = Extract<Order, { readonly kind: 'run' }>;

/** What belongs to a runner. A terminal's own variables of these names say nothing about this run. */
const OF_RUNNERS = /^(INPUT_|STATE_|GITHUB_|RUNNER_|ACTIONS_)|^PGKEEP_GITHUB_TOKEN$/i;

/**
 * The environment of a run on a terminal, as a runner would give it: flags and secret variables are the inputs of
 * `with:`. `repository` is the one that keeps the database.
 */
export function terminalEnvironment(env: Env, order: RunOrder, repository: string, workspace: string): Env {
  const cache = cacheFolder(env);
  const own = Object.entries(env).filter(([name]) => !OF_RUNNERS.test(name) && !SECRET_VARIABLES.has(name));
  const secrets = Object.entries(env).flatMap(([name, value]) => {
    const input = SECRET_VARIABLES.get(name);
    return input === undefined || value === undefined ? [] : [[`INPUT_${input.toUpperCase()}`, value] as const];
  });
  const inputs = Object.entries({ ...order.inputs, command: order.command });
  return {
    ...Object.fromEntries(own),
    ...Object.fromEntries(secrets),
    ...Object.fromEntries(inputs.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    GITHUB_EVENT_NAME: TERMINAL_EVENT,
    // The package brings no pages of documentation.
    GITHUB_ACTION_REPOSITORY: 'pgkeep/pgkeep',
    GITHUB_ACTION_REF: 'v1',
    GITHUB_REPOSITORY: repository,
    ...(order.repositoryId === undefined ? {} : { GITHUB_REPOSITORY_ID: order.repositoryId }),
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: path.join(cache, 'temp'),
    RUNNER_TOOL_CACHE: path.join(cache, 'tools')
  };
}

/** Of this user: another one must not read or replace what lies there. */
function cacheFolder(env: Env): string {
  const given = process.platform === 'win32' ? env['LOCALAPPDATA'] : env['XDG_CACHE_HOME'];
  return path.join(given || path.join(homedir(), '.cache'), 'pgkeep');
}

/** `owner/name` of the remote `origin` of the repository in a folder; `undefined` without one. */
export function repositoryIn(folder: string, env: Env): string | undefined {
  try {
    const url = execFileSync('git', ['-C', folder, 'config', '--get', 'remote.origin.url'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: programEnvironment({ env, platform: process.platform })
    });
    return /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url.trim())?.[1];
  } catch {
    return undefined;
  }
}

/** Where the texts of a run go. */
export interface Terminal {
  /** Results: what a person would keep in a file. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly err: (text: string) => void;
  readonly isColourful: boolean;
  /** The folder of the bundle. */
  readonly action: string;
}

/**
 * The runtime of a terminal: the summary is printed, the state stays in memory, and nothing is written for later steps.
 * Every text is without secrets and without characters that steer a terminal.
 */
export function terminalRuntime(env: Env, order: RunOrder, { out, err, isColourful, action }: Terminal): Runtime {
  const secrets = openSecrets();
  const paint = paintOf(isColourful);
  const state = new Map<string, string>();
  const clean = (text: string): string => secrets.clean(text).split('\n').map(visible).join('\n');
  const say =
    (colour: (text: string) => string, prefix = '') =>
    (message: string) =>
      err(`${colour(`${prefix}${clean(message)}`)}\n`);
  const isTalkative = order.isVerbose || order.command === 'apply' || order.command === 'destroy';
  const info = isTalkative ? say(paint.dim) : () => {};
  const paths = pathsOf(env, action);
  for (const folder of [paths.temp, paths.toolCache]) makeDirectory(folder);
  const lists = order.command === 'outputs';
  const isFile = (name: string): boolean => ['import_config', 'plan_json', 'plan_markdown'].includes(name);
  return {
    env,
    log: {
      debug: () => {},
      info,
      notice: say(paint.blue, 'Notice: '),
      warning: say(paint.yellow, 'Warning: '),
      error: message => say(paint.red, 'Error: ')(message),
      // A plan is printed once, as the summary.
      group: async (title, body) => {
        if (title !== 'Plan') info(title);
        return body();
      }
    },
    clock: realClock(),
    random: Math.random,
    signal: interruption(),
    paths,
    eventPayload: '{}',
    mask: value => void secrets.add(value),
    showNames: names => secrets.declarePublic(names),
    secrecy: secrets,
    setOutput: (name, value) => {
      if (lists) out(`${columns([[name.padEnd(24), clean(value)]]).join('')}\n`);
      else if (isFile(name)) say(paint.dim)(`${name}: ${value}`);
    },
    exportVariable: () => {},
    addPath: () => {},
    writeSummary: async markdown => {
      const unfolds = order.showsDetails;
      (lists ? err : out)(`${terminalLines(secrets.clean(markdown), { paint, unfolds }).join('\n')}\n`);
      return Promise.resolve();
    },
    saveState: (name, value) => void state.set(name, value),
    readState: name => state.get(name) ?? '',
    fail: () => {
      process.exitCode = 1;
    }
  };
}
