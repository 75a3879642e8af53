import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { readDiskType, type DiskType } from '../api/disk-types.ts';
import { disksOf, isSharedCore, mostPerformance, SHARED_CORE_DISK_GIB } from '../api/tiers.ts';

/** Smallest disk in GiB. */
const SMALLEST = 10;
const SMALLEST_HYPERDISK = 20;
const PERFORMANCE = ['storage_iops', 'storage_throughput'] as const;
/** Least IOPS and MiB/s of a Hyperdisk. https://cloud.google.com/sql/docs/postgres/storage-options-overview */
const LEAST_PERFORMANCE = { storage_iops: 3000, storage_throughput: 140 } as const;

/** The limits of disks, as far as the inputs show. */
export function validateStorage({ settings }: Spec, tier: string | undefined): Findings {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const { allocated_storage: size, storage_type: given } = settings;
  const type = given === undefined ? usualDisk(tier) : readDiskType(given);
  const input = 'allocated_storage';
  const smallest = type === 'HYPERDISK_BALANCED' ? SMALLEST_HYPERDISK : SMALLEST;
  if (size !== undefined && size < smallest) {
    const why = 'is smaller than the smallest disk of Cloud SQL';
    problems.push({ input, value: String(size), why, allowed: `${smallest} GiB or more` });
  }
  const typeInput = 'storage_type';
  if (given !== undefined && type === undefined) {
    const allowed = '`PD_SSD`, `PD_HDD`, `HYPERDISK_BALANCED`';
    problems.push({ input: typeInput, value: given, why: 'is not a disk type of Cloud SQL', allowed });
  } else if (
    given !== undefined &&
    type !== undefined &&
    type.toLowerCase() !== given?.trim().toLowerCase().replaceAll('-', '_')
  ) {
    const message = `\`${given ?? ''}\` becomes ${type} on Cloud SQL.`;
    notices.push({ code: 'value-mapped', severity: 'info', input: typeInput, message });
  }
  problems.push(
    ...(tier === undefined
      ? []
      : [
          ...sharedCoreProblems(settings, tier),
          ...diskProblems(settings, tier),
          ...performanceProblems(settings, tier)
        ])
  );
  for (const name of PERFORMANCE) {
    const value = settings[name];
    if (value === undefined) continue;
    if (type === 'HYPERDISK_BALANCED') {
      const least = LEAST_PERFORMANCE[name];
      const why = 'is less than a Hyperdisk has';
      if (value < least) problems.push({ input: name, value: String(value), why, allowed: `${least} or more` });
      continue;
    }
    const message = `\`${name}\` has no effect: on disks other than HYPERDISK_BALANCED it follows the size.`;
    notices.push({ code: 'value-ignored', severity: 'warning', input: name, message });
  }
  return { problems, notices };
}

/** More IOPS or throughput than the Hyperdisk of a tier has. `hasStandby` where no input says it. */
export function performanceProblems(settings: Spec['settings'], tier: string, hasStandby = false): readonly Problem[] {
  const most = mostPerformance(tier, settings.multi_az ?? hasStandby);
  return PERFORMANCE.flatMap(input => {
    const value = settings[input];
    if (most === undefined || value === undefined || value <= most[input]) return [];
    const why = `is more than a Hyperdisk of ${tier} has`;
    return [{ input, value: String(value), why, allowed: `${most[input]} at most, or a larger tier` }];
  });
}

/** The disk of a tier that has one kind only; elsewhere the inputs choose, or Cloud SQL's default does. */
function usualDisk(tier: string | undefined): DiskType | undefined {
  const disks = tier === undefined ? undefined : disksOf(tier);
  return disks?.length === 1 ? disks[0] : undefined;
}

/** A larger disk, or limit of its growth, than a tier that shares its core can have. */
export function sharedCoreProblems(settings: Spec['settings'], tier: string): readonly Problem[] {
  if (!isSharedCore(tier)) return [];
  const input = (['allocated_storage', 'max_allocated_storage'] as const).find(
    name => (settings[name] ?? 0) > SHARED_CORE_DISK_GIB
  );
  if (input === undefined) return [];
  const why = `is more than ${tier} can have`;
  return [{ input, why, allowed: `${SHARED_CORE_DISK_GIB} GiB at most, or a larger tier` }];
}

/** A disk that the tier can't have. */
export function diskProblems({ storage_type: given }: Spec['settings'], tier: string): readonly Problem[] {
  const type = given === undefined ? undefined : readDiskType(given);
  const disks = disksOf(tier);
  if (given === undefined || type === undefined || disks === undefined || disks.includes(type)) return [];
  const why = `is not possible with ${tier}${type === given ? '' : ` (it means ${type})`}`;
  const allowed = disks.map(disk => `\`${disk}\``).join(' or ');
  return [{ input: 'storage_type', value: given, why, allowed: `${allowed}, or no \`storage_type\`` }];
}
