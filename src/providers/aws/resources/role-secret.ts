import { randomUUID } from 'node:crypto';
import { defineResource, type FieldTable, type Observed, type Work } from '../../../engine/resource.ts';
import { ActionError } from '../../../errors.ts';
import { refuseOthers } from '../../create-or-reuse-own.ts';
import { ignoring, orUndefined } from '../../failures.ts';
import { observeOrUnknown, type UnreadableResource } from '../../observe-or-unknown.ts';
import {
  newPassword,
  observedRoles,
  ROLE_SECRET,
  roleOfSecret,
  roleSecretAddress,
  secretFacts,
  wantedSecrets,
  type KeptPasswords
} from '../../role-secrets.ts';
import { tagChange } from '../api/tagging.ts';
import {
  fromList,
  markOf,
  ownershipOf,
  PASSWORD_VERSION,
  SECRET_ID,
  TAG_FIELD,
  tagFields,
  tagsIn,
  toList,
  type Tags
} from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { passwordIn } from '../outputs.ts';
import { createTagged } from './create-tagged.ts';
import { createSecret } from './create-secret.ts';

const FIELDS = {
  role: { api: 'Name, SecretString', input: 'roles', impact: 'online', constraint: 'create-only' },
  password: { api: 'SecretString', input: 'keep_role_passwords', impact: 'online' },
  password_version: { api: 'SecretString, Tags', input: 'roles', impact: 'online' },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

/** Days in which a deleted secret can be restored: the fewest that AWS takes. */
const RECOVERY_DAYS = 7;

/** A secret of Secrets Manager with the generated password of a role. */
export const roleSecret = defineResource<AwsContext>()({
  type: ROLE_SECRET,
  fields: FIELDS,
  permissions: {
    observe: ['secretsmanager:DescribeSecret', 'secretsmanager:ListSecrets'],
    create: ['secretsmanager:CreateSecret', 'secretsmanager:RestoreSecret', 'secretsmanager:TagResource'],
    update: ['secretsmanager:PutSecretValue', 'secretsmanager:TagResource', 'secretsmanager:UntagResource'],
    delete: ['secretsmanager:DeleteSecret']
  },
  observe: observeOrSayWhy,
  create: async (context, work) => {
    const role = roleOfSecret(work);
    const tags = { ...tagsFor(context, work.mark, tagsIn(work.values)), ...versionOf(work), [SECRET_ID]: randomUUID() };
    const name = context.names.roleSecret(role);
    const make = async (): Promise<Tags> => {
      const description = `Password of the role ${role} of ${context.names.instance}`;
      const value = newValue(context, role);
      await createSecret(context, { id: name, title: secretTitle(context, role), description, value, tags });
      return tags;
    };
    const existing = async (): Promise<Tags> => fromList((await orUndefined(describe(context, role)))?.Tags);
    const made = await createTagged(context, work, secretTitle(context, role), make, existing);
    return secretFacts((made ?? (await existing()))[SECRET_ID], name);
  },
  update: async (context, work) => {
    const role = roleOfSecret(work);
    const SecretId = context.names.roleSecret(role);
    const { put: changed, drop } = tagChange(work);
    const isNew = work.changes.some(({ field, to }) => field === 'password_version' && to !== null);
    // The version is written last: the run after one that was interrupted makes another password.
    if (isNew) {
      await context.call('secretsmanager', 'PutSecretValue', { SecretId, SecretString: newValue(context, role) });
    }
    const id = idOf(work) ?? randomUUID();
    const put = {
      ...changed,
      ...(isNew ? versionOf(work) : {}),
      ...(idOf(work) === undefined ? { [SECRET_ID]: id } : {})
    };
    const isReleased = drop.includes(SECRET_ID);
    if (Object.keys(put).length > 0 && !isReleased) {
      await context.call('secretsmanager', 'TagResource', { SecretId, Tags: toList(put) });
    }
    if (drop.length > 0) await context.call('secretsmanager', 'UntagResource', { SecretId, TagKeys: [...drop] });
    return secretFacts(id, SecretId);
  },
  remove: async (context, work) => {
    const SecretId = context.names.roleSecret(roleOfSecret(work));
    const isThrowaway = context.target.pullRequest !== undefined;
    const how = isThrowaway ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: RECOVERY_DAYS };
    await ignoring(['not-found'], context.call('secretsmanager', 'DeleteSecret', { SecretId, ...how }));
  }
});

export function secretTitle({ names }: Pick<AwsContext, 'names'>, role: string): string {
  return `secret ${names.roleSecret(role)}`;
}

/** The passwords in those secrets. */
export function keptPasswords(context: AwsContext): KeptPasswords {
  const read = async (role: string): Promise<string | undefined> => {
    const found = await orUndefined(describe(context, role));
    if (found === undefined || found.DeletedDate !== undefined) return undefined;
    refuseOthers(secretTitle(context, role), ownershipOf(fromList(found.Tags), context.target));
    const SecretId = context.names.roleSecret(role);
    const { SecretString: value } = await context.call('secretsmanager', 'GetSecretValue', { SecretId });
    return passwordIn(value);
  };
  return {
    read,
    make: async role => {
      const password = await read(role);
      if (password !== undefined) return password;
      throw new ActionError(`Could not read the password of the role ${role}: ${secretTitle(context, role)} has none`, {
        code: 'not-found',
        source: 'provider',
        hint: 'Delete the secret in AWS Secrets Manager and apply again: the next run makes another one.'
      });
    }
  };
}

async function observeOrSayWhy(context: AwsContext): Promise<readonly Observed<typeof FIELDS>[]> {
  const places = (): readonly UnreadableResource[] =>
    wantedSecrets(context.settings, role => secretTitle(context, role));
  const found: readonly Observed[] = await observeOrUnknown(
    context,
    { type: ROLE_SECRET, fields: FIELDS, places },
    observeAll
  );
  return found;
}

async function observeAll(context: AwsContext): Promise<readonly Observed<typeof FIELDS>[]> {
  const state = context.liveState();
  const server = await state.main();
  const roles = await observedRoles(context.settings, markOf(fromList(server?.TagList)), state.roleSecrets);
  const found = await Promise.all(
    roles.map(async role => {
      const live = await state.roleSecret(role);
      if (live === undefined) return [];
      const tags = fromList(live.Tags);
      return [
        {
          address: roleSecretAddress(role),
          type: ROLE_SECRET,
          title: secretTitle(context, role),
          ownership: ownershipOf(tags, context.target),
          fields: { role, password_version: tags[PASSWORD_VERSION] ?? null, ...tagFields(tags) },
          facts: secretFacts(tags[SECRET_ID], live.Name ?? ''),
          dependsOn: [],
          concurrencyGroup: roleSecretAddress(role)
        }
      ];
    })
  );
  return found.flat();
}

async function describe({ call, names }: AwsContext, role: string) {
  return call('secretsmanager', 'DescribeSecret', { SecretId: names.roleSecret(role) });
}

function newValue({ mask }: AwsContext, role: string): string {
  const password = newPassword();
  mask(password);
  return JSON.stringify({ username: role, password });
}

function versionOf({ values }: Work<typeof FIELDS>): Tags {
  const { password_version: version } = values;
  return typeof version === 'string' ? { [PASSWORD_VERSION]: version } : {};
}

function idOf({ observed }: Work<typeof FIELDS>): string | undefined {
  const id = observed?.facts['id'];
  return typeof id === 'string' ? id : undefined;
}
