import { ActionError } from '../errors.ts';
import { verdict } from '../report/verdict.ts';
import { makePlan, type Command } from './run.ts';

/** Plans again: is the database as the workflow says? Fails with `drifted` when it is not. Changes nothing. */
export const check: Command = async run => {
  const { plan } = await makePlan(run);
  if (plan.verdict === 'no-changes') return { command: 'check', result: 'no-changes', plan };
  return {
    command: 'check',
    result: 'drifted',
    plan,
    error: new ActionError(`The database is not as this workflow says: ${verdict(plan)}`, {
      code: 'drifted',
      source: 'user',
      hint: 'Read the plan: apply the workflow to bring the database back, or change the workflow to what the database is now.'
    })
  };
};
