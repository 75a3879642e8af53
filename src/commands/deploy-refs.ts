import { isGithubFailure } from '../github/client-errors.ts';
import { readDefaultBranch } from '../github/repository.ts';
import type { DeployRefs } from './deploy-place.ts';
import { clientOf } from './live-pull-request.ts';
import type { Run } from './command.ts';

/**
 * Where the team deploys from. The event names the default branch; GitHub is asked when it does not and
 * `deploy_branches` is not set. Where GitHub can't be asked, the default branch stays unknown. Throws only the signal's
 * reason.
 */
export async function deployRefsOf(run: Pick<Run, 'inputs' | 'event' | 'execution'>): Promise<DeployRefs> {
  const patterns = run.inputs.run.deploy_branches;
  const { defaultBranch } = run.event;
  if (defaultBranch !== undefined || patterns !== undefined) return { patterns, defaultBranch };
  try {
    return { patterns, defaultBranch: await readDefaultBranch(clientOf(run)) };
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    run.execution.log.debug(`The default branch is not known: ${thrown.message}`);
    return { patterns, defaultBranch: undefined };
  }
}
