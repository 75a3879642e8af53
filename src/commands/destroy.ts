import { markFor } from '../engine/ownership.ts';
import { resultOf } from './result-of.ts';
import { blockedError, makeDestroyPlan, otherPlan } from './planning.ts';
import type { Command } from './command.ts';

/** Deletes every resource of this database that is ours. A resource that is already gone counts as deleted. */
export const destroy: Command = async run => {
  const { plan, observed } = await makeDestroyPlan(run);
  const blocked = blockedError(plan);
  if (blocked !== undefined) return { command: 'destroy', result: 'failed', plan, error: blocked };
  const other = otherPlan(run, plan);
  if (other !== undefined) return { command: 'destroy', result: 'failed', plan, error: other };
  if (plan.verdict === 'no-changes') return { command: 'destroy', result: 'no-changes', plan };

  const applied = await run.runtime.log.group('Destroy', async () =>
    run.session.apply(plan, observed, markFor(run.session.target))
  );
  return applied.error === undefined
    ? { command: 'destroy', result: 'destroyed', plan, applied }
    : { command: 'destroy', result: resultOf(applied.error), plan, applied, error: applied.error };
};
