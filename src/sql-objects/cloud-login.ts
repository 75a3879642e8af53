import { markFor } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type FieldTable, type Work } from '../engine/resource.ts';
import { ProviderError } from '../errors.ts';
import type { SqlSession } from '../postgres/connection.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import type { CloudLogins } from '../providers/cloud-logins.ts';
import { runAll, type SqlContext } from './context.ts';
import { heldBy, membershipsOf, membershipStatements, NOTHING_HELD } from './memberships.ts';
import { CLOUD_LOGIN, cloudLoginAddress } from './names.ts';
import { sqlGroup } from './observed.ts';
import type { WantedLogin } from './wanted.ts';

const fields = {
  member_of: { api: 'pg_auth_members', input: 'roles', impact: 'online' },
  'set_role.*': { api: 'pg_db_role_setting', input: 'roles', impact: 'online' }
} as const satisfies FieldTable;

/**
 * A role that the cloud makes for an identity, and that no admin may comment on: it carries no mark, and only its
 * rights are kept here.
 */
export const cloudLogin = defineResource<SqlContext>()({
  type: CLOUD_LOGIN,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.state();
    if (state.kind !== 'seen') return [];
    const { cloudLogins, groupNames } = context.wanted(state.main);
    return cloudLogins.flatMap(({ name }) => {
      const live = state.server.roles.get(name);
      if (live === undefined) return [];
      return [
        {
          address: cloudLoginAddress(name),
          type: CLOUD_LOGIN,
          title: `login ${name}`,
          ownership: { kind: 'ours' as const, mark: markFor(context.target) },
          fields: membershipsOf(live, groupNames),
          facts: { grantedBy: live.grantedBy },
          dependsOn: [],
          concurrencyGroup: sqlGroup(context.target)
        }
      ];
    });
  },
  create: async (context, work) => {
    const session = await context.sessions.locked();
    const { server, main } = await context.fresh();
    const name = nameOf(work);
    const rules = context.cloudLogins;
    const wanted = context.wanted(main).cloudLogins.find(one => one.name === name);
    // The step before may have made it, and so may a run that was interrupted.
    if (rules?.kind === 'statement' && wanted !== undefined && !server.roles.has(name)) {
      await createBy(rules, await context.sessions.admin(rules.database), wanted);
    }
    await runAll(context, session, membershipStatements(name, work, NOTHING_HELD), `give rights to the login ${name}`);
    context.invalidate();
    return {};
  },
  update: async (context, work) => {
    const name = nameOf(work);
    const session = await context.sessions.locked();
    await runAll(context, session, membershipStatements(name, work, heldBy(work)), `give rights to the login ${name}`);
    context.invalidate();
    return {};
  },
  remove: async () => {
    // The identity is removed where it was made.
  }
});

/** The function may lie in any schema: only that of a superuser is called, since others could have planted one. */
async function createBy(
  rules: Extract<CloudLogins, { kind: 'statement' }>,
  session: SqlSession,
  login: WantedLogin
): Promise<void> {
  const { name, texts } = rules.create(login);
  const doing = `make the login ${login.name}`;
  try {
    const [found] = await session.query<{ readonly schema: string }>(FIND, [name, texts.length + 2], doing);
    if (found === undefined) throw new ProviderError(`Could not ${doing}: there is no ${name}`, { kind: 'invalid' });
    const given = texts.map((_, at) => `$${at + 1}`).join(', ');
    await session.query(`select ${quoteIdentifier(found.schema)}.${name}(${given}, false, false)`, texts, doing);
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    throw new ProviderError(thrown.message, { kind: thrown.kind, cause: thrown, hint: rules.hint });
  }
}

const FIND = `
select n.nspname as schema from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
 where p.proname = $1 and p.pronargs = $2 and r.rolsuper`;

function nameOf({ address }: Pick<Work, 'address'>): string {
  return address.slice(cloudLoginAddress('').length);
}
