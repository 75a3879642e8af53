import type { Server } from '@azure/arm-postgresql-flexible';

/** The sizes in GiB that premium SSDs come in. */
export const PREMIUM_SIZES: readonly number[] = [32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767];

/**
 * The lowest performance tier of each size. https://learn.microsoft.com/azure/virtual-machines/disks-change-performance
 */
const LOWEST_TIERS = ['P4', 'P6', 'P10', 'P15', 'P20', 'P30', 'P40', 'P50', 'P50', 'P60', 'P70', 'P80'] as const;

/** `P10` for 128 GiB; `undefined` for a size that premium SSDs do not have. */
export function lowestTier(gib: number): string | undefined {
  return LOWEST_TIERS[PREMIUM_SIZES.indexOf(gib)];
}

/** 10 for `P10`: higher is faster. */
export function tierNumber(tier: string): number {
  return Number(tier.replace(/^P/i, ''));
}

/** What people write, and what Azure's API calls it. */
const TYPES: Readonly<Record<string, string>> = {
  premium_lrs: 'Premium_LRS',
  premiumv2_lrs: 'PremiumV2_LRS',
  ultrassd_lrs: 'UltraSSD_LRS',
  gp2: 'Premium_LRS',
  gp3: 'Premium_LRS',
  standard: 'Premium_LRS',
  pd_ssd: 'Premium_LRS',
  pd_hdd: 'Premium_LRS',
  io1: 'PremiumV2_LRS',
  io2: 'PremiumV2_LRS'
};

/** Azure's type of storage for any of the names that people give it; `undefined` for an unknown name. */
export function readStorageType(given: string): string | undefined {
  return TYPES[given.trim().toLowerCase()];
}

/** Types whose size is any number of GiB, and whose IOPS and throughput are chosen separately. */
export function isProvisioned(type: string): boolean {
  return type !== 'Premium_LRS';
}

/** The smallest size Azure has that is not below `gib`. `undefined` where no size is that large. */
export function nextSize(gib: number, type = 'Premium_LRS'): number | undefined {
  if (isProvisioned(type)) return gib <= 65536 ? Math.max(32, gib) : undefined;
  return PREMIUM_SIZES.find(size => size >= gib);
}

/**
 * The type of a live server's storage, which Azure leaves out for the oldest type. Default: the type of a new server.
 */
export function storageTypeOf(live: Server | undefined): string {
  return live?.storage?.type || 'Premium_LRS';
}

/** The fewest days that Azure keeps backups. */
export const FEWEST_DAYS = 7;
