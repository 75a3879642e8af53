import type { BlueGreenDeployment, CreateBlueGreenDeploymentRequest, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found } from '../fault.ts';
import type { BlueGreenRecord, Region } from '../state.ts';
import { tagged } from '../tags.ts';
import { arnOf, begin, instance, mustBe, step } from './instance.ts';
import type { InstanceRecord } from './instance-record.ts';

/** Blue/Green deployments, whose phases go on with each read. */
export const blueGreen: Actions<RDS> = {
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-considerations.html
  CreateBlueGreenDeployment: (input, call) => {
    const { cloud, region } = call;
    const name = input.BlueGreenDeploymentName ?? '';
    const source = instance(region, input.Source);
    const { live } = source;
    if ([...region.blueGreen.values()].some(one => one.deployment.BlueGreenDeploymentName === name)) {
      throw new AwsFault('BlueGreenDeploymentAlreadyExistsFault', `Blue/Green deployment ${name} already exists.`);
    }
    mustBe(source, 'available');
    if ((live.BackupRetentionPeriod ?? 0) === 0) {
      throw new AwsFault('InvalidDBInstanceState', 'Automated backups are not enabled for the source.');
    }
    if (live.MasterUserSecret !== undefined) {
      throw new AwsFault('SourceDatabaseNotSupportedFault', 'The master password is managed in Secrets Manager.');
    }
    const copied = [...region.instances.values()].filter(one => one.sourceArn === source.arn);
    if (copied.some(one => (one.live.ReadReplicaDBInstanceIdentifiers ?? []).length > 0)) {
      throw new AwsFault('SourceDatabaseNotSupportedFault', 'Cascading read replicas are not supported.');
    }
    const group = region.parameterGroups.get(live.DBParameterGroups?.[0]?.DBParameterGroupName ?? '');
    const isMajor = majorOf(input.TargetEngineVersion) !== majorOf(live.EngineVersion);
    const isLogical = group?.values.get('rds.logical_replication')?.value === '1';
    const id = cloud.id('bgd-').toLowerCase();
    const green = greenOf(call, source, input);
    const replicas = copied.map(blue => {
      const copy = greenOf(call, blue, input);
      copy.sourceArn = green.arn;
      copy.live.ReadReplicaSourceDBInstanceIdentifier = green.live.DBInstanceIdentifier;
      return { blue, green: copy };
    });
    green.live.ReadReplicaDBInstanceIdentifiers = replicas.map(one => one.green.live.DBInstanceIdentifier ?? '');
    const deployment: BlueGreenDeployment = {
      BlueGreenDeploymentIdentifier: id,
      BlueGreenDeploymentName: name,
      Source: source.arn,
      Target: green.arn,
      Status: isMajor && !isLogical ? 'INVALID_CONFIGURATION' : 'PROVISIONING',
      ...(isMajor && !isLogical ? { StatusDetails: 'Logical replication is not enabled for the source.' } : {}),
      CreateTime: cloud.now()
    };
    region.blueGreen.set(id, {
      deployment,
      tags: tagged(input.Tags),
      reads: cloud.pace.creating,
      green,
      blue: source,
      replicas
    });
    return { BlueGreenDeployment: { ...deployment } };
  },
  DescribeBlueGreenDeployments: (input, { region }) => {
    const names = input.Filters?.find(one => one.Name === 'blue-green-deployment-name')?.Values;
    const all = [...region.blueGreen.values()].filter(
      one => names === undefined || names.includes(one.deployment.BlueGreenDeploymentName ?? '')
    );
    return { BlueGreenDeployments: all.map(one => look(region, one)) };
  },
  SwitchoverBlueGreenDeployment: (input, { cloud, region }) => {
    const one = deploymentIn(region, input.BlueGreenDeploymentIdentifier);
    if (!/^(?:AVAILABLE|SWITCHOVER_FAILED)/.test(one.deployment.Status ?? '')) {
      look(region, one);
      throw new AwsFault('InvalidBlueGreenDeploymentStateFault', 'Blue/Green deployment is not in available state.');
    }
    // https://github.com/hashicorp/terraform-provider-aws/issues/35802
    for (const copy of [one.green, ...one.replicas.map(replica => replica.green)]) {
      if (copy.live.DBInstanceStatus === 'available') continue;
      step(copy);
      const id = copy.live.DBInstanceIdentifier;
      throw new AwsFault('InvalidBlueGreenDeploymentStateFault', `DB instance ${id} is not in available state`);
    }
    one.deployment.Status = 'SWITCHOVER_IN_PROGRESS';
    one.reads = cloud.pace.modifying;
    return { BlueGreenDeployment: { ...one.deployment } };
  },
  DeleteBlueGreenDeployment: (input, { region }) => {
    const one = deploymentIn(region, input.BlueGreenDeploymentIdentifier);
    const isSwitched = one.deployment.Status === 'SWITCHOVER_COMPLETED';
    if (isSwitched && input.DeleteTarget === true) {
      throw new AwsFault('InvalidBlueGreenDeploymentStateFault', 'DeleteTarget is not allowed after a switchover.');
    }
    region.blueGreen.delete(one.deployment.BlueGreenDeploymentIdentifier ?? '');
    return { BlueGreenDeployment: { ...one.deployment, Status: 'DELETING' } };
  }
};

function majorOf(version: string | undefined): string {
  return (version ?? '').split('.')[0] ?? '';
}

function deploymentIn(region: Region, id: string | undefined): BlueGreenRecord {
  return found(region.blueGreen.get(id ?? ''), 'BlueGreenDeploymentNotFoundFault', `Deployment ${id} not found.`);
}

/** A copy with all tags of its source, also those that are a mark. */
function greenOf(
  { cloud, region }: Call,
  source: InstanceRecord,
  { TargetEngineVersion: version, TargetDBParameterGroupName: group, ...target }: CreateBlueGreenDeploymentRequest
): InstanceRecord {
  const id = `${source.live.DBInstanceIdentifier}-green-${cloud.id('').slice(-6).toLowerCase()}`;
  const arn = arnOf(cloud, region, 'db', id);
  const live = structuredClone(source.live);
  Object.assign(live, {
    DBInstanceIdentifier: id,
    DBInstanceArn: arn,
    DbiResourceId: `${source.live.DbiResourceId}G`,
    EngineVersion: version ?? live.EngineVersion,
    DBInstanceClass: target.TargetDBInstanceClass ?? live.DBInstanceClass,
    StorageType: target.TargetStorageType ?? live.StorageType,
    AllocatedStorage: target.TargetAllocatedStorage ?? live.AllocatedStorage,
    Endpoint: { ...live.Endpoint, Address: cloud.address(id, region.name).host },
    OptionGroupMemberships: [{ OptionGroupName: `default:postgres-${majorOf(version)}`, Status: 'in-sync' }],
    DBParameterGroups: [{ DBParameterGroupName: group ?? `default.postgres${majorOf(version)}` }]
  });
  const green: InstanceRecord = {
    ...source,
    live,
    arn,
    tags: tagged(source.tags.tags),
    phases: [],
    parameters: { status: 'in-sync', reads: 0, needsReboot: false }
  };
  region.instances.set(id, green);
  const isOtherStorage = Object.keys(target).some(member => /Storage|Iops/.test(member));
  if (isOtherStorage) begin(green, { status: 'storage-optimization', reads: cloud.pace.optimizing });
  return green;
}

function look(region: Region, one: BlueGreenRecord): BlueGreenDeployment {
  const { deployment } = one;
  const shown = { ...deployment };
  if (!/^(?:PROVISIONING|SWITCHOVER_IN_PROGRESS)$/.test(deployment.Status ?? '')) return shown;
  one.reads -= 1;
  if (one.reads > 0) return shown;
  if (deployment.Status === 'PROVISIONING') deployment.Status = 'AVAILABLE';
  else switchOver(region, one);
  return shown;
}

/** The copy gets name, endpoint and ARN of the source, which becomes `-old1`, or gets the next number that is free. */
function switchOver(region: Region, { deployment, blue, green, replicas }: BlueGreenRecord): void {
  const name = blue.live.DBInstanceIdentifier ?? '';
  const endpoint = blue.live.Endpoint;
  const arn = blue.arn;
  let number = 1;
  while (region.instances.has(`${name}-old${number}`)) number += 1;
  renamed(region, blue, `${name}-old${number}`, `${arn}-old${number}`);
  renamed(region, green, name, arn);
  green.live.Endpoint = { ...endpoint };
  for (const one of replicas) {
    const id = one.blue.live.DBInstanceIdentifier ?? '';
    const { arn: replicaArn } = one.blue;
    renamed(region, one.blue, `${id}-old${number}`, `${replicaArn}-old${number}`);
    renamed(region, one.green, id, replicaArn);
  }
  for (const [source, copies] of [
    [blue, replicas.map(one => one.blue)],
    [green, replicas.map(one => one.green)]
  ] as const) {
    source.live.ReadReplicaDBInstanceIdentifiers = copies.map(one => one.live.DBInstanceIdentifier ?? '');
    for (const copy of copies) {
      copy.sourceArn = source.arn;
      copy.live.ReadReplicaSourceDBInstanceIdentifier = source.live.DBInstanceIdentifier;
    }
  }
  deployment.Status = 'SWITCHOVER_COMPLETED';
  deployment.Source = blue.arn;
  deployment.Target = green.arn;
}

function renamed(region: Region, record: InstanceRecord, name: string, arn: string): void {
  region.instances.delete(record.live.DBInstanceIdentifier ?? '');
  record.live.DBInstanceIdentifier = name;
  record.live.DBInstanceArn = arn;
  record.arn = arn;
  region.instances.set(name, record);
}
