import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import { successorOf, type Mark, type Ownership } from '../../../engine/ownership.ts';
import type { Refusal } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { orUndefined } from '../../failures.ts';
import type { Chosen } from '../../operations.ts';
import {
  draftPromotion,
  ownNameStep,
  successorFrom,
  supersedeStep,
  type Candidate,
  type MarkAccess
} from '../../promotion.ts';
import { SERVER } from '../addresses.ts';
import { clusterNamed, HOPELESS, hopelessness, statusInWords } from '../api/clusters.ts';
import { addTags, dropMarks } from '../api/tagging.ts';
import { isOurTag, markOf, markTags, ownershipOf, protectionTags } from '../api/tags.ts';
import type { Cluster, Replica } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { replicaOwnership } from '../resources/replica.ts';

interface DigitalOceanCandidate extends Candidate {
  readonly region: string;
}

/**
 * Makes a read replica a cluster of its own.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/promote-read-only-nodes/
 */
export async function promote(
  context: DigitalOceanContext,
  _observed: readonly Observed[],
  { replica: chosen }: Chosen = {}
): Promise<OperationDraft> {
  const { target } = context;
  const cluster = await context.live();
  const isItself = target.name === chosen?.toLowerCase() && markOf(cluster?.tags ?? [])?.promotedFrom !== undefined;
  const before = isItself ? undefined : cluster;
  const replicas = before === undefined ? [] : await context.replicas();
  const itself = before === undefined && cluster !== undefined ? [standalone(context, cluster)] : [];
  const owner = ownershipOf(cluster?.tags ?? [], target);
  return draftPromotion<DigitalOceanCandidate>({
    kind: 'promote',
    target,
    chosen,
    replicas: [...itself, ...replicas.map(one => following(context, one, owner))],
    find: async name => {
      const found = name === target.name ? undefined : await clusterNamed(context, name);
      if (found === undefined) return undefined;
      const candidate = standalone(context, found);
      // An adopted replica has no tags of its own, until a run that was interrupted writes them.
      const isAdopted = owner.kind === 'ours' && successorOf(owner.mark)?.name === name;
      return isAdopted && candidate.ownership.kind === 'unmarked' ? { ...candidate, ownership: owner } : candidate;
    },
    inputsOf: ({ name, region }) => ({ name, digitalocean_region: region }),
    lagOf: async () => 'DigitalOcean has no figure of it',
    consequences: candidate => consequencesOf(candidate, replicas),
    refusals: ({ name }) => refusalsOf(replicas.find(one => one.name === name)),
    // No call changes the tags of a replica: it gets its own mark as soon as it is a cluster.
    steps: candidate => [
      ...(before === undefined
        ? []
        : [supersedeStep(clusterMark(context, target.name, SERVER), successorFrom(candidate))]),
      ...(before === undefined ? [] : [promoteStep(context, before.id, candidate.name)]),
      ownNameStep(clusterMark(context, candidate.name, `replica/${candidate.name}`, replicas, owner), target)
    ]
  });
}

function following(
  context: DigitalOceanContext,
  { name, region, tags }: Replica,
  owner: Ownership
): DigitalOceanCandidate {
  return { name, region, isReplica: true, ownership: replicaOwnership(context, { name, tags: tags ?? [] }, owner) };
}

function standalone({ target }: DigitalOceanContext, { name, region, tags }: Cluster): DigitalOceanCandidate {
  return { name, region, isReplica: false, ownership: ownershipOf(tags ?? [], target) };
}

function consequencesOf({ name }: DigitalOceanCandidate, replicas: readonly Replica[]): readonly string[] {
  const siblings = replicas.filter(one => one.name !== name).map(one => one.name);
  return [
    `${name} becomes a cluster of its own, which can never follow another one again. Its host stays: applications have to be pointed at it.`,
    `${name} has one node, backups from now on only, and no trusted sources, pools or alarms of its own. The first apply with \`name: ${name}\` plans them: run it at once.`,
    ...(siblings.length === 0 ? [] : [`Other read replicas stay with the cluster before: ${siblings.join(', ')}.`])
  ];
}

function refusalsOf(live: Replica | undefined): readonly Refusal[] {
  if (live === undefined || !HOPELESS.includes(live.status)) return [];
  return [
    {
      rule: 'promote',
      message: `${live.name} is \`${live.status}\`.`,
      hint: 'Open the replica in the DigitalOcean control panel: it names the cause.'
    }
  ];
}

function promoteStep(context: DigitalOceanContext, id: string, name: string): OperationStep {
  const path = `/databases/${id}/replicas/${encodeURIComponent(name)}`;
  return {
    address: `replica/${name}`,
    title: `read replica ${name}`,
    summary: `promote read replica ${name}`,
    call: 'PUT /databases/{id}/replicas/{name}/promote',
    impact: 'restart',
    usually: '2–10 min',
    intervalSeconds: context.pollSeconds,
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const replica = (await orUndefined(context.api.rest<{ replica: Replica }>('GET', path)))?.replica;
      if (replica !== undefined) {
        const { status } = replica;
        const isReady = status === 'online' || status === 'active';
        return hopelessness(status) ?? { state: isReady ? 'todo' : 'underway', detail: statusInWords(status) };
      }
      const cluster = await clusterNamed(context, name);
      // A new cluster is not in the list at once.
      if (cluster === undefined) return { state: 'underway', detail: 'neither a replica nor a cluster yet' };
      const { status } = cluster;
      return (
        hopelessness(status) ?? { state: status === 'online' ? 'done' : 'underway', detail: statusInWords(status) }
      );
    },
    send: async () => {
      await context.api.rest('PUT', `${path}/promote`, {}, { idempotent: false });
    }
  };
}

/** The mark of a cluster; of a replica, for as long as it is one: an adopted one begins with that of its cluster. */
export function clusterMark(
  context: DigitalOceanContext,
  name: string,
  address: string,
  replicas: readonly Replica[] = [],
  owner?: Ownership
): MarkAccess {
  const inherited = owner?.kind === 'ours' ? owner.mark : undefined;
  const read = async (): Promise<Cluster | undefined> => clusterNamed(context, name);
  return {
    step: { address, call: 'POST /tags/{tag_id}/resources', intervalSeconds: context.pollSeconds },
    name,
    read: async () => markOf((await read())?.tags ?? replicas.find(one => one.name === name)?.tags ?? []) ?? inherited,
    write: async (mark: Mark) => {
      const live = await read();
      if (live === undefined) return;
      const wanted = markTags(mark);
      const has = (live.tags ?? []).map(tag => tag.toLowerCase());
      const keep = [...wanted, ...protectionTags(true)];
      await addTags(
        context,
        live.id,
        wanted.filter(tag => !has.includes(tag))
      );
      await dropMarks(
        context,
        live.id,
        (live.tags ?? []).filter(tag => isOurTag(tag) && !keep.includes(tag.toLowerCase()))
      );
    }
  };
}
