import { defined } from '../engine/defined.ts';
import { needsOf } from '../engine/plan.ts';
import { ActionError, ProviderError } from '../errors.ts';
import { plural } from '../report/labels.ts';
import { verdict } from '../report/verdict.ts';
import { differenceLines } from '../review/difference-lines.ts';
import { driftOf, type Drift } from '../review/drift.ts';
import { driftSentences, type Who } from '../review/drift-text.ts';
import type { QueueAnswer } from '../review/review-outcome.ts';
import { demandOf, review, type Review } from './approve.ts';
import { readAdvice } from './advice.ts';
import { backupAge, oldBackup, readBackup } from './backup-age.ts';
import { blockedError, makePlan, type Planned } from './planning.ts';
import type { Command, Run } from './command.ts';
import type { RunResult } from '../publish/run-result.ts';
import { withNotice } from './verify.ts';

/**
 * Plans again and changes nothing. In a merge queue it checks whether the plan is still the reviewed one, and fails
 * with `plan-changed`. Elsewhere it checks whether the database is as the workflow says, and fails with `drifted`.
 * Either fails with `not-compared` when something is unknown and `allow_unknown` is not set.
 */
export const check: Command = async run => {
  if (run.event.kind === 'merge_group') return answerQueue(run, await makePlan(run));
  const backups = readBackup(run);
  const advice = readAdvice(run);
  const planned = await makePlan(run);
  const backup = planned.observed.length === 0 ? undefined : await backupAge(run, backups);
  const old = oldBackup(run, backup);
  if (old !== undefined) run.runtime.log.warning(old.message);
  const told = planned.observed.length === 0 ? [] : await advice();
  const plan = [old, ...told].reduce((before, notice) => withNotice(before, notice), planned.plan);
  return defined({ ...(await seekDrift(run, { ...planned, plan })), backup });
};

async function answerQueue(run: Run, { plan }: Planned): Promise<RunResult> {
  const blocked = blockedError(plan);
  const isIgnored = demandOf(run) === 'off';
  const isOpen = !isIgnored && plan.verdict === 'changes';
  const reviewed: Review = isOpen ? await review(run, plan) : { isIgnored };
  const error = blocked ?? reviewed.error ?? notCompared(run, plan);
  const queue = queueAnswer(run, plan, reviewed, error);
  return defined({
    command: 'check',
    result: error !== undefined ? 'failed' : plan.verdict === 'no-changes' ? 'no-changes' : 'planned',
    plan,
    review: reviewed.isIgnored ? undefined : { queue },
    applied: reviewed.error && { results: [], error: reviewed.error },
    error
  });
}

function queueAnswer(
  run: Run,
  plan: Planned['plan'],
  { decision }: Review,
  error: ActionError | undefined
): QueueAnswer {
  const { pullRequestNumber: pullRequest } = run.event;
  const stale =
    decision?.kind === 'changed'
      ? {
          why: 'The plan is another one in the merge queue: see the check of the queue. Run this plan again and review it.',
          details: differenceLines(decision.differences, plan, run.session.tables)
        }
      : undefined;
  return defined({
    conclusion: error !== undefined ? 'failure' : plan.verdict === 'no-changes' ? 'neutral' : 'success',
    pullRequest,
    stale
  });
}

async function seekDrift(run: Run, { plan, desired, observed }: Planned): Promise<RunResult> {
  const drift = driftOf({ plan, desired, tables: run.session.tables });
  if (plan.verdict === 'no-changes') {
    const error = notCompared(run, plan);
    // Drift is then unknown: an open issue of it stays open.
    if (error !== undefined) return { command: 'check', result: 'failed', plan, error };
    return { command: 'check', result: 'no-changes', plan, review: { drift } };
  }
  const who = await whoCaused(run, drift, observed);
  const [lead = verdict(plan), ...sides] = driftSentences(drift, plan, who);
  return {
    command: 'check',
    result: 'drifted',
    plan,
    review: defined({ drift, who }),
    error: new ActionError([lead, ...sides].join(' '), {
      code: 'drifted',
      source: 'user',
      hint: 'Apply the workflow to bring the database back, or change the workflow to match the database. The plan shows the difference.'
    })
  };
}

/**
 * Asks the cloud's audit trail, where something changed in the cloud or may have. A trail that fails costs the check
 * nothing.
 */
async function whoCaused(
  { session, provider, runtime }: Run,
  { kind, items }: Drift,
  observed: Planned['observed']
): Promise<Who | undefined> {
  if (kind === 'none' || kind === 'workflow' || kind === 'unfinished') return undefined;
  const addresses = items.filter(({ origin }) => origin !== 'workflow').map(({ address }) => address);
  try {
    const trail = await session.whoChanged(observed, [...new Set(addresses)]);
    return trail === undefined ? { kind: 'none', title: provider.title } : { kind: 'trail', trail };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    runtime.log.info(`Who changed the database could not be read: ${thrown.message}`);
    return undefined;
  }
}

/** The failure of a check that could not compare everything, unless `allow_unknown` says that it may. */
function notCompared({ inputs }: Run, plan: Planned['plan']): ActionError | undefined {
  const count = plan.counts.unknown;
  if (count === 0 || inputs.options.allow_unknown) return undefined;
  const needs = needsOf(plan).join(', ');
  return new ActionError(`Could not compare ${plural(count, 'setting')} with the database: this needs ${needs}`, {
    code: 'not-compared',
    source: 'user',
    hint: 'Grant the identity of this job the missing permissions, or set `allow_unknown: true`.'
  });
}
