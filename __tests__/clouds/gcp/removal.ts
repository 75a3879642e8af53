import { invalid } from './fault.ts';
import { list, object, text, type Json } from './json.ts';
import { begin, refuseBusy } from './operations.ts';
import { instanceOf, type Instance, type CloudState } from './state.ts';

/** With `enableFinalBackup` a backup of the project stays. */
export function remove(cloud: CloudState, name: string, query: URLSearchParams): Json {
  const instance = instanceOf(cloud, name);
  refuseBusy(cloud, name);
  const settings = object(instance.json['settings']);
  if (settings['deletionProtectionEnabled'] === true) {
    throw invalid('The instance is protected. Please disable the deletion protection and try again.');
  }
  if (list(instance.json['replicaNames']).length > 0) {
    throw invalid('The instance has replicas, and cannot be deleted.');
  }
  const primary = text(instance.json['masterInstanceName']).split(':').at(-1) ?? '';
  const isKept = query.get('enableFinalBackup') === 'true' || object(settings['finalBackupConfig'])['enabled'] === true;
  const before = instance.json;
  const begun = begin(
    cloud,
    name,
    'DELETE',
    () => {
      cloud.instances.delete(name);
      cloud.deleted.add(name);
      const at = cloud.now();
      if (settings['retainBackupsOnDelete'] === true) cloud.kept.set(name, { instance, at });
      for (const [key, one] of cloud.backups) {
        if (one['instance'] !== name) continue;
        if (cloud.kept.has(name)) cloud.backups.set(key, { ...one, instanceDeletionTime: at });
        else cloud.backups.delete(key);
      }
      if (isKept) keepFinal(cloud, name, instance, query);
      for (const other of cloud.instances.values()) {
        const names = list(other.json['replicaNames']);
        if (names.includes(name)) other.json = { ...other.json, replicaNames: names.filter(one => one !== name) };
      }
    },
    {
      also: primary === '' ? [] : [primary],
      undo: () => {
        instance.json = before;
      }
    }
  );
  instance.json = { ...instance.json, state: 'PENDING_DELETE' };
  return begun;
}

/** A backup of the project. */
export function backupOf(cloud: CloudState, instance: string, live: Instance, more: Json): Json {
  const { databaseVersion, settings, region } = live.json;
  const name = `projects/${cloud.project}/backups/00000000-0000-4000-9000-${String(cloud.number()).padStart(12, '0')}`;
  const at = cloud.now();
  return {
    kind: 'sql#backup',
    name,
    selfLink: `https://sqladmin.googleapis.com/v1/${name}`,
    instance,
    databaseVersion,
    location: 'us',
    backupKind: 'SNAPSHOT',
    backupInterval: { startTime: at, endTime: at },
    maxChargeableBytes: '8589934592',
    state: 'SUCCESSFUL',
    instanceSettings: { databaseVersion, region, settings },
    ...more
  };
}

function keepFinal(cloud: CloudState, name: string, live: Instance, query: URLSearchParams): void {
  const description = query.get('finalBackupDescription');
  const days = Number(query.get('finalBackupTtlDays') ?? 30);
  const backup = backupOf(cloud, name, live, {
    type: 'FINAL',
    instanceDeletionTime: cloud.now(),
    expiryTime: new Date(Date.parse(cloud.now()) + days * 86_400_000).toISOString(),
    ...(description === null ? {} : { description })
  });
  cloud.backups.set(text(backup['name']), backup);
}
