import type { Capability, StorageMbCapability, SupportedFeature } from '@azure/arm-postgresql-flexible';
import type { Value } from '../../../engine/value.ts';
import { textOf } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';

/** What a server is to be made of, or changed to. */
export interface Order {
  readonly location: string;
  /** The whole server as it is to be, by field. */
  readonly values: Readonly<Record<string, Value>>;
  /** The fields that are not so already: nothing else is looked at, for what a server has may be sold no more. */
  readonly asked: readonly string[];
  /** Of the live server, which is to be upgraded. */
  readonly version: string | undefined;
  readonly tier: string;
}

/** Names of storage in lists of offers, by its type. Types that are not here are not looked at. */
const EDITIONS: Readonly<Record<string, string>> = { Premium_LRS: 'ManagedDisk', PremiumV2_LRS: 'ManagedDiskV2' };

/** Fields that a region may not have. */
export const OFFERED: readonly string[] = [
  'location',
  'engine_version',
  'instance_class',
  'allocated_storage',
  'storage_type',
  'storage_tier',
  'storage_iops',
  'storage_throughput',
  'auto_grow_enabled',
  'geo_redundant_backup',
  'multi_az',
  'availability_zone',
  'standby_availability_zone'
];

/**
 * What of an order a region does not have for this subscription. What Azure says nothing of is let pass: it has the last word.
 * https://learn.microsoft.com/rest/api/postgresql/capabilities-by-location/list
 */
export function unavailable(offers: readonly Capability[], order: Order): readonly Problem[] {
  if (offers.length === 0) return [];
  const closed = closedBecause(offers);
  if (closed !== undefined) {
    const why = `is closed to this subscription${closed === '' ? '' : `: ${closed}`}`;
    return [
      { input: 'location', value: order.location, why, allowed: 'another region, or ask Azure for access to it' }
    ];
  }
  return [...versionProblems(offers, order), ...sizeProblems(offers, order), ...storageProblems(offers, order)];
}

type Open = { readonly status?: string };
const open = <T extends Open>(all: readonly T[] | undefined): readonly T[] =>
  (all ?? []).filter(({ status }) => status !== 'Disabled');
const same = (one: string | undefined, other: Value | undefined): boolean =>
  one?.toLowerCase() === textOf(other).toLowerCase();

/** Why nothing at all can be had; `undefined` where something can. */
function closedBecause(offers: readonly Capability[]): string | undefined {
  const isOpen = offers.some(
    one => one.restricted !== 'Enabled' && !has(one, 'OfferRestricted') && open(one.supportedServerEditions).length > 0
  );
  return isOpen ? undefined : (offers.find(({ reason }) => reason)?.reason ?? '');
}

function has({ supportedFeatures: features = [] }: { supportedFeatures?: SupportedFeature[] }, name: string): boolean {
  return features.some(one => one.name === name && one.status === 'Enabled');
}

/** The value of a field that is asked for and not there yet. */
function newly({ asked, values }: Order, field: string): Value | undefined {
  return asked.includes(field) ? (values[field] ?? undefined) : undefined;
}

function versionProblems(offers: readonly Capability[], order: Order): readonly Problem[] {
  const version = newly(order, 'engine_version');
  // The way back is refused by a rule of its own.
  if (version === undefined || Number(version) < Number(order.version)) return [];
  const known = offers.flatMap(one => open(one.supportedServerVersions));
  const names = order.version === undefined ? known.map(({ name }) => name) : stepsFrom(known, order.version);
  if (names === undefined || names.length === 0 || names.some(name => same(name, version))) return [];
  const why =
    order.version === undefined
      ? `is not offered in ${order.location}`
      : `can't be reached from ${order.version} in one step`;
  return [problem('engine_version', version, why, names)];
}

/** `undefined` where nothing is said of it. */
function stepsFrom(
  known: readonly { readonly name?: string; readonly supportedVersionsToUpgrade?: readonly string[] }[],
  version: string
): readonly string[] | undefined {
  return known.find(({ name }) => name === version)?.supportedVersionsToUpgrade;
}

function sizeProblems(offers: readonly Capability[], order: Order): readonly Problem[] {
  const problems: Problem[] = [];
  const { location, tier } = order;
  const sizes = offers.flatMap(one =>
    open(one.supportedServerEditions)
      .filter(({ name }) => same(name, tier))
      .flatMap(({ supportedServerSkus: skus }) => open(skus))
  );
  const size = order.values['instance_class'];
  const sold = sizes.find(({ name }) => same(name, size));
  if (newly(order, 'instance_class') !== undefined && sold === undefined) {
    return [
      problem('instance_class', size, `is not offered in ${location}`, sizes.map(({ name }) => name).slice(0, 12))
    ];
  }
  const lacks = (flag: 'zoneRedundantHaSupported' | 'geoBackupSupported' | 'storageAutoGrowthSupported'): boolean =>
    offers.every(one => one[flag] === 'Disabled');
  const modes = sold?.supportedHaMode;
  if (newly(order, 'multi_az') === true) {
    if (lacks('zoneRedundantHaSupported') || (modes !== undefined && !modes.includes('ZoneRedundant'))) {
      problems.push(problem('multi_az', true, `is not offered in ${location} for ${textOf(size)}`, ['false']));
    } else if (
      order.values['geo_redundant_backup'] === true &&
      offers.every(one => one.zoneRedundantHaAndGeoBackupSupported === 'Disabled')
    ) {
      const why = `is not offered in ${location} together with \`geo_redundant_backup: true\``;
      problems.push(problem('multi_az', true, why, ['one of the two']));
    }
  }
  if (newly(order, 'geo_redundant_backup') === true && lacks('geoBackupSupported')) {
    problems.push(problem('geo_redundant_backup', true, `is not offered in ${location}`, ['false']));
  }
  if (newly(order, 'auto_grow_enabled') === true && lacks('storageAutoGrowthSupported')) {
    problems.push(problem('auto_grow_enabled', true, `is not offered in ${location}`, ['false']));
  }
  for (const field of ['availability_zone', 'standby_availability_zone']) {
    const [zone, zones] = [newly(order, field), sold?.supportedZones];
    if (zone === undefined || zones === undefined || zones.some(one => same(one, zone))) continue;
    problems.push(problem(field, zone, `has no ${textOf(size)} in ${location}`, zones));
  }
  return problems;
}

function storageProblems(offers: readonly Capability[], order: Order): readonly Problem[] {
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
  const ranges = [
    ['storage_iops', fitting.supportedIops, fitting.supportedMaximumIops],
    ['storage_throughput', fitting.supportedThroughput, fitting.supportedMaximumThroughput]
  ] as const;
  for (const [field, low, high] of ranges) {
    const value = newly(order, field);
    if (typeof value !== 'number' || low === undefined || !high || (value >= low && value <= high)) continue;
    problems.push(problem(field, value, `is not offered for ${gib} GiB`, [`${low}–${high}`]));
  }
  return problems;
}

function problem(
  input: string,
  value: Value | undefined,
  why: string,
  allowed: readonly (string | undefined)[]
): Problem {
  const listed = allowed.flatMap(one => one ?? []).join(', ');
  return { input, value: textOf(value), why, ...(listed === '' ? {} : { allowed: listed }) };
}
