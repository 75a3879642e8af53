import type { Server } from '@azure/arm-postgresql-flexible';
import type { Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { problemWith } from '../../findings.ts';
import { isOurs, markOf, markTags, versionTag } from '../../mark-tags.ts';
import { markOfAdoption, tagLimitProblems } from '../../tag-limit.ts';
import { regionOf } from '../api/names.ts';
import { readSku } from '../api/sku.ts';
import { nextSize, storageTypeOf } from '../api/storage.ts';
import { TAG_LIMIT } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { MOST_REPLICAS } from '../live-state.ts';
import { notBurstable } from './not-burstable.ts';
import { growthOf, TOO_LARGE } from './validate-storage.ts';

/** A name is free again some minutes after its server was deleted. */
export function goingAway({ spec }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live?.state !== 'Dropping') return [];
  const why = 'is the name of a server that is being deleted: run the workflow again in some minutes';
  return [{ input: 'name', value: spec.name, why }];
}

/** A name of another kind of server is never adopted. */
export function otherKind({ spec }: AzureContext, live: Server | undefined): readonly Problem[] {
  const roles = [live?.replica?.role ?? '', live?.replicationRole ?? ''];
  if (roles.some(role => /replica/i.test(role))) {
    const primary = live?.sourceServerResourceId?.split('/').at(-1) ?? 'another server';
    const why = `is the name of a read replica of ${primary}, which is not a server of its own`;
    return [{ input: 'name', value: spec.name, why, allowed: 'another `name`' }];
  }
  if ((live?.cluster?.clusterSize ?? 0) === 0) return [];
  const why = 'is the name of an elastic cluster, which this action does not manage';
  return [{ input: 'name', value: spec.name, why, allowed: 'another `name`' }];
}

/** What Azure would refuse of the inputs, given the live server and the size that it is to have. */
export function liveProblems(
  context: AzureContext,
  observed: readonly Observed[],
  live: Server | undefined,
  size: string
): readonly Problem[] {
  const isNamed = context.settings.instance_class !== undefined;
  return [
    // With a size among the inputs, the check before the first call has refused it.
    ...(isNamed ? [] : notBurstable(context.spec, size).problems),
    ...leftBehind(context, observed, live, size),
    ...tooLarge(context, live),
    // With a type among the inputs, the check before the first call has refused it.
    ...(context.settings.storage_type === undefined ? growthOf(context.spec, storageTypeOf(live)).problems : []),
    ...passwordMissing(context, live),
    ...secondKeyMissing(context, live),
    ...administratorProblems(context, live),
    ...tooManyReplicas(context, observed),
    ...privateReplicaElsewhere(context, live),
    ...standbyInOwnZone(context, live),
    ...tagProblemsOf(context, live)
  ];
}

/** A standby or a replica that no input speaks of keeps a server from a burstable size, which has neither. */
function leftBehind(
  { settings, spec }: AzureContext,
  observed: readonly Observed[],
  live: Server | undefined,
  size: string
): readonly Problem[] {
  if (live === undefined || live.sku?.tier === 'Burstable' || readSku(size)?.tier !== 'Burstable') return [];
  const hasStandby = (live.highAvailability?.mode ?? 'Disabled') !== 'Disabled' && settings.multi_az === undefined;
  const isSilent = settings.create_read_replica === undefined && settings.replica_region === undefined;
  const hasReplicas = isSilent && observed.some(one => one.type === 'replica' && one.ownership.kind === 'ours');
  const refuse = (what: string, input: string): readonly Problem[] =>
    problemWith(
      spec,
      'instance_class',
      `is a burstable size, and the server has ${what}`,
      `a size that begins with \`GP_\` or \`MO_\`, or \`${input}: false\` too`
    ).problems;
  return [
    ...(hasStandby ? refuse('a standby', 'multi_az') : []),
    ...(hasReplicas ? refuse('read replicas', 'create_read_replica') : [])
  ];
}

/** Replicas that others made count too. */
function tooManyReplicas({ settings, spec }: AzureContext, observed: readonly Observed[]): readonly Problem[] {
  const count = replicaCount(settings) ?? 0;
  const elsewhere = settings.replica_region === undefined ? 0 : 1;
  const others = observed.filter(({ type, ownership }) => type === 'replica' && ownership.kind !== 'ours');
  if (count + elsewhere === 0 || count + elsewhere + others.length <= MOST_REPLICAS) return [];
  const theirs = others.length === 0 ? '' : `, and others have ${others.length} of the same server`;
  const asked = count + elsewhere === 1 ? 'one replica' : `${count + elsewhere} replicas`;
  const why = `asks for ${asked}${theirs}: a server of Azure has at most ${MOST_REPLICAS}`;
  return count > 0
    ? problemWith(spec, 'read_replica_count', why, undefined, String(count)).problems
    : problemWith(spec, 'replica_region', why).problems;
}

/** Whether the inputs ask for a replica in another region than the server's. */
export function hasReplicaElsewhere({ settings, target }: AzureContext, live: Server | undefined): boolean {
  const region = settings.replica_region;
  return region !== undefined && regionOf(region) !== regionOf(live?.location ?? target.region);
}

/** A replica needs a subnet in its own region. Without one, Azure would give it a public address. */
function privateReplicaElsewhere(context: AzureContext, live: Server | undefined): readonly Problem[] {
  const { settings, spec } = context;
  const isPrivate = settings.subnet_ids !== undefined || Boolean(live?.network?.delegatedSubnetResourceId);
  if (!isPrivate || !hasReplicaElsewhere(context, live)) return [];
  const why = 'is not available for a server in a subnet: the replica would need a subnet in that region';
  return problemWith(spec, 'replica_region', why, 'no `replica_region`').problems;
}

function tagProblemsOf({ settings, target }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live === undefined) return [];
  const asked = Object.keys(settings.tags ?? {});
  return tagLimitProblems({
    live: Object.keys(live.tags ?? {}),
    mark: markOf(live.tags ?? {}),
    newMark: {
      ...markTags(markOfAdoption(target, asked)),
      ...versionTag({ master_password_version: settings.master_password_version ?? null })
    },
    asked,
    plain: key => key.toLowerCase(),
    isOfMark: isOurs,
    ...TAG_LIMIT
  });
}

/** Azure chooses the server's own zone where no input names it. */
function standbyInOwnZone({ settings, spec }: AzureContext, live: Server | undefined): readonly Problem[] {
  const zone = settings.standby_availability_zone;
  const hasStandby = live?.highAvailability?.mode !== undefined && live.highAvailability.mode !== 'Disabled';
  if (settings.multi_az !== true || zone === undefined || hasStandby || live?.availabilityZone !== zone) return [];
  return problemWith(spec, 'standby_availability_zone', "is the live server's own zone", 'another zone').problems;
}

function tooLarge({ spec, settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  const gib = settings.allocated_storage;
  if (gib === undefined || settings.storage_type !== undefined) return [];
  return nextSize(gib, storageTypeOf(live)) === undefined
    ? problemWith(spec, 'allocated_storage', ...TOO_LARGE).problems
    : [];
}

/** Azure does not generate a password. */
function passwordMissing({ settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live !== undefined || settings.master_password === true || settings.restore_source !== undefined) return [];
  return [{ input: 'master_password', why: 'is missing: Azure generates none for a new server' }];
}

/**
 * Azure makes no such server without a second key, in the region of the backups.
 * https://github.com/pulumi/pulumi-azure-native/issues/4014
 */
function secondKeyMissing({ settings, spec }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live !== undefined || settings.kms_key_id === undefined || settings.geo_redundant_backup !== true) return [];
  const why = 'needs a second key together with `kms_key_id`, in the region of the backups, which no input names';
  return problemWith(spec, 'geo_redundant_backup', why, 'one of the two', 'true').problems;
}

/** A server without Entra ID takes no Entra administrators. */
function administratorProblems({ settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  const administrators = settings.entra_administrators ?? [];
  if (administrators.length === 0 || settings.iam_database_authentication_enabled !== undefined) return [];
  if (live?.authConfig?.activeDirectoryAuth === 'Enabled') return [];
  const why = 'needs `iam_database_authentication_enabled: true`: the server does not accept logins with Entra ID';
  return [{ input: 'entra_administrators', why }];
}
