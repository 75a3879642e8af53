import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import { defined } from '../../../engine/defined.ts';
import { combineFindings, NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import { orUndefined } from '../../failures.ts';
import { instanceId } from '../api/names.ts';
import type { AwsContext } from '../context.ts';
import { majorOf } from '../live-state.ts';
import type { RestoreSource } from '../resources/server/field.ts';

/** The parts of a source that its copy has, whatever the inputs say. */
type Origin = Pick<
  DBSnapshot & DBInstance,
  | 'AllocatedStorage'
  | 'DedicatedLogVolume'
  | 'EngineVersion'
  | 'IAMDatabaseAuthenticationEnabled'
  | 'Iops'
  | 'KmsKeyId'
  | 'MasterUsername'
  | 'Port'
  | 'StorageThroughput'
  | 'StorageType'
> & { readonly Encrypted?: boolean | undefined };

/** The source of a new server's data, with the findings about it. */
export interface Restore extends Findings {
  readonly source?: RestoreSource;
  readonly origin?: Origin;
  /** The live server that the copy is made of. */
  readonly instance?: DBInstance;
}

/** Reads the source of a restore. For a server that exists there is only a notice. */
export async function restoreOf(context: AwsContext, exists: boolean): Promise<Restore> {
  const { restore_from_snapshot: snapshot, restore_source: instance } = context.settings;
  if (snapshot === undefined && instance === undefined) return NO_FINDINGS;
  const input = snapshot === undefined ? 'restore_source' : 'restore_from_snapshot';
  if (exists) {
    const message = `The database exists, so \`${input}\` has no effect. To restore again, choose another \`name\`.`;
    return noticeOn(input, 'already-restored', message, 'info');
  }
  const restore =
    snapshot === undefined ? await momentOf(context, instance ?? '') : await snapshotOf(context, snapshot);
  return { ...restore, ...combineFindings([restore, inheritedProblems(context, restore.origin ?? {})]) };
}

async function snapshotOf(context: AwsContext, snapshot: string): Promise<Restore> {
  // A snapshot that another account shares is named by its ARN.
  const [, account = context.target.account] = /^arn:[^:]+:rds:[^:]+:(\d+):snapshot:/.exec(snapshot) ?? [];
  const isShared = account !== context.target.account;
  const question = { DBSnapshotIdentifier: snapshot, ...(isShared ? { IncludeShared: true } : {}) };
  const answer = await orUndefined(context.call('rds', 'DescribeDBSnapshots', question));
  const live = answer?.DBSnapshots?.[0];
  const refuse = (why: string): Restore => problemWith(context, 'restore_from_snapshot', why);
  if (live === undefined) return refuse('does not exist in this region');
  if (live.Status !== 'available') return refuse(`is ${live.Status ?? 'unknown'}, not available`);
  if (live.Engine !== undefined && live.Engine !== 'postgres') return refuse(`holds ${live.Engine}, not PostgreSQL`);
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
  if (isShared && live.Encrypted === true) {
    const why = `is encrypted and of the account ${account}: RDS restores no such snapshot itself`;
    return problemWith(context, 'restore_from_snapshot', why, 'a copy of it in this account');
  }
  return { source: { snapshot }, origin: live, ...NO_FINDINGS };
}

async function momentOf(context: AwsContext, instance: string): Promise<Restore> {
  const id = instanceId(instance);
  const time = context.settings.restore_to_time ?? 'latest';
  const [live, backups] = await Promise.all([
    orUndefined(context.call('rds', 'DescribeDBInstances', { DBInstanceIdentifier: id })),
    orUndefined(context.call('rds', 'DescribeDBInstanceAutomatedBackups', { DBInstanceIdentifier: id }))
  ]);
  const source = live?.DBInstances?.[0];
  const backup = backups?.DBInstanceAutomatedBackups?.[0];
  const refuse = (why: string): Restore => problemWith(context, 'restore_source', why);
  if (source === undefined && backup?.DBInstanceAutomatedBackupsArn === undefined) {
    return refuse('does not exist in this region, nor do backups of it');
  }
  if (source?.Engine !== undefined && source.Engine !== 'postgres')
    return refuse(`is ${source.Engine}, not PostgreSQL`);
  if (source !== undefined && (source.BackupRetentionPeriod ?? 0) === 0) return refuse('keeps no automated backups');
  const latest = source?.LatestRestorableTime ?? backup?.RestoreWindow?.LatestTime;
  const earliest = backup?.RestoreWindow?.EarliestTime;
  if (time !== 'latest') {
    const moment = new Date(time).getTime();
    const isLate = latest !== undefined && moment > latest.getTime();
    const isEarly = earliest !== undefined && moment < earliest.getTime();
    if (isLate || isEarly) {
      const from = earliest?.toISOString() ?? 'its first backup';
      const allowed = `from ${from} to ${latest?.toISOString() ?? 'now'}, or \`latest\``;
      return problemWith(context, 'restore_to_time', "can't be restored", allowed);
    }
  }
  if (source !== undefined) {
    const origin = { ...source, Encrypted: source.StorageEncrypted };
    return { source: { instance: id, time }, origin, instance: source, ...NO_FINDINGS };
  }
  const from: RestoreSource = { backup: backup?.DBInstanceAutomatedBackupsArn ?? '', time };
  return { source: from, origin: defined({ ...backup }), ...NO_FINDINGS };
}

/** A restore keeps the properties of its source: inputs that ask for others are refused. */
function inheritedProblems(context: AwsContext, origin: Origin): Findings {
  const { settings } = context;
  const { allocated_storage: size, engine_version: version, master_username: user } = settings;
  const { AllocatedStorage: needed, EngineVersion: has, Encrypted: isEncrypted } = origin;
  const copy = 'copy the snapshot with a key first, and restore the copy';
  const found: Findings[] = [];
  if (needed !== undefined && size !== undefined && size < needed) {
    found.push(
      problemWith(context, 'allocated_storage', 'is less than the storage of the source', `at least ${needed} GiB`)
    );
  }
  if (has !== undefined && version !== undefined && majorOf(version) !== majorOf(has)) {
    const allowed = `\`${majorOf(has)}\`; upgrade it afterwards`;
    found.push(problemWith(context, 'engine_version', `is not what the source has (${has})`, allowed));
  }
  if (isEncrypted !== undefined && settings.storage_encrypted === !isEncrypted) {
    const allowed = isEncrypted ? 'true, or leave it unset' : `false, or ${copy}`;
    const why = `is not what the source has: its storage is ${isEncrypted ? '' : 'not '}encrypted`;
    found.push(problemWith(context, 'storage_encrypted', why, allowed));
  }
  if (isEncrypted === false && settings.kms_key_id !== undefined) {
    found.push(problemWith(context, 'kms_key_id', 'has no effect: the source is not encrypted', copy));
  }
  if (origin.MasterUsername !== undefined && user !== undefined && user !== origin.MasterUsername) {
    const why = `is not the master user of the source (${origin.MasterUsername})`;
    found.push(problemWith(context, 'master_username', why, 'leave it unset'));
  }
  return combineFindings(found);
}
