import type { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { Actions, AnyActions, Call } from './actions.ts';
import { AwsFault } from './fault.ts';
import { page } from './pages.ts';
import { addTags, readTags, removeTags, tagged } from './tags.ts';
import type { AlarmRecord } from './state.ts';

const actions: Actions<CloudWatch> = {
  PutMetricAlarm: (input, { cloud, region, now }) => {
    const name = input.AlarmName ?? '';
    const before = region.alarms.get(name);
    const { Tags: tags, ...given } = input;
    if (given.EvaluationPeriods === undefined || given.ComparisonOperator === undefined) {
      throw new AwsFault('ValidationError', 'EvaluationPeriods and ComparisonOperator are required');
    }
    if (given.Period !== undefined && ![10, 20, 30].includes(given.Period) && given.Period % 60 !== 0) {
      throw new AwsFault('ValidationError', `Period ${given.Period} is no multiple of 60`);
    }
    const strange = given.AlarmActions?.find(action => !action.startsWith('arn:'));
    if (strange !== undefined) throw new AwsFault('ValidationError', `Invalid arn syntax: ${strange}`);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    const { Period: period = 60, EvaluationPeriods: evaluations } = given;
    if (period * evaluations > (period < 3600 ? 86_400 : 604_800)) {
      throw new AwsFault('ValidationError', 'Metrics cannot be checked across more than a day or a week');
    }
    checkActions(given.AlarmActions ?? [], region.name);
    region.alarms.set(name, {
      alarm: {
        ActionsEnabled: true,
        OKActions: [],
        AlarmActions: [],
        InsufficientDataActions: [],
        TreatMissingData: 'missing',
        ...given,
        AlarmArn: `arn:aws:cloudwatch:${region.name}:${cloud.accountId}:alarm:${name}`,
        AlarmConfigurationUpdatedTimestamp: now,
        StateValue: before?.alarm.StateValue ?? 'INSUFFICIENT_DATA',
        StateReason: 'Unchecked: Initial alarm creation',
        StateUpdatedTimestamp: now
      },
      tags: before?.tags ?? tagged(tags)
    });
  },
  DescribeAlarms: (input, { cloud, region }) => {
    const all = [...region.alarms.values()]
      .map(record => record.alarm)
      .filter(alarm => input.AlarmNames === undefined || input.AlarmNames.includes(alarm.AlarmName ?? ''))
      .filter(alarm => (alarm.AlarmName ?? '').startsWith(input.AlarmNamePrefix ?? ''));
    const { items, next } = page(all, cloud.pageSize, input.MaxRecords, input.NextToken);
    return { MetricAlarms: [...items], CompositeAlarms: [], NextToken: next };
  },
  DescribeAlarmsForMetric: (input, { region }) => ({
    MetricAlarms: [...region.alarms.values()]
      .map(record => record.alarm)
      .filter(alarm => alarm.MetricName === input.MetricName && alarm.Namespace === input.Namespace)
  }),
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
  GetMetricData: (input, { region, now }) => ({
    MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id, MetricStat }) => {
      const { MetricName, Dimensions } = MetricStat?.Metric ?? {};
      const daily = region.daily.get(`${MetricName} ${MetricStat?.Stat} ${Dimensions?.[0]?.Value ?? ''}`);
      if (daily !== undefined && MetricStat?.Period === 86_400) {
        const end = input.EndTime ?? now;
        const times = daily.map((_, at) => new Date(end.getTime() - (daily.length - 1 - at) * 86_400_000));
        const inOrder = input.ScanBy === 'TimestampAscending';
        return {
          Id,
          Label: MetricName,
          Timestamps: inOrder ? times : times.toReversed(),
          Values: inOrder ? [...daily] : daily.toReversed()
        };
      }
      const value = region.metrics.get(`${MetricName} ${Dimensions?.[0]?.Value ?? ''}`);
      return {
        Id,
        Label: MetricName,
        ...(value === undefined ? { Timestamps: [], Values: [] } : { Timestamps: [now], Values: [value] })
      };
    })
  }),
  DeleteAlarms: (input, { region }) => {
    const absent = (input.AlarmNames ?? []).filter(name => !region.alarms.has(name));
    if (absent.length > 0) throw new AwsFault('ResourceNotFound', `Alarm ${absent.join(', ')} does not exist`, 404);
    for (const name of input.AlarmNames ?? []) region.alarms.delete(name);
  },
  ListTagsForResource: (input, call) => ({ Tags: readTags(byArn(call, input.ResourceARN).tags) }),
  TagResource: (input, call) => {
    addTags(byArn(call, input.ResourceARN).tags, input.Tags ?? [], call.cloud.pace.tags);
  },
  UntagResource: (input, call) => {
    removeTags(byArn(call, input.ResourceARN).tags, input.TagKeys ?? [], call.cloud.pace.tags);
  }
};

/** CloudWatch alarms. Tags of an alarm that is there already are ignored when it is put again, as AWS does. */
export const cloudwatch: AnyActions = actions;

/** https://github.com/cds-snc/notification-terraform/pull/128 and hashicorp/terraform#19015, for their messages. */
function checkActions(given: readonly string[], own: string): void {
  const refuse = (message: string): never => {
    throw new AwsFault('ValidationError', message);
  };
  if (given.length > 5) refuse('Member must have length less than or equal to 5');
  for (const action of given) {
    const [arn, partition, service, region] = action.split(':');
    if (arn !== 'arn' || service === undefined) refuse('');
    if (service === 'automate' || action.includes(':action/actions/AWS_EC2.')) {
      refuse('Invalid use of EC2 action. An EC2 action can only be used if the alarm is monitoring an EC2 instance.');
    }
    if (partition !== 'aws') refuse(`Invalid partition ${partition} specified. Only aws is supported.`);
    if (region !== '' && region !== own) refuse(`Invalid region ${region} specified. Only ${own} is supported.`);
  }
}

function byArn({ region }: Call, arn: string | undefined): AlarmRecord {
  const record = [...region.alarms.values()].find(one => one.alarm.AlarmArn === arn);
  if (record !== undefined) return record;
  throw new AwsFault('ResourceNotFoundException', `Unknown alarm ${arn}`, 404);
}
