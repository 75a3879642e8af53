import type { Facts, Observed, Permissions, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { found, settled } from '../../failures.ts';
import { idOf, whenOnline } from './server/wait.ts';
import { SERVER } from '../api/names.ts';
import { ownershipOf } from '../api/tags.ts';
import type { Cluster, DoWorld } from '../context.ts';

/** Of everything inside a cluster. */
export const INSIDE_PERMISSIONS: Permissions = {
  observe: ['database:read'],
  create: ['database:create'],
  update: ['database:update'],
  delete: ['database:delete']
};

/** What lies inside a cluster belongs to whom the cluster belongs to, goes with it, and takes its turn with it: it does one thing at a time. */
export function inside(
  world: DoWorld,
  live: Cluster,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields'> & Partial<Pick<Observed, 'facts' | 'losesData'>>
): Observed {
  return {
    ownership: ownershipOf(live.tags ?? [], world.target),
    facts: {},
    goesWith: SERVER,
    dependsOn: [SERVER],
    lane: SERVER,
    ...resource
  };
}

/** The kinds of things inside a cluster, as its path calls them. */
type Kind = 'dbs' | 'users' | 'pools' | 'logsink';

/** Where one of them is: `/databases/…/users/shop`. */
export function placeOf(cluster: string, kind: Kind, key: string): string {
  return `/databases/${cluster}/${kind}/${encodeURIComponent(key)}`;
}

/**
 * Makes something inside the cluster; one that is there already is taken as made. `look` says whether it is there after all when nobody
 * answers. Default: by its name.
 */
export async function makeInside(
  world: DoWorld,
  { context }: Pick<Work, 'context'>,
  kind: Kind,
  body: Readonly<Record<string, unknown>> & { readonly name?: string },
  look?: (cluster: string) => Promise<unknown>
): Promise<Facts> {
  const id = await idOf(world);
  const byName = async (cluster: string): Promise<unknown> =>
    found(world.api.rest('GET', placeOf(cluster, kind, body.name ?? '')));
  const repeating = { idempotent: false, recheck: async () => (look ?? byName)(id) };
  const send = async (): Promise<unknown> => world.api.rest('POST', `/databases/${id}/${kind}`, body, repeating);
  await settled(['already-exists'], whenOnline(world, context, id, send));
  return { id };
}

/** Replaces what it is by what it is to be. */
export async function putInside(world: DoWorld, work: Work, kind: Kind, key: string, body: unknown): Promise<Facts> {
  const id = await idOf(world);
  const path = placeOf(id, kind, textOf(work.observed?.facts[key]));
  await whenOnline(world, work.context, id, async () => world.api.rest('PUT', path, body));
  return work.observed?.facts ?? {};
}

/** Takes it away; what is gone already is a success. `key` is the fact that names it. */
export async function removeInside(world: DoWorld, work: Work, kind: Kind, key: string): Promise<void> {
  const id = await idOf(world);
  const path = placeOf(id, kind, textOf(work.observed?.facts[key]));
  const send = async (): Promise<unknown> => world.api.rest('DELETE', path);
  await settled(['not-found'], whenOnline(world, work.context, id, send));
}
