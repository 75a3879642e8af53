import type { Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { userAddress } from '../addresses.ts';
import { PASSWORD_VERSION } from '../api/tags.ts';
import type { Instance, PasswordPolicy } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import type { Restore } from '../desired/restore-source.ts';
import { ownUser, SUPERUSER } from '../resources/password.ts';

/**
 * A password that this apply would send, and that the policy of the instance, or of the source of a copy, refuses.
 * https://cloud.google.com/sql/docs/postgres/built-in-authentication#instance_password_policies
 */
export function passwordProblems(
  context: GcpContext,
  live: Instance | undefined,
  observed: readonly Observed[],
  { passwordPolicy }: Restore
): readonly Problem[] {
  const policy = live === undefined ? passwordPolicy : live.settings?.passwordValidationPolicy;
  const password = context.secret('master_password');
  if (policy?.enablePasswordPolicy !== true || password === undefined) return [];
  if (live !== undefined && !isSent(context, live, observed)) return [];
  const lacks = lacking(policy, password, ownUser(context.settings) ?? SUPERUSER);
  if (lacks.length === 0) return [];
  const why = `does not keep the password policy of the instance: ${lacks.join(', ')}`;
  return [{ input: 'master_password', why, allowed: 'a secret that keeps it' }];
}

/** With another version, or with a user that does not exist yet. */
function isSent({ settings }: GcpContext, live: Instance, observed: readonly Observed[]): boolean {
  const { master_password_version: version } = settings;
  const own = ownUser(settings);
  const isNewUser = own !== undefined && !observed.some(({ address }) => address === userAddress(own));
  return isNewUser || (version !== undefined && version !== live.settings?.userLabels?.[PASSWORD_VERSION]);
}

function lacking(policy: PasswordPolicy, password: string, user: string): readonly string[] {
  const { minLength: least = 0, complexity, disallowUsernameSubstring: hasNoName } = policy;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/];
  const isPlain = complexity === 'COMPLEXITY_DEFAULT' && !kinds.every(kind => kind.test(password));
  return [
    ...(password.length < least ? [`at least ${least} characters`] : []),
    ...(isPlain ? ['small and capital letters, digits and other characters'] : []),
    ...(hasNoName === true && password.toLowerCase().includes(user.toLowerCase())
      ? ['without the name of the user']
      : [])
  ];
}
