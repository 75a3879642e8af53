import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { isFailure } from '../../failures.ts';
import { createOrReuseOwn } from '../../create-or-reuse-own.ts';
import { replicaAddress, SERVER, SERVER_GROUP } from '../addresses.ts';
import type { Instance } from '../api/types.ts';
import { instanceFacts } from './server/convert.ts';
import { ownershipOf } from '../api/labels.ts';
import { replicaName } from '../api/names.ts';
import { mutate, waitForInstance, whenIdle } from '../api/operation.ts';
import { listInstances, readInstance, type GcpContext } from '../context.ts';
import { deleteInstance, instance, liveValues, restartFlags } from './server/server.ts';
import { newInstance } from './server/create.ts';
import { changeInstance } from './server/update.ts';

/** Of an instance's fields those that a replica has in its own right; families of them by their prefix. */
const OWN = [
  'state',
  'instance_class',
  'edition',
  'allocated_storage',
  'max_allocated_storage',
  'storage_type',
  'storage_iops',
  'storage_throughput',
  'enable_performance_insights',
  'publicly_accessible',
  'private_network',
  'allocated_ip_range',
  'allowed_cidr_blocks',
  'ssl_mode',
  'iam_database_authentication_enabled',
  'parameters.',
  'tags.'
];

/** Whether a replica has such a field too. */
export function isReplicaField(field: string): boolean {
  return OWN.includes(field) || OWN.includes(field.replace(/\..*$/, '.'));
}

const fields: FieldTable = Object.fromEntries(Object.entries(instance.fields).filter(([name]) => isReplicaField(name)));

/** A read replica: numbered in the instance's own region, or one in another region for the day when this one is lost. */
export const replica: ResourceType<GcpContext> = {
  type: 'replica',
  fields,
  permissions: {
    observe: ['cloudsql.instances.list'],
    create: ['cloudsql.instances.create'],
    update: ['cloudsql.instances.update'],
    delete: ['cloudsql.instances.delete']
  },
  observe: async context => {
    const all = await replicasOf(context);
    const seen = await Promise.all(
      all.map(async live => {
        const address = addressOf(context, live);
        return address === undefined ? [] : [await observed(context, address, live)];
      })
    );
    return seen.flat();
  },
  create,
  update: async (context, work) => {
    const name = nameAt(context, work.address);
    await changeInstance(context, name, work);
    return instanceFacts(await waitForInstance(context, name));
  },
  remove: async (context, work) => {
    // Its instance is busy meanwhile.
    await whenIdle(context, context.name);
    await deleteInstance(context, nameAt(context, work.address), false);
  }
};

export function replicaTitle(context: GcpContext, address: string): string {
  return `read replica ${nameAt(context, address)}`;
}

/** The name of the instance at `replica/1` or `replica/us-east1`. */
function nameAt({ name }: GcpContext, address: string): string {
  return replicaName(name, address.slice('replica/'.length));
}

/** Where a replica stands in a plan; `undefined` for one that is not called as ours are. */
function addressOf({ name: source }: GcpContext, { name, region = '' }: Instance): string | undefined {
  const number = /-(\d+)$/.exec(name)?.[1];
  const which = [...(number === undefined ? [] : [Number(number)]), region].find(
    one => replicaName(source, one) === name
  );
  return which === undefined ? undefined : replicaAddress(which);
}

/**
 * Everything that follows the instance, what is still being made too, which the instance itself does not name yet. Where the list may not be
 * read, the instance's own word counts.
 */
async function replicasOf(context: GcpContext): Promise<readonly Instance[]> {
  const isOf = ({ masterInstanceName: source = '' }: Instance): boolean => source.split(':').at(-1) === context.name;
  try {
    const all = await context.ask('instances', async () => listInstances(context));
    return all.filter(isOf);
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    const names = (await context.live())?.replicaNames ?? [];
    const live = await Promise.all(names.map(async name => readInstance(context, name)));
    return live.filter(one => one !== undefined);
  }
}

async function observed(context: GcpContext, address: string, live: Instance): Promise<Observed> {
  const values = Object.entries(liveValues(context, live)).filter(([name]) => isReplicaField(name));
  return {
    address,
    type: 'replica',
    title: replicaTitle(context, address),
    ownership: ownershipOf(live.settings?.userLabels ?? {}, context.target),
    fields: Object.fromEntries(values),
    facts: { ...instanceFacts(live), restart_flags: await restartFlags(context, live) },
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP
  };
}

async function create(context: GcpContext, work: Work): Promise<Facts> {
  const { gcp, project, target, name: source } = context;
  const name = nameAt(context, work.address);
  const which = work.address.slice('replica/'.length);
  // Nothing may go on in the instance, which is busy as long as its replica is made.
  await whenIdle(context, source);
  const primary = await readInstance(context, source);
  await createOrReuseOwn(
    context,
    replicaTitle(context, work.address),
    async () =>
      mutate(context, {
        what: replicaTitle(context, work.address),
        instance: name,
        usually: '5–15 min, by the amount of data',
        permission: 'cloudsql.instances.create',
        type: 'CREATE_REPLICA',
        send: async (sdk, options) => sdk.instances.insert({ project: gcp.project }, options),
        body: () => ({
          project,
          name,
          ...newInstance(work),
          masterInstanceName: source,
          databaseVersion: primary?.databaseVersion,
          region: /^\d+$/.test(which) ? primary?.region : which
        })
      }),
    async () => ownershipOf((await readInstance(context, name))?.settings?.userLabels ?? {}, target)
  );
  return instanceFacts(await waitForInstance(context, name));
}
