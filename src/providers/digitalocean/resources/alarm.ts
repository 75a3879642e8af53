import type { FieldTable, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { smallestWindow, type AlarmName, type Windows } from '../../../spec/alarms.ts';
import { ignoring } from '../../failures.ts';
import { idOf } from './server/wait.ts';
import { alarmAddress, SERVER } from '../api/names.ts';
import { ownershipOf } from '../api/tags.ts';
import type { DigitalOceanContext } from '../context.ts';

/** What DigitalOcean can watch, in percent. */
interface Preset {
  readonly type: string;
  /** When it speaks unless told otherwise: more percent than this. */
  readonly percent: number;
  readonly says: string;
}

/** https://docs.digitalocean.com/reference/api/digitalocean/#tag/Monitoring/operation/monitoring_create_alertPolicy */
export const PRESETS: Readonly<Partial<Record<AlarmName, Preset>>> = {
  cpu: { type: 'v1/dbaas/alerts/cpu_alerts', percent: 80, says: 'CPU' },
  free_storage: { type: 'v1/dbaas/alerts/disk_utilization_alerts', percent: 90, says: 'used storage' },
  freeable_memory: { type: 'v1/dbaas/alerts/memory_utilization_alerts', percent: 90, says: 'used memory' }
};

/** Windows that there are, in seconds. */
const WINDOWS: Windows = [
  [300, '5m'],
  [600, '10m'],
  [1800, '30m'],
  [3600, '1h']
];

/** The window that DigitalOcean looks at. Default: five minutes. */
export function windowFor(seconds?: number): string {
  return smallestWindow(WINDOWS, seconds);
}

/** An alert policy as it is answered. */
export interface Policy {
  readonly uuid: string;
  readonly type: string;
  readonly description: string;
  readonly value: number;
  readonly window: string;
  readonly enabled: boolean;
  readonly entities?: readonly string[] | null;
  readonly alerts?: { readonly email?: readonly string[] | null };
}

const fields: FieldTable = {
  percent: { api: 'value', input: 'alarms', impact: 'online' },
  window: { api: 'window', input: 'alarms', impact: 'online' },
  emails: {
    api: 'alerts.email',
    input: 'alarm_actions',
    impact: 'online',
    normalise: value => (Array.isArray(value) ? value.map(String).sort() : value)
  },
  enabled: { api: 'enabled', input: 'alarms', impact: 'online' }
};

/** Alert policies on the cluster. They know it by its id, and are known by what they say. */
export const alarm: ResourceType<DigitalOceanContext> = {
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
      if (name === undefined || policy.entities?.includes(live.id) !== true) return [];
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
    const name = work.address.slice('alarm/'.length) as AlarmName;
    const body = bodyOf(context, work, name, id);
    const made = await context.api.rest<{ policy?: Policy }>('POST', '/monitoring/alerts', body, {
      idempotent: false,
      recheck: async () => {
        const policy = (await context.listPolicies()).find(
          one => nameOf(context, one) === name && one.entities?.includes(id) === true
        );
        return policy === undefined ? undefined : { policy };
      }
    });
    return { uuid: made.policy?.uuid ?? '' };
  },
  update: async (context, work) => {
    const id = await idOf(context);
    const name = work.address.slice('alarm/'.length) as AlarmName;
    const path = `/monitoring/alerts/${textOf(work.observed?.facts['uuid'])}`;
    await context.api.rest('PUT', path, bodyOf(context, work, name, id));
    return work.observed?.facts ?? {};
  },
  remove: async (context, work) => {
    const path = `/monitoring/alerts/${textOf(work.observed?.facts['uuid'])}`;
    await ignoring(['not-found'], context.api.rest('DELETE', path));
  }
};

export function titleOf({ target }: DigitalOceanContext, name: AlarmName): string {
  return `${PRESETS[name]?.says ?? name} of ${target.name}`;
}

function nameOf(context: DigitalOceanContext, { description, type }: Policy): AlarmName | undefined {
  const names = Object.keys(PRESETS) as AlarmName[];
  return names.find(name => PRESETS[name]?.type === type && description === describe(context, name));
}

const describe = (context: DigitalOceanContext, name: AlarmName): string => `pgkeep: ${titleOf(context, name)}`;

function bodyOf(context: DigitalOceanContext, { values, observed }: Work, name: AlarmName, id: string): unknown {
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
