import { markFor } from '../engine/ownership.ts';
import { resultOf } from './result-of.ts';
import { blockedError, makeDestroyPlan, otherPlan } from './planning.ts';
import type { Command } from './command.ts';

/** Deletes every resource of this database that is ours. A resource that is already gone counts as deleted. */
export const destroy: Command = async run => {
  const { plan, observed } = await makeDestroyPlan(run);
  const refused = blockedError(plan) ?? otherPlan(run, plan);
  if (refused !== undefined) return { command: 'destroy', result: 'failed', plan, error: refused };
  if (plan.verdict === 'no-changes') return { command: 'destroy', result: 'no-changes', plan };

  const applied = await run.runtime.log.group('Destroy', async () =>
    run.session.apply(plan, observed, markFor(run.session.target))
  );
  return applied.error === undefined
    ? { command: 'destroy', result: 'destroyed', plan, applied }
    : { command: 'destroy', result: resultOf(applied.error), plan, applied, error: applied.error };
};
