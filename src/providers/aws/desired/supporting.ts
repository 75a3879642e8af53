import { defined } from '../../../engine/defined.ts';
import type { Desired } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import type { AlarmName } from '../../../spec/alarms.ts';
import {
  alarmAddress,
  BACKUP_REPLICATION,
  logGroupAddress,
  MONITORING_ROLE,
  parameterGroupAddress,
  PROXY,
  PROXY_ROLE,
  PROXY_SECRET,
  SECURITY_GROUP,
  SERVER,
  SERVER_GROUP,
  SUBNET_GROUP
} from '../addresses.ts';
import { connectionsPercent } from '../checks/notices.ts';
import { ALARM_EVALUATIONS, ALARM_PERIOD_SECONDS, PRESETS, titleOf } from '../resources/alarm.ts';
import type { AwsContext } from '../context.ts';
import type { ServerFindings } from './server.ts';
import { monitoringPolicyArn } from '../resources/iam-role.ts';
import { nameOf } from '../resources/parameter-group.ts';
import { rdsParameter } from '../api/parameters.ts';
import { logExports, wants } from './parts.ts';
import { loginOf } from '../resources/proxy-secret.ts';
import { majorOf } from '../live-state.ts';
import { wantedRules } from '../resources/security-rules.ts';
import { ensureAbsent, ensure, onCreateOnly } from '../../desired-resources.ts';

/** Days that logs are kept where no input says how long. */
const LOG_RETENTION_DAYS = 30;

/** What was found out for what stands beside the server. */
export interface Supporting extends ServerFindings {
  /** The VPC of the subnets, or the one asked for. */
  readonly vpcId: string | undefined;
  /** Whether an upgrade takes place in this very run, so that what only the old version used can go. */
  readonly upgradesNow: boolean;
  readonly groupsInUse: readonly string[];
  readonly liveFamilies: readonly string[];
  readonly liveReplicas: readonly number[];
  readonly liveAlarms: readonly AlarmName[];
  readonly hasProxy: boolean;
  /** Log groups of ours that keep everything for ever: a run was ended before it could say otherwise. */
  readonly endlessLogs: readonly string[];
  readonly replicaKeyArn: string | undefined;
}

/** Everything that stands beside the server, as the inputs ask for it. */
export function desiredSupporting(context: AwsContext, findings: Supporting): readonly Desired[] {
  return [
    ...networkOf(context, findings),
    ...parameterGroupsOf(context, findings),
    ...rolesAndLogs(context, findings),
    ...alarmsOf(context, findings),
    ...proxyOf(context, findings),
    ...backupsOf(context, findings)
  ];
}

function networkOf(context: AwsContext, { vpcId, live }: Supporting): readonly Desired[] {
  const { settings, names } = context;
  const port = settings.port ?? live?.Endpoint?.Port ?? 5432;
  const rules = Object.fromEntries(wantedRules(settings, port).map(rule => [`rules.${rule.key}`, rule.description]));
  return [
    ...(wants('subnet-group', settings)
      ? [
          ensure(context, SUBNET_GROUP, 'subnet-group', `subnet group ${names.subnetGroup}`, {
            subnet_ids: [...(settings.subnet_ids ?? [])].sort()
          })
        ]
      : []),
    ...(wants('security-group', settings)
      ? [
          ensure(
            context,
            SECURITY_GROUP,
            'security-group',
            `security group ${names.securityGroup}`,
            defined({ vpc_id: vpcId, ...rules }),
            { complete: ['rules'] }
          )
        ]
      : [])
  ];
}

function parameterGroupsOf(context: AwsContext, findings: Supporting): readonly Desired[] {
  const { settings } = context;
  const { family, liveFamilies, groupsInUse, upgradesNow } = findings;
  const wanted = wants('parameter-group', settings);
  const major = majorOf(family.replace('postgres', ''));
  const parameters = Object.entries(settings.parameters ?? {}).flatMap(([name, value]) => {
    const read = rdsParameter(name, value, major);
    return read.ok ? [[`parameters.${read.name}`, read.value] as const] : [];
  });
  const outdated = liveFamilies.filter(
    one => (!wanted || one !== family) && (upgradesNow || !groupsInUse.includes(nameOf(context, one))) && one !== family
  );
  return [
    ...(wanted
      ? [
          ensure(
            context,
            parameterGroupAddress(family),
            'parameter-group',
            `parameter group ${nameOf(context, family)}`,
            { family, ...Object.fromEntries(parameters) },
            { concurrencyGroup: SERVER_GROUP, complete: settings.parameters === undefined ? [] : ['parameters'] }
          )
        ]
      : []),
    ...outdated.map(one =>
      ensureAbsent(
        parameterGroupAddress(one),
        'parameter-group',
        `parameter group ${nameOf(context, one)}`,
        SERVER_GROUP
      )
    )
  ];
}

function rolesAndLogs(context: AwsContext, { endlessLogs }: Supporting): readonly Desired[] {
  const { settings, names } = context;
  const logs = (logExports(settings) ?? []).map(log =>
    ensure(context, logGroupAddress(log), 'log-group', `log group ${names.logGroupPrefix}${log}`, {
      retention_days:
        settings.log_retention_days ??
        (endlessLogs.includes(log) ? LOG_RETENTION_DAYS : onCreateOnly(LOG_RETENTION_DAYS))
    })
  );
  const role = ensure(context, MONITORING_ROLE, 'monitoring-role', `role ${names.monitoringRole}`, {
    policy_arn: monitoringPolicyArn(context)
  });
  return wants('monitoring-role', settings) ? [role, ...logs] : logs;
}

function alarmsOf(context: AwsContext, { liveAlarms }: Supporting): readonly Desired[] {
  const { alarms, alarm_actions: actions } = context.settings;
  if (alarms === undefined) return [];
  const wanted = (Object.keys(alarms) as AlarmName[]).map(name => {
    const rule = alarms[name];
    return ensure(
      context,
      alarmAddress(name),
      'alarm',
      titleOf(context, name),
      {
        threshold: rule?.threshold ?? PRESETS[name].threshold,
        period: rule?.period ?? ALARM_PERIOD_SECONDS,
        evaluation_periods: rule?.evaluation_periods ?? ALARM_EVALUATIONS,
        actions: actions === undefined ? onCreateOnly([]) : [...actions].sort()
      },
      { dependsOn: [SERVER] }
    );
  });
  const gone = liveAlarms.filter(name => alarms[name] === undefined);
  return [...wanted, ...gone.map(name => ensureAbsent(alarmAddress(name), 'alarm', titleOf(context, name)))];
}

function proxyOf(context: AwsContext, { live, hasProxy }: Supporting): readonly Desired[] {
  const { settings, names } = context;
  const titles = {
    proxy: `proxy ${names.proxy}`,
    role: `role ${names.proxyRole}`,
    secret: `secret ${names.proxySecret}`
  };
  if (settings.enable_proxy === false && hasProxy) {
    return [
      { ...ensureAbsent(PROXY, 'proxy', titles.proxy), dependsOn: [PROXY_ROLE, PROXY_SECRET] },
      ensureAbsent(PROXY_ROLE, 'proxy-role', titles.role),
      ensureAbsent(PROXY_SECRET, 'proxy-secret', titles.secret)
    ];
  }
  if (settings.enable_proxy !== true) return [];
  const isManaged = settings.master_password === undefined;
  const { master_password_version: version } = settings;
  const secret: FieldValue = isManaged ? { $ref: SERVER, fact: 'secretArn' } : { $ref: PROXY_SECRET, fact: 'arn' };
  const subnets =
    settings.subnet_ids ?? (live?.DBSubnetGroup?.Subnets ?? []).flatMap(one => one.SubnetIdentifier ?? []);
  const percent =
    settings.proxy_config?.default_pool_size === undefined
      ? undefined
      : connectionsPercent(settings.proxy_config.default_pool_size, settings.parameters?.['max_connections']);
  const ownSecret = ensure(
    context,
    PROXY_SECRET,
    'proxy-secret',
    titles.secret,
    defined({
      username: onCreateOnly(loginOf(context, live)),
      password: { $secret: 'master_password' },
      master_password_version: version
    })
  );
  return [
    ...(isManaged ? [] : [ownSecret]),
    ensure(context, PROXY_ROLE, 'proxy-role', titles.role, { secret_arn: secret }),
    ensure(
      context,
      PROXY,
      'proxy',
      titles.proxy,
      defined({
        secret_arn: secret,
        role_arn: { $ref: PROXY_ROLE, fact: 'arn' },
        subnet_ids: [...subnets].sort(),
        ...(wants('security-group', settings) ? { security_group: { $ref: SECURITY_GROUP, fact: 'id' } } : {}),
        target: names.instance,
        max_connections_percent: percent
      }),
      { dependsOn: [SERVER] }
    )
  ];
}

function backupsOf(context: AwsContext, { replicaKeyArn }: Supporting): readonly Desired[] {
  const { settings, names } = context;
  if (settings.backup_region === undefined) return [];
  const key = settings.replica_kms_key_id;
  return [
    ensure(
      context,
      BACKUP_REPLICATION,
      'backup-replication',
      `backups of ${names.instance} in another region`,
      {
        region: settings.backup_region,
        retention_days: onCreateOnly(settings.backup_retention_period || 7),
        ...(settings.storage_encrypted === false
          ? {}
          : { kms_key_id: onCreateOnly(replicaKeyArn ?? key ?? 'alias/aws/rds') })
      },
      { dependsOn: [SERVER] }
    )
  ];
}
