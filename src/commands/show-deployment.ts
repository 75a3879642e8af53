import { asActionError } from '../errors.ts';
import { activateDeployment, deactivateDeployments, type DeploymentResult } from '../github/deployment.ts';
import { githubClient, type GithubClient } from '../github/client.ts';
import { docsUrlOf } from '../publish/docs-url.ts';
import { failureSentence } from '../report/verdict.ts';
import type { Run } from './command.ts';

/** What is nice to have may take so long, in seconds. */
const PATIENCE_SECONDS = 20;

/** Shows the pull request's database as an active deployment. That it could not be shown is one line, and never a failure. */
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

/** Shows that databases of pull requests are gone, in the same way. */
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
    // The work is done by now: a run that is cancelled here has its outputs still.
    const error = signal.aborted
      ? 'GitHub took too long to answer.'
      : failureSentence(asActionError(thrown), docsUrlOf(run.runtime, run.event));
    run.runtime.log.info(`The deployment was not updated: ${error}`);
  }
}
