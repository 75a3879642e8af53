import type { DBInstance, DoubleRange, Range, ValidStorageOptions } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import { serverTime } from '../../../engine/server-time.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ignoring } from '../../failures.ts';
import type { AwsContext } from '../context.ts';
import { STORAGE_REST_HOURS } from '../live-state.ts';
import { orNotChecked } from '../../not-checked.ts';

/** gp3 takes IOPS and throughput from this size on, and has so many IOPS at least. */
const GP3_THRESHOLD_GIB = 400;
const GP3_LEAST_IOPS = 12_000;

/** The storage of a server. GiB, IOPS, MiB/s. */
interface Storage {
  readonly type: string;
  readonly size: number;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
}

/**
 * What RDS would refuse of a change of a live server's storage: RDS lists the sizes, IOPS and throughput that this
 * server can have next. Asked only about a change of the storage.
 */
export async function storageChangeProblems(
  context: AwsContext,
  live: DBInstance | undefined
): Promise<readonly Problem[]> {
  if (live === undefined) return [];
  const wanted = storageAfter(context.settings, live);
  if (wanted === undefined) return [];
  const valid = await ignoring(['denied', 'busy', 'transient', 'throttled'], context.liveState().validStorage());
  const options = valid?.find(option => option.StorageType === wanted.type);
  const fixed = fixedPerformance(wanted);
  // `checkOrder` refuses a type that is not in the list.
  return options === undefined || fixed.length > 0 ? fixed : problemsOf(wanted, options, live);
}

/** IOPS and throughput that this type, or this size of it, does not take. */
function fixedPerformance({ type, size, iops, throughput }: Storage): readonly Problem[] {
  const isGp3 = type === 'gp3';
  const takesIops = type.startsWith('io') || (isGp3 && size >= GP3_THRESHOLD_GIB);
  const given = [
    ...(iops === undefined || takesIops ? [] : [['storage_iops', iops] as const]),
    ...(throughput === undefined || (isGp3 && takesIops) ? [] : [['storage_throughput', throughput] as const])
  ];
  return given.map(([input, value]) => ({
    input,
    value: String(value),
    why: `can't be chosen for the ${size} GiB of ${type} that this server has`,
    allowed: `\`storage_type: gp3\` with \`allocated_storage\` of ${GP3_THRESHOLD_GIB} or more`
  }));
}

/** Until when a change of the storage has to wait, and what could not be asked. */
export interface StorageRest {
  readonly until?: Date | 'optimized';
  readonly notices: readonly Notice[];
}

/** Asked only about a change of the storage: RDS rests it for hours after the last one, and until it is optimized. */
export async function storageRest(context: AwsContext, live: DBInstance | undefined): Promise<StorageRest> {
  if (live === undefined || storageAfter(context.settings, live) === undefined) return { notices: [] };
  if (live.DBInstanceStatus === 'storage-optimization') return { until: 'optimized', notices: [] };
  const what = 'when RDS takes a change of the storage';
  const { answer = [], notices } = await orNotChecked(what, 'rds:DescribeEvents', context.liveState().storageEvents());
  const last = Math.max(0, ...answer.map(({ Date: at }) => at?.getTime() ?? 0));
  const until = new Date(last + STORAGE_REST_HOURS * 3_600_000);
  return until > serverTime(context.execution) ? { until, notices } : { notices };
}

/** `undefined` when no input changes it. A smaller size is refused elsewhere. */
export function storageAfter(settings: Settings, live: DBInstance): Storage | undefined {
  const now = { size: live.AllocatedStorage ?? 0, iops: live.Iops, throughput: live.StorageThroughput };
  const type = settings.storage_type?.toLowerCase() ?? live.StorageType ?? 'gp2';
  const size = Math.max(settings.allocated_storage ?? 0, now.size);
  const { storage_iops: iops, storage_throughput: throughput } = settings;
  const isSame =
    type === live.StorageType &&
    size === now.size &&
    (iops === undefined || iops === now.iops) &&
    (throughput === undefined || throughput === now.throughput);
  return isSame ? undefined : { type, size, iops, throughput };
}

function problemsOf(
  { type, size, iops, throughput }: Storage,
  options: ValidStorageOptions,
  live: DBInstance
): readonly Problem[] {
  const { AllocatedStorage: now = 0, StorageType: before = 'gp2' } = live;
  const most = Math.max(...(options.StorageSize ?? []).map(({ To: to = Infinity }) => to));
  const isAbove = Number.isFinite(most) && now > most;
  // Storage never shrinks: RDS counts its sizes from the present one, and none is left above the limit.
  if (isAbove && type !== before) {
    const why = `has ${most} GiB at most on this server, which has ${now}`;
    return [{ input: 'storage_type', value: type, why, allowed: `\`${before}\`, which the server has` }];
  }
  if (isAbove && size !== now) {
    const why = `is more than the ${most} GiB that RDS gives this server's ${type} storage`;
    return [{ input: 'allocated_storage', value: String(size), why, allowed: `${now}, which the server has` }];
  }
  const problems: Problem[] = [];
  const check = (input: string, value: number | undefined, ranges: readonly (Range | DoubleRange)[] | undefined) => {
    if (value === undefined || ranges === undefined || ranges.length === 0 || isIn(value, ranges)) return;
    problems.push({
      input,
      value: String(value),
      why: `is more or less than RDS gives this server's ${type} storage`,
      allowed: inWords(ranges)
    });
  };
  if (!isAbove) check('allocated_storage', size, options.StorageSize);
  check('storage_iops', iops, options.ProvisionedIops);
  check('storage_throughput', throughput, options.ProvisionedStorageThroughput);
  const after = Math.max(iops ?? live.Iops ?? 0, GP3_LEAST_IOPS);
  const shares = options.StorageThroughputToIopsRatio ?? [];
  if (throughput !== undefined && shares.length > 0 && !isIn(throughput / after, shares)) {
    problems.push({
      input: 'storage_throughput',
      value: String(throughput),
      why: `does not fit the ${after} IOPS of this server`,
      allowed: `${inWords(shares)} MiB/s for each, with \`storage_iops\``
    });
  }
  if (problems.length > 0 || iops === undefined) return problems;
  const ratios = options.IopsToStorageRatio ?? [];
  if (ratios.length > 0 && !isIn(iops / size, ratios)) {
    problems.push({
      input: 'storage_iops',
      value: String(iops),
      why: `does not fit ${size} GiB of ${type} on this server`,
      allowed: `${inWords(ratios)} IOPS for each GiB`
    });
  }
  return problems;
}

function isIn(value: number, ranges: readonly (Range | DoubleRange)[]): boolean {
  return ranges.some(({ From: from = 0, To: to = Infinity }) => value >= from && value <= to);
}

function inWords(ranges: readonly (Range | DoubleRange)[]): string {
  return ranges.map(({ From: from = 0, To: to }) => `${from}–${to ?? ''}`).join(' or ');
}
