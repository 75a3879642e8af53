import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { isSharedCore, SHARED_CORE_DISK_GIB } from '../api/tiers.ts';

export type DiskType = 'PD_SSD' | 'PD_HDD' | 'HYPERDISK_BALANCED';

/** AWS's types by what comes nearest. */
const DISKS: Readonly<Record<string, DiskType>> = {
  pd_ssd: 'PD_SSD',
  pd_hdd: 'PD_HDD',
  hyperdisk_balanced: 'HYPERDISK_BALANCED',
  gp2: 'PD_SSD',
  gp3: 'PD_SSD',
  io1: 'PD_SSD',
  io2: 'PD_SSD',
  standard: 'PD_HDD'
};

/** The disk that a type means; `undefined` for what is none of Cloud SQL's and none of AWS's. */
export function readDiskType(type: string): DiskType | undefined {
  return DISKS[type.trim().toLowerCase().replaceAll('-', '_')];
}

/** Smallest disk in GiB. */
const SMALLEST = 10;
const SMALLEST_HYPERDISK = 20;

/** What inputs say of the disk. */
export function validateStorage({ settings }: Spec, tier: string | undefined): Findings {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const { allocated_storage: size, max_allocated_storage: limit, storage_type: given } = settings;
  const type = given === undefined ? undefined : readDiskType(given);
  const input = 'allocated_storage';
  const smallest = type === 'HYPERDISK_BALANCED' ? SMALLEST_HYPERDISK : SMALLEST;
  if (size !== undefined && size < smallest) {
    const why = 'is less than a disk of Cloud SQL has';
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
    problems.push({ input: typeInput, value: given, why: 'is no disk of Cloud SQL', allowed });
  } else if (type !== undefined && type.toLowerCase() !== given?.trim().toLowerCase().replaceAll('-', '_')) {
    const message = `\`${given ?? ''}\` becomes ${type} on Cloud SQL.`;
    notices.push({ code: 'value-mapped', severity: 'info', input: typeInput, message });
  }
  for (const name of ['storage_iops', 'storage_throughput'] as const) {
    if (settings[name] === undefined || type === 'HYPERDISK_BALANCED') continue;
    const message = `\`${name}\` has no effect: only a HYPERDISK_BALANCED has it, on other disks it follows the size.`;
    notices.push({ code: 'value-ignored', severity: 'warning', input: name, message });
  }
  return { problems, notices };
}
