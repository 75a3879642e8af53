import type { ResourceType } from '../../engine/resource.ts';
import type { Wing } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { alarm } from './alarm.ts';
import { census } from './census.ts';
import { database } from './database.ts';
import { desire, tierFor } from './desire.ts';
import { examine } from './doctor.ts';
import { capabilities } from './gcp-capabilities.ts';
import { markLabels } from './gcp-labels.ts';
import { needsOf } from './gcp-permissions.ts';
import { openWorld, type GcpWorld } from './gcp-world.ts';
import { instance } from './instance.ts';
import { markPatch, patch } from './instance-update.ts';
import { looking } from './looking.ts';
import { outputsOf } from './outputs.ts';
import { replica } from './replica.ts';
import { takeSnapshot } from './snapshot.ts';
import { user } from './user.ts';
import { validate } from './validate.ts';

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
