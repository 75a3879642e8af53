import type { Settings } from '../../spec/catalogue.ts';
import { ignoring, isFailure, orUndefined } from '../failures.ts';
import { requestCache } from '../request-cache.ts';
import type { DigitalOcean } from './api/client.ts';
import { allClusters, clusterOf, existingRulesAt, POSTGRES, rulesAt } from './api/clusters.ts';
import { extraUser } from './api/names.ts';
import { requireTags } from './api/tagging.ts';
import { markOf } from './api/tags.ts';
import type { Cluster, Policy, Pool, Replica, Rule, User } from './api/types.ts';

/** What several resources read of the live cluster, each asked for once until `invalidate`. */
export interface LiveState {
  readonly live: () => Promise<Cluster | undefined>;
  /** The engine of a cluster with this name that is not one of PostgreSQL: names are unique in a team. */
  readonly otherEngine: () => Promise<string | undefined>;
  /** All connection pools of the cluster. */
  readonly pools: () => Promise<readonly Pool[]>;
  /** The user that `master_username` names, besides `doadmin`. */
  readonly user: () => Promise<User | undefined>;
  readonly replicas: () => Promise<readonly Replica[]>;
  /** The trusted sources of the cluster, of every kind. */
  readonly rules: () => Promise<readonly Rule[]>;
  /** Those of a read replica, by its id: it has its own. `undefined` where they are not found. */
  readonly rulesOfReplica: (id: string) => Promise<readonly Rule[] | undefined>;
  /** PEM. `undefined` where there is none, or the token may not read it. */
  readonly certificate: () => Promise<string | undefined>;
  /** Alert policies of the team; none when no input mentions alarms and the token may not read them. */
  readonly policies: () => Promise<readonly Policy[]>;
  /** The same, asked for at every call. */
  readonly listPolicies: () => Promise<readonly Policy[]>;
  /** Remembers the id of the cluster that this run created, which the list may not show yet. */
  readonly createdAs: (id: string) => void;
  /** Ends the present observation. What was read before the first one belongs to it. */
  readonly invalidate: () => void;
}

/** Reads the cluster of a name, and what belongs to it. */
export function liveState(api: DigitalOcean, name: string, settings: Settings): LiveState {
  let once = requestCache();
  let isFresh = true;
  let created: string | undefined;
  const namesakes = async (): Promise<readonly Cluster[]> =>
    once('list', async () => (await allClusters({ api })).filter(one => one.name === name))();
  const live = async (): Promise<Cluster | undefined> =>
    once('cluster', async () => {
      const listed = (await namesakes()).find(({ engine }) => engine === POSTGRES);
      const known = listed ?? (created === undefined ? undefined : await clusterOf({ api }, created));
      if (known !== undefined && markOf(known.tags ?? []) === undefined) await requireTags({ api });
      return known;
    })();
  /** Reads a part of the cluster, if there is one. A cluster can be listed before its id is found. */
  const partOf = async <T>(what: string, read: (path: string) => Promise<T>): Promise<T | undefined> =>
    once(what, async () => {
      const cluster = await live();
      return cluster === undefined ? undefined : orUndefined(read(`/databases/${cluster.id}`));
    })();
  const listPolicies = async (): Promise<readonly Policy[]> =>
    api.pages<Policy>('/monitoring/alerts?per_page=200', 'policies');
  return {
    live,
    otherEngine: async () => (await namesakes()).find(({ engine }) => engine !== POSTGRES)?.engine,
    pools: async () =>
      (await partOf('pools', async path => {
        const { pools } = await api.rest<{ pools?: readonly Pool[] | null }>('GET', `${path}/pools`);
        return pools ?? [];
      })) ?? [],
    user: async () =>
      partOf('user', async path => {
        const asked = extraUser(settings);
        if (asked === undefined) return undefined;
        return (await api.rest<{ user: User }>('GET', `${path}/users/${encodeURIComponent(asked)}`)).user;
      }),
    replicas: async () =>
      (await partOf('replicas', async path => {
        const { replicas } = await api.rest<{ replicas?: readonly Replica[] | null }>('GET', `${path}/replicas`);
        return replicas ?? [];
      })) ?? [],
    rules: async () => (await partOf('rules', async path => rulesAt({ api }, path))) ?? [],
    rulesOfReplica: async id =>
      once(`rules ${id}`, async () => orUndefined(existingRulesAt({ api }, `/databases/${id}`)))(),
    certificate: async () => partOf('certificate', async path => certificateAt(api, path)),
    policies: async () =>
      once('policies', async () => {
        try {
          return await listPolicies();
        } catch (thrown) {
          // A token needs no scope for alarms that no input names; with the scope it finds those of earlier workflows.
          if (isFailure(thrown, 'denied') && settings.alarms === undefined) return [];
          throw thrown;
        }
      })(),
    listPolicies,
    createdAs: id => {
      created = id;
      once = requestCache();
    },
    invalidate: () => {
      if (!isFresh) once = requestCache();
      isFresh = false;
    }
  };
}

/** DigitalOcean signs the certificates of each project itself and sends the root in base64. */
async function certificateAt(api: DigitalOcean, path: string): Promise<string | undefined> {
  const asked = api.rest<{ ca?: { certificate?: string } }>('GET', `${path}/ca`);
  const text = (await ignoring(['denied'], orUndefined(asked)))?.ca?.certificate;
  return text === undefined || text === '' ? undefined : Buffer.from(text, 'base64').toString('utf8');
}
