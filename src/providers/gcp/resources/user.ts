import { defineResource, type FieldTable, type Work } from '../../../engine/resource.ts';
import { tagHash } from '../../../engine/own-tags.ts';
import { textOf } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { userAddress } from '../addresses.ts';
import { mutate, whenIdle } from '../api/operation.ts';
import type { GcpContext } from '../context.ts';
import { iamUserOf, isIamType, type IamUser } from '../api/iam-users.ts';
import { childResource, observeChildren, childrenOfOthers } from './child-resource.ts';
import type { UnreadableResource } from '../../observe-or-unknown.ts';
import { ownUser, setPassword } from './password.ts';
import { ownershipIn } from './server/copy.ts';

/** A user as Cloud SQL shows it. In older answers a user with a password has no type. */
interface User {
  readonly name: string;
  readonly type?: string;
}

const FIELDS = {
  type: { api: 'type', input: 'iam_users', impact: 'blocked', constraint: 'create-only' },
  master_password: { api: 'password', input: 'master_password', impact: 'online' }
} as const satisfies FieldTable;

/**
 * Users of the instance: the user of `master_username`, unless that is `postgres`, and those that log in with Google's
 * IAM.
 */
export const user = defineResource<GcpContext>()({
  type: 'user',
  fields: FIELDS,
  permissions: {
    observe: ['cloudsql.users.list'],
    create: ['cloudsql.users.create'],
    update: ['cloudsql.users.update'],
    delete: ['cloudsql.users.delete']
  },
  observe: async context => {
    const { settings } = context;
    const live = await context.live();
    if (live === undefined) return [];
    const list = async (): Promise<readonly User[]> => context.ask('users', async () => usersOf(context));
    const server = ownershipIn(context, live);
    // Older marks remember none: all users of IAM are ours then. A server that is not ours yet has none of ours.
    const known = server.kind === 'ours' ? server.mark.ownTags : [];
    const asked = named(settings).map(({ name }) => name);
    // Of the users that no input names, those that the mark remembers are ours.
    const isShown = ({ name, type }: User): boolean =>
      asked.includes(name) ||
      (settings.iam_users !== undefined &&
        isIamType(type) &&
        (known === undefined || known.includes(tagHash(userAddress(name)))));
    const others = childrenOfOthers(context, live, 'user', ['postgres'], async () =>
      (await list()).filter(one => !isShown(one) && !isOfGroup(one)).map(({ name }) => name)
    );
    if (named(settings).length === 0 && settings.iam_users === undefined) return others;
    // A stopped instance can't list its users: they are assumed to exist.
    const all = await observeChildren<readonly User[]>(live, named(settings), list);
    const shown = (all ?? []).filter(isShown).map(one =>
      childResource(context, live, {
        address: userAddress(one.name),
        type: 'user',
        title: userTitle(one.name),
        fields: isIamType(one.type) ? { type: one.type } : {},
        facts: { name: one.name }
      })
    );
    return [...shown, ...(await others)];
  },
  create: async (context, work) => {
    const { name: instance, project } = context;
    const name = nameOf(work);
    const password = work.values.master_password;
    // An earlier run may have begun it, and a copy has the users of its source.
    await whenIdle(context, instance);
    if ((await usersOf(context)).some(one => one.name === name)) {
      if (typeof password === 'string') await setPassword(context, name, password);
      return { name };
    }
    await mutate(context, {
      what: `create ${userTitle(name)}`,
      instance,
      usually: 'some seconds',
      permission: 'cloudsql.users.create',
      type: 'CREATE_USER',
      send: async (sdk, options) => sdk.users.insert({ project, instance, body: {} }, options),
      body: () => ({
        name,
        type: textOf(work.values.type) || 'BUILT_IN',
        ...(typeof password === 'string' ? { password } : {})
      })
    });
    return { name };
  },
  update: async (context, work) => {
    const password = work.values.master_password;
    if (typeof password === 'string') await setPassword(context, nameOf(work), password);
    return work.observed?.facts ?? {};
  },
  remove: async (context, work) => {
    const { name: instance, project } = context;
    const name = nameOf(work);
    await whenIdle(context, instance);
    if (!(await usersOf(context)).some(one => one.name === name)) return;
    await mutate(context, {
      what: `delete ${userTitle(name)}`,
      instance,
      usually: 'some seconds',
      permission: 'cloudsql.users.delete',
      type: 'DELETE_USER',
      send: async (sdk, options) => sdk.users.delete({ project, instance, name }, options)
    });
  }
});

/** A member of a group of IAM: Cloud SQL adds it by itself when it logs in. */
function isOfGroup({ type = '' }: User): boolean {
  return type.startsWith('CLOUD_IAM_GROUP_');
}

/** The users that inputs name. */
export function wantedUsers({ settings }: GcpContext): readonly UnreadableResource[] {
  return named(settings).map(({ name }) => ({ address: userAddress(name), title: userTitle(name) }));
}

function named(settings: Settings): readonly User[] {
  const own = ownUser(settings);
  const known = iamUsers(settings);
  return own === undefined ? known : [{ name: own }, ...known];
}

/** The users of IAM that `iam_users` lists, and those that `roles` gives rights to. */
export function iamUsers({ iam_users: listed = [], roles = {} }: Settings): readonly IamUser[] {
  const principals = Object.values(roles).flatMap(entry =>
    entry !== 'absent' && entry.login === 'cloud' ? (entry.principal ?? []) : []
  );
  const found = [...listed, ...principals].flatMap(given => iamUserOf(given) ?? []);
  return found.filter(({ name }, at) => found.findIndex(one => one.name === name) === at);
}

export function userTitle(name: string): string {
  return `user ${name}`;
}

function nameOf({ address }: Pick<Work<typeof FIELDS>, 'address'>): string {
  return address.slice('user/'.length);
}

/** All users of the instance. */
export async function usersOf({ gcp, project, name: instance }: GcpContext): Promise<readonly User[]> {
  const call = { permission: 'cloudsql.users.list', subject: instance };
  return gcp.all<User>(call, async (sdk, _token, options) => sdk.users.list({ project, instance }, options));
}
