import type { DBInstance } from '@aws-sdk/client-rds';
import type { Ownership } from '../../../../engine/ownership.ts';
import type { Observed } from '../../../../engine/resource.ts';
import { ignoring, UNREADABLE } from '../../../failures.ts';
import { parameterGroupAddress, SECURITY_GROUP, SERVER, SUBNET_GROUP } from '../../addresses.ts';
import { remoteReplicaId } from '../../api/names.ts';
import { REGIONS } from '../../api/regions.ts';
import { fromList, ownershipOf, REPLICA_ID } from '../../api/tags.ts';
import type { AwsContext } from '../../context.ts';
import { instanceFacts, instanceValues } from './convert.ts';
import { observedUsers } from '../security-group-users.ts';
import type { SERVER_FIELDS } from './fields.ts';

/**
 * Replicas of the server that no input names: those of others, which an upgrade takes along, and our own under names
 * that `replica_names` gave them. The server lists them.
 */
export async function observeOtherReplicas(context: AwsContext): Promise<readonly Observed<typeof SERVER_FIELDS>[]> {
  const own = await context.liveState().instances();
  const server = own.get(context.names.instance);
  const ids = (server?.ReadReplicaDBInstanceIdentifiers ?? []).filter(id => !id.includes(':') && !own.has(id));
  const others = (await ignoring(UNREADABLE, context.liveState().instancesOf(ids))) ?? [];
  return [...others.flatMap(live => observedOther(context, live, [])), ...replicasElsewhere(context, server)];
}

/**
 * What of others uses resources of this database: replicas of its server, instances in its groups, network interfaces
 * and rules. All are read so that a removal names them before anything is deleted. RDS has no filter by what an
 * instance uses: all instances of the region are listed. Without the permission to list them, RDS decides.
 */
export async function dependents(context: AwsContext, known: readonly Observed[]): Promise<readonly Observed[]> {
  const [groups = [], all = [], users] = await Promise.all([
    ignoring(UNREADABLE, ownGroups(context)),
    ignoring(UNREADABLE, context.liveState().allInstances()),
    observedUsers(context, known)
  ]);
  const own = await context.liveState().instances();
  const addresses = new Set(known.map(({ address }) => address));
  const others = all
    .filter(({ DBInstanceIdentifier: id = '' }) => !own.has(id))
    .flatMap(live => observedOther(context, live, groups));
  return [...others, ...users].filter(({ address }) => !addresses.has(address));
}

/** Nothing for an instance that uses nothing of this database. */
function observedOther(
  context: AwsContext,
  live: DBInstance,
  groups: readonly string[]
): readonly Observed<typeof SERVER_FIELDS>[] {
  const dependsOn = dependencies(context, live, groups);
  if (dependsOn.length === 0) return [];
  const tags = fromList(live.TagList);
  const id = live.DBInstanceIdentifier ?? '';
  const owner = ownershipOf(tags, context.target);
  if (!dependsOn.includes(SERVER)) return [observed(id, otherOwner(owner), dependsOn)];
  const isOwn = tags[REPLICA_ID] === id;
  return [
    {
      ...observed(id, isOwn ? owner : otherOwner(owner), dependsOn),
      fields: instanceValues(live),
      facts: instanceFacts(live),
      ...(isOwn ? { isProtected: live.DeletionProtection === true } : {})
    }
  ];
}

/** A copied mark does not make an instance under another name ours. */
function otherOwner(owner: Ownership): Ownership {
  return owner.kind === 'ours' ? { kind: 'unmarked' } : owner;
}

/** The identifiers of our security group. */
async function ownGroups(context: AwsContext): Promise<readonly string[]> {
  if (!(await context.liveState().looksFor('security-group'))) return [];
  return (await context.liveState().securityGroups()).flatMap(one =>
    ownershipOf(fromList(one.Tags), context.target).kind === 'ours' ? (one.GroupId ?? []) : []
  );
}

/** Replicas in other regions that are not ours: the server lists them, and their tags are not read. */
function replicasElsewhere(
  { names }: AwsContext,
  live: DBInstance | undefined
): readonly Observed<typeof SERVER_FIELDS>[] {
  return (live?.ReadReplicaDBInstanceIdentifiers ?? []).flatMap(identifier => {
    const [, , , region, , , id] = identifier.split(':');
    if (region === undefined || id === undefined || id === remoteReplicaId(names.instance, region)) return [];
    const found = observed(`${id} in ${region}`, { kind: 'unmarked' }, [SERVER]);
    return [{ ...found, facts: { ...found.facts, region } }];
  });
}

function dependencies({ names }: AwsContext, live: DBInstance, groups: readonly string[]): readonly string[] {
  const prefix = names.parameterGroupPrefix;
  const families = (live.DBParameterGroups ?? []).flatMap(({ DBParameterGroupName: name = '' }) =>
    name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)) ? [`postgres${name.slice(prefix.length)}`] : []
  );
  const isReplica = live.ReadReplicaSourceDBInstanceIdentifier === names.instance;
  const isInGroup = (live.VpcSecurityGroups ?? []).some(one => groups.includes(one.VpcSecurityGroupId ?? ''));
  return [
    ...(isReplica ? [SERVER] : []),
    ...(live.DBSubnetGroup?.DBSubnetGroupName === names.subnetGroup ? [SUBNET_GROUP] : []),
    ...(isInGroup ? [SECURITY_GROUP] : []),
    ...families.map(parameterGroupAddress)
  ];
}

function observed(id: string, ownership: Ownership, dependsOn: readonly string[]): Observed<typeof SERVER_FIELDS> {
  const isReplica = dependsOn.includes(SERVER);
  // `prod-reports-1` would be taken for the region of a replica.
  const place = REGIONS.form.test(id) ? `name:${id}` : id;
  return {
    address: `${isReplica ? 'replica' : 'instance'}/${place}`,
    type: isReplica ? 'replica' : 'server',
    title: isReplica ? `read replica ${id}` : `instance ${id}`,
    ownership,
    fields: {},
    facts: { id },
    dependsOn,
    concurrencyGroup: `instance/${id}`
  };
}
