import { textOf, textsOf, type Value } from '../engine/value.ts';
import type { Change } from '../engine/plan.ts';
import type { Work } from '../engine/resource.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import type { RoleState } from './server-state.ts';

const SET_ROLE = 'set_role.';

interface Memberships {
  readonly values: { readonly member_of?: Value };
  readonly changes: readonly Change[];
}

/** The groups that a login is in, and the role that its sessions take on by database, as fields. */
export function membershipsOf(
  { memberOf, notInherited, notSettable, setRole }: RoleState,
  groups: ReadonlySet<string>
): { readonly member_of: readonly string[] } & Readonly<Record<`set_role.${string}`, string>> {
  const takenOn = Object.values(setRole);
  const lacking = (name: string): string =>
    notInherited.includes(name)
      ? ' INHERIT FALSE'
      : takenOn.includes(name) && notSettable.includes(name)
        ? ' SET FALSE'
        : '';
  return {
    member_of: memberOf.filter(name => groups.has(name)).map(name => `${name}${lacking(name)}`),
    ...Object.fromEntries(Object.entries(setRole).map(([database, name]) => [`${SET_ROLE}${database}` as const, name]))
  };
}

/** What a login is a member of now, and by whom. */
export interface Held {
  /** As in `membershipsOf`. */
  readonly memberOf: readonly string[];
  readonly grantedBy: RoleState['grantedBy'];
}

export const NOTHING_HELD: Held = { memberOf: [], grantedBy: {} };

/** The memberships of an observed login. */
export function heldBy({ observed }: Pick<Work, 'observed'>): Held {
  const { grantedBy } = observed?.facts ?? {};
  return {
    memberOf: textsOf(observed?.fields['member_of']),
    grantedBy: (grantedBy ?? {}) as RoleState['grantedBy']
  };
}

/** Ends a membership by each user who gave it: REVOKE of PostgreSQL 16 takes back one of the current user, or warns. */
export function revokeStatements(group: string, name: string, grantedBy: RoleState['grantedBy']): readonly string[] {
  const revoke = `REVOKE ${quoteIdentifier(group)} FROM ${quoteIdentifier(name)}`;
  const by = grantedBy[group];
  return by === undefined ? [revoke] : by.map(one => `${revoke} GRANTED BY ${quoteIdentifier(one)}`);
}

/** The statements that bring them there. */
export function membershipStatements(
  name: string,
  { values, changes }: Memberships,
  { memberOf, grantedBy }: Held
): readonly string[] {
  const own = quoteIdentifier(name);
  const isLacking = (group: string): boolean => memberOf.some(one => one.startsWith(`${group} `));
  const wanted = values.member_of === undefined ? memberOf : textsOf(values.member_of);
  const settings = changes.flatMap(({ field, to }) => {
    if (!field.startsWith(SET_ROLE)) return [];
    const place = `ALTER ROLE ${own} IN DATABASE ${quoteIdentifier(field.slice(SET_ROLE.length))}`;
    return [to === null ? `${place} RESET role` : `${place} SET role TO ${quoteLiteral(textOf(to as Value)).trim()}`];
  });
  return [
    ...wanted
      .filter(group => !memberOf.includes(group))
      .map(
        group => `GRANT ${quoteIdentifier(group)} TO ${own}${isLacking(group) ? ' WITH INHERIT TRUE, SET TRUE' : ''}`
      ),
    ...memberOf
      .map(group => group.replace(/ .*/, ''))
      .filter(group => !wanted.includes(group))
      .flatMap(group => revokeStatements(group, name, grantedBy)),
    ...settings
  ];
}
