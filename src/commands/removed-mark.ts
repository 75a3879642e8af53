import { serverIn } from '../engine/other-owner.ts';
import type { Notice } from '../engine/plan.ts';
import type { Observed } from '../engine/resource.ts';
import { isGithubFailure } from '../github/client-errors.ts';
import { isOnTerminal } from '../github/event.ts';
import { findAppliedRecord } from '../review/find-record.ts';
import type { Run } from './command.ts';
import { clientOf } from './live-pull-request.ts';

/**
 * A server without a mark that this repository has applied to before: the check run of a merged plan says so. The mark
 * alone can't tell, since it is what was taken off. Asks GitHub only for such a server, and says nothing where GitHub
 * does not answer.
 */
export async function removedMark(run: Run, observed: readonly Observed[]): Promise<readonly Notice[]> {
  const { event, inputs, session, execution } = run;
  const server = serverIn(observed);
  const isLone = server?.ownership.kind === 'unmarked' && observed.every(one => one.ownership.kind !== 'ours');
  const { target } = session;
  const hasToken = (inputs.secrets.get('github_token') ?? '') !== '';
  if (!isLone || !hasToken || target.pullRequest !== undefined || isOnTerminal(event)) return [];
  try {
    const found = await findAppliedRecord(clientOf(run), target);
    if (found === undefined) return [];
    const message =
      `${server.title} carries no ownership mark, and this workflow applied the plan of #${found.pullRequest} to it: something took the mark off since. ` +
      'A tool that still manages the server, such as Terraform, does that with each apply: let it forget the server first (docs/coming-from-terraform.md). ' +
      '`adopt_existing` then writes the mark again. After `command: release` this is as it should be.';
    return [{ code: 'mark-removed', severity: 'danger', message }];
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    execution.log.debug(`Earlier plans were not looked for: ${thrown.message}`);
    return [];
  }
}
