import type { AlarmName } from '../../spec/alarms.ts';
import type { ResourceType } from '../../engine/resource.ts';
import { withUnknownFields, type UnreadableResources } from '../observe-or-unknown.ts';
import { alarmAddress, CONFIGURATION, LOG_SINK, POOL, SERVER } from './addresses.ts';
import { poolName, sinkName } from './api/names.ts';
import type { DigitalOceanContext } from './context.ts';
import { wantedReplicas } from './desired/replicas.ts';
import { titleOf } from './resources/alarm.ts';

const UNREADABLE: UnreadableResources<DigitalOceanContext> = {
  configuration: ({ settings: { parameters, backup_window: window } }) =>
    parameters === undefined && window === undefined ? [] : [{ address: CONFIGURATION, title: 'configuration' }],
  pool: ({ settings }) =>
    settings.enable_proxy === undefined ? [] : [{ address: POOL, title: `connection pool ${poolName(settings)}` }],
  'log-sink': ({ settings }) =>
    settings.enable_logging === undefined ? [] : [{ address: LOG_SINK, title: `log sink ${sinkName(settings)}` }],
  replica: context => wantedReplicas(context),
  alarm: context =>
    (Object.keys(context.settings.alarms ?? {}) as AlarmName[]).map(name => ({
      address: alarmAddress(name),
      title: titleOf(context, name)
    }))
};

/** The same resource type; the fields of what can't be read are unknown. */
export function observePart(type: ResourceType<DigitalOceanContext>): ResourceType<DigitalOceanContext> {
  return withUnknownFields(type, UNREADABLE, { address: SERVER, concurrencyGroup: SERVER });
}
