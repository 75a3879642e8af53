import { appShape, userShape } from './accounts.ts';
import { nodeId, type Links } from './links.ts';
import { repositoryUrl } from './repository.ts';
import {
  invalid,
  notFound,
  optionalText,
  page,
  requiredText,
  type Json,
  type Need,
  type Route,
  type RouteCall
} from './route.ts';
import { knowsCommit, takeId, type GithubState, type StoredDeployment, type StoredDeploymentStatus } from './state.ts';

export function deploymentShape(links: Links, state: GithubState, deployment: StoredDeployment): Json {
  const url = `${repositoryUrl(links, state)}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId('D', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userShape(links, deployment.actor),
    created_at: deployment.createdAt,
    updated_at: deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt,
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(links, state),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: appShape(links, deployment.actor)
  };
}

export function deploymentStatusShape(
  links: Links,
  state: GithubState,
  deployment: StoredDeployment,
  status: StoredDeploymentStatus
): Json {
  const deploymentUrl = `${repositoryUrl(links, state)}/deployments/${deployment.id}`;
  const seen = (url: string): string => (url === '' ? `${links.html}/${state.owner}/${state.name}/deployments` : url);
  return {
    url: `${deploymentUrl}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DS', status.id),
    state: status.state,
    creator: userShape(links, status.actor),
    description: status.description,
    environment: deployment.environment,
    target_url: seen(status.logUrl),
    log_url: seen(status.logUrl),
    environment_url: seen(status.environmentUrl),
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: deploymentUrl,
    repository_url: repositoryUrl(links, state),
    performed_via_github_app: appShape(links, status.actor)
  };
}

const READ: readonly Need[] = [{ scope: 'deployments', level: 'read' }];
const WRITE: readonly Need[] = [{ scope: 'deployments', level: 'write' }];
const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];

function deploymentOf(call: RouteCall): StoredDeployment | undefined {
  return call.state.deployments.find(deployment => deployment.id === Number(call.params['deployment_id']));
}

function addStatus(call: RouteCall, deployment: StoredDeployment, state: string): StoredDeploymentStatus {
  const status: StoredDeploymentStatus = {
    id: takeId(call.state),
    state,
    actor: call.actor,
    description: optionalText(call, 'description') ?? '',
    logUrl: optionalText(call, 'log_url') ?? optionalText(call, 'target_url') ?? '',
    environmentUrl: optionalText(call, 'environment_url') ?? '',
    createdAt: call.now
  };
  deployment.statuses.push(status);
  return status;
}

/** A ref that GitHub can resolve: a branch of a pull request, the default branch, or a commit. */
function commitOf(state: GithubState, ref: string): string | undefined {
  const pull = state.issues.find(issue => issue.pull?.headRef === ref)?.pull;
  if (pull !== undefined) return pull.headSha;
  if (ref === state.defaultBranch) return state.commits.at(-1) ?? '0'.repeat(40);
  return knowsCommit(state, ref) ? ref : undefined;
}

export const deploymentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/deployments',
    needs: () => READ,
    described: [200],
    handle: call => {
      const { state, links, query } = call;
      const matches = (member: 'sha' | 'ref' | 'task' | 'environment', deployment: StoredDeployment): boolean =>
        query.get(member) === null || query.get(member) === deployment[member];
      const found = state.deployments
        .filter(
          each => matches('sha', each) && matches('ref', each) && matches('task', each) && matches('environment', each)
        )
        .sort((a, b) => b.id - a.id);
      return page(
        call,
        `/repos/${state.owner}/${state.name}/deployments`,
        found.map(deployment => deploymentShape(links, state, deployment))
      );
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/deployments',
    needs: () => WRITE,
    described: [201, 202, 422],
    handle: call => {
      const { state, links, actor, now, body } = call;
      const ref = requiredText(call, 'ref');
      const sha = commitOf(state, ref);
      if (sha === undefined) return invalid('Deployment', 'ref', `No ref found for: ${ref}`);
      const environment = optionalText(call, 'environment') ?? 'production';
      const deployment: StoredDeployment = {
        id: takeId(state),
        actor,
        sha,
        ref,
        task: optionalText(call, 'task') ?? 'deploy',
        environment,
        description: optionalText(call, 'description') ?? '',
        payload: body['payload'] ?? {},
        transient: body['transient_environment'] === true,
        production:
          typeof body['production_environment'] === 'boolean'
            ? body['production_environment']
            : environment === 'production',
        createdAt: now,
        statuses: []
      };
      state.deployments.push(deployment);
      return { status: 201, body: deploymentShape(links, state, deployment) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/deployments/{deployment_id}',
    needs: () => READ,
    described: [200, 404],
    handle: call => {
      const deployment = deploymentOf(call);
      return deployment === undefined
        ? notFound()
        : { status: 200, body: deploymentShape(call.links, call.state, deployment) };
    }
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/deployments/{deployment_id}',
    needs: () => WRITE,
    described: [204, 404, 422],
    handle: call => {
      const deployment = deploymentOf(call);
      if (deployment === undefined) return notFound();
      const others = call.state.deployments.filter(
        each => each !== deployment && each.environment === deployment.environment
      );
      if (others.length > 0 && deployment.statuses.at(-1)?.state !== 'inactive') {
        return {
          status: 422,
          body: {
            message: 'Validation Failed',
            errors: ['We cannot delete an active deployment unless it is the only deployment in a given environment.'],
            documentation_url: 'https://docs.github.com/rest'
          }
        };
      }
      call.state.deployments.splice(call.state.deployments.indexOf(deployment), 1);
      return { status: 204 };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    needs: () => READ,
    described: [200, 404],
    handle: call => {
      const deployment = deploymentOf(call);
      if (deployment === undefined) return notFound();
      return page(
        call,
        `/repos/${call.state.owner}/${call.state.name}/deployments/${deployment.id}/statuses`,
        deployment.statuses
          .toReversed()
          .map(status => deploymentStatusShape(call.links, call.state, deployment, status))
      );
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    needs: () => WRITE,
    described: [201, 422],
    handle: call => {
      const deployment = deploymentOf(call);
      if (deployment === undefined) return notFound();
      const state = requiredText(call, 'state');
      if (!STATES.includes(state)) return invalid('DeploymentStatus', 'state', 'is not included in the list');
      const status = addStatus(call, deployment, state);
      if (state === 'success' && call.body['auto_inactive'] !== false) {
        for (const prior of call.state.deployments) {
          const counts =
            prior.id < deployment.id &&
            prior.environment === deployment.environment &&
            !prior.transient &&
            !prior.production;
          if (counts) addStatus(call, prior, 'inactive');
        }
      }
      return { status: 201, body: deploymentStatusShape(call.links, call.state, deployment, status) };
    }
  }
];
