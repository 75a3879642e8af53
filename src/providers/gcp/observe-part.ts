import type { ResourceType } from '../../engine/resource.ts';
import { withUnknownFields, type UnreadableResources } from '../observe-or-unknown.ts';
import { SERVER, SERVER_GROUP } from './addresses.ts';
import { ROLE_SECRET, wantedSecrets } from '../role-secrets.ts';
import { secretTitle } from './resources/role-secret.ts';
import { wantedAlarms } from './resources/alarm.ts';
import { wantedDatabases } from './resources/database.ts';
import type { GcpContext } from './context.ts';
import { wantedUsers } from './resources/user.ts';

const UNREADABLE: UnreadableResources<GcpContext> = {
  database: wantedDatabases,
  user: wantedUsers,
  alarm: wantedAlarms,
  [ROLE_SECRET]: context => wantedSecrets(context.settings, role => secretTitle(context, role))
};

/** The same resource type; without permission to read a resource, its fields are unknown. */
export function observePart(type: ResourceType<GcpContext>): ResourceType<GcpContext> {
  return withUnknownFields(type, UNREADABLE, { address: SERVER, concurrencyGroup: SERVER_GROUP });
}
