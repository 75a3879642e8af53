import { markFor } from '../engine/ownership.ts';
import type { Desired, FieldTable, Observed } from '../engine/resource.ts';
import { INIT_SQL_FIELDS, wantedFields } from '../postgres/init-sql.ts';
import type { Script } from '../postgres/script.ts';
import { ensure, ensureAbsent, onCreateOnly } from '../providers/desired-resources.ts';
import { roleSecretAddress, SECRET_ID } from '../providers/role-secrets.ts';
import type { SqlContext, Seen, Unseen } from './context.ts';
import { cloudLogin } from './cloud-login.ts';
import { database } from './database.ts';
import { extension, extensionTitle } from './extension.ts';
import { grants } from './grants.ts';
import { maskSql } from './mask-sql.ts';
import {
  cloudLoginAddress,
  databaseAddress,
  DATABASE,
  extensionAddress,
  grantsAddress,
  groupsOf,
  INIT_SQL,
  initSqlAddress,
  MASK_SQL_ADDRESS,
  ROLE,
  roleAddress
} from './names.ts';
import { sqlGroup } from './observed.ts';
import { role } from './role.ts';
import type { WantedDatabase, WantedLogin, WantedObjects, WantedRole } from './wanted.ts';

const UNTAGGED = { settings: {} };

export interface DesiredRequest {
  readonly context: SqlContext;
  readonly wanted: WantedObjects;
  readonly state: Seen | Unseen;
  /** The files of `init_sql` by database. */
  readonly scripts: ReadonlyMap<string, readonly Script[]>;
  /** What must be there first: the server and what belongs to it. */
  readonly after: readonly string[];
}

/** The resources inside the server. Pure. */
export function desiredObjects(given: DesiredRequest): readonly Desired[] {
  const { wanted, context } = given;
  const group = sqlGroup(context.target);
  const masks = masking(given);
  // No role gets at data that is not masked yet, and no other script sees it.
  const request = { ...given, after: [...given.after, ...masks.map(({ address }) => address)] };
  return [
    ...masks,
    ...wanted.databases.filter(({ hasGroups }) => hasGroups).flatMap(({ name }) => groupRoles(request, name)),
    ...wanted.databases.flatMap(one => within(request, one)),
    ...wanted.roles.map(one => login(request, one)),
    ...wanted.cloudLogins.map(one => madeByCloud(request, one)),
    ...wanted.absentRoles.map(name => ensureAbsent(roleAddress(name), ROLE, `role ${name}`, group)),
    ...wanted.absentDatabases.flatMap(name => [
      ensureAbsent(databaseAddress(name), DATABASE, `database ${name}`, group),
      ...Object.values(groupsOf(name)).map(one => ensureAbsent(roleAddress(one), ROLE, `role ${one}`, group))
    ])
  ];
}

function masking({ context: { copy, target }, after }: DesiredRequest): readonly Desired[] {
  if (copy?.mask === undefined) return [];
  const order = { dependsOn: after, concurrencyGroup: sqlGroup(target) };
  const title = `masking SQL of ${target.name}`;
  return [ensure(UNTAGGED, maskSql, MASK_SQL_ADDRESS, title, { scripts: copy.mask.hash }, order)];
}

function groupRoles({ after, context }: DesiredRequest, name: string): readonly Desired[] {
  const groups = groupsOf(name);
  return Object.values(groups).map(one =>
    ensure(
      UNTAGGED,
      role,
      roleAddress(one),
      `role ${one}`,
      { login: false, ...(one === groups.owner ? { assumed_by_admin: true } : {}) },
      { dependsOn: after, concurrencyGroup: sqlGroup(context.target) }
    )
  );
}

function within(request: DesiredRequest, wanted: WantedDatabase): readonly Desired[] {
  const { context, after, scripts, wanted: all, state } = request;
  const { name, isMain, hasGroups, extensions } = wanted;
  const groups = groupsOf(name);
  const order = (...dependsOn: readonly string[]): { dependsOn: string[]; concurrencyGroup: string } => ({
    dependsOn: [...after, ...dependsOn],
    concurrencyGroup: sqlGroup(context.target)
  });
  const roles = hasGroups ? Object.values(groups).map(roleAddress) : [];
  const own = isMain ? [] : [databaseAddress(name)];
  const available = state.kind === 'seen' ? state.inner.get(name)?.available : undefined;
  const files = scripts.get(name) ?? [];
  return [
    ...(isMain
      ? []
      : [
          ensure(
            UNTAGGED,
            database,
            databaseAddress(name),
            `database ${name}`,
            {
              connection_limit: wanted.connectionLimit,
              ...(wanted.isAsFound ? {} : { owner: groups.owner, open_to_public: false, state: 'ready' })
            },
            order(...roles)
          )
        ]),
    ...(hasGroups
      ? [
          ensure(
            UNTAGGED,
            grants,
            grantsAddress(name),
            `rights in ${name}`,
            {
              connect: Object.values(groups).sort(),
              create: [groups.owner],
              existing_objects: [groups.readonly, groups.readwrite].sort(),
              later_objects: [groups.readonly, groups.readwrite].sort()
            },
            order(...roles, ...own)
          )
        ]
      : []),
    ...extensions.map(one =>
      ensure(
        UNTAGGED,
        extension,
        extensionAddress(name, one, isMain),
        extensionTitle(one, name, isMain),
        {
          extension: one,
          database: name,
          version: all.updatesExtensions ? available?.[one] : undefined
        },
        order(...own)
      )
    ),
    ...(files.length === 0
      ? []
      : [
          ensure(
            UNTAGGED,
            { type: INIT_SQL, fields: INIT_SQL_FIELDS },
            initSqlAddress(name, isMain),
            `initial SQL of ${name}`,
            wantedFields(files),
            order(
              ...own,
              ...(hasGroups ? [grantsAddress(name)] : []),
              ...extensions.map(one => extensionAddress(name, one, isMain))
            )
          )
        ])
  ];
}

function login(request: DesiredRequest, wanted: WantedRole): Desired {
  const { context, state } = request;
  const { fields, extra } = rights(request, wanted);
  const isKept = context.isKept(wanted.name);
  const live = state.kind === 'seen' ? state.server.roles.get(wanted.name) : undefined;
  // The role has the password of a secret, and the inputs say another one: it is sent.
  const isReplaced =
    live?.mark?.passwordSecret !== undefined && wanted.login !== 'cloud' && context.passwordsOf(wanted.name).isFixed;
  return ensure(
    UNTAGGED,
    role,
    roleAddress(wanted.name),
    `role ${wanted.name}`,
    {
      login: true,
      cloud_login: wanted.login === undefined ? undefined : wanted.login === 'cloud',
      connection_limit: wanted.connectionLimit ?? onCreateOnly(-1),
      password_version: wanted.passwordVersion,
      password_secret: isKept
        ? { $ref: roleSecretAddress(wanted.name), fact: SECRET_ID }
        : isReplaced
          ? null
          : undefined,
      ...fields
    },
    { ...extra, ...(isKept ? { follows: [roleSecretAddress(wanted.name)] } : {}) }
  );
}

function madeByCloud(request: DesiredRequest, wanted: WantedLogin): Desired {
  const { fields, extra } = rights(request, wanted);
  return ensure(UNTAGGED, cloudLogin, cloudLoginAddress(wanted.name), `login ${wanted.name}`, fields, extra);
}

/** The groups of a login, and what must be there before it. */
function rights(
  { after, context, wanted: all }: DesiredRequest,
  { access, memberOf, setRole }: Pick<WantedRole, 'access' | 'memberOf' | 'setRole'>
) {
  const databases = Object.keys(access);
  const settings = Object.entries(setRole).map(([name, group]) => [`set_role.${name}` as const, group] as const);
  return {
    fields: {
      ...(databases.length === 0 ? {} : { member_of: memberOf }),
      ...(Object.fromEntries(settings) as Readonly<Record<`set_role.${string}`, string>>)
    },
    extra: {
      dependsOn: [
        ...after,
        ...memberOf.map(roleAddress),
        ...all.databases
          .filter(({ name, isMain }) => !isMain && databases.includes(name))
          .map(({ name }) => databaseAddress(name))
      ],
      complete: databases.length === 0 ? [] : ['set_role'],
      concurrencyGroup: sqlGroup(context.target)
    }
  };
}

/** What is asked of a server that can't be looked into: every field is unknown. */
export function unread(
  desired: readonly Desired[],
  tables: Readonly<Record<string, FieldTable>>,
  why: string,
  { target }: Pick<SqlContext, 'target'>
): readonly Observed[] {
  return desired
    .filter(({ presence, type }) => presence === 'present' && tables[type] !== undefined)
    .map(({ address, type, title, fields, dependsOn, concurrencyGroup }) => ({
      address,
      type,
      title,
      ownership: { kind: 'ours', mark: markFor(target) },
      fields: {},
      unknown: Object.fromEntries(
        Object.entries(fields)
          .filter(([, { managed }]) => managed)
          .map(([field]) => [field, why])
      ),
      facts: {},
      dependsOn,
      concurrencyGroup
    }));
}
