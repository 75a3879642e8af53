import { defined } from '../engine/defined.ts';
import { ownership } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import type { DatabaseOutputs } from '../providers/provider.ts';
import { roleSecretAddress, SECRET_ID } from '../providers/role-secrets.ts';
import type { OpenObjects } from './open-objects.ts';
import { roleAddress } from './names.ts';
import type { RoleMark } from './server-state.ts';

/** The login of the chosen role in place of the master's. Throws `not-found` for a role that is not there. */
export async function asApplicationRole(
  outputs: DatabaseOutputs,
  { context, undone }: OpenObjects,
  name: string,
  observed: readonly Observed[]
): Promise<DatabaseOutputs> {
  const { database: main } = outputs.endpoint;
  const wanted = context.wanted(main).roles.find(one => one.name === name);
  const state = context.hasLooked() ? await context.state() : undefined;
  const mark = state?.kind === 'seen' ? state.server.roles.get(name)?.mark : undefined;
  const isMissing = state?.kind === 'seen' && ownership(mark, context.target).kind !== 'ours';
  if (wanted === undefined || isMissing) {
    throw new ActionError(`Could not set the outputs of ${name}: there is no such role of this workflow`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply `roles` from a runner that reaches the server, or remove `application_role`.'
    });
  }
  const own = Object.keys(wanted.access);
  const { password: _, ...server } = outputs.endpoint;
  const passwords = context.passwordsOf(name);
  const why = unsentPassword(name, {
    mark: state?.kind === 'seen' ? mark : undefined,
    isUndone: undone.has(roleAddress(name)),
    version: wanted.passwordVersion,
    isGiven: passwords.isGiven,
    secret: context.isKept(name)
      ? (observed.find(({ address }) => address === roleSecretAddress(name))?.facts[SECRET_ID] ?? 'not read')
      : undefined
  });
  if (why !== undefined) {
    context.execution.log.warning(`The outputs \`password\` and \`database_url\` are left out: ${why}`);
  }
  const password = why !== undefined ? undefined : await passwords.known();
  const place = own.includes(main) ? main : (own[0] ?? main);
  const pool = outputs.pool?.database === main ? { pool: { ...outputs.pool, database: place } } : {};
  return {
    ...outputs,
    ...pool,
    endpoint: defined({ ...server, username: name, database: place, password }),
    module: { ...outputs.module, db_instance_name: place, db_instance_username: name }
  };
}

/** Why a role does not have the password that this run knows for it, as far as the server shows. */
function unsentPassword(
  name: string,
  {
    mark,
    isUndone,
    version,
    isGiven,
    secret
  }: {
    readonly mark: RoleMark | undefined;
    readonly isUndone: boolean;
    readonly version: string | undefined;
    readonly isGiven: boolean;
    /** Absent: it is not in a secret. */
    readonly secret: unknown;
  }
): string | undefined {
  if (isUndone) return `this run could not give ${name} its password.`;
  if (mark === undefined) return undefined;
  const isOfSecret = mark.passwordSecret !== undefined && ['not read', mark.passwordSecret].includes(String(secret));
  if (secret !== undefined && !isOfSecret) {
    return `${name} does not have the password of its secret yet. Apply \`keep_role_passwords\` first.`;
  }
  if (mark.isPasswordUnsent === true && !isGiven) {
    return `${name} was taken over, and this workflow has not sent a password to it. Set its \`password_version\` to send one, or give its password in \`role_passwords\`.`;
  }
  if (version === undefined || version === mark.passwordVersion) return undefined;
  return `${name} does not have the password of \`password_version: ${version}\` yet. Apply \`roles\` first.`;
}
