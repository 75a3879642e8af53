import type { DBInstance, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, invalidCombination } from '../fault.ts';
import { page } from '../pages.ts';
import type { Region, CloudState } from '../state.ts';
import { findKey } from '../kms.ts';
import { memoryGib } from './catalogue.ts';
import type { InstanceRecord } from './instance-record.ts';
import { begin, describe, instance, look, meetFate, mustBe, note, notFound } from './instance.ts';
import { takeSnapshot } from './snapshots.ts';
import { retainBackup } from './backups.ts';

export const lifecycle: Actions<RDS> = {
  DescribeDBInstances: (input, call) => {
    const { cloud, region } = call;
    if (input.DBInstanceIdentifier !== undefined) {
      const record = instance(region, input.DBInstanceIdentifier);
      // A new one may not be found for a moment: https://github.com/aws/aws-cdk/issues/20205
      if (record.unseen > 0) {
        record.unseen -= 1;
        throw notFound(input.DBInstanceIdentifier);
      }
      return { DBInstances: [look(returned(record, cloud))] };
    }
    const records = [...region.instances.values()]
      .filter(record => (input.Filters ?? []).every(filter => matches(record, filter.Name, filter.Values ?? [])))
      .sort((a, b) => a.arn.localeCompare(b.arn));
    const { items, next } = page(records, cloud.pageSize, input.MaxRecords, input.Marker);
    return { DBInstances: items.map(record => look(returned(record, cloud))), Marker: next };
  },
  RebootDBInstance: (input, call) => {
    const { cloud, region } = call;
    const record = instance(region, input.DBInstanceIdentifier);
    mustBe(record, 'available', 'incompatible-parameters');
    if (input.ForceFailover === true && record.live.MultiAZ !== true) {
      throw invalidCombination('The requested DB Instance is not a Multi-AZ DB Instance. Failover cannot be forced.');
    }
    begin(record, {
      status: 'rebooting',
      reads: cloud.pace.rebooting,
      after: () => {
        if (input.ForceFailover === true) failOver(cloud, region, record);
        afterReboot(cloud, region, record);
      }
    });
    return { DBInstance: describe(record) };
  },
  // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ApplyPendingMaintenanceAction.html
  ApplyPendingMaintenanceAction: (input, call) => {
    const { cloud, region } = call;
    const arn = input.ResourceIdentifier ?? '';
    const record = [...region.instances.values()].find(one => one.arn === arn);
    const all = region.pendingMaintenance.get(arn) ?? [];
    const action = all.find(({ Action: name }) => name === input.ApplyAction);
    if (record === undefined || action === undefined) {
      throw new AwsFault('ResourceNotFoundFault', 'The specified resource ID was not found.');
    }
    mustBe(record, 'available');
    const chosen = input.OptInType ?? '';
    if (!['immediate', 'next-maintenance', 'undo-opt-in'].includes(chosen)) {
      throw new AwsFault('InvalidParameterValue', `Invalid opt-in type: ${chosen}`);
    }
    if (action.OptInStatus === 'immediate' && chosen !== 'immediate') {
      throw new AwsFault('InvalidDBInstanceState', 'An immediate opt-in request cannot be undone.');
    }
    const rest = (own: object): void => {
      const next = all.map(one => (one === action ? { ...one, ...own } : one));
      region.pendingMaintenance.set(arn, next);
    };
    rest({ OptInStatus: chosen === 'undo-opt-in' ? undefined : chosen });
    if (chosen === 'immediate') {
      begin(record, {
        status: 'upgrading',
        reads: cloud.pace.rebooting,
        after: () => {
          const left = region.pendingMaintenance.get(arn) ?? [];
          region.pendingMaintenance.set(
            arn,
            left.filter(({ Action: name }) => name !== input.ApplyAction)
          );
        }
      });
    }
    return {
      ResourcePendingMaintenanceActions: {
        ResourceIdentifier: arn,
        PendingMaintenanceActionDetails: region.pendingMaintenance.get(arn)
      }
    };
  },
  StopDBInstance: (input, call) => {
    const record = instance(call.region, input.DBInstanceIdentifier);
    mustBe(record, 'available');
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html, "Limitations".
    if (record.sourceArn !== undefined || (record.live.ReadReplicaDBInstanceIdentifiers ?? []).length > 0) {
      throw invalidCombination('Cannot stop or start a read replica instance, or an instance that has read replicas.');
    }
    record.rest = 'stopped';
    record.live.AutomaticRestartTime = new Date(call.cloud.now().getTime() + 7 * 86_400_000);
    // What waits for the window is dropped.
    record.waiting = {};
    record.live.PendingModifiedValues = {};
    begin(record, { status: 'stopping', reads: call.cloud.pace.rebooting });
    return { DBInstance: describe(record) };
  },
  StartDBInstance: (input, call) => {
    const record = instance(call.region, input.DBInstanceIdentifier);
    const recoverable = 'inaccessible-encryption-credentials-recoverable';
    mustBe(record, 'stopped', recoverable);
    // https://repost.aws/knowledge-center/rds-aurora-inaccessible-state
    if (record.live.DBInstanceStatus === recoverable && !hasKey(call.region, record)) {
      throw new AwsFault('KMSKeyNotAccessibleFault', 'The KMS key of the instance is not accessible.');
    }
    wake(record, call.cloud.pace.rebooting);
    return { DBInstance: describe(record) };
  },
  DeleteDBInstance: (input, call) => {
    const record = instance(call.region, input.DBInstanceIdentifier);
    remove(record, call, {
      skipFinal: input.SkipFinalSnapshot ?? false,
      finalId: input.FinalDBSnapshotIdentifier,
      keepBackups: input.DeleteAutomatedBackups === false
    });
    return { DBInstance: describe(record) };
  }
};

function hasKey(region: Region, { live }: InstanceRecord): boolean {
  return live.KmsKeyId === undefined || findKey(region, live.KmsKeyId)?.KeyState === 'Enabled';
}

/** Primary and standby change places. */
function failOver(cloud: CloudState, region: Region, record: InstanceRecord): void {
  const { AvailabilityZone: zone, SecondaryAvailabilityZone: standby } = record.live;
  Object.assign(record.live, { AvailabilityZone: standby, SecondaryAvailabilityZone: zone });
  note(region, record, cloud.now(), 'Multi-AZ instance failover completed', 'failover');
}

function wake(record: InstanceRecord, reads: number): void {
  record.rest = 'available';
  delete record.live.AutomaticRestartTime;
  begin(record, { status: 'starting', reads });
}

/** RDS starts a stopped instance by itself after seven days. */
function returned(record: InstanceRecord, cloud: CloudState): InstanceRecord {
  const at = record.live.AutomaticRestartTime;
  if (record.live.DBInstanceStatus === 'stopped' && at !== undefined && at <= cloud.now()) {
    wake(record, cloud.pace.rebooting);
  }
  return record;
}

interface Removal {
  readonly skipFinal: boolean;
  readonly finalId: string | undefined;
  readonly keepBackups: boolean;
}

function remove(record: InstanceRecord, call: Call, how: Removal): void {
  const { cloud, region } = call;
  const { live } = record;
  const id = live.DBInstanceIdentifier ?? '';
  const status = live.DBInstanceStatus ?? '';
  if (status === 'deleting') throw new AwsFault('InvalidDBInstanceState', `Instance ${id} is already being deleted.`);
  if (live.DeletionProtection === true) {
    throw invalidCombination('Cannot delete protected DB Instance, please disable deletion protection and try again.');
  }
  const isReplica = live.ReadReplicaSourceDBInstanceIdentifier !== undefined;
  if (how.skipFinal && how.finalId !== undefined) {
    throw invalidCombination(
      'FinalDBSnapshotIdentifier can not be specified when deleting an instance and skipping its final snapshot.'
    );
  }
  if (!how.skipFinal && how.finalId === undefined) {
    throw invalidCombination('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  }
  if (!how.skipFinal && isReplica) {
    throw invalidCombination('FinalDBSnapshotIdentifier can not be specified when deleting a replica instance');
  }
  if (!how.skipFinal) {
    if (/^(failed|incompatible|creating|insufficient|restore-error|inaccessible)/.test(status)) {
      const message = `Cannot create a snapshot because the database instance ${id} is not currently in the available state.`;
      throw new AwsFault('InvalidDBInstanceState', message);
    }
    takeSnapshot(record, how.finalId ?? '', call, live.CopyTagsToSnapshot === true ? record.tags.tags : [], true);
  }
  for (const replica of region.instances.values()) {
    if (replica.sourceArn !== record.arn) continue;
    delete replica.live.ReadReplicaSourceDBInstanceIdentifier;
    delete replica.live.StatusInfos;
  }
  record.phases.length = 0;
  // RDS gives the deletion up, and says so in an event alone.
  const fate = cloud.dooms.get(id);
  if (fate !== undefined) {
    begin(record, { status: 'deleting', reads: 1, after: () => meetFate(cloud, region, record) });
    return;
  }
  begin(record, {
    status: 'deleting',
    reads: cloud.pace.deleting,
    after: () => {
      region.instances.delete(id);
      for (const used of live.VpcSecurityGroups ?? []) {
        const group = region.securityGroups.get(used.VpcSecurityGroupId ?? '');
        if (group !== undefined) group.heldFor = cloud.propagation.release;
      }
      region.secrets.delete(live.MasterUserSecret?.SecretArn ?? '');
      forgetAtSource(cloud, record);
      if (how.keepBackups) retainBackup(record, call);
      note(region, record, cloud.now(), 'DB instance deleted', 'deletion');
    }
  });
}

/** Takes a replica off its source's list, in whichever region that is. */
export function forgetAtSource(cloud: CloudState, record: InstanceRecord): void {
  for (const region of cloud.regions()) {
    for (const source of region.instances.values()) {
      const names = source.live.ReadReplicaDBInstanceIdentifiers ?? [];
      source.live.ReadReplicaDBInstanceIdentifiers = names.filter(
        name => name !== record.arn && !(source.arn === record.sourceArn && name === record.live.DBInstanceIdentifier)
      );
    }
  }
}

/** Applies what waited, and clears what was pending. Storage goes on being optimised for a while. */
export function flush(cloud: CloudState, region: Region, record: InstanceRecord, changes: Partial<DBInstance>): void {
  const { live } = record;
  const { DBInstanceIdentifier: renamed, DBParameterGroups: groups, ...plain } = changes;
  Object.assign(live, plain);
  for (const key of Object.keys(changes))
    delete live.PendingModifiedValues?.[key as keyof typeof live.PendingModifiedValues];
  if (changes.MultiAZ === true) live.SecondaryAvailabilityZone = `${region.name}b`;
  if (changes.MultiAZ === false) delete live.SecondaryAvailabilityZone;
  if (changes.StorageType !== undefined && !['io1', 'io2', 'gp3'].includes(changes.StorageType)) delete live.Iops;
  if (changes.AllocatedStorage !== undefined || changes.StorageType !== undefined || changes.Iops !== undefined) {
    record.storageChanged = cloud.now();
    // RDS-EVENT-0017 of https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
    const words = 'Finished applying modification to allocated storage.';
    note(region, record, cloud.now(), words, 'configuration change');
    begin(record, { status: 'storage-optimization', reads: cloud.pace.optimizing });
  }
  if (changes.EngineVersion !== undefined) {
    const major = changes.EngineVersion.split('.')[0];
    live.OptionGroupMemberships = changes.OptionGroupMemberships ?? [
      { OptionGroupName: `default:postgres-${major}`, Status: 'in-sync' }
    ];
    const current = live.DBParameterGroups?.[0]?.DBParameterGroupName ?? '';
    live.DBParameterGroups = groups ?? [
      { DBParameterGroupName: current.startsWith('default.') ? `default.postgres${major}` : current }
    ];
    record.parameters = { status: 'in-sync', reads: 0, needsReboot: false };
  }
  if (renamed !== undefined) rename(cloud, region, record, renamed);
}

export function rename(cloud: CloudState, region: Region, record: InstanceRecord, name: string): void {
  region.instances.delete(record.live.DBInstanceIdentifier ?? '');
  record.live.DBInstanceIdentifier = name;
  record.live.Endpoint = { ...record.live.Endpoint, Address: cloud.address(name, region.name).host };
  region.instances.set(name, record);
}

/** Runs the maintenance window of a server. */
export function openWindow(cloud: CloudState, region: Region, id: string): void {
  const record = instance(region, id);
  const changes = record.waiting;
  record.waiting = {};
  flush(cloud, region, record, changes);
  record.phases.length = 0;
  record.live.DBInstanceStatus = record.rest;
}

function afterReboot(cloud: CloudState, region: Region, record: InstanceRecord): void {
  record.parameters = { status: 'in-sync', reads: 0, needsReboot: false };
  const group = region.parameterGroups.get(record.live.DBParameterGroups?.[0]?.DBParameterGroupName ?? '');
  const buffers = group?.values.get('shared_buffers')?.value ?? '0';
  const tooMuch = Number(buffers) * 8 > memoryGib(record.live.DBInstanceClass ?? '') * 1024 * 1024 * 0.9;
  record.rest = tooMuch ? 'incompatible-parameters' : 'available';
  note(
    region,
    record,
    cloud.now(),
    tooMuch ? 'Database instance put into incompatible-parameters state.' : 'DB instance restarted',
    'availability'
  );
}

function matches(record: InstanceRecord, name: string | undefined, values: readonly string[]): boolean {
  switch (name ?? '') {
    case 'db-instance-id':
      return values.some(value =>
        [record.live.DBInstanceIdentifier, record.arn].includes(value.startsWith('arn:') ? value : value.toLowerCase())
      );
    case 'dbi-resource-id':
      return values.includes(record.live.DbiResourceId ?? '');
    case 'engine':
      return values.includes('postgres');
    default:
      throw new AwsFault('InvalidParameterValue', `Unrecognized filter name: ${name}`);
  }
}
