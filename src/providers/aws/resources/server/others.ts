import type { DBInstance } from '@aws-sdk/client-rds';
import type { Ownership } from '../../../../engine/ownership.ts';
import type { Observed } from '../../../../engine/resource.ts';
import { ignoring, UNREADABLE } from '../../../failures.ts';
import { parameterGroupAddress, SECURITY_GROUP, SERVER, SUBNET_GROUP } from '../../addresses.ts';
import { remoteReplicaId } from '../../api/names.ts';
import { fromList, ownershipOf } from '../../api/tags.ts';
import type { AwsContext } from '../../context.ts';
import type { SERVER_FIELDS } from './fields.ts';

/**
 * Instances of others that use resources of this database: replicas of its server, and users of its groups. They are
 * observed so that a destroy names them before anything is deleted. Without the permission to list them, RDS decides.
 */
export async function observeOthers(context: AwsContext): Promise<readonly Observed<typeof SERVER_FIELDS>[]> {
  const liveState = context.liveState();
  const [own, groups = [], all = []] = await Promise.all([
    liveState.instances(),
    ignoring(UNREADABLE, ownGroups(context)),
    ignoring(UNREADABLE, liveState.allInstances())
  ]);
  const others = all
    .filter(({ DBInstanceIdentifier: id = '' }) => !own.has(id))
    .flatMap(live => {
      const dependsOn = dependencies(context, live, groups);
      const ownership = ownershipOf(fromList(live.TagList), context.target);
      return dependsOn.length === 0 ? [] : [observed(live.DBInstanceIdentifier ?? '', ownership, dependsOn)];
    });
  return [...others, ...replicasElsewhere(context, own.get(context.names.instance))];
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
    return [observed(`${id} in ${region}`, { kind: 'unmarked' }, [SERVER])];
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
  return {
    address: `${isReplica ? 'replica' : 'instance'}/${id}`,
    type: isReplica ? 'replica' : 'server',
    title: isReplica ? `read replica ${id}` : `instance ${id}`,
    // A copied mark does not make an instance under another name ours.
    ownership: ownership.kind === 'ours' ? { kind: 'unmarked' } : ownership,
    fields: {},
    facts: { id },
    dependsOn,
    concurrencyGroup: `instance/${id}`
  };
}
