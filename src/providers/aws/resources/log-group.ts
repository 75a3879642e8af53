import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import type { FieldTable, Observed, ResourceType } from '../../../engine/resource.ts';
import { logGroupAddress, LOGS } from '../addresses.ts';
import { settled } from '../../failures.ts';
import { ownershipOf, tagFields, tagsIn, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { looking } from '../observe-part.ts';
import { makeTagged } from './create-tagged.ts';
import { logExports } from '../desired/parts.ts';
import { TAG_FIELD, tagChange } from '../api/tagging.ts';

const fields: FieldTable = {
  retention_days: {
    api: 'retentionInDays',
    input: 'log_retention_days',
    impact: 'online',
    show: value => (value === 0 ? 'for ever' : `${Number(value)} days`)
  },
  'tags.*': TAG_FIELD
};

/** Where the server's log goes. Made before the server: one that RDS makes itself keeps everything for ever. */
export const logGroup: ResourceType<AwsWorld> = {
  type: 'log-group',
  fields,
  permissions: {
    observe: ['logs:DescribeLogGroups', 'logs:ListTagsForResource'],
    create: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'],
    update: ['logs:PutRetentionPolicy', 'logs:TagResource', 'logs:UntagResource'],
    delete: ['logs:DeleteLogGroup']
  },
  observe: looking(
    {
      type: 'log-group',
      part: 'log-group',
      fields,
      places: world =>
        (logExports(world.settings) ?? []).map(log => ({
          address: logGroupAddress(log),
          title: `log group ${groupName(world, log)}`
        }))
    },
    async world => {
      const answer = await world.call('logs', 'DescribeLogGroups', { logGroupNamePrefix: world.names.logGroupPrefix });
      const ours = LOGS.map(log => answer.logGroups?.find(group => group.logGroupName === groupName(world, log)));
      const live = ours.map(async (group, index) =>
        group === undefined ? undefined : observed(world, group, LOGS[index] ?? '')
      );
      return (await Promise.all(live)).filter(one => one !== undefined);
    }
  ),
  create: async (world, work) => {
    const log = logOf(work.address);
    const name = groupName(world, log);
    const make = async (): Promise<unknown> =>
      world.call('logs', 'CreateLogGroup', {
        logGroupName: name,
        tags: { ...tagsFor(world, work.mark, tagsIn(work.values)) }
      });
    await makeTagged(world, `log group ${name}`, make, async () => tagsOf(world, arnOf(world, name)));
    await retain(world, name, work.values['retention_days']);
    return { name, arn: arnOf(world, name) };
  },
  update: async (world, work) => {
    const name = groupName(world, logOf(work.address));
    if ('retention_days' in work.values) await retain(world, name, work.values['retention_days']);
    const { put, drop } = tagChange(work);
    const resourceArn = arnOf(world, name);
    if (Object.keys(put).length > 0) await world.call('logs', 'TagResource', { resourceArn, tags: { ...put } });
    if (drop.length > 0) await world.call('logs', 'UntagResource', { resourceArn, tagKeys: [...drop] });
    return {};
  },
  remove: async (world, work) => {
    const logGroupName = groupName(world, logOf(work.address));
    await settled(['not-found'], world.call('logs', 'DeleteLogGroup', { logGroupName }, { also: ['busy'] }));
  }
};

function groupName(world: AwsWorld, log: string): string {
  return `${world.names.logGroupPrefix}${log}`;
}

function logOf(address: string): string {
  return address.slice('log-group/'.length);
}

async function observed(world: AwsWorld, group: LogGroup, log: string): Promise<Observed | undefined> {
  const arn = arnOf(world, groupName(world, log));
  const tags = await tagsOf(world, arn);
  if (tags === undefined) return undefined;
  return {
    address: logGroupAddress(log),
    type: 'log-group',
    title: `log group ${groupName(world, log)}`,
    ownership: ownershipOf(tags, world.target),
    fields: { retention_days: group.retentionInDays ?? 0, ...tagFields(tags) },
    facts: { name: groupName(world, log), arn },
    dependsOn: [],
    lane: logGroupAddress(log)
  };
}

async function retain(world: AwsWorld, logGroupName: string, days: unknown): Promise<void> {
  if (typeof days !== 'number' || days === 0) return;
  await world.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays: days }, { also: ['busy'] });
}

async function tagsOf(world: AwsWorld, resourceArn: string): Promise<Tags | undefined> {
  const answer = await settled(['not-found'], world.call('logs', 'ListTagsForResource', { resourceArn }));
  return answer === undefined ? undefined : (answer.tags ?? {});
}

/** Without the `:*` that other calls of CloudWatch Logs want. */
function arnOf({ partition, target }: AwsWorld, name: string): string {
  return `arn:${partition}:logs:${target.region}:${target.account}:log-group:${name}`;
}
