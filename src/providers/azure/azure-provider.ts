import type { ResourceType } from '../../engine/resource.ts';
import { refuseProblems } from '../../spec/problem.ts';
import { markTags } from '../mark-tags.ts';
import type { Setup, Wing } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { capabilities } from './azure-capabilities.ts';
import { readServer } from './azure-operation.ts';
import { openWorld, type AzureWorld } from './azure-world.ts';
import { administrator } from './administrator.ts';
import { alarm } from './alarm.ts';
import { census } from './census.ts';
import { database } from './database.ts';
import { desire } from './desire.ts';
import { examine } from './doctor.ts';
import { firewall } from './firewall.ts';
import { lock } from './lock.ts';
import { looking } from './looking.ts';
import { logging } from './logging.ts';
import { outputsOf } from './outputs.ts';
import { parameters } from './parameters.ts';
import { pooling } from './pooling.ts';
import { queryStore } from './query-store.ts';
import { replica } from './replica.ts';
import { replicaSettings } from './replica-settings.ts';
import { patch, server } from './server.ts';
import { takeSnapshot } from './snapshot.ts';
import { passwordProblem, validate } from './validate.ts';

/** Every kind of thing that this wing keeps, the server first. */
export const TYPES: readonly ResourceType<AzureWorld>[] = [
  server,
  database,
  firewall,
  parameters,
  pooling,
  queryStore,
  logging,
  administrator,
  alarm,
  replica,
  replicaSettings,
  lock
].map(looking);

/** Azure Database for PostgreSQL, Flexible Server. */
export const azure: Wing<AzureWorld> = {
  name: 'azure',
  title: 'Azure Flexible Server',
  capabilities,
  types: TYPES,
  validate,
  open: async (setup: Setup) => {
    refuseProblems(passwordProblem(setup.secret('master_password')));
    return openWorld(setup);
  },
  target: world => world.target,
  refresh: world => {
    world.forget();
  },
  desire,
  secret: (world, name) => world.secret(name),
  stamp: async (world, observed, mark) => {
    if (!observed.some(one => one.address === SERVER)) return;
    const { server: name } = world.names;
    const live = await readServer(world, name);
    if (live !== undefined) await patch(world, `mark of ${name}`, name, { tags: { ...live.tags, ...markTags(mark) } });
  },
  outputs: outputsOf,
  snapshot: takeSnapshot,
  doctor: async world => examine(world, TYPES),
  census
};
