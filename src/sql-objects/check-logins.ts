import { defined } from '../engine/defined.ts';
import type { CloudLogins } from '../providers/cloud-logins.ts';
import { combineFindings, type Findings } from '../providers/findings.ts';
import type { Settings } from '../spec/catalogue.ts';
import type { RoleEntry } from '../spec/sql-objects.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { noticeOn } from '../providers/findings.ts';
import { isMadeByCloud } from './found-login.ts';
import type { Seen } from './context.ts';
import type { WantedObjects } from './wanted.ts';

/** Roles that are to log in by an identity of the cloud, and can't as they are written. Pure. */
export function loginFindings(settings: Settings, logins: CloudLogins | undefined): Findings {
  const entries = Object.entries(settings.roles ?? {}).flatMap(([key, entry]) =>
    entry === 'absent' ? [] : [[key, entry] as const]
  );
  const isCloud = ({ login }: RoleEntry): boolean => login === 'cloud';
  const off = entries.find(([, entry]) => isCloud(entry));
  const needsSwitch = off !== undefined && settings.iam_database_authentication_enabled !== true;
  return combineFindings([
    ...entries.flatMap(([key, entry]) => (isCloud(entry) ? ofCloud(key, entry, logins) : ofPassword(key, entry))),
    ...twice(entries, logins),
    ...(needsSwitch && logins !== undefined
      ? [problem(off[0], 'can log in by a cloud identity only with `iam_database_authentication_enabled: true`')]
      : []),
    ...entries
      .filter(([key, entry]) => isCloud(entry) && key === settings.application_role)
      .map(([key]) =>
        problem(key, 'has no password that outputs could hold', 'a role with a password', 'application_role')
      )
  ]);
}

/** Names of identities. Any other could not stand in a statement that is to be copied. */
const PLAIN = /^[\w.@+-]+$/;

/** Roles of identities with rights that no input names any more. What the cloud made carries no mark. */
export function leftLogins(
  { groupNames, roles, cloudLogins }: WantedObjects,
  { server }: Seen,
  logins: CloudLogins | undefined
): Findings {
  if (logins === undefined || logins.kind === 'membership') return combineFindings([]);
  const named = new Set([...roles, ...cloudLogins].map(({ name }) => name));
  return combineFindings(
    [...server.roles.values()]
      .filter(role => !named.has(role.name) && role.canLogin && PLAIN.test(role.name) && isMadeByCloud(role, logins))
      .flatMap(({ name, memberOf }) => {
        const groups = memberOf.filter(group => groupNames.has(group));
        if (groups.length === 0) return [];
        const revoke = `REVOKE ${groups.map(quoteIdentifier).join(', ')} FROM ${quoteIdentifier(name)}`;
        const message = `${name} logs in by an identity of the cloud and has rights as a member of ${groups.join(', ')}, and no input names it. To end its rights, run \`${revoke}\`. ${logins.removal}`;
        return [noticeOn('roles', 'login-left', message, 'info')];
      })
  );
}

/** Two entries of one role in the server: each would undo what the other does. */
function twice(
  entries: readonly (readonly [string, RoleEntry])[],
  logins: CloudLogins | undefined
): readonly Findings[] {
  const nameIn = ([key, entry]: readonly [string, RoleEntry]): string => {
    if (entry.login !== 'cloud' || logins === undefined || logins.kind === 'membership') return key;
    const found = logins.nameOf(key, entry);
    return 'name' in found ? found.name : key;
  };
  const named = entries.map(one => ({ key: one[0], name: nameIn(one) }));
  return named.flatMap(({ key, name }, at) => {
    const before = named.slice(0, at).find(one => one.name === name);
    return before === undefined ? [] : [problem(key, `is the login ${name}, as ${before.key} is`, 'one of the two')];
  });
}

function ofCloud(key: string, entry: RoleEntry, logins: CloudLogins | undefined): readonly Findings[] {
  if (logins === undefined) {
    const why = 'can’t log in by a cloud identity: servers here know passwords only';
    return [problem(key, why, '`login: password`, or no `login`')];
  }
  const isOwn = logins.kind === 'membership';
  const named = isOwn ? { name: key } : logins.nameOf(key, entry);
  const identity = [entry.principal, entry.object_id, entry.kind].some(one => one !== undefined);
  return [
    ...('name' in named ? [] : [problem(key, 'names no identity that can log in', named.allowed)]),
    ...(isOwn && identity ? [problem(key, 'logs in under its own name, so that it takes no `principal`')] : []),
    ...(entry.password_version === undefined
      ? []
      : [problem(key, 'has no password, so that it takes no version of one')]),
    ...(!isOwn && entry.connection_limit !== undefined
      ? [problem(key, 'is made by the cloud, so that it takes no `connection_limit`')]
      : [])
  ];
}

function ofPassword(key: string, { principal, object_id: objectId, kind }: RoleEntry): readonly Findings[] {
  if ([principal, objectId, kind].every(one => one === undefined)) return [];
  return [problem(key, 'has an identity of the cloud and logs in by a password', '`login: cloud` with it')];
}

function problem(value: string, why: string, allowed?: string, input: keyof Settings = 'roles'): Findings {
  return { problems: [defined({ input, value, why, allowed })], notices: [] };
}
