import { markFor } from '../engine/ownership.ts';
import type { ActionError } from '../errors.ts';
import type { Result } from '../outputs.ts';
import { blockedError, makePlan, type Command, type Ending, type Run } from './run.ts';
import { verify } from './verify.ts';

/**
 * Plans, runs the plan's steps, looks again, and sets the outputs of what is there now. What the first plan could not see, because a server
 * had to be started first, is planned, printed and applied in a second round.
 */
export const apply: Command = async run => {
  const first = await applyOnce(run);
  const isBlind = first.plan?.steps.some(step => Object.keys(step.unknown).length > 0) === true;
  return first.result === 'applied' && isBlind ? joined(first, await applyOnce(run)) : first;
};

const applyOnce: Command = async run => {
  const { plan, observed, settings, ...rest } = await makePlan(run);
  const blocked = blockedError(plan);
  if (blocked !== undefined) return { command: 'apply', result: 'failed', plan, error: blocked };
  if (plan.verdict === 'no-changes') {
    return {
      command: 'apply',
      result: 'no-changes',
      plan,
      ...(await finish(run, await run.session.outputs(observed)))
    };
  }

  const mark = markFor(run.session.target, { applied: settings });
  const applied = await run.runtime.log.group('Apply', async () => run.session.apply(plan, observed, mark));
  if (applied.error !== undefined) {
    return { command: 'apply', result: resultOf(applied.error), plan, applied, error: applied.error };
  }
  const now = await run.session.observe();
  await run.session.stamp(now, mark);
  return {
    command: 'apply',
    result: 'applied',
    plan,
    applied,
    ...rest,
    ...(await finish(run, await run.session.outputs(now)))
  };
};

/** An end that came before the work did is no failure of the work: the next run goes on. */
export function resultOf(error: ActionError): Result {
  return error.code === 'in-progress' || error.code === 'cancelled' ? 'in-progress' : 'failed';
}

/** Two rounds told as one. */
function joined(first: Ending, second: Ending): Ending {
  if (second.result === 'no-changes' || first.plan === undefined || second.plan === undefined) {
    return { ...first, ...(second.database === undefined ? {} : { database: second.database }) };
  }
  const done = first.plan.steps.filter(step => step.action !== 'none');
  const addresses = new Set(done.map(step => step.address));
  const counts = { ...second.plan.counts };
  for (const action of ['create', 'update', 'delete', 'adopt'] as const) counts[action] += first.plan.counts[action];
  return {
    ...second,
    plan: {
      ...second.plan,
      counts,
      steps: [...done, ...second.plan.steps.filter(step => !addresses.has(step.address))]
    },
    applied: { ...second.applied, results: [...(first.applied?.results ?? []), ...(second.applied?.results ?? [])] }
  };
}

async function finish(run: Run, database: Ending['database']): Promise<Pick<Ending, 'database'>> {
  if (database === undefined) return {};
  await verify(run, database.endpoint);
  return { database };
}
