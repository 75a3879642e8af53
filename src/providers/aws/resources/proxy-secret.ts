import type { DBInstance } from '@aws-sdk/client-rds';
import { defineResource, type FieldTable } from '../../../engine/resource.ts';
import { PROXY_SECRET } from '../addresses.ts';
import { defined } from '../../../engine/defined.ts';
import { ignoring, orUndefined } from '../../failures.ts';
import { createSecret } from './create-secret.ts';
import {
  TAG_FIELD,
  fromList,
  ownershipOf,
  PASSWORD_VERSION,
  tagFields,
  tagsIn,
  toList,
  versionTag
} from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { tagChange } from '../api/tagging.ts';

const FIELDS = {
  username: { api: 'SecretString', impact: 'online', constraint: 'create-only' },
  password: { api: 'SecretString', impact: 'online' },
  master_password_version: {
    api: 'SecretString, Tags',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password'
  },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

const title = (context: AwsContext): string => `secret ${context.names.proxySecret}`;

/** The login that RDS Proxy uses on the server, where RDS does not keep one itself. */
export const proxySecret = defineResource<AwsContext>()({
  type: 'proxy-secret',
  fields: FIELDS,
  permissions: {
    observe: ['secretsmanager:DescribeSecret'],
    create: ['secretsmanager:CreateSecret', 'secretsmanager:RestoreSecret', 'secretsmanager:TagResource'],
    update: ['secretsmanager:PutSecretValue', 'secretsmanager:TagResource', 'secretsmanager:UntagResource'],
    delete: ['secretsmanager:DeleteSecret']
  },
  observe: observePart(
    {
      type: 'proxy-secret',
      part: 'proxy',
      fields: FIELDS,
      places: context => [{ address: PROXY_SECRET, title: title(context) }]
    },
    async context => {
      const live = await context.liveState().proxySecret();
      if (live === undefined || live.DeletedDate !== undefined) return [];
      const tags = fromList(live.Tags);
      return [
        {
          address: PROXY_SECRET,
          type: 'proxy-secret',
          title: title(context),
          ownership: ownershipOf(tags, context.target),
          fields: { ...tagFields(tags), ...defined({ master_password_version: tags[PASSWORD_VERSION] }) },
          facts: defined({ name: live.Name, arn: live.ARN }),
          dependsOn: [],
          concurrencyGroup: PROXY_SECRET
        }
      ];
    }
  ),
  create: async (context, work) => {
    const { username, password } = work.values;
    const value = JSON.stringify({ username, password });
    const tags = { ...tagsFor(context, work.mark, tagsIn(work.values)), ...versionTag(work.values) };
    const description = `Login of the proxy of ${context.names.instance}`;
    const secret = { id: context.names.proxySecret, title: title(context), description, value, tags };
    const make = async (): Promise<string | undefined> => createSecret(context, secret);
    const arn = await createTagged(context, work, title(context), make, async () =>
      fromList((await orUndefined(describe(context)))?.Tags)
    );
    return defined({ name: context.names.proxySecret, arn: arn ?? (await describe(context)).ARN });
  },
  update: async (context, work) => {
    const change = tagChange(work);
    const { drop } = change;
    const put = { ...change.put, ...versionTag(work.values) };
    const SecretId = context.names.proxySecret;
    const { master_password: password } = work.values;
    if (password !== undefined) {
      const login = { username: loginOf(context, await context.liveState().main()), password };
      await context.call('secretsmanager', 'PutSecretValue', { SecretId, SecretString: JSON.stringify(login) });
    }
    if (Object.keys(put).length > 0) {
      await context.call('secretsmanager', 'TagResource', { SecretId, Tags: toList(put) });
    }
    if (drop.length > 0) await context.call('secretsmanager', 'UntagResource', { SecretId, TagKeys: [...drop] });
    return {};
  },
  remove: async context => {
    // In its recovery window it would block the name, and the next database of this name could not be created.
    const input = { SecretId: context.names.proxySecret, ForceDeleteWithoutRecovery: true };
    await ignoring(['not-found'], context.call('secretsmanager', 'DeleteSecret', input));
  }
});

/** The master user, by which the proxy logs in. */
export function loginOf({ settings }: AwsContext, live: DBInstance | undefined): string {
  return settings.master_username ?? live?.MasterUsername ?? 'postgres';
}

async function describe(context: AwsContext) {
  return context.call('secretsmanager', 'DescribeSecret', { SecretId: context.names.proxySecret });
}
