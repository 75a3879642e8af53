import { asActionError } from '../errors.ts';
import { activateDeployment, deactivateDeployments, type DeploymentResult } from '../github/deployment.ts';
import { githubClient, type GithubClient } from '../github/client.ts';
import { docsUrlOf } from '../publish/docs-url.ts';
import { failureSentence } from '../report/verdict.ts';
import type { Run } from './command.ts';

/** Time limit for optional updates on GitHub, in seconds. */
const PATIENCE_SECONDS = 20;

/**
 * Shows the pull request's database as an active deployment. A failure is one line in the log, and never fails the run.
 */
export async function showActive(run: Run, pullRequest: number): Promise<void> {
  await attempt(run, client =>
    activateDeployment(client, {
      pullRequest,
      headSha: run.event.headSha,
      logUrl: run.event.runUrl,
      description: 'The database is ready.'
    })
  );
}

/** Shows that databases of pull requests are destroyed, in the same way. */
export async function showGone(run: Run, pullRequests: readonly number[]): Promise<void> {
  if (pullRequests.length > 0)
    await attempt(run, client => deactivateDeployments(client, pullRequests, run.event.runUrl));
}

async function attempt(run: Run, send: (client: GithubClient) => Promise<DeploymentResult>): Promise<void> {
  const { inputs, event, execution } = run;
  const token = inputs.secrets.get('github_token') ?? '';
  if (token === '') return;
  const signal = AbortSignal.any([execution.signal, AbortSignal.timeout(PATIENCE_SECONDS * 1000)]);
  const client = githubClient({
    token,
    apiUrl: event.apiUrl,
    repository: event.repository,
    execution: { ...execution, signal }
  });
  try {
    const result = await send(client);
    if (result.action === 'failed') throw result.error;
  } catch (thrown) {
    // The work is done by now: a run that is cancelled here still has its outputs.
    const error = signal.aborted
      ? 'GitHub took too long to answer.'
      : failureSentence(asActionError(thrown), docsUrlOf(run.runtime, run.event));
    run.runtime.log.info(`The deployment was not updated: ${error}`);
  }
}
