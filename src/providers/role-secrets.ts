import { randomBytes } from 'node:crypto';
import { defined } from '../engine/defined.ts';
import { remembersType } from '../engine/own-tags.ts';
import type { Mark } from '../engine/ownership.ts';
import type { Desired, FieldTable, Observed, ResourceKind } from '../engine/resource.ts';
import { rolePasswords } from '../spec/role-passwords.ts';
import type { Settings } from '../spec/catalogue.ts';
import { ensure, ensureAbsent, onCreateOnly } from './desired-resources.ts';
import { NO_FINDINGS, noticeOn, type Findings } from './findings.ts';
import type { UnreadableResource } from './observe-or-unknown.ts';

/** The type of the secrets that hold generated passwords of roles, one for each role. */
export const ROLE_SECRET = 'role-secret';

/** The fact of such a secret that is another one for each password that was not asked for by `password_version`. */
export const SECRET_ID = 'id';

const PREFIX = `${ROLE_SECRET}/`;

export function roleSecretAddress(role: string): string {
  return `${PREFIX}${role}`;
}

export function roleOfSecret({ address }: Pick<Observed, 'address'>): string {
  return address.slice(PREFIX.length);
}

/** Passwords of roles in the cloud's own secret store. Both throw `not-ours` for the secret of another owner. */
export interface KeptPasswords {
  /** `undefined` when there is no secret for the role, or an empty one. */
  read(role: string): Promise<string | undefined>;
  /** As `read`, and fills the secret that an interrupted run left empty. Throws `not-found` when there is none. */
  make(role: string): Promise<string>;
}

/** A new password: 192 random bits in characters that need no escaping anywhere. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Whether the password of a role is generated, and to be kept in the cloud's secret store. */
export function isKept(settings: Settings, secret: (name: string) => string | undefined, role: string): boolean {
  const entry = settings.roles?.[role];
  if (settings.keep_role_passwords !== true || entry === undefined || entry === 'absent' || entry.login === 'cloud')
    return false;
  return secret('password_seed') === undefined && !rolePasswords(secret('role_passwords')).has(role);
}

/** The roles whose secrets are looked for by name; none where no input is about them. */
function rolesWithSecrets({ keep_role_passwords: keeps, roles = {} }: Settings): readonly string[] {
  return keeps === undefined ? [] : Object.keys(roles);
}

/** The roles whose secrets are observed: of the inputs, and all that `list` finds where the server's mark has some. */
export async function observedRoles(
  settings: Settings,
  mark: Pick<Mark, 'ownTags'> | undefined,
  list: () => Promise<readonly string[]>
): Promise<readonly string[]> {
  const others = remembersType(mark, ROLE_SECRET) ? await list() : [];
  return [...new Set([...rolesWithSecrets(settings), ...others])];
}

/** The secrets that inputs name. */
export function wantedSecrets(settings: Settings, title: (role: string) => string): readonly UnreadableResource[] {
  return rolesWithSecrets(settings).map(role => ({ address: roleSecretAddress(role), title: title(role) }));
}

interface RoleSecretsRequest<T extends FieldTable> {
  readonly settings: Settings;
  readonly secret: (name: string) => string | undefined;
  readonly kind: ResourceKind<T>;
  readonly title: (role: string) => string;
  readonly observed: readonly Observed[];
  /** What must be there first. */
  readonly dependsOn: readonly string[];
}

/**
 * A secret for each role whose password is kept. Those of roles that are `absent` are removed, and with
 * `keep_role_passwords: false` all of them.
 */
export function desiredRoleSecrets<T extends FieldTable>(request: RoleSecretsRequest<T>): readonly Desired[] {
  const { settings, secret, kind, title, observed, dependsOn } = request;
  const wanted = Object.entries(settings.roles ?? {}).flatMap(([role, entry]) => {
    if (entry === 'absent' || !isKept(settings, secret, role)) return [];
    const values = { role, password: onCreateOnly('generated'), password_version: entry.password_version };
    return [ensure({ settings }, kind as ResourceKind, roleSecretAddress(role), title(role), values, { dependsOn })];
  });
  const gone = observed.filter(
    one =>
      one.type === ROLE_SECRET &&
      one.ownership.kind === 'ours' &&
      (settings.keep_role_passwords === false || settings.roles?.[roleOfSecret(one)] === 'absent')
  );
  return [...wanted, ...gone.map(one => ensureAbsent(one.address, ROLE_SECRET, one.title))];
}

/** What new secrets cost, in words: the input that asks for them is the consent. */
export function roleSecretFindings(
  { settings, secret }: Pick<RoleSecretsRequest<FieldTable>, 'settings' | 'secret'>,
  observed: readonly Observed[],
  bill: string
): Findings {
  const isThere = (role: string): boolean => observed.some(({ address }) => address === roleSecretAddress(role));
  const added = Object.keys(settings.roles ?? {}).filter(role => isKept(settings, secret, role) && !isThere(role));
  if (added.length === 0) return NO_FINDINGS;
  const message = `Generated passwords are kept for ${added.join(', ')}: ${bill} \`password_seed\` derives passwords at no cost.`;
  return noticeOn('keep_role_passwords', 'secrets-billed', message, 'info');
}

/** The facts of a secret. */
export function secretFacts(id: string | undefined, name: string): Readonly<Record<string, string>> {
  return defined({ [SECRET_ID]: id, name });
}
