import { markFor } from '../engine/ownership.ts';
import type { ActionError } from '../errors.ts';
import type { Result } from '../outputs.ts';
import { blockedError, makePlan, type Command, type Ending, type Run } from './run.ts';
import { verify } from './verify.ts';

/** Plans, runs the plan's steps, looks again, and sets the outputs of what is there now. */
export const apply: Command = async run => {
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

async function finish(run: Run, database: Ending['database']): Promise<Pick<Ending, 'database'>> {
  if (database === undefined) return {};
  await verify(run, database.endpoint);
  return { database };
}
