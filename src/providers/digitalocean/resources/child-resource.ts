import type { Facts, Observed, Permissions, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { orUndefined, ignoring } from '../../failures.ts';
import { idOf, whenOnline } from './server/wait.ts';
import { SERVER } from '../api/names.ts';
import { ownershipOf } from '../api/tags.ts';
import type { Cluster, DigitalOceanContext } from '../context.ts';

/** Of everything inside a cluster. */
export const CHILD_PERMISSIONS: Permissions = {
  observe: ['database:read'],
  create: ['database:create'],
  update: ['database:update'],
  delete: ['database:delete']
};

/** What lies inside a cluster belongs to whom the cluster belongs to, goes with it, and takes its turn with it: it does one thing at a time. */
export function childResource(
  context: DigitalOceanContext,
  live: Cluster,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields'> & Partial<Pick<Observed, 'facts' | 'losesData'>>
): Observed {
  return {
    ownership: ownershipOf(live.tags ?? [], context.target),
    facts: {},
    deletedWith: SERVER,
    dependsOn: [SERVER],
    concurrencyGroup: SERVER,
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
export async function createChild(
  context: DigitalOceanContext,
  { execution }: Pick<Work, 'execution'>,
  kind: Kind,
  body: Readonly<Record<string, unknown>> & { readonly name?: string },
  look?: (cluster: string) => Promise<unknown>
): Promise<Facts> {
  const id = await idOf(context);
  const byName = async (cluster: string): Promise<unknown> =>
    orUndefined(context.api.rest('GET', placeOf(cluster, kind, body.name ?? '')));
  const repeating = { idempotent: false, recheck: async () => (look ?? byName)(id) };
  const send = async (): Promise<unknown> => context.api.rest('POST', `/databases/${id}/${kind}`, body, repeating);
  await ignoring(['already-exists'], whenOnline(context, execution, id, send));
  return { id };
}

/** Replaces what it is by what it is to be. */
export async function replaceChild(
  context: DigitalOceanContext,
  work: Work,
  kind: Kind,
  key: string,
  body: unknown
): Promise<Facts> {
  const id = await idOf(context);
  const path = placeOf(id, kind, textOf(work.observed?.facts[key]));
  await whenOnline(context, work.execution, id, async () => context.api.rest('PUT', path, body));
  return work.observed?.facts ?? {};
}

/** Takes it away; what is gone already is a success. `key` is the fact that names it. */
export async function removeChild(context: DigitalOceanContext, work: Work, kind: Kind, key: string): Promise<void> {
  const id = await idOf(context);
  const path = placeOf(id, kind, textOf(work.observed?.facts[key]));
  const send = async (): Promise<unknown> => context.api.rest('DELETE', path);
  await ignoring(['not-found'], whenOnline(context, work.execution, id, send));
}
