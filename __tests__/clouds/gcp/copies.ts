import { GcpFault, invalid } from './fault.ts';
import { insert, refuseTaken } from './instances.ts';
import { merged, object, text, type Json } from './json.ts';
import { begin } from './operations.ts';
import { backupOf } from './removal.ts';
import { instanceOf, type Instance, type World } from './state.ts';

const pointInTime = (instance: Instance): boolean =>
  object(object(instance.json['settings'])['backupConfiguration'])['pointInTimeRecoveryEnabled'] === true;

/** A copy of an instance as it is or was, its labels and its protection among the rest. */
export function clone(world: World, name: string, body: Json): Json {
  const context = object(body['cloneContext']);
  const source = sourceOf(world, name, text(context['sourceInstanceDeletionTime']));
  const at = text(context['pointInTime']);
  if (at !== '') {
    if (!pointInTime(source)) throw invalid('Point-in-time recovery is not enabled for this instance.');
    const { earliestRecoveryTime: from, latestRecoveryTime: to } = recoveryTimes(
      world,
      name,
      text(context['sourceInstanceDeletionTime'])
    );
    if (Date.parse(at) < Date.parse(text(from)) || Date.parse(at) > Date.parse(text(to))) {
      throw invalid('Invalid request: The point in time is outside the recovery window.');
    }
  }
  const { databaseVersion, region, settings } = source.json;
  const wish = { name: context['destinationInstanceName'], databaseVersion, region, settings };
  const what = at === '' ? `clone of ${name}` : `clone of ${name} at ${at}`;
  return insert(world, wish, { type: 'CLONE', what, databases: source.databases, users: source.users, busy: name });
}

/** One that is there, or one that was deleted at that moment and is kept. */
function sourceOf(world: World, name: string, deleted: string): Instance {
  const kept = world.kept.get(name);
  return kept !== undefined && kept.at === deleted ? kept.instance : instanceOf(world, name);
}

/** From the creation of the instance until now, or its deletion. Refused where there is no point-in-time recovery. */
export function recoveryTimes(world: World, name: string, deleted: string): Json {
  const source = sourceOf(world, name, deleted);
  if (!pointInTime(source)) throw invalid('Point-in-time recovery is not enabled for this instance.');
  return {
    kind: 'sql#getLatestRecoveryTime',
    earliestRecoveryTime: source.json['createTime'],
    latestRecoveryTime: deleted === '' ? world.now() : deleted
  };
}

/** Onto an instance that is there it overwrites; one that is not is made, with what the backup says but for the overrides. */
export function restoreBackup(world: World, name: string, body: Json): Json {
  const wanted = text(body['backup']);
  if (world.instances.has(name)) {
    return begin(world, name, 'RESTORE_VOLUME', () => {
      const live = instanceOf(world, name);
      live.origin = `backup ${wanted || text(object(body['restoreBackupContext'])['backupRunId'])}`;
    });
  }
  if (wanted === '') instanceOf(world, name);
  const backup = world.backups.get(wanted);
  if (backup === undefined) throw new GcpFault(404, 'notFound', 'The backup does not exist.');
  refuseTaken(world, name);
  const overrides = object(body['restoreInstanceSettings']);
  const kept = object(backup['instanceSettings']);
  if (overrides['databaseVersion'] !== undefined && overrides['databaseVersion'] !== kept['databaseVersion']) {
    throw invalid('Invalid request: The database version of a backup cannot be changed.');
  }
  const size = Number(object(overrides['settings'])['dataDiskSizeGb'] ?? Infinity);
  if (size < Number(object(kept['settings'])['dataDiskSizeGb'])) throw invalid('The disk size cannot decrease.');
  const live = world.instances.get(text(backup['instance']));
  return insert(
    world,
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
export function createBackup(world: World, body: Json): Json {
  const instance = text(body['instance']).split('/').at(-1) ?? '';
  const live = instanceOf(world, instance);
  const { description } = body;
  const backup = backupOf(world, instance, live, {
    type: 'ON_DEMAND',
    ...(description === undefined ? {} : { description })
  });
  const name = text(backup['name']);
  const fate = world.fates.get('BACKUP_VOLUME');
  const begun = begin(world, instance, 'BACKUP_VOLUME', () => world.backups.set(name, backup), {
    undo: () => world.backups.set(name, { ...backup, state: 'FAILED', error: { kind: 'sql#operationError', ...fate } })
  });
  world.backups.set(name, { ...backup, state: 'RUNNING' });
  return { ...begun, backupContext: { kind: 'sql#backupContext', backupId: String(Date.parse(world.now())), name } };
}
