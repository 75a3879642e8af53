import { defined } from '../engine/defined.ts';
import { settingsDigest } from '../engine/digest.ts';
import { isCurrent, keepingId, markFor, type Mark } from '../engine/ownership.ts';
import { leavesPasswordUnsent } from '../engine/own-tags.ts';
import { asActionError } from '../errors.ts';
import type { Plan } from '../engine/plan.ts';
import { refuseOtherValues } from '../engine/refuse-other-values.ts';
import type { Observed } from '../engine/resource.ts';
import { serverTime } from '../engine/server-time.ts';
import type { ReviewOutcome } from '../review/review-outcome.ts';
import { review, type Review } from './approve.ts';
import { blockedError, makePlan, otherPlan } from './planning.ts';
import type { Command, Run } from './command.ts';
import type { RunResult } from '../publish/run-result.ts';
import { resultOf } from './result-of.ts';
import { verify, withNotice } from './verify.ts';
import { withoutUnsentPassword } from './known-password.ts';
import { withTlsNotice } from './unverified-tls.ts';

/**
 * Plans, runs the plan's steps, observes again, and sets the outputs of the live database. What the first plan could
 * not see, because a server had to be started first, is planned, printed and applied in a second round.
 */
export const apply: Command = async run => {
  const first = await applyOnce(run);
  const isBlind = first.plan?.steps.some(step => Object.keys(step.unknown).length > 0) === true;
  return first.result === 'applied' && isBlind ? joined(first, await applyOnce(run)) : first;
};

const applyOnce: Command = async run => {
  const { plan, desired: _, observed, settings, ownTags, ...rest } = await makePlan(run);
  const refused = blockedError(plan) ?? otherPlan(run, plan);
  if (refused !== undefined) return { command: 'apply', result: 'failed', plan, error: refused };
  const mark = keepingId(markFor(run.session.target, { applied: settings, ownTags }), plan.lastApplied);
  if (plan.verdict === 'no-changes') {
    if (isStale(plan.lastApplied, mark)) await restamp(run, observed, mark);
    const database = await run.session.outputs(observed);
    return {
      command: 'apply',
      result: 'no-changes',
      ...rest,
      ...(await finish(run, withTlsNotice(run, plan, database), observed, database))
    };
  }

  const reviewed = await review(run, plan, settings);
  if (reviewed.error !== undefined) {
    const { error } = reviewed;
    return { command: 'apply', result: 'failed', plan, applied: { results: [], error }, error, ...newsOf(reviewed) };
  }
  const applied = await run.runtime.log.group('Apply', async () => run.session.apply(plan, observed, mark));
  if (applied.error !== undefined) {
    const { error } = applied;
    const changed = applied.results.some(step => step.outcome !== 'not run') ? serverTime(run.execution) : undefined;
    return { command: 'apply', result: resultOf(error), plan, applied, error, ...newsOf(reviewed, changed) };
  }
  const runResult = {
    command: 'apply',
    plan,
    applied,
    ...rest,
    ...newsOf(reviewed, serverTime(run.execution))
  } as const;
  try {
    const now = await run.session.observe();
    const desired = await run.session.desired(now);
    refuseOtherValues(applied, { desired, observed: now, tables: run.session.tables });
    // The digest as a later run will compute it, now that every resource exists.
    await run.session.writeMark(now, { ...mark, applied: settingsDigest(desired, run.session.tables) });
    const database = await run.session.outputs(now);
    return {
      ...runResult,
      result: 'applied',
      ...(await finish(run, withTlsNotice(run, plan, database), now, database))
    };
  } catch (thrown) {
    // The summary reports the steps that were done, also after a failure.
    const error = asActionError(thrown);
    return { ...runResult, result: resultOf(error), error };
  }
};

function newsOf({ isIgnored, carriesOut }: Review, changedAt?: Date): { readonly review?: ReviewOutcome } {
  if (isIgnored) return {};
  return {
    review: defined({ carriesOut, changedAt })
  };
}

/** Whether the live mark has other settings, a new name of the repository, other tags, or an earlier version. */
function isStale(live: Mark | undefined, mark: Mark): boolean {
  return live !== undefined && (live.applied !== mark.applied || !isCurrent(live, mark));
}

/**
 * The settings match but their digest in the mark is old, because they were written differently. Updating the mark
 * needs no review.
 */
async function restamp(run: Run, observed: readonly Observed[], mark: Mark): Promise<void> {
  try {
    await run.session.writeMark(observed, mark);
  } catch (thrown) {
    run.execution.signal.throwIfAborted();
    run.runtime.log.debug(`The ownership mark was not updated after this apply: ${asActionError(thrown).message}`);
  }
}

/** Two rounds reported as one. */
function joined(first: RunResult, second: RunResult): RunResult {
  if (second.result === 'no-changes' || first.plan === undefined || second.plan === undefined) {
    return defined({ ...first, database: second.database });
  }
  const done = first.plan.steps.filter(step => step.action !== 'none');
  const addresses = new Set(done.map(step => step.address));
  const counts = { ...second.plan.counts };
  for (const action of ['create', 'update', 'delete', 'adopt'] as const) counts[action] += first.plan.counts[action];
  return {
    ...second,
    ...(first.review === undefined ? {} : { review: { ...first.review, ...second.review } }),
    plan: {
      ...second.plan,
      counts,
      steps: [...done, ...second.plan.steps.filter(step => !addresses.has(step.address))]
    },
    applied: { ...second.applied, results: [...(first.applied?.results ?? []), ...(second.applied?.results ?? [])] }
  };
}

async function finish(
  run: Run,
  plan: Plan,
  observed: readonly Observed[],
  database: RunResult['database']
): Promise<Pick<RunResult, 'plan' | 'database'>> {
  if (database === undefined) return { plan };
  const { isConnected, notice } = await verify(run, observed, database);
  return {
    plan: withNotice(plan, notice),
    database: leavesPasswordUnsent(plan) ? withoutUnsentPassword(run, database, isConnected) : database
  };
}
