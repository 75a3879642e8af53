import { defined } from '../../../engine/defined.ts';
import type { FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf, type FieldValue } from '../../../engine/value.ts';
import { waitUntil } from '../../../engine/wait.ts';
import { orUndefined, isFailure, ignoring } from '../../failures.ts';
import { createOrReuseOwn } from '../../create-or-reuse-own.ts';
import { idOf } from './server/wait.ts';
import { replicaAddress, replicaNameOf, SERVER } from '../api/names.ts';
import { markTags, ownershipOf } from '../api/tags.ts';
import type { Connection, DigitalOceanContext } from '../context.ts';
import { isDownsizing } from '../api/sizes.ts';

/** What we read of a read replica. */
export interface Replica {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly size?: string;
  readonly status?: string;
  readonly tags?: readonly string[] | null;
  readonly private_network_uuid?: string;
  readonly connection?: Connection;
}

const fields: FieldTable = {
  region: { api: 'region', input: 'replica_region', impact: 'blocked', constraint: 'create-only' },
  size: {
    api: 'size',
    input: 'instance_class',
    impact: ({ from, to }) => (isDownsizing(slug(from), slug(to)) ? 'blocked' : 'restart'),
    hint: 'Keep the size. DigitalOcean never makes nodes smaller.'
  },
  private_network: { api: 'private_network_uuid', input: 'vpc_id', impact: 'blocked', constraint: 'create-only' }
};

const slug = (value: FieldValue | undefined): string => (typeof value === 'string' ? value : '');

/** A read replica: numbered in the cluster's own region, or one in another region. */
export const replica: ResourceType<DigitalOceanContext> = {
  type: 'replica',
  fields,
  permissions: {
    observe: ['database:read'],
    create: ['database:create', 'tag:create'],
    update: ['database:update'],
    delete: ['database:delete']
  },
  observe: async context => {
    const live = await context.live();
    if (live === undefined) return [];
    return (await context.replicas()).map(one => {
      // Somebody else's is seen, so that it is not taken along unasked when the cluster goes.
      return observed(context, replicaAddress(context.target.name, one.name) ?? `replica-of-others/${one.name}`, one);
    });
  },
  create,
  update: async (context, work) => {
    const { id, name } = work.observed?.facts ?? {};
    const size = work.values['size'];
    if (typeof size === 'string') {
      await context.api.rest('PUT', `/databases/${textOf(id)}/resize`, { size, num_nodes: 1 });
      await online(context, work, textOf(name), `resize ${textOf(name)}`, live => (live.size ?? size) === size);
    }
    return work.observed?.facts ?? {};
  },
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
        const live = await orUndefined(context.api.rest('GET', path));
        return live === undefined ? { state: 'done', value: true } : { state: 'pending', detail: 'deleting' };
      }
    });
  }
};

function observed(context: DigitalOceanContext, address: string, live: Replica): Observed {
  const { id, name, region, size, tags, private_network_uuid: network, connection } = live;
  return {
    address,
    type: 'replica',
    title: `read replica ${name}`,
    ownership: ownershipOf(tags ?? [], context.target),
    fields: defined({ region, size, private_network: network }),
    facts: { id, name, host: connection?.host ?? '', port: connection?.port ?? 25_060 },
    dependsOn: [SERVER],
    concurrencyGroup: address
  };
}

async function create(context: DigitalOceanContext, work: Work): Promise<Readonly<Record<string, string | number>>> {
  const id = await idOf(context);
  const name = replicaNameOf(context.target.name, work.address);
  const path = `/databases/${id}/replicas`;
  const here = async (): Promise<Replica | undefined> =>
    (await orUndefined(context.api.rest<{ replica: Replica }>('GET', `${path}/${encodeURIComponent(name)}`)))?.replica;
  const { size, region, private_network: network } = work.values;
  const place = defined({ region, private_network_uuid: network });
  const body = { name, size, ...place, tags: markTags(work.mark) };
  const send = async (): Promise<unknown> => context.api.rest('POST', path, body, { idempotent: false, recheck: here });
  await createOrReuseOwn(
    context,
    `read replica ${name}`,
    async () => afterFirstBackup(context, work, name, send),
    async () => ownershipOf((await here())?.tags ?? [], context.target)
  );
  const made = await online(context, work, name, `create read replica ${name}`);
  return { id: made.id, name };
}

/** A new cluster can have no replicas until its first backup is there: DigitalOcean says 412 for some minutes. */
async function afterFirstBackup(
  context: DigitalOceanContext,
  work: Work,
  name: string,
  send: () => Promise<unknown>
): Promise<unknown> {
  return waitUntil<unknown>(work.execution, {
    what: `read replica ${name}`,
    usually: '10 min after the cluster was made',
    intervalSeconds: context.pollSeconds,
    deadline: context.options.deadline,
    look: async () => {
      try {
        return { state: 'done', value: await send() };
      } catch (thrown) {
        if (!isFailure(thrown, 'busy')) throw thrown;
        return { state: 'pending', detail: 'waiting for the first backup' };
      }
    }
  });
}

async function online(
  context: DigitalOceanContext,
  work: Work,
  name: string,
  what: string,
  isThere: (live: Replica) => boolean = () => true
): Promise<Replica> {
  const id = await idOf(context);
  const path = `/databases/${id}/replicas/${encodeURIComponent(name)}`;
  const { wait, deadline } = context.options;
  return waitUntil<Replica>(work.execution, {
    what,
    usually: '10 min',
    intervalSeconds: context.pollSeconds,
    deadline: wait ? deadline : work.execution.clock.now(),
    consecutive: wait ? 2 : 1,
    look: async () => {
      const live = (await orUndefined(context.api.rest<{ replica: Replica }>('GET', path)))?.replica;
      // The reference says `active` where the service says `online`.
      const isOnline = live?.status === 'online' || live?.status === 'active';
      if (isOnline && isThere(live)) return { state: 'done', value: live };
      return { state: 'pending', detail: live?.status ?? 'not to be seen yet' };
    }
  });
}
