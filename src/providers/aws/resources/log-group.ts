import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import { asUnfinished, type Ownership } from '../../../engine/ownership.ts';
import { defineResource, type FieldTable, type Observed } from '../../../engine/resource.ts';
import { logGroupAddress, LOGS } from '../addresses.ts';
import { ignoring } from '../../failures.ts';
import { TAG_FIELD, ownershipOf, tagFields, tagsIn, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { logExports } from '../desired/parts.ts';
import { tagChange } from '../api/tagging.ts';

const FIELDS = {
  retention_days: {
    api: 'retentionInDays',
    input: 'log_retention_days',
    impact: 'online',
    show: value => (value === 0 ? 'for ever' : `${Number(value)} days`)
  },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

/** The group of the server's log. Created before the server: one that RDS creates itself never expires its logs. */
export const logGroup = defineResource<AwsContext>()({
  type: 'log-group',
  fields: FIELDS,
  permissions: {
    observe: ['logs:DescribeLogGroups', 'logs:ListTagsForResource'],
    create: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'],
    update: ['logs:PutRetentionPolicy', 'logs:TagResource', 'logs:UntagResource'],
    delete: ['logs:DeleteLogGroup']
  },
  observe: observePart(
    {
      type: 'log-group',
      part: 'log-group',
      fields: FIELDS,
      places: context =>
        (logExports(context.settings) ?? []).map(log => ({
          address: logGroupAddress(log),
          title: `log group ${groupName(context, log)}`
        }))
    },
    async context => {
      const answer = await context.call('logs', 'DescribeLogGroups', {
        logGroupNamePrefix: context.names.logGroupPrefix
      });
      const ours = LOGS.map(log => answer.logGroups?.find(group => group.logGroupName === groupName(context, log)));
      const live = ours.map(async (group, index) =>
        group === undefined ? undefined : observed(context, group, LOGS[index] ?? '')
      );
      return (await Promise.all(live)).filter(one => one !== undefined);
    }
  ),
  create: async (context, work) => {
    const log = logOf(work.address);
    const name = groupName(context, log);
    const make = async (): Promise<unknown> =>
      context.call('logs', 'CreateLogGroup', {
        logGroupName: name,
        tags: { ...tagsFor(context, work.mark, tagsIn(work.values)) }
      });
    await createTagged(context, `log group ${name}`, make, async () => tagsOf(context, arnOf(context, name)));
    await retain(context, name, work.values.retention_days);
    return { name, arn: arnOf(context, name) };
  },
  update: async (context, work) => {
    const name = groupName(context, logOf(work.address));
    if ('retention_days' in work.values) await retain(context, name, work.values.retention_days);
    const { put, drop } = tagChange(work);
    const resourceArn = arnOf(context, name);
    if (Object.keys(put).length > 0) await context.call('logs', 'TagResource', { resourceArn, tags: { ...put } });
    if (drop.length > 0) await context.call('logs', 'UntagResource', { resourceArn, tagKeys: [...drop] });
    return {};
  },
  remove: async (context, work) => {
    const logGroupName = groupName(context, logOf(work.address));
    await ignoring(['not-found'], context.call('logs', 'DeleteLogGroup', { logGroupName }, { also: ['busy'] }));
  }
});

function groupName(context: AwsContext, log: string): string {
  return `${context.names.logGroupPrefix}${log}`;
}

function logOf(address: string): string {
  return address.slice('log-group/'.length);
}

async function observed(
  context: AwsContext,
  group: LogGroup,
  log: string
): Promise<Observed<typeof FIELDS> | undefined> {
  const arn = arnOf(context, groupName(context, log));
  const tags = await tagsOf(context, arn);
  if (tags === undefined) return undefined;
  return {
    address: logGroupAddress(log),
    type: 'log-group',
    title: `log group ${groupName(context, log)}`,
    ownership: ownershipIn(context, group, tags),
    fields: { retention_days: group.retentionInDays ?? 0, ...tagFields(tags) },
    facts: { name: groupName(context, log), arn },
    dependsOn: [],
    concurrencyGroup: logGroupAddress(log)
  };
}

/** A group gets its retention in a call of its own: ours is unfinished without one. */
function ownershipIn({ target }: AwsContext, { retentionInDays: days = 0 }: LogGroup, tags: Tags): Ownership {
  const owner = ownershipOf(tags, target);
  return owner.kind === 'ours' && days === 0 ? { ...owner, mark: asUnfinished(owner.mark) } : owner;
}

async function retain(context: AwsContext, logGroupName: string, days: unknown): Promise<void> {
  if (typeof days !== 'number' || days === 0) return;
  await context.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays: days }, { also: ['busy'] });
}

async function tagsOf(context: AwsContext, resourceArn: string): Promise<Tags | undefined> {
  const answer = await ignoring(['not-found'], context.call('logs', 'ListTagsForResource', { resourceArn }));
  return answer === undefined ? undefined : (answer.tags ?? {});
}

/** Without the `:*` that other calls of CloudWatch Logs want. */
function arnOf({ partition, target }: AwsContext, name: string): string {
  return `arn:${partition}:logs:${target.region}:${target.account}:log-group:${name}`;
}
