import { AwsFault, invalidCombination, invalidValue } from '../fault.ts';
import { findKey } from '../kms.ts';
import type { Call } from '../actions.ts';
import type { RoleRecord, SubnetGroupRecord } from '../state.ts';
import { familyOf, majorOf, orderable, STORAGE } from './catalogue.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const RESERVED: readonly string[] = ['admin', 'rdsadmin', 'rds_superuser', 'public', 'user', 'root', 'master'];
const WEEK = 7 * 1440;

export function checkIdentifier(id: string): string {
  if (id.length < 1 || id.length > 63 || !/^[A-Za-z](-?[A-Za-z0-9])*$/.test(id)) {
    const rule =
      'must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.';
    throw invalidValue(`The parameter DBInstanceIdentifier is not a valid identifier. Identifiers ${rule}`);
  }
  return id.toLowerCase();
}

/** As reports have the words, such as https://github.com/hackoregon/civic-devops/issues/281 */
export function checkPublic(vpc: string | undefined, { region }: Call): void {
  const lacks = region.lacking.get(vpc ?? '');
  if (lacks === undefined) return;
  const why =
    lacks === 'gateway'
      ? 'has no internet gateway attached.'
      : 'does not support DNS resolution, DNS hostnames, or both. ';
  throw new AwsFault(
    'InvalidVPCNetworkStateFault',
    `Cannot create a publicly accessible DBInstance. The specified VPC ${why}Update the VPC and then try again`
  );
}

/** https://github.com/hashicorp/terraform-provider-aws/issues/20712 */
export function checkZone(zone: string | undefined, subnets: SubnetGroupRecord | undefined): void {
  const zones = subnets?.group.Subnets?.map(one => one.SubnetAvailabilityZone?.Name);
  if (zone === undefined || zones === undefined || zones.includes(zone)) return;
  throw new AwsFault(
    'InvalidVPCNetworkStateFault',
    `Cannot create a database instance because there is not a subnet in ${zone}, the targeted availability zone.`
  );
}

export function checkUsername(name: string): void {
  // The API text says 16; live servers of PostgreSQL take 63.
  if (!/^[A-Za-z]\w{0,62}$/.test(name)) throw invalidValue(`Invalid master user name ${name}`);
  if (RESERVED.includes(name.toLowerCase()) || name.toLowerCase().startsWith('pg_')) {
    throw invalidValue(`MasterUsername ${name} cannot be used as it is a reserved word used by the engine`);
  }
}

export function checkPassword(password: string): void {
  if (password.length < 8 || password.length > 128 || !/^[\x20-\x7e]*$/.test(password) || /[/"@' ]/.test(password)) {
    throw invalidValue(
      "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
    );
  }
}

export function checkDatabaseName(name: string): void {
  if (!/^[A-Za-z]\w{0,62}$/.test(name))
    throw invalidValue(`DBName must begin with a letter and contain only alphanumeric characters.`);
  if (['postgres', 'template0', 'template1', 'rdsadmin', 'db'].includes(name.toLowerCase())) {
    throw invalidValue(`Database name ${name} cannot be used as it is a reserved word for this engine`);
  }
}

export interface StorageRequest {
  readonly type: string;
  readonly gib: number;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly max: number | undefined;
}

/** The storage that RDS provisions for a request: the values to ask for, and those that come without asking. */
export function provisioned(wanted: StorageRequest): { readonly Iops?: number; readonly StorageThroughput: number } {
  const limits = STORAGE.find(storage => storage.type === wanted.type);
  if (limits === undefined) throw invalidValue(`Invalid storage type: ${wanted.type}`);
  const asks = wanted.iops !== undefined || wanted.throughput !== undefined;
  if (wanted.gib < limits.min || wanted.gib > limits.max) {
    throw invalidValue(`Invalid storage size for engine name postgres and storage type ${wanted.type}: ${wanted.gib}`);
  }
  if (wanted.max !== undefined && wanted.max !== wanted.gib && wanted.max * 10 < wanted.gib * 11) {
    throw invalidCombination(`Max storage size must be at least 10% greater than storage size ${wanted.gib}`);
  }
  if (wanted.type !== 'gp3') {
    if (wanted.throughput !== undefined)
      throw invalidCombination(`You can't specify StorageThroughput for storage type ${wanted.type}`);
    if (limits.iops === undefined) {
      if (asks) throw invalidCombination(`Iops can't be specified for storage type ${wanted.type}`);
      return { StorageThroughput: 0 };
    }
    if (wanted.iops === undefined) throw invalidCombination(`You must specify Iops for storage type ${wanted.type}`);
    if (wanted.iops < limits.iops[0] || wanted.iops / wanted.gib > 50 || wanted.iops / wanted.gib < 0.5) {
      throw invalidCombination(`The IOPS to GiB ratio of ${wanted.iops} to ${wanted.gib} is not valid`);
    }
    return { Iops: wanted.iops, StorageThroughput: 0 };
  }
  if (wanted.gib < 400) {
    if (asks)
      throw invalidCombination(
        "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400."
      );
    return { Iops: 3000, StorageThroughput: 125 };
  }
  const iops = wanted.iops ?? 12000;
  const throughput = wanted.throughput ?? 500;
  if (iops < 12000 || iops > 64000 || iops / wanted.gib > 500)
    throw invalidCombination(`Invalid IOPS value ${iops} for storage type gp3`);
  if (throughput < 500 || throughput > 4000 || throughput / iops > 0.25) {
    throw invalidCombination(`The storage throughput to IOPS ratio must be at most 0.25: ${throughput} to ${iops}`);
  }
  return { Iops: iops, StorageThroughput: throughput };
}

export interface OrderRequest {
  readonly instanceClass: string;
  readonly version: string;
  readonly storageType: string;
  readonly multiAz: boolean;
  readonly insights: boolean;
}

export function checkOrderable(wanted: OrderRequest, { region }: Call): void {
  const options = orderable(wanted.instanceClass, wanted.version, region.name).filter(
    one => one.StorageType === wanted.storageType
  );
  const option = options.find(one => !wanted.multiAz || one.MultiAZCapable === true);
  if (option === undefined) {
    const combination = `DBInstanceClass=${wanted.instanceClass}, Engine=postgres, EngineVersion=${wanted.version}, LicenseModel=postgresql-license`;
    const advice = 'For supported combinations of instance class and database engine version, see the documentation.';
    throw invalidCombination(
      `RDS does not support creating a DB instance with the following combination: ${combination}. ${advice}`
    );
  }
  if (wanted.insights && option.SupportsPerformanceInsights !== true) {
    throw invalidCombination('Performance Insights not supported for this configuration, please disable this feature.');
  }
}

/** Refuses windows that are malformed, too short, or touch each other; both are normalised to lower case. */
export function checkWindows(backup: string | undefined, maintenance: string | undefined): void {
  const b = backup === undefined ? undefined : dailyWindow(backup);
  const m = maintenance === undefined ? undefined : weeklyWindow(maintenance);
  if (b === undefined || m === undefined) return;
  for (let day = -1; day <= 7; day += 1) {
    const from = b[0] + day * 1440;
    const overlaps = from < m[1] && m[0] < from + (b[1] - b[0]);
    if (overlaps) throw invalidValue('The backup window and maintenance window must not overlap.');
  }
}

function dailyWindow(text: string): readonly [number, number] {
  const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text);
  if (match === null)
    throw invalidValue(`Invalid backup window format: ${text}. Should be specified as a range hh24:mi-hh24:mi`);
  const [from, to] = [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])];
  return longEnough(from, to > from ? to : to + 1440);
}

function weeklyWindow(text: string): readonly [number, number] {
  const match = /^([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)$/i.exec(text);
  if (match === null || dayOf(match[1]) < 0 || dayOf(match[4]) < 0) {
    throw invalidValue(
      `Invalid maintenance window format: ${text}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi.`
    );
  }
  const from = dayOf(match[1]) * 1440 + Number(match[2]) * 60 + Number(match[3]);
  const to = dayOf(match[4]) * 1440 + Number(match[5]) * 60 + Number(match[6]);
  return longEnough(from, to > from ? to : to + WEEK);
}

function dayOf(name: string | undefined): number {
  return DAYS.indexOf((name ?? '').toLowerCase() as (typeof DAYS)[number]);
}

function longEnough(from: number, to: number): readonly [number, number] {
  if (to - from < 30) throw invalidValue('A window must be at least 30 minutes long.');
  return [from, to];
}

/** The key's ARN. Default: the one that RDS keeps for the account. */
export function keyArn(given: string | undefined, { region }: Call): string {
  const key = findKey(region, given ?? 'alias/aws/rds');
  if (key?.Arn !== undefined && key.Enabled === true) return key.Arn;
  throw new AwsFault(
    'KMSKeyNotAccessibleFault',
    `The specified KMS key [${given}] does not exist, is not enabled or you do not have permissions to access it.`
  );
}

/** Refuses a role that is not there, not rightly made, or so new that it has not spread. */
export function checkRole(
  arn: string,
  service: string,
  feature: string,
  fits: (role: RoleRecord) => boolean,
  { cloud }: Call
): void {
  const role = [...cloud.roles.values()].find(one => one.arn === arn);
  const refusal = invalidValue(
    `IAM role ARN value is invalid or does not include the required permissions for: ${feature}`
  );
  if (role === undefined || !role.trust.includes(service) || !fits(role)) throw refusal;
  if (role.unknownFor === 0) return;
  role.unknownFor -= 1;
  throw refusal;
}

/** The family must be that of the version. */
export function checkFamily(name: string, family: string | undefined, version: string): void {
  const needed = familyOf(version);
  if (family === needed) return;
  throw invalidCombination(
    `The parameter group ${name} with DBParameterGroupFamily ${family} can't be used for this instance. Please use a parameter group with DBParameterGroupFamily ${needed}`
  );
}

/** Option groups of the account: those of RDS itself, and one that a team has made for each major. */
export function optionGroup(name: string): { readonly name: string; readonly major: string } {
  const major = /^(?:default:postgres|team-(?:postgres|mysql))-(\d+)$/.exec(name.toLowerCase())?.[1];
  if (major !== undefined) return { name: name.toLowerCase(), major };
  throw new AwsFault('OptionGroupNotFoundFault', `Specified OptionGroupName: ${name} not found.`);
}

/** The group to use: that of the version unless another is named, which must be for the same major. */
export function checkOptionGroup(given: string | undefined, version: string): string {
  const group = optionGroup(given ?? `default:postgres-${majorOf(version)}`);
  if (group.major === String(majorOf(version))) return group.name;
  throw invalidCombination(
    `The option group ${group.name} is associated with a different engine version than the requested engine version.`
  );
}

/** All must lie in the network of the subnet group. */
export function checkSecurityGroups(
  ids: readonly string[],
  subnets: SubnetGroupRecord | undefined,
  { region }: Call
): void {
  const bad = ids.filter(id => {
    const group = region.securityGroups.get(id);
    return group === undefined || (subnets !== undefined && group.vpcId !== subnets.group.VpcId);
  });
  if (bad.length > 0) throw invalidValue(`Invalid security group , groupId= ${bad.join(', ')}, groupName=`);
}

export function checkInsights(days: number | undefined, mode: string | undefined, enabled: boolean): void {
  const known = days === undefined || days === 7 || days === 731 || (days % 31 === 0 && days >= 31 && days <= 713);
  if (!known)
    throw invalidValue(`Invalid Performance Insights retention period. Allowed values are: [7, 31, 62, …, 731]`);
  if (mode === 'advanced' && (!enabled || (days ?? 7) < 465)) {
    // The words are of https://github.com/hashicorp/terraform-provider-aws/issues/41952
    throw invalidCombination(
      'To enable the Advanced mode of Database Insights, modify your instance to enable Performance Insights and set the retention period for Performance Insights to at least 465 days.'
    );
  }
}

export function checkMonitoring(interval: number, roleArn: string | undefined, call: Call): void {
  if (![0, 1, 5, 10, 15, 30, 60].includes(interval)) throw invalidValue(`Invalid monitoring interval: ${interval}`);
  if (interval === 0 && roleArn !== undefined)
    throw invalidCombination(
      'A MonitoringInterval value other than 0 is required when you specify a MonitoringRoleARN value.'
    );
  if (interval === 0) return;
  if (roleArn === undefined)
    throw invalidCombination(
      'A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.'
    );
  const policy = 'arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole';
  checkRole(roleArn, 'monitoring.rds.amazonaws.com', 'ENHANCED_MONITORING', role => role.attached.has(policy), call);
}
