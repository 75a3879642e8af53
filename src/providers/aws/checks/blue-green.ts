import type { DBInstance } from '@aws-sdk/client-rds';
import { textOf, type Value } from '../../../engine/value.ts';
import { combineFindings, NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import type { Lookups } from '../desired/look-up.ts';
import { majorOf, numbersOf } from '../live-state.ts';
import { lagOf } from '../operations/replica-lag.ts';
import {
  CARRIED,
  deploymentName,
  deploymentNamed,
  identifierIn,
  isBlueGreen,
  switchesOver
} from '../resources/server/blue-green.ts';
import { instanceValues } from '../resources/server/convert.ts';

/** The parameter by which a copy of a newer major version can follow. */
const LOGICAL = 'rds.logical_replication';

const AT_ONCE =
  'An apply also switches over to the copy, as soon as it follows: writes wait and all connections are cut, usually for less than a minute.';

/**
 * Where the Blue/Green deployment of the workflow stands, and what RDS would refuse of a new one.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-considerations.html
 */
export async function blueGreenFindings(context: AwsContext, { live, version }: Lookups): Promise<Findings> {
  if (!isBlueGreen(context) || live === undefined || version === undefined) return NO_FINDINGS;
  const name = deploymentName(context, version);
  const deployment = await deploymentNamed(context, name);
  if (deployment !== undefined) {
    const { Status: status = 'unknown', Target: target } = deployment;
    if (status.startsWith('SWITCHOVER_COMPLETED')) {
      const old = identifierIn(deployment.Source);
      return noticeOn(
        'upgrade_strategy',
        'blue-green',
        `The Blue/Green deployment ${name} is \`${status}\`. ${old} is billed until \`command: switchover\` deletes it.`
      );
    }
    const green = identifierIn(target);
    const copy = green === '' ? 'and has no copy yet' : behindBy(green, await lagOf(context, green));
    const next = switchesOver(context, { live, version })
      ? AT_ONCE
      : `\`command: switchover\` with \`confirm_switchover: ${context.names.instance}\` makes it the server.`;
    return noticeOn(
      'upgrade_strategy',
      'blue-green',
      `The Blue/Green deployment ${name} is \`${status}\`, ${copy}. ${next}`
    );
  }
  if (majorOf(version) <= majorOf(live.EngineVersion ?? '0')) return NO_FINDINGS;
  return combineFindings([
    ...obstacles(context, live),
    minorFindings(context, live),
    await cascadeFindings(context, live),
    await replicationFindings(context, live),
    carriedFindings(context, live),
    switchesOver(context, { live, version }) ? noticeOn('upgrade_strategy', 'switchover-at-once', AT_ONCE) : NO_FINDINGS
  ]);
}

function behindBy(green: string, lag: number | string): string {
  return typeof lag === 'number'
    ? `its copy ${green} is ${lag} s behind`
    : `how far its copy ${green} is behind is not known (${lag})`;
}

/** The first minor version of each major from which a copy of a newer major can follow. */
const LEAST_MINOR: Readonly<Record<number, number>> = { 11: 21, 12: 16, 13: 12, 14: 9, 15: 4, 16: 1 };

function minorFindings(context: AwsContext, { EngineVersion: version = '' }: DBInstance): Findings {
  const [major = 0, minor = 0] = numbersOf(version);
  const least = LEAST_MINOR[major] ?? 0;
  if (major >= 11 && minor >= least) return NO_FINDINGS;
  const why = `is refused by RDS for ${version}, which is too old to be followed by a newer major version`;
  const way =
    major < 11 ? 'use `in-place`' : `apply \`engine_version: ${major}.${least}\` or a newer minor version first`;
  return problemWith(context, 'upgrade_strategy', why, way);
}

/** A replica that has replicas itself. */
async function cascadeFindings(context: AwsContext, live: DBInstance): Promise<Findings> {
  const ids = (live.ReadReplicaDBInstanceIdentifiers ?? []).filter(id => !id.startsWith('arn:'));
  const replicas = await context.liveState().instancesOf(ids);
  const below = replicas.flatMap(({ ReadReplicaDBInstanceIdentifiers: more = [] }) => more.map(identifierIn));
  if (below.length === 0) return NO_FINDINGS;
  const why = `is refused by RDS for a server whose replicas have replicas: ${below.join(', ')}`;
  return problemWith(context, 'upgrade_strategy', why, 'delete those first, or use `in-place`');
}

/** Class and storage go to the copy. */
function carriedFindings({ settings }: AwsContext, live: DBInstance): Findings {
  const values: Readonly<Record<string, Value | undefined>> = instanceValues(live);
  const changed = CARRIED.filter(field => {
    const asked = settings[field];
    return asked !== undefined && textOf(asked).toLowerCase() !== textOf(values[field]).toLowerCase();
  });
  if (changed.length === 0) return NO_FINDINGS;
  const named = changed.map(field => `\`${field}\``).join(', ');
  return noticeOn(
    'upgrade_strategy',
    'blue-green',
    `The copy is made with the new ${named}. The server keeps its own until the switchover, and is not restarted.`
  );
}

function obstacles(context: AwsContext, live: DBInstance): readonly Findings[] {
  const id = live.DBInstanceIdentifier ?? '';
  const refuse = (why: string, allowed: string): Findings => problemWith(context, 'upgrade_strategy', why, allowed);
  const remote = (live.ReadReplicaDBInstanceIdentifiers ?? []).filter(one => one.startsWith('arn:'));
  return [
    ...((live.BackupRetentionPeriod ?? 0) > 0
      ? []
      : [refuse(`needs automated backups, which ${id} has not`, 'apply `backup_retention_period: 7` first')]),
    ...(live.MasterUserSecret === undefined
      ? []
      : [
          refuse(
            `is refused by RDS where it keeps the master password of ${id}`,
            'apply `manage_master_user_password: false` with `master_password` first, or use `in-place`'
          )
        ]),
    ...(remote.length === 0
      ? []
      : [
          refuse(
            `is refused by RDS for a server with read replicas in other regions: ${remote.map(identifierIn).join(', ')}`,
            'delete them first, or use `in-place`'
          )
        ])
  ];
}

/** A copy of another major version follows by logical replication. */
async function replicationFindings(context: AwsContext, live: DBInstance): Promise<Findings> {
  const group = live.DBParameterGroups?.[0];
  const set = await context.liveState().userParameters(group?.DBParameterGroupName ?? '');
  const isOn = set.find(one => one.ParameterName === LOGICAL)?.ParameterValue === '1';
  if (isOn && group?.ParameterApplyStatus !== 'pending-reboot') return NO_FINDINGS;
  const way = `apply \`parameters\` with \`${LOGICAL}: 1\` and \`allow_restart: true\` first, without the new \`engine_version\``;
  return problemWith(
    context,
    'upgrade_strategy',
    `needs logical replication in ${live.DBInstanceIdentifier ?? ''}`,
    way
  );
}
