import type { DBInstance } from '@aws-sdk/client-rds';
import type { Desired, Observed } from '../../../engine/resource.ts';
import type { AlarmName } from '../../../spec/alarms.ts';
import { refuseLiveProblems, type Problem } from '../../../spec/problem.ts';
import type { DesiredState } from '../../provider.ts';
import { PROXY, SECURITY_GROUP, SERVER } from '../addresses.ts';
import { desiredSupporting, type Supporting } from './supporting.ts';
import { desireReplicas } from './replicas.ts';
import { DEFAULTS, desireServer } from './server.ts';
import type { AwsContext } from '../context.ts';
import { checkParameters } from '../checks/parameters.ts';
import { checkGivenGroups } from '../checks/given-groups.ts';
import { isAtLeast } from '../resources/server/state.ts';
import { liveNotices } from '../checks/live-notices.ts';
import { liveProblems } from '../checks/live-problems.ts';
import { checkOrder, type Order } from '../checks/availability.ts';
import { maintenanceNotices } from '../checks/pending-maintenance.ts';
import { wants } from './parts.ts';
import { majorOf } from '../live-state.ts';
import { requestedReservation } from '../resources/reservation.ts';
import { restoreOf } from './restore-source.ts';
import { storageChangeProblems } from '../checks/storage-change.ts';
import { subnetsOf } from '../checks/subnets.ts';
import { chooseVersion } from './version.ts';

/** What the inputs mean on RDS, now that the live state is known. Throws `input-invalid` with all that RDS would refuse. */
export async function desire(context: AwsContext, observed: readonly Observed[]): Promise<DesiredState> {
  const { settings } = context;
  const liveState = context.liveState();
  const live = await liveState.main();
  const [chosen, restore, subnets, kmsKeyArn, insightsKeyArn, reserved] = await Promise.all([
    chooseVersion(context, live),
    restoreOf(context, live !== undefined),
    subnetsOf(context, wants('security-group', settings) && !observed.some(one => one.address === SECURITY_GROUP)),
    arnOfKey(context, settings.kms_key_id),
    arnOfKey(context, settings.performance_insights_kms_key_id),
    requestedReservation(context)
  ]);
  const version = restore.source === undefined ? chosen.version : restore.version;
  const family = familyOf(context, live, version);
  const order = orderOf(context, live, version);
  const [ordered, groups, parameters, storage, maintenance] = await Promise.all([
    order.version === '' ? { problems: [], notices: [] } : checkOrder(context, order, live),
    checkGivenGroups(context, family.replace('postgres', '')),
    checkParameters(context, family, order.instanceClass),
    storageChangeProblems(context, live),
    maintenanceNotices(context, live)
  ]);
  refuseLiveProblems([
    ...chosen.problems,
    ...restore.problems,
    ...keyProblems(context),
    ...subnets.problems,
    ...ordered.problems,
    ...groups.problems,
    ...liveProblems(context, live),
    ...storage,
    ...parameters.problems
  ]);

  const findings: Supporting = {
    live,
    version,
    family,
    source: restore.source,
    kmsKeyArn,
    insightsKeyArn,
    vpcId: settings.vpc_id ?? subnets.vpcId,
    upgradesNow: context.options.applyImmediately && isMajorUpgrade(live, version),
    ...seenBeside(observed),
    groupsInUse: [...(await liveState.instances()).values()].flatMap(one =>
      (one.DBParameterGroups ?? []).flatMap(group => group.DBParameterGroupName ?? [])
    ),
    replicaKeyArn: settings.replica_kms_key_id
  };
  const server = withSize(
    desireServer(context, findings),
    settings.allocated_storage === undefined ? restore.storageGib : undefined
  );
  return {
    desired: [
      ...desiredSupporting(context, findings),
      server,
      ...desireReplicas(context, server, findings),
      ...reserved.desired
    ],
    notices: [
      ...chosen.notices,
      ...restore.notices,
      ...subnets.notices,
      ...ordered.notices,
      ...groups.notices,
      ...parameters.notices,
      ...liveNotices(context, live, server),
      ...maintenance,
      ...reserved.notices
    ]
  };
}

/** `postgres16`: what was asked for, else that of the version the server has or is to have. */
function familyOf({ settings }: AwsContext, live: DBInstance | undefined, version: string | undefined): string {
  if (settings.parameter_group_family !== undefined) return settings.parameter_group_family;
  return `postgres${majorOf(version ?? live?.EngineVersion ?? '17')}`;
}

/** Asks, while everything is being looked at, what `desire` will want to know. */
export async function lookAhead(context: AwsContext): Promise<void> {
  const live = await context.liveState().main();
  const { version } = await chooseVersion(context, live);
  const family = familyOf(context, live, version);
  const order = orderOf(context, live, version);
  await Promise.all([
    checkOrder(context, order, live),
    checkGivenGroups(context, family.replace('postgres', '')),
    checkParameters(context, family, order.instanceClass),
    storageChangeProblems(context, live),
    maintenanceNotices(context, live)
  ]);
}

/** What the server is, or is to be, made of. */
export function orderOf({ settings }: AwsContext, live: DBInstance | undefined, version: string | undefined): Order {
  return {
    version: versionToRun(live, version),
    instanceClass: settings.instance_class?.toLowerCase() ?? live?.DBInstanceClass ?? DEFAULTS.instance_class,
    storageType: settings.storage_type?.toLowerCase() ?? live?.StorageType ?? DEFAULTS.storage_type,
    allocatedStorage: settings.allocated_storage ?? live?.AllocatedStorage ?? DEFAULTS.allocated_storage
  };
}

/** A live server at or above what is asked stays at its version. */
function versionToRun(live: DBInstance | undefined, asked: string | undefined): string {
  const now = live?.EngineVersion;
  if (now === undefined) return asked ?? '';
  return asked === undefined || isAtLeast(now, asked) || majorOf(asked) < majorOf(now) ? now : asked;
}

function isMajorUpgrade(live: DBInstance | undefined, version: string | undefined): boolean {
  return live?.EngineVersion !== undefined && version !== undefined && majorOf(version) > majorOf(live.EngineVersion);
}

/** What there is beside the server that an input may want to be rid of. */
function seenBeside(
  observed: readonly Observed[]
): Pick<Supporting, 'liveFamilies' | 'liveReplicas' | 'liveAlarms' | 'hasProxy' | 'endlessLogs'> {
  const ours = observed.filter(one => one.ownership.kind === 'ours');
  const named = (prefix: string): string[] =>
    ours.flatMap(({ address }) => (address.startsWith(prefix) ? [address.slice(prefix.length)] : []));
  return {
    liveFamilies: named('parameter-group/'),
    liveReplicas: observed.flatMap(({ address }) => /^replica\/(\d+)$/.exec(address)?.[1] ?? []).map(Number),
    liveAlarms: named('alarm/') as AlarmName[],
    endlessLogs: ours
      .filter(({ type, fields }) => type === 'log-group' && fields['retention_days'] === 0)
      .map(({ address }) => address.slice('log-group/'.length)),
    hasProxy: observed.some(
      ({ address }) => address === PROXY || address === 'proxy-role' || address === 'proxy-secret'
    )
  };
}

/** A restored server is as large as what it is made of, unless an input says more. */
function withSize(server: Desired, gib: number | undefined): Desired {
  if (gib === undefined || server.address !== SERVER) return server;
  return { ...server, fields: { ...server.fields, allocated_storage: { value: gib, managed: false } } };
}

/** A key serves its own region only, and its ARN says which. */
function keyProblems({ settings, target }: AwsContext): readonly Problem[] {
  const away = settings.replica_region ?? settings.backup_region;
  const keys = [
    { input: 'kms_key_id', key: settings.kms_key_id, region: target.region },
    { input: 'performance_insights_kms_key_id', key: settings.performance_insights_kms_key_id, region: target.region },
    { input: 'replica_kms_key_id', key: settings.replica_kms_key_id, region: away }
  ];
  return keys.flatMap(({ input, key, region }) => {
    const where = /^arn:[^:]+:kms:([^:]+):/.exec(key ?? '')?.[1];
    if (key === undefined || where === undefined || region === undefined || where === region) return [];
    return [{ input, value: key, why: `is a key of ${where}`, allowed: `a key of ${region}` }];
  });
}

async function arnOfKey(context: AwsContext, key: string | undefined): Promise<string | undefined> {
  if (key === undefined || /^arn:[^:]+:kms:[^:]+:\d+:key\//.test(key)) return key;
  return context.liveState().keyArn(key);
}
