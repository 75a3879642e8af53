import type { AlarmName } from '../../spec/alarms.ts';
import type { ResourceType } from '../../engine/resource.ts';
import { withUnknownFields, type UnreadableResources } from '../observe-or-unknown.ts';
import { alarmAddress, SERVER } from './addresses.ts';
import type { DigitalOceanContext } from './context.ts';
import { titleOf } from './resources/alarm.ts';

/** What has a scope of its own. */
const UNREADABLE: UnreadableResources<DigitalOceanContext> = {
  alarm: context =>
    (Object.keys(context.settings.alarms ?? {}) as AlarmName[]).map(name => ({
      address: alarmAddress(name),
      title: titleOf(context, name)
    }))
};

/** The same resource type; without permission to read a resource, its fields are unknown. */
export function observePart(type: ResourceType<DigitalOceanContext>): ResourceType<DigitalOceanContext> {
  return withUnknownFields(type, UNREADABLE, { address: SERVER, concurrencyGroup: SERVER });
}
