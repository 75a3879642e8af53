import type { Problem } from '../../../spec/problem.ts';
import { ignoring } from '../../failures.ts';
import { flagProblems } from '../api/parameters.ts';
import type { Instance } from '../api/types.ts';
import { databaseVersionOf, majorOf } from '../resources/server/convert.ts';
import { poolProblems } from '../resources/server/pooling.ts';
import { flagsOf, tiersOf, type GcpContext } from '../context.ts';

/** What inputs ask for by name. */
export interface Order {
  readonly version: string;
  readonly tier: string | undefined;
  readonly flags: Readonly<Record<string, string>>;
}

/** What Cloud SQL does not have of what is asked for, by its own lists. A list that may not be read refuses nothing. */
export async function availabilityProblems(
  context: GcpContext,
  live: Instance | undefined,
  order: Order
): Promise<readonly Problem[]> {
  const [tier, flags] = await Promise.all([tierProblems(context, live, order.tier), unknownFlags(context, order)]);
  const edition = order.tier === undefined ? live?.settings?.edition : undefined;
  return [...versionProblems(live, order.version), ...tier, ...flags, ...poolProblems(context.settings, edition)];
}

async function tierProblems(
  context: GcpContext,
  live: Instance | undefined,
  tier: string | undefined
): Promise<readonly Problem[]> {
  const region = live?.region ?? context.region;
  // Custom tiers are in no list.
  if (tier === undefined || tier === live?.settings?.tier || tier.startsWith('db-custom-')) return [];
  const tiers = await ignoring(['denied'], tiersOf(context));
  if (tiers === undefined || tiers.length === 0) return [];
  const input = 'instance_class';
  const found = tiers.find(one => one.tier === tier);
  if (found === undefined) return [{ input, value: tier, why: 'is no tier that Cloud SQL offers to the project' }];
  if (region === undefined || found.region === undefined || found.region.includes(region)) return [];
  return [{ input, value: tier, why: `is not available in ${region}`, allowed: `in ${found.region.join(', ')}` }];
}

async function unknownFlags(context: GcpContext, { version, flags }: Order): Promise<readonly Problem[]> {
  if (Object.keys(flags).length === 0) return [];
  const known = await ignoring(['denied'], flagsOf(context, databaseVersionOf(version)));
  return known === undefined || known.size === 0 ? [] : flagProblems(flags, known);
}

/** Cloud SQL keeps databases of other kinds under the same names. */
export function kindProblems({ name }: GcpContext, live: Instance | undefined): readonly Problem[] {
  const version = live?.databaseVersion;
  if (version === undefined || majorOf(version) !== undefined) return [];
  return [{ input: 'name', value: name, why: `is an instance of ${version}, not of PostgreSQL` }];
}

/** Cloud SQL says to which versions an instance can be upgraded. */
function versionProblems(live: Instance | undefined, version: string): readonly Problem[] {
  const targets = live?.upgradableDatabaseVersions?.flatMap(one => one.name ?? []) ?? [];
  const now = majorOf(live?.databaseVersion);
  if (targets.length === 0 || now === undefined || Number(version) <= Number(now)) return [];
  if (targets.includes(databaseVersionOf(version))) return [];
  const allowed = targets.flatMap(one => majorOf(one) ?? []).join(', ');
  return [
    { input: 'engine_version', value: version, why: `is nothing that version ${now} can be upgraded to`, allowed }
  ];
}
