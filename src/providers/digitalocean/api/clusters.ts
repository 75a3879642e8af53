import { orUndefined } from '../../failures.ts';
import type { DigitalOcean } from './client.ts';
import { requireTags } from './tagging.ts';
import type { Cluster, Connection, Reached, Rule } from './types.ts';

interface ApiAccess {
  readonly api: DigitalOcean;
}

/** States of a cluster or a replica that end by themselves. */
const PASSING: readonly string[] = ['creating', 'resizing', 'migrating', 'forking'];

/** States of a cluster or a replica that do not end by themselves. */
export const HOPELESS: readonly string[] = ['offline', 'failed', 'error'];

/** The end of a wait for a cluster or a replica that will not come online; `undefined` as long as it may. */
export function hopelessness(
  status: string
): { readonly state: 'failed'; readonly message: string; readonly hint: string } | undefined {
  if (!HOPELESS.includes(status)) return undefined;
  const hint = 'Read the page of the cluster in the control panel, and ask the support of DigitalOcean.';
  return { state: 'failed', message: `it is \`${status}\``, hint };
}

/** A status for a progress line. One that is not documented is told: a wait for its end may be in vain. */
export function statusInWords(status: string): string {
  const isKnown = ['online', 'active', ...PASSING].includes(status);
  return `\`${status}\`${isKnown ? '' : ', which DigitalOcean does not document'}`;
}

/** Where clients connect: at the public host, or in the network where that has the only one. */
export function connectionTo({ connection, private_connection: inNetwork }: Reached): Connection {
  return [connection, inNetwork].find(one => (one?.host ?? '') !== '') ?? {};
}

/** The engine that clusters of PostgreSQL have. */
export const POSTGRES = 'pg';

/** Every database cluster of the team, of whatever engine. */
export async function allClusters({ api }: ApiAccess): Promise<readonly Cluster[]> {
  return api.pages<Cluster>('/databases', 'databases');
}

/** Every PostgreSQL cluster of the team. */
export async function clusters(source: ApiAccess): Promise<readonly Cluster[]> {
  return (await allClusters(source)).filter(({ engine }) => engine === POSTGRES);
}

/** Every PostgreSQL cluster with its tags. Throws `permission-denied` when the token may not read tags. */
export async function markedClusters(source: ApiAccess): Promise<readonly Cluster[]> {
  const all = await clusters(source);
  if (all.some(({ tags }) => (tags ?? []).length === 0)) await requireTags(source);
  return all;
}

/** The PostgreSQL cluster of a name, in any state. */
export async function clusterNamed(source: ApiAccess, name: string): Promise<Cluster | undefined> {
  return (await clusters(source)).find(cluster => cluster.name === name);
}

/** The cluster of an id; `undefined` when there is none. */
export async function clusterOf({ api }: ApiAccess, id: string): Promise<Cluster | undefined> {
  const answer = await orUndefined(
    api.dots(`GET /databases/${id}`, async dots => dots.database.getDatabaseCluster({ database_cluster_id: id }))
  );
  return (answer as unknown as { database: Cluster } | undefined)?.database;
}

/** The trusted sources of the cluster at this path, of every kind. None where it is not found. */
export async function rulesAt(source: ApiAccess, path: string): Promise<readonly Rule[]> {
  return (await orUndefined(existingRulesAt(source, path))) ?? [];
}

/** The same of a cluster or a read replica that must exist. Throws `not-found`. */
export async function existingRulesAt({ api }: ApiAccess, path: string): Promise<readonly Rule[]> {
  const { rules } = await api.rest<{ rules?: readonly Rule[] | null }>('GET', `${path}/firewall`);
  return rules ?? [];
}
