import { sizeOfClass } from '../../../spec/sizes.ts';

export type Edition = 'ENTERPRISE' | 'ENTERPRISE_PLUS';

/** The edition that a tier belongs to; `undefined` for a family unknown here, which only Cloud SQL can tell. */
export function editionOf(tier: string): Edition | undefined {
  if (isSharedCore(tier) || tier.startsWith('db-custom-')) return 'ENTERPRISE';
  return tier.startsWith('db-perf-optimized-') ? 'ENTERPRISE_PLUS' : undefined;
}

/** Such a tier takes longer to create. */
export function isSharedCore(tier: string): boolean {
  return tier === 'db-f1-micro' || tier === 'db-g1-small';
}

/** Why a `db-custom-<vCPUs>-<MB>` tier can't be; `undefined` for one that can, and for every other tier. */
export function customTierProblem(tier: string): string | undefined {
  if (!tier.startsWith('db-custom-')) return undefined;
  const found = /^db-custom-(\d+)-(\d+)$/.exec(tier);
  if (found === null) return 'is not of the form db-custom-<vCPUs>-<MB of memory>';
  const [cpus, memory] = [Number(found[1]), Number(found[2])];
  if (cpus < 1 || cpus > 96 || (cpus !== 1 && cpus % 2 !== 0)) return 'needs 1 vCPU, or an even number from 2 to 96';
  if (memory % 256 !== 0) return 'needs memory in multiples of 256 MB';
  if (memory < 3840) return 'needs 3840 MB of memory or more';
  const perCpu = memory / 1024 / cpus;
  return perCpu < 0.9 || perCpu > 6.5 ? 'needs 0.9 to 6.5 GB of memory for each vCPU' : undefined;
}

/** Largest disk, in GiB, of a tier that shares its core. */
export const SHARED_CORE_DISK_GIB = 3054;

const SHARED: Readonly<Record<number, string>> = { 1: 'db-f1-micro', 2: 'db-g1-small' };
/** A custom tier has at most so much memory for each vCPU, in GiB. */
const MOST_PER_VCPU = 6.5;

export interface Tier {
  readonly name: string;
  /** The AWS class it stands for. */
  readonly mappedFrom?: string;
}

/**
 * The tier that a size means: Cloud SQL's own name, or what comes next to an AWS class and is no smaller (but for burstable classes, whose
 * nearest are the shared cores). `undefined` for what is neither.
 */
export function readTier(size: string): Tier | undefined {
  const name = size.trim();
  // Tiers of the one family with capitals: `db-perf-optimized-N-2`.
  if (/^db-[a-z0-9-]+$/i.test(name)) return { name: name.toLowerCase().replace(/-n(?=\d*-)/, '-N') };
  const aws = sizeOfClass(name);
  if (aws === undefined) return undefined;
  const shared = aws.isBurstable ? SHARED[aws.memoryGib] : undefined;
  if (shared !== undefined) return { name: shared, mappedFrom: name };
  const least = Math.max(aws.vcpus, Math.ceil(aws.memoryGib / MOST_PER_VCPU));
  const vcpus = least + (least % 2);
  const tier = `db-custom-${vcpus}-${aws.memoryGib * 1024}`;
  return customTierProblem(tier) === undefined ? { name: tier, mappedFrom: name } : undefined;
}
