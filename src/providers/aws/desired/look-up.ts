import type { DBInstance, DBSubnetGroup } from '@aws-sdk/client-rds';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { Observed } from '../../../engine/resource.ts';
import { PROXY, SECURITY_GROUP } from '../addresses.ts';
import { storageRest, type StorageRest } from '../checks/storage-change.ts';
import { subnetsOf, type SubnetFindings } from '../checks/subnets.ts';
import type { AwsContext } from '../context.ts';
import { majorOf } from '../live-state.ts';
import { nameOf } from '../resources/parameter-group.ts';
import { isBlueGreen } from '../resources/server/blue-green.ts';
import { dependents } from '../resources/server/others.ts';
import { requestedReservation, type ReservationRequest } from '../resources/reservation.ts';
import { restoreOf, type Restore } from './restore-source.ts';
import { attachedGroups, type AttachedGroups } from './attached-groups.ts';
import { wants } from './parts.ts';
import { chooseVersion, type VersionChoice } from './version.ts';

/** Everything that `desired` needs besides the inputs and the observed resources. */
export interface Lookups {
  readonly live: DBInstance | undefined;
  /** The server and its numbered replicas, by identifier. */
  readonly instances: ReadonlyMap<string, DBInstance>;
  /** The version to run; absent where no input names one and the server exists. */
  readonly version: string | undefined;
  readonly choice: VersionChoice;
  readonly restore: Restore;
  readonly subnets: SubnetFindings;
  readonly attached: AttachedGroups;
  readonly kmsKeyArn: string | undefined;
  readonly insightsKeyArn: string | undefined;
  readonly reservation: ReservationRequest;
  readonly storageRest: StorageRest;
  /** What of others uses resources of this database. Asked only where a parameter group is no longer needed. */
  readonly dependents: readonly Observed[];
}

/**
 * Asks AWS for them. After an apply it sends nothing, unless a group is left that is not needed: the live resources are
 * observed, and the offerings are kept for the run.
 */
export async function lookUp(context: AwsContext, observed: readonly Observed[]): Promise<Lookups> {
  const { settings } = context;
  const instances = await context.liveState().instances();
  const live = instances.get(context.names.instance);
  const attached = await attachedGroups(context, live);
  const needsVpc =
    wants('security-group', settings) &&
    !attached.isEnough &&
    !observed.some(({ address }) => address === SECURITY_GROUP);
  const restoring = restoreOf(context, live !== undefined);
  const home = restoring.then(
    async ({ instance }) => (live ?? instance)?.DBSubnetGroup?.VpcId ?? (await givenSubnetGroup(context))?.VpcId
  );
  // A failure is that of `restoring`.
  home.catch(() => undefined);
  const [choice, restore, subnets, kmsKeyArn, insightsKeyArn, reservation, rest] = await Promise.all([
    chooseVersion(context, live),
    restoring,
    subnetsOf(context, needsVpc, home),
    arnOfKey(context, settings.kms_key_id),
    arnOfKey(context, settings.performance_insights_kms_key_id),
    requestedReservation(context),
    storageRest(context, live)
  ]);
  const version = restore.source === undefined ? choice.version : restore.origin?.EngineVersion;
  const found = {
    live,
    instances,
    attached,
    version,
    choice,
    restore,
    subnets,
    kmsKeyArn,
    insightsKeyArn,
    reservation,
    storageRest: rest
  };
  const isOutdated = outdatedFamilies(context, observed, found).length > 0;
  return { ...found, dependents: isOutdated ? await dependents(context, observed) : [] };
}

/**
 * Families whose group this database no longer uses, or no longer after this run's upgrade. A group that others use
 * stays as well.
 */
export function outdatedFamilies(
  context: AwsContext,
  observed: readonly Observed[],
  lookups: Pick<Lookups, 'live' | 'instances' | 'version'>
): readonly string[] {
  const { live, instances, version } = lookups;
  const family = familyOf(context, lookups);
  const now = live?.EngineVersion;
  // A Blue/Green deployment leaves the server, and its group, until the switchover.
  const upgradesNow =
    context.options.applyImmediately &&
    !isBlueGreen(context) &&
    now !== undefined &&
    version !== undefined &&
    majorOf(version) > majorOf(now);
  const inUse = [...instances.values()].flatMap(one =>
    (one.DBParameterGroups ?? []).flatMap(group => group.DBParameterGroupName ?? [])
  );
  const families = observed.flatMap(({ address, ownership }) =>
    ownership.kind === 'ours' && address.startsWith('parameter-group/')
      ? [address.slice('parameter-group/'.length)]
      : []
  );
  return families.filter(one => one !== family && (upgradesNow || !inUse.includes(nameOf(context, one))));
}

/** `postgres16`: the input's family, else that of the version that the server has or gets. */
export function familyOf({ settings }: AwsContext, { version, live }: Pick<Lookups, 'version' | 'live'>): string {
  if (settings.parameter_group_family !== undefined) return settings.parameter_group_family;
  return `postgres${majorOf(version ?? live?.EngineVersion ?? String(DEFAULT_MAJOR))}`;
}

/** Whether a group of our own is wanted: a live server stays in any group that has exactly the asked subnets. */
export function createsSubnetGroup({ settings, names }: AwsContext, { live }: Pick<Lookups, 'live'>): boolean {
  if (!wants('subnet-group', settings)) return false;
  const group = live?.DBSubnetGroup;
  if (group?.DBSubnetGroupName === undefined || group.DBSubnetGroupName === names.subnetGroup) return true;
  const has = (group.Subnets ?? []).flatMap(({ SubnetIdentifier: id }) => id ?? []).sort();
  return has.join() !== [...new Set(settings.subnet_ids)].sort().join();
}

/** Whether a group of our own is wanted: groups of others on a live server may already allow what is asked for. */
export function createsSecurityGroup({ settings }: AwsContext, { attached }: Pick<Lookups, 'attached'>): boolean {
  return wants('security-group', settings) && !attached.isEnough;
}

/** Whether a role of our own is wanted: a live server keeps the role that it has. */
export function createsMonitoringRole({ settings, names }: AwsContext, { live }: Pick<Lookups, 'live'>): boolean {
  if (!wants('monitoring-role', settings)) return false;
  const arn = live?.MonitoringRoleArn;
  return arn === undefined || arn.endsWith(`/${names.monitoringRole}`);
}

async function givenSubnetGroup(context: AwsContext): Promise<DBSubnetGroup | undefined> {
  const name = context.settings.subnet_group_name;
  return name === undefined
    ? undefined
    : context
        .liveState()
        .subnetGroup(name.toLowerCase(), context.target.region)
        .catch(() => undefined);
}

/** Whether the proxy or a part of it exists. */
export function hasProxy(observed: readonly Observed[]): boolean {
  return observed.some(({ address }) => address === PROXY || address === 'proxy-role' || address === 'proxy-secret');
}

async function arnOfKey(context: AwsContext, key: string | undefined): Promise<string | undefined> {
  if (key === undefined || /^arn:[^:]+:kms:[^:]+:\d+:key\//.test(key)) return key;
  const found = await context.offerings.key(key);
  return found === 'missing' ? undefined : found?.Arn;
}
