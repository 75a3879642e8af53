import type { DBInstance } from '@aws-sdk/client-rds';
import type { Desired, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
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
import type { AwsContext } from '../context.ts';
import { instanceValues, queuedValues } from '../resources/server/convert.ts';
import type { InstanceField, RestoreSource } from '../resources/server/field.ts';
import { INSTANCE_FIELDS } from '../resources/server/fields.ts';
import { nameOf } from '../resources/parameter-group.ts';
import { logExports, monitoringInterval, wants } from './parts.ts';
import { majorOf } from '../live-state.ts';
import { windowsOverlap } from '../checks/windows-overlap.ts';

/** What was found out for the server before it is wished for. */
export interface ServerFindings {
  readonly live: DBInstance | undefined;
  readonly version: string | undefined;
  /** `postgres16`. */
  readonly family: string;
  readonly source: RestoreSource | undefined;
  readonly kmsKeyArn: string | undefined;
  readonly insightsKeyArn: string | undefined;
}

type Fields = Readonly<Record<string, Wanted>>;

/** What a new server gets where no input says anything. The module's defaults; some of RDS's own are traps. */
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

/** Inputs that are fields of the server as they are. */
const PLAIN = [
  'instance_class',
  'allocated_storage',
  'max_allocated_storage',
  'storage_type',
  'storage_iops',
  'storage_throughput',
  'storage_encrypted',
  'database_name',
  'master_username',
  'master_password_version',
  'manage_master_user_password',
  'port',
  'publicly_accessible',
  'multi_az',
  'availability_zone',
  'backup_retention_period',
  'backup_window',
  'maintenance_window',
  'enable_deletion_protection',
  'copy_tags_to_snapshot',
  'enable_performance_insights',
  'database_insights_mode',
  'iam_database_authentication_enabled',
  'ca_certificate_identifier',
  'auto_minor_version_upgrade',
  'engine_lifecycle_support'
] as const satisfies readonly (keyof Settings)[];

/** The server as the inputs ask for it. */
export function desireServer(context: AwsContext, findings: ServerFindings): Desired {
  const { settings, names } = context;
  const fields = {
    ...plainFields(settings, findings),
    ...derivedFields(context, findings),
    ...Object.fromEntries(
      Object.entries(settings.tags ?? {}).map(([key, value]) => [`tags.${key}`, { value, managed: true }])
    )
  };
  return {
    address: SERVER,
    type: 'server',
    title: `server ${names.instance}`,
    presence: 'present',
    fields: whileCreating(fields, findings.live),
    ...(settings.tags === undefined ? {} : { complete: ['tags'] }),
    dependsOn: [
      ...(wants('subnet-group', settings) ? [SUBNET_GROUP] : []),
      ...(wants('security-group', settings) ? [SECURITY_GROUP] : []),
      ...(wants('monitoring-role', settings) ? [MONITORING_ROLE] : []),
      ...(wants('parameter-group', settings) ? [parameterGroupAddress(findings.family)] : []),
      ...LOGS.filter(log => logExports(settings)?.includes(log) === true).map(logGroupAddress)
    ],
    concurrencyGroup: SERVER_GROUP
  };
}

function plainFields(settings: Settings, { live }: ServerFindings): Fields {
  const fields: Record<string, Wanted> = {};
  for (const name of PLAIN) {
    const given = settings[name];
    if (given !== undefined) fields[name] = { value: LOWER.includes(name) ? lower(given) : given, managed: true };
  }
  // A restored server does not say which database it was made with: there is nothing to compare.
  if (live !== undefined && live.DBName === undefined) delete fields['database_name'];
  // It is there from the beginning, and RDS takes nobody's order for it.
  if (live === undefined && settings.database_name === 'postgres') delete fields['database_name'];
  if (live !== undefined) return fields;
  for (const [name, value] of Object.entries(defaultsFor(settings))) fields[name] ??= { value, managed: false };
  return fields;
}

/** What RDS knows in lower case only. */
const LOWER: readonly string[] = ['instance_class', 'storage_type'];

function lower(given: FieldValue): FieldValue {
  return typeof given === 'string' ? given.toLowerCase() : given;
}

/** The defaults that make sense with what was given. */
function defaultsFor(settings: Settings): Readonly<Record<string, FieldValue>> {
  const { backup_window: backup, maintenance_window: maintenance } = settings;
  const overlap = windowsOverlap(backup ?? DEFAULTS.backup_window, maintenance ?? DEFAULTS.maintenance_window);
  const dropped: string[] = [
    ...(overlap ? ['backup_window', 'maintenance_window'] : []),
    ...(settings.availability_zone === undefined ? [] : ['multi_az'])
  ];
  const defaults = Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => !dropped.includes(name)));
  return settings.master_password === undefined ? { ...defaults, manage_master_user_password: true } : defaults;
}

function derivedFields(context: AwsContext, findings: ServerFindings): Fields {
  const { settings, names, options } = context;
  const { live, version } = findings;
  const exports = logExports(settings);
  const interval = monitoringInterval(settings);
  const speaksOfMonitoring =
    settings.enable_enhanced_monitoring !== undefined || settings.monitoring_interval !== undefined;
  const wanted: Readonly<Record<string, FieldValue | undefined>> = {
    state: live === undefined ? undefined : 'available',
    engine_version: version,
    kms_key_id: settings.kms_key_id === undefined ? undefined : (findings.kmsKeyArn ?? settings.kms_key_id),
    master_password: settings.master_password === true ? { $secret: 'master_password' } : undefined,
    manage_master_user_password:
      settings.master_password === true && live?.MasterUserSecret !== undefined ? false : undefined,
    subnet_group: wants('subnet-group', settings) ? names.subnetGroup : undefined,
    security_group: wants('security-group', settings) ? { $ref: SECURITY_GROUP, fact: 'id' } : undefined,
    parameter_group: parameterGroupFor(context, findings),
    option_group: settings.option_group_name?.toLowerCase(),
    enabled_cloudwatch_logs_exports: exports,
    monitoring_interval: speaksOfMonitoring ? interval : undefined,
    monitoring_role_arn:
      interval === 0 ? undefined : (settings.monitoring_role_arn ?? { $ref: MONITORING_ROLE, fact: 'arn' }),
    ...insightsFields(settings, findings),
    reboot_pending: options.allowRestart === true && live !== undefined ? false : undefined,
    source: live === undefined ? findings.source : undefined
  };
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, value]) => (value === undefined ? [] : [[name, { value, managed: true }]]))
  );
}

/** Retention and key mean something only where Performance Insights is, or becomes, on. */
function insightsFields(
  settings: Settings,
  { live, insightsKeyArn }: ServerFindings
): Record<string, FieldValue | undefined> {
  const isOn = settings.enable_performance_insights ?? live?.PerformanceInsightsEnabled ?? false;
  if (!isOn) return {};
  const key = settings.performance_insights_kms_key_id;
  return {
    performance_insights_retention_period: settings.performance_insights_retention_period,
    performance_insights_kms_key_id: key === undefined ? undefined : (insightsKeyArn ?? key)
  };
}

/** A major upgrade needs a group of the new family even when no input names one. */
function parameterGroupFor(context: AwsContext, { live, version, family }: ServerFindings): string | undefined {
  const { settings, options } = context;
  const now = majorOf(live?.EngineVersion ?? version ?? '0');
  const goal = majorOf(version ?? live?.EngineVersion ?? '0');
  const queued = majorOf(live?.PendingModifiedValues?.EngineVersion ?? '0');
  // The upgrade waits for the maintenance window with its group; until then RDS says the old one and refuses the new.
  if (now !== goal && queued === goal && !options.applyImmediately) return undefined;
  if (settings.parameter_group_name !== undefined) return settings.parameter_group_name;
  if (wants('parameter-group', settings)) return nameOf(context, family);
  const isDefault = live?.DBParameterGroups?.[0]?.DBParameterGroupName?.startsWith('default.') ?? true;
  return now !== goal && !isDefault ? `default.postgres${goal}` : undefined;
}

/** RDS does not say everything of an instance that it is still making: what is fixed then anyway is not compared. */
function whileCreating(fields: Fields, live: DBInstance | undefined): Fields {
  if (live?.DBInstanceStatus !== 'creating') return fields;
  const said = { ...instanceValues(live), ...queuedValues(live) };
  const rules: Readonly<Record<string, InstanceField>> = INSTANCE_FIELDS;
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => name in said || rules[name]?.constraint !== 'create-only')
  );
}
