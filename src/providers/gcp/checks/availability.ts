import type { Problem } from '../../../spec/problem.ts';
import type { Notice } from '../../../engine/plan.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { flagProblems } from '../api/parameters.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { flagsOf, tiersOf } from '../live-state.ts';
import { databaseVersionOf, majorOf } from '../resources/server/convert.ts';
import { poolProblems } from '../resources/server/pooling.ts';

/** What the inputs order from Cloud SQL's lists. */
export interface Order {
  readonly version: string;
  readonly tier: string | undefined;
  readonly flags: Readonly<Record<string, string>>;
  /** The replica of `replica_region` exists: the region offers the tier that it has. */
  readonly hasRemoteReplica: boolean;
}

/**
 * Versions, tiers and flags that Cloud SQL does not offer, by its own lists. Without permission to read a list nothing
 * is refused.
 */
export async function availabilityProblems(
  context: GcpContext,
  live: Instance | undefined,
  order: Order
): Promise<readonly Problem[]> {
  const [tier, flags, outdated] = await Promise.all([
    tierProblems(context, live, order),
    unknownFlags(context, order),
    outdatedFlags(context, live, order)
  ]);
  const edition = order.tier === undefined ? live?.settings?.edition : undefined;
  return [
    ...versionProblems(live, order.version),
    ...tier,
    ...flags,
    ...outdated,
    ...poolProblems(context.settings, edition)
  ];
}

async function tierProblems(
  context: GcpContext,
  live: Instance | undefined,
  { tier, hasRemoteReplica }: Order
): Promise<readonly Problem[]> {
  const region = live?.region ?? context.region;
  const own = live?.settings?.tier;
  const isKept = tier === undefined || tier.toLowerCase() === own?.toLowerCase();
  const elsewhere = isKept && hasRemoteReplica ? undefined : context.settings.replica_region;
  const wanted = tier ?? (elsewhere === undefined ? undefined : own);
  const isLive = wanted?.toLowerCase() === own?.toLowerCase();
  // Cloud SQL does not list custom tiers.
  if (wanted === undefined || (isLive && elsewhere === undefined) || wanted.startsWith('db-custom-')) return [];
  const tiers = await ignoring(UNREADABLE, tiersOf(context));
  if (tiers === undefined || tiers.length === 0) return [];
  const input = 'instance_class';
  const found = tiers.find(one => one.tier.toLowerCase() === wanted.toLowerCase());
  if (found === undefined) {
    // A live tier may be one that is no longer offered.
    return isLive ? [] : [{ input, value: wanted, why: 'is not a tier that Cloud SQL offers to the project' }];
  }
  const lacks = (place: string | undefined): place is string =>
    place !== undefined && found.region !== undefined && !found.region.includes(place.toLowerCase());
  const allowed = `in ${found.region?.join(', ') ?? 'no region'}`;
  return [
    ...(!isLive && lacks(region) ? [{ input, value: wanted, why: `is not available in ${region}`, allowed }] : []),
    ...(lacks(elsewhere)
      ? [{ input: 'replica_region', value: elsewhere, why: `does not offer the tier ${wanted}`, allowed }]
      : [])
  ];
}

/** A major upgrade fails where the instance has flags that the new version does not know. */
async function outdatedFlags(
  context: GcpContext,
  live: Instance | undefined,
  { version, flags }: Order
): Promise<readonly Problem[]> {
  const now = majorOf(live?.databaseVersion);
  const set = (live?.settings?.databaseFlags ?? []).map(one => one.name).filter(name => !(name in flags));
  if (
    now === undefined ||
    Number(version) <= Number(now) ||
    set.length === 0 ||
    context.settings.parameters !== undefined
  ) {
    return [];
  }
  const known = await ignoring(UNREADABLE, flagsOf(context, databaseVersionOf(version)));
  const lost = known === undefined || known.size === 0 ? [] : set.filter(name => !known.has(name));
  if (lost.length === 0) return [];
  const why = `does not know the flag ${lost.join(', ')} that the instance has`;
  return [
    { input: 'engine_version', value: version, why, allowed: '`parameters` without it first, in an apply of its own' }
  ];
}

async function unknownFlags(context: GcpContext, { version, flags }: Order): Promise<readonly Problem[]> {
  if (Object.keys(flags).length === 0) return [];
  const known = await ignoring(UNREADABLE, flagsOf(context, databaseVersionOf(version)));
  return known === undefined || known.size === 0 ? [] : flagProblems(flags, known);
}

/** The lists that could not be read for what an input orders: Cloud SQL decides about it. */
export async function uncheckedNotices(context: GcpContext, { version, flags }: Order): Promise<readonly Notice[]> {
  if (Object.keys(flags).length === 0) return [];
  if ((await ignoring(UNREADABLE, flagsOf(context, databaseVersionOf(version)))) !== undefined) return [];
  const message = `Could not check \`parameters\`: the flags of PostgreSQL ${version} could not be read from Cloud SQL.`;
  return [{ code: 'not-checked', severity: 'warning', input: 'parameters', message }];
}

/** A live instance lists the versions that it can be upgraded to. */
function versionProblems(live: Instance | undefined, version: string): readonly Problem[] {
  const targets = live?.upgradableDatabaseVersions?.flatMap(one => one.name ?? []) ?? [];
  const now = majorOf(live?.databaseVersion);
  if (targets.length === 0 || now === undefined || Number(version) <= Number(now)) return [];
  if (targets.includes(databaseVersionOf(version))) return [];
  const allowed = targets.flatMap(one => majorOf(one) ?? []).join(', ');
  return [{ input: 'engine_version', value: version, why: `is not a version that ${now} can be upgraded to`, allowed }];
}
