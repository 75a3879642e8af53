import type { ResourceType } from '../../engine/resource.ts';
import { saysUnknown, type Place } from '../unreadable.ts';
import { SERVER, SERVER_LANE } from './addresses.ts';
import { wantedAlarms } from './alarm.ts';
import { wantedDatabases } from './database.ts';
import type { GcpWorld } from './gcp-world.ts';
import { wantedUsers } from './user.ts';

/** What the inputs speak of, by resource type. Without a look at the instances themselves there is nothing to plan. */
const PLACES: Readonly<Partial<Record<string, (world: GcpWorld) => readonly Place[]>>> = {
  database: wantedDatabases,
  user: wantedUsers,
  alarm: wantedAlarms
};

/** The same resource type, which says of what it is not allowed to look at that its fields are unknown. */
export function looking(type: ResourceType<GcpWorld>): ResourceType<GcpWorld> {
  const places = PLACES[type.type];
  return places === undefined ? type : saysUnknown(type, places, { address: SERVER, lane: SERVER_LANE });
}
