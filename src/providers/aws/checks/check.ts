import type { Desired, Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { roleSecretFindings } from '../../role-secrets.ts';
import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import { directionOf, minorVersionStep, outgrown } from '../../replica-order.ts';
import { BACKUP_REPLICATION, replicaAddress, SERVER } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { desired as desiredOf } from '../desired/desired.ts';
import { desiredServer } from '../desired/server.ts';
import { familyOf, lookUp, type Lookups } from '../desired/look-up.ts';
import { majorOf } from '../live-state.ts';
import { isBlueGreen } from '../resources/server/blue-green.ts';
import { checkOrder, orderOf } from './availability.ts';
import { checkGivenResources } from './given-resources.ts';
import { blueGreenFindings } from './blue-green.ts';
import { checkKeys, regionOfKey } from './keys.ts';
import { liveNotices, proxyNotices, replicationNotices, ruleNotices, sharedGroupNotices } from './notices.ts';
import { liveProblems } from './live-problems.ts';
import { checkParameters } from './parameters.ts';
import { maintenanceNotices } from './pending-maintenance.ts';
import { checkQuotas } from './quotas.ts';
import { replacedParameters } from './replaced-parameters.ts';
import { ruleQuota } from './rule-quota.ts';
import { checkPublicAddress } from './public-address.ts';
import { checkRemoteReplica } from './remote-replica.ts';
import { storageChangeProblems } from './storage-change.ts';
import { ownRegion } from './validate.ts';
import { actionsElsewhere } from './validate-supporting.ts';

/** Everything that RDS would refuse, and the notices for the user, now that the live state is known. */
export async function check(context: AwsContext, observed: readonly Observed[], lookups: Lookups): Promise<Findings> {
  const { live, choice, restore, subnets, reservation } = lookups;
  const asked = await askedChecks(context, lookups);
  const wanted = desiredOf(context, observed, lookups);
  return combineFindings([
    choice,
    restore,
    subnets,
    keyRegions(context, observed),
    familyFindings(context, lookups),
    // Where the environment names the region, and no input.
    { problems: ownRegion(context.settings, context.target.region), notices: [] },
    {
      problems: actionsElsewhere(context.settings, { partition: context.partition, region: context.target.region }),
      notices: []
    },
    ...asked,
    {
      problems: [...liveProblems(context, live, lookups), ...olderReplica(context, observed, lookups, wanted)],
      notices: []
    },
    await checkQuotas(context, observed, lookups),
    await ruleQuota(context, observed),
    { problems: [], notices: liveNotices(context, live, desiredServer(context, lookups), lookups.storageRest) },
    { problems: [], notices: [...ruleNotices(observed), ...replicationNotices(observed), ...proxyNotices(observed)] },
    { problems: [], notices: lookups.attached.notices },
    { problems: [], notices: await replacedParameters(context, observed, wanted, familyOf(context, lookups)) },
    { problems: [], notices: sharedGroupNotices(context, observed, lookups) },
    { problems: [], notices: reservation.notices },
    roleSecretFindings(context, observed, 'AWS Secrets Manager bills each secret by the month.'),
    await blueGreenFindings(context, lookups)
  ]);
}

/** RDS refuses a newer minor version while a replica has an older one. A Blue/Green deployment takes replicas along. */
function olderReplica(
  context: AwsContext,
  observed: readonly Observed[],
  lookups: Lookups,
  wanted: readonly Desired[]
): readonly Problem[] {
  if (isBlueGreen(context)) return [];
  const server = desiredServer(context, lookups);
  const rules = { engine_version: minorVersionStep };
  const live = observed.find(({ address }) => address === SERVER);
  // One that only loses its protection keeps its version.
  const changed = wanted.filter(({ presence, fields }) => presence === 'absent' || 'engine_version' in fields);
  return outgrown(server, observed, changed, { rules, up: directionOf(server, live, rules).up });
}

/** The checks that ask AWS and need no observed resource. */
async function askedChecks(context: AwsContext, lookups: Lookups): Promise<readonly Findings[]> {
  const { live, version } = lookups;
  const family = familyOf(context, lookups);
  const known = lookups.choice.isUnchecked === true && live === undefined ? '' : version;
  const order = orderOf(context, live, known, lookups.restore.instance);
  const [storage, maintenance, ...others] = await Promise.all([
    storageChangeProblems(context, live),
    maintenanceNotices(context, live),
    checkOrder(context, order, live),
    checkGivenResources(context, family.replace('postgres', '')),
    checkParameters(context, family, order.instanceClass),
    checkKeys(context),
    checkPublicAddress(context, lookups),
    checkRemoteReplica(context, order)
  ]);
  return [...others, { problems: storage, notices: maintenance }];
}

/** Asks, while the resources are being observed, for the answers that `check` needs. */
export async function prefetch(context: AwsContext): Promise<void> {
  const ofServer = async (): Promise<unknown> => {
    const live = await context.liveState().main();
    // A new server needs room in the account; for a change that does too, the quotas are asked for when it is known.
    return live === undefined ? ignoring(UNREADABLE, context.offerings.quotas()) : maintenanceNotices(context, live);
  };
  await Promise.all([ofServer(), lookUp(context, []).then(async lookups => askedChecks(context, lookups))]);
}

/** RDS takes a group of the server's own major version only. */
function familyFindings(context: AwsContext, { version, live }: Lookups): Findings {
  const { parameter_group_family: family } = context.settings;
  const runs = version ?? live?.EngineVersion;
  if (family === undefined || runs === undefined) return NO_FINDINGS;
  const fitting = `postgres${majorOf(runs)}`;
  if (family === fitting) return NO_FINDINGS;
  const why = `is not the family of the server, which has or gets ${majorOf(runs)}`;
  return problemWith(context, 'parameter_group_family', why, `\`${fitting}\`, or leave it unset`, family);
}

/** A key serves its own region only. What is there already keeps the key that it has. */
function keyRegions(context: AwsContext, observed: readonly Observed[]): Findings {
  const { settings, target } = context;
  const keys = [
    ['kms_key_id', [target.region]],
    ['performance_insights_kms_key_id', [target.region]],
    ['replica_kms_key_id', [settings.replica_region, settings.backup_region]]
  ] as const;
  return combineFindings(
    keys.flatMap(([input, places]) => {
      const where = regionOfKey(settings[input]);
      const regions = [...new Set(places.flatMap(region => region ?? []))];
      const [region, other] = regions;
      if (where === undefined || region === undefined) return [];
      const isMade = (one: string): boolean =>
        observed.some(
          ({ address, fields }) =>
            address === replicaAddress(one) || (address === BACKUP_REPLICATION && fields['region'] === one)
        );
      if (regions.includes(where) && regions.every(one => one === where || isMade(one))) return [];
      const allowed =
        other === undefined ? `a key of ${region}` : `an alias that ${region} and ${other} have, as \`alias/aws/rds\``;
      return [problemWith(context, input, `is a key of ${where}`, allowed)];
    })
  );
}
