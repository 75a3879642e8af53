import type { ResourceType } from '../../engine/resource.ts';
import { ActionError } from '../../errors.ts';
import type { Wing } from '../provider.ts';
import { capabilities } from './gcp-capabilities.ts';
import { openWorld, type GcpWorld } from './gcp-world.ts';

/** Every kind of thing that this wing keeps, the server first. */
export const TYPES: readonly ResourceType<GcpWorld>[] = [];

/** Google Cloud SQL for PostgreSQL. */
export const gcp: Wing<GcpWorld> = {
  name: 'gcp',
  title: 'Google Cloud SQL',
  capabilities,
  types: TYPES,
  validate: () => ({ problems: [], notices: [] }),
  open: openWorld,
  target: world => world.target,
  refresh: world => {
    world.forget();
  },
  desire: () => ({ desired: [], notices: [] }),
  secret: (world, name) => world.secret(name),
  stamp: async () => undefined,
  outputs: async () => undefined,
  snapshot: async () => {
    throw new ActionError('Take a snapshot: not yet', { code: 'unsupported', source: 'bug' });
  },
  doctor: async () => [],
  close: async () => undefined
};
