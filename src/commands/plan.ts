import { defined } from '../engine/defined.ts';
import { leavesPasswordUnsent } from '../engine/own-tags.ts';
import type { Plan } from '../engine/plan.ts';
import type { Observed } from '../engine/resource.ts';
import { serverTime } from '../engine/server-time.ts';
import { ActionError, ProviderError } from '../errors.ts';
import { UNREADABLE } from '../providers/failures.ts';
import type { DatabaseOutputs } from '../providers/provider.ts';
import { recordOf } from '../review/record.ts';
import type { ReviewOutcome } from '../review/review-outcome.ts';
import { isUnready } from '../sql-objects/mask-state.ts';
import { blockedError, makePlan } from './planning.ts';
import { withoutUnsentPassword } from './known-password.ts';
import { withTlsNotice } from './unverified-tls.ts';
import type { Command, Run } from './command.ts';

/** Plans what an apply would do. Changes nothing. */
export const plan: Command = async run => {
  const { plan: made, observed, cost } = await makePlan(run);
  const error = blockedError(made);
  // The address of another owner's database is never an output, not even with a refusal; nor that of unmasked data.
  const isHidden = error?.code === 'not-ours' || isUnready(observed[0]);
  const database = isHidden ? undefined : await outputsOf(run, observed);
  return defined({
    command: 'plan',
    result: error !== undefined ? 'failed' : made.verdict === 'no-changes' ? 'no-changes' : 'planned',
    plan: withTlsNotice(run, made, database),
    cost,
    database:
      database !== undefined && leavesPasswordUnsent(made) ? withoutUnsentPassword(run, database, false) : database,
    ...newsOf(run, made),
    error
  });
};

/**
 * The outputs of what exists. A plan holds without them: it tells what could not be read, and that a role of
 * `application_role` is not there yet, which an apply makes.
 */
async function outputsOf(
  { session, runtime, inputs }: Run,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  try {
    return await session.outputs(observed);
  } catch (thrown) {
    const { application_role: role } = inputs.spec.settings;
    const isWithoutRole = role !== undefined && thrown instanceof ActionError && thrown.code === 'not-found';
    if (isWithoutRole) runtime.log.info(`No outputs are set: the role ${role} is not there yet.`);
    else if (!(thrown instanceof ProviderError) || !UNREADABLE.includes(thrown.kind)) throw thrown;
    else runtime.log.warning(`Could not read the outputs: ${thrown.message}`);
    return undefined;
  }
}

/**
 * A plan in a pull request is recorded, for the apply that its merge starts. The plan of the base's workflow
 * (`pull_request_target`) is not: it is not the plan of what would be merged. Nor is that of a closed one, which a
 * label or an edit starts: the record stays what people have read before the merge.
 */
function newsOf(run: Run, made: Plan): { readonly review?: ReviewOutcome } {
  const { event, inputs, execution, session } = run;
  const isHead =
    event.kind === 'pull_request'
      ? !event.target && !event.pullRequest.fork && event.pullRequest.state !== 'closed'
      : event.about?.holdsHead === true && !event.about.fork;
  if (!isHead || inputs.run.approval === 'off' || session.target.pullRequest !== undefined) return {};
  return { review: { record: recordOf(made, session.tables, serverTime(execution)) } };
}
