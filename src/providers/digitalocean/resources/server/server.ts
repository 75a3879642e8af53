import { defined } from '../../../../engine/defined.ts';
import type { Ownership } from '../../../../engine/ownership.ts';
import type { FieldTable, Observed, ResourceType, Work } from '../../../../engine/resource.ts';
import { waitUntil } from '../../../../engine/wait.ts';
import { orUndefined, isFailure } from '../../../failures.ts';
import { createOrReuseOwn } from '../../../create-or-reuse-own.ts';
import { tagsIn } from '../../../mark-tags.ts';
import { clusterValues, maintenanceOf, rulesOf, type Rule } from './convert.ts';
import { SERVER } from '../../api/names.ts';
import { isOther, rulesAt } from './trusted-sources.ts';
import { requireTags, tidyTags } from '../../api/tagging.ts';
import { protectionTags, markTags, ownershipOf, tagOf } from '../../api/tags.ts';
import { clusterOf, clusters, type Cluster, type DigitalOceanContext } from '../../context.ts';
import { AUTOSCALE, updateCluster } from './update.ts';
import { checkStorage, clusterSoon, idOf, waitForCluster, whenOnline } from './wait.ts';
import { textOf, textsOf, type FieldValue, type Value } from '../../../../engine/value.ts';
import { isDownsizing } from '../../api/sizes.ts';

const fields: FieldTable = {
  state: { api: 'status', impact: 'online' },
  engine_version: {
    api: 'version',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'upgrade-only',
    normalise: value => (typeof value === 'string' ? (value.split('.')[0] ?? value) : value)
  },
  size: {
    api: 'size',
    input: 'instance_class',
    impact: ({ from, to }) => (isDownsizing(textOfField(from), textOfField(to)) ? 'blocked' : 'failover'),
    hint: 'Keep the size. DigitalOcean never makes nodes smaller: move the data into a new, smaller database.'
  },
  num_nodes: { api: 'num_nodes', input: 'multi_az', impact: 'online' },
  storage_size_mib: {
    api: 'storage_size_mib',
    input: 'allocated_storage',
    impact: 'online',
    constraint: 'grow-only',
    hint: 'Keep the larger size. DigitalOcean never shrinks storage.',
    // It is rounded up to tens of GiB, and may have grown by itself.
    satisfied: (live, wanted) => typeof live === 'number' && typeof wanted === 'number' && live >= wanted,
    show: value => (typeof value === 'number' ? `${value / 1024} GiB` : textOf(value))
  },
  region: { api: 'region', input: 'digitalocean_region', impact: 'failover' },
  private_network: {
    api: 'private_network_uuid',
    input: 'vpc_id',
    impact: 'blocked',
    constraint: 'create-only',
    hint: 'Make a new database under another `name` in that network and move over.'
  },
  maintenance_window: { api: 'maintenance_window', input: 'maintenance_window', impact: 'online' },
  trusted_sources: {
    api: 'rules',
    input: 'allowed_cidr_blocks',
    impact: 'online',
    normalise: value => (Array.isArray(value) ? [...new Set(value.map(String))].sort() : value)
  },
  storage_autoscale: {
    api: 'autoscale.storage.enabled',
    input: 'max_allocated_storage',
    impact: 'online'
  },
  project: { api: 'project_id', input: 'digitalocean_project', impact: 'online' },
  source: {
    api: 'backup_restore.database_name',
    input: 'restore_source',
    impact: 'blocked',
    constraint: 'create-only',
    satisfied: () => true
  },
  source_time: {
    api: 'backup_restore.backup_created_at',
    input: 'restore_to_time',
    impact: 'blocked',
    constraint: 'create-only',
    satisfied: () => true
  },
  deletion_protection: { api: 'tags', input: 'enable_deletion_protection', impact: 'online' },
  'tags.*': { api: 'tags', input: 'tags', impact: 'online' }
};

function textOfField(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The PostgreSQL server: one database cluster. */
export const cluster: ResourceType<DigitalOceanContext> = {
  type: 'server',
  fields,
  permissions: {
    observe: ['account:read', 'database:read', 'tag:read', 'vpc:read', 'project:read'],
    create: ['database:create', 'database:update', 'tag:create', 'tag:read', 'vpc:read'],
    update: ['database:update', 'tag:create', 'tag:read', 'tag:delete', 'project:assign_resource'],
    delete: ['database:delete']
  },
  observe: async context => {
    const live = await context.live();
    if (live === undefined) return [];
    const [rules, grows] = await Promise.all([rulesAt(context, live.id), autoscaleAt(context, live.id)]);
    return [observed(context, live, rules, grows)];
  },
  create,
  update: updateCluster,
  remove
};

/** Whether the storage grows by itself; asked only where an input speaks of it. */
async function autoscaleAt({ api, settings }: DigitalOceanContext, id: string): Promise<boolean | undefined> {
  if (settings.max_allocated_storage === undefined) return undefined;
  const answer = await orUndefined(
    api.rest<{ autoscale?: { storage?: { enabled?: boolean } } }>('GET', `/databases/${id}/autoscale`)
  );
  return answer?.autoscale?.storage?.enabled ?? false;
}

function observed(
  context: DigitalOceanContext,
  live: Cluster,
  rules: readonly Rule[],
  storageAutoscale: boolean | undefined
): Observed {
  const values: Readonly<Record<string, Value>> = defined({
    ...clusterValues(live, rules),
    storage_autoscale: storageAutoscale
  });
  return {
    address: SERVER,
    type: 'server',
    title: `server ${live.name}`,
    ownership: ownershipOf(live.tags ?? [], context.target),
    fields: values,
    unknown: hiddenOf(live),
    facts: {
      id: live.id,
      size: live.size,
      num_nodes: live.num_nodes,
      tags: [...(live.tags ?? [])],
      otherSources: rules.filter(isOther).map(({ type, value }) => `${type} ${value}`),
      ...(live.connection?.host === undefined ? {} : { host: live.connection.host }),
      ...(live.connection?.port === undefined ? {} : { port: live.connection.port })
    },
    isProtected: values['deletion_protection'] === true,
    losesData: true,
    dependsOn: [],
    concurrencyGroup: SERVER
  };
}

/** What a token without these scopes is not told, instead of an error. */
function hiddenOf({
  private_network_uuid: network = '',
  project_id: project = ''
}: Cluster): Readonly<Record<string, string>> {
  return {
    ...(network === '' ? { private_network: 'vpc:read' } : {}),
    ...(project === '' ? { project: 'project:read' } : {})
  };
}

async function create(context: DigitalOceanContext, work: Work): Promise<Readonly<Record<string, string>>> {
  const { values, mark } = work;
  const { name } = context.target;
  // Or what is made could not be told from anybody else's when its answer is lost.
  await requireTags(context);
  const tags = [
    ...markTags(mark),
    ...protectionTags(values['deletion_protection'] === true),
    ...Object.entries(tagsIn(values)).map(([key, value]) => tagOf(key, value))
  ];
  const networks = (values['trusted_sources'] ?? []) as readonly string[];
  const body = defined({
    name,
    engine: 'pg',
    version: values['engine_version'],
    region: values['region'],
    size: values['size'],
    num_nodes: values['num_nodes'],
    tags,
    storage_size_mib: values['storage_size_mib'],
    private_network_uuid: values['private_network'],
    ...(networks.length === 0 ? {} : { rules: rulesOf(networks) }),
    project_id: values['project'],
    ...(values['storage_autoscale'] === true ? { autoscale: AUTOSCALE } : {}),
    ...(values['source'] === undefined
      ? {}
      : {
          backup_restore: defined({ database_name: values['source'], backup_created_at: values['source_time'] })
        })
  });
  const named = async (): Promise<Cluster | undefined> => clusterSoon(context, name);
  const ownerOf = (live: Cluster | undefined): Ownership => ownershipOf(live?.tags ?? [], context.target);
  const made = await createOrReuseOwn(
    context,
    `server ${name}`,
    async () =>
      context.api.rest<{ database: Cluster }>('POST', '/databases', body, {
        idempotent: false,
        recheck: async () => {
          const live = await named();
          return live === undefined || ownerOf(live).kind !== 'ours' ? undefined : { database: live };
        }
      }),
    async () => ownerOf(await named())
  );
  const id = made?.database.id ?? (await idOf(context));
  context.madeAs(id);
  checkStorage(context, await waitForCluster(context, id, `create ${name}`), values['storage_size_mib']);
  const window = values['maintenance_window'];
  if (typeof window === 'string') {
    const path = `/databases/${id}/maintenance`;
    await whenOnline(context, work.execution, id, async () => context.api.rest('PUT', path, maintenanceOf(window)));
  }
  return { id };
}

async function remove(context: DigitalOceanContext, work: Work): Promise<void> {
  const id = textOf(work.observed?.facts['id']);
  const { execution, options } = context;
  // Before the cluster goes, so that a run that ends in between is finished by the next one, which still finds it.
  await tidyTags(context, { id, tags: textsOf(work.observed?.facts['tags']) });
  let isGoing = false;
  await waitUntil<true>(execution, {
    what: `delete ${context.target.name}`,
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    look: async () => {
      isGoing ||= await sendDelete(context, id);
      // A cluster that is new is listed before it is found by its id: only one that is in neither is gone.
      const live = (await clusterOf(context, id)) ?? (await clusters(context)).find(one => one.id === id);
      return live === undefined ? { state: 'done', value: true } : { state: 'pending', detail: live.status ?? '?' };
    }
  });
  // A cluster that was not to be found by its id kept its tags until now.
  await tidyTags(context);
}

/** Whether the cluster was there to be deleted. */
async function sendDelete({ api }: DigitalOceanContext, id: string): Promise<boolean> {
  try {
    await api.dots(`DELETE /databases/${id}`, async dots =>
      dots.database.destroyDatabaseCluster({ database_cluster_id: id })
    );
    return true;
  } catch (thrown) {
    if (isFailure(thrown, 'not-found')) return false;
    throw thrown;
  }
}
