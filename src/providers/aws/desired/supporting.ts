import { defined } from '../../../engine/defined.ts';
import { isUnfinished } from '../../../engine/ownership.ts';
import type { Desired, Observed } from '../../../engine/resource.ts';
import { stringOf, type FieldValue } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { AlarmName } from '../../../spec/alarms.ts';
import { askedBy, ensure, ensureAbsent, onCreateOnly } from '../../desired-resources.ts';
import { replicaNumbers } from '../../numbered-replicas.ts';
import { desiredRoleSecrets } from '../../role-secrets.ts';
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
import { parametersIn } from '../api/parameters.ts';
import { connectionsPercent } from '../checks/validate-notices.ts';
import type { AwsContext } from '../context.ts';
import { majorOf } from '../live-state.ts';
import { alarm, ALARM_EVALUATIONS, ALARM_PERIOD_SECONDS, PRESETS, titleOf } from '../resources/alarm.ts';
import { backupReplication } from '../resources/backup-replication.ts';
import { monitoringPolicyArn, monitoringRole, proxyRole } from '../resources/iam-role.ts';
import { LOG_RETENTION_DAYS } from '../resources/instance-logs.ts';
import { logGroup } from '../resources/log-group.ts';
import { nameOf, parameterGroup } from '../resources/parameter-group.ts';
import { loginOf, proxySecret } from '../resources/proxy-secret.ts';
import { proxy } from '../resources/proxy.ts';
import { roleSecret, secretTitle } from '../resources/role-secret.ts';
import { securityGroup } from '../resources/security-group.ts';
import { portOf, wantedRules } from '../resources/security-rules.ts';
import { subnetGroup } from '../resources/subnet-group.ts';
import {
  createsMonitoringRole,
  createsSecurityGroup,
  createsSubnetGroup,
  familyOf,
  hasProxy,
  outdatedFamilies,
  type Lookups
} from './look-up.ts';
import { logExports, wants } from './parts.ts';

type All = readonly Desired[];

/** The resources that belong to the server, as the inputs ask for them. */
export function desiredSupporting(context: AwsContext, observed: readonly Observed[], lookups: Lookups): All {
  return [
    ...networkOf(context, observed, lookups),
    ...parameterGroupsOf(context, observed, lookups),
    ...rolesAndLogs(context, observed, lookups),
    ...alarmsOf(context, observed),
    ...proxyOf(context, observed, lookups),
    ...backupsOf(context, lookups),
    ...desiredRoleSecrets({
      settings: context.settings,
      secret: context.secret,
      kind: roleSecret,
      title: role => secretTitle(context, role),
      observed,
      dependsOn: [SERVER]
    })
  ];
}

/** The parts of the addresses of ours that follow a prefix: `postgres16` of `parameter-group/postgres16`. */
function named(observed: readonly Observed[], prefix: string): readonly string[] {
  return observed
    .filter(({ ownership }) => ownership.kind === 'ours')
    .flatMap(({ address }) => (address.startsWith(prefix) ? [address.slice(prefix.length)] : []));
}

function networkOf(context: AwsContext, observed: readonly Observed[], lookups: Lookups): All {
  const { settings, names } = context;
  const { live, subnets } = lookups;
  const rules = Object.fromEntries(
    rulesOf(settings, portOf(settings, live), observed).map(({ key, description, input }) => [
      `rules.${key}` as const,
      askedBy(input, description)
    ])
  );
  const subnetIds = { subnet_ids: [...(settings.subnet_ids ?? [])].sort() };
  const vpcId = settings.vpc_id ?? subnets.vpcId ?? live?.DBSubnetGroup?.VpcId;
  return [
    ...(createsSubnetGroup(context, lookups)
      ? [ensure(context, subnetGroup, SUBNET_GROUP, `subnet group ${names.subnetGroup}`, subnetIds)]
      : []),
    ...(createsSecurityGroup(context, lookups)
      ? [
          ensure(
            context,
            securityGroup,
            SECURITY_GROUP,
            `security group ${names.securityGroup}`,
            { vpc_id: vpcId, ...rules },
            { complete: ['rules'] }
          )
        ]
      : [])
  ] as All;
}

/** The rules that the inputs ask for, and that of a proxy of ours which no input mentions: it goes on as it is. */
function rulesOf(settings: Settings, port: number, observed: readonly Observed[]): ReturnType<typeof wantedRules> {
  const hasOwnProxy = observed.some(({ address, ownership }) => address === PROXY && ownership.kind === 'ours');
  if (settings.enable_proxy !== undefined || !hasOwnProxy) return wantedRules(settings, port);
  const group = observed.find(({ address }) => address === SECURITY_GROUP);
  return wantedRules({ ...settings, enable_proxy: true }, port).filter(
    ({ input, key }) => input !== 'enable_proxy' || group?.fields[`rules.${key}`] !== undefined
  );
}

function parameterGroupsOf(context: AwsContext, observed: readonly Observed[], lookups: Lookups): All {
  const { settings } = context;
  const family = familyOf(context, lookups);
  const isWanted = wants('parameter-group', settings);
  const major = majorOf(family.replace('postgres', ''));
  const parameters = [...parametersIn(settings, major)].map(([name, value]) => [`parameters.${name}`, value] as const);
  const title = (one: string): string => `parameter group ${nameOf(context, one)}`;
  const extra = {
    concurrencyGroup: SERVER_GROUP,
    complete: settings.parameters === undefined ? [] : ['parameters']
  };
  return [
    ...(isWanted
      ? [
          ensure(
            context,
            parameterGroup,
            parameterGroupAddress(family),
            title(family),
            { family, ...Object.fromEntries(parameters) },
            extra
          )
        ]
      : []),
    ...outdatedFamilies(context, observed, lookups)
      .filter(one => othersOn([...observed, ...lookups.dependents], parameterGroupAddress(one)).length === 0)
      .map(one => ensureAbsent(parameterGroupAddress(one), parameterGroup.type, title(one), SERVER_GROUP))
  ] as All;
}

/** Resources of others that depend on the one with this address. */
export function othersOn(observed: readonly Observed[], address: string): readonly Observed[] {
  return observed.filter(one => one.ownership.kind !== 'ours' && one.dependsOn.includes(address));
}

function rolesAndLogs(context: AwsContext, observed: readonly Observed[], lookups: Lookups): All {
  const { settings, names } = context;
  const isBegun = (log: string): boolean =>
    observed.some(({ address, ownership }) => address === logGroupAddress(log) && isUnfinished(ownership));
  // A log group of others does its work; it becomes ours, and is deleted with the rest, only when an input sets it.
  const isOthers = (log: string): boolean =>
    settings.log_retention_days === undefined &&
    observed.some(({ address, ownership }) => address === logGroupAddress(log) && ownership.kind === 'unmarked');
  const wanted = (logExports(settings) ?? []).filter(log => !isOthers(log));
  const logs: Desired[] = wanted.map(log =>
    ensure(context, logGroup, logGroupAddress(log), `log group ${names.logGroupPrefix}${log}`, {
      retention_days:
        settings.log_retention_days ?? (isBegun(log) ? LOG_RETENTION_DAYS : onCreateOnly(LOG_RETENTION_DAYS))
    })
  );
  // A replica has its groups made before it, and takes them along: these are left of a run that ended in between.
  const left = observed.filter(({ address }) => /^log-group\/.+\//.test(address));
  const wantedReplicas = replicaNumbers(settings, observed).wanted.map(names.replica);
  for (const { address, title } of left) {
    const isNext = wantedReplicas.some(id => address.startsWith(`log-group/${id}/`));
    logs.push(isNext ? ensure(context, logGroup, address, title, {}) : ensureAbsent(address, logGroup.type, title));
  }
  const role = ensure(context, monitoringRole, MONITORING_ROLE, `role ${names.monitoringRole}`, {
    policy_arn: monitoringPolicyArn(context)
  });
  return createsMonitoringRole(context, lookups) ? [role, ...logs] : logs;
}

function alarmsOf(context: AwsContext, observed: readonly Observed[]): All {
  const { alarms, alarm_actions: actions } = context.settings;
  if (alarms === undefined) return [];
  const wanted = (Object.keys(alarms) as AlarmName[]).map(name => {
    const rule = alarms[name];
    return ensure(
      context,
      alarm,
      alarmAddress(name),
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
  const gone = (named(observed, 'alarm/') as AlarmName[]).filter(name => alarms[name] === undefined);
  return [...wanted, ...gone.map(name => ensureAbsent(alarmAddress(name), alarm.type, titleOf(context, name)))] as All;
}

function proxyOf(context: AwsContext, observed: readonly Observed[], lookups: Lookups): All {
  const { live } = lookups;
  const { settings, names } = context;
  const name = stringOf(observed.find(({ address }) => address === PROXY)?.facts['name']) ?? names.proxy;
  const titles = {
    proxy: `proxy ${name}`,
    role: `role ${names.proxyRole}`,
    secret: `secret ${names.proxySecret}`
  };
  if (settings.enable_proxy === false && hasProxy(observed)) {
    return [
      { ...ensureAbsent(PROXY, proxy.type, titles.proxy), dependsOn: [PROXY_ROLE, PROXY_SECRET] },
      ensureAbsent(PROXY_ROLE, proxyRole.type, titles.role),
      ensureAbsent(PROXY_SECRET, proxySecret.type, titles.secret)
    ];
  }
  if (settings.enable_proxy !== true) return [];
  const isManaged = settings.master_password === undefined;
  const secret: FieldValue = isManaged ? { $ref: SERVER, fact: 'secretArn' } : { $ref: PROXY_SECRET, fact: 'arn' };
  const subnets =
    settings.subnet_ids ?? (live?.DBSubnetGroup?.Subnets ?? []).flatMap(one => one.SubnetIdentifier ?? []);
  // Without a group of its own the proxy is in the server's: RDS would choose the VPC's default, which reaches nothing.
  const serverGroups = (live?.VpcSecurityGroups ?? []).flatMap(one => one.VpcSecurityGroupId ?? []);
  const pool = settings.proxy_config?.default_pool_size;
  const ownSecret = ensure(context, proxySecret, PROXY_SECRET, titles.secret, {
    username: onCreateOnly(loginOf(context, live)),
    password: { $secret: 'master_password' },
    master_password_version: settings.master_password_version
  });
  return [
    ...(isManaged ? [] : [ownSecret]),
    ensure(context, proxyRole, PROXY_ROLE, titles.role, { secret_arn: secret }),
    ensure(
      context,
      proxy,
      PROXY,
      titles.proxy,
      {
        secret_arn: secret,
        role_arn: { $ref: PROXY_ROLE, fact: 'arn' },
        subnet_ids: [...subnets].sort(),
        security_group: createsSecurityGroup(context, lookups)
          ? { $ref: SECURITY_GROUP, fact: 'id' }
          : serverGroups.length === 0
            ? undefined
            : onCreateOnly(serverGroups),
        target: names.instance,
        max_connections_percent:
          pool === undefined ? undefined : connectionsPercent(pool, settings.parameters?.['max_connections'])
      },
      { dependsOn: [SERVER] }
    )
  ] as All;
}

function backupsOf(context: AwsContext, { live }: Lookups): All {
  const { settings, names } = context;
  if (settings.backup_region === undefined) return [];
  const isEncrypted = live?.StorageEncrypted ?? settings.storage_encrypted !== false;
  const days = settings.backup_retention_period ?? live?.BackupRetentionPeriod;
  const title = `backups of ${names.instance} in another region`;
  const values = {
    region: settings.backup_region,
    retention_days: onCreateOnly(days || 7),
    ...defined({
      kms_key_id: isEncrypted ? onCreateOnly(settings.replica_kms_key_id ?? 'alias/aws/rds') : undefined
    })
  };
  return [ensure(context, backupReplication, BACKUP_REPLICATION, title, values, { dependsOn: [SERVER] })] as All;
}
