import { textOf, textsOf, type Value } from '../engine/value.ts';
import type { Change } from '../engine/plan.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import type { RoleState } from './server-state.ts';

const SET_ROLE = 'set_role.';

interface Memberships {
  readonly values: { readonly member_of?: Value };
  readonly changes: readonly Change[];
}

/** The groups that a login is in, and the role that its sessions take on by database, as fields. */
export function membershipsOf(
  { memberOf, setRole }: RoleState,
  groups: ReadonlySet<string>
): { readonly member_of: readonly string[] } & Readonly<Record<`set_role.${string}`, string>> {
  return {
    member_of: memberOf.filter(name => groups.has(name)),
    ...Object.fromEntries(Object.entries(setRole).map(([database, name]) => [`${SET_ROLE}${database}` as const, name]))
  };
}

/** The statements that bring them there. `memberOf`: the groups that the login is in now. */
export function membershipStatements(
  name: string,
  { values, changes }: Memberships,
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
    ...wanted.filter(group => !memberOf.includes(group)).map(group => `GRANT ${quoteIdentifier(group)} TO ${own}`),
    ...memberOf.filter(group => !wanted.includes(group)).map(group => `REVOKE ${quoteIdentifier(group)} FROM ${own}`),
    ...settings
  ];
}
