import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import type { NetworkInterface, SecurityGroupRule, Subnet, Vpc } from '@aws-sdk/client-ec2';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import type {
  BlueGreenDeployment,
  DBInstance,
  DBParameterGroup,
  DBProxy,
  DBProxyTarget,
  DBProxyTargetGroup,
  DBSnapshot,
  DBSubnetGroup,
  Event,
  PendingMaintenanceAction,
  ReservedDBInstance
} from '@aws-sdk/client-rds';
import type { TrailEvent } from './cloudtrail.ts';
import type { InstanceRecord } from './rds/instance-record.ts';
import type { Tagged } from './tags.ts';

/** How many reads it takes until a state goes on; nothing depends on time. */
export interface Pace {
  readonly creating: number;
  readonly backingUp: number;
  /** Reads after a modify that still show what was before. */
  readonly stale: number;
  readonly modifying: number;
  readonly optimizing: number;
  readonly rebooting: number;
  readonly deleting: number;
  /** Of a parameter group at a server. */
  readonly applying: number;
  readonly snapshot: number;
  readonly proxy: number;
  readonly tags: number;
}

/** How often something new is refused, because it has not spread yet. */
export interface Propagation {
  /** Reads that do not show a new server yet. */
  readonly instance: number;
  readonly role: number;
  readonly securityGroup: number;
  /** Of a security group whose server is just gone: its network interface lingers. */
  readonly release: number;
}

export interface RoleRecord {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly created: Date;
  readonly description: string | undefined;
  trust: string;
  readonly attached: Set<string>;
  readonly inline: Map<string, string>;
  readonly tags: Tagged;
  /** Refusals left until services know it. */
  unknownFor: number;
}

export interface SecurityGroupRecord {
  /** The account that shares its VPC with this one. Absent: the group is of this account. */
  ownerId?: string;
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  readonly description: string;
  readonly tags: Tagged;
  readonly rules: Map<string, RuleRecord>;
  readonly created: Date;
  unknownFor: number;
  /** Refusals left until what used it has let go. */
  heldFor: number;
}

export interface RuleRecord {
  readonly rule: SecurityGroupRule;
  readonly tags: Tagged;
}

export interface SecretRecord {
  readonly arn: string;
  readonly name: string;
  readonly created: Date;
  description: string | undefined;
  value: string;
  version: string;
  kmsKeyId: string | undefined;
  readonly tags: Tagged;
  /** Set: it is waiting to be deleted, and its name can't be used. */
  deletedAt: Date | undefined;
  readonly owningService: string | undefined;
  rotated?: Date;
  /** Whether it is rotated by itself, and how often; absent where nothing rotates it. */
  rotation?: { readonly isOn: boolean; readonly days: number } | undefined;
}

export interface AlarmRecord {
  readonly alarm: MetricAlarm;
  readonly tags: Tagged;
}

export interface LogGroupRecord {
  readonly group: LogGroup;
  readonly tags: Tagged;
}

export interface ParameterGroupRecord {
  readonly group: DBParameterGroup;
  /** What was written into it by hand. */
  readonly values: Map<string, { readonly value: string; readonly method: string }>;
  readonly tags: Tagged;
}

export interface SubnetGroupRecord {
  group: DBSubnetGroup;
  readonly tags: Tagged;
}

export interface SnapshotRecord {
  readonly snapshot: DBSnapshot;
  readonly tags: Tagged;
  reads: number;
  readonly password: string;
  sharedWith?: readonly string[];
}

export interface ProxyRecord {
  readonly proxy: DBProxy;
  readonly targetGroup: DBProxyTargetGroup;
  readonly targets: DBProxyTarget[];
  readonly tags: Tagged;
  reads: number;
}

export interface ReservationRecord {
  readonly reservation: ReservedDBInstance;
  readonly tags: Tagged;
}

export interface BlueGreenRecord {
  readonly deployment: BlueGreenDeployment;
  readonly tags: Tagged;
  reads: number;
  readonly blue: InstanceRecord;
  readonly green: InstanceRecord;
  /** Read replicas, which are copied and renamed with their server. */
  readonly replicas: readonly { readonly blue: InstanceRecord; readonly green: InstanceRecord }[];
}

/** Backups of a server in another region, or of a server that is gone. */
export interface BackupRecord {
  readonly arn: string;
  /** Where it is the copy of another region's. */
  readonly sourceRegion: string | undefined;
  readonly instanceArn: string;
  readonly instanceId: string;
  readonly resourceId: string;
  retentionDays: number;
  readonly kmsKeyId: string | undefined;
  status: string;
  reads: number;
  readonly tags: Tagged;
  readonly engineVersion: string;
  readonly storageGib: number;
  /** The instance as it was. */
  readonly source: DBInstance;
}

/** One region: nothing is shared between two. Keys are what the API finds a thing by, lowercase where RDS lowers it. */
export interface Region {
  readonly name: string;
  readonly vpcs: Map<string, Vpc>;
  /** What a VPC lacks for public addresses. */
  readonly lacking: Map<string, 'gateway' | 'enableDnsSupport' | 'enableDnsHostnames'>;
  readonly subnets: Map<string, Subnet>;
  readonly securityGroups: Map<string, SecurityGroupRecord>;
  /** Network interfaces of others, by their ids. Those of RDS are not shown. */
  readonly interfaces: Map<string, NetworkInterface>;
  readonly keys: Map<string, KeyMetadata>;
  readonly keyAliases: Map<string, string>;
  readonly secrets: Map<string, SecretRecord>;
  /** Names of secrets that were deleted for good, with how often they are refused still. */
  readonly lastingNames: Map<string, number>;
  readonly alarms: Map<string, AlarmRecord>;
  readonly logGroups: Map<string, LogGroupRecord>;
  readonly instances: Map<string, InstanceRecord>;
  readonly parameterGroups: Map<string, ParameterGroupRecord>;
  readonly subnetGroups: Map<string, SubnetGroupRecord>;
  readonly snapshots: Map<string, SnapshotRecord>;
  readonly proxies: Map<string, ProxyRecord>;
  readonly reservations: Map<string, ReservationRecord>;
  readonly backups: Map<string, BackupRecord>;
  readonly events: Event[];
  readonly blueGreen: Map<string, BlueGreenRecord>;
  /** What CloudWatch measured, by `<metric> <identifier>`. */
  readonly metrics: Map<string, number>;
  /** What it measured each day, the last one today, by `<metric> <statistic> <identifier>`. */
  readonly daily: Map<string, readonly number[]>;
  /** What AWS has in mind for a server, by its ARN. */
  readonly pendingMaintenance: Map<string, PendingMaintenanceAction[]>;
}

export interface CloudState {
  readonly accountId: string;
  readonly pageSize: number;
  readonly pace: Pace;
  readonly propagation: Propagation;
  readonly roles: Map<string, RoleRecord>;
  /** Rules in one direction of a security group, for each family of addresses. */
  rulesPerGroup: number;
  /** What CloudTrail has, oldest first. */
  readonly trail: TrailEvent[];
  /** Hopeless states that wait for the next create or modify, by identifier. */
  readonly dooms: Map<string, { readonly status: string; readonly message: string }>;
  /** Host and port a server answers at. */
  readonly address: (identifier: string, region: string) => { readonly host: string; readonly port?: number };
  now(): Date;
  /** The region's state, seeded at the first use. */
  region(name: string): Region;
  regions(): readonly Region[];
  /** `sg-0000000000000001a`: in order, never twice. */
  id(prefix: string): string;
}
