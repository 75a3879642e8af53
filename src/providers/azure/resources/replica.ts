import { defined } from '../../../engine/defined.ts';
import type { Server } from '@azure/arm-postgresql-flexible';
import { replicaOwnership } from '../../../engine/ownership.ts';
import {
  type CreationWork,
  defineResource,
  type Facts,
  type Observed,
  type ResourceKind
} from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { createUnlessThere } from '../../create-or-reuse-own.ts';
import { nameOfNumber, numberOf, numberOfName } from '../../numbered-replicas.ts';
import { replicaAddress, SERVER, SERVER_GROUP } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import { regionOf, replicaName } from '../api/names.ts';
import { ownershipOf, replicaOwner, TAG_FIELD, tagFields, tagsOfNew } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';
import { serverFacts } from './server/convert.ts';
import { bodyOf, SERVER_FIELDS, serverValues, stoppedState } from './server/fields.ts';
import { removeServer } from './server/remove.ts';
import { updateServer } from './server/update.ts';
import { isThere, readServer, waitForServer } from './server/wait.ts';

/** The fields in which each replica follows its server. */
export const FOLLOWED = [
  'state',
  'instance_class',
  'allocated_storage',
  'auto_grow_enabled',
  'publicly_accessible'
] as const;

/** The fields that a new replica takes from its server, whether or not an input names them. */
export const INHERITED = [
  'instance_class',
  'allocated_storage',
  'auto_grow_enabled',
  'publicly_accessible',
  'location',
  'subnet_id',
  'private_dns_zone_id',
  'kms_key_id',
  'key_identity_id'
] as const;

/** Those of them that hold in one region only. */
export const REGIONAL: readonly string[] = ['subnet_id', 'private_dns_zone_id', 'kms_key_id', 'key_identity_id'];

const KIND = {
  type: 'replica',
  fields: {
    state: SERVER_FIELDS.state,
    instance_class: SERVER_FIELDS.instance_class,
    allocated_storage: SERVER_FIELDS.allocated_storage,
    // Only read: what growth costs depends on it.
    storage_type: SERVER_FIELDS.storage_type,
    auto_grow_enabled: SERVER_FIELDS.auto_grow_enabled,
    publicly_accessible: SERVER_FIELDS.publicly_accessible,
    location: SERVER_FIELDS.location,
    subnet_id: SERVER_FIELDS.subnet_id,
    private_dns_zone_id: SERVER_FIELDS.private_dns_zone_id,
    kms_key_id: SERVER_FIELDS.kms_key_id,
    key_identity_id: SERVER_FIELDS.key_identity_id,
    'tags.*': TAG_FIELD
  }
} as const satisfies ResourceKind;

type ReplicaTable = typeof KIND.fields;

/** A read replica: numbered in the server's own region, or named after another region. */
export const replica = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: [`${SERVERS}/replicas/read`],
    create: [`${SERVERS}/write`],
    update: [`${SERVERS}/write`],
    delete: [`${SERVERS}/delete`]
  },
  observe: async context => {
    const [replicas, isProtected] = await Promise.all([
      context.liveState().replicas(),
      context.liveState().isGroupLocked()
    ]);
    return replicas.map(live => ({ ...observed(context, addressOf(context, live), live), isProtected }));
  },
  create,
  update: async (context, work) => {
    const name = nameAt(context, work.address);
    await updateServer(context, work, name);
    return serverFacts(await waitForServer(context, name));
  },
  remove: async (context, work) => removeServer(context, nameAt(context, work.address))
});

/** The replicas, as outputs need them: without a look at locks. */
export async function foundReplicas(context: AzureContext): Promise<readonly Observed[]> {
  const replicas = await context.liveState().replicas();
  return replicas.map(live => observed(context, addressOf(context, live), live));
}

export function replicaTitle(context: AzureContext, address: string): string {
  return `read replica ${nameAt(context, address)}`;
}

/** Whether a server follows another one, in any region. */
export function isReplica({ replicationRole: role = 'Primary' }: Server): boolean {
  return role.endsWith('AsyncReplica');
}

/** The prefix of replicas that others made. They are observed, since they prevent some changes, and left alone. */
const OTHER = 'other-replica/';

/** The name of the server at `replica/1` or `replica/westus`. */
export function nameAt({ names, settings }: AzureContext, address: string): string {
  if (address.startsWith(OTHER)) return address.slice(OTHER.length);
  const which = address.slice('replica/'.length);
  const number = numberOf(address);
  const usual = (one: number): string => replicaName(names.server, one);
  return number === undefined ? replicaName(names.server, which) : nameOfNumber(number, settings.replica_names, usual);
}

/** The address of a replica in a plan. */
export function addressOf({ names, settings }: AzureContext, live: Server): string {
  const name = live.name ?? '';
  const number = numberOfName(name, settings.replica_names, one => replicaName(names.server, one));
  if (number !== undefined) return replicaAddress(number);
  const region = regionOf(live.location);
  return replicaName(names.server, region) === name ? replicaAddress(region) : `${OTHER}${name}`;
}

function observed(context: AzureContext, address: string, live: Server): Observed<ReplicaTable> {
  const values = serverValues(live);
  return {
    address,
    type: KIND.type,
    title: replicaTitle(context, address),
    ownership: replicaOwner(live.tags, live.name ?? '', context.target),
    fields: {
      ...Object.fromEntries(
        [...FOLLOWED, ...INHERITED, 'storage_type' as const].flatMap(name =>
          values[name] === undefined ? [] : [[name, values[name]]]
        )
      ),
      ...tagFields(live.tags)
    },
    ...defined({ stopped: stoppedState(live) }),
    facts: serverFacts(live),
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP
  };
}

async function create(context: AzureContext, work: CreationWork<ReplicaTable>): Promise<Facts> {
  const { resourceGroup, target } = context;
  const name = nameAt(context, work.address);
  // Storage comes with the data of the source.
  const { storage: _storage, ...members } = bodyOf(work.values);
  const body: Server = {
    ...(members as Omit<Server, 'location'>),
    location: textOf(work.values.location ?? target.region),
    createMode: 'Replica',
    sourceServerResourceId: context.serverId,
    tags: tagsOfNew(work)
  };
  await createUnlessThere(
    work,
    `read replica ${name}`,
    async () =>
      mutate(context, {
        what: `read replica ${name}`,
        usually: '5–15 min, depending on the amount of data',
        operation: `${SERVERS}/write`,
        // The source is the server that is busy, before and meanwhile.
        server: context.names.server,
        send: async (client, options) => client.servers.beginCreateOrUpdate(resourceGroup, name, body, options)
      }),
    async () => {
      const live = await readServer(context, name);
      return isThere(live) ? replicaOwnership(ownershipOf(live.tags, target), name, isReplica(live)) : undefined;
    }
  );
  return serverFacts(await waitForServer(context, name));
}
