import { defined } from '../engine/defined.ts';
import { ownership, type Mark } from '../engine/ownership.ts';
import type { Notice } from '../engine/plan.ts';
import type { Desired, Observed, Wanted } from '../engine/resource.ts';
import type { FieldValue } from '../engine/value.ts';
import { ActionError } from '../errors.ts';
import { databaseComment } from '../postgres/database-mark.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import {
  sessionOf,
  type DatabaseOutputs,
  type Endpoint,
  type SessionDefinition,
  type Session,
  type Setup,
  type DesiredState
} from '../providers/provider.ts';
import type { Base } from './base.ts';
import { listDatabases } from './list-databases.ts';
import { database } from './database.ts';
import { locked, type DatabaseContext } from './database-context.ts';
import { requireOwn } from './require-own.ts';
import { extension } from './extension.ts';
import { desiredInitSql, initSql } from './init-sql.ts';
import { ownMark, readDatabaseState, type DatabaseState } from './database-state.ts';
import { databaseNameOf } from './names.ts';
import { passwordsOf } from './password.ts';
import { DATABASE, databaseAddress, EXTENSION, extensionAddress, ROLE, roleAddress } from './resource-names.ts';
import { closable, CONNECTION_LIMIT, role, validUntil } from './role.ts';

const DATABASE_SESSION: SessionDefinition<DatabaseContext> = {
  types: [database, role, extension, initSql],
  target: context => context.target,
  invalidate: context => context.invalidate(),
  desire,
  // The role's own calls take the password where they need it.
  secret: () => '',
  writeMark,
  outputs,
  snapshot: async () => {
    throw new ActionError('A database on a shared server has no snapshots of its own', {
      code: 'unsupported',
      source: 'user',
      hint: 'Take a dump with pg_dump, or a snapshot of the base without `ephemeral`.'
    });
  },
  doctor: async context => context.base.session.doctor(),
  close: async context => context.base.session.close()
};

/** A session for the database of one pull request on an open base. It closes the base with itself. */
export function openDatabase(base: Base, setup: Setup, pullRequest: number): Session {
  const context = contextOf(base, setup, { ...setup.owner, pullRequest });
  return {
    ...sessionOf(DATABASE_SESSION, context, setup),
    listServers: async () =>
      (await listDatabases(context)).map(found => ({
        title: found.title,
        mark: found.mark,
        open: async () => openFound(base, setup, found)
      }))
  };
}

/** A session for something the census found, which shares the base and does not close it. */
function openFound(
  base: Base,
  setup: Setup,
  { name, title, mark }: { readonly name: string; readonly title: string; readonly mark: Mark | undefined }
): Session {
  const { spec } = setup;
  const refuse = (why: string): ActionError =>
    new ActionError(`Could not open ${title}: ${why}`, { code: 'not-ours', source: 'user' });
  if (mark?.pullRequest === undefined) throw refuse("it carries no mark of a pull request's database");
  const owner = { repository: mark.repository, pullRequest: mark.pullRequest };
  const found = { ...setup, spec: { ...spec, name: mark.name, environment: mark.environment } };
  const context = contextOf(base, found, owner);
  if (context.name !== name) throw refuse(`its mark is that of ${context.name}`);
  return { ...sessionOf(DATABASE_SESSION, context, setup), close: async () => {} };
}

function contextOf(
  base: Base,
  { spec, paths, execution, secret, mask }: Setup,
  owner: { readonly repository: string; readonly pullRequest: number }
): DatabaseContext {
  const { provider, account, region } = base.target;
  const target = { provider, account, region, name: spec.name, environment: spec.environment, ...owner };
  const name = databaseNameOf(target);
  let inside: Promise<DatabaseState | undefined> | undefined;
  const context: DatabaseContext = {
    name,
    target,
    base,
    settings: spec.settings,
    workspace: paths.workspace,
    passwords: passwordsOf({
      name,
      identity: [provider, account, region, base.name, owner.repository.toLowerCase(), name],
      seed: secret('password_seed'),
      store: base.session.secretStore,
      mask
    }),
    execution,
    inside: async () => (inside ??= readDatabaseState(context)),
    invalidate: () => {
      inside = undefined;
    },
    ownershipOf: mark => ownership(mark, target)
  };
  return context;
}

async function desire(context: DatabaseContext, _observed: readonly Observed[]): Promise<DesiredState> {
  if (context.base.state.kind === 'absent') throw context.base.state.why;
  const { name, settings } = context;
  const concurrencyGroup = { presence: 'present', concurrencyGroup: name } as const;
  const desired: Desired[] = [
    {
      ...concurrencyGroup,
      address: roleAddress(context),
      type: ROLE,
      title: `role ${name}`,
      fields: {
        password: managed({ $secret: 'password' }),
        connection_limit: atFirst(CONNECTION_LIMIT),
        other_databases: managed([])
      },
      dependsOn: []
    },
    {
      ...concurrencyGroup,
      address: databaseAddress(context),
      type: DATABASE,
      title: `database ${name}`,
      fields: {
        ...(settings.template_database === undefined ? {} : { template_database: atFirst(settings.template_database) }),
        connection_limit: atFirst(CONNECTION_LIMIT),
        open_to_public: managed(false),
        ready: managed(true)
      },
      dependsOn: [roleAddress(context)]
    },
    ...(settings.extensions ?? []).map(extensionName => ({
      ...concurrencyGroup,
      address: extensionAddress(extensionName),
      type: EXTENSION,
      title: `extension ${extensionName}`,
      fields: { extension: managed(extensionName) },
      dependsOn: [databaseAddress(context)]
    })),
    ...(await desiredInitSql(context))
  ];
  return { desired, notices: await noticesOf(context) };
}

async function noticesOf(context: DatabaseContext): Promise<readonly Notice[]> {
  const inside = await context.inside();
  const notices: Notice[] = [];
  if (!context.passwords.isLasting) {
    notices.push({
      code: 'password-once',
      severity: 'warning',
      input: 'password_seed',
      message:
        'Without `password_seed`, the password is known only to the run that makes the database: later runs and other jobs get none.'
    });
  }
  const closing = inside === undefined ? [] : closable(context, inside);
  const open = (inside?.openDatabases ?? []).map(other => other.name).filter(other => !closing.includes(other));
  if (open.length > 0) {
    notices.push({
      code: 'open-databases',
      severity: 'warning',
      message: `Everybody may connect to ${open.map(other => `\`${other}\``).join(', ')} on ${context.base.name}, and so may this role: \`REVOKE CONNECT ON DATABASE … FROM PUBLIC\` closes them.`
    });
  }
  return notices;
}

/** Keeps what was applied and until when the database is wanted, with it and with its role. */
async function writeMark(context: DatabaseContext, _observed: readonly Observed[], mark: Mark): Promise<void> {
  await locked(context, async session => {
    const inside = await readDatabaseState(context);
    const now = inside === undefined ? undefined : ownMark(inside);
    if (inside?.role === undefined || inside.database === undefined) return;
    if (ownership(now, context.target).kind !== 'ours') return;
    const name = quoteIdentifier(context.name);
    await session.query(
      [
        `ALTER ROLE ${name}${validUntil(mark.expiresAt)}`,
        `COMMENT ON ROLE ${name} IS ${quoteLiteral(JSON.stringify(mark))}`,
        databaseComment(context.name, { ...inside.database.mark, ...mark })
      ].join('; '),
      undefined,
      `mark database ${context.name}`
    );
  });
  context.invalidate();
}

async function outputs(context: DatabaseContext, observed: readonly Observed[]): Promise<DatabaseOutputs | undefined> {
  const { state } = context.base;
  const live = observed.find(resource => resource.address === databaseAddress(context));
  if (state.kind === 'absent' || live?.ownership.kind !== 'ours' || live.fields['ready'] !== true) return undefined;
  const { password: _, ...base } = state.outputs.endpoint;
  const endpoint = { ...base, database: context.name, username: context.name };
  const inside = await readDatabaseState(context);
  const expiresAt = requireOwn({
    target: context.target,
    marks: [inside?.role?.mark, inside?.database?.mark],
    own: placeOf(endpoint),
    base: placeOf(base)
  });
  const password = await context.passwords.known();
  return defined({
    endpoint: defined({ ...endpoint, password }),
    expiresAt,
    module: { ...state.outputs.module, db_instance_name: context.name, db_instance_username: context.name },
    rebootRequired: false
  });
}

function placeOf({ host, port, database: name }: Pick<Endpoint, 'host' | 'port' | 'database'>): string {
  return `${host}:${port}/${name}`;
}

function managed(value: FieldValue): Wanted {
  return { value, managed: true };
}

function atFirst(value: FieldValue): Wanted {
  return { value, managed: false };
}
