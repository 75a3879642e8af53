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
