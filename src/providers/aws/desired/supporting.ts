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
  SERVER_LANE,
  SUBNET_GROUP
} from '../addresses.ts';
import { connectionsPercent } from '../checks/notices.ts';
import { ALARM_EVALUATIONS, ALARM_PERIOD_SECONDS, PRESETS, titleOf } from '../resources/alarm.ts';
import type { AwsWorld } from '../context.ts';
import type { ServerFindings } from './server.ts';
import { monitoringPolicyArn } from '../resources/iam-role.ts';
import { nameOf } from '../resources/parameter-group.ts';
import { rdsParameter } from '../api/parameters.ts';
import { logExports, wants } from './parts.ts';
import { loginOf } from '../resources/proxy-secret.ts';
import { majorOf } from '../live-state.ts';
import { wantedRules } from '../resources/security-rules.ts';
import { absent, present, unmanaged } from '../../desired-resources.ts';

/** Days that logs are kept where no input says how long. */
const LOG_RETENTION_DAYS = 30;

/** What was found out for what stands beside the server. */
export interface Beside extends ServerFindings {
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
export function desireBeside(world: AwsWorld, findings: Beside): readonly Desired[] {
  return [
    ...networkOf(world, findings),
    ...parameterGroupsOf(world, findings),
    ...rolesAndLogs(world, findings),
    ...alarmsOf(world, findings),
    ...proxyOf(world, findings),
    ...backupsOf(world, findings)
  ];
}

function networkOf(world: AwsWorld, { vpcId, live }: Beside): readonly Desired[] {
  const { settings, names } = world;
  const port = settings.port ?? live?.Endpoint?.Port ?? 5432;
  const rules = Object.fromEntries(wantedRules(settings, port).map(rule => [`rules.${rule.key}`, rule.description]));
  return [
    ...(wants('subnet-group', settings)
      ? [
          present(world, SUBNET_GROUP, 'subnet-group', `subnet group ${names.subnetGroup}`, {
            subnet_ids: [...(settings.subnet_ids ?? [])].sort()
          })
        ]
      : []),
    ...(wants('security-group', settings)
      ? [
          present(
            world,
            SECURITY_GROUP,
            'security-group',
            `security group ${names.securityGroup}`,
            { ...(vpcId === undefined ? {} : { vpc_id: vpcId }), ...rules },
            { complete: ['rules'] }
          )
        ]
      : [])
  ];
}

function parameterGroupsOf(world: AwsWorld, findings: Beside): readonly Desired[] {
  const { settings } = world;
  const { family, liveFamilies, groupsInUse, upgradesNow } = findings;
  const wanted = wants('parameter-group', settings);
  const major = majorOf(family.replace('postgres', ''));
  const parameters = Object.entries(settings.parameters ?? {}).flatMap(([name, value]) => {
    const read = rdsParameter(name, value, major);
    return read.ok ? [[`parameters.${read.name}`, read.value] as const] : [];
  });
  const outdated = liveFamilies.filter(
    one => (!wanted || one !== family) && (upgradesNow || !groupsInUse.includes(nameOf(world, one))) && one !== family
  );
  return [
    ...(wanted
      ? [
          present(
            world,
            parameterGroupAddress(family),
            'parameter-group',
            `parameter group ${nameOf(world, family)}`,
            { family, ...Object.fromEntries(parameters) },
            { lane: SERVER_LANE, complete: settings.parameters === undefined ? [] : ['parameters'] }
          )
        ]
      : []),
    ...outdated.map(one =>
      absent(parameterGroupAddress(one), 'parameter-group', `parameter group ${nameOf(world, one)}`, SERVER_LANE)
    )
  ];
}

function rolesAndLogs(world: AwsWorld, { endlessLogs }: Beside): readonly Desired[] {
  const { settings, names } = world;
  const logs = (logExports(settings) ?? []).map(log =>
    present(world, logGroupAddress(log), 'log-group', `log group ${names.logGroupPrefix}${log}`, {
      retention_days:
        settings.log_retention_days ?? (endlessLogs.includes(log) ? LOG_RETENTION_DAYS : unmanaged(LOG_RETENTION_DAYS))
    })
  );
  const role = present(world, MONITORING_ROLE, 'monitoring-role', `role ${names.monitoringRole}`, {
    policy_arn: monitoringPolicyArn(world)
  });
  return wants('monitoring-role', settings) ? [role, ...logs] : logs;
}

function alarmsOf(world: AwsWorld, { liveAlarms }: Beside): readonly Desired[] {
  const { alarms, alarm_actions: actions } = world.settings;
  if (alarms === undefined) return [];
  const wanted = (Object.keys(alarms) as AlarmName[]).map(name => {
    const rule = alarms[name];
    return present(
      world,
      alarmAddress(name),
      'alarm',
      titleOf(world, name),
      {
        threshold: rule?.threshold ?? PRESETS[name].threshold,
        period: rule?.period ?? ALARM_PERIOD_SECONDS,
        evaluation_periods: rule?.evaluation_periods ?? ALARM_EVALUATIONS,
        actions: actions === undefined ? unmanaged([]) : [...actions].sort()
      },
      { dependsOn: [SERVER] }
    );
  });
  const gone = liveAlarms.filter(name => alarms[name] === undefined);
  return [...wanted, ...gone.map(name => absent(alarmAddress(name), 'alarm', titleOf(world, name)))];
}

function proxyOf(world: AwsWorld, { live, hasProxy }: Beside): readonly Desired[] {
  const { settings, names } = world;
  const titles = {
    proxy: `proxy ${names.proxy}`,
    role: `role ${names.proxyRole}`,
    secret: `secret ${names.proxySecret}`
  };
  if (settings.enable_proxy === false && hasProxy) {
    return [
      { ...absent(PROXY, 'proxy', titles.proxy), dependsOn: [PROXY_ROLE, PROXY_SECRET] },
      absent(PROXY_ROLE, 'proxy-role', titles.role),
      absent(PROXY_SECRET, 'proxy-secret', titles.secret)
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
  const ownSecret = present(world, PROXY_SECRET, 'proxy-secret', titles.secret, {
    username: unmanaged(loginOf(world, live)),
    password: { $secret: 'master_password' },
    ...(version === undefined ? {} : { master_password_version: version })
  });
  return [
    ...(isManaged ? [] : [ownSecret]),
    present(world, PROXY_ROLE, 'proxy-role', titles.role, { secret_arn: secret }),
    present(
      world,
      PROXY,
      'proxy',
      titles.proxy,
      {
        secret_arn: secret,
        role_arn: { $ref: PROXY_ROLE, fact: 'arn' },
        subnet_ids: [...subnets].sort(),
        ...(wants('security-group', settings) ? { security_group: { $ref: SECURITY_GROUP, fact: 'id' } } : {}),
        target: names.instance,
        ...(percent === undefined ? {} : { max_connections_percent: percent })
      },
      { dependsOn: [SERVER] }
    )
  ];
}

function backupsOf(world: AwsWorld, { replicaKeyArn }: Beside): readonly Desired[] {
  const { settings, names } = world;
  if (settings.backup_region === undefined) return [];
  const key = settings.replica_kms_key_id;
  return [
    present(
      world,
      BACKUP_REPLICATION,
      'backup-replication',
      `backups of ${names.instance} in another region`,
      {
        region: settings.backup_region,
        retention_days: unmanaged(settings.backup_retention_period || 7),
        ...(settings.storage_encrypted === false
          ? {}
          : { kms_key_id: unmanaged(replicaKeyArn ?? key ?? 'alias/aws/rds') })
      },
      { dependsOn: [SERVER] }
    )
  ];
}
