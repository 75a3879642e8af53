import type { ResourceType } from '../../engine/resource.ts';
import { saysUnknown, type Places } from '../observe-or-unknown.ts';
import { SERVER, SERVER_LANE } from './addresses.ts';
import { wantedAlarms } from './resources/alarm.ts';
import { wantedDatabases } from './resources/database.ts';
import type { GcpWorld } from './context.ts';
import { wantedUsers } from './resources/user.ts';

const PLACES: Places<GcpWorld> = {
  database: wantedDatabases,
  user: wantedUsers,
  alarm: wantedAlarms
};

/** The same resource type, which says of what it is not allowed to look at that its fields are unknown. */
export function looking(type: ResourceType<GcpWorld>): ResourceType<GcpWorld> {
  return saysUnknown(type, PLACES, { address: SERVER, lane: SERVER_LANE });
}
