import { destroy } from './destroy.ts';
import { pullRequestOf } from './pull-request-of.ts';
import { livePullRequest } from './live-pull-request.ts';
import type { Command } from './command.ts';
import { showGone } from './show-deployment.ts';

/**
 * Destroys the database of a pull request, without `confirm_destroy`. When the pull request was reopened since the
 * event, the database belongs to the later run, and stays.
 */
export const destroyEphemeral: Command = async run => {
  const number = pullRequestOf(run);
  const isClosing = run.event.kind === 'pull_request' && run.event.change === 'closed';
  if (isClosing && (await livePullRequest(run, number)).state === 'open') {
    return {
      command: 'destroy',
      result: 'skipped',
      remark: `Pull request #${number} was opened again since this run began: its database stays.`
    };
  }
  const runResult = await destroy(run);
  if (runResult.error === undefined) await showGone(run, [number]);
  return runResult;
};
