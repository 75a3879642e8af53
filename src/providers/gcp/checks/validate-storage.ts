import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { readDiskType } from '../api/disk-types.ts';
import { isSharedCore, SHARED_CORE_DISK_GIB } from '../api/tiers.ts';

/** Smallest disk in GiB. */
const SMALLEST = 10;
const SMALLEST_HYPERDISK = 20;

/** The limits of disks, as far as the inputs show. */
export function validateStorage({ settings }: Spec, tier: string | undefined): Findings {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const { allocated_storage: size, max_allocated_storage: limit, storage_type: given } = settings;
  const type = given === undefined ? undefined : readDiskType(given);
  const input = 'allocated_storage';
  const smallest = type === 'HYPERDISK_BALANCED' ? SMALLEST_HYPERDISK : SMALLEST;
  if (size !== undefined && size < smallest) {
    const why = 'is smaller than the smallest disk of Cloud SQL';
    problems.push({ input, value: String(size), why, allowed: `${smallest} GiB or more` });
  }
  if (tier !== undefined && isSharedCore(tier) && Math.max(size ?? 0, limit ?? 0) > SHARED_CORE_DISK_GIB) {
    const tooLarge = (size ?? 0) > SHARED_CORE_DISK_GIB ? input : 'max_allocated_storage';
    const why = `is more than ${tier} can have`;
    problems.push({ input: tooLarge, why, allowed: `${SHARED_CORE_DISK_GIB} GiB at most, or a larger tier` });
  }
  const typeInput = 'storage_type';
  if (given !== undefined && type === undefined) {
    const allowed = '`PD_SSD`, `PD_HDD`, `HYPERDISK_BALANCED`';
    problems.push({ input: typeInput, value: given, why: 'is not a disk type of Cloud SQL', allowed });
  } else if (type !== undefined && type.toLowerCase() !== given?.trim().toLowerCase().replaceAll('-', '_')) {
    const message = `\`${given ?? ''}\` becomes ${type} on Cloud SQL.`;
    notices.push({ code: 'value-mapped', severity: 'info', input: typeInput, message });
  }
  for (const name of ['storage_iops', 'storage_throughput'] as const) {
    if (settings[name] === undefined || type === 'HYPERDISK_BALANCED') continue;
    const message = `\`${name}\` has no effect: on disks other than HYPERDISK_BALANCED it follows the size.`;
    notices.push({ code: 'value-ignored', severity: 'warning', input: name, message });
  }
  return { problems, notices };
}
