import type { Facts, FieldTable, Observed, Permissions, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { tellingOf, type Creating } from '../../create-or-reuse-own.ts';
import { ignoring, orUndefined } from '../../failures.ts';
import { observeOrUnknown, type UnreadableResource } from '../../observe-or-unknown.ts';
import { SERVER } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { idOf, whenOnline } from './server/wait.ts';

/** The permissions for the parts of a cluster. */
export const CHILD_PERMISSIONS: Permissions = {
  observe: ['database:read'],
  create: ['database:create'],
  update: ['database:update'],
  delete: ['database:delete']
};

/** A part of a cluster: it has the cluster's owner, is deleted with it, and changes in turn with it. */
export function childResource<T extends FieldTable>(
  context: DigitalOceanContext,
  live: Cluster,
  resource: Pick<Observed<T>, 'address' | 'type' | 'title' | 'fields'> &
    Partial<Pick<Observed<T>, 'facts' | 'losesData'>>
): Observed<T> {
  return {
    ownership: ownershipOf(live.tags ?? [], context.target),
    facts: {},
    deletedWith: SERVER,
    dependsOn: [SERVER],
    concurrencyGroup: SERVER,
    ...resource
  };
}

/** The one that the inputs name. Those of others, which the cluster lists, stay known where it can't be read. */
export async function observeNamed(
  context: DigitalOceanContext,
  type: string,
  place: UnreadableResource,
  look: () => Promise<readonly Observed[]>
): Promise<readonly Observed[]> {
  const server = { address: SERVER, concurrencyGroup: SERVER };
  return observeOrUnknown(context, { type, fields: NAME, places: () => [place], server }, look);
}

const NAME: FieldTable = { name: { api: 'name', impact: 'blocked' } };

/** The kinds of parts, as the paths of the API name them. */
type Kind = 'dbs' | 'users' | 'pools' | 'logsink';

/** The path of one part: `/databases/…/users/shop`. */
export function childPath(cluster: string, kind: Kind, key: string): string {
  return `/databases/${cluster}/${kind}/${encodeURIComponent(key)}`;
}

/**
 * Creates a part of the cluster; one that exists is taken as created. `look` finds it when the answer is lost. Default:
 * by its name.
 */
export async function createChild(
  context: DigitalOceanContext,
  work: Creating,
  kind: Kind,
  body: Readonly<Record<string, unknown>> & { readonly name?: string },
  look?: (cluster: string) => Promise<unknown>
): Promise<Facts> {
  const id = await idOf(context);
  const byName = async (cluster: string): Promise<unknown> =>
    orUndefined(context.api.rest('GET', childPath(cluster, kind, body.name ?? '')));
  const repeating = { idempotent: false, recheck: tellingOf(work, async () => (look ?? byName)(id)) };
  const send = async (): Promise<unknown> => context.api.rest('POST', `/databases/${id}/${kind}`, body, repeating);
  const answer = await ignoring(['already-exists'], whenOnline(context, work.execution, id, send));
  if (answer === undefined) work.foundExisting();
  return {};
}

type Identified = Pick<Work, 'execution'> & { readonly observed: Pick<Observed, 'facts'> | undefined };

/** Replaces the resource with its desired state. `key` is the fact that names it. */
export async function replaceChild(
  context: DigitalOceanContext,
  work: Identified,
  kind: Kind,
  key: string,
  body: unknown
): Promise<Facts> {
  const id = await idOf(context);
  const path = childPath(id, kind, textOf(work.observed?.facts[key]));
  await whenOnline(context, work.execution, id, async () => context.api.rest('PUT', path, body));
  return {};
}

/** Deletes it; one that is gone already is a success. `key` is the fact that names it. */
export async function removeChild(
  context: DigitalOceanContext,
  work: Identified,
  kind: Kind,
  key: string
): Promise<void> {
  const id = await idOf(context);
  const path = childPath(id, kind, textOf(work.observed?.facts[key]));
  const send = async (): Promise<unknown> => context.api.rest('DELETE', path);
  await ignoring(['not-found'], whenOnline(context, work.execution, id, send));
}
