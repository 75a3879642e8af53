import type { Execution } from '../engine/execution.ts';
import { asActionError, type ActionError } from '../errors.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { githubClient, type GithubClient } from '../github/client.ts';
import { NO_TOKEN, restrictionOf } from '../github/permission.ts';
import type { Inputs } from '../inputs/read-inputs.ts';
import type { PlanReport } from '../report/report.ts';
import { failureSentence } from '../report/verdict.ts';
import type { Runtime } from '../runner/runtime.ts';
import type { RunResult } from './run-result.ts';

/** The arguments of an update on GitHub. */
export interface GithubPublication {
  readonly runtime: Runtime;
  readonly event: WorkflowEvent;
  readonly inputs: Inputs;
  readonly runResult: RunResult;
  readonly report: PlanReport;
  /** Address of the folder with the documentation; absent: paths are named. */
  readonly docsUrl?: string;
  /** Aborted when there is no more time for it. */
  readonly enough: AbortSignal;
}

/** What it takes to talk to GitHub, whatever about. */
export type Talk = Omit<GithubPublication, 'report'>;

/** The way to GitHub; without a token there is none, which is said. */
export function openTalk({ runtime, event, inputs, enough }: Talk): GithubClient | undefined {
  const token = inputs.secrets.get('github_token') ?? '';
  if (token === '') {
    runtime.log.info(`${NO_TOKEN.sentence} ${NO_TOKEN.hint}`);
    return undefined;
  }
  const { clock, log, random, secrecy } = runtime;
  const execution: Execution = { clock, log, random, secrecy, signal: enough };
  return githubClient({ token, apiUrl: event.apiUrl, repository: event.repository, execution });
}

/**
 * Logs an update that was not written. A refusal that GitHub usually makes on this event is explained, without a
 * warning.
 */
export function explained(
  { runtime, event, docsUrl }: Talk,
  what: string,
  error: ActionError,
  level: 'warning' | 'info' = 'warning'
): void {
  const restriction = error.code === 'github-denied' ? restrictionOf(event) : undefined;
  if (restriction === undefined) runtime.log[level](`${what}: ${failureSentence(error, docsUrl)}`);
  else runtime.log.info(`${what}: ${restriction.sentence} ${restriction.hint}`);
}

/** A failure of an update on GitHub loses only that update. */
export async function attempted<T>(publication: Talk, say: () => Promise<T>): Promise<T | undefined> {
  try {
    return await say();
  } catch (thrown) {
    if (publication.enough.aborted) publication.runtime.log.warning('Timed out before all GitHub updates were written');
    else explained(publication, 'A GitHub update was not written', asActionError(thrown));
    return undefined;
  }
}
