import { defineResource, type FieldTable, type Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { smallestWindow, type AlarmName, type Windows } from '../../../spec/alarms.ts';
import { ignoring } from '../../failures.ts';
import { alarmAddress, SERVER } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { Policy } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { idOf } from './server/wait.ts';

/** A metric that DigitalOcean watches, in percent. */
interface Preset {
  readonly type: string;
  /** The alarm is raised above this percentage unless an input says otherwise. */
  readonly percent: number;
  /** The metric in words. */
  readonly metric: string;
}

/** https://docs.digitalocean.com/reference/api/digitalocean/#tag/Monitoring/operation/monitoring_create_alertPolicy */
export const PRESETS: Readonly<Partial<Record<AlarmName, Preset>>> = {
  cpu: { type: 'v1/dbaas/alerts/cpu_alerts', percent: 80, metric: 'CPU' },
  free_storage: { type: 'v1/dbaas/alerts/disk_utilization_alerts', percent: 90, metric: 'used storage' },
  freeable_memory: { type: 'v1/dbaas/alerts/memory_utilization_alerts', percent: 90, metric: 'used memory' }
};

/** The windows on offer, in seconds. */
const WINDOWS: Windows = [
  [300, '5m'],
  [600, '10m'],
  [1800, '30m'],
  [3600, '1h']
];

/** The window over which DigitalOcean averages. Default: five minutes. */
export function windowFor(seconds?: number): string {
  return smallestWindow(WINDOWS, seconds);
}

const fields = {
  percent: { api: 'value', input: 'alarms', impact: 'online' },
  window: { api: 'window', input: 'alarms', impact: 'online' },
  emails: {
    api: 'alerts.email',
    input: 'alarm_actions',
    impact: 'online',
    normalise: value => (Array.isArray(value) ? value.map(String).sort() : value)
  },
  enabled: { api: 'enabled', input: 'alarms', impact: 'online' }
} as const satisfies FieldTable;

type AlarmFields = typeof fields;

/** Alert policies of the cluster. They name the cluster by its id; our own are recognised by their description. */
export const alarm = defineResource<DigitalOceanContext>()({
  type: 'alarm',
  fields,
  permissions: {
    observe: ['monitoring:read'],
    create: ['monitoring:create'],
    update: ['monitoring:update'],
    delete: ['monitoring:delete']
  },
  observe: async context => {
    const live = await context.live();
    if (live === undefined) return [];
    return (await context.policies()).flatMap(policy => {
      const name = nameOf(context, policy);
      if (name === undefined || !isOf(live.id, policy)) return [];
      return [
        {
          address: alarmAddress(name),
          type: 'alarm',
          title: titleOf(context, name),
          ownership: ownershipOf(live.tags ?? [], context.target),
          fields: {
            percent: policy.value,
            window: policy.window,
            emails: [...(policy.alerts?.email ?? [])],
            enabled: policy.enabled
          },
          facts: { uuid: policy.uuid },
          dependsOn: [SERVER],
          concurrencyGroup: alarmAddress(name)
        }
      ];
    });
  },
  create: async (context, work) => {
    const id = await idOf(context);
    const name = alarmIn(work.address);
    const body = bodyOf(context, work, name, id);
    await context.api.rest('POST', '/monitoring/alerts', body, {
      idempotent: false,
      recheck: async () => (await context.listPolicies()).find(one => nameOf(context, one) === name && isOf(id, one))
    });
    return {};
  },
  update: async (context, work) => {
    const id = await idOf(context);
    const path = `/monitoring/alerts/${textOf(work.observed?.facts['uuid'])}`;
    await context.api.rest('PUT', path, bodyOf(context, work, alarmIn(work.address), id));
    return {};
  },
  remove: async (context, work) => {
    const path = `/monitoring/alerts/${textOf(work.observed?.facts['uuid'])}`;
    await ignoring(['not-found'], context.api.rest('DELETE', path));
  }
});

export function titleOf({ target }: DigitalOceanContext, name: AlarmName): string {
  return `${PRESETS[name]?.metric ?? name} of ${target.name}`;
}

function alarmIn(address: string): AlarmName {
  return address.slice('alarm/'.length) as AlarmName;
}

function nameOf(context: DigitalOceanContext, { description, type }: Policy): AlarmName | undefined {
  const names = Object.keys(PRESETS) as AlarmName[];
  return names.find(name => PRESETS[name]?.type === type && description === describe(context, name));
}

const isOf = (id: string, { entities }: Policy): boolean => entities?.includes(id) === true;

const describe = (context: DigitalOceanContext, name: AlarmName): string => `pgkeep: ${titleOf(context, name)}`;

function bodyOf(
  context: DigitalOceanContext,
  { values, observed }: Work<AlarmFields>,
  name: AlarmName,
  id: string
): unknown {
  const { percent, window, emails } = { ...observed?.fields, ...values };
  return {
    type: PRESETS[name]?.type,
    description: describe(context, name),
    compare: 'GreaterThan',
    value: percent,
    window,
    entities: [id],
    tags: [],
    alerts: { email: emails ?? [], slack: [] },
    enabled: true
  };
}
