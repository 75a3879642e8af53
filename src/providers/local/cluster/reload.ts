import type { Execution } from '../../../engine/execution.ts';
import { ProviderError } from '../../../errors.ts';
import type { SqlSession } from '../../../postgres/connection.ts';

const POLL_SECONDS = 0.003;
const PATIENCE_SECONDS = 10;

interface Wrong {
  readonly name: string | null;
  readonly error: string;
  /** `null` for a setting that a file no longer has. */
  readonly file: string | null;
  readonly line: number | null;
}

/**
 * Makes a server read its configuration files again and returns when the changes that need no restart are in force for
 * every new connection. Returns the names of the parameters that wait for a restart. Needs a superuser's session.
 *
 * The files are checked first: a ProviderError of the kind `invalid` names the wrong setting, and nothing is reloaded
 * then.
 */
export async function reloadSettings(execution: Execution, session: SqlSession): Promise<readonly string[]> {
  const doing = 'reload the configuration';
  const wrong = await session.query<Wrong>(
    `select f.name, f.error, f.sourcefile as file, f.sourceline as line
       from pg_file_settings f left join pg_settings s on lower(s.name) = lower(f.name)
      where f.error is not null and s.context is distinct from 'postmaster'`,
    [],
    doing
  );
  if (wrong.length > 0) {
    const placeOf = ({ name, file, line }: Wrong): string => name ?? (file === null ? '' : `${file} line ${line}`);
    const list = wrong.map(one => [placeOf(one), one.error].filter(text => text !== '').join(': ')).join('; ');
    // Parameters are written into a file of ours, and `ALTER SYSTEM` writes another.
    const isParameter = wrong.every(({ file }) => file !== null && /(?:pgkeep|postgresql\.auto)\.conf$/.test(file));
    throw new ProviderError(`Could not reload the configuration: ${list}`, {
      kind: 'invalid',
      hint: isParameter
        ? 'Correct the value under `parameters`.'
        : 'Destroy the database and apply again: the postgresql.conf of this server was changed by other hands.'
    });
  }
  const loaded = async (): Promise<string | undefined> => {
    const [row] = await session.query<{ at: string }>('select pg_conf_load_time()::text as at', [], doing);
    return row?.at;
  };
  const before = await loaded();
  await session.query('select pg_reload_conf()', [], doing);
  // The server reads the files itself before it tells its sessions to.
  const deadline = execution.clock.now().getTime() + PATIENCE_SECONDS * 1000;
  while ((await loaded()) === before) {
    if (execution.clock.now().getTime() > deadline) {
      throw new ProviderError(
        `Could not reload the configuration: the server did not answer within ${PATIENCE_SECONDS} s`,
        {
          kind: 'failed',
          code: 'server-failed',
          hint: "Read the server's log: it says what was refused."
        }
      );
    }
    await execution.clock.sleep(POLL_SECONDS, execution.signal);
  }
  const waiting = await session.query<{ name: string }>(
    // The flag stays when a value is taken back before it was ever in force: then it is in neither the file nor the
    // server.
    `select name from pg_settings s
      where pending_restart
        and (source = 'configuration file' or exists (select from pg_file_settings f where lower(f.name) = lower(s.name)))
      order by name`,
    [],
    doing
  );
  return waiting.map(({ name }) => name);
}
