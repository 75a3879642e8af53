import { sizeOfClass } from '../../../spec/sizes.ts';
import type { DiskType } from './disk-types.ts';

export type Edition = 'ENTERPRISE' | 'ENTERPRISE_PLUS';

/** The edition of a tier; `undefined` for an unknown family. */
export function editionOf(tier: string): Edition | undefined {
  if (isSharedCore(tier) || /^db-(?:custom|n1)-/i.test(tier)) return 'ENTERPRISE';
  return /^db-perf-optimized-/i.test(tier) ? 'ENTERPRISE_PLUS' : undefined;
}

/** Whether this version knows the family of a tier, and so its limits. */
export function isKnownFamily(tier: string): boolean {
  return isSharedCore(tier) || /^db-(?:custom-\d+-\d+|n1-(?:standard|highmem)-\d+|perf-optimized-N-\d+)$/.test(tier);
}

/**
 * The disks that a tier can have, the usual one first; `undefined` for a family that is unknown here.
 * https://cloud.google.com/sql/docs/postgres/machine-series-overview
 */
export function disksOf(tier: string): readonly DiskType[] | undefined {
  if (/^db-(?:c4a-|custom-n4-)/i.test(tier)) return ['HYPERDISK_BALANCED'];
  if (/^db-perf-optimized-n-/i.test(tier)) return ['PD_SSD'];
  return isKnownFamily(tier) ? ['PD_SSD', 'PD_HDD'] : undefined;
}

/** The most that a Hyperdisk gives: IOPS, and throughput in MiB/s. */
export interface Performance {
  readonly storage_iops: number;
  readonly storage_throughput: number;
}

/** From so many vCPUs on: IOPS and MiB/s of an instance, and of one with a standby. */
type Limits = readonly (readonly [vcpus: number, iops: number, mibs: number, haIops: number, haMibs: number])[];

/** https://cloud.google.com/sql/docs/postgres/storage-options-overview */
const N4: Limits = [
  [0, 15_000, 240, 15_000, 240],
  [8, 15_000, 480, 15_000, 480],
  [16, 80_000, 1200, 80_000, 1200],
  [32, 100_000, 1600, 100_000, 1200],
  [48, 160_000, 2400, 100_000, 1200]
];
const C4A: Limits = [
  [0, 50_000, 800, 50_000, 800],
  [8, 50_000, 1000, 50_000, 1000],
  [16, 80_000, 1600, 80_000, 1200],
  [32, 120_000, 2400, 100_000, 1200],
  [48, 160_000, 2400, 100_000, 1200]
];

/** What a Hyperdisk of a tier can do at most; `undefined` for a tier without one, and for an unknown family. */
export function mostPerformance(tier: string, hasStandby: boolean): Performance | undefined {
  const [, n4] = /^db-custom-n4-(\d+)-\d+$/i.exec(tier) ?? [];
  const [, c4a] = /^db-c4a-\w+-(\d+)/i.exec(tier) ?? [];
  const vcpus = Number(n4 ?? c4a);
  const row = (n4 === undefined ? C4A : N4).findLast(([least]) => vcpus >= least);
  if (row === undefined) return undefined;
  const [, iops, mibs, haIops, haMibs] = row;
  return hasStandby
    ? { storage_iops: haIops, storage_throughput: haMibs }
    : { storage_iops: iops, storage_throughput: mibs };
}

/** Whether a tier shares its core: it takes longer to create. */
export function isSharedCore(tier: string): boolean {
  return tier === 'db-f1-micro' || tier === 'db-g1-small';
}

/** The problem with a `db-custom-<vCPUs>-<MB>` tier; `undefined` for a valid one, and for every other tier. */
export function customTierProblem(tier: string): string | undefined {
  // Newer families (`db-custom-N4-2-8192`) have limits of their own.
  if (!tier.startsWith('db-custom-') || /^db-custom-[a-z]+\d[a-z]*-\d+-\d+$/i.test(tier)) return undefined;
  const found = /^db-custom-(\d+)-(\d+)$/.exec(tier);
  if (found === null) return 'is not of the form db-custom-<vCPUs>-<MB of memory>';
  const [cpus, memory] = [Number(found[1]), Number(found[2])];
  if (cpus < 1 || cpus > 96 || (cpus !== 1 && cpus % 2 !== 0)) return 'needs 1 vCPU, or an even number from 2 to 96';
  if (memory % 256 !== 0) return 'needs memory in multiples of 256 MB';
  if (memory < 3840) return 'needs 3840 MB of memory or more';
  const perCpu = memory / 1024 / cpus;
  return perCpu < 0.9 || perCpu > 6.5 ? 'needs 0.9 to 6.5 GB of memory for each vCPU' : undefined;
}

/** MB of memory for each vCPU of machines that Cloud SQL has for other databases than PostgreSQL. */
const OTHERS: Readonly<Record<string, number>> = { standard: 3840, highmem: 6656, highcpu: 3840 };

/**
 * The custom tier of the size of `db-n1-standard-2`, which is listed among the tiers and refused for PostgreSQL;
 * `undefined` for every other tier. https://github.com/serverpod/serverpod/issues/2373
 */
export function customInsteadOf(tier: string): string | undefined {
  const [, family = '', count = ''] = /^db-(?:n1-)?(standard|highmem|highcpu)-(\d+)$/i.exec(tier) ?? [];
  const memory = OTHERS[family.toLowerCase()];
  return memory === undefined ? undefined : `db-custom-${count}-${Number(count) * memory}`;
}

/** Largest disk, in GiB, of a tier that shares its core. */
export const SHARED_CORE_DISK_GIB = 3054;

const SHARED: Readonly<Record<number, string>> = { 1: 'db-f1-micro', 2: 'db-g1-small' };
/** Most GiB of memory that a custom tier has for each vCPU. */
const MOST_PER_VCPU = 6.5;

export interface Tier {
  readonly name: string;
  /** The AWS class that it replaces. */
  readonly mappedFrom?: string;
}

/**
 * The tier that a size means: Cloud SQL's own name, or the smallest tier that is not smaller than an AWS class.
 * Burstable classes become shared cores. `undefined` for any other name.
 */
export function readTier(size: string): Tier | undefined {
  const name = size.trim();
  if (/^db-[a-z0-9-]+$/i.test(name)) return { name: spelled(name) };
  const aws = sizeOfClass(name);
  if (aws === undefined) return undefined;
  // Only burstable classes are so small.
  const shared = SHARED[aws.memoryGib];
  if (shared !== undefined) return { name: shared, mappedFrom: name };
  const least = Math.max(aws.vcpus, Math.ceil(aws.memoryGib / MOST_PER_VCPU));
  const vcpus = least + (least % 2);
  const tier = `db-custom-${vcpus}-${aws.memoryGib * 1024}`;
  return customTierProblem(tier) === undefined ? { name: tier, mappedFrom: name } : undefined;
}

/** A tier of a known family as Cloud SQL spells it; other names as given. */
function spelled(name: string): string {
  const lower = name.toLowerCase();
  const known = lower.replace(/^(db-perf-optimized|db-custom)-n(?=\d*-)/, '$1-N');
  return /^db-(?:[fg]1-|n1-|custom-|perf-optimized-N-)/.test(known) ? known : name;
}

/** vCPUs and memory in MB, as far as the name of a tier tells; `undefined` for a family unknown here. */
function sizeOf(tier: string): readonly [vcpus: number, memory: number] | undefined {
  const shared: Readonly<Record<string, readonly [number, number]>> = {
    'db-f1-micro': [0.2, 614],
    'db-g1-small': [0.5, 1740]
  };
  const [, custom, memory] = /^db-custom-(?:[a-z]+\d*-)?(\d+)-(\d+)$/i.exec(tier) ?? [];
  if (custom !== undefined) return [Number(custom), Number(memory)];
  const [, optimised] = /^db-(?:perf|memory)-optimized-\w+-(\d+)$/i.exec(tier) ?? [];
  return optimised === undefined ? shared[tier] : [Number(optimised), Number(optimised) * 8192];
}

/** Above 0 where `to` is the larger tier, below 0 where it is the smaller; 0 where neither is known to be. */
export function compareTiers(from: string, to: string): number {
  const [before, after] = [sizeOf(from), sizeOf(to)];
  if (before === undefined || after === undefined) return 0;
  return Math.sign(after[0] - before[0]) || Math.sign(after[1] - before[1]);
}
