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
import { textsOf, textOf, type Value } from '../engine/value.ts';
import { ProviderError } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import { scramVerifier } from '../postgres/scram.ts';
import { roleSecretAddress } from '../providers/role-secrets.ts';
import { runAll, type SqlContext } from './context.ts';
import { ROLE, roleAddress } from './names.ts';
import { sqlGroup } from './observed.ts';
import type { RoleMark, RoleState } from './server-state.ts';

const SET_ROLE = 'set_role.';

const fields = {
  login: { api: 'pg_roles.rolcanlogin', impact: 'online' },
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
    const asked = new Set([...wanted.allRoles, ...wanted.absentRoles]);
    return [...state.server.roles.values()]
      .filter(({ name, mark }) => asked.has(name) || ownership(mark, context.target).kind === 'ours')
      .map(live => observedRole(context, live, wanted.groupNames));
  },
  create,
  update,
  remove
});

/** A membership in a role that no input knows belongs to those who gave it, and is not compared. */
function observedRole({ target }: SqlContext, live: RoleState, groups: ReadonlySet<string>): Observed<typeof fields> {
  return {
    address: roleAddress(live.name),
    type: ROLE,
    title: `role ${live.name}`,
    ownership: ownership(live.mark, target),
    fields: {
      login: live.canLogin,
      member_of: live.memberOf.filter(name => groups.has(name)),
      connection_limit: live.connectionLimit,
      password_version: live.mark?.passwordVersion ?? null,
      password_secret: live.mark?.passwordSecret ?? null,
      assumed_by_admin: live.isAssumable,
      ...Object.fromEntries(Object.entries(live.setRole).map(([database, name]) => [`${SET_ROLE}${database}`, name]))
    },
    facts: { isPasswordUnsent: live.mark?.isPasswordUnsent === true },
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
  const password = isLogin ? ` PASSWORD ${await verifierOf(context, name)}` : '';
  await runAll(
    context,
    session,
    [
      `CREATE ROLE ${quoteIdentifier(name)} ${isLogin ? 'LOGIN' : 'NOLOGIN'}` +
        (typeof limit === 'number' ? ` CONNECTION LIMIT ${limit}` : '') +
        password,
      ...changesOf(name, work, []),
      commentOf(context, name, work)
    ],
    `create role ${name}`
  );
  context.invalidate();
  return {};
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
      ...changesOf(name, work, textsOf(work.observed?.fields.member_of)),
      commentOf(context, name, work)
    ],
    `change role ${name}`
  );
  context.invalidate();
  return {};
}

/** Fields whose change sends the password of an existing role along. */
const SENDS_PASSWORD: readonly string[] = ['password_version', 'password_secret', 'login'];

/** Of an existing role. */
function sendsPassword({ changes, values }: Work<typeof fields>): boolean {
  return changes.some(({ field }) => SENDS_PASSWORD.includes(field)) && values.login !== false;
}

/** Memberships and settings, as the changes say. */
function changesOf(
  name: string,
  { values, changes }: Work<typeof fields>,
  memberOf: readonly string[]
): readonly string[] {
  const own = quoteIdentifier(name);
  const wanted = values.member_of === undefined ? memberOf : textsOf(values.member_of);
  const settings = changes.flatMap(({ field, to }) => {
    if (!field.startsWith(SET_ROLE)) return [];
    const place = `ALTER ROLE ${own} IN DATABASE ${quoteIdentifier(field.slice(SET_ROLE.length))}`;
    return [to === null ? `${place} RESET role` : `${place} SET role TO ${quoteLiteral(textOf(to as Value)).trim()}`];
  });
  return [
    ...(values.assumed_by_admin === true ? [`GRANT ${own} TO CURRENT_USER`] : []),
    ...wanted.filter(group => !memberOf.includes(group)).map(group => `GRANT ${quoteIdentifier(group)} TO ${own}`),
    ...memberOf.filter(group => !wanted.includes(group)).map(group => `REVOKE ${quoteIdentifier(group)} FROM ${own}`),
    ...settings
  ];
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
