import { isReservedRole, isTemplate } from '../../../postgres/identifier.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { namesAsked } from '../../numbered-replicas.ts';
import type { Problem } from '../../../spec/problem.ts';
import { replicaCount, type Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { monitoringInterval, wants } from '../desired/parts.ts';
import { regionProblems } from '../../regions.ts';
import { REGIONS } from '../api/regions.ts';
import { MOST_REPLICAS } from '../live-state.ts';
import { protocolOf, type GivenRule } from '../resources/security-rules.ts';
import { validationNotices } from './validate-notices.ts';
import { alarmProblems, companionProblems, parameterProblems, tagProblems } from './validate-supporting.ts';
import { storageProblems } from './validate-storage.ts';
import { dailyMinutes, weeklyMinutes, windowsOverlap } from './windows-overlap.ts';

/** RDS's own limits, as far as the inputs alone show them. Nothing is contacted. */
export function validate(spec: Spec): Findings {
  const { settings } = spec;
  return {
    problems: [
      ...identity(spec),
      ...regionProblems(settings, ['aws_region', 'replica_region', 'backup_region'], REGIONS),
      ...storageProblems(settings),
      ...credentials(settings),
      ...network(settings),
      ...schedule(settings),
      ...monitoring(settings),
      ...parameterProblems(settings),
      ...companionProblems(settings),
      ...alarmProblems(settings),
      ...tagProblems(settings)
    ],
    notices: validationNotices(spec)
  };
}

function identity({ name, settings }: Spec): readonly Problem[] {
  const isIdentifier = (one: string): boolean => one.length <= 63 && !one.endsWith('-') && !one.includes('--');
  const problems: Problem[] = namesAsked({ name, settings }).flatMap(([input, value]) =>
    isIdentifier(value)
      ? []
      : [
          {
            input,
            value,
            why: 'is not an identifier of RDS',
            allowed: '1–63 letters, digits and single hyphens, not ending with one'
          }
        ]
  );
  if (/^sg-/i.test(name) && wants('security-group', settings)) {
    const why = 'begins with `sg-`, which EC2 keeps for ids: its security group would have that name';
    problems.push({ input: 'name', value: name, why, allowed: 'another `name`, or `create_security_group: false`' });
  }
  const instanceClass = settings.instance_class;
  if (instanceClass !== undefined && !/^db\.[a-z0-9-]+\.[a-z0-9]+(\.[a-z0-9.-]+)?$/i.test(instanceClass)) {
    problems.push({
      input: 'instance_class',
      value: instanceClass,
      why: 'is not a class of RDS',
      allowed: 'such as `db.t4g.micro`'
    });
  }
  if (settings.multi_az === true && settings.availability_zone !== undefined) {
    problems.push({
      input: 'availability_zone',
      value: settings.availability_zone,
      why: 'excludes `multi_az: true`: RDS then chooses both zones',
      allowed: 'one of the two'
    });
  }
  for (const input of ['final_snapshot_identifier', 'snapshot_identifier'] as const) {
    const id = settings[input];
    if (id === undefined || /^(?=.{1,255}$)[A-Za-z](-?[A-Za-z0-9])*$/.test(id)) continue;
    problems.push({
      input,
      value: id,
      why: 'is not a name for a snapshot',
      allowed: '1–255 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen'
    });
  }
  if (settings.port !== undefined && settings.port < 1150) {
    problems.push({ input: 'port', value: String(settings.port), why: 'is not a port for RDS', allowed: '1150–65535' });
  }
  return [...problems, ...ownRegion(settings, settings.aws_region)];
}

/** A replica or a copy elsewhere, in the region of the database itself. */
export function ownRegion(settings: Settings, region: string | undefined): readonly Problem[] {
  return (['replica_region', 'backup_region'] as const).flatMap(input => {
    const value = settings[input];
    if (value === undefined || value !== region) return [];
    return [{ input, value, why: "is the database's own region", allowed: 'another region' }];
  });
}

/** Words that PostgreSQL or RDS reserve. RDS decides in the end. */
const RESERVED_USERS = ['admin', 'rdsadmin', 'rds_superuser', 'rds_iam', 'rdsrepladmin', 'user', 'root'];

/** `postgres` is not one of them: it always exists. */
const RESERVED_DATABASES = ['rdsadmin', 'db'];

function credentials(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const { master_username: user, database_name: database, manage_master_user_password: managed } = settings;
  if (
    user !== undefined &&
    (!/^[A-Za-z]\w{0,62}$/.test(user) || RESERVED_USERS.includes(user.toLowerCase()) || isReservedRole(user))
  ) {
    problems.push({
      input: 'master_username',
      value: user,
      why: "can't be the master user on RDS",
      allowed: '1–63 letters, digits and `_`, beginning with a letter, not a reserved word such as `admin`'
    });
  }
  if (
    database !== undefined &&
    (!/^[A-Za-z]\w{0,62}$/.test(database) ||
      RESERVED_DATABASES.includes(database.toLowerCase()) ||
      isTemplate(database.toLowerCase()))
  ) {
    problems.push({
      input: 'database_name',
      value: database,
      why: "can't be a database that RDS creates",
      allowed: '1–63 letters, digits and `_`, beginning with a letter, not a reserved word such as `template0`'
    });
  }
  if (managed === true && settings.master_password === true) {
    problems.push({
      input: 'manage_master_user_password',
      value: 'true',
      why: 'excludes `master_password`: Secrets Manager generates one and changes it',
      allowed: 'one of the two'
    });
  }
  if (managed === true && settings.master_password_version !== undefined) {
    problems.push({
      input: 'master_password_version',
      value: settings.master_password_version,
      why: 'excludes `manage_master_user_password`: Secrets Manager changes the password by itself',
      allowed: 'one of the two; to have it changed now, rotate the secret in Secrets Manager'
    });
  }
  if (managed === false && settings.master_password === undefined) {
    problems.push({ input: 'manage_master_user_password', value: 'false', why: 'needs `master_password`' });
  }
  return problems;
}

function network(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const { vpc_id: vpc, subnet_ids: subnets } = settings;
  if (vpc !== undefined && !vpc.startsWith('vpc-')) {
    problems.push({ input: 'vpc_id', value: vpc, why: 'is not a VPC', allowed: 'such as `vpc-0a1b2c3d`' });
  }
  const strange = subnets?.find(subnet => !subnet.startsWith('subnet-'));
  if (strange !== undefined) {
    problems.push({
      input: 'subnet_ids',
      value: strange,
      why: 'is not a subnet',
      allowed: 'such as `subnet-0a1b2c3d`'
    });
  } else if (subnets !== undefined && new Set(subnets).size < 2) {
    problems.push({
      input: 'subnet_ids',
      value: subnets.join(', '),
      why: 'is too few',
      allowed: 'subnets in at least two availability zones'
    });
  }
  return [...problems, ...(settings.security_group_rules ?? []).flatMap(ruleProblems)];
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html */
function ruleProblems({ protocol, description }: GivenRule): readonly Problem[] {
  const input = 'security_group_rules';
  const isProtocol = /^(-1|tcp|udp|icmp|icmpv6|[0-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/.test(protocolOf(protocol));
  const why = 'is not a protocol of a security group';
  const allowed = '`tcp`, `udp`, `icmp`, `icmpv6`, a number to 255, or `-1` for all';
  const isDescription = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(description);
  return [
    ...(isProtocol ? [] : [{ input, value: protocol, why, allowed }]),
    ...(isDescription
      ? []
      : [
          {
            input,
            value: description,
            why: 'is a description that EC2 does not take',
            allowed: 'up to 255 of `a`–`z`, `A`–`Z`, `0`–`9`, blanks and `._-:/()#,@[]+=&;{}!$*`'
          }
        ])
  ];
}

function schedule(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const { backup_window: backup, maintenance_window: maintenance, backup_retention_period: retention } = settings;
  if (backup !== undefined && dailyMinutes(backup) < 30) {
    problems.push({ input: 'backup_window', value: backup, why: 'is too short', allowed: 'at least 30 minutes' });
  }
  if (maintenance !== undefined && weeklyMinutes(maintenance) < 30) {
    problems.push({
      input: 'maintenance_window',
      value: maintenance,
      why: 'is too short',
      allowed: 'at least 30 minutes'
    });
  }
  if (backup !== undefined && maintenance !== undefined && windowsOverlap(backup, maintenance)) {
    problems.push({
      input: 'backup_window',
      value: backup,
      why: `overlaps \`maintenance_window\` (${maintenance})`,
      allowed: 'windows that have no minute in common'
    });
  }
  if (retention !== undefined && retention > 35) {
    problems.push({
      input: 'backup_retention_period',
      value: String(retention),
      why: 'is too long for RDS',
      allowed: '0–35 days'
    });
  }
  const replicas = replicaCount(settings) ?? 0;
  if (retention === 0 && (replicas > 0 || wants('remote-replica', settings))) {
    problems.push({
      input: 'backup_retention_period',
      value: '0',
      why: 'switches backups off, and read replicas need them',
      allowed: '1–35 days'
    });
  }
  if (retention === 0 && settings.backup_region !== undefined) {
    problems.push({
      input: 'backup_region',
      value: settings.backup_region,
      why: 'has nothing to copy: `backup_retention_period` is 0'
    });
  }
  if (replicas > MOST_REPLICAS) {
    problems.push({
      input: 'read_replica_count',
      value: String(replicas),
      why: 'is too many',
      allowed: `at most ${MOST_REPLICAS}`
    });
  }
  return problems;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.TurningOnAdvanced.html */
export const ADVANCED_INSIGHTS_DAYS = 465;

function monitoring(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const interval = settings.monitoring_interval ?? 0;
  if (![0, 1, 5, 10, 15, 30, 60].includes(interval)) {
    problems.push({
      input: 'monitoring_interval',
      value: String(interval),
      why: 'is not an interval of enhanced monitoring',
      allowed: '0, 1, 5, 10, 15, 30 or 60 seconds'
    });
  }
  if (settings.enable_enhanced_monitoring === false && interval > 0) {
    problems.push({
      input: 'monitoring_interval',
      value: String(interval),
      why: 'disagrees with `enable_enhanced_monitoring: false`'
    });
  }
  if (settings.monitoring_role_arn !== undefined && monitoringInterval(settings) === 0) {
    problems.push({
      input: 'monitoring_role_arn',
      value: settings.monitoring_role_arn,
      why: 'has no effect without `enable_enhanced_monitoring: true`'
    });
  }
  const days = settings.performance_insights_retention_period;
  if (days !== undefined && days !== 7 && days !== 731 && (days % 31 !== 0 || days > 713)) {
    problems.push({
      input: 'performance_insights_retention_period',
      value: String(days),
      why: 'is not a retention of Performance Insights',
      allowed: '7, 731, or 31 days times 1–23'
    });
  }
  if (
    settings.database_insights_mode === 'advanced' &&
    (settings.enable_performance_insights !== true || (days ?? 7) < ADVANCED_INSIGHTS_DAYS)
  ) {
    problems.push({
      input: 'database_insights_mode',
      value: 'advanced',
      why: `needs \`enable_performance_insights: true\` and \`performance_insights_retention_period\` of ${ADVANCED_INSIGHTS_DAYS} days or more`
    });
  }
  return problems;
}
