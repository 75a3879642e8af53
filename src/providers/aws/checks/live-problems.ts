import type { DBInstance } from '@aws-sdk/client-rds';
import type { Problem } from '../../../spec/problem.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { numberOfName } from '../../numbered-replicas.ts';
import { markOfAdoption, tagLimitProblems } from '../../tag-limit.ts';
import { remoteReplicaId } from '../api/names.ts';
import { fromList, isReserved, markOf, markTags, PARTS, versionTag } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';
import type { Lookups } from '../desired/look-up.ts';
import { MANAGED_PASSWORD } from './password.ts';
import { tenthMore } from '../resources/server/field.ts';
import { wants } from '../desired/parts.ts';
import { TAG_LIMIT } from './validate-supporting.ts';
import { ADVANCED_INSIGHTS_DAYS } from './validate.ts';
import { windowsOverlap } from './windows-overlap.ts';

/** The inputs that RDS would refuse because of values that the server has and no input names. */
export function liveProblems(
  context: AwsContext,
  live: DBInstance | undefined,
  { instances, subnets }: Pick<Lookups, 'instances' | 'subnets'>
): readonly Problem[] {
  if (live === undefined) return [...newPasswordProblems(context), ...zoneProblems(context, subnets)];
  const other = otherKind(context, live);
  if (other !== undefined) return [other];
  return [
    ...passwordProblems(context, live, instances),
    ...backupProblems(context, live),
    ...queuedBackupProblems(context, live, instances),
    ...networkProblems(context, live, subnets),
    ...(subnets.problems.length > 0 ? [] : subnetProblems(context, instances)),
    ...windowProblems(context, live),
    ...ceilingProblems(context, live),
    ...insightsProblems(context, live),
    ...tagProblemsOf(context, live)
  ];
}

/** A name may be that of another kind of server, which none of this applies to. */
function otherKind({ names }: AwsContext, live: DBInstance): Problem | undefined {
  const problem = (why: string, allowed: string): Problem => ({ input: 'name', value: names.instance, why, allowed });
  const allowed = 'the name of an RDS instance of PostgreSQL, or a name that is not taken';
  if (live.DBClusterIdentifier !== undefined) {
    return problem(`is a member of the cluster ${live.DBClusterIdentifier} (${live.Engine ?? 'Aurora'})`, allowed);
  }
  if (live.Engine !== undefined && live.Engine !== 'postgres') {
    return problem(`is a server of another engine: ${live.Engine}`, allowed);
  }
  const source = live.ReadReplicaSourceDBInstanceIdentifier;
  return source === undefined ? undefined : problem(`is a read replica of ${source}`, 'the name of its source');
}

/** The input that asks for a replica that does not exist yet. */
function newReplica(
  { settings, names }: AwsContext,
  live: DBInstance,
  instances: Lookups['instances']
): 'create_read_replica' | 'replica_region' | undefined {
  if ((replicaCount(settings) ?? 0) > instances.size - 1) return 'create_read_replica';
  const region = settings.replica_region;
  if (region === undefined || !wants('remote-replica', settings)) return undefined;
  const id = remoteReplicaId(names.instance, region);
  const exists = (live.ReadReplicaDBInstanceIdentifiers ?? []).some(one => one.endsWith(`:${id}`));
  return exists ? undefined : 'replica_region';
}

/** As `passwordProblems`, for a new server: without `master_password` RDS keeps the password. */
function newPasswordProblems({ settings }: AwsContext): readonly Problem[] {
  if (settings.master_password === true) return [];
  const input =
    (replicaCount(settings) ?? 0) > 0
      ? 'create_read_replica'
      : wants('remote-replica', settings)
        ? 'replica_region'
        : undefined;
  if (input === undefined) return [];
  return [{ input, why: MANAGED_PASSWORD, allowed: 'with `master_password`' }];
}

/** RDS creates no replica of a server whose password it keeps itself. */
function passwordProblems(context: AwsContext, live: DBInstance, instances: Lookups['instances']): readonly Problem[] {
  const { settings } = context;
  const input = newReplica(context, live, instances);
  if (input === undefined || live.MasterUserSecret === undefined || settings.master_password === true) return [];
  return [{ input, why: MANAGED_PASSWORD, allowed: 'with `master_password`, which takes the password over' }];
}

/** Backups are switched on in the maintenance window, and RDS creates no replica, and copies no backup, before that. */
function queuedBackupProblems(
  context: AwsContext,
  live: DBInstance,
  instances: Lookups['instances']
): readonly Problem[] {
  const { settings, options } = context;
  const isQueued = live.BackupRetentionPeriod === 0 && (settings.backup_retention_period ?? 0) > 0;
  if (!isQueued || options.applyImmediately) return [];
  const replica = newReplica(context, live, instances);
  const input = replica ?? (settings.backup_region === undefined ? undefined : 'backup_region');
  if (input === undefined) return [];
  const why = 'needs automated backups, which RDS switches on in the maintenance window only';
  return [{ input, why, allowed: 'with `apply_immediately: true`, or in a run after the maintenance window' }];
}

function backupProblems({ settings }: AwsContext, live: DBInstance): readonly Problem[] {
  const asked = replicaCount(settings) ?? 0;
  const isCopied = asked > 0 || wants('remote-replica', settings) || settings.backup_region !== undefined;
  if (settings.backup_retention_period === undefined && live.BackupRetentionPeriod === 0 && isCopied) {
    const input =
      asked > 0 ? 'create_read_replica' : settings.replica_region === undefined ? 'backup_region' : 'replica_region';
    return [
      {
        input,
        why: 'needs automated backups, and those of this server are off',
        allowed: 'with `backup_retention_period`, 1–35 days'
      }
    ];
  }
  const replicas = live.ReadReplicaDBInstanceIdentifiers ?? [];
  if (settings.backup_retention_period !== 0 || replicas.length === 0 || replicaCount(settings) === 0) return [];
  return [
    {
      input: 'backup_retention_period',
      value: '0',
      why: `switches backups off, and read replicas need them (${replicas.join(', ')})`,
      allowed: '1–35 days, or `create_read_replica: false`'
    }
  ];
}

/** A subnet group stays in its VPC, and with it a server that is in the group of its own. */
function networkProblems(
  { settings, names }: AwsContext,
  live: DBInstance,
  { vpcId }: Lookups['subnets']
): readonly Problem[] {
  const { DBSubnetGroupName: group, VpcId: home = '' } = live.DBSubnetGroup ?? {};
  const { subnet_ids: asked = [] } = settings;
  if (asked.length === 0 || group !== names.subnetGroup || vpcId === undefined || vpcId === home) return [];
  return [
    {
      input: 'subnet_ids',
      value: asked.join(', '),
      why: `are in ${vpcId}, and the subnet group of the server stays in ${home}`,
      allowed: `subnets of ${home}, or a new database under another \`name\``
    }
  ];
}

/** RDS puts a server into a zone only where its group has a subnet. */
function zoneProblems({ settings }: AwsContext, { zones }: Lookups['subnets']): readonly Problem[] {
  const { availability_zone: zone } = settings;
  if (zone === undefined || zones === undefined || zones.includes(zone)) return [];
  return [
    {
      input: 'availability_zone',
      value: zone,
      why: 'has none of the `subnet_ids`',
      allowed: zones.toSorted().join(', ')
    }
  ];
}

/**
 * RDS takes no subnet away that an instance is in. Of several in one zone no read tells which it is: only where all of
 * a zone would go, that one would too.
 */
function subnetProblems({ settings, names }: AwsContext, instances: Lookups['instances']): readonly Problem[] {
  const { subnet_ids: asked = [] } = settings;
  if (asked.length === 0) return [];
  // A replica that this plan removes goes before the subnets.
  const count = replicaCount(settings) ?? Infinity;
  const stays = [...instances.values()].filter(
    one => (numberOfName(one.DBInstanceIdentifier ?? '', [], names.replica) ?? 0) <= count
  );
  const lost = stays.flatMap(
    ({
      DBInstanceIdentifier: id = '',
      DBSubnetGroup: group,
      AvailabilityZone: zone,
      SecondaryAvailabilityZone: standby
    }) => {
      if (group?.DBSubnetGroupName !== names.subnetGroup) return [];
      return [zone, standby].flatMap(one => {
        const there = (group.Subnets ?? []).filter(subnet => subnet.SubnetAvailabilityZone?.Name === one);
        const ids = there.flatMap(({ SubnetIdentifier: subnet }) => subnet ?? []);
        return one === undefined || ids.length === 0 || ids.some(subnet => asked.includes(subnet)) ? [] : [{ id, ids }];
      });
    }
  );
  const [first] = lost;
  if (first === undefined) return [];
  return [
    {
      input: 'subnet_ids',
      value: asked.join(', '),
      why: `leave out ${first.ids.join(', ')}, where ${first.id} is: RDS takes no subnet away that is in use`,
      allowed: 'these as well; another database under another `name` can have other subnets'
    }
  ];
}

/** A window that no input names is the server's. */
function windowProblems({ settings }: AwsContext, live: DBInstance): readonly Problem[] {
  const { backup_window: backup, maintenance_window: maintenance } = settings;
  if ((backup === undefined) === (maintenance === undefined)) return [];
  const [daily, weekly] = [backup ?? live.PreferredBackupWindow, maintenance ?? live.PreferredMaintenanceWindow];
  if (daily === undefined || weekly === undefined || !windowsOverlap(daily, weekly)) return [];
  return [
    {
      input: backup === undefined ? 'maintenance_window' : 'backup_window',
      value: backup ?? maintenance ?? '',
      why: `overlaps the server's ${backup === undefined ? `backup window (${daily})` : `maintenance window (${weekly})`}`,
      allowed: 'windows that have no minute in common'
    }
  ];
}

/** AWS does not count its own tags. */
function tagProblemsOf({ settings, target }: AwsContext, live: DBInstance): readonly Problem[] {
  const tags = fromList(live.TagList);
  const asked = Object.keys(settings.tags ?? {});
  return tagLimitProblems({
    live: Object.keys(tags).filter(key => !/^aws:/i.test(key)),
    mark: markOf(tags),
    newMark: {
      ...markTags(markOfAdoption(target, asked)),
      ...versionTag({ master_password_version: settings.master_password_version ?? null }),
      [PARTS]: ''
    },
    asked,
    isOfMark: isReserved,
    ...TAG_LIMIT
  });
}

/** The advanced mode of Database Insights may have been chosen in the console: no input names it then. */
function insightsProblems({ settings }: AwsContext, live: DBInstance): readonly Problem[] {
  const { database_insights_mode: mode = live.DatabaseInsightsMode, enable_performance_insights: isOn } = settings;
  const days = settings.performance_insights_retention_period ?? live.PerformanceInsightsRetentionPeriod ?? 7;
  if (live.DatabaseInsightsMode !== 'advanced' || mode !== 'advanced') return [];
  const given = [settings.database_insights_mode, isOn, settings.performance_insights_retention_period];
  if (given.every(one => one === undefined)) return [];
  const way = '`database_insights_mode: standard`';
  if (isOn === false) {
    const why = 'switches off what the advanced mode of Database Insights needs, which the server has';
    return [{ input: 'enable_performance_insights', value: 'false', why, allowed: `true, or ${way}` }];
  }
  if (days >= ADVANCED_INSIGHTS_DAYS) return [];
  const why = 'is too short for the advanced mode of Database Insights, which the server has';
  const allowed = `${ADVANCED_INSIGHTS_DAYS} days or more, or ${way}`;
  return [{ input: 'performance_insights_retention_period', value: String(days), why, allowed }];
}

/** RDS refuses a ceiling less than a tenth above the storage; the present ceiling may have been reached. */
function ceilingProblems({ settings }: AwsContext, live: DBInstance): readonly Problem[] {
  const { max_allocated_storage: ceiling, allocated_storage: asked = 0 } = settings;
  const size = Math.max(asked, live.AllocatedStorage ?? 0);
  if (ceiling === undefined || ceiling === 0 || ceiling === live.MaxAllocatedStorage) return [];
  if (ceiling >= tenthMore(size)) return [];
  return [
    {
      input: 'max_allocated_storage',
      value: String(ceiling),
      why: `is less than a tenth above the storage of the server (${size} GiB)`,
      allowed: `at least ${tenthMore(size)}, or 0 for no growth`
    }
  ];
}
