import { markFor } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type Facts, type FieldTable, type Work } from '../engine/resource.ts';
import { textsOf } from '../engine/value.ts';
import { ProviderError } from '../errors.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { runAll, type SqlContext } from './context.ts';
import { readInnerState } from './database-state.ts';
import { GRANTS, grantsAddress, groupsOf } from './names.ts';
import { sqlGroup } from './observed.ts';
import { grantOnLaterObjects, grantOnObjects } from './privileges.ts';
import { readServerState, type ServerState } from './server-state.ts';

const fields = {
  /** Groups that may connect. */
  connect: { api: 'pg_database.datacl', input: 'roles', impact: 'online' },
  /** Groups that may make schemas, and tables in `public`. */
  create: { api: 'pg_database.datacl', input: 'roles', impact: 'online' },
  /** Groups that have their rights on what is there. */
  existing_objects: { api: 'pg_class.relacl', input: 'roles', impact: 'online' },
  /** Groups that will have them on what is made later. */
  later_objects: { api: 'pg_default_acl', input: 'roles', impact: 'online' }
} as const satisfies FieldTable;

/** The rights of the three groups of a database. */
export const grants = defineResource<SqlContext>()({
  type: GRANTS,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.state();
    if (state.kind !== 'seen') return [];
    return context
      .wanted(state.main)
      .databases.filter(({ hasGroups }) => hasGroups)
      .flatMap(({ name }) => {
        const inner = state.inner.get(name);
        if (inner === undefined) return [];
        return [
          {
            address: grantsAddress(name),
            type: GRANTS,
            title: `rights in ${name}`,
            // They are part of the groups and of the database, which carry marks.
            ownership: { kind: 'ours' as const, mark: markFor(context.target) },
            fields: {
              connect: mayConnect(state.server, name),
              create: inner.mayCreate.filter(group => group === groupsOf(name).owner),
              existing_objects: inner.grantedNow,
              later_objects: inner.grantedLater
            },
            facts: {},
            dependsOn: [],
            concurrencyGroup: sqlGroup(context.target)
          }
        ];
      });
  },
  create: grant,
  update: grant,
  remove: async () => {
    // They go with the groups and the database.
  }
});

function mayConnect(server: ServerState, name: string): readonly string[] {
  const live = server.databases.get(name);
  const groups = Object.values(groupsOf(name));
  return groups
    .filter(
      group =>
        live?.owner === group ||
        ['CONNECT', 'TEMPORARY'].every(privilege =>
          live?.privileges.some(one => one.grantee === group && one.privilege === privilege)
        )
    )
    .sort();
}

/** The creators whose later objects the groups get rights on: the owner, and in the server's own database the admin. */
export function creatorsIn(name: string, isMain: boolean, admin: string): readonly string[] {
  return isMain ? [groupsOf(name).owner, admin] : [groupsOf(name).owner];
}

async function grant(context: SqlContext, work: Work<typeof fields>): Promise<Facts> {
  const name = work.address.slice(grantsAddress('').length);
  const groups = groupsOf(name);
  await context.sessions.locked();
  const session = await context.sessions.admin(name);
  const { values } = work;
  const names = textsOf(values.connect).map(quoteIdentifier).join(', ');
  const owner = quoteIdentifier(groups.owner);
  const { main, server } = await context.fresh();
  const creators = creatorsIn(name, main === name, server.admin.name);
  await runAll(
    context,
    session,
    [
      ...(values.connect === undefined
        ? []
        : [`GRANT CONNECT, TEMPORARY ON DATABASE ${quoteIdentifier(name)} TO ${names}`]),
      ...(values.create === undefined
        ? []
        : [`GRANT CREATE ON DATABASE ${quoteIdentifier(name)} TO ${owner}`, grantOnPublic(owner)]),
      ...(values.later_objects === undefined ? [] : grantOnLaterObjects(groups, creators)),
      ...(values.existing_objects === undefined ? [] : [grantOnObjects(groups)])
    ],
    `give the rights in ${name}`
  );
  await requireGranted(context, work, name, creators);
  context.invalidate();
  return {};
}

/** The schema may have been dropped. */
function grantOnPublic(owner: string): string {
  return `do $public$ begin if to_regnamespace('public') is not null then grant create, usage on schema public to ${owner}; end if; end $public$`;
}

/**
 * PostgreSQL answers a GRANT that the user may not give with a warning (01007) and changes nothing, so the rights are
 * read again.
 */
async function requireGranted(
  context: SqlContext,
  { values }: Work<typeof fields>,
  name: string,
  creators: readonly string[]
): Promise<void> {
  const server = await readServerState(await context.sessions.admin());
  const inner = await readInnerState(await context.sessions.admin(name), name, creators);
  const now: Readonly<Record<string, readonly string[]>> = {
    connect: mayConnect(server, name),
    create: inner.mayCreate,
    existing_objects: inner.grantedNow,
    later_objects: inner.grantedLater
  };
  for (const [field, wanted] of Object.entries(values)) {
    const left = textsOf(wanted).filter(group => now[field]?.includes(group) !== true);
    if (left.length === 0) continue;
    const owner = server.databases.get(name)?.owner ?? 'its owner';
    throw new ProviderError(
      `Could not give the rights in ${name} (${field}) to ${left.join(', ')}: PostgreSQL gave a warning and changed nothing`,
      {
        kind: 'denied',
        hint: `Let ${owner}, who owns the database, make ${server.admin.name} a member of ${owner}; then apply again.`
      }
    );
  }
}
