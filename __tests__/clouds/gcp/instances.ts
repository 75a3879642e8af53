import { FLAGS } from './catalogue.ts';
import { GcpFault, invalid } from './fault.ts';
import { list, merged, object, text, type Json } from './json.ts';
import { begin, pass, refuseBusy } from './operations.ts';
import { cachedByEdition, check, filled, spelled } from './settings.ts';
import { instanceOf, type Instance, type CloudState } from './state.ts';

/** A read of an instance: its operations make progress, and it may still show the earlier state. */
export function get(cloud: CloudState, name: string): Json {
  const instance = instanceOf(cloud, name);
  pass(cloud, name);
  if (!cloud.instances.has(name)) return get(cloud, name);
  maintain(cloud, name, instance);
  if (instance.staleLooks > 0) {
    instance.staleLooks -= 1;
    return instance.before;
  }
  return placed(cloud, instance.json);
}

/** With the address of the real server behind it. */
export function placed({ place }: CloudState, json: Json): Json {
  if (place === undefined) return json;
  const { host, ca, kind = 'PRIMARY' } = place;
  const serverCaCert = { ...object(json['serverCaCert']), cert: ca };
  if (kind === 'PSC') {
    const dnsNames = [{ name: `${host}.`, connectionType: 'PRIVATE_SERVICE_CONNECT', dnsScope: 'INSTANCE' }];
    return { ...json, serverCaCert, ipAddresses: [], dnsNames };
  }
  return { ...json, serverCaCert, ipAddresses: [{ type: kind, ipAddress: host }] };
}

/** What a new instance begins with, when its data come from elsewhere. */
export interface Origin {
  readonly type: 'CLONE' | 'RESTORE_VOLUME';
  readonly what: string;
  readonly databases: ReadonlyMap<string, Json>;
  readonly users: ReadonlyMap<string, Json>;
  /** It can do nothing else meanwhile. */
  readonly busy?: string;
}

/**
 * The answer is that of https://github.com/hashicorp/terraform-provider-google/issues/3964. The description knows
 * majors from 9.6 to 20, and the service makes those that it has flags for.
 */
function refuseVersion(version: string): void {
  if (FLAGS.some(flag => list(flag['appliesTo']).includes(version))) return;
  throw invalid(`Invalid value at 'body.database_version' (TYPE_ENUM), "${version}"`);
}

/** Also for a replica, a clone and a restored instance. */
export function insert(cloud: CloudState, body: Json, from?: Origin): Json {
  const name = text(body['name']);
  if (!/^[a-z][a-z0-9-]{0,97}$/.test(name)) throw invalid(`Invalid request: Invalid instance name (${name}).`);
  // https://cloud.google.com/sql/docs/postgres/instance-settings: <project>:<instance> has at most 98 characters.
  if (`${cloud.project}:${name}`.length > 98) throw invalid('Invalid request: The instance name is too long.');
  refuseTaken(cloud, name);
  const region = text(body['region']) || 'us-central1';
  const primaryName = text(body['masterInstanceName']).split(':').at(-1) ?? '';
  const primary = primaryName === '' ? undefined : instanceOf(cloud, primaryName);
  // https://cloud.google.com/sql/docs/postgres/backup-recovery/backups: backups are required to create a replica.
  if (primary !== undefined && object(object(primary.json['settings'])['backupConfiguration'])['enabled'] !== true) {
    throw invalid('Invalid request: The primary instance must have automated backups enabled to create a replica.');
  }
  const version = text(primary?.json['databaseVersion'] ?? body['databaseVersion']);
  refuseVersion(version);
  const zone = text(object(object(body['settings'])['locationPreference'])['zone']) || `${region}-a`;
  const instanceType =
    text(body['instanceType']) || (primary === undefined ? 'CLOUD_SQL_INSTANCE' : 'READ_REPLICA_INSTANCE');
  const wanted = {
    ...withoutSecrets(body),
    region,
    instanceType,
    databaseVersion: version,
    settings: filled(object(body['settings']), version, zone)
  };
  check(wanted, undefined);
  if (from === undefined) refuseAttachment(wanted.settings);
  // https://github.com/terraform-google-modules/terraform-google-sql-db/issues/338
  const sizeOf = (settings: unknown): number => Number(object(settings)['dataDiskSizeGb']);
  if (primary !== undefined && sizeOf(wanted.settings) < sizeOf(primary.json['settings'])) {
    throw invalid('Invalid request: The disk of a replica cannot be smaller than that of its primary.');
  }
  refuseByPolicy(cloud, wanted);
  for (const one of [primaryName, from?.busy ?? '']) if (one !== '') refuseBusy(cloud, one);
  const key = text(object(body['diskEncryptionConfiguration'])['kmsKeyName']);
  const json: Json = {
    kind: 'sql#instance',
    backendType: 'SECOND_GEN',
    connectionName: `${cloud.project}:${region}:${name}`,
    createTime: cloud.now(),
    databaseInstalledVersion: `${version}_4`,
    gceZone: zone,
    maintenanceVersion: `${version}_4.R20260914.00_01`,
    serverCaCert: certificateOf(cloud, name),
    serviceAccountEmailAddress: 'p1-abcdef@gcp-sa-cloud-sql.iam.gserviceaccount.com',
    sqlNetworkArchitecture: 'NEW_NETWORK_ARCHITECTURE',
    ...wanted,
    ...(primary === undefined ? {} : { masterInstanceName: `${cloud.project}:${primaryName}` }),
    ...(key === ''
      ? {}
      : { diskEncryptionStatus: { kind: 'sql#diskEncryptionStatus', kmsKeyVersionName: `${key}/1` } }),
    etag: 'abcdef0123A=',
    project: cloud.project,
    selfLink: `https://sqladmin.googleapis.com/v1/projects/${cloud.project}/instances/${name}`,
    state: 'PENDING_CREATE'
  };
  const made: Instance = {
    json,
    before: json,
    staleLooks: 0,
    databases: owned(from?.databases ?? new Map([['postgres', databaseOf(cloud, name, 'postgres')]]), name),
    users: owned(from?.users ?? new Map([['postgres', userOf(cloud, name)]]), name),
    runs: new Map(),
    passwords: new Map(body['rootPassword'] === undefined ? [] : [['postgres', text(body['rootPassword'])]]),
    ...(from === undefined ? {} : { origin: from.what })
  };
  cloud.instances.set(name, made);
  const type = from?.type ?? (primary === undefined ? 'CREATE' : 'CREATE_REPLICA');
  const also = [primaryName, from?.busy ?? ''].filter(one => one !== '');
  return begin(
    cloud,
    name,
    type,
    () => {
      const settings = object(made.json['settings']);
      change(cloud, made, {
        state: 'RUNNABLE',
        ipAddresses: addresses(settings),
        ...endpointOf(name, region, settings)
      });
      if (primary === undefined) return;
      primary.json = { ...primary.json, replicaNames: [...list(primary.json['replicaNames']), name] };
    },
    {
      also,
      undo: () => {
        made.json = { ...made.json, state: 'FAILED' };
      }
    }
  );
}

/**
 * The words of https://github.com/kushin77/self-hosted-runner/issues/2234, and the constraints of
 * https://cloud.google.com/sql/docs/postgres/org-policy/org-policy.
 */
function refuseByPolicy(cloud: CloudState, wanted: Json): void {
  const network = object(object(wanted['settings'])['ipConfiguration']);
  const key = object(wanted['diskEncryptionConfiguration'])['kmsKeyName'];
  const violated: Readonly<Record<string, boolean>> = {
    'sql.restrictPublicIp': network['ipv4Enabled'] === true,
    'sql.restrictAuthorizedNetworks': list(network['authorizedNetworks']).length > 0,
    'gcp.restrictNonCmekServices': key === undefined,
    'gcp.resourceLocations': !text(wanted['region']).startsWith('europe-')
  };
  const found = [...cloud.constraints].find(one => violated[one] !== false);
  if (found === undefined) return;
  throw invalid(
    `Invalid request: Organization Policy check failure: this instance violates the constraints/${found} enforced at the ${cloud.project} project.`
  );
}

/** The words that TestAccSqlDatabaseInstance of the provider of Terraform expects of Cloud SQL. */
function refuseAttachment(settings: Json): void {
  if (object(object(settings['ipConfiguration'])['pscConfig'])['networkAttachmentUri'] === undefined) return;
  throw invalid(
    'Invalid request: Network attachment used for Private Service Connect interfaces can not be assigned with instance creation.'
  );
}

/**
 * PATCH merges, PUT replaces the settings. Both show at once, before they are done. A `settingsVersion` that is not the
 * present one is refused with 412, and a PUT without one.
 */
export function update(cloud: CloudState, name: string, body: Json, how: 'merge' | 'replace'): Json {
  const instance = instanceOf(cloud, name);
  refuseBusy(cloud, name);
  const settings = object(body['settings']);
  const was = instance.json;
  const present = text(object(was['settings'])['settingsVersion']);
  const given = settings['settingsVersion'];
  if (given === undefined && how === 'replace') throw invalid('Invalid request: Missing parameter: settingsVersion.');
  // As Google's own mock does: every PUT that its clients recorded carries it.
  if (how === 'replace' && body['instanceType'] !== was['instanceType']) {
    throw invalid('Invalid request: Missing parameter: instanceType.');
  }
  if (given !== undefined && text(given) !== present) {
    throw new GcpFault(
      412,
      'staleData',
      'The settings version does not match: the instance was changed in the meantime.'
    );
  }
  // https://github.com/hashicorp/terraform-provider-google/issues/17819, and #24379 of a pooler.
  const needsVersion =
    settings['enableGoogleMlIntegration'] === true || object(settings['connectionPoolConfig'])['flags'] !== undefined;
  if (how === 'replace' && needsVersion && body['databaseVersion'] === undefined) {
    throw invalid('Invalid request: Google ML integration is not yet supported for this instance.');
  }
  const version = text(body['databaseVersion'] ?? was['databaseVersion']);
  const upgrades = version !== was['databaseVersion'];
  const { includeReplicasForMajorVersionUpgrade: takesAlong, ...rest } = body;
  if (upgrades) checkUpgrade(was, version, settings, takesAlong === true);
  const wanted =
    how === 'merge' || body['settings'] === undefined
      ? patched(was, withoutSecrets(rest))
      : {
          ...was,
          ...withoutSecrets(rest),
          replicationCluster: clusterAfter(was, body),
          settings: filled(withTier(was, settings), version, text(was['gceZone']))
        };
  refusePolicy(was, settings);
  refuseOfPlan(was, settings);
  check(wanted, was);
  if (body['rootPassword'] !== undefined) instance.passwords.set('postgres', text(body['rootPassword']));
  const next = { ...spelled(object(wanted['settings'])), settingsVersion: String(Number(present) + 1) };
  const begun = begin(
    cloud,
    name,
    upgrades ? 'MAJOR_VERSION_UPGRADE' : 'UPDATE',
    () => {
      change(cloud, instance, { ipAddresses: addresses(object(instance.json['settings'])), databaseVersion: version });
      for (const replica of upgrades ? list(was['replicaNames']) : []) {
        change(cloud, instanceOf(cloud, text(replica)), { databaseVersion: version });
      }
    },
    {
      undo: () => {
        instance.json = was;
      }
    }
  );
  change(cloud, instance, { ...wanted, databaseVersion: was['databaseVersion'], settings: next });
  return begun;
}

function patched(was: Json, asked: Json): Json {
  const after = merged(was, asked);
  const settings = cachedByEdition(object(after['settings']), object(was['settings']), object(asked['settings']));
  return { ...after, settings };
}

/**
 * A stopped instance takes labels, and is started by a call of its own; a replica is not stopped.
 * https://github.com/hashicorp/terraform-provider-google/issues/13810
 */
function refusePolicy(was: Json, settings: Json): void {
  const policy = settings['activationPolicy'];
  if (policy === 'NEVER' && was['instanceType'] === 'READ_REPLICA_INSTANCE') {
    throw invalid('Invalid request: The activation policy NEVER is not supported for read replica instances.');
  }
  if (object(was['settings'])['activationPolicy'] !== 'NEVER') return;
  const other = Object.keys(settings).filter(
    name => !['activationPolicy', 'settingsVersion', 'userLabels'].includes(name)
  );
  if (other.length > 0) throw invalid('Invalid request: Invalid request since instance is not running.');
}

/**
 * `failoverDrReplicaName` of the API: without it there is no such replica. The provider of Terraform sends it with each
 * PUT: https://github.com/hashicorp/terraform-provider-google/pull/25573
 */
function clusterAfter(was: Json, body: Json): Json | undefined {
  if (was['replicationCluster'] === undefined) return undefined;
  const { failoverDrReplicaName: _name, ...kept } = object(was['replicationCluster']);
  const { failoverDrReplicaName } = object(body['replicationCluster']);
  return failoverDrReplicaName === undefined ? kept : { ...kept, failoverDrReplicaName };
}

/** Only Google sets it. */
function withTier(was: Json, settings: Json): Json {
  const { backupTier } = object(object(was['settings'])['backupConfiguration']);
  return backupTier === undefined ? settings : merged(settings, { backupConfiguration: { backupTier } });
}

/** https://cloud.google.com/sql/docs/postgres/backup-recovery/backup-options: enhanced backups follow their plan. */
function refuseOfPlan(was: Json, settings: Json): void {
  const live = object(object(was['settings'])['backupConfiguration']);
  const asked = object(settings['backupConfiguration']);
  if (live['backupTier'] !== 'ENHANCED') return;
  const own = ['startTime', 'backupRetentionSettings', 'transactionLogRetentionDays'];
  if (
    asked['backupTier'] === undefined &&
    !own.some(one => asked[one] !== undefined && JSON.stringify(asked[one]) !== JSON.stringify(live[one]))
  )
    return;
  throw invalid('Invalid request: The backups of the instance are managed by a backup plan.');
}

/** `restart`, `failover`, `promoteReplica`. */
export function act(cloud: CloudState, name: string, action: string, body: Json = {}): Json {
  const instance = instanceOf(cloud, name);
  const settings = object(instance.json['settings']);
  if (['restart', 'failover'].includes(action) && settings['activationPolicy'] === 'NEVER') {
    throw invalid('Invalid request: Invalid request since instance is not running.');
  }
  if (action === 'restart') return begin(cloud, name, 'RESTART', () => undefined);
  if (action === 'failover') {
    // https://cloud.google.com/sql/docs/postgres/high-availability: with the present version of the settings.
    if (settings['availabilityType'] !== 'REGIONAL') throw invalid('Invalid request: The instance has no standby.');
    if (text(object(body['failoverContext'])['settingsVersion']) !== text(settings['settingsVersion'])) {
      throw new GcpFault(412, 'staleData', 'The settings version does not match.');
    }
    return begin(cloud, name, 'FAILOVER', () => {
      const { gceZone: zone, secondaryGceZone: standby } = instance.json;
      change(cloud, instance, { gceZone: standby ?? zone, secondaryGceZone: zone });
    });
  }
  if (action === 'preCheckMajorVersionUpgrade') return preCheck(cloud, name, instance, body);
  if (action === 'rescheduleMaintenance') return reschedule(cloud, name, instance, body);
  if (action === 'switchover') return switchOver(cloud, name, instance);
  if (action !== 'promoteReplica') throw new GcpFault(404, 'notFound', 'Not Found');
  // https://cloud.google.com/sql/docs/postgres/replication/manage-replicas: only a read replica.
  if (instance.json['instanceType'] !== 'READ_REPLICA_INSTANCE') {
    throw invalid('Invalid request: The instance is not a read replica instance.');
  }
  return begin(cloud, name, 'PROMOTE_REPLICA', () => {
    const primary = cloud.instances.get(text(instance.json['masterInstanceName']).split(':').at(-1) ?? '');
    change(cloud, instance, { instanceType: 'CLOUD_SQL_INSTANCE', masterInstanceName: '' });
    if (primary === undefined) return;
    takeContents(primary, name, instance);
    const names = list(primary.json['replicaNames']).filter(one => one !== name);
    primary.json = { ...primary.json, replicaNames: names };
  });
}

/** https://cloud.google.com/sql/docs/postgres/upgrade-major-db-version-inplace: the operation holds what was found. */
function preCheck(cloud: CloudState, name: string, { preChecks }: Instance, body: Json): Json {
  const asked = object(body['preCheckMajorVersionUpgradeContext']);
  if (text(asked['targetDatabaseVersion']) === '') throw invalid('Invalid request: Missing target version.');
  const begun = begin(cloud, name, 'PRE_CHECK_MAJOR_VERSION_UPGRADE', () => undefined);
  const operation = cloud.operations.get(text(begun['name']));
  if (operation !== undefined) {
    const preCheckMajorVersionUpgradeContext = { ...asked, preCheckResponse: preChecks ?? [] };
    operation.json = { ...operation.json, preCheckMajorVersionUpgradeContext };
  }
  return begun;
}

const WEEK = 7 * 86_400_000;

/**
 * https://cloud.google.com/sql/docs/postgres/set-maintenance-windows, "Reschedule planned maintenance": once, and not
 * beyond the deadline.
 */
function reschedule(cloud: CloudState, name: string, instance: Instance, body: Json): Json {
  const scheduled = object(instance.json['scheduledMaintenance']);
  const { rescheduleType: type, scheduleTime: time } = object(body['reschedule']);
  if (scheduled['startTime'] === undefined) throw invalid('Invalid request: No maintenance is scheduled.');
  if (scheduled['canReschedule'] !== true) throw invalid('Invalid request: The maintenance cannot be rescheduled.');
  const limit = Date.parse(text(scheduled['scheduleDeadlineTime']));
  const now = Date.parse(cloud.now());
  const times: Readonly<Record<string, number>> = {
    IMMEDIATE: now + 5 * 60_000,
    NEXT_AVAILABLE_WINDOW: Date.parse(text(scheduled['startTime'])) + WEEK,
    SPECIFIC_TIME: Date.parse(text(time))
  };
  const start = times[text(type)] ?? Number.NaN;
  if (!(start >= now && start <= limit)) throw invalid('Invalid request: Invalid schedule time.');
  return begin(cloud, name, 'RESCHEDULE_MAINTENANCE', () => {
    const startTime = new Date(start).toISOString();
    change(cloud, instance, { scheduledMaintenance: { ...scheduled, startTime, canReschedule: false } });
    if (type === 'IMMEDIATE') instance.untilMaintenance = cloud.pace.operation;
  });
}

const newestOf = (versions: readonly string[]): string =>
  versions.reduce((one, other) => (one > other ? one : other), '');

/** Maintenance that is due takes some reads to begin, and is an operation then. */
function maintain(cloud: CloudState, name: string, instance: Instance): void {
  if (instance.untilMaintenance === undefined) return;
  instance.untilMaintenance -= 1;
  if (instance.untilMaintenance > 0) return;
  delete instance.untilMaintenance;
  begin(cloud, name, 'MAINTENANCE', () => {
    const { scheduledMaintenance: _done, ...rest } = instance.json;
    instance.json = { ...rest, maintenanceVersion: newestOf(list(rest['availableMaintenanceVersions']).map(text)) };
  });
}

/** A replica has had the databases and users of its primary all along. */
function takeContents(primary: Instance, name: string, replica: Instance): void {
  for (const [key, one] of owned(primary.databases, name)) replica.databases.set(key, one);
  for (const [key, one] of owned(primary.users, name)) replica.users.set(key, one);
}

/** https://cloud.google.com/sql/docs/postgres/use-advanced-disaster-recovery, with its requirements. */
function switchOver(cloud: CloudState, name: string, replica: Instance): Json {
  const primaryName = text(replica.json['masterInstanceName']).split(':').at(-1) ?? '';
  const primary = cloud.instances.get(primaryName);
  const settings = object(primary?.json['settings']);
  const isPaired = object(primary?.json['replicationCluster'])['failoverDrReplicaName'] === name;
  if (primary === undefined || !isPaired || settings['edition'] !== 'ENTERPRISE_PLUS') {
    throw invalid('Invalid request: The instance is not a disaster recovery replica.');
  }
  if (object(settings['backupConfiguration'])['pointInTimeRecoveryEnabled'] !== true) {
    throw invalid('Invalid request: The primary has no point-in-time recovery.');
  }
  // https://cloud.google.com/sql/docs/postgres/use-advanced-disaster-recovery, its requirements
  const modeOf = (one: Instance): unknown => object(object(one.json['settings'])['ipConfiguration'])['sslMode'];
  if (primary.json['databaseVersion'] !== replica.json['databaseVersion'] || modeOf(primary) !== modeOf(replica)) {
    throw invalid('Invalid request: The replica differs from the primary in its version or SSL mode.');
  }
  return begin(
    cloud,
    name,
    'SWITCHOVER',
    () => {
      takeContents(primary, name, replica);
      const others = list(primary.json['replicaNames']).filter(one => one !== name);
      change(cloud, replica, {
        instanceType: 'CLOUD_SQL_INSTANCE',
        masterInstanceName: '',
        replicaNames: [...others, primaryName],
        // Backups follow the primary; recovery to a point in time has to be turned on again.
        settings: {
          ...object(replica.json['settings']),
          backupConfiguration: { ...object(settings['backupConfiguration']), pointInTimeRecoveryEnabled: false }
        },
        replicationCluster: { failoverDrReplicaName: primaryName }
      });
      change(cloud, primary, {
        instanceType: 'READ_REPLICA_INSTANCE',
        masterInstanceName: `${cloud.project}:${name}`,
        replicaNames: [],
        settings: {
          ...object(primary.json['settings']),
          backupConfiguration: { kind: 'sql#backupConfiguration', enabled: false }
        },
        replicationCluster: { drReplica: true }
      });
    },
    { also: [primaryName] }
  );
}

/** Throws for the name of an instance that is there, or was there in the last week. */
export function refuseTaken(cloud: CloudState, name: string): void {
  if (!cloud.instances.has(name) && !cloud.deleted.has(name)) return;
  const week =
    "When you delete an instance, you can't reuse the name of the deleted instance until one week from the deletion date.";
  throw new GcpFault(409, 'instanceAlreadyExists', `The Cloud SQL instance already exists. ${week}`);
}

function checkUpgrade(was: Json, version: string, settings: Json, takesAlong: boolean): void {
  if (list(was['replicaNames']).length > 0 && !takesAlong) {
    throw invalid('Invalid request: The instance has read replicas, which must be upgraded with it.');
  }
  const major = (name: unknown): number => Number(text(name).replace('POSTGRES_', ''));
  if (major(version) < major(was['databaseVersion'])) {
    throw invalid('Invalid request: The database version cannot be downgraded.');
  }
  if (Object.keys(settings).some(one => one !== 'settingsVersion')) {
    throw invalid('Invalid request: The database version cannot be changed together with other settings.');
  }
}

export function databaseOf(cloud: CloudState, instance: string, name: string): Json {
  return {
    kind: 'sql#database',
    name,
    instance,
    project: cloud.project,
    charset: 'UTF8',
    collation: 'en_US.UTF8',
    selfLink: `https://sqladmin.googleapis.com/v1/projects/${cloud.project}/instances/${instance}/databases/${name}`,
    etag: 'abcdef0123A='
  };
}

function userOf(cloud: CloudState, instance: string): Json {
  return { kind: 'sql#user', etag: 'abcdef0123A=', name: 'postgres', host: '', instance, project: cloud.project };
}

function owned(all: ReadonlyMap<string, Json>, instance: string): Map<string, Json> {
  return new Map([...all].map(([name, one]) => [name, { ...one, instance }]));
}

function change(cloud: CloudState, instance: Instance, by: Json): void {
  instance.before = instance.json;
  instance.staleLooks = cloud.pace.stale;
  instance.json = { ...instance.json, ...by };
}

function withoutSecrets(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'rootPassword'));
}

function certificateOf(cloud: CloudState, instance: string): Json {
  return {
    kind: 'sql#sslCert',
    cert: '-----BEGIN CERTIFICATE-----\nb2YgdGhlIGZha2U=\n-----END CERTIFICATE-----\n',
    certSerialNumber: '0',
    commonName: 'C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA',
    createTime: cloud.now(),
    expirationTime: '2035-01-01T00:00:00.000Z',
    instance,
    sha1Fingerprint: '0123456789abcdef0123456789abcdef01234567'
  };
}

/** Private Service Connect has a name and a service attachment, and no address. */
function endpointOf(name: string, region: string, settings: Json): Json {
  if (object(object(settings['ipConfiguration'])['pscConfig'])['pscEnabled'] !== true) return {};
  const dnsName = `${name}.a1b2c3.${region}.sql.goog.`;
  return {
    dnsName,
    dnsNames: [{ name: dnsName, connectionType: 'PRIVATE_SERVICE_CONNECT', dnsScope: 'INSTANCE' }],
    pscServiceAttachmentLink: `projects/p1-tp/regions/${region}/serviceAttachments/a-${name}`
  };
}

/** An address of this machine without a listener: a client would wait for a real one. */
function addresses(settings: Json): readonly Json[] {
  const network = object(settings['ipConfiguration']);
  return [
    ...(network['ipv4Enabled'] === true
      ? [
          { type: 'PRIMARY', ipAddress: '127.20.113.10' },
          { type: 'OUTGOING', ipAddress: '127.20.113.11' }
        ]
      : []),
    ...(text(network['privateNetwork']) === '' ? [] : [{ type: 'PRIVATE', ipAddress: '127.20.0.3' }])
  ];
}
