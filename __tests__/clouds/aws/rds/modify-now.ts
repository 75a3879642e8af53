import type { DBInstance, ModifyDBInstanceMessage, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { Call } from '../actions.ts';
import { invalidCombination } from '../fault.ts';
import { findKey } from '../kms.ts';
import { checkMonitoring, keyArn } from './checks.ts';
import { exportLogs, manageSecret } from './create.ts';
import type { InstanceRecord } from './instance-record.ts';

/**
 * Fields that take effect by themselves, whatever `ApplyImmediately` says, and go straight into the server's
 * description.
 */
const PLAIN_NOW = [
  'PreferredBackupWindow',
  'DeletionProtection',
  'CopyTagsToSnapshot',
  'AutoMinorVersionUpgrade',
  'PubliclyAccessible',
  'EngineLifecycleSupport',
  'NetworkType'
] as const satisfies readonly (keyof ModifyDBInstanceMessage & keyof DBInstance)[];

/** What comes of a request to change a server, gathered field by field. */
export interface Outcome {
  readonly statuses: string[];
  readonly effects: (() => void)[];
  readonly pending: PendingModifiedValues;
}

/** What happens at once or as soon as the server gets to it; never waits for the window. */
export function immediate(record: InstanceRecord, input: ModifyDBInstanceMessage, call: Call, out: Outcome): void {
  const { live } = record;
  const later = (status: string | undefined, effect: () => void): void => {
    if (status !== undefined && !out.statuses.includes(status)) out.statuses.push(status);
    out.effects.push(effect);
  };
  for (const field of PLAIN_NOW) {
    const value = input[field];
    if (value === undefined || value === live[field]) continue;
    later(field === 'PubliclyAccessible' ? 'modifying' : undefined, () => {
      Object.assign(live, { [field]: value });
    });
  }
  if (input.PreferredMaintenanceWindow !== undefined)
    live.PreferredMaintenanceWindow = input.PreferredMaintenanceWindow.toLowerCase();
  if (input.MaxAllocatedStorage !== undefined) {
    const max = input.MaxAllocatedStorage;
    if (max === (input.AllocatedStorage ?? live.AllocatedStorage)) delete live.MaxAllocatedStorage;
    else live.MaxAllocatedStorage = max;
  }
  const days = input.BackupRetentionPeriod;
  if (days !== undefined && days > 0 && (live.BackupRetentionPeriod ?? 0) > 0) live.BackupRetentionPeriod = days;
  if (input.MasterUserPassword !== undefined) {
    out.pending.MasterUserPassword = '****';
    later('resetting-master-credentials', () => {
      record.password = input.MasterUserPassword;
      delete live.PendingModifiedValues?.MasterUserPassword;
    });
  }
  if (input.ManageMasterUserPassword === true && live.MasterUserSecret === undefined) {
    manageSecret(record, input.MasterUserSecretKmsKeyId, call);
    later('resetting-master-credentials', () => {
      live.MasterUserSecret = { ...live.MasterUserSecret, SecretStatus: 'active' };
    });
  }
  if (input.RotateMasterUserPassword === true) rotateSecret(record, call, later);
  if (input.ManageMasterUserPassword === false && live.MasterUserSecret !== undefined) {
    call.region.secrets.delete(live.MasterUserSecret.SecretArn ?? '');
    delete live.MasterUserSecret;
  }
  if (input.VpcSecurityGroupIds !== undefined) {
    live.VpcSecurityGroups = input.VpcSecurityGroupIds.map(id => ({ VpcSecurityGroupId: id, Status: 'adding' }));
    later('modifying', () => {
      live.VpcSecurityGroups = live.VpcSecurityGroups?.map(group => ({ ...group, Status: 'active' }));
    });
  }
  monitoring(record, input, call, later);
  const logs = input.CloudwatchLogsExportConfiguration;
  if (logs !== undefined) {
    const current = live.EnabledCloudwatchLogsExports ?? [];
    const wanted = new Set([...current, ...(logs.EnableLogTypes ?? [])]);
    for (const kind of logs.DisableLogTypes ?? []) wanted.delete(kind);
    out.pending.PendingCloudwatchLogsExports = {
      LogTypesToEnable: [...(logs.EnableLogTypes ?? [])],
      LogTypesToDisable: [...(logs.DisableLogTypes ?? [])]
    };
    later('configuring-log-exports', () => {
      exportLogs(record, [...wanted], call);
      delete live.PendingModifiedValues?.PendingCloudwatchLogsExports;
    });
  }
  const group = input.DBParameterGroupName?.toLowerCase();
  if (
    group !== undefined &&
    group !== live.DBParameterGroups?.[0]?.DBParameterGroupName &&
    input.EngineVersion === undefined
  ) {
    live.DBParameterGroups = [{ DBParameterGroupName: group }];
    record.parameters = { status: 'applying', reads: call.cloud.pace.applying, needsReboot: true };
  }
  const port = input.DBPortNumber;
  if (port !== undefined && port !== live.Endpoint?.Port) {
    out.pending.Port = port;
    later('modifying', () => {
      live.Endpoint = { ...live.Endpoint, Port: port };
      delete live.PendingModifiedValues?.Port;
    });
  }
}

function monitoring(
  record: InstanceRecord,
  input: ModifyDBInstanceMessage,
  call: Call,
  later: (status: string | undefined, effect: () => void) => void
): void {
  const { live } = record;
  const { cloud, region } = call;
  const interval = input.MonitoringInterval ?? live.MonitoringInterval ?? 0;
  if (input.MonitoringInterval !== undefined || input.MonitoringRoleArn !== undefined) {
    const role = input.MonitoringRoleArn ?? (interval === 0 ? undefined : live.MonitoringRoleArn);
    checkMonitoring(interval, role === '' ? undefined : role, call);
    later('configuring-enhanced-monitoring', () => {
      live.MonitoringInterval = interval;
      if (interval === 0) {
        delete live.MonitoringRoleArn;
        delete live.EnhancedMonitoringResourceArn;
        return;
      }
      live.MonitoringRoleArn = role;
      live.EnhancedMonitoringResourceArn = `arn:aws:logs:${region.name}:${cloud.accountId}:log-group:RDSOSMetrics:log-stream:${live.DbiResourceId}`;
    });
  }
  const enabled = input.EnablePerformanceInsights ?? live.PerformanceInsightsEnabled ?? false;
  const days = input.PerformanceInsightsRetentionPeriod;
  if (input.EnablePerformanceInsights === undefined && days === undefined && input.DatabaseInsightsMode === undefined)
    return;
  const key = input.PerformanceInsightsKMSKeyId;
  const before = live.PerformanceInsightsKMSKeyId;
  if (key !== undefined && before !== undefined && keyArn(key, call) !== before) {
    throw invalidCombination('You cannot change your Performance Insights KMS key.');
  }
  later('modifying', () => {
    live.PerformanceInsightsEnabled = enabled;
    live.DatabaseInsightsMode = input.DatabaseInsightsMode ?? live.DatabaseInsightsMode;
    if (!enabled) {
      delete live.PerformanceInsightsRetentionPeriod;
      delete live.PerformanceInsightsKMSKeyId;
      return;
    }
    live.PerformanceInsightsKMSKeyId = before ?? keyArn(key, call);
    live.PerformanceInsightsRetentionPeriod = days ?? live.PerformanceInsightsRetentionPeriod ?? 7;
  });
}

/**
 * RDS puts another password into its secret. Without the key the secret becomes `impaired`, until a rotation with it:
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
function rotateSecret(
  { live }: InstanceRecord,
  { cloud, region }: Call,
  later: (status: string | undefined, effect: () => void) => void
): void {
  const secret = region.secrets.get(live.MasterUserSecret?.SecretArn ?? '');
  live.MasterUserSecret = { ...live.MasterUserSecret, SecretStatus: 'rotating' };
  later('resetting-master-credentials', () => {
    const hasKey = findKey(region, secret?.kmsKeyId ?? '')?.Enabled === true;
    live.MasterUserSecret = { ...live.MasterUserSecret, SecretStatus: hasKey ? 'active' : 'impaired' };
    if (secret === undefined || !hasKey) return;
    secret.value = JSON.stringify({ username: live.MasterUsername, password: `Kept-by-rds-${cloud.id('')}` });
    secret.rotated = cloud.now();
  });
}
