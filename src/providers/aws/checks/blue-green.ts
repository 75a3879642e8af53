import type { DBInstance } from '@aws-sdk/client-rds';
import { combineFindings, NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import type { Lookups } from '../desired/look-up.ts';
import { majorOf } from '../live-state.ts';
import { lagOf } from '../operations/replica-lag.ts';
import { deploymentName, deploymentNamed, identifierIn, isBlueGreen } from '../resources/server/blue-green.ts';

/** The parameter by which a copy of a newer major version can follow. */
const LOGICAL = 'rds.logical_replication';

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
    const lag = green === '' ? 'there is no copy yet' : await lagOf(context, green);
    const behind = typeof lag === 'number' ? `${lag} s behind` : `its lag is not known (${lag})`;
    return noticeOn(
      'upgrade_strategy',
      'blue-green',
      `The Blue/Green deployment ${name} is \`${status}\`, its copy ${green} is ${behind}. \`command: switchover\` with \`confirm_switchover: ${context.names.instance}\` makes it the server.`
    );
  }
  if (majorOf(version) <= majorOf(live.EngineVersion ?? '0')) return NO_FINDINGS;
  return combineFindings([...obstacles(context, live), await replicationFindings(context, live)]);
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
            'apply `manage_master_user_password: false` with `master_password` first, or `in-place`'
          )
        ]),
    ...(remote.length === 0
      ? []
      : [
          refuse(
            `is refused by RDS for a server with read replicas in other regions: ${remote.map(identifierIn).join(', ')}`,
            'delete them first, or `in-place`'
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
