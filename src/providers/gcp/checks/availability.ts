import { isMajor, MAJORS } from '../../../postgres/major.ts';
import type { Problem } from '../../../spec/problem.ts';
import { combineFindings, NO_FINDINGS, type Findings } from '../../findings.ts';
import { ignoring } from '../../failures.ts';
import { orNotChecked } from '../../not-checked.ts';
import { flagProblems } from '../api/parameters.ts';
import type { FlagInfo, Instance } from '../api/types.ts';
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
 * Versions, tiers and flags that Cloud SQL does not offer, by its own lists. Where a list can't be read, that is told,
 * and Cloud SQL decides.
 */
export async function availabilityFindings(
  context: GcpContext,
  live: Instance | undefined,
  order: Order
): Promise<Findings> {
  const lists = await Promise.all([
    tierFindings(context, live, order),
    unknownVersion(context, live, order),
    unknownFlags(context, order),
    outdatedFlags(context, live, order)
  ]);
  const edition = order.tier === undefined ? live?.settings?.edition : undefined;
  const own = [...versionProblems(live, order.version), ...poolProblems(context.settings, edition)];
  return combineFindings([...lists, { problems: own, notices: [] }]);
}

async function tierFindings(
  context: GcpContext,
  live: Instance | undefined,
  { tier, hasRemoteReplica }: Order
): Promise<Findings> {
  const region = live?.region ?? context.region;
  const own = live?.settings?.tier;
  const isKept = tier === undefined || tier.toLowerCase() === own?.toLowerCase();
  const elsewhere = isKept && hasRemoteReplica ? undefined : context.settings.replica_region;
  const wanted = tier ?? (elsewhere === undefined ? undefined : own);
  const isLive = wanted?.toLowerCase() === own?.toLowerCase();
  // Cloud SQL does not list custom tiers.
  if (wanted === undefined || (isLive && elsewhere === undefined) || wanted.startsWith('db-custom-')) {
    return NO_FINDINGS;
  }
  const what = `whether Cloud SQL offers ${wanted}`;
  const { answer: tiers = [], notices } = await orNotChecked(what, 'cloudsql.tiers.list', tiersOf(context));
  if (tiers.length === 0) return { problems: [], notices };
  const refused = (problems: readonly Problem[]): Findings => ({ problems, notices });
  const input = 'instance_class';
  const found = tiers.find(one => one.tier.toLowerCase() === wanted.toLowerCase());
  if (found === undefined) {
    // A live tier may be one that is no longer offered.
    return refused(isLive ? [] : [{ input, value: wanted, why: 'is not a tier that Cloud SQL offers to the project' }]);
  }
  const lacks = (place: string | undefined): place is string =>
    place !== undefined && found.region !== undefined && !found.region.includes(place.toLowerCase());
  const allowed = `in ${found.region?.join(', ') ?? 'no region'}`;
  return refused([
    ...(!isLive && lacks(region) ? [{ input, value: wanted, why: `is not available in ${region}`, allowed }] : []),
    ...(lacks(elsewhere)
      ? [{ input: 'replica_region', value: elsewhere, why: `does not offer the tier ${wanted}`, allowed }]
      : [])
  ]);
}

/**
 * Cloud SQL has no list of the versions that it makes: one that it has no flag for is none of them. Only a version that
 * this action does not know is asked for, and none that the instance has, or lists what it can be upgraded to.
 */
async function unknownVersion(context: GcpContext, live: Instance | undefined, { version }: Order): Promise<Findings> {
  const hasList = (live?.upgradableDatabaseVersions ?? []).length > 0;
  if (isMajor(Number(version)) || hasList || version === majorOf(live?.databaseVersion)) return NO_FINDINGS;
  const { known, notices } = await knownFlags(context, version, `whether Cloud SQL offers PostgreSQL ${version}`);
  if (notices.length > 0 || known.size > 0) return { problems: [], notices };
  const why = 'is not a version that Cloud SQL has flags for';
  return { problems: [{ input: 'engine_version', value: version, why, allowed: MAJORS.join(', ') }], notices };
}

/** A major upgrade fails where the instance has flags that the new version does not know. */
async function outdatedFlags(
  context: GcpContext,
  live: Instance | undefined,
  { version, flags }: Order
): Promise<Findings> {
  const now = majorOf(live?.databaseVersion);
  const set = (live?.settings?.databaseFlags ?? []).map(one => one.name).filter(name => !(name in flags));
  if (
    now === undefined ||
    Number(version) <= Number(now) ||
    set.length === 0 ||
    context.settings.parameters !== undefined
  ) {
    return NO_FINDINGS;
  }
  const { known, notices } = await parameterFlags(context, version);
  const lost = known.size === 0 ? [] : set.filter(name => !known.has(name));
  if (lost.length === 0) return { problems: [], notices };
  const why = `does not know the flag ${lost.join(', ')} that the instance has`;
  const allowed = '`parameters` without it first, in an apply of its own';
  return { problems: [{ input: 'engine_version', value: version, why, allowed }], notices };
}

async function unknownFlags(context: GcpContext, { version, flags }: Order): Promise<Findings> {
  if (Object.keys(flags).length === 0) return NO_FINDINGS;
  const { known, notices } = await parameterFlags(context, version);
  return { problems: known.size === 0 ? [] : flagProblems(flags, known), notices };
}

interface KnownFlags {
  readonly known: ReadonlyMap<string, FlagInfo>;
  readonly notices: Findings['notices'];
}

async function parameterFlags(context: GcpContext, version: string): Promise<KnownFlags> {
  const { known, notices } = await knownFlags(context, version, `the flags of PostgreSQL ${version}`);
  return { known, notices: notices.map(notice => ({ ...notice, input: 'parameters' })) };
}

/** The flags of a version. None of one that Cloud SQL refuses; none, and a notice, where they can't be read. */
async function knownFlags(context: GcpContext, version: string, what: string): Promise<KnownFlags> {
  const asked = ignoring(['invalid'], flagsOf(context, databaseVersionOf(version)));
  const { answer: known = new Map(), notices } = await orNotChecked(what, 'cloudsql.flags.list', asked);
  return { known, notices };
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
