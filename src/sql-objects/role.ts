import { defined } from '../engine/defined.ts';
import { ownership } from '../engine/ownership.ts';
import {
  defineResource,
  NO_PERMISSIONS,
  type Facts,
  type FieldTable,
  type Observed,
  type Work
} from '../engine/resource.ts';
import { ProviderError } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import { scramVerifier } from '../postgres/scram.ts';
import { roleSecretAddress } from '../providers/role-secrets.ts';
import { runAll, type SqlContext } from './context.ts';
import {
  heldBy,
  membershipsOf,
  membershipStatements,
  NOTHING_HELD,
  revokeStatements,
  type Held
} from './memberships.ts';
import { groupsOf, ROLE, roleAddress } from './names.ts';
import { sqlGroup } from './observed.ts';
import type { RoleMark, RoleState } from './server-state.ts';

const fields = {
  login: { api: 'pg_roles.rolcanlogin', impact: 'online' },
  cloud_login: { api: 'pg_auth_members', input: 'roles', impact: 'online' },
  member_of: { api: 'pg_auth_members', input: 'roles', impact: 'online' },
  connection_limit: { api: 'pg_roles.rolconnlimit', input: 'roles', impact: 'online' },
  password_version: { api: 'comment on role', input: 'roles', impact: 'online' },
  password_secret: { api: 'comment on role', input: 'keep_role_passwords', impact: 'online' },
  /** The admin can give a database to the group, and act as it. */
  assumed_by_admin: { api: 'pg_auth_members', impact: 'online' },
  'set_role.*': { api: 'pg_db_role_setting', input: 'roles', impact: 'online' }
} as const satisfies FieldTable;

/** A role within a server: a login, or one of the groups that hold the rights in a database. */
export const role = defineResource<SqlContext>()({
  type: ROLE,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.state();
    if (state.kind !== 'seen') return [];
    const wanted = context.wanted(state.main);
    const absent = new Set([
      ...wanted.absentRoles,
      ...wanted.absentDatabases.flatMap(name => Object.values(groupsOf(name)))
    ]);
    return [...state.server.roles.values()]
      .filter(({ name, mark }) => absent.has(name) || !context.isBrought(mark))
      .filter(
        ({ name, mark }) => absent.has(name) || wanted.allRoles.includes(name) || context.ownerOf(mark).kind === 'ours'
      )
      .map(live => observedRole(context, live, wanted.groupNames));
  },
  create,
  update,
  remove
});

/** A membership in a role that no input knows belongs to those who gave it, and is not compared. */
function observedRole(
  { target, cloudLogins, ownerOf }: SqlContext,
  live: RoleState,
  groups: ReadonlySet<string>
): Observed<typeof fields> {
  return {
    address: roleAddress(live.name),
    type: ROLE,
    title: `role ${live.name}`,
    ownership: ownerOf(live.mark),
    fields: {
      login: live.canLogin,
      ...(cloudLogins?.kind === 'membership' ? { cloud_login: live.memberOf.includes(cloudLogins.role) } : {}),
      ...membershipsOf(live, groups),
      connection_limit: live.connectionLimit,
      password_version: live.mark?.passwordVersion ?? null,
      password_secret: live.mark?.passwordSecret ?? null,
      assumed_by_admin: live.isAssumable
    },
    facts: { isPasswordUnsent: live.mark?.isPasswordUnsent === true, grantedBy: live.grantedBy },
    // Its password is removed after it.
    dependsOn: live.mark?.passwordSecret === undefined ? [] : [roleSecretAddress(live.name)],
    concurrencyGroup: sqlGroup(target)
  };
}

async function create(context: SqlContext, work: Work<typeof fields>): Promise<Facts> {
  const name = nameOf(work);
  const session = await context.sessions.locked();
  const isLogin = work.values.login === true;
  const limit = work.values.connection_limit;
  const password = isLogin && work.values.cloud_login !== true ? ` PASSWORD ${await verifierOf(context, name)}` : '';
  const brought = await broughtRole(context, name);
  await runAll(
    context,
    session,
    [
      `${brought === undefined ? 'CREATE' : 'ALTER'} ROLE ${quoteIdentifier(name)} ${isLogin ? 'LOGIN' : 'NOLOGIN'}` +
        (typeof limit === 'number' ? ` CONNECTION LIMIT ${limit}` : '') +
        password,
      ...changesOf(context, name, work, await groupsAmong(context, brought)),
      commentOf(context, name, work)
    ],
    `create role ${name}`
  );
  await proveAdmin(context, name, work);
  context.invalidate();
  return {};
}

/** The role of this workflow that a copy or a restored server has from the beginning. */
async function broughtRole(context: SqlContext, name: string): Promise<RoleState | undefined> {
  if (!context.isRestored) return undefined;
  const live = (await context.fresh()).server.roles.get(name);
  const isOwn = ownership(live?.mark, context.target).kind === 'ours' || context.isBrought(live?.mark);
  return isOwn ? live : undefined;
}

/** A membership in a role that no input knows stays. */
async function groupsAmong(context: SqlContext, live: RoleState | undefined): Promise<Held> {
  if (live === undefined) return NOTHING_HELD;
  const { groupNames } = context.wanted((await context.fresh()).main);
  return { memberOf: membershipsOf(live, groupNames).member_of, grantedBy: live.grantedBy };
}

async function update(context: SqlContext, work: Work<typeof fields>): Promise<Facts> {
  const name = nameOf(work);
  const session = await context.sessions.locked();
  const { login, connection_limit: limit } = work.values;
  const clauses = [
    ...(login === undefined ? [] : [login === true ? 'LOGIN' : 'NOLOGIN']),
    ...(typeof limit === 'number' ? [`CONNECTION LIMIT ${limit}`] : []),
    ...(sendsPassword(work) ? [`PASSWORD ${await verifierOf(context, name)}`] : [])
  ];
  await runAll(
    context,
    session,
    [
      ...(clauses.length === 0 ? [] : [`ALTER ROLE ${quoteIdentifier(name)} ${clauses.join(' ')}`]),
      ...changesOf(context, name, work, heldBy(work)),
      commentOf(context, name, work)
    ],
    `change role ${name}`
  );
  await proveAdmin(context, name, work);
  context.invalidate();
  return {};
}

/** Fields whose change sends the password of an existing role along. */
const SENDS_PASSWORD: readonly string[] = ['password_version', 'password_secret', 'login', 'cloud_login'];

/** Of an existing role. */
function sendsPassword({ changes, values }: Work<typeof fields>): boolean {
  return (
    changes.some(({ field }) => SENDS_PASSWORD.includes(field)) && values.login !== false && values.cloud_login !== true
  );
}

/** Memberships and settings, as the changes say. */
function changesOf(
  { cloudLogins }: SqlContext,
  name: string,
  work: Work<typeof fields>,
  held: Held
): readonly string[] {
  const own = quoteIdentifier(name);
  const byCloud = work.changes.find(({ field }) => field === 'cloud_login')?.to;
  const group = cloudLogins?.kind === 'membership' ? quoteIdentifier(cloudLogins.role) : '';
  return [
    ...(work.values.assumed_by_admin === true ? [`GRANT ${own} TO CURRENT_USER`] : []),
    ...(byCloud === true ? [`GRANT ${group} TO ${own}`] : []),
    ...(byCloud === false && work.observed !== undefined && cloudLogins?.kind === 'membership'
      ? revokeStatements(cloudLogins.role, name, held.grantedBy)
      : []),
    ...membershipStatements(name, work, held)
  ];
}

/**
 * A user who is a member of a role that logs in by the cloud has no password any more. The admin must never become one:
 * a second session shows that, while this one can still take it back.
 */
async function proveAdmin(context: SqlContext, name: string, { changes }: Work<typeof fields>): Promise<void> {
  const rules = context.cloudLogins;
  const isGiven = changes.some(({ field, to }) => field === 'cloud_login' && to === true);
  if (rules?.kind !== 'membership' || !isGiven) return;
  const session = await context.sessions.locked();
  const { server } = await context.fresh();
  try {
    await (await context.sessions.fresh(server.current)).close();
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.kind !== 'unauthenticated') throw thrown;
    await runAll(
      context,
      session,
      [`REVOKE ${quoteIdentifier(rules.role)} FROM ${quoteIdentifier(name)}`],
      `take ${rules.role} from ${name} again`
    );
    throw new ProviderError(
      `Could not let ${name} log in by a cloud identity: ${server.admin.name} could not log in any more, so it was taken back`,
      {
        kind: 'failed',
        cause: thrown,
        hint: `Run \`REVOKE ${name} FROM ${server.admin.name}\` as the user who granted it, then apply again.`
      }
    );
  }
}

function commentOf(context: SqlContext, name: string, work: Work<typeof fields>): string {
  const { mark, values, observed } = work;
  const { applied: _, ownTags: __, ...own } = mark;
  const version = values.password_version ?? observed?.fields.password_version;
  // A password from elsewhere was sent: that of the secret is not the role's any more.
  const isReplaced = !context.isKept(name) && (observed === undefined || sendsPassword(work));
  const secret = isReplaced ? undefined : (values.password_secret ?? observed?.fields.password_secret);
  const isAdopted = observed?.ownership.kind === 'unmarked' && observed.fields.login === true;
  const isUnsent = (isAdopted || observed?.facts['isPasswordUnsent'] === true) && !sendsPassword(work);
  const whole: RoleMark = defined({
    ...own,
    passwordSecret: typeof secret === 'string' ? secret : undefined,
    passwordVersion: typeof version === 'string' ? version : undefined,
    isPasswordUnsent: isUnsent ? true : undefined
  });
  return `COMMENT ON ROLE ${quoteIdentifier(name)} IS ${quoteLiteral(JSON.stringify(whole))}`;
}

async function verifierOf(context: SqlContext, name: string): Promise<string> {
  return quoteLiteral(scramVerifier(await context.passwordsOf(name).make())).trim();
}

/** SQLSTATE dependent_objects_still_exist. */
const DEPENDED_ON = '2BP01';

/**
 * A role that owns something is kept, with what it owns named: DROP OWNED would take what others rely on. What it may
 * do with a database goes with it: a database that is closed to PUBLIC names the logins that stay.
 */
async function remove(context: SqlContext, work: Work<typeof fields>): Promise<void> {
  const name = nameOf(work);
  const session = await context.sessions.locked();
  const { server } = await context.fresh();
  const own = quoteIdentifier(name);
  const entered = [...server.databases.values()].filter(({ privileges }) =>
    privileges.some(({ grantee }) => grantee === name)
  );
  try {
    await runAll(
      context,
      session,
      [
        ...entered.map(one => `REVOKE ALL ON DATABASE ${quoteIdentifier(one.name)} FROM ${own}`),
        `DROP ROLE IF EXISTS ${own}`
      ],
      `drop role ${name}`
    );
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.providerCode !== DEPENDED_ON) throw thrown;
    throw new ProviderError(thrown.message, {
      kind: 'failed',
      cause: thrown,
      hint: `Give what ${name} owns to another role (\`REASSIGN OWNED BY\`) and revoke what was granted to it directly, in each database that the message names; then apply again.`
    });
  }
  await context.passwordsOf(name).invalidate();
  context.invalidate();
}

function nameOf({ address }: Pick<Work, 'address'>): string {
  return address.slice(roleAddress('').length);
}
