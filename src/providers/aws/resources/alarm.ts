import type { MetricAlarm, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import { defined } from '../../../engine/defined.ts';
import type { Ownership } from '../../../engine/ownership.ts';
import { defineResource, type FieldTable, type Observed, type Work } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { ALARMS, type AlarmName } from '../../../spec/alarms.ts';
import { alarmAddress, SERVER } from '../addresses.ts';
import { createUnlessThere } from '../../create-or-reuse-own.ts';
import { ignoring } from '../../failures.ts';
import { TAG_FIELD, fromList, ownershipOf, tagFields, tagsIn, toList, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { observePart } from '../observe-part.ts';
import { texts } from './subnet-group.ts';
import { tagChange } from '../api/tagging.ts';

/** The metric of an alarm, and its default threshold. */
interface Preset {
  readonly metric: string;
  readonly comparison: 'GreaterThanThreshold' | 'LessThanThreshold';
  /** In the metric's own unit. */
  readonly threshold: number;
  readonly unit: string;
  readonly says: string;
}

const GIB = 2 ** 30;

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html */
export const PRESETS: Readonly<Record<AlarmName, Preset>> = {
  cpu: {
    metric: 'CPUUtilization',
    comparison: 'GreaterThanThreshold',
    threshold: 80,
    unit: '%',
    says: 'CPU utilization'
  },
  connections: {
    metric: 'DatabaseConnections',
    comparison: 'GreaterThanThreshold',
    threshold: 80,
    unit: 'connections',
    says: 'Number of connections'
  },
  read_latency: {
    metric: 'ReadLatency',
    comparison: 'GreaterThanThreshold',
    threshold: 0.2,
    unit: 's',
    says: 'Read latency'
  },
  free_storage: {
    metric: 'FreeStorageSpace',
    comparison: 'LessThanThreshold',
    threshold: 2 * GIB,
    unit: 'bytes',
    says: 'Free storage'
  },
  freeable_memory: {
    metric: 'FreeableMemory',
    comparison: 'LessThanThreshold',
    threshold: GIB / 8,
    unit: 'bytes',
    says: 'Freeable memory'
  }
};

export const ALARM_PERIOD_SECONDS = 300;
export const ALARM_EVALUATIONS = 2;

const FIELDS = {
  threshold: { api: 'Threshold', input: 'alarms', impact: 'online' },
  period: { api: 'Period', input: 'alarms', impact: 'online', show: value => `${Number(value)} s` },
  evaluation_periods: { api: 'EvaluationPeriods', input: 'alarms', impact: 'online' },
  actions: {
    api: 'AlarmActions',
    input: 'alarm_actions',
    impact: 'online',
    normalise: value => (Array.isArray(value) ? texts(value).sort() : value)
  },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

/** Alarms of CloudWatch on the server. */
export const alarm = defineResource<AwsContext>()({
  type: 'alarm',
  fields: FIELDS,
  permissions: {
    observe: ['cloudwatch:DescribeAlarms', 'cloudwatch:ListTagsForResource'],
    create: ['cloudwatch:PutMetricAlarm', 'cloudwatch:TagResource'],
    update: ['cloudwatch:PutMetricAlarm', 'cloudwatch:TagResource', 'cloudwatch:UntagResource'],
    delete: ['cloudwatch:DeleteAlarms']
  },
  observe: observePart(
    {
      type: 'alarm',
      part: 'alarm',
      fields: FIELDS,
      places: context =>
        (Object.keys(context.settings.alarms ?? {}) as AlarmName[]).map(name => ({
          address: alarmAddress(name),
          title: titleOf(context, name)
        }))
    },
    async context => {
      const all = await read(context, ALARMS);
      const live = ALARMS.flatMap(name => {
        const one = all.find(({ AlarmName }) => AlarmName === alarmName(context, name));
        return one === undefined ? [] : [{ name, one }];
      });
      const seen = await Promise.all(live.map(async ({ name, one }) => observed(context, name, one)));
      return seen.filter(one => one !== undefined);
    }
  ),
  create: async (context, work) => {
    const name = presetOf(work.address);
    // CloudWatch would replace one of this name that came after the plan.
    const owner = async (): Promise<Ownership | undefined> => {
      const [live] = await read(context, [name]);
      return live === undefined ? undefined : (await observed(context, name, live))?.ownership;
    };
    const make = async (): Promise<void> => put(context, work, work.values);
    await createUnlessThere(work, titleOf(context, name), make, owner);
    return { name: alarmName(context, name), arn: arnOf(context, name) };
  },
  update: async (context, work) => {
    const changes = Object.keys(work.values).some(field => !field.startsWith('tags.'));
    if (changes) {
      const [live] = await read(context, [presetOf(work.address)]);
      await put(context, work, { ...work.observed?.fields, ...work.values }, live);
    }
    const { put: more, drop } = tagChange(work);
    const ResourceARN = arnOf(context, presetOf(work.address));
    if (Object.keys(more).length > 0)
      await context.call('cloudwatch', 'TagResource', { ResourceARN, Tags: toList(more) });
    if (drop.length > 0) await context.call('cloudwatch', 'UntagResource', { ResourceARN, TagKeys: [...drop] });
    return {};
  },
  remove: async (context, work) => {
    const name = alarmName(context, presetOf(work.address));
    await ignoring(['not-found'], context.call('cloudwatch', 'DeleteAlarms', { AlarmNames: [name] }));
  }
});

export function titleOf(context: AwsContext, name: AlarmName): string {
  return `alarm ${alarmName(context, name)}`;
}

function alarmName(context: AwsContext, name: AlarmName): string {
  return `${context.names.instance}-${name.replaceAll('_', '-')}`;
}

function presetOf(address: string): AlarmName {
  return address.slice('alarm/'.length) as AlarmName;
}

async function read(context: AwsContext, names: readonly AlarmName[]): Promise<readonly MetricAlarm[]> {
  const answer = await context.call('cloudwatch', 'DescribeAlarms', {
    AlarmNames: names.map(name => alarmName(context, name)),
    AlarmTypes: ['MetricAlarm'],
    MaxRecords: 100
  });
  return answer.MetricAlarms ?? [];
}

async function observed(
  context: AwsContext,
  name: AlarmName,
  live: MetricAlarm
): Promise<Observed<typeof FIELDS> | undefined> {
  const arn = live.AlarmArn ?? arnOf(context, name);
  const answer = await ignoring(['not-found'], context.call('cloudwatch', 'ListTagsForResource', { ResourceARN: arn }));
  if (answer === undefined) return undefined;
  const tags: Tags = fromList(answer.Tags);
  return {
    address: alarmAddress(name),
    type: 'alarm',
    title: titleOf(context, name),
    ownership: ownershipOf(tags, context.target),
    fields: {
      threshold: live.Threshold ?? null,
      period: live.Period ?? null,
      evaluation_periods: live.EvaluationPeriods ?? null,
      actions: (live.AlarmActions ?? []).toSorted(),
      ...tagFields(tags)
    },
    facts: { name: alarmName(context, name), arn },
    dependsOn: [SERVER],
    concurrencyGroup: alarmAddress(name)
  };
}

/** What no input names, and CloudWatch forgets of an alarm that is put without it. */
const KEPT = [
  'ActionsEnabled',
  'AlarmDescription',
  'ComparisonOperator',
  'EvaluateLowSampleCountPercentile',
  'ExtendedStatistic',
  'InsufficientDataActions',
  'OKActions',
  'TreatMissingData',
  'Unit'
] as const satisfies readonly (keyof MetricAlarm & keyof PutMetricAlarmInput)[];

/** The settings of a live alarm on the same metric that stay as they are. */
function keptOf(live: MetricAlarm, metric: string, evaluations: number): Partial<PutMetricAlarmInput> {
  const { MetricName, Statistic, ExtendedStatistic, DatapointsToAlarm: most } = live;
  if (MetricName !== metric) return {};
  return defined({
    ...Object.fromEntries(KEPT.map(name => [name, live[name]])),
    Statistic: ExtendedStatistic === undefined ? Statistic : undefined,
    DatapointsToAlarm: most === undefined ? undefined : Math.min(most, evaluations)
  });
}

/**
 * Puts the whole alarm: CloudWatch cannot change a part. Tags count only for a new one.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
async function put(
  context: AwsContext,
  work: Work<typeof FIELDS>,
  values: Readonly<Record<string, Value>>,
  live: MetricAlarm = {}
): Promise<void> {
  const name = presetOf(work.address);
  const preset = PRESETS[name];
  const evaluations = Number(values.evaluation_periods);
  const kept = keptOf(live, preset.metric, evaluations);
  const input: PutMetricAlarmInput = {
    AlarmName: alarmName(context, name),
    AlarmDescription: `${preset.says} of ${context.names.instance}`,
    Namespace: 'AWS/RDS',
    MetricName: preset.metric,
    Dimensions: [{ Name: 'DBInstanceIdentifier', Value: context.names.instance }],
    ...(kept.ExtendedStatistic === undefined ? { Statistic: 'Average' } : {}),
    ComparisonOperator: preset.comparison,
    ...kept,
    Threshold: Number(values.threshold),
    Period: Number(values.period),
    EvaluationPeriods: evaluations,
    AlarmActions: texts(values.actions),
    // CloudWatch ignores them for an alarm that exists. One that was deleted since the plan comes back with its mark.
    Tags: toList(tagsFor(context, work.mark, tagsIn(values)))
  };
  await context.call('cloudwatch', 'PutMetricAlarm', input);
}

function arnOf(context: AwsContext, name: AlarmName): string {
  const { partition, target } = context;
  return `arn:${partition}:cloudwatch:${target.region}:${target.account}:alarm:${alarmName(context, name)}`;
}
