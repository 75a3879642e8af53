import type { Capability, StorageMbCapability } from '@azure/arm-postgresql-flexible';
import { textOf } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { newly, open, problem, same, type Order } from './order.ts';

/** Names of storage in lists of offers, by type. Other types are not compared. */
const EDITIONS: Readonly<Record<string, string>> = { Premium_LRS: 'ManagedDisk', PremiumV2_LRS: 'ManagedDiskV2' };

/** Storage of an order that a region does not offer. */
export function storageProblems(offers: readonly Capability[], order: Order): readonly Problem[] {
  const { values, location } = order;
  const type = textOf(values['storage_type'] ?? 'Premium_LRS');
  const edition = EDITIONS[type];
  const editions = offers.flatMap(one =>
    open(one.supportedServerEditions)
      .filter(({ name }) => same(name, order.tier))
      .flatMap(({ supportedStorageEditions: storage }) => open(storage))
  );
  if (edition === undefined || editions.length === 0) return [];
  const sizes = editions.filter(({ name }) => name === edition).flatMap(one => open(one.supportedStorageMb));
  if (sizes.length === 0) {
    if (newly(order, 'storage_type') === undefined && newly(order, 'instance_class') !== undefined) {
      const why = `has no storage of type ${type} in ${location}, which the server has`;
      return [problem('instance_class', values['instance_class'], why, [])];
    }
    if (newly(order, 'storage_type') === undefined) return [];
    const known = Object.entries(EDITIONS).filter(([, name]) => editions.some(one => one.name === name));
    const why = `is not offered in ${location} for ${order.tier} sizes`;
    return [
      problem(
        'storage_type',
        type,
        why,
        known.map(([one]) => one)
      )
    ];
  }
  const gib = Number(values['allocated_storage']);
  const fitting = sizes.find(one => fits(one, gib));
  if (fitting === undefined) {
    if (newly(order, 'allocated_storage') === undefined) return [];
    return [problem('allocated_storage', gib, `is not offered in ${location}`, sizes.map(sizeOf))];
  }
  return performanceProblems(fitting, order);
}

const GIB = 1024;

function fits({ storageSizeMb: low = 0, maximumStorageSizeMb: high }: StorageMbCapability, gib: number): boolean {
  return high === undefined || high === 0 ? low === gib * GIB : low <= gib * GIB && gib * GIB <= high;
}

function sizeOf({ storageSizeMb: low = 0, maximumStorageSizeMb: high }: StorageMbCapability): string {
  return high === undefined || high === 0 ? String(low / GIB) : `${low / GIB}–${high / GIB}`;
}

function performanceProblems(fitting: StorageMbCapability, order: Order): readonly Problem[] {
  const problems: Problem[] = [];
  const gib = textOf(order.values['allocated_storage']);
  const [tier, tiers] = [newly(order, 'storage_tier'), fitting.supportedIopsTiers];
  if (tier !== undefined && tiers !== undefined && tiers.length > 0 && !tiers.some(({ name }) => same(name, tier))) {
    problems.push(
      problem(
        'storage_tier',
        tier,
        `is not offered for ${gib} GiB`,
        tiers.map(({ name }) => name)
      )
    );
  }
  const size = Number(order.values['allocated_storage']);
  const { supportedIops: fewest = 0, supportedThroughput: least = 0 } = fitting;
  const most = mostOf(size, Number(order.values['storage_iops'] ?? usualIops(size)), { fewest, least });
  const ranges = [
    ['storage_iops', fitting.supportedIops, fitting.supportedMaximumIops, most.iops],
    ['storage_throughput', fitting.supportedThroughput, fitting.supportedMaximumThroughput, most.throughput]
  ] as const;
  for (const [field, low, ofDisk, ofSize] of ranges) {
    const value = newly(order, field);
    const high = Math.min(ofDisk ?? 0, ofSize);
    if (typeof value !== 'number' || low === undefined || !ofDisk || (value >= low && value <= high)) continue;
    const also = field === 'storage_throughput' ? ' and these IOPS' : '';
    problems.push(problem(field, value, `is not offered for ${gib} GiB${also}`, [`${low}–${high}`]));
  }
  return problems;
}

/** What a disk without chosen IOPS has. */
function usualIops(gib: number): number {
  return gib < 400 ? 3000 : 12_000;
}

/**
 * What Premium SSD v2 allows: 500 IOPS more for each GB, and a quarter of a MB/s for each of them.
 * https://github.com/Azure/azure-cli, `_valid_ssdv2_range` in the validators of `postgresql`
 */
function mostOf(
  gib: number,
  iops: number,
  { fewest, least }: { readonly fewest: number; readonly least: number }
): { readonly iops: number; readonly throughput: number } {
  const gb = gib * 1.073_741_82;
  return {
    iops: Math.floor(Math.max(0, gb - 6) * 500 + fewest),
    throughput: Math.floor(Math.max(iops / 4, least))
  };
}
