import type { DBInstance, ModifyDBInstanceMessage, PendingModifiedValues, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { found, invalidCombination, invalidValue } from '../fault.ts';
import { majorOf, VERSIONS } from './catalogue.ts';
import {
  checkFamily,
  checkInsights,
  checkOrderable,
  checkPassword,
  checkPublic,
  checkSecurityGroups,
  checkWindows
} from './checks.ts';
import type { InstanceRecord } from './instance-record.ts';
import { begin, describe, instance, meetFate, mustBe, note, setPending } from './instance.ts';
import { flush } from './lifecycle.ts';
import { asPending, deferrable } from './modify-later.ts';
import { immediate } from './modify-now.ts';

export const modify: Actions<RDS> = {
  ModifyDBInstance: (input, call) => {
    const { cloud, region } = call;
    const record = instance(region, input.DBInstanceIdentifier);
    const { live } = record;
    mustBe(
      record,
      'available',
      'storage-optimization',
      'storage-initialization',
      'storage-full',
      'incompatible-parameters'
    );
    const asked = Object.keys(input).filter(
      key => !['DBInstanceIdentifier', 'ApplyImmediately', 'AllowMajorVersionUpgrade'].includes(key)
    );
    if (asked.length === 0) throw invalidCombination('No modifications were requested');
    // https://github.com/crossplane-contrib/provider-aws/issues/1356
    const isOfPlan = live.AwsBackupRecoveryPointArn !== undefined;
    if (isOfPlan && (input.BackupRetentionPeriod !== undefined || input.PreferredBackupWindow !== undefined)) {
      throw invalidCombination('The backup settings of this instance are managed by AWS Backup.');
    }
    const deferred = deferrable(record, input, call);
    check(record, input, deferred, call);

    const before = describe(record);
    const statuses: string[] = [];
    const effects: (() => void)[] = [];
    const pending: PendingModifiedValues = {};
    immediate(record, input, call, { statuses, effects, pending });

    const now = input.ApplyImmediately === true;
    if (now) {
      const all = { ...record.waiting, ...deferred };
      record.waiting = {};
      if (Object.keys(all).length > 0) {
        statuses.push(statusOf(all));
        effects.push(() => {
          flush(cloud, region, record, all);
        });
      }
      setPending(record, asPending({ ...all }));
    } else {
      record.waiting = { ...record.waiting, ...deferred };
      const [coming] = deferred.OptionGroupMemberships ?? [];
      if (coming !== undefined) {
        const going = live.OptionGroupMemberships?.map(one => ({ ...one, Status: 'pending-removal' })) ?? [];
        live.OptionGroupMemberships = [...going, { ...coming, Status: 'pending-apply' }];
      }
      setPending(record, asPending(deferred));
    }
    setPending(record, pending);
    const answer = describe(record);
    if (cloud.pace.stale > 0) {
      // A server that does not run shows nothing of the change yet, which is the least that a late read may know.
      const isBroken = before.DBInstanceStatus === 'incompatible-parameters';
      record.seen = isBroken ? before : { ...before, PendingModifiedValues: answer.PendingModifiedValues };
      record.staleReads = cloud.pace.stale;
    }
    if (meetFate(cloud, region, record)) {
      // RDS gives a change up, as the checks before an upgrade do, and says so in an event alone:
      // https://repost.aws/knowledge-center/rds-postgresql-version-upgrade-issues
      if (now && record.rest === 'available') live.PendingModifiedValues = {};
      return { DBInstance: answer };
    }
    const done = (): void => {
      for (const effect of effects) effect();
      note(region, record, cloud.now(), 'Finished applying modification to the DB instance', 'configuration change');
    };
    if (statuses.length === 0) done();
    else {
      statuses.forEach((status, at) => {
        begin(record, { status, reads: cloud.pace.modifying, ...(at === statuses.length - 1 && { after: done }) });
      });
    }
    return { DBInstance: { ...answer, DBInstanceStatus: before.DBInstanceStatus } };
  }
};

function statusOf({ EngineVersion: version, ...others }: Partial<DBInstance>): string {
  if (version !== undefined) return 'upgrading';
  const [first, ...more] = Object.keys(others);
  const isLogin = first === 'IAMDatabaseAuthenticationEnabled' && more.length === 0;
  return isLogin ? 'configuring-iam-database-auth' : 'modifying';
}

function check(
  record: InstanceRecord,
  input: ModifyDBInstanceMessage,
  deferred: Partial<DBInstance>,
  call: Call
): void {
  const { live } = record;
  const insights = input.EnablePerformanceInsights ?? live.PerformanceInsightsEnabled ?? false;
  checkOrderable(
    {
      instanceClass: deferred.DBInstanceClass ?? live.DBInstanceClass ?? '',
      version: deferred.EngineVersion ?? orderedAs(live.EngineVersion ?? ''),
      storageType: deferred.StorageType ?? live.StorageType ?? '',
      multiAz: deferred.MultiAZ ?? live.MultiAZ ?? false,
      insights
    },
    call
  );
  checkWindows(
    input.PreferredBackupWindow ?? live.PreferredBackupWindow,
    input.PreferredMaintenanceWindow ?? live.PreferredMaintenanceWindow
  );
  const mode = input.DatabaseInsightsMode ?? live.DatabaseInsightsMode;
  checkInsights(input.PerformanceInsightsRetentionPeriod ?? live.PerformanceInsightsRetentionPeriod, mode, insights);
  if (
    input.ManageMasterUserPassword === false &&
    live.MasterUserSecret !== undefined &&
    input.MasterUserPassword === undefined
  ) {
    throw invalidCombination('You must specify MasterUserPassword when you turn off ManageMasterUserPassword.');
  }
  if (input.RotateMasterUserPassword === true) {
    // The description of `RotateMasterUserPassword` in `ModifyDBInstanceMessage`: both are its constraints.
    if (live.MasterUserSecret === undefined) {
      throw invalidCombination('You can only rotate a master user password that RDS manages in Secrets Manager.');
    }
    if (input.ApplyImmediately !== true) {
      throw invalidCombination('You must apply the change immediately when rotating the master user password.');
    }
  }
  if (input.MasterUserPassword !== undefined) {
    if (live.MasterUserSecret !== undefined && input.ManageMasterUserPassword !== false) {
      throw invalidCombination(
        "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
      );
    }
    checkPassword(input.MasterUserPassword);
  }
  if ((input.BackupRetentionPeriod ?? 0) > 35)
    throw invalidValue(`Invalid backup retention period: ${input.BackupRetentionPeriod}. Must be between 0 and 35.`);
  const subnets = call.region.subnetGroups.get(live.DBSubnetGroup?.DBSubnetGroupName ?? '');
  if (input.PubliclyAccessible === true && live.PubliclyAccessible !== true) checkPublic(subnets?.group.VpcId, call);
  checkSecurityGroups(input.VpcSecurityGroupIds ?? [], subnets, call);
  const group = input.DBParameterGroupName?.toLowerCase();
  if (group === undefined || group.startsWith('default.')) return;
  const groupRecord = found(
    call.region.parameterGroups.get(group),
    'DBParameterGroupNotFound',
    `DBParameterGroup not found: ${group}`
  );
  checkFamily(group, groupRecord.group.DBParameterGroupFamily, deferred.EngineVersion ?? live.EngineVersion ?? '');
}

/** A version that is no longer made keeps running on what its major can be ordered with. */
function orderedAs(version: string): string {
  return VERSIONS.includes(version) ? version : String(majorOf(version));
}
