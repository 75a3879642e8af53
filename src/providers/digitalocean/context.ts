import type { Execution } from '../../engine/execution.ts';
import type { Target } from '../../engine/ownership.ts';
import { ActionError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Spec } from '../../spec/spec.ts';
import { orUndefined, isFailure } from '../failures.ts';
import { firstPauseSeconds, pollSeconds } from '../polling.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import { openDigitalOcean, type DigitalOcean } from './api/client.ts';
import type { Policy } from './resources/alarm.ts';
import { clusterName, extraUser } from './api/names.ts';
import type { Pool } from './resources/pool.ts';
import type { Replica } from './resources/replica.ts';
import type { User } from './resources/user.ts';
import { callLimit } from '../call-limit.ts';
import { requestCache } from '../request-cache.ts';
import { markOf } from './api/tags.ts';
import { withScope } from './api/scopes.ts';
import { requireTags } from './api/tagging.ts';

/** What we read of a cluster. Credentials are there only with the scope `database:view_credentials`. */
export interface Cluster {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
  readonly version?: string;
  readonly status?: string;
  readonly size: string;
  readonly region: string;
  readonly num_nodes: number;
  readonly storage_size_mib?: number;
  readonly private_network_uuid?: string;
  readonly tags?: readonly string[] | null;
  readonly db_names?: readonly string[] | null;
  readonly maintenance_window?: { readonly day?: string; readonly hour?: string } | null;
  readonly connection?: Connection;
  readonly private_connection?: Connection;
  readonly project_id?: string;
}

export interface Connection {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
}

/** What the resources of the wing work with. */
export interface DigitalOceanContext {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  readonly api: DigitalOcean;
  readonly secret: (name: string) => string | undefined;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two looks while waiting. */
  readonly pollSeconds: number;
  /** The cluster as it is, read once for all resources. */
  readonly live: () => Promise<Cluster | undefined>;
  /** All connection pools in it. */
  readonly pools: () => Promise<readonly Pool[]>;
  /** The user that `master_username` names, beside `doadmin`. */
  readonly user: () => Promise<User | undefined>;
  readonly replicas: () => Promise<readonly Replica[]>;
  /** Alert policies of the team, read once; none where no input speaks of alarms and the token may not ask. */
  readonly policies: () => Promise<readonly Policy[]>;
  /** The same, read anew. */
  readonly listPolicies: () => Promise<readonly Policy[]>;
  /** Takes up the id of the cluster that was just made: from then on it is known by that. */
  readonly madeAs: (id: string) => void;
  readonly invalidate: () => void;
}

/** Opens DigitalOcean for a spec. Throws `credentials-missing` without a token. */
export async function openContext(setup: Setup): Promise<DigitalOceanContext> {
  const { spec, execution, env } = setup;
  const token =
    setup.secret('digitalocean_token') ?? env['DIGITALOCEAN_TOKEN'] ?? env['DIGITALOCEAN_ACCESS_TOKEN'] ?? '';
  if (token === '') {
    throw new ActionError('Open DigitalOcean: there is no token', {
      code: 'credentials-missing',
      source: 'user',
      hint: 'Set `digitalocean_token`, or DIGITALOCEAN_TOKEN in the environment of the step, from a secret of the repository.'
    });
  }
  setup.mask(token);
  const root = (env['DIGITALOCEAN_API_URL'] ?? 'https://api.digitalocean.com').replace(/\/+(v2\/*)?$/, '');
  const limit = callLimit(env, execution);
  const api = openDigitalOcean(token, `${root}/v2`, execution, setup.mask, firstPauseSeconds(env), limit);
  const name = clusterName(spec.name);
  const account = await accountOf(api);
  let once = requestCache();
  let made: string | undefined;
  const live = async (): Promise<Cluster | undefined> =>
    once('cluster', async () => {
      const listed = await clusterNamed({ api }, name);
      // The list may not show yet what this run has made.
      const known = listed ?? (made === undefined ? undefined : await clusterOf({ api }, made));
      if (known !== undefined && markOf(known.tags ?? []) === undefined) await requireTags({ api });
      return known;
    })();
  const listPolicies = async (): Promise<readonly Policy[]> => api.pages<Policy>('/monitoring/alerts', 'policies');
  /** Asks something of the cluster, where there is one; what the list shows already may not be found by its id yet. */
  const within = async <T>(what: string, ask: (path: string) => Promise<T>): Promise<T | undefined> =>
    once(what, async () => {
      const cluster = await live();
      return cluster === undefined ? undefined : orUndefined(ask(`/databases/${cluster.id}`));
    })();
  return {
    spec,
    settings: spec.settings,
    target: {
      provider: 'digitalocean',
      account,
      // A cluster moves between regions in place, and its name is one of the team's: the region is no part of who it is.
      region: '',
      name,
      environment: spec.environment,
      ...setup.owner
    },
    api,
    secret: setup.secret,
    options: setup.options,
    execution,
    pollSeconds: pollSeconds(env),
    live,
    pools: async () =>
      (await within('pools', async path => {
        const { pools } = await api.rest<{ pools?: readonly Pool[] | null }>('GET', `${path}/pools`);
        return pools ?? [];
      })) ?? [],
    user: async () =>
      within('user', async path => {
        const asked = extraUser(spec.settings);
        if (asked === undefined) return undefined;
        const at = `${path}/users/${encodeURIComponent(asked)}`;
        return (await api.rest<{ user: User }>('GET', at)).user;
      }),
    replicas: async () =>
      (await within('replicas', async path => {
        const { replicas } = await api.rest<{ replicas?: readonly Replica[] | null }>('GET', `${path}/replicas`);
        return replicas ?? [];
      })) ?? [],
    policies: async () =>
      once('policies', async () => {
        try {
          return await listPolicies();
        } catch (thrown) {
          // Where no input speaks of alarms, a token needs no scope for them; one that has it finds those of an earlier workflow.
          if (spec.settings.alarms === undefined && isFailure(thrown, 'denied')) return [];
          throw thrown;
        }
      })(),
    listPolicies,
    madeAs: id => {
      made = id;
      once = requestCache();
    },
    invalidate: () => {
      once = requestCache();
    }
  };
}

/** The team that the token is of: it says whose the database is, in the comment and in the record of a review. */
async function accountOf(api: DigitalOcean): Promise<string> {
  const asked = api.dots<{ account: { uuid: string; team?: { uuid?: string } } }>('GET /account', async dots =>
    dots.account.getAccount()
  );
  const without = 'Open DigitalOcean: the token may not read which team it is of';
  const { account } = await withScope('account:read', without, asked);
  return account.team?.uuid ?? account.uuid;
}

type ApiAccess = Pick<DigitalOceanContext, 'api'>;

/** Every PostgreSQL cluster of the team. */
export async function clusters({ api }: ApiAccess): Promise<readonly Cluster[]> {
  const all = await api.pages<Cluster>('/databases', 'databases');
  return all.filter(({ engine }) => engine === 'pg');
}

/** The same, where it matters whose each is. Throws `permission-denied` when the token may not see that. */
export async function markedClusters(source: ApiAccess): Promise<readonly Cluster[]> {
  const all = await clusters(source);
  if (all.some(({ tags }) => (tags ?? []).length === 0)) await requireTags(source);
  return all;
}

/** The cluster of a name, in whatever state. */
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
