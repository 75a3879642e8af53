import type { Desired, Observed } from '../engine/resource.ts';
import type { Notice } from '../engine/plan.ts';
import { INIT_SQL_FIELDS, wantedFields } from '../postgres/init-sql.ts';
import type { Script } from '../postgres/script.ts';
import { ensure, onCreateOnly } from '../providers/desired-resources.ts';
import type { Findings } from '../providers/findings.ts';
import type { DatabaseContext } from './database-context.ts';
import { database } from './database.ts';
import { extension } from './extension.ts';
import { databaseAddress, extensionAddress, INIT_SQL, roleAddress } from './resource-names.ts';
import { closable, CONNECTION_LIMIT, role } from './role.ts';

/** What `desired` needs besides the live resources. */
export interface LookUps {
  /** The files of `init_sql`. */
  readonly scripts: readonly Script[];
}

/**
 * Reads the files of `init_sql`. Throws `input-invalid` for a pattern that matches no file, and why there is no base.
 */
export async function lookUp(context: DatabaseContext): Promise<LookUps> {
  if (context.base.state.kind === 'absent') throw context.base.state.why;
  return { scripts: await context.scripts() };
}

/** Notices about passwords, and about other databases on the server that everyone may open. */
export async function check(context: DatabaseContext): Promise<Findings> {
  const state = await context.databaseState();
  const notices: Notice[] = [];
  if (!context.passwords.isLasting) {
    notices.push({
      code: 'password-once',
      severity: 'warning',
      input: 'password_seed',
      message:
        'Without `password_seed`, only the run that creates the database knows its password: later runs and other jobs get none.'
    });
  }
  const closing = state === undefined ? [] : closable(context, state);
  const open = (state?.openDatabases ?? []).map(other => other.name).filter(other => !closing.includes(other));
  if (open.length > 0) {
    notices.push({
      code: 'open-databases',
      severity: 'warning',
      message: `Every role may connect to ${open.map(other => `\`${other}\``).join(', ')} on ${context.base.name}, and so may this one: run \`REVOKE CONNECT ON DATABASE … FROM PUBLIC\` to close them.`
    });
  }
  const { database: live, templateSettings = [] } = state ?? {};
  if (live === undefined && templateSettings.length > 0) {
    notices.push({
      code: 'settings-left',
      severity: 'warning',
      input: 'template_database',
      message: `\`${context.settings.template_database ?? ''}\` has settings of its own, which PostgreSQL does not copy: ${templateSettings.join(', ')}. Set them in \`init_sql\`, with \`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET …', current_database()); END $$\`.`
    });
  }
  return { problems: [], notices };
}

/** The database of the pull request, its role, its extensions and its initial SQL. */
export function desired(
  context: DatabaseContext,
  _observed: readonly Observed[],
  { scripts }: LookUps
): readonly Desired[] {
  const { name, settings } = context;
  const untagged = { settings: {} };
  const after = (...dependsOn: string[]): { dependsOn: string[]; concurrencyGroup: string } => ({
    dependsOn,
    concurrencyGroup: name
  });
  const template = settings.template_database;
  const { extensions = [] } = settings;
  return [
    ensure(
      untagged,
      role,
      roleAddress(context),
      `role ${name}`,
      {
        password: { $secret: 'password' },
        connection_limit: onCreateOnly(CONNECTION_LIMIT),
        other_databases: []
      },
      after()
    ),
    ensure(
      untagged,
      database,
      databaseAddress(context),
      `database ${name}`,
      {
        template_database: template === undefined ? undefined : onCreateOnly(template),
        connection_limit: onCreateOnly(CONNECTION_LIMIT),
        open_to_public: false,
        ready: true
      },
      after(roleAddress(context))
    ),
    ...extensions.map(one =>
      ensure(
        untagged,
        extension,
        extensionAddress(one),
        `extension ${one}`,
        { extension: one },
        after(databaseAddress(context))
      )
    ),
    ...(scripts.length === 0
      ? []
      : [
          ensure(
            untagged,
            { type: INIT_SQL, fields: INIT_SQL_FIELDS },
            INIT_SQL,
            `initial SQL of ${name}`,
            wantedFields(scripts),
            after(databaseAddress(context), ...extensions.map(extensionAddress))
          )
        ])
  ];
}
