import { defined } from '../../../engine/defined.ts';
import { isPromotedFrom, replicaOwnership } from '../../../engine/ownership.ts';
import { type CreationWork, defineResource, type Facts, type Observed, type Work } from '../../../engine/resource.ts';
import { stringOf, type Value } from '../../../engine/value.ts';
import { createOrReuseOwn } from '../../create-or-reuse-own.ts';
import { ignoring } from '../../failures.ts';
import { nameOfNumber, numberOf, numberOfName } from '../../numbered-replicas.ts';
import { replicaAddress, SERVER, SERVER_GROUP } from '../addresses.ts';
import { nameLabel, ownershipOf } from '../api/labels.ts';
import { replicaName } from '../api/names.ts';
import { mutate, whenIdle } from '../api/operation.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { filteredInstances, readInstance } from '../live-state.ts';
import { instanceFacts, primaryOf } from './server/convert.ts';
import { newInstance } from './server/create.ts';
import { joined, type Body } from './server/field.ts';
import { isReplicaField, REPLICA_KIND, type ReplicaFields } from './server/fields.ts';
import { flagsAfter } from './server/flag-change.ts';
import { deleteInstance } from './server/remove.ts';
import { restartFlags } from './server/server.ts';
import { changeInstance } from './server/update.ts';
import { liveValues } from './server/values.ts';
import { waitForInstance } from './server/wait.ts';

/** A read replica: numbered ones in the region of the primary, and one in another region for disaster recovery. */
export const replica = defineResource<GcpContext>()({
  ...REPLICA_KIND,
  permissions: {
    observe: ['cloudsql.instances.list'],
    create: ['cloudsql.instances.create'],
    update: ['cloudsql.instances.update'],
    delete: ['cloudsql.instances.delete']
  },
  observe: async context => {
    const all = await replicasOf(context);
    return Promise.all(all.map(async live => observed(context, live, all, await restartFlags(context, live))));
  },
  create,
  update: async (context, work) => {
    const name = stringOf(work.observed?.facts['id']) ?? nameAt(context, work.address);
    await changeInstance(context, name, work);
    return instanceFacts(await waitForInstance(context, name));
  },
  remove: async (context, work) => {
    // Deleting a replica keeps its primary busy.
    await whenIdle(context, context.name);
    await deleteInstance(context, stringOf(work.observed?.facts['id']) ?? nameAt(context, work.address), false);
  }
});

export function replicaTitle(context: GcpContext, address: string): string {
  return `read replica ${nameAt(context, address)}`;
}

/** The name of the instance at `replica/1` or `replica/us-east1`. */
export function nameAt(context: GcpContext, address: string): string {
  const which = address.slice('replica/'.length);
  const number = numberOf(address);
  const usual = (one: number): string => replicaName(context, one);
  return number === undefined
    ? replicaName(context, which)
    : nameOfNumber(number, context.settings.replica_names, usual);
}

/** The address of a replica: by its number or region where it is named as ours are, otherwise by its whole name. */
function addressOf(context: GcpContext, { name, region = '' }: Instance): string {
  const number = numberOfName(name, context.settings.replica_names, one => replicaName(context, one));
  return replicaAddress(number ?? (replicaName(context, region) === name ? region : name));
}

/**
 * Every read replica and read pool of the instance, in any depth: those with the label of this database, also while
 * they are created, and those of others, which their primary lists. Without permission to list instances, only the
 * latter.
 */
async function replicasOf(context: GcpContext): Promise<readonly Instance[]> {
  const [label, value] = nameLabel(context.target.name);
  const filter = `settings.userLabels.${label}:${value}`;
  const [labelled = [], primary] = await Promise.all([
    ignoring(
      ['denied'],
      context.ask('replicas', async () => filteredInstances(context, filter))
    ),
    context.live()
  ]);
  const start = { name: context.name, replicaNames: primary?.replicaNames ?? [] };
  const followers = await followersOf(context, start, labelled, new Set([context.name]));
  return [...followers, ...labelled.filter(one => isPromoted(context, one))];
}

/** Whether it has the name and the mark of a replica of ours, and follows no server any more. */
function isPromoted(context: GcpContext, live: Instance): boolean {
  if (live.name === context.name || primaryOf(live) !== '' || addressOf(context, live) === replicaAddress(live.name)) {
    return false;
  }
  const owner = ownershipOf(live.settings?.userLabels ?? {}, context.target);
  return isPromotedFrom(replicaOwnership(owner, live.name, false), context.target);
}

/** `seen` grows. After a switchover both instances can be in the list of the other for a while. */
async function followersOf(
  context: GcpContext,
  { name, replicaNames = [] }: Pick<Instance, 'name' | 'replicaNames'>,
  labelled: readonly Instance[],
  seen: Set<string>
): Promise<readonly Instance[]> {
  const known = labelled.filter(one => primaryOf(one) === name);
  const missing = replicaNames.filter(one => known.every(({ name: other }) => other !== one));
  const read = await Promise.all(
    missing.map(async one => context.ask(`instance ${one}`, async () => readInstance(context, one)))
  );
  // A list can be older than the instance in it, which follows nothing any more.
  const following = read.filter(one => one !== undefined).filter(one => primaryOf(one) !== '');
  const direct = [...known, ...following].filter(one => !seen.has(one.name));
  for (const one of direct) seen.add(one.name);
  const below = await Promise.all(direct.map(async one => followersOf(context, one, labelled, seen)));
  return direct.flatMap((one, at) => [one, ...(below[at] ?? [])]);
}

/** The replicas, as outputs need them. */
export async function foundReplicas(context: GcpContext): Promise<readonly Observed<ReplicaFields>[]> {
  const all = await replicasOf(context);
  return all.map(live => observed(context, live, all, []));
}

function observed(
  context: GcpContext,
  live: Instance,
  all: readonly Instance[],
  restarts: readonly string[] | undefined
): Observed<ReplicaFields> {
  const values = Object.entries<Value>(liveValues(context.settings, live)).filter(([name]) => isReplicaField(name));
  const primary = all.find(one => one.name === primaryOf(live));
  return {
    address: addressOf(context, live),
    type: 'replica',
    title: `${live.instanceType === 'READ_POOL_INSTANCE' ? 'read pool' : 'read replica'} ${live.name}`,
    ownership: replicaOwnership(
      ownershipOf(live.settings?.userLabels ?? {}, context.target),
      live.name,
      primaryOf(live) !== '',
      context.target
    ),
    fields: Object.fromEntries(values),
    facts: defined({ ...instanceFacts(live), restart_flags: restarts }),
    isProtected: live.settings?.deletionProtectionEnabled === true,
    dependsOn: primaryOf(live) === '' ? [] : [primary === undefined ? SERVER : addressOf(context, primary)],
    concurrencyGroup: SERVER_GROUP
  };
}

async function create(context: GcpContext, work: CreationWork<ReplicaFields>): Promise<Facts> {
  const { gcp, project, target, name: source } = context;
  const name = nameAt(context, work.address);
  const which = work.address.slice('replica/'.length);
  // Creating a replica keeps its primary busy.
  await whenIdle(context, source);
  const primary = await readInstance(context, source);
  const isRemote = !/^\d+$/.test(which);
  await createOrReuseOwn(
    work,
    replicaTitle(context, work.address),
    async () =>
      mutate(context, {
        what: `create ${replicaTitle(context, work.address)}`,
        instance: name,
        usually: '5–15 min, by the amount of data',
        permission: 'cloudsql.instances.create',
        type: 'CREATE_REPLICA',
        otherName: OTHER_REPLICA_HINT,
        send: async (sdk, options) => sdk.instances.insert({ project: gcp.project }, options),
        body: () => ({
          project,
          name,
          ...newReplica(work, primary, isRemote),
          masterInstanceName: source,
          databaseVersion: primary?.databaseVersion,
          region: isRemote ? which : primary?.region
        })
      }),
    async () => {
      const live = await readInstance(context, name);
      const owner = ownershipOf(live?.settings?.userLabels ?? {}, target);
      return live && replicaOwnership(owner, name, primaryOf(live) !== '');
    },
    OTHER_REPLICA_HINT
  );
  return instanceFacts(await waitForInstance(context, name));
}

/** A deleted replica keeps its name as long as any instance does. */
const OTHER_REPLICA_HINT =
  'List another name for it in `replica_names`, or set another `replica_region` for one elsewhere. Or wait: a deleted instance keeps its name for up to a week.';

/** Settings that a replica takes from its primary and that no field of ours holds. */
const INHERITED = ['connectorEnforcement', 'dataCacheConfig', 'insightsConfig'] as const;

/** The body of a new replica: the planned values over those settings of the primary that no input can name. */
function newReplica(work: Work<ReplicaFields>, primary: Instance | undefined, isRemote: boolean): Body {
  const live: Readonly<Record<string, unknown>> = { ...primary?.settings };
  const kept = INHERITED.flatMap(name => (live[name] === undefined ? [] : [[name, live[name]] as const]));
  const flags = flagsAfter(primary?.settings?.databaseFlags ?? [], work.values);
  const own = newInstance(work);
  const base = { ...Object.fromEntries(kept), ipConfiguration: networkOf(primary, isRemote) };
  const wanted = flags.length === 0 ? own : joined(own, { settings: { databaseFlags: flags } });
  return joined({ settings: base }, wanted);
}

/**
 * The network settings of the primary. `requireSsl` is the older form of `sslMode`, and Cloud SQL takes no network
 * attachment with a creation. A pool of certificates belongs to one region, and the settings that need it go with it.
 */
function networkOf(primary: Instance | undefined, isRemote: boolean): Readonly<Record<string, unknown>> {
  const live: Readonly<Record<string, unknown>> = { ...primary?.settings?.ipConfiguration };
  const { requireSsl: _older, pscConfig, ...network } = live;
  const { networkAttachmentUri: _later, ...endpoint } = (pscConfig ?? {}) as Readonly<Record<string, unknown>>;
  const ofEndpoint = defined({ pscConfig: pscConfig === undefined ? undefined : endpoint });
  if (!isRemote) return { ...network, ...ofEndpoint };
  const {
    serverCaPool,
    serverCaMode,
    serverCertificateRotationMode,
    customSubjectAlternativeNames: _own,
    ...rest
  } = network;
  const certificate = serverCaPool === undefined ? { serverCaMode, serverCertificateRotationMode } : {};
  return defined({ ...rest, ...certificate, ...ofEndpoint });
}
