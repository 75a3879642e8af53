import { childOwnership, type Ownership } from '../../../engine/ownership.ts';
import { defined } from '../../../engine/defined.ts';
import { isRemembered } from '../../../engine/own-tags.ts';
import {
  type CreationWork,
  defineResource,
  type Facts,
  type FieldTable,
  type Observed,
  type Work
} from '../../../engine/resource.ts';
import { textOf, textsOf, type FieldValue } from '../../../engine/value.ts';
import { waitUntil } from '../../../engine/wait.ts';
import { createOrReuseOwn, tellingOf } from '../../create-or-reuse-own.ts';
import { retryWhileBusy } from '../../retry-while-busy.ts';
import { ignoring, isFailure, orUndefined } from '../../failures.ts';
import { readOrNeeded } from '../../observe-or-unknown.ts';
import { isRunnerRule } from '../../runner-access.ts';
import { replicaAddress, SERVER } from '../addresses.ts';
import { connectionTo, hopelessness, rulesAt, statusInWords } from '../api/clusters.ts';
import { replicaName } from '../api/names.ts';
import { isDownsizing } from '../api/sizes.ts';
import { markOf, markTags, ownershipOf } from '../api/tags.ts';
import type { Replica, Rule } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { inGib, networksIn, rulesOf, sortedNetworks } from './server/convert.ts';
import { putSources, replaceSources, sourcesOfOthers } from './server/trusted-sources.ts';
import { idOf, shownSoon, sightingsOf } from './server/wait.ts';

/** The port of PostgreSQL on every host. */
const PORT = 25_060;

/**
 * Reads that may miss a replica that was just created: 15 minutes of them.
 * https://github.com/digitalocean/api-v2/issues/200
 */
const MOST_UNSEEN_NEW = 90;

const fields = {
  region: { api: 'region', input: 'replica_region', impact: 'blocked', constraint: 'create-only' },
  size: {
    api: 'size',
    input: 'instance_class',
    impact: ({ from, to }) => (isDownsizing(slug(from), slug(to)) ? 'blocked' : 'restart'),
    hint: 'Keep the size. DigitalOcean never makes nodes smaller.'
  },
  storage_size_mib: {
    api: 'storage_size_mib',
    input: 'allocated_storage',
    impact: 'online',
    constraint: 'grow-only',
    hint: 'Keep the larger size. DigitalOcean never shrinks storage.',
    satisfied: (live, wanted) => typeof live === 'number' && typeof wanted === 'number' && live >= wanted,
    show: inGib
  },
  private_network: { api: 'private_network_uuid', input: 'vpc_id', impact: 'blocked', constraint: 'create-only' },
  /** Its own: a replica without any is open to everyone, whatever its cluster has. */
  trusted_sources: { api: 'rules', input: 'allowed_cidr_blocks', impact: 'online', normalise: sortedNetworks }
} as const satisfies FieldTable;

type ReplicaFields = typeof fields;

const slug = (value: FieldValue | undefined): string => (typeof value === 'string' ? value : '');

/** A read replica: numbered in the cluster's own region, or one in another region. */
export const replica = defineResource<DigitalOceanContext>()({
  type: 'replica',
  fields,
  permissions: {
    observe: ['database:read'],
    create: ['database:create', 'database:update', 'tag:create'],
    update: ['database:update'],
    delete: ['database:delete']
  },
  observe: async context => {
    const cluster = await context.live();
    if (cluster === undefined) return [];
    const owner = ownershipOf(cluster.tags ?? [], context.target);
    return Promise.all(
      (await context.replicas()).map(async one => {
        const sources = `trusted sources of ${one.name}`;
        const { value, needed } = await readOrNeeded(context, sources, context.rulesOfReplica(one.id));
        const found = observed(context, one, owner, value);
        return needed === undefined ? found : { ...found, unknown: { trusted_sources: needed } };
      })
    );
  },
  create,
  update,
  remove: async (context, work) => {
    const id = await idOf(context);
    const name = encodeURIComponent(textOf(work.observed?.facts['name']));
    const path = `/databases/${id}/replicas/${name}`;
    await ignoring(['not-found'], context.api.rest('DELETE', path));
    await waitUntil<true>(work.execution, {
      what: `delete replica ${name}`,
      intervalSeconds: context.pollSeconds,
      deadline: context.options.deadline,
      look: async () => {
        const live = (await orUndefined(context.api.rest<{ replica: Replica }>('GET', path)))?.replica;
        if (live === undefined) return { state: 'done', value: true };
        return { state: 'pending', detail: `still ${statusInWords(live.status)}` };
      }
    });
  }
});

/** The replicas, as outputs need them: without their trusted sources. */
export async function foundReplicas(context: DigitalOceanContext): Promise<readonly Observed<ReplicaFields>[]> {
  return (await context.replicas()).map(one => observed(context, one, { kind: 'unmarked' }, undefined));
}

async function update(context: DigitalOceanContext, work: Work<ReplicaFields>): Promise<Facts> {
  const { execution, observed: before, changes, values } = work;
  const changed = (field: keyof ReplicaFields): boolean => changes.some(one => one.field === field);
  if (changed('size') || changed('storage_size_mib')) await resize(context, work);
  if (!changed('trusted_sources')) return {};
  const name = textOf(before?.facts['name']);
  const free = async (): Promise<unknown> => online(context, work, name, `wait for ${name}`);
  await retryWhileBusy({ what: name, execution, pollSeconds: context.pollSeconds, free }, async () =>
    replaceSources(context, textOf(before?.facts['id']), textsOf(values.trusted_sources))
  );
  return {};
}

/** A replica of DigitalOcean refuses changes with 412 while it is under maintenance, also right after its creation. */
async function resize(context: DigitalOceanContext, work: Work<ReplicaFields>): Promise<void> {
  const { execution, observed: before } = work;
  const name = textOf(before?.facts['name']);
  const { size = before?.fields.size, storage_size_mib: storage } = work.values;
  const isDone = (live: Replica): boolean =>
    (live.size ?? size) === size && (live.storage_size_mib ?? Infinity) >= Number(storage ?? 0);
  const body = defined({ size, num_nodes: 1, storage_size_mib: storage });
  const send = async (): Promise<unknown> =>
    context.api.rest('PUT', `/databases/${textOf(before?.facts['id'])}/resize`, body);
  const free = async (): Promise<unknown> => online(context, work, name, `wait for ${name}`);
  try {
    await retryWhileBusy({ what: name, execution, pollSeconds: context.pollSeconds, free }, send);
  } catch (thrown) {
    // It is refused when an earlier run began it, or an answer was lost: then it must show.
    if (!isFailure(thrown, 'invalid') || !isDone(await online(context, work, name, `wait for ${name}`))) throw thrown;
  }
  await online(context, work, name, `resize ${name}`, isDone);
}

const titleOf = (name: string): string => `read replica ${name}`;

/** No call changes the tags of a replica: the cluster remembers those that it adopted. */
export function replicaOwnership(
  { target }: DigitalOceanContext,
  { name, tags }: { readonly name: string; readonly tags: readonly string[] },
  cluster: Ownership
): Ownership {
  const own = childOwnership(markOf(tags), target, cluster.kind);
  const isAdopted = own.kind === 'unmarked' && cluster.kind === 'ours' && isRemembered(cluster.mark, titleOf(name));
  return isAdopted ? cluster : own;
}

/** The networks of ours among its sources, as the server's are. */
function ownNetworks({ settings }: DigitalOceanContext, rules: readonly Rule[]): string[] {
  const others = sourcesOfOthers(rules, settings.allowed_cidr_blocks ?? networksIn(rules));
  return [...networksIn(rules.filter(rule => !others.includes(rule)))];
}

/** Replicas of others are observed as well: they are deleted with the cluster, and a destroy must say so. */
function observed(
  context: DigitalOceanContext,
  live: Replica,
  cluster: Ownership,
  rules: readonly Rule[] | undefined
): Observed<ReplicaFields> {
  const { id, name, region, size, tags, storage_size_mib: storage, private_network_uuid: network } = live;
  const { host = '', port = PORT } = connectionTo(live);
  const address =
    replicaAddress(context.target.name, name, context.settings.replica_names) ?? `replica-of-others/${name}`;
  return {
    address,
    type: 'replica',
    title: titleOf(name),
    ownership: replicaOwnership(context, { name, tags: tags ?? [] }, cluster),
    fields: defined({
      region,
      size,
      storage_size_mib: storage,
      private_network: network,
      trusted_sources: rules && ownNetworks(context, rules)
    }),
    facts: {
      isOpen: rules?.length === 0,
      id,
      name,
      host,
      port
    },
    dependsOn: [SERVER],
    concurrencyGroup: address
  };
}

async function create(context: DigitalOceanContext, work: CreationWork<ReplicaFields>): Promise<Facts> {
  const id = await idOf(context);
  const name = replicaName(context.target.name, work.address, context.settings.replica_names);
  const path = `/databases/${id}/replicas`;
  const find = async (): Promise<Replica | undefined> =>
    (await orUndefined(context.api.rest<{ replica: Replica }>('GET', `${path}/${encodeURIComponent(name)}`)))?.replica;
  const { size, region, storage_size_mib: storage, private_network: network } = work.values;
  const place = defined({ size, region, storage_size_mib: storage, private_network_uuid: network });
  const body = { name, ...place, tags: markTags(work.mark) };
  const recheck = tellingOf(work, find);
  const send = async (): Promise<unknown> => context.api.rest('POST', path, body, { idempotent: false, recheck });
  await createOrReuseOwn(
    work,
    `read replica ${name}`,
    async () => afterFirstBackup(context, work, name, send),
    async () => {
      // One that an earlier run asked for is out of sight at first.
      const live = await shownSoon(context, `read replica ${name}, whose name is taken`, MOST_UNSEEN_NEW, find);
      return live === undefined ? undefined : ownershipOf(live.tags ?? [], context.target);
    },
    'Run the workflow again in some minutes: DigitalOcean does not show a replica at the start of its creation.'
  );
  const created = await online(context, work, name, `create read replica ${name}`, undefined, MOST_UNSEEN_NEW);
  await restrict(context, work, created);
  return {};
}

/**
 * A new replica admits everyone until it has sources of its own: those of its cluster, of every kind.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/add-read-only-nodes/
 */
async function restrict(
  context: DigitalOceanContext,
  work: Pick<Work<ReplicaFields>, 'execution' | 'values'>,
  { id, name }: Replica
): Promise<void> {
  const networks = textsOf(work.values.trusted_sources);
  const rules = await rulesAt(context, `/databases/${await idOf(context)}`);
  const others = sourcesOfOthers(rules, networks).filter(({ description }) => !isRunnerRule(description));
  if (networks.length + others.length === 0) return;
  const free = async (): Promise<unknown> => online(context, work, name, `wait for ${name}`);
  await retryWhileBusy({ what: name, execution: work.execution, pollSeconds: context.pollSeconds, free }, async () =>
    putSources(context, id, [...others, ...rulesOf(networks)])
  );
}

/** A new cluster can have no replica before its first backup: DigitalOcean answers 412 for some minutes. */
async function afterFirstBackup(
  context: DigitalOceanContext,
  { execution }: Pick<Work, 'execution'>,
  name: string,
  send: () => Promise<unknown>
): Promise<unknown> {
  return waitUntil<unknown>(execution, {
    what: `read replica ${name}`,
    usually: '10 min after the cluster was created',
    intervalSeconds: context.pollSeconds,
    deadline: context.options.deadline,
    look: async () => {
      try {
        return { state: 'done', value: await send() };
      } catch (thrown) {
        if (!isFailure(thrown, 'busy')) throw thrown;
        return { state: 'pending', detail: `waiting for the first backup: ${thrown.message}` };
      }
    }
  });
}

async function online(
  context: DigitalOceanContext,
  { execution }: Pick<Work, 'execution'>,
  name: string,
  what: string,
  isDone: (live: Replica) => boolean = () => true,
  mayMiss?: number
): Promise<Replica> {
  const id = await idOf(context);
  const path = `/databases/${id}/replicas/${encodeURIComponent(name)}`;
  const { wait, deadline } = context.options;
  const sightings = sightingsOf('replica', mayMiss);
  return waitUntil<Replica>(execution, {
    what,
    usually: '10 min',
    intervalSeconds: context.pollSeconds,
    deadline: wait ? deadline : execution.clock.now(),
    consecutive: wait ? 2 : 1,
    look: async () => {
      const live = (await orUndefined(context.api.rest<{ replica: Replica }>('GET', path)))?.replica;
      if (live === undefined) return sightings.missed();
      sightings.seen();
      const { status } = live;
      // The reference says `active` where the service says `online`.
      const isOnline = status === 'online' || status === 'active';
      if (isOnline && isDone(live)) return { state: 'done', value: live };
      return hopelessness(status) ?? { state: 'pending', detail: statusInWords(status) };
    }
  });
}
