import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import type { Actions, AnyActions, Call } from './actions.ts';
import { AwsFault } from './fault.ts';
import { page } from './pages.ts';
import { addTags, readTags, removeTags, tagged, type Tagged } from './tags.ts';
import type { LogGroupRecord, Region, CloudState } from './state.ts';

const RETENTIONS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
];

const actions: Actions<CloudWatchLogs> = {
  CreateLogGroup: (input, { cloud, region, now }) => {
    const name = input.logGroupName ?? '';
    if (region.logGroups.has(name)) {
      throw new AwsFault('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    makeLogGroup(cloud, region, name, now, input.tags);
  },
  DescribeLogGroups: (input, { cloud, region }) => {
    const all = [...region.logGroups.values()]
      .map(record => record.group)
      .filter(group => (group.logGroupName ?? '').startsWith(input.logGroupNamePrefix ?? ''))
      .filter(group => (group.logGroupName ?? '').includes(input.logGroupNamePattern ?? ''));
    const { items, next } = page(all, cloud.pageSize, input.limit ?? 50, input.nextToken);
    return { logGroups: [...items], nextToken: next };
  },
  PutRetentionPolicy: (input, call) => {
    const days = input.retentionInDays ?? 0;
    if (!RETENTIONS.includes(days)) throw new AwsFault('InvalidParameterException', `Invalid retention value ${days}`);
    byName(call, input.logGroupName).group.retentionInDays = days;
  },
  DeleteRetentionPolicy: (input, call) => {
    delete byName(call, input.logGroupName).group.retentionInDays;
  },
  DeleteLogGroup: (input, call) => {
    byName(call, input.logGroupName);
    call.region.logGroups.delete(input.logGroupName ?? '');
  },
  ListTagsForResource: (input, call) => ({ tags: asMap(byArn(call, input.resourceArn)) }),
  TagResource: (input, call) => {
    addTags(byArn(call, input.resourceArn), fromMap(input.tags), call.cloud.pace.tags);
  },
  UntagResource: (input, call) => {
    removeTags(byArn(call, input.resourceArn), input.tagKeys ?? [], call.cloud.pace.tags);
  }
};

/** CloudWatch Logs: log groups with their retention. */
export const logs: AnyActions = actions;

/** Also called by RDS, which creates the group of a server that exports logs when it does not exist. */
export function makeLogGroup(
  cloud: CloudState,
  region: Region,
  name: string,
  now: Date,
  tags: Readonly<Record<string, string>> | undefined
): void {
  const arn = `arn:aws:logs:${region.name}:${cloud.accountId}:log-group:${name}`;
  region.logGroups.set(name, {
    group: {
      logGroupName: name,
      creationTime: now.getTime(),
      metricFilterCount: 0,
      storedBytes: 0,
      arn: `${arn}:*`,
      logGroupArn: arn,
      logGroupClass: 'STANDARD'
    },
    tags: tagged(fromMap(tags))
  });
}

function byName({ region }: Call, name: string | undefined): LogGroupRecord {
  const record = region.logGroups.get(name ?? '');
  if (record !== undefined) return record;
  throw new AwsFault('ResourceNotFoundException', 'The specified log group does not exist.');
}

function byArn(call: Call, arn: string | undefined): Tagged {
  for (const record of call.region.logGroups.values()) {
    if (record.group.logGroupArn === arn) return record.tags;
  }
  throw new AwsFault('ResourceNotFoundException', `The specified resource does not exist: ${arn}`);
}

function fromMap(tags: Readonly<Record<string, string>> | undefined): { Key: string; Value: string }[] {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

function asMap(tags: Tagged): Record<string, string> {
  return Object.fromEntries(readTags(tags).map(tag => [tag.Key, tag.Value]));
}
