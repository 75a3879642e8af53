import { isGithubFailure } from '../github/client-errors.ts';
import { isProtectedBranch } from '../github/repository.ts';
import type { Finding } from '../providers/provider.ts';
import { deployRefsOf } from './deploy-refs.ts';
import { clientOf } from './live-pull-request.ts';
import type { Run } from './command.ts';

/**
 * Whether the branch that applies start from is protected: a push to it changes the database. Empty without a token or
 * a default branch. Throws only the signal's reason.
 */
export async function branchFinding(run: Omit<Run, 'session'>): Promise<readonly Finding[]> {
  const { defaultBranch } = await deployRefsOf(run);
  if (defaultBranch === undefined || (run.inputs.secrets.get('github_token') ?? '') === '') return [];
  const what = `Default branch \`${defaultBranch}\``;
  try {
    const isProtected = await isProtectedBranch(clientOf(run), defaultBranch);
    if (isProtected) return [{ what, state: 'ok', detail: 'protected' }];
    if (run.inputs.run.approval === 'required')
      return [{ what, state: 'ok', detail: 'not protected, but only reviewed plans are applied' }];
    return [
      {
        what,
        state: 'unknown',
        detail: 'not protected: a push straight to it is applied without a pull request',
        hint: 'Protect the branch (Settings, Rules), or set `approval: required`.'
      }
    ];
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return [{ what, state: 'unknown', detail: thrown.message, hint: 'Give the job `permissions: contents: read`.' }];
  }
}
