import type { ResourceType } from '../../engine/resource.ts';
import type { UndividedDefinition } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { alarm } from './resources/alarm.ts';
import { listServers } from './list-servers.ts';
import { database } from './resources/database.ts';
import { desire, tierFor } from './desired/desired.ts';
import { examine } from './doctor.ts';
import { capabilities } from './capabilities.ts';
import { markLabels } from './api/labels.ts';
import { needsOf } from './permissions.ts';
import { openContext, type GcpContext } from './context.ts';
import { instance } from './resources/server/server.ts';
import { markPatch, patch } from './resources/server/update.ts';
import { observePart } from './observe-part.ts';
import { outputsOf } from './outputs.ts';
import { replica } from './resources/replica.ts';
import { takeSnapshot } from './snapshot.ts';
import { user } from './resources/user.ts';
import { validate } from './checks/validate.ts';

/** Every kind of thing that this wing keeps, the server first. */
export const TYPES: readonly ResourceType<GcpContext>[] = [instance, database, user, alarm, replica].map(observePart);

/** Google Cloud SQL for PostgreSQL. */
export const gcp: UndividedDefinition<GcpContext> = {
  name: 'gcp',
  title: 'Google Cloud SQL',
  capabilities,
  types: TYPES,
  validate,
  open: openContext,
  target: context => context.target,
  invalidate: context => {
    context.invalidate();
  },
  desire,
  secret: (context, name) => context.secret(name),
  writeMark: async (context, observed, mark) => {
    if (!observed.some(one => one.address === SERVER)) return;
    const labels = markLabels(mark);
    await patch(context, context.name, `mark of ${context.name}`, live => {
      const change = markPatch(live.settings?.userLabels, labels);
      return Object.keys(change).length === 0 ? {} : { settings: { userLabels: change } };
    });
  },
  outputs: outputsOf,
  snapshot: takeSnapshot,
  doctor: async context => examine(context, needsOf(TYPES), tierFor(context)),
  listServers: listServers,
  close: async () => undefined
};
