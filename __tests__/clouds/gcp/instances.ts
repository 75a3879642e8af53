import { GcpFault, invalid } from './fault.ts';
import { merged, object, text, type Json } from './json.ts';
import { begin, pass, refuseBusy } from './operations.ts';
import { check, filled } from './settings.ts';
import { instanceOf, type Instance, type World } from './world.ts';

/** A look at an instance: its operations go on, and it may still show what was. */
export function get(world: World, name: string): Json {
  const instance = instanceOf(world, name);
  pass(world, name);
  if (!world.instances.has(name)) return get(world, name);
  if (instance.staleLooks > 0) {
    instance.staleLooks -= 1;
    return instance.before;
  }
  return instance.json;
}

/** Also for a replica, and for a clone when its source is given. */
export function insert(world: World, body: Json, source?: Instance): Json {
  const name = text(body['name']);
  if (!/^[a-z][a-z0-9-]{0,97}$/.test(name)) throw invalid(`Invalid request: Invalid instance name (${name}).`);
  if (world.instances.has(name) || world.deleted.has(name)) {
    const week =
      "When you delete an instance, you can't reuse the name of the deleted instance until one week from the deletion date.";
    throw new GcpFault(409, 'instanceAlreadyExists', `The Cloud SQL instance already exists. ${week}`);
  }
  const region = text(body['region']) || 'us-central1';
  const primary = text(body['masterInstanceName']);
  const origin = primary === '' ? undefined : instanceOf(world, primary);
  const version = text(body['databaseVersion'] ?? origin?.json['databaseVersion']) || 'POSTGRES_16';
  const zone = `${region}-a`;
  const wish = { ...withoutSecrets(body), settings: filled(object(body['settings']), version, zone) };
  check(wish, undefined);
  const json: Json = {
    kind: 'sql#instance',
    backendType: 'SECOND_GEN',
    connectionName: `${world.project}:${region}:${name}`,
    createTime: world.now(),
    databaseInstalledVersion: `${version}_4`,
    gceZone: zone,
    maintenanceVersion: `${version}_4.R20260914.00_01`,
    serviceAccountEmailAddress: 'p1-abcdef@gcp-sa-cloud-sql.iam.gserviceaccount.com',
    sqlNetworkArchitecture: 'NEW_NETWORK_ARCHITECTURE',
    ...wish,
    databaseVersion: version,
    etag: 'abcdef0123A=',
    instanceType: origin === undefined ? 'CLOUD_SQL_INSTANCE' : 'READ_REPLICA_INSTANCE',
    project: world.project,
    region,
    selfLink: `https://sqladmin.googleapis.com/v1/projects/${world.project}/instances/${name}`,
    state: 'PENDING_CREATE'
  };
  const made: Instance = {
    json,
    before: json,
    staleLooks: 0,
    databases: new Map(source?.databases ?? [['postgres', databaseOf(world, name, 'postgres')]]),
    users: new Map(
      source?.users ?? [
        ['postgres', { kind: 'sql#user', name: 'postgres', host: '', instance: name, project: world.project }]
      ]
    ),
    runs: new Map()
  };
  if (origin !== undefined) refuseBusy(world, primary);
  world.instances.set(name, made);
  const type = source !== undefined ? 'CLONE' : origin === undefined ? 'CREATE' : 'CREATE_REPLICA';
  return begin(world, name, type, () => {
    change(world, made, { state: 'RUNNABLE', ipAddresses: addresses(object(json['settings'])) });
    if (origin === undefined) return;
    const names = Array.isArray(origin.json['replicaNames']) ? origin.json['replicaNames'] : [];
    origin.json = { ...origin.json, replicaNames: [...names, name] };
  });
}

/** PATCH merges, PUT replaces the settings. A `settingsVersion` that is not the present one is refused with 412. */
export function update(world: World, name: string, body: Json, how: 'merge' | 'replace'): Json {
  const instance = instanceOf(world, name);
  refuseBusy(world, name);
  const settings = object(body['settings']);
  const present = text(object(instance.json['settings'])['settingsVersion']);
  const given = settings['settingsVersion'];
  if (given !== undefined && text(given) !== present) {
    throw new GcpFault(
      412,
      'staleData',
      'The settings version does not match: the instance was changed in the meantime.'
    );
  }
  const wish =
    how === 'merge' || body['settings'] === undefined
      ? merged(instance.json, withoutSecrets(body))
      : {
          ...instance.json,
          ...withoutSecrets(body),
          settings: filled(settings, text(instance.json['databaseVersion']), text(instance.json['gceZone']))
        };
  check(wish, instance.json);
  return begin(world, name, 'UPDATE', () => {
    const next = { ...object(wish['settings']), settingsVersion: String(Number(present) + 1) };
    change(world, instance, { ...wish, settings: next, state: 'RUNNABLE', ipAddresses: addresses(next) });
  });
}

export function remove(world: World, name: string): Json {
  const instance = instanceOf(world, name);
  refuseBusy(world, name);
  if (object(instance.json['settings'])['deletionProtectionEnabled'] === true) {
    throw invalid('The instance is protected. Please disable the deletion protection and try again.');
  }
  const replicas = [...world.instances.values()].filter(one => one.json['masterInstanceName'] === name);
  if (replicas.length > 0) throw invalid('The instance has replicas, and cannot be deleted.');
  return begin(world, name, 'DELETE', () => {
    world.instances.delete(name);
    world.deleted.add(name);
    for (const other of world.instances.values()) {
      const names: unknown = other.json['replicaNames'];
      if (Array.isArray(names)) other.json = { ...other.json, replicaNames: names.filter(one => one !== name) };
    }
  });
}

/** `restart`, `failover`, `promoteReplica`, `clone` and `restoreBackup`. */
export function act(world: World, name: string, action: string, body: Json): Json {
  const instance = instanceOf(world, name);
  refuseBusy(world, name);
  if (action === 'restart') return begin(world, name, 'RESTART', () => undefined);
  if (action === 'failover') return begin(world, name, 'FAILOVER', () => undefined);
  if (action === 'restoreBackup') return begin(world, name, 'RESTORE_VOLUME', () => undefined);
  if (action === 'promoteReplica') {
    return begin(world, name, 'PROMOTE_REPLICA', () => {
      change(world, instance, { instanceType: 'CLOUD_SQL_INSTANCE', masterInstanceName: '' });
    });
  }
  if (action !== 'clone') throw new GcpFault(404, 'notFound', 'Not Found');
  const context = object(body['cloneContext']);
  if (
    context['pointInTime'] !== undefined &&
    object(object(instance.json['settings'])['backupConfiguration'])['pointInTimeRecoveryEnabled'] !== true
  ) {
    throw invalid('Point-in-time recovery is not enabled for this instance.');
  }
  const { databaseVersion, region, settings } = instance.json;
  return insert(world, { name: context['destinationInstanceName'], databaseVersion, region, settings }, instance);
}

export function databaseOf(world: World, instance: string, name: string): Json {
  return {
    kind: 'sql#database',
    name,
    instance,
    project: world.project,
    charset: 'UTF8',
    collation: 'en_US.UTF8',
    etag: 'abcdef0123A='
  };
}

function change(world: World, instance: Instance, by: Json): void {
  instance.before = instance.json;
  instance.staleLooks = world.pace.stale;
  instance.json = { ...instance.json, ...by };
}

function withoutSecrets(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'rootPassword'));
}

function addresses(settings: Json): readonly Json[] {
  const network = object(settings['ipConfiguration']);
  return [
    ...(network['ipv4Enabled'] === true
      ? [
          { type: 'PRIMARY', ipAddress: '203.0.113.10' },
          { type: 'OUTGOING', ipAddress: '203.0.113.11' }
        ]
      : []),
    ...(text(network['privateNetwork']) === '' ? [] : [{ type: 'PRIVATE', ipAddress: '10.20.0.3' }])
  ];
}
