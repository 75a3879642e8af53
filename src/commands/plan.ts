import { blockedError, makePlan, type Command } from './run.ts';

/** Says what an apply would do. Changes nothing. */
export const plan: Command = async run => {
  const { plan: made, observed, cost } = await makePlan(run);
  const error = blockedError(made);
  const database = await run.session.outputs(observed);
  return {
    command: 'plan',
    result: error !== undefined ? 'failed' : made.verdict === 'no-changes' ? 'no-changes' : 'planned',
    plan: made,
    ...(cost === undefined ? {} : { cost }),
    ...(database === undefined ? {} : { database }),
    ...(error === undefined ? {} : { error })
  };
};
