import { GcpFault, invalid } from './fault.ts';
import { insert, refuseTaken } from './instances.ts';
import { merged, object, text, type Json } from './json.ts';
import { begin } from './operations.ts';
import { backupOf } from './removal.ts';
import { instanceOf, type Instance, type CloudState } from './state.ts';

const pointInTime = (instance: Instance): boolean =>
  object(object(instance.json['settings'])['backupConfiguration'])['pointInTimeRecoveryEnabled'] === true;

/** A copy of an instance as it is or was, its labels and its protection among the rest. */
export function clone(cloud: CloudState, name: string, body: Json): Json {
  const execution = object(body['cloneContext']);
  const source = sourceOf(cloud, name, text(execution['sourceInstanceDeletionTime']));
  const at = text(execution['pointInTime']);
  if (at !== '') {
    if (!pointInTime(source)) throw invalid('Point-in-time recovery is not enabled for this instance.');
    const { earliestRecoveryTime: from, latestRecoveryTime: to } = recoveryTimes(
      cloud,
      name,
      text(execution['sourceInstanceDeletionTime'])
    );
    if (Date.parse(at) < Date.parse(text(from)) || Date.parse(at) > Date.parse(text(to))) {
      throw invalid('Invalid request: The point in time is outside the recovery window.');
    }
  }
  const { databaseVersion, region } = source.json;
  const { allocatedIpRange } = execution;
  const ranged = allocatedIpRange === undefined ? {} : { ipConfiguration: { allocatedIpRange } };
  const settings = merged(object(source.json['settings']), ranged);
  const wanted = { name: execution['destinationInstanceName'], databaseVersion, region, settings };
  const what = at === '' ? `clone of ${name}` : `clone of ${name} at ${at}`;
  return insert(cloud, wanted, { type: 'CLONE', what, databases: source.databases, users: source.users, busy: name });
}

/** One that is there, or one that was deleted at that moment and is kept. */
function sourceOf(cloud: CloudState, name: string, deleted: string): Instance {
  const kept = cloud.kept.get(name);
  return kept !== undefined && kept.at === deleted ? kept.instance : instanceOf(cloud, name);
}

/** From the creation of the instance until now, or its deletion. Refused where there is no point-in-time recovery. */
export function recoveryTimes(cloud: CloudState, name: string, deleted: string): Json {
  const source = sourceOf(cloud, name, deleted);
  if (!pointInTime(source)) throw invalid('Point-in-time recovery is not enabled for this instance.');
  return {
    kind: 'sql#getLatestRecoveryTime',
    earliestRecoveryTime: source.json['createTime'],
    latestRecoveryTime: deleted === '' ? cloud.now() : deleted
  };
}

/**
 * Onto an instance that is there it overwrites; one that is not is made, with what the backup says but for the
 * overrides. Flags and the configuration of backups are not restored:
 * https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/restore
 */
export function restoreBackup(cloud: CloudState, name: string, body: Json): Json {
  const wanted = text(body['backup']);
  if (cloud.instances.has(name)) {
    return begin(cloud, name, 'RESTORE_VOLUME', () => {
      const live = instanceOf(cloud, name);
      live.origin = `backup ${wanted || text(object(body['restoreBackupContext'])['backupRunId'])}`;
    });
  }
  if (wanted === '') instanceOf(cloud, name);
  const backup = cloud.backups.get(wanted);
  if (backup === undefined) throw new GcpFault(404, 'notFound', 'The backup does not exist.');
  refuseTaken(cloud, name);
  const overrides = object(body['restoreInstanceSettings']);
  const instance = object(backup['instanceSettings']);
  const { databaseFlags: _flags, backupConfiguration: _backups, ...lasting } = object(instance['settings']);
  const kept = { ...instance, settings: lasting };
  if (overrides['databaseVersion'] !== undefined && overrides['databaseVersion'] !== instance['databaseVersion']) {
    throw invalid('Invalid request: The database version of a backup cannot be changed.');
  }
  const size = Number(object(overrides['settings'])['dataDiskSizeGb'] ?? Infinity);
  if (size < Number(lasting['dataDiskSizeGb'])) throw invalid('The disk size cannot decrease.');
  const live = cloud.instances.get(text(backup['instance']));
  return insert(
    cloud,
    { ...merged(kept, overrides), name },
    {
      type: 'RESTORE_VOLUME',
      what: `backup ${wanted}`,
      databases: live?.databases ?? new Map<string, Json>(),
      users: live?.users ?? new Map<string, Json>()
    }
  );
}

/** A backup on demand. It is of the project, and yet goes with its instance, unless that retains its backups. */
export function createBackup(cloud: CloudState, body: Json): Json {
  const instance = text(body['instance']).split('/').at(-1) ?? '';
  const live = instanceOf(cloud, instance);
  const { description } = body;
  const backup = backupOf(cloud, instance, live, {
    type: 'ON_DEMAND',
    ...(description === undefined ? {} : { description }),
    ...(body['ttlDays'] === undefined ? {} : { ttlDays: text(body['ttlDays']) })
  });
  const name = text(backup['name']);
  const fate = cloud.fates.get('BACKUP_VOLUME');
  const begun = begin(cloud, instance, 'BACKUP_VOLUME', () => cloud.backups.set(name, backup), {
    undo: () => cloud.backups.set(name, { ...backup, state: 'FAILED', error: { kind: 'sql#operationError', ...fate } })
  });
  cloud.backups.set(name, { ...backup, state: 'RUNNING' });
  return { ...begun, backupContext: { kind: 'sql#backupContext', backupId: String(Date.parse(cloud.now())), name } };
}
