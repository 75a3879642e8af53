import { defineResource, type Observed, type ResourceKind, type Work } from '../../../engine/resource.ts';
import { textOf, textsOf } from '../../../engine/value.ts';
import { ALARMS, smallestWindow, type AlarmName, type Windows } from '../../../spec/alarms.ts';
import { createUnlessThere } from '../../create-or-reuse-own.ts';
import { ignoring, orUndefined } from '../../failures.ts';
import { alarmAddress, SERVER } from '../addresses.ts';
import { changesTags, ownershipOf, TAG_FIELD, tagFields, tagsAfter, tagsOfNew } from '../api/tags.ts';
import type { MetricAlert } from '../api/types.ts';
import type { AzureContext } from '../context.ts';
import { ALERTS_API } from '../live-state.ts';

/** What an alert watches, and the threshold at which it fires unless an input says otherwise. */
interface Preset {
  readonly metric: string;
  readonly operator: 'GreaterThan' | 'LessThan';
  /** In the metric's own unit. */
  readonly threshold: number;
  /** For the alert's description. */
  readonly label: string;
}

/** https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-monitoring#list-of-metrics */
export const PRESETS: Readonly<Partial<Record<AlarmName, Preset>>> = {
  cpu: { metric: 'cpu_percent', operator: 'GreaterThan', threshold: 80, label: 'CPU utilization' },
  connections: { metric: 'active_connections', operator: 'GreaterThan', threshold: 80, label: 'Number of connections' },
  free_storage: { metric: 'storage_free', operator: 'LessThan', threshold: 2 * 2 ** 30, label: 'Free storage' },
  freeable_memory: { metric: 'memory_percent', operator: 'GreaterThan', threshold: 90, label: 'Used memory' }
};

/** Windows that Azure Monitor has, by their seconds. */
const WINDOWS: Windows = [
  [60, 'PT1M'],
  [300, 'PT5M'],
  [900, 'PT15M'],
  [1800, 'PT30M'],
  [3600, 'PT1H'],
  [21_600, 'PT6H'],
  [43_200, 'PT12H'],
  [86_400, 'P1D']
];

/** The smallest window that is not shorter. Default: five minutes. */
export function windowFor(seconds?: number): string {
  return smallestWindow(WINDOWS, seconds);
}

const KIND = {
  type: 'alarm',
  fields: {
    threshold: { api: 'properties.criteria.allOf.threshold', input: 'alarms', impact: 'online' },
    window: { api: 'properties.windowSize', input: 'alarms', impact: 'online' },
    enabled: { api: 'properties.enabled', input: 'alarms', impact: 'online' },
    actions: {
      api: 'properties.actions',
      input: 'alarm_actions',
      impact: 'online',
      normalise: value => (Array.isArray(value) ? value.map(one => textOf(one).toLowerCase()).sort() : value)
    },
    'tags.*': TAG_FIELD
  }
} as const satisfies ResourceKind;

type AlarmTable = typeof KIND.fields;

/** Metric alerts of Azure Monitor on the server. */
export const alarm = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: ['Microsoft.Insights/metricAlerts/read'],
    create: ['Microsoft.Insights/metricAlerts/write'],
    update: ['Microsoft.Insights/metricAlerts/write'],
    delete: ['Microsoft.Insights/metricAlerts/delete']
  },
  observe: async context => {
    const alerts = await context.liveState().alerts();
    const isProtected = await context.liveState().isGroupLocked();
    return ALARMS.flatMap(name => {
      const live = alerts.find(one => one.name?.toLowerCase() === context.names.alert(name));
      return live === undefined ? [] : [{ ...observed(context, name, live), isProtected }];
    });
  },
  create: async (context, work) => {
    const name = nameOf(work);
    // A PUT replaces an alert that appeared after the plan.
    await createUnlessThere(
      work,
      alarmTitle(context, name),
      async () => put(context, work, tagsOfNew(work)),
      async () => {
        const url = path(context, name);
        const live = await orUndefined(context.azure.rest('Microsoft.Insights/metricAlerts/read', 'GET', url));
        return live === undefined ? undefined : ownershipOf((live.body as MetricAlert).tags, context.target);
      }
    );
    return {};
  },
  update: async (context, work) => {
    const name = nameOf(work);
    const live = (await context.liveState().alerts()).find(
      one => one.name?.toLowerCase() === context.names.alert(name)
    );
    await put(context, work, changesTags(work) ? tagsAfter(live?.tags, work) : (live?.tags ?? {}), live);
    return {};
  },
  remove: async (context, work) => {
    const gone = context.azure.rest('Microsoft.Insights/metricAlerts/delete', 'DELETE', path(context, nameOf(work)));
    await ignoring(['not-found'], gone);
  }
});

export function alarmTitle({ names }: AzureContext, name: AlarmName): string {
  return `alarm ${name} of ${names.server}`;
}

function nameOf({ address }: Pick<Work, 'address'>): AlarmName {
  return address.slice('alarm/'.length) as AlarmName;
}

const path = (context: AzureContext, name: AlarmName): string =>
  `${context.groupId}/providers/Microsoft.Insights/metricAlerts/${context.names.alert(name)}?api-version=${ALERTS_API}`;

function observed(
  context: AzureContext,
  name: AlarmName,
  { tags, properties = {} }: MetricAlert
): Observed<AlarmTable> {
  const [criterion] = properties.criteria?.allOf ?? [];
  return {
    address: alarmAddress(name),
    type: KIND.type,
    title: alarmTitle(context, name),
    ownership: ownershipOf(tags, context.target),
    fields: {
      threshold: criterion?.threshold ?? null,
      window: properties.windowSize ?? null,
      enabled: properties.enabled !== false,
      actions: (properties.actions ?? []).flatMap(({ actionGroupId: id }) => (id === undefined ? [] : [id])),
      ...tagFields(tags)
    },
    facts: {},
    dependsOn: [SERVER],
    concurrencyGroup: alarmAddress(name)
  };
}

/** Sends the whole alert: a PUT replaces, and can be sent twice. What no input names stays as others set it. */
async function put(
  context: AzureContext,
  work: Work<AlarmTable>,
  tags: Readonly<Record<string, string>>,
  { properties: before = {} }: MetricAlert = {}
): Promise<void> {
  const name = nameOf(work);
  const preset = PRESETS[name];
  const { threshold, window, actions } = { ...work.observed?.fields, ...work.values };
  const [criterion, ...others] = before.criteria?.allOf ?? [];
  const isSame = criterion?.metricName === preset?.metric && !/dynamic/i.test(criterion?.criterionType ?? '');
  const { description, severity, autoMitigate, evaluationFrequency: frequency } = isSame ? before : {};
  const secondsOf = (duration: string): number => WINDOWS.find(([, one]) => one === duration)?.[0] ?? 0;
  const body = {
    location: 'global',
    tags,
    properties: {
      description: description ?? `${preset?.label ?? name} of ${context.names.server}, kept by pgkeep`,
      severity: severity ?? 2,
      enabled: true,
      scopes: [context.serverId],
      // No window is shorter than the time between two looks at it.
      evaluationFrequency:
        frequency !== undefined && secondsOf(frequency) <= secondsOf(textOf(window)) ? frequency : 'PT1M',
      windowSize: textOf(window),
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
        ...(isSame ? before.criteria : {}),
        allOf: [
          {
            name,
            metricName: preset?.metric,
            metricNamespace: 'Microsoft.DBforPostgreSQL/flexibleServers',
            operator: preset?.operator,
            timeAggregation: 'Average',
            criterionType: 'StaticThresholdCriterion',
            ...(isSame ? criterion : {}),
            threshold
          },
          ...(isSame ? others : [])
        ]
      },
      autoMitigate: autoMitigate ?? true,
      actions: textsOf(actions).map(actionGroupId => ({
        ...before.actions?.find(one => one.actionGroupId?.toLowerCase() === actionGroupId.toLowerCase()),
        actionGroupId
      }))
    }
  };
  await context.azure.rest('Microsoft.Insights/metricAlerts/write', 'PUT', path(context, name), body);
}
