import type { Settings } from '../../../spec/catalogue.ts';
import { mutate } from '../api/operation.ts';
import type { GcpContext } from '../context.ts';

/** The user that always exists, and whose password is set with the instance. */
export const SUPERUSER = 'postgres';

/** The name of `master_username`; `undefined` where that is `postgres`, or not set. */
export function ownUser({ master_username: name }: Pick<Settings, 'master_username'>): string | undefined {
  return name === undefined || name === SUPERUSER ? undefined : name;
}

/** Gives a user of the instance a password. May be repeated. */
export async function setPassword(context: GcpContext, name: string, password: string): Promise<void> {
  const { name: instance, project } = context;
  await mutate(context, {
    what: `set the password of ${name}`,
    instance,
    usually: 'some seconds',
    permission: 'cloudsql.users.update',
    type: 'UPDATE_USER',
    send: async (sdk, options) => sdk.users.update({ project, instance, name, body: {} }, options),
    body: () => ({ name, password })
  });
}

/** Gives the superuser of a copy the password of the workflow. */
export async function renewPassword(context: GcpContext): Promise<void> {
  const password = context.secret('master_password');
  if (password !== undefined && ownUser(context.settings) === undefined)
    await setPassword(context, SUPERUSER, password);
}
