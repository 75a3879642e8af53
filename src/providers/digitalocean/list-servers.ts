import type { ManagedServer } from '../provider.ts';
import { markedClusters } from './api/clusters.ts';
import { markOf } from './api/tags.ts';
import type { DigitalOceanContext } from './context.ts';

/** Every PostgreSQL cluster of the team, on all pages. */
export async function listServers(context: DigitalOceanContext): Promise<readonly ManagedServer[]> {
  return (await markedClusters(context)).map(one => ({ title: `server ${one.name}`, mark: markOf(one.tags ?? []) }));
}
