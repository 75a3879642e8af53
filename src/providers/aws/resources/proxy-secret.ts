import type { DBInstance } from '@aws-sdk/client-rds';
import type { FieldTable, ResourceType } from '../../../engine/resource.ts';
import { PROXY_SECRET } from '../addresses.ts';
import { defined } from './server/convert.ts';
import { found, settled } from '../../failures.ts';
import { fromList, ownershipOf, PASSWORD_VERSION, tagFields, tagsIn, toList, versionTag } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { looking } from '../observe-part.ts';
import { makeTagged } from './create-tagged.ts';
import { TAG_FIELD, tagChange } from '../api/tagging.ts';

const fields: FieldTable = {
  username: { api: 'SecretString', impact: 'online', guard: 'create-only' },
  password: { api: 'SecretString', impact: 'online' },
  master_password_version: {
    api: 'SecretString, Tags',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password'
  },
  'tags.*': TAG_FIELD
};

const title = (world: AwsWorld): string => `secret ${world.names.proxySecret}`;

/** The login that RDS Proxy uses on the server, where RDS does not keep one itself. */
export const proxySecret: ResourceType<AwsWorld> = {
  type: 'proxy-secret',
  fields,
  permissions: {
    observe: ['secretsmanager:DescribeSecret'],
    create: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
    update: ['secretsmanager:PutSecretValue', 'secretsmanager:TagResource', 'secretsmanager:UntagResource'],
    delete: ['secretsmanager:DeleteSecret']
  },
  observe: looking(
    { type: 'proxy-secret', part: 'proxy', fields, places: world => [{ address: PROXY_SECRET, title: title(world) }] },
    async world => {
      const live = await world.reading().proxySecret();
      if (live === undefined || live.DeletedDate !== undefined) return [];
      const tags = fromList(live.Tags);
      return [
        {
          address: PROXY_SECRET,
          type: 'proxy-secret',
          title: title(world),
          ownership: ownershipOf(tags, world.target),
          fields: { ...tagFields(tags), ...defined({ master_password_version: tags[PASSWORD_VERSION] }) },
          facts: defined({ name: live.Name, arn: live.ARN }),
          dependsOn: [],
          lane: PROXY_SECRET
        }
      ];
    }
  ),
  create: async (world, work) => {
    const { username, password } = work.values;
    const make = async (): Promise<string | undefined> =>
      (
        await world.call('secretsmanager', 'CreateSecret', {
          Name: world.names.proxySecret,
          Description: `Login of the proxy of ${world.names.instance}`,
          SecretString: JSON.stringify({ username, password }),
          Tags: toList({ ...tagsFor(world, work.mark, tagsIn(work.values)), ...versionTag(work.values) })
        })
      ).ARN;
    const arn = await makeTagged(world, title(world), make, async () => fromList((await found(describe(world)))?.Tags));
    return defined({ name: world.names.proxySecret, arn: arn ?? (await describe(world)).ARN });
  },
  update: async (world, work) => {
    const change = tagChange(work);
    const { drop } = change;
    const put = { ...change.put, ...versionTag(work.values) };
    const SecretId = world.names.proxySecret;
    const { master_password: password } = work.values;
    if (password !== undefined) {
      const login = { username: loginOf(world, await world.reading().main()), password };
      await world.call('secretsmanager', 'PutSecretValue', { SecretId, SecretString: JSON.stringify(login) });
    }
    if (Object.keys(put).length > 0) {
      await world.call('secretsmanager', 'TagResource', { SecretId, Tags: toList(put) });
    }
    if (drop.length > 0) await world.call('secretsmanager', 'UntagResource', { SecretId, TagKeys: [...drop] });
    return {};
  },
  remove: async world => {
    // Kept for its recovery window it would hold the name, and the next database of this name could not be made.
    const input = { SecretId: world.names.proxySecret, ForceDeleteWithoutRecovery: true };
    await settled(['not-found'], world.call('secretsmanager', 'DeleteSecret', input));
  }
};

/** The master user, by which the proxy logs in. */
export function loginOf({ settings }: AwsWorld, live: DBInstance | undefined): string {
  return settings.master_username ?? live?.MasterUsername ?? 'postgres';
}

async function describe(world: AwsWorld) {
  return world.call('secretsmanager', 'DescribeSecret', { SecretId: world.names.proxySecret });
}
