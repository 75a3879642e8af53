import type { FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { ALARMS, smallestWindow, type AlarmName, type Windows } from '../../../spec/alarms.ts';
import { settled } from '../../failures.ts';
import { alarmAddress, SERVER } from '../addresses.ts';
import { changesTags, ownershipOf, TAG_FIELD, tagFields, tagsAfter, tagsOfNew } from '../api/tags.ts';
import type { AzureWorld } from '../context.ts';
import { ALERTS_API, type MetricAlert } from '../live-state.ts';

/** What an alert watches, and when it speaks unless told otherwise. */
interface Preset {
  readonly metric: string;
  readonly operator: 'GreaterThan' | 'LessThan';
  /** In the metric's own unit. */
  readonly threshold: number;
  readonly says: string;
}

/** https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-monitoring#list-of-metrics */
export const PRESETS: Readonly<Partial<Record<AlarmName, Preset>>> = {
  cpu: { metric: 'cpu_percent', operator: 'GreaterThan', threshold: 80, says: 'CPU utilization' },
  connections: { metric: 'active_connections', operator: 'GreaterThan', threshold: 80, says: 'Number of connections' },
  free_storage: { metric: 'storage_free', operator: 'LessThan', threshold: 2 * 2 ** 30, says: 'Free storage' },
  freeable_memory: { metric: 'memory_percent', operator: 'GreaterThan', threshold: 90, says: 'Used memory' }
};

/** Windows that Azure Monitor has, in seconds. */
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

const fields: FieldTable = {
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
};

/** Metric alerts of Azure Monitor on the server. */
export const alarm: ResourceType<AzureWorld> = {
  type: 'alarm',
  fields,
  permissions: {
    observe: ['Microsoft.Insights/metricAlerts/read'],
    create: ['Microsoft.Insights/metricAlerts/write'],
    update: ['Microsoft.Insights/metricAlerts/write'],
    delete: ['Microsoft.Insights/metricAlerts/delete']
  },
  observe: async world => {
    const alerts = await world.reading().alerts();
    const isProtected = await world.reading().isGroupLocked();
    return ALARMS.flatMap(name => {
      const live = alerts.find(one => one.name?.toLowerCase() === alertName(world, name));
      return live === undefined ? [] : [{ ...observed(world, name, live), isProtected }];
    });
  },
  create: async (world, work) => {
    await put(world, work, tagsOfNew(work));
    return {};
  },
  update: async (world, work) => {
    const name = nameOf(work);
    const live = (await world.reading().alerts()).find(one => one.name?.toLowerCase() === alertName(world, name));
    await put(world, work, changesTags(work) ? tagsAfter(live?.tags, work) : (live?.tags ?? {}));
    return {};
  },
  remove: async (world, work) => {
    const gone = world.azure.rest('Microsoft.Insights/metricAlerts/delete', 'DELETE', path(world, nameOf(work)));
    await settled(['not-found'], gone);
  }
};

export function alarmTitle({ names }: AzureWorld, name: AlarmName): string {
  return `alarm ${name} of ${names.server}`;
}

/** `orders-free-storage`. */
function alertName({ names }: AzureWorld, name: AlarmName): string {
  return `${names.server}-${name.replaceAll('_', '-')}`;
}

function nameOf({ address }: Work): AlarmName {
  return address.slice('alarm/'.length) as AlarmName;
}

const path = (world: AzureWorld, name: AlarmName): string =>
  `${world.groupId}/providers/Microsoft.Insights/metricAlerts/${alertName(world, name)}?api-version=${ALERTS_API}`;

function observed(world: AzureWorld, name: AlarmName, { tags, properties = {} }: MetricAlert): Observed {
  const [criterion] = properties.criteria?.allOf ?? [];
  return {
    address: alarmAddress(name),
    type: 'alarm',
    title: alarmTitle(world, name),
    ownership: ownershipOf(tags, world.target),
    fields: {
      threshold: criterion?.threshold ?? null,
      window: properties.windowSize ?? null,
      enabled: properties.enabled !== false,
      actions: (properties.actions ?? []).flatMap(({ actionGroupId: id }) => (id === undefined ? [] : [id])),
      ...tagFields(tags)
    },
    facts: {},
    dependsOn: [SERVER],
    lane: alarmAddress(name)
  };
}

/** All of it: a PUT replaces, and may be sent twice. */
async function put(world: AzureWorld, work: Work, tags: Readonly<Record<string, string>>): Promise<void> {
  const name = nameOf(work);
  const preset = PRESETS[name];
  const values: Readonly<Record<string, Value>> = { ...work.observed?.fields, ...work.values };
  const actions = Array.isArray(values['actions']) ? values['actions'] : [];
  const body = {
    location: 'global',
    tags,
    properties: {
      description: `${preset?.says ?? name} of ${world.names.server}, kept by pgkeep`,
      severity: 2,
      enabled: true,
      scopes: [world.serverId],
      evaluationFrequency: 'PT1M',
      windowSize: textOf(values['window']),
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
        allOf: [
          {
            name,
            metricName: preset?.metric,
            metricNamespace: 'Microsoft.DBforPostgreSQL/flexibleServers',
            operator: preset?.operator,
            threshold: values['threshold'],
            timeAggregation: 'Average',
            criterionType: 'StaticThresholdCriterion'
          }
        ]
      },
      autoMitigate: true,
      actions: actions.map(actionGroupId => ({ actionGroupId }))
    }
  };
  await world.azure.rest('Microsoft.Insights/metricAlerts/write', 'PUT', path(world, name), body);
}
