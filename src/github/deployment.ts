import { defined } from '../engine/defined.ts';
import { ProviderError, type ActionError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';

/** The one environment that all databases of pull requests share. */
export const EPHEMERAL_ENVIRONMENT = 'pgkeep-ephemeral';

export type DeploymentResult =
  | { readonly action: 'active' | 'inactive' }
  /** There was none to deactivate. */
  | { readonly action: 'none' }
  /** One line for the log. Never a reason to fail the run. */
  | { readonly action: 'failed'; readonly error: ActionError };

export interface ActiveDeployment {
  readonly pullRequest: number;
  readonly headSha: string;
  /** The run's page. */
  readonly logUrl: string;
  /** Up to 140 characters. */
  readonly description: string;
}

interface Deployment {
  readonly id: number;
  readonly task: string;
}

/**
 * Shows on the pull request that its database is ready: one deployment for each pull request, in one shared, transient
 * environment, created with the first call and kept from then on. Of several (two jobs raced) the oldest stays. Throws
 * only the signal's reason.
 */
export async function activateDeployment(client: GithubClient, active: ActiveDeployment): Promise<DeploymentResult> {
  return reported(async () => {
    const task = taskOf(active.pullRequest);
    const [found] = await listDeployments(client, task);
    const deployment = found ?? (await createOne(client, active));
    await addStatus(client, deployment, 'success', active);
    return { action: 'active' };
  });
}

/** Shows that the databases of these pull requests are destroyed. Throws only the signal's reason. */
export async function deactivateDeployments(
  client: GithubClient,
  pullRequests: readonly number[],
  logUrl: string
): Promise<DeploymentResult> {
  return reported(async () => {
    const tasks = new Set(pullRequests.map(taskOf));
    const [only] = tasks;
    const listed = await listDeployments(client, tasks.size === 1 ? only : undefined);
    const ours = listed.filter(deployment => tasks.has(deployment.task));
    for (const deployment of ours) {
      if ((await stateOf(client, deployment)) === 'inactive') continue;
      await addStatus(client, deployment, 'inactive', { logUrl, description: 'The database was destroyed.' });
    }
    return { action: ours.length === 0 ? 'none' : 'inactive' };
  });
}

async function reported(work: () => Promise<DeploymentResult>): Promise<DeploymentResult> {
  try {
    return await work();
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: thrown };
  }
}

function taskOf(pullRequest: number): string {
  return `pgkeep:pull-${pullRequest}`;
}

/** Oldest first. */
async function listDeployments(client: GithubClient, task?: string): Promise<readonly Deployment[]> {
  const all = await client.list({ what: 'read the deployments', needs: 'deployments: write' }, (octokit, page) =>
    octokit.rest.repos.listDeployments(
      defined({ ...client.repository, environment: EPHEMERAL_ENVIRONMENT, task, ...page })
    )
  );
  return all.map(({ id, task: name }) => ({ id, task: name })).sort((a, b) => a.id - b.id);
}

async function createOne(client: GithubClient, { pullRequest, headSha }: ActiveDeployment): Promise<Deployment> {
  const task = taskOf(pullRequest);
  const made = await client.send<Deployment | undefined>(
    {
      what: `create a deployment for pull request #${pullRequest}`,
      needs: 'deployments: write',
      idempotent: false,
      recheck: async () => (await listDeployments(client, task))[0]
    },
    async octokit => {
      const { data } = await octokit.rest.repos.createDeployment({
        ...client.repository,
        ref: headSha,
        task,
        auto_merge: false,
        required_contexts: [],
        environment: EPHEMERAL_ENVIRONMENT,
        description: `Database of pull request #${pullRequest}`,
        transient_environment: true,
        production_environment: false
      });
      // 202: GitHub merged another branch first, although the call forbids that.
      return 'id' in data ? { id: data.id, task } : undefined;
    }
  );
  const [oldest] = await listDeployments(client, task);
  if (made !== undefined && oldest !== undefined && oldest.id < made.id) {
    await remove(client, made);
    return oldest;
  }
  return made ?? oldest ?? notMade(pullRequest);
}

function notMade(pullRequest: number): never {
  throw new ProviderError(`Could not create a deployment for pull request #${pullRequest}: GitHub created none`, {
    kind: 'failed',
    code: 'github-failed'
  });
}

async function addStatus(
  client: GithubClient,
  { id }: Deployment,
  state: 'success' | 'inactive',
  { logUrl, description }: Partial<Pick<ActiveDeployment, 'logUrl' | 'description'>> = {}
): Promise<void> {
  await client.send(
    { what: `set deployment ${id} ${state}`, needs: 'deployments: write', idempotent: true },
    async octokit => {
      await octokit.rest.repos.createDeploymentStatus(
        defined({
          ...client.repository,
          deployment_id: id,
          state,
          log_url: logUrl,
          description,
          // The environment is shared: deployments of others in it are not ours to end.
          auto_inactive: false
        })
      );
    }
  );
}

async function stateOf(client: GithubClient, { id }: Deployment): Promise<string | undefined> {
  return client.send(
    { what: `read the state of deployment ${id}`, needs: 'deployments: write', idempotent: true },
    async octokit => {
      const { data } = await octokit.rest.repos.listDeploymentStatuses({
        ...client.repository,
        deployment_id: id,
        per_page: 1
      });
      return data[0]?.state;
    }
  );
}

/** GitHub deletes no active deployment. */
async function remove(client: GithubClient, deployment: Deployment): Promise<void> {
  await addStatus(client, deployment, 'inactive');
  await client.send(
    { what: `delete a second deployment ${deployment.id}`, needs: 'deployments: write', idempotent: true },
    async octokit => {
      await octokit.rest.repos.deleteDeployment({
        ...client.repository,
        deployment_id: deployment.id
      });
    }
  );
}
