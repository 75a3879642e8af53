import type { DBProxy, DBProxyTarget, UserAuthConfig } from '@aws-sdk/client-rds';
import {
  type CreationWork,
  defineResource,
  type Facts,
  type FieldTable,
  type Observed,
  type Work
} from '../../../engine/resource.ts';
import { retry } from '../../../engine/retry.ts';
import { waitUntil, type Look } from '../../../engine/wait.ts';
import { stringOf, textOf, type Value } from '../../../engine/value.ts';
import { PROXY, PROXY_ROLE, PROXY_SECRET, SECURITY_GROUP, SERVER } from '../addresses.ts';
import { defined } from '../../../engine/defined.ts';
import { orUndefined, ignoring } from '../../failures.ts';
import { TAG_FIELD, ownershipOf, tagFields, tagsIn, toList, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { PROPAGATION } from './server/create.ts';
import { RELEASED } from './server/wait.ts';
import { pages } from '../api/pages.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { texts } from './subnet-group.ts';
import { tagRds } from '../api/tagging.ts';

const FIELDS = {
  secret_arn: { api: 'Auth', impact: 'online', satisfied: isAmong },
  role_arn: { api: 'RoleArn', impact: 'online' },
  subnet_ids: {
    api: 'VpcSubnetIds',
    input: 'subnet_ids',
    impact: 'restart',
    constraint: 'create-only',
    hint: 'Switch the proxy off (`enable_proxy: false`), apply, and switch it on again: clients need the new endpoint then.',
    normalise: value => (Array.isArray(value) ? texts(value).sort() : value)
  },
  security_group: {
    api: 'VpcSecurityGroupIds',
    impact: 'online',
    satisfied: isAmong
  },
  target: { api: 'DBProxyTargets', impact: 'online' },
  max_connections_percent: {
    api: 'MaxConnectionsPercent',
    input: 'proxy_config',
    impact: 'online',
    show: value => `${Number(value)} %`
  },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

const titleOf = (name: string): string => `proxy ${name}`;

/** The name that `proxy_name` gave to the one that is there may be in no input any more. */
const nameOf = ({ names }: AwsContext, { observed: live }: Pick<Work, 'observed'>): string =>
  stringOf(live?.facts['name']) ?? names.proxy;

/** What others gave it stays: groups, and the logins of further users. */
function isAmong(live: Value, wanted: Value): boolean {
  return Array.isArray(live) && live.includes(wanted);
}

/** RDS Proxy: connections to the server, shared among many clients. It is reached from inside the VPC only. */
export const proxy = defineResource<AwsContext>()({
  type: 'proxy',
  fields: FIELDS,
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
  observe: observePart(
    {
      type: 'proxy',
      part: 'proxy',
      fields: FIELDS,
      places: ({ names }) => [{ address: PROXY, title: titleOf(names.proxy) }]
    },
    async context => {
      const live = await found(context);
      if (live === undefined) return [];
      const { DBProxyName = context.names.proxy } = live;
      const [groups, targets, tags] = await Promise.all([
        orUndefined(context.call('rds', 'DescribeDBProxyTargetGroups', { DBProxyName })),
        orUndefined(context.call('rds', 'DescribeDBProxyTargets', { DBProxyName })),
        context.liveState().tags(live.DBProxyArn ?? '')
      ]);
      const percent = groups?.TargetGroups?.[0]?.ConnectionPoolConfig?.MaxConnectionsPercent;
      // Deleted between the two requests: gone.
      return tags === undefined ? [] : [observed(context, live, tags, targets?.Targets?.[0], percent)];
    }
  ),
  create,
  update: async (context, work) => {
    const { secret_arn: secret, role_arn: role, security_group: group } = work.values;
    if (secret !== undefined || role !== undefined || group !== undefined) {
      await context.call(
        'rds',
        'ModifyDBProxy',
        defined({
          DBProxyName: nameOf(context, work),
          Auth:
            secret === undefined
              ? undefined
              : [...(await authOfOthers(context, work, textOf(secret))), ...authOf(textOf(secret))],
          RoleArn: role === undefined ? undefined : textOf(role),
          SecurityGroups:
            group === undefined
              ? undefined
              : [...new Set([...texts(work.observed?.fields.security_group), ...groupsOf(group)])]
        }),
        PROPAGATION
      );
    }
    const arn = work.observed?.facts['arn'];
    if (typeof arn === 'string') await tagRds(context, work, arn);
    return connect(context, work);
  },
  remove: async (context, work) => {
    const DBProxyName = nameOf(context, work);
    // Each try reads first: a proxy that is being deleted refuses to be deleted.
    const send = async (): Promise<void> => {
      if ((await describe(context, DBProxyName))?.Status === 'deleting') return;
      await context.call('rds', 'DeleteDBProxy', { DBProxyName });
    };
    const patience = {
      what: 'rds:DeleteDBProxy',
      idempotent: true,
      kinds: RELEASED.also,
      attempts: RELEASED.attempts,
      baseSeconds: Math.min(1, context.pollSeconds)
    };
    await ignoring(['not-found'], retry(work.execution, patience, send));
    await waitFor(context, work, `delete ${titleOf(DBProxyName)}`, 'gone');
  }
});

/** Its name, ARN and endpoint, for outputs. */
export async function foundProxyFacts(context: AwsContext): Promise<Facts | undefined> {
  const live = await found(context);
  return live === undefined ? undefined : proxyFacts(live);
}

/** Ours is known by its secret where no input names it any more. */
async function found(context: AwsContext): Promise<DBProxy | undefined> {
  const { names, settings } = context;
  const usual = await describe(context, names.proxy);
  if (usual !== undefined || settings.proxy_name !== undefined || !(await context.liveState().isMade('proxy')))
    return usual;
  const all = await pages(
    async place => context.call('rds', 'DescribeDBProxies', place),
    page => page.DBProxies
  );
  const secret = `:secret:${names.proxySecret}-`;
  return all.find(({ Auth: logins }) => logins?.some(({ SecretArn: arn }) => arn?.includes(secret) === true));
}

async function describe(context: AwsContext, name: string): Promise<DBProxy | undefined> {
  return (await orUndefined(context.call('rds', 'DescribeDBProxies', { DBProxyName: name })))?.DBProxies?.[0];
}

function observed(
  context: AwsContext,
  live: DBProxy,
  tags: Tags,
  target: DBProxyTarget | undefined,
  percent: number | undefined
): Observed<typeof FIELDS> {
  return {
    address: PROXY,
    type: 'proxy',
    title: titleOf(live.DBProxyName ?? context.names.proxy),
    ownership: ownershipOf(tags, context.target),
    fields: {
      ...defined({
        secret_arn: (live.Auth ?? []).flatMap(one => one.SecretArn ?? []).sort(),
        role_arn: live.RoleArn,
        subnet_ids: (live.VpcSubnetIds ?? []).toSorted(),
        security_group: (live.VpcSecurityGroupIds ?? []).toSorted(),
        target: target?.RdsResourceId,
        max_connections_percent: percent
      }),
      ...tagFields(tags)
    },
    facts: defined({ ...proxyFacts(live), unreachable: unreachable(target) }),
    dependsOn: [SERVER, PROXY_ROLE, PROXY_SECRET, SECURITY_GROUP],
    concurrencyGroup: PROXY
  };
}

/** Why the proxy does not reach the server; `undefined` where it does, or soon will. */
function unreachable({ TargetHealth: health }: DBProxyTarget = {}): string | undefined {
  const { State: state, Reason: reason = 'UNREACHABLE', Description: words } = health ?? {};
  if (state !== 'UNAVAILABLE' || reason === 'PENDING_PROXY_CAPACITY') return undefined;
  return words === undefined ? reason : `${reason}: ${words}`;
}

function proxyFacts(live: DBProxy): Facts {
  return defined({ name: live.DBProxyName, arn: live.DBProxyArn, endpoint: live.Endpoint });
}

async function create(context: AwsContext, work: CreationWork<typeof FIELDS>): Promise<Facts> {
  const { values } = work;
  const make = async (): Promise<unknown> =>
    context.call(
      'rds',
      'CreateDBProxy',
      {
        DBProxyName: context.names.proxy,
        EngineFamily: 'POSTGRESQL',
        Auth: authOf(textOf(values.secret_arn)),
        RoleArn: textOf(values.role_arn),
        VpcSubnetIds: texts(values.subnet_ids),
        ...(values.security_group === undefined ? {} : { VpcSecurityGroupIds: groupsOf(values.security_group) }),
        RequireTLS: true,
        Tags: toList(tagsFor(context, work.mark, tagsIn(values)))
      },
      PROPAGATION
    );
  const { proxy: name } = context.names;
  await createTagged(context, work, titleOf(name), make, async () =>
    context.liveState().tags((await describe(context, name))?.DBProxyArn ?? '')
  );
  return connect(context, work);
}

/** Puts the server behind the proxy, once the proxy is there. */
async function connect(context: AwsContext, work: Work<typeof FIELDS>): Promise<Facts> {
  const name = nameOf(context, work);
  const live = await waitFor(context, work, titleOf(name), 'available');
  const { target, max_connections_percent: percent } = work.values;
  const group = { DBProxyName: name, TargetGroupName: 'default' };
  if (typeof percent === 'number') {
    await context.call(
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
    await ignoring(['already-exists'], context.call('rds', 'RegisterDBProxyTargets', input, PROPAGATION));
  }
  return live === undefined ? {} : proxyFacts(live);
}

/** States that a proxy does not leave until its network or quota is repaired. */
const HOPELESS_PROXY: readonly string[] = ['incompatible-network', 'insufficient-resource-limits', 'suspended'];

async function waitFor(
  context: AwsContext,
  work: Work<typeof FIELDS>,
  what: string,
  goal: 'available' | 'gone'
): Promise<DBProxy | undefined> {
  const { wait, deadline } = context.options;
  return waitUntil<DBProxy | undefined>(work.execution, {
    what,
    usually: '3–10 min',
    intervalSeconds: context.pollSeconds,
    deadline: wait ? deadline : work.execution.clock.now(),
    look: async (): Promise<Look<DBProxy | undefined>> => {
      const live = await describe(context, nameOf(context, work));
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

function groupsOf(value: Value): string[] {
  return Array.isArray(value) ? texts(value) : [textOf(value)];
}

/** Without those of the master user: the secret that RDS keeps, and our own. */
async function authOfOthers(context: AwsContext, work: Work<typeof FIELDS>, secret: string): Promise<UserAuthConfig[]> {
  const own = new RegExp(`:secret:(?:rds!|${context.names.proxySecret}-)`);
  const { Auth: all = [] } = (await describe(context, nameOf(context, work))) ?? {};
  return all.filter(({ SecretArn: arn = '' }) => arn !== secret && !own.test(arn));
}

function authOf(secret: string): { AuthScheme: 'SECRETS'; SecretArn: string; IAMAuth: 'DISABLED' }[] {
  return [{ AuthScheme: 'SECRETS', SecretArn: secret, IAMAuth: 'DISABLED' }];
}
