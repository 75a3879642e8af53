import type { DBInstance, DBSubnetGroup, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found, invalidValue } from '../fault.ts';
import { page } from '../pages.ts';
import { tagged } from '../tags.ts';
import { arnOf } from './instance.ts';

export const subnetGroups: Actions<RDS> = {
  CreateDBSubnetGroup: (input, call) => {
    const { region } = call;
    const name = (input.DBSubnetGroupName ?? '').toLowerCase();
    if (!/^[a-z][a-z0-9 ._-]{0,254}$/.test(name) || name === 'default')
      throw invalidValue(`Invalid DBSubnetGroupName ${name}`);
    if (region.subnetGroups.has(name))
      throw new AwsFault('DBSubnetGroupAlreadyExists', `The DB subnet group '${name}' already exists.`);
    const group = build(name, input.DBSubnetGroupDescription ?? '', input.SubnetIds ?? [], call);
    region.subnetGroups.set(name, { group, tags: tagged(input.Tags) });
    return { DBSubnetGroup: group };
  },
  DescribeDBSubnetGroups: (input, { cloud, region }) => {
    const name = input.DBSubnetGroupName?.toLowerCase();
    if (name !== undefined) {
      const record = found(
        region.subnetGroups.get(name),
        'DBSubnetGroupNotFoundFault',
        `DB subnet group '${name}' does not exist.`
      );
      return { DBSubnetGroups: [record.group] };
    }
    const { items, next } = page([...region.subnetGroups.values()], cloud.pageSize, input.MaxRecords, input.Marker);
    return { DBSubnetGroups: items.map(one => one.group), Marker: next };
  },
  ModifyDBSubnetGroup: (input, call) => {
    const name = (input.DBSubnetGroupName ?? '').toLowerCase();
    const record = found(
      call.region.subnetGroups.get(name),
      'DBSubnetGroupNotFoundFault',
      `DB subnet group '${name}' does not exist.`
    );
    const description = input.DBSubnetGroupDescription ?? record.group.DBSubnetGroupDescription ?? '';
    const group = build(name, description, input.SubnetIds ?? [], call);
    const users = [...call.region.instances.values()].filter(one => one.live.DBSubnetGroup?.DBSubnetGroupName === name);
    if (users.length > 0 && group.VpcId !== record.group.VpcId) {
      throw new AwsFault('InvalidSubnet', 'The new Subnets are not in the same Vpc as the existing subnet group');
    }
    // The words of many reports, such as https://github.com/aws/aws-cdk/issues/26135
    const left = (group.Subnets ?? []).map(one => one.SubnetIdentifier);
    const inUse = users.flatMap(one => usedSubnets(one.live)).find(id => !left.includes(id));
    if (inUse !== undefined) {
      throw new AwsFault('SubnetAlreadyInUse', `Some of the subnets to be deleted are currently in use: ${inUse}`);
    }
    record.group = group;
    for (const user of users) user.live.DBSubnetGroup = group;
    return { DBSubnetGroup: group };
  },
  DeleteDBSubnetGroup: (input, { region }) => {
    const name = (input.DBSubnetGroupName ?? '').toLowerCase();
    found(region.subnetGroups.get(name), 'DBSubnetGroupNotFoundFault', `DB subnet group '${name}' does not exist.`);
    const user = [...region.instances.values()].find(one => one.live.DBSubnetGroup?.DBSubnetGroupName === name);
    if (user !== undefined) {
      const message = `Cannot delete the subnet group '${name}' because at least one database instance: ${user.live.DBInstanceIdentifier} is still using it.`;
      throw new AwsFault('InvalidDBSubnetGroupStateFault', message);
    }
    region.subnetGroups.delete(name);
  }
};

/** One in each zone that the instance is in. */
function usedSubnets({
  DBSubnetGroup: group,
  AvailabilityZone,
  SecondaryAvailabilityZone
}: DBInstance): readonly string[] {
  return [AvailabilityZone, SecondaryAvailabilityZone].flatMap(
    zone => group?.Subnets?.find(one => one.SubnetAvailabilityZone?.Name === zone)?.SubnetIdentifier ?? []
  );
}

function build(
  name: string,
  description: string,
  subnetIds: readonly string[],
  { cloud, region }: Call
): DBSubnetGroup {
  if (description === '') throw invalidValue('DBSubnetGroupDescription must not be blank');
  const subnets = subnetIds.map(id => {
    const subnet = region.subnets.get(id);
    if (subnet === undefined)
      throw new AwsFault('InvalidSubnet', `Some input subnets in :[${subnetIds.join(', ')}] are invalid.`);
    return subnet;
  });
  const zones = new Set(subnets.map(subnet => subnet.AvailabilityZone));
  if (new Set(subnets.map(subnet => subnet.VpcId)).size > 1) {
    throw new AwsFault('InvalidSubnet', `The DB subnet group must not span several VPCs`);
  }
  if (zones.size < 2) {
    const message = `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${[...zones].join(', ')}. Add subnets to cover at least 2 AZs.`;
    throw new AwsFault('DBSubnetGroupDoesNotCoverEnoughAZs', message);
  }
  return {
    DBSubnetGroupName: name,
    DBSubnetGroupDescription: description,
    DBSubnetGroupArn: arnOf(cloud, region, 'subgrp', name),
    VpcId: subnets[0]?.VpcId,
    SubnetGroupStatus: 'Complete',
    SupportedNetworkTypes: ['IPV4'],
    Subnets: [...subnets].reverse().map(subnet => ({
      SubnetIdentifier: subnet.SubnetId,
      SubnetAvailabilityZone: { Name: subnet.AvailabilityZone },
      SubnetOutpost: {},
      SubnetStatus: 'Active'
    }))
  };
}
