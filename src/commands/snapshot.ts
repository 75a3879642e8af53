import type { Command } from './command.ts';

/** Takes a manual snapshot of the database as it is. */
export const snapshot: Command = async run => {
  const observed = await run.session.observe();
  const taken = await run.session.snapshot(observed);
  if (taken.existed === true) {
    run.runtime.log.warning(
      `Snapshot ${taken.id} exists already (${taken.detail}): none was taken. Leave \`snapshot_identifier\` unset for a new one.`
    );
  } else run.runtime.log.info(`Snapshot ${taken.id} is complete (${taken.detail})`);
  return { command: 'snapshot', result: 'applied', snapshot: taken.id };
};
