import type { ResourceType } from '../../engine/resource.ts';
import type { Wing } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { alarm } from './resources/alarm.ts';
import { census } from './list-servers.ts';
import { database } from './resources/database.ts';
import { desire, tierFor } from './desired/desired.ts';
import { examine } from './doctor.ts';
import { capabilities } from './capabilities.ts';
import { markLabels } from './api/labels.ts';
import { needsOf } from './permissions.ts';
import { openWorld, type GcpWorld } from './context.ts';
import { instance } from './resources/server/server.ts';
import { markPatch, patch } from './resources/server/update.ts';
import { looking } from './observe-part.ts';
import { outputsOf } from './outputs.ts';
import { replica } from './resources/replica.ts';
import { takeSnapshot } from './snapshot.ts';
import { user } from './resources/user.ts';
import { validate } from './checks/validate.ts';

/** Every kind of thing that this wing keeps, the server first. */
export const TYPES: readonly ResourceType<GcpWorld>[] = [instance, database, user, alarm, replica].map(looking);

/** Google Cloud SQL for PostgreSQL. */
export const gcp: Wing<GcpWorld> = {
  name: 'gcp',
  title: 'Google Cloud SQL',
  capabilities,
  types: TYPES,
  validate,
  open: openWorld,
  target: world => world.target,
  refresh: world => {
    world.forget();
  },
  desire,
  secret: (world, name) => world.secret(name),
  stamp: async (world, observed, mark) => {
    if (!observed.some(one => one.address === SERVER)) return;
    const labels = markLabels(mark);
    await patch(world, world.name, `mark of ${world.name}`, live => {
      const change = markPatch(live.settings?.userLabels, labels);
      return Object.keys(change).length === 0 ? {} : { settings: { userLabels: change } };
    });
  },
  outputs: outputsOf,
  snapshot: takeSnapshot,
  doctor: async world => examine(world, needsOf(TYPES), tierFor(world)),
  census,
  close: async () => undefined
};
