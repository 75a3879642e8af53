import type { DBProxy } from '@aws-sdk/client-rds';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { retry } from '../../../engine/retry.ts';
import { waitUntil, type Look } from '../../../engine/wait.ts';
import { textOf } from '../../../engine/value.ts';
import { PROXY, PROXY_ROLE, PROXY_SECRET, SECURITY_GROUP, SERVER } from '../addresses.ts';
import { defined } from './server/convert.ts';
import { found, settled } from '../../failures.ts';
import { ownershipOf, tagFields, tagsIn, toList, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { PROPAGATION } from './server/create.ts';
import { RELEASED } from './server/wait.ts';
import { looking } from '../observe-part.ts';
import { makeTagged } from './create-tagged.ts';
import { texts } from './subnet-group.ts';
import { TAG_FIELD, tagRds } from '../api/tagging.ts';

const fields: FieldTable = {
  secret_arn: { api: 'Auth', impact: 'online' },
  role_arn: { api: 'RoleArn', impact: 'online' },
  subnet_ids: {
    api: 'VpcSubnetIds',
    input: 'subnet_ids',
    impact: 'restart',
    guard: 'create-only',
    wayOut:
      'Switch the proxy off (`enable_proxy: false`), apply, and switch it on again: clients need the new endpoint then.',
    normalise: value => (Array.isArray(value) ? texts(value).sort() : value)
  },
  security_group: { api: 'VpcSecurityGroupIds', impact: 'online' },
  target: { api: 'DBProxyTargets', impact: 'online' },
  max_connections_percent: {
    api: 'MaxConnectionsPercent',
    input: 'proxy_config',
    impact: 'online',
    show: value => `${Number(value)} %`
  },
  'tags.*': TAG_FIELD
};

const title = (world: AwsWorld): string => `proxy ${world.names.proxy}`;

/** RDS Proxy: connections to the server, shared among many clients. It is reached from inside the VPC only. */
export const proxy: ResourceType<AwsWorld> = {
  type: 'proxy',
  fields,
  permissions: {
    observe: [
      'rds:DescribeDBProxies',
      'rds:DescribeDBProxyTargetGroups',
      'rds:DescribeDBProxyTargets',
      'rds:ListTagsForResource'
    ],
    create: [
      'rds:CreateDBProxy',
      'rds:ModifyDBProxyTargetGroup',
      'rds:RegisterDBProxyTargets',
      'rds:AddTagsToResource',
      'iam:PassRole'
    ],
    update: [
      'rds:ModifyDBProxy',
      'rds:ModifyDBProxyTargetGroup',
      'rds:RegisterDBProxyTargets',
      'rds:AddTagsToResource',
      'rds:RemoveTagsFromResource'
    ],
    delete: ['rds:DeleteDBProxy']
  },
  observe: looking(
    { type: 'proxy', part: 'proxy', fields, places: world => [{ address: PROXY, title: title(world) }] },
    async world => {
      const DBProxyName = world.names.proxy;
      const [live, groups, targets] = await Promise.all([
        describe(world),
        found(world.call('rds', 'DescribeDBProxyTargetGroups', { DBProxyName })),
        found(world.call('rds', 'DescribeDBProxyTargets', { DBProxyName }))
      ]);
      if (live === undefined) return [];
      const percent = groups?.TargetGroups?.[0]?.ConnectionPoolConfig?.MaxConnectionsPercent;
      const tags = await world.reading().tags(live.DBProxyArn ?? '');
      // What is gone between the two questions is gone.
      return tags === undefined ? [] : [observed(world, live, tags, targets?.Targets?.[0]?.RdsResourceId, percent)];
    }
  ),
  create,
  update: async (world, work) => {
    const { secret_arn: secret, role_arn: role, security_group: group } = work.values;
    if (secret !== undefined || role !== undefined || group !== undefined) {
      await world.call(
        'rds',
        'ModifyDBProxy',
        {
          DBProxyName: world.names.proxy,
          ...(secret === undefined ? {} : { Auth: authOf(textOf(secret)) }),
          ...(role === undefined ? {} : { RoleArn: textOf(role) }),
          ...(group === undefined ? {} : { SecurityGroups: [textOf(group)] })
        },
        PROPAGATION
      );
    }
    const arn = work.observed?.facts['arn'];
    if (typeof arn === 'string') await tagRds(world, work, arn);
    return connect(world, work);
  },
  remove: async (world, work) => {
    const DBProxyName = world.names.proxy;
    // A repetition looks first: one that is being deleted refuses to be deleted.
    const send = async (): Promise<void> => {
      if ((await describe(world))?.Status === 'deleting') return;
      await world.call('rds', 'DeleteDBProxy', { DBProxyName });
    };
    const patience = {
      what: 'rds:DeleteDBProxy',
      idempotent: true,
      kinds: RELEASED.also,
      attempts: RELEASED.attempts,
      baseSeconds: Math.min(1, world.pollSeconds)
    };
    await settled(['not-found'], retry(work.context, patience, send));
    await waitFor(world, work, `delete proxy ${DBProxyName}`, 'gone');
  }
};

async function describe(world: AwsWorld): Promise<DBProxy | undefined> {
  return (await found(world.call('rds', 'DescribeDBProxies', { DBProxyName: world.names.proxy })))?.DBProxies?.[0];
}

function observed(
  world: AwsWorld,
  live: DBProxy,
  tags: Tags,
  target: string | undefined,
  percent: number | undefined
): Observed {
  return {
    address: PROXY,
    type: 'proxy',
    title: title(world),
    ownership: ownershipOf(tags, world.target),
    fields: {
      ...defined({
        secret_arn: live.Auth?.[0]?.SecretArn,
        role_arn: live.RoleArn,
        subnet_ids: (live.VpcSubnetIds ?? []).toSorted(),
        security_group: live.VpcSecurityGroupIds?.[0],
        target,
        max_connections_percent: percent
      }),
      ...tagFields(tags)
    },
    facts: proxyFacts(live),
    dependsOn: [SERVER, PROXY_ROLE, PROXY_SECRET, SECURITY_GROUP],
    lane: PROXY
  };
}

function proxyFacts(live: DBProxy): Facts {
  return defined({ name: live.DBProxyName, arn: live.DBProxyArn, endpoint: live.Endpoint });
}

async function create(world: AwsWorld, work: Work): Promise<Facts> {
  const { values } = work;
  const make = async (): Promise<unknown> =>
    world.call(
      'rds',
      'CreateDBProxy',
      {
        DBProxyName: world.names.proxy,
        EngineFamily: 'POSTGRESQL',
        Auth: authOf(textOf(values['secret_arn'])),
        RoleArn: textOf(values['role_arn']),
        VpcSubnetIds: texts(values['subnet_ids']),
        ...(values['security_group'] === undefined ? {} : { VpcSecurityGroupIds: [textOf(values['security_group'])] }),
        RequireTLS: true,
        Tags: toList(tagsFor(world, work.mark, tagsIn(values)))
      },
      PROPAGATION
    );
  await makeTagged(world, title(world), make, async () =>
    world.reading().tags((await describe(world))?.DBProxyArn ?? '')
  );
  return connect(world, work);
}

/** Puts the server behind the proxy, once the proxy is there. */
async function connect(world: AwsWorld, work: Work): Promise<Facts> {
  const live = await waitFor(world, work, `proxy ${world.names.proxy}`, 'available');
  const { target, max_connections_percent: percent } = work.values;
  const group = { DBProxyName: world.names.proxy, TargetGroupName: 'default' };
  if (typeof percent === 'number') {
    await world.call(
      'rds',
      'ModifyDBProxyTargetGroup',
      {
        ...group,
        ConnectionPoolConfig: { MaxConnectionsPercent: percent }
      },
      PROPAGATION
    );
  }
  if (typeof target === 'string') {
    const input = { ...group, DBInstanceIdentifiers: [target] };
    await settled(['already-exists'], world.call('rds', 'RegisterDBProxyTargets', input, PROPAGATION));
  }
  return live === undefined ? {} : proxyFacts(live);
}

/** States in which a proxy stays until somebody mends its network or quota. */
const HOPELESS_PROXY: readonly string[] = ['incompatible-network', 'insufficient-resource-limits', 'suspended'];

async function waitFor(
  world: AwsWorld,
  work: Work,
  what: string,
  goal: 'available' | 'gone'
): Promise<DBProxy | undefined> {
  const { wait, deadline } = world.options;
  return waitUntil<DBProxy | undefined>(work.context, {
    what,
    usually: '3–10 min',
    intervalSeconds: world.pollSeconds,
    deadline: wait ? deadline : work.context.clock.now(),
    look: async (): Promise<Look<DBProxy | undefined>> => {
      const live = await describe(world);
      if (live === undefined) {
        return goal === 'gone'
          ? { state: 'done', value: undefined }
          : { state: 'failed', message: 'it does not exist any more' };
      }
      const status = live.Status ?? 'unknown';
      if (goal === 'available' && status === 'available') return { state: 'done', value: live };
      if (goal === 'available' && HOPELESS_PROXY.includes(status)) {
        return {
          state: 'failed',
          message: `it is \`${status}\``,
          hint: 'Look at its subnets, security group and quotas in the RDS console.'
        };
      }
      return { state: 'pending', detail: status };
    }
  });
}

function authOf(secret: string): { AuthScheme: 'SECRETS'; SecretArn: string; IAMAuth: 'DISABLED' }[] {
  return [{ AuthScheme: 'SECRETS', SecretArn: secret, IAMAuth: 'DISABLED' }];
}
