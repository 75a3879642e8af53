import type { DatabaseOutputs } from '../providers/provider.ts';
import type { Run } from './command.ts';

/**
 * The outputs without a `master_password` that was neither sent to the server nor checked by a login: the next step
 * would be handed a password that may be wrong.
 */
export function withoutUnsentPassword(run: Run, database: DatabaseOutputs, isChecked: boolean): DatabaseOutputs {
  const { password, ...endpoint } = database.endpoint;
  if (isChecked || password === undefined || password !== run.inputs.secrets.get('master_password')) return database;
  run.runtime.log.warning(
    'The outputs `password` and `database_url` are left out: this server was adopted, `master_password` was never sent to it, and no login could check it. To send it, set `master_password_version`; else run where the server can be reached.'
  );
  return { ...database, endpoint };
}
