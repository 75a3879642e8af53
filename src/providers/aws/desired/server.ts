import type { DBInstance } from '@aws-sdk/client-rds';
import { defined } from '../../../engine/defined.ts';
import type { Desired, FieldsOf, FieldTable, Wanted } from '../../../engine/resource.ts';
import { textOf, type FieldValue } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { isThrowawayName } from '../../throwaway-name.ts';
import {
  LOGS,
  logGroupAddress,
  MONITORING_ROLE,
  parameterGroupAddress,
  SECURITY_GROUP,
  SERVER,
  SERVER_GROUP,
  SUBNET_GROUP
} from '../addresses.ts';
import { windowsOverlap } from '../checks/windows-overlap.ts';
import type { AwsContext } from '../context.ts';
import { majorOf } from '../live-state.ts';
import { nameOf } from '../resources/parameter-group.ts';
import { deploymentName, switchesOver } from '../resources/server/blue-green.ts';
import { instanceValues, queuedValues } from '../resources/server/convert.ts';
import {
  INSTANCE_FIELDS,
  SERVER_ENTRIES,
  SERVER_FIELDS,
  type ServerField,
  type ServerValues
} from '../resources/server/fields.ts';
import { STORAGE } from '../resources/server/update-batches.ts';
import { inheritedFrom, performanceOf } from './inherited.ts';
import { createsMonitoringRole, createsSecurityGroup, createsSubnetGroup, familyOf, type Lookups } from './look-up.ts';
import { logExports, monitoringInterval, wants } from './parts.ts';

export type ServerWanted = FieldsOf<typeof SERVER_FIELDS, Wanted>;
type Given = FieldsOf<typeof SERVER_FIELDS, FieldValue | Wanted | undefined>;

/** The defaults of a new server: the module's. Some of RDS's own are traps. */
export const DEFAULTS = {
  instance_class: 'db.t4g.micro',
  allocated_storage: 20,
  storage_type: 'gp2',
  storage_encrypted: true,
  master_username: 'postgres',
  port: 5432,
  publicly_accessible: false,
  multi_az: false,
  backup_retention_period: 7,
  backup_window: '03:00-04:00',
  maintenance_window: 'sun:04:00-sun:05:00',
  enable_deletion_protection: false,
  enable_performance_insights: false,
  engine_lifecycle_support: 'open-source-rds-extended-support-disabled'
} as const;

/** The server as the inputs ask for it. */
export function desiredServer(context: AwsContext, lookups: Lookups): Desired<typeof SERVER_FIELDS> {
  const { settings, names } = context;
  const { live } = lookups;
  const fields: Given = { ...plainFields(context, lookups), ...defined(derivedFields(context, lookups)) };
  const kept =
    lookups.storageRest.until !== undefined
      ? Object.fromEntries(Object.entries(fields).filter(([name]) => !STORAGE.some(field => field === name)))
      : fields;
  return ensure(
    context,
    { type: 'server', fields: SERVER_FIELDS },
    SERVER,
    `server ${names.instance}`,
    whileCreating(kept, live),
    {
      dependsOn: [
        ...(createsSubnetGroup(context, lookups) ? [SUBNET_GROUP] : []),
        ...(createsSecurityGroup(context, lookups) ? [SECURITY_GROUP] : []),
        ...(createsMonitoringRole(context, lookups) ? [MONITORING_ROLE] : []),
        ...(wants('parameter-group', settings) ? [parameterGroupAddress(familyOf(context, lookups))] : []),
        ...LOGS.filter(log => logExports(settings)?.includes(log) === true).map(logGroupAddress)
      ],
      concurrencyGroup: SERVER_GROUP
    }
  );
}

/** The inputs that are fields of the server as they stand, and a new server's defaults. */
function plainFields(context: AwsContext, { live, restore }: Lookups): Given {
  const { settings } = context;
  const inputs = settings as Readonly<Partial<Record<string, unknown>>>;
  const fields: Record<string, FieldValue | Wanted> = {};
  for (const [name, field] of SERVER_ENTRIES) {
    if (field.derived === true || inputs[name] === undefined) continue;
    const given = inputs[name] as FieldValue;
    fields[name] = LOWER.includes(name) ? lower(given) : given;
  }
  // A restored server does not say its database: there is nothing to compare.
  if (live !== undefined && live.DBName === undefined) delete fields['database_name'];
  // Every server has it, and RDS refuses to create it.
  if (live === undefined && settings.database_name === 'postgres') delete fields['database_name'];
  if (live !== undefined) return fields;
  const origin = restore.origin;
  const defaults = {
    ...defaultsFor(settings),
    ...copiedFrom(context, restore.instance),
    ...(origin === undefined || restore.instance !== undefined ? {} : keptIn(origin)),
    ...defined({
      allocated_storage: origin?.AllocatedStorage,
      storage_type: origin?.StorageType,
      storage_encrypted: origin?.Encrypted,
      master_username: origin?.MasterUsername
    })
  };
  const isOtherStorage =
    settings.storage_type !== undefined && settings.storage_type.toLowerCase() !== origin?.StorageType;
  for (const [name, value] of Object.entries(defaults)) {
    const isPerformance = ['storage_iops', 'storage_throughput', 'dedicated_log_volume'].includes(name);
    if (!(isPerformance && isOtherStorage)) fields[name] ??= onCreateOnly(value);
  }
  return fields;
}

/** What a snapshot or a kept backup tells of its server: the copy has it where no input names it. */
function keptIn(origin: NonNullable<Lookups['restore']['origin']>): ServerValues {
  return defined({
    ...performanceOf(origin),
    port: origin.Port || undefined,
    iam_database_authentication_enabled: origin.IAMDatabaseAuthenticationEnabled === true ? true : undefined,
    dedicated_log_volume:
      origin.DedicatedLogVolume === true && origin.StorageType?.startsWith('io') === true ? true : undefined
  });
}

/** The values that a copy takes from a live source; those that contradict an input are left out. */
function copiedFrom(context: AwsContext, source: DBInstance | undefined): ServerValues {
  if (source === undefined) return {};
  const { settings, target } = context;
  const copied = inheritedFrom(source, ({ onCopy }) => onCopy === true);
  const { backup_window: backup = copied.backup_window, maintenance_window: maintenance = copied.maintenance_window } =
    settings;
  const overlap = windowsOverlap(textOf(backup), textOf(maintenance));
  const left: readonly string[] = [
    ...(overlap ? ['backup_window', 'maintenance_window'] : []),
    ...(settings.availability_zone === undefined ? [] : ['multi_az']),
    // The subnets decide whether there is IPv6.
    ...(wants('subnet-group', settings) || settings.subnet_group_name !== undefined ? ['network_type'] : []),
    ...(/^io/i.test(settings.storage_type ?? 'io') ? [] : ['dedicated_log_volume']),
    // Groups belong to one VPC, and other subnets may lie in another.
    ...(wants('subnet-group', settings) || wants('security-group', settings) ? ['security_group'] : []),
    ...(settings.enable_performance_insights === false
      ? ['performance_insights_retention_period', 'performance_insights_kms_key_id', 'database_insights_mode']
      : []),
    ...(settings.enable_enhanced_monitoring === false ? ['monitoring_role_arn'] : []),
    // Nothing of what lives for hours is to be found in CloudWatch.
    ...(target.pullRequest !== undefined || isThrowawayName(target.name) ? ['enabled_cloudwatch_logs_exports'] : [])
  ];
  return Object.fromEntries(Object.entries(copied).filter(([name]) => !left.includes(name)));
}

/** RDS keeps these in lower case. */
const LOWER: readonly ServerField[] = ['instance_class', 'storage_type'];

function lower(given: FieldValue): FieldValue {
  return typeof given === 'string' ? given.toLowerCase() : given;
}

/** The defaults that fit the given inputs. */
function defaultsFor(settings: Settings): Readonly<Record<string, FieldValue>> {
  const { backup_window: backup, maintenance_window: maintenance } = settings;
  const overlap = windowsOverlap(backup ?? DEFAULTS.backup_window, maintenance ?? DEFAULTS.maintenance_window);
  const left: string[] = [
    ...(overlap ? ['backup_window', 'maintenance_window'] : []),
    ...(settings.availability_zone === undefined ? [] : ['multi_az'])
  ];
  const defaults = Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => !left.includes(name)));
  return settings.master_password === undefined ? { ...defaults, manage_master_user_password: true } : defaults;
}

/** The fields whose value is not an input as it stands. */
function derivedFields(context: AwsContext, lookups: Lookups): Given {
  const { settings, names, options } = context;
  const { live } = lookups;
  const interval = monitoringInterval(settings);
  const namesMonitoring =
    settings.enable_enhanced_monitoring !== undefined || settings.monitoring_interval !== undefined;
  return {
    state: live === undefined ? undefined : 'available',
    engine_version: lookups.version,
    kms_key_id: settings.kms_key_id === undefined ? undefined : (lookups.kmsKeyArn ?? settings.kms_key_id),
    master_password: settings.master_password === true ? { $secret: 'master_password' } : undefined,
    ...(settings.master_password === true && live?.MasterUserSecret !== undefined
      ? { manage_master_user_password: false }
      : {}),
    subnet_group: createsSubnetGroup(context, lookups) ? names.subnetGroup : settings.subnet_group_name?.toLowerCase(),
    ...securityGroups(context, lookups),
    parameter_group: parameterGroupFor(context, lookups),
    option_group: settings.option_group_name?.toLowerCase(),
    enabled_cloudwatch_logs_exports: logExports(settings),
    monitoring_interval: namesMonitoring ? interval : undefined,
    monitoring_role_arn:
      interval === 0
        ? undefined
        : (settings.monitoring_role_arn ??
          (createsMonitoringRole(context, lookups) ? { $ref: MONITORING_ROLE, fact: 'arn' } : undefined)),
    ...insightsFields(settings, lookups),
    switchover: switchesOver(context, lookups) ? deploymentName(context, textOf(lookups.version)) : undefined,
    reboot_pending: options.allowRestart === true && live !== undefined ? false : undefined,
    source: live === undefined ? lookups.restore.source : undefined
  };
}

/** The exact list that an input gives, with our own group; else our own group in addition to those of others. */
function securityGroups(context: AwsContext, lookups: Lookups): Given {
  const own = createsSecurityGroup(context, lookups) ? { $ref: SECURITY_GROUP, fact: 'id' } : undefined;
  const given = context.settings.security_group_ids;
  if (given === undefined) return { security_group: own };
  return { security_group_ids: [...given.toSorted(), ...(own === undefined ? [] : [own])] };
}

/** Retention and key have a meaning only where Performance Insights is, or becomes, on. */
function insightsFields(settings: Settings, { live, insightsKeyArn }: Lookups): Given {
  const isOn = settings.enable_performance_insights ?? live?.PerformanceInsightsEnabled ?? false;
  if (!isOn) return {};
  const key = settings.performance_insights_kms_key_id;
  return {
    performance_insights_retention_period: settings.performance_insights_retention_period,
    performance_insights_kms_key_id: key === undefined ? undefined : (insightsKeyArn ?? key)
  };
}

/** A major upgrade needs a group of the new family even when no input names one. */
function parameterGroupFor(context: AwsContext, lookups: Lookups): string | undefined {
  const { settings, options } = context;
  const { live, version } = lookups;
  const now = majorOf(live?.EngineVersion ?? version ?? '0');
  const goal = majorOf(version ?? live?.EngineVersion ?? '0');
  const queued = majorOf(live?.PendingModifiedValues?.EngineVersion ?? '0');
  // The upgrade waits for the maintenance window with its group; until then RDS shows the old one and refuses the new.
  if (now !== goal && queued === goal && !options.applyImmediately) return undefined;
  if (settings.parameter_group_name !== undefined) return settings.parameter_group_name.toLowerCase();
  if (wants('parameter-group', settings)) return nameOf(context, familyOf(context, lookups));
  const isDefault = live?.DBParameterGroups?.[0]?.DBParameterGroupName?.startsWith('default.') ?? true;
  return now !== goal && !isDefault ? `default.postgres${goal}` : undefined;
}

/** RDS leaves out members of an instance that it is still creating: fields that are fixed then are not compared. */
function whileCreating(fields: Given, live: DBInstance | undefined): Given {
  if (live?.DBInstanceStatus !== 'creating') return fields;
  const shown = { ...instanceValues(live), ...queuedValues(live) };
  const rules: FieldTable = INSTANCE_FIELDS;
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => name in shown || rules[name]?.constraint !== 'create-only')
  );
}
