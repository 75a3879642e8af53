import { pageCounter } from '../../../engine/limits.ts';
import { defined } from '../../../engine/defined.ts';
import { defineResource, type FieldsOf, type FieldTable, type Observed, type Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { ActionError } from '../../../errors.ts';
import { ALARMS, type AlarmName } from '../../../spec/alarms.ts';
import { ignoring } from '../../failures.ts';
import { alarmAddress, SERVER } from '../addresses.ts';
import { nameLabel, ownershipOf, type Labels } from '../api/labels.ts';
import { labelsAfter, labelsOfNew, TAG_FIELD, tagFields } from '../api/tags.ts';
import type { GcpContext } from '../context.ts';
import type { UnreadableResource } from '../../observe-or-unknown.ts';

/** What an alert policy watches, and its default threshold. */
interface Preset {
  /** After `cloudsql.googleapis.com/database/`. */
  readonly metric: string;
  /** In the unit of the inputs: percent, or connections. */
  readonly threshold: number;
  /** Factor from the unit of the inputs to that of the metric. */
  readonly scale: number;
  readonly says: string;
}

/**
 * https://cloud.google.com/sql/docs/postgres/admin-api/metrics: shares are from 0 to 1, and there is no read latency.
 */
export const PRESETS: Readonly<Partial<Record<AlarmName, Preset>>> = {
  cpu: { metric: 'cpu/utilization', threshold: 80, scale: 0.01, says: 'CPU utilization' },
  connections: { metric: 'postgresql/num_backends', threshold: 80, scale: 1, says: 'Number of connections' },
  free_storage: { metric: 'disk/utilization', threshold: 90, scale: 0.01, says: 'Used storage' },
  freeable_memory: { metric: 'memory/utilization', threshold: 90, scale: 0.01, says: 'Used memory' }
};

export const ALARM_EVALUATIONS = 2;

/** A period in whole minutes, rounded up, as Cloud Monitoring needs it. Default: five minutes. */
export function alarmPeriod(seconds = 300): number {
  return Math.ceil(seconds / 60) * 60;
}

/** The label that names the alarm of a policy. */
const ALARM_LABEL = 'pgkeep-alarm';

interface Condition {
  readonly conditionThreshold?: {
    readonly thresholdValue?: number;
    readonly duration?: string;
    readonly aggregations?: readonly { readonly alignmentPeriod?: string }[];
  };
}

/** An alert policy of Cloud Monitoring. */
export interface Policy {
  /** `projects/<project>/alertPolicies/<number>`. */
  readonly name: string;
  readonly displayName?: string;
  readonly userLabels?: Labels;
  readonly enabled?: boolean;
  readonly notificationChannels?: readonly string[];
  readonly conditions?: readonly Condition[];
}

const FIELDS = {
  threshold: { api: 'conditions.conditionThreshold.thresholdValue', input: 'alarms', impact: 'online' },
  period: {
    api: 'conditions.conditionThreshold.aggregations.alignmentPeriod',
    input: 'alarms',
    impact: 'online',
    show: value => `${Number(value)} s`
  },
  evaluation_periods: { api: 'conditions.conditionThreshold.duration', input: 'alarms', impact: 'online' },
  enabled: { api: 'enabled', input: 'alarms', impact: 'online' },
  actions: {
    api: 'notificationChannels',
    input: 'alarm_actions',
    impact: 'online',
    normalise: value => (Array.isArray(value) ? value.map(one => textOf(one)).sort() : value)
  },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

type AlarmWork = Work<typeof FIELDS>;

/** Alert policies of Cloud Monitoring on the instance. Google chooses their names: ours are found by their labels. */
export const alarm = defineResource<GcpContext>()({
  type: 'alarm',
  fields: FIELDS,
  permissions: {
    observe: ['monitoring.alertPolicies.list'],
    create: ['monitoring.alertPolicies.create'],
    update: ['monitoring.alertPolicies.update'],
    delete: ['monitoring.alertPolicies.delete']
  },
  observe: async context => {
    const policies = await ownPolicies(context);
    return ALARMS.flatMap(name => {
      const live = policies.find(one => alarmOf(one) === name);
      return live === undefined ? [] : [observed(context, name, live)];
    });
  },
  create: async (context, work) => {
    const name = nameOf(work);
    const { gcp, project } = context;
    const made = await gcp.rest<Policy>(
      'monitoring',
      'POST',
      `/v3/projects/${project}/alertPolicies`,
      { permission: 'monitoring.alertPolicies.create', subject: alarmTitle(context, name) },
      {
        body: {
          ...bodyOf(context, name, work.values),
          userLabels: { ...labelsOfNew(work), [ALARM_LABEL]: labelOf(name) }
        },
        idempotent: false,
        recheck: async () => liveOf(context, name)
      }
    );
    return { name: made.name };
  },
  update: async (context, work) => {
    const name = nameOf(work);
    const live = await liveOf(context, name);
    if (live === undefined) throw gone(alarmTitle(context, name));
    const labels = labelsAfter(live.userLabels ?? {}, work);
    const body = defined({
      ...bodyOf(context, name, { ...work.observed?.fields, ...work.values }),
      userLabels: labels
    });
    await context.gcp.rest(
      'monitoring',
      'PATCH',
      `/v3/${live.name}?updateMask=${Object.keys(body).join(',')}`,
      { permission: 'monitoring.alertPolicies.update', subject: alarmTitle(context, name) },
      { body }
    );
    return work.observed?.facts ?? {};
  },
  remove: async (context, work) => {
    const call = { permission: 'monitoring.alertPolicies.delete', subject: alarmTitle(context, nameOf(work)) };
    const live = await liveOf(context, nameOf(work));
    if (live !== undefined)
      await ignoring(['not-found'], context.gcp.rest('monitoring', 'DELETE', `/v3/${live.name}`, call));
  }
});

/** The alarms that inputs ask for and that Cloud SQL has a metric for. */
export function wantedAlarms(context: GcpContext): readonly UnreadableResource[] {
  const { alarms = {} } = context.settings;
  return ALARMS.filter(name => alarms[name] !== undefined && PRESETS[name] !== undefined).map(name => ({
    address: alarmAddress(name),
    title: alarmTitle(context, name)
  }));
}

export function alarmTitle({ name: instance }: GcpContext, name: AlarmName): string {
  return `alarm ${name} of ${instance}`;
}

/**
 * The alert policies that carry the label of this database, and maybe others: all of the project where Cloud Monitoring
 * does not take the filter. https://cloud.google.com/monitoring/api/v3/sorting-and-filtering
 */
async function policiesOf(context: GcpContext): Promise<readonly Policy[]> {
  const [label, value] = nameLabel(context.target.name);
  const filter = `&filter=${encodeURIComponent(`user_labels["${label}"]="${value}"`)}`;
  return (await ignoring(['invalid'], listPolicies(context, filter))) ?? listPolicies(context, '');
}

async function listPolicies({ gcp, project }: GcpContext, filter: string): Promise<readonly Policy[]> {
  const call = { permission: 'monitoring.alertPolicies.list', subject: project };
  const policies: Policy[] = [];
  const count = pageCounter(call.permission);
  for (let token = ''; ;) {
    count();
    const path = `/v3/projects/${project}/alertPolicies?pageSize=500${filter}${token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`}`;
    const page = await gcp.rest<{ alertPolicies?: readonly Policy[]; nextPageToken?: string }>(
      'monitoring',
      'GET',
      path,
      call
    );
    policies.push(...(page.alertPolicies ?? []));
    if (!page.nextPageToken) return policies;
    token = page.nextPageToken;
  }
}

/** The policies of the database of this run. */
async function ownPolicies(context: GcpContext): Promise<readonly Policy[]> {
  const all = await policiesOf(context);
  return all.filter(({ userLabels = {} }) => ownershipOf(userLabels, context.target).kind === 'ours');
}

async function liveOf(context: GcpContext, name: AlarmName): Promise<Policy | undefined> {
  return (await ownPolicies(context)).find(one => alarmOf(one) === name);
}

function gone(title: string): ActionError {
  return new ActionError(`Could not change ${title}: it was deleted meanwhile`, {
    code: 'plan-changed',
    source: 'provider',
    hint: 'Run the step again: it makes a new plan.'
  });
}

const labelOf = (name: AlarmName): string => name.replaceAll('_', '-');

function alarmOf({ userLabels = {} }: Policy): AlarmName | undefined {
  return ALARMS.find(name => userLabels[ALARM_LABEL] === labelOf(name));
}

function nameOf({ address }: Pick<AlarmWork, 'address'>): AlarmName {
  return address.slice('alarm/'.length) as AlarmName;
}

function observed(context: GcpContext, name: AlarmName, live: Policy): Observed<typeof FIELDS> {
  const condition = live.conditions?.[0]?.conditionThreshold ?? {};
  const period = secondsOf(condition.aggregations?.[0]?.alignmentPeriod);
  const { scale = 1 } = PRESETS[name] ?? {};
  return {
    address: alarmAddress(name),
    type: 'alarm',
    title: alarmTitle(context, name),
    ownership: ownershipOf(live.userLabels ?? {}, context.target),
    fields: {
      // Shares are not exact in binary: 0.07 is not a whole number of hundredths.
      threshold: condition.thresholdValue === undefined ? null : Number((condition.thresholdValue / scale).toFixed(6)),
      period,
      evaluation_periods: period > 0 ? Math.round(secondsOf(condition.duration) / period) : null,
      enabled: live.enabled !== false,
      actions: [...(live.notificationChannels ?? [])],
      ...tagFields(live.userLabels)
    },
    facts: { name: live.name },
    dependsOn: [SERVER],
    concurrencyGroup: alarmAddress(name)
  };
}

const secondsOf = (duration: string | undefined): number => Number.parseInt(duration ?? '0', 10);

function bodyOf(
  context: GcpContext,
  name: AlarmName,
  values: FieldsOf<typeof FIELDS, Value>
): Readonly<Record<string, unknown>> {
  const { metric = '', scale = 1, says = name } = PRESETS[name] ?? {};
  const title = `${says} of ${context.name}`;
  const period = Number(values.period);
  const filter = [
    'resource.type = "cloudsql_database"',
    `resource.labels.database_id = "${context.project}:${context.name}"`,
    `metric.type = "cloudsql.googleapis.com/database/${metric}"`
  ].join(' AND ');
  return {
    displayName: title,
    combiner: 'OR',
    enabled: true,
    conditions: [
      {
        displayName: title,
        conditionThreshold: {
          filter,
          comparison: 'COMPARISON_GT',
          thresholdValue: Number((Number(values.threshold) * scale).toFixed(9)),
          duration: `${period * Number(values.evaluation_periods)}s`,
          trigger: { count: 1 },
          // Google counts connections for each database: the alarm watches their sum.
          aggregations: [
            {
              alignmentPeriod: `${period}s`,
              perSeriesAligner: 'ALIGN_MEAN',
              crossSeriesReducer: name === 'connections' ? 'REDUCE_SUM' : 'REDUCE_MEAN',
              groupByFields: ['resource.label.database_id']
            }
          ]
        }
      }
    ],
    notificationChannels: Array.isArray(values.actions) ? values.actions : []
  };
}
