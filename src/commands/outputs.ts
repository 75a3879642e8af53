import { describeMark, successorOf } from '../engine/ownership.ts';
import { isPasswordNotSent } from '../engine/own-tags.ts';
import { defined } from '../engine/defined.ts';
import { textOf } from '../engine/value.ts';
import { ActionError } from '../errors.ts';
import { backupAge, readBackup } from './backup-age.ts';
import type { Command } from './command.ts';
import { withoutUnsentPassword } from './known-password.ts';
import { refuseUnready } from './mask-clone.ts';
import { verify } from './verify.ts';

/**
 * Finds the database and sets its outputs again, in any job. Changes nothing. Throws `not-found`, and `not-ours` for a
 * database of another owner.
 */
export const outputs: Command = async run => {
  const backups = readBackup(run);
  const observed = await run.session.observeForOutputs();
  const [main] = observed;
  if (main?.ownership.kind === 'foreign') {
    throw new ActionError(`${main.title} belongs to ${describeMark(main.ownership.mark)}`, {
      code: 'not-ours',
      source: 'user',
      hint: 'Set `name` and `environment` to those of the database that this workflow keeps.'
    });
  }
  const successor = main?.ownership.kind === 'ours' ? successorOf(main.ownership.mark) : undefined;
  if (main !== undefined && successor !== undefined) {
    throw new ActionError(`${main.title} is not the database any more: ${successor.name} was promoted`, {
      code: 'not-ours',
      source: 'user',
      hint: `Write \`name: ${successor.name}\`${successor.region === undefined ? '' : ` and its region ${successor.region}`} into the inputs of the workflow.`
    });
  }
  refuseUnready(main);
  const database = await run.session.outputs(observed);
  const status = main?.fields['status'];
  if (database === undefined && status !== undefined && main !== undefined) {
    throw new ActionError(`Could not set outputs: ${main.title} is ${textOf(status)}`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply it: that starts what is stopped, and waits for what is not ready.'
    });
  }
  if (database === undefined) {
    throw new ActionError(`There is no database ${run.inputs.spec.name} on ${run.provider.title}`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply it first; or correct `name`, the region or the account.'
    });
  }
  const [{ isConnected }, backup] = await Promise.all([verify(run, observed, database), backupAge(run, backups)]);
  const isUnsent =
    main?.ownership.kind === 'unmarked' || (main?.ownership.kind === 'ours' && isPasswordNotSent(main.ownership.mark));
  const known = isUnsent ? withoutUnsentPassword(run, database, isConnected) : database;
  return defined({ command: 'outputs', result: 'no-changes', database: known, backup });
};
