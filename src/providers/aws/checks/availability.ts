import type { DBInstance, OrderableDBInstanceOption } from '@aws-sdk/client-rds';
import { combineFindings, NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import { DEFAULTS } from '../desired/server.ts';
import { logExports } from '../desired/parts.ts';
import { majorOf } from '../live-state.ts';
import { isAtLeast, isRetiredAuthority } from '../resources/server/state.ts';
import { orNotChecked } from '../../not-checked.ts';

/** The product that a server is created as or changed to. */
export interface Order {
  readonly version: string;
  readonly instanceClass: string;
  readonly storageType: string;
  readonly allocatedStorage: number;
}

/** The order of the inputs. A value that no input names comes from the live server, or from the source of a copy. */
export function orderOf(
  { settings }: Pick<AwsContext, 'settings'>,
  live: DBInstance | undefined,
  version: string | undefined,
  source?: DBInstance
): Order {
  const from = live ?? source;
  return {
    version: versionToRun(live, version),
    instanceClass: settings.instance_class?.toLowerCase() ?? from?.DBInstanceClass ?? DEFAULTS.instance_class,
    storageType: settings.storage_type?.toLowerCase() ?? from?.StorageType ?? DEFAULTS.storage_type,
    allocatedStorage: settings.allocated_storage ?? from?.AllocatedStorage ?? DEFAULTS.allocated_storage
  };
}

/** A live server at or above the asked version stays at its own. */
function versionToRun(live: DBInstance | undefined, asked: string | undefined): string {
  const now = live?.EngineVersion;
  if (now === undefined) return asked ?? '';
  return asked === undefined || isAtLeast(now, asked) || majorOf(asked) < majorOf(now) ? now : asked;
}

/**
 * Whether RDS sells this class with this version, storage and features in this region. Asked only about what is new.
 */
export async function checkOrder(context: AwsContext, order: Order, live: DBInstance | undefined): Promise<Findings> {
  if (order.version === '') return NO_FINDINGS;
  return combineFindings(await Promise.all([checkClass(context, order, live), checkVersion(context, order, live)]));
}

async function checkClass(context: AwsContext, order: Order, live: DBInstance | undefined): Promise<Findings> {
  if (live !== undefined && isOrderOf(live, order, context)) return NO_FINDINGS;
  const { answer: options, notices } = await orNotChecked(
    'whether RDS sells this class here',
    'rds:DescribeOrderableDBInstanceOptions',
    context.offerings.orderable(order.version, order.instanceClass)
  );
  if (options === undefined) return { problems: [], notices };
  if (options.length === 0) {
    const why = `is not sold with PostgreSQL ${order.version} in ${context.target.region}`;
    const allowed = 'a class that `DescribeOrderableDBInstanceOptions` lists, such as `db.t4g.micro` or `db.m7g.large`';
    return problemWith(context, 'instance_class', why, allowed, order.instanceClass);
  }
  const fitting = options.filter(option => option.StorageType === order.storageType);
  if (fitting.length === 0) {
    const types = [...new Set(options.flatMap(option => option.StorageType ?? []))].sort().join(', ');
    const why = `is not sold with ${order.instanceClass}`;
    return problemWith(context, 'storage_type', why, types, order.storageType);
  }
  return combineFindings([
    ...featureProblems(context, order, fitting),
    ...sizeProblems(context, order, fitting, live),
    ...(live === undefined ? performanceProblems(context, order, fitting) : [])
  ]);
}

function isOrderOf(live: DBInstance, order: Order, { settings }: AwsContext): boolean {
  return (
    live.DBInstanceClass === order.instanceClass &&
    live.StorageType === order.storageType &&
    live.EngineVersion === order.version &&
    (settings.multi_az === undefined || settings.multi_az === live.MultiAZ) &&
    (settings.enable_performance_insights !== true || live.PerformanceInsightsEnabled === true) &&
    (settings.max_allocated_storage ?? 0) <= (live.MaxAllocatedStorage ?? 0)
  );
}

type Options = readonly OrderableDBInstanceOption[];

function featureProblems(context: AwsContext, order: Order, options: Options): readonly Findings[] {
  const { settings } = context;
  const lacks = (
    input: Parameters<typeof problemWith>[1],
    isAsked: boolean,
    has: (option: OrderableDBInstanceOption) => boolean | undefined
  ): readonly Findings[] => {
    if (!isAsked || options.some(option => has(option) === true)) return [];
    return [problemWith(context, input, `is not available with ${order.instanceClass}`, 'another `instance_class`')];
  };
  return [
    ...lacks('multi_az', settings.multi_az === true, option => option.MultiAZCapable),
    ...lacks('storage_encrypted', settings.storage_encrypted !== false, option => option.SupportsStorageEncryption),
    ...lacks(
      'enable_performance_insights',
      settings.enable_performance_insights === true,
      option => option.SupportsPerformanceInsights
    ),
    ...lacks(
      'enable_enhanced_monitoring',
      settings.enable_enhanced_monitoring === true,
      option => option.SupportsEnhancedMonitoring
    ),
    ...lacks(
      'iam_database_authentication_enabled',
      settings.iam_database_authentication_enabled === true,
      option => option.SupportsIAMDatabaseAuthentication
    ),
    ...lacks(
      'max_allocated_storage',
      (settings.max_allocated_storage ?? 0) > 0,
      option => option.SupportsStorageAutoscaling ?? true
    ),
    ...lacks('create_read_replica', settings.create_read_replica === true, option => option.ReadReplicaCapable ?? true)
  ];
}

function sizeProblems(
  context: AwsContext,
  order: Order,
  options: Options,
  live: DBInstance | undefined
): readonly Findings[] {
  const { availability_zone: zone, max_allocated_storage: ceiling = 0 } = context.settings;
  const least = Math.min(...options.map(option => option.MinStorageSize ?? 0));
  const most = Math.max(...options.map(option => option.MaxStorageSize ?? Infinity));
  const zones = [
    ...new Set(options.flatMap(option => (option.AvailabilityZones ?? []).flatMap(one => one.Name ?? [])))
  ].sort();
  const found: Findings[] = [];
  const range = `is out of range for ${order.storageType} with ${order.instanceClass}`;
  const now = live?.AllocatedStorage ?? 0;
  if (now > most) {
    // Of the type alone: `storageChangeProblems`.
    if (live?.DBInstanceClass !== order.instanceClass) {
      const why = `has ${most} GiB of ${order.storageType} at most, and the server has ${now}`;
      const kept = `\`${live?.DBInstanceClass ?? ''}\`, which the server has`;
      found.push(problemWith(context, 'instance_class', why, kept, order.instanceClass));
    }
  } else if (order.allocatedStorage < least || order.allocatedStorage > most) {
    const value = String(order.allocatedStorage);
    found.push(problemWith(context, 'allocated_storage', range, `${least}–${most} GiB`, value));
  }
  if (ceiling > most) found.push(problemWith(context, 'max_allocated_storage', range, `at most ${most} GiB`));
  if (zone !== undefined && zones.length > 0 && !zones.includes(zone)) {
    found.push(problemWith(context, 'availability_zone', `has no ${order.instanceClass}`, zones.join(', ')));
  }
  return found;
}

/** A live server's are checked by `storageChangeProblems`, which knows the limits of that very server. */
function performanceProblems(context: AwsContext, order: Order, options: Options): readonly Findings[] {
  const { storage_iops: iops, storage_throughput: throughput } = context.settings;
  const found: Findings[] = [];
  const over = `is out of range for ${order.storageType} with ${order.instanceClass}`;
  const within = (
    input: 'storage_iops' | 'storage_throughput',
    value: number | undefined,
    least: number,
    most: number
  ) => {
    if (value === undefined || (value >= least && value <= most)) return;
    found.push(problemWith(context, input, over, `${least}–${most}`));
  };
  const most = (of: (option: OrderableDBInstanceOption) => number | undefined): number =>
    Math.max(...options.map(option => of(option) ?? Infinity));
  const least = (of: (option: OrderableDBInstanceOption) => number | undefined): number =>
    Math.min(...options.map(option => of(option) ?? 0));
  within(
    'storage_iops',
    iops,
    least(one => one.MinIopsPerDbInstance),
    Math.min(
      most(one => one.MaxIopsPerDbInstance),
      Math.floor(most(one => one.MaxIopsPerGib) * order.allocatedStorage)
    )
  );
  within(
    'storage_throughput',
    throughput,
    least(one => one.MinStorageThroughputPerDbInstance),
    most(one => one.MaxStorageThroughputPerDbInstance)
  );
  return found;
}

/** Logs and certificate authorities differ between versions. */
async function checkVersion(context: AwsContext, order: Order, live: DBInstance | undefined): Promise<Findings> {
  const { ca_certificate_identifier: authority } = context.settings;
  const logs = logExports(context.settings) ?? [];
  const isKnown =
    (authority === undefined || authority === live?.CACertificateIdentifier) &&
    logs.every(log => live?.EnabledCloudwatchLogsExports?.includes(log));
  if (isKnown) return NO_FINDINGS;
  const what = `what PostgreSQL ${order.version} supports on RDS`;
  const { answer, notices } = await orNotChecked(
    what,
    'rds:DescribeDBEngineVersions',
    context.offerings.version(order.version)
  );
  const authorities = answer?.SupportedCACertificateIdentifiers ?? [];
  const known = answer?.ExportableLogTypes ?? [];
  const strange = known.length === 0 ? undefined : logs.find(log => !known.includes(log));
  const found: Findings[] = [{ problems: [], notices }];
  if (authority !== undefined && authorities.length > 0 && !authorities.includes(authority)) {
    const now = live?.CACertificateIdentifier;
    const isRotated = now !== undefined && isRetiredAuthority(authority) && !isRetiredAuthority(now);
    const why = `is not offered for PostgreSQL ${order.version}`;
    found.push(
      isRotated
        ? noticeOn('ca_certificate_identifier', 'newer-authority', rotated(authority, now))
        : problemWith(context, 'ca_certificate_identifier', why, authorities.join(', '))
    );
  }
  if (strange !== undefined) {
    const why = `is not written by PostgreSQL ${order.version} on RDS`;
    found.push(problemWith(context, 'enabled_cloudwatch_logs_exports', why, known.join(', '), strange));
  }
  return combineFindings(found);
}

function rotated(asked: string, now: string): string {
  return `RDS has ended ${asked}, and the server has a certificate of ${now}: it stays so. Set \`ca_certificate_identifier: ${now}\`.`;
}
