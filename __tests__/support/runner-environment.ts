import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunnerEvent } from '../clouds/github/events.ts';

/** What a runner's own environment hands on: no secret of the machine that runs the tests. */
export function machineVariables(): Record<string, string | undefined> {
  const handed =
    /^(PATH|HOME|LANG|TMPDIR|SYSTEMROOT|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|TEMP|TMP|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NPM_CONFIG_(REGISTRY|USERCONFIG|GLOBALCONFIG)|(HTTPS?|NO|ALL)_PROXY)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => handed.test(name)));
}

/** What every step of a job gets from the runner. */
export function runnerVariables(job: {
  readonly temp: string;
  readonly workspace: string;
  readonly toolCache: string;
  readonly trackingId: string;
}): Record<string, string> {
  const systems: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macOS', win32: 'Windows' };
  return {
    CI: 'true',
    GITHUB_ACTION: '__acme_pgkeep',
    GITHUB_ACTION_REPOSITORY: 'acme/pgkeep',
    GITHUB_ACTION_REF: 'v1',
    GITHUB_WORKSPACE: job.workspace,
    RUNNER_ARCH: process.arch.toUpperCase(),
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'GitHub Actions 2',
    RUNNER_OS: systems[process.platform] ?? 'Linux',
    RUNNER_TEMP: job.temp,
    RUNNER_TOOL_CACHE: job.toolCache,
    RUNNER_TRACKING_ID: job.trackingId,
    RUNNER_WORKSPACE: path.dirname(job.workspace)
  };
}

/** The files through which a step talks back. */
export type CommandFiles = Readonly<
  Record<'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_STEP_SUMMARY' | 'GITHUB_ENV' | 'GITHUB_PATH', string>
>;

/** New ones for a step, in the runner's temporary directory. */
export function commandFiles(temp: string): CommandFiles {
  const folder = path.join(temp, '_runner_file_commands');
  mkdirSync(folder, { recursive: true });
  const id = randomUUID();
  const files: CommandFiles = {
    GITHUB_OUTPUT: path.join(folder, `set_output_${id}`),
    GITHUB_STATE: path.join(folder, `save_state_${id}`),
    GITHUB_STEP_SUMMARY: path.join(folder, `step_summary_${id}`),
    GITHUB_ENV: path.join(folder, `set_env_${id}`),
    GITHUB_PATH: path.join(folder, `add_path_${id}`)
  };
  for (const file of Object.values(files)) writeFileSync(file, '');
  return files;
}

/**
 * Writes the payload as the runner does, once for each step: two at once must not read each other's half. Returns the
 * file's path.
 */
export function eventFile(temp: string, event: RunnerEvent): string {
  const folder = path.join(temp, '_github_workflow');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `event-${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(event.payload));
  return file;
}
