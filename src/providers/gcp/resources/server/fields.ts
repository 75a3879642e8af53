import type { FieldsOf, Observed, ResourceKind, Work } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { displayParameter } from '../../../../postgres/parameters/display.ts';
import { BACKUP_FIELDS } from './backup-fields.ts';
import type { Instance } from '../../api/types.ts';
import { periodParts } from '../../../../spec/deny-period.ts';
import { GONE_FIRST } from '../../../operations.ts';
import { databaseVersionOf, majorIn, majorOf, maintenanceOf, readDenyPeriod, readWindow } from './convert.ts';
import { IAM_FLAG, PREFIX, sameSpelling } from '../../api/parameters.ts';
import { PASSWORD_VERSION, TAG_FIELD } from '../../api/tags.ts';
import { lower, NEW_DATABASE, settings, type InstanceField, type InstanceFields } from './field.ts';
import { NETWORK_FIELDS } from './network-fields.ts';
import { STORAGE_FIELDS } from './storage-fields.ts';

/** Of an instance with the activation policy NEVER, whose own state stays RUNNABLE. */
export const STOPPED = 'STOPPED';

/** Whether an instance is in a state that it does not leave by itself. */
export function isBroken(state: string | undefined): state is string {
  return state === 'FAILED' || state === 'SUSPENDED';
}

const weekly = (value: Value): Value => (typeof value === 'string' ? `${value.slice(0, 'sun:04'.length)}:00` : value);

/** What leads out of a state that an instance does not leave by itself; `undefined` for any other state. */
export function hintOf(state: string | undefined): string | undefined {
  if (state === 'PENDING_DELETE') return GONE_FIRST;
  if (!isBroken(state)) return undefined;
  return 'Open the instance in the Google Cloud console: it names the cause (a missing key, unpaid bills, a failed creation). Remove the cause, or set another `name`.';
}

/** Every field of an instance: the one table that says how each is read, written, compared and documented. */
export const FIELDS = {
  state: {
    api: 'state',
    impact: 'online',
    repair: live => {
      const hint = hintOf(live);
      return hint === undefined ? undefined : { hint };
    },
    // `command: start` starts a stopped instance; an apply does not.
    satisfied: live => live === STOPPED,
    onReplicas: 'own',
    read: live => stateOf(live)
  },
  gcp_region: {
    api: 'region',
    input: 'gcp_region',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    normalise: lower,
    asked: ({ gcp_region: region }) => region?.toLowerCase(),
    read: live => live.region,
    write: value => ({ region: value })
  },
  engine_version: {
    api: 'databaseVersion',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'upgrade-only',
    asked: ({ engine_version: version }) => (version === undefined ? undefined : majorIn(version)),
    read: live => majorOf(live.databaseVersion),
    write: value => ({ databaseVersion: databaseVersionOf(textOf(value)) })
  },
  instance_class: {
    api: 'settings.tier',
    input: 'instance_class',
    impact: 'restart',
    onReplicas: true,
    normalise: lower,
    read: live => live.settings?.tier,
    write: value => settings({ tier: value })
  },
  edition: {
    api: 'settings.edition',
    input: 'instance_class',
    impact: 'restart',
    onReplicas: true,
    read: live => live.settings?.edition,
    write: value => settings({ edition: value })
  },
  ...STORAGE_FIELDS,
  multi_az: {
    api: 'settings.availabilityType',
    input: 'multi_az',
    impact: 'restart',
    asked: ({ multi_az: isAsked }) => isAsked,
    read: live => live.settings?.availabilityType === 'REGIONAL',
    write: value => settings({ availabilityType: value === true ? 'REGIONAL' : 'ZONAL' })
  },
  availability_zone: {
    api: 'settings.locationPreference.zone',
    input: 'availability_zone',
    impact: 'restart',
    // A failover swaps the two zones: an instance that serves from the other one is not moved back.
    satisfied: (_live, wanted, all) => isZoneOf(all, wanted),
    asked: ({ availability_zone: zone }) => zone?.toLowerCase(),
    read: live => live.settings?.locationPreference?.zone ?? live.gceZone,
    write: value => settings({ locationPreference: { zone: value } })
  },
  secondary_zone: {
    api: 'settings.locationPreference.secondaryZone',
    input: 'secondary_zone',
    impact: 'online',
    satisfied: (_live, wanted, all) => isZoneOf(all, wanted),
    asked: ({ secondary_zone: zone }) => zone?.toLowerCase(),
    read: live => live.settings?.locationPreference?.secondaryZone ?? live.secondaryGceZone,
    write: value => settings({ locationPreference: { secondaryZone: value } })
  },
  ...BACKUP_FIELDS,
  maintenance_window: {
    api: 'settings.maintenanceWindow',
    input: 'maintenance_window',
    impact: 'online',
    // Cloud SQL stores the day and the hour only.
    normalise: weekly,
    asked: ({ maintenance_window: window }) => window,
    read: live => readWindow(live.settings?.maintenanceWindow),
    write: value => settings({ maintenanceWindow: maintenanceOf(textOf(value)) })
  },
  deny_maintenance_period: {
    api: 'settings.denyMaintenancePeriods',
    input: 'deny_maintenance_period',
    impact: 'online',
    asked: ({ deny_maintenance_period: period }) => period,
    read: live => readDenyPeriod(live.settings?.denyMaintenancePeriods),
    write: value => settings({ denyMaintenancePeriods: [periodParts(textOf(value)) ?? []].flat() })
  },
  enable_performance_insights: {
    api: 'settings.insightsConfig.queryInsightsEnabled',
    input: 'enable_performance_insights',
    impact: 'online',
    onReplicas: true,
    asked: ({ enable_performance_insights: isOn }) => isOn,
    read: live => live.settings?.insightsConfig?.queryInsightsEnabled === true,
    write: value => settings({ insightsConfig: { queryInsightsEnabled: value } })
  },
  deletion_protection: {
    api: 'settings.deletionProtectionEnabled',
    input: 'enable_deletion_protection',
    impact: 'online',
    onReplicas: 'own',
    asked: ({ enable_deletion_protection: isOn }) => isOn,
    read: live => live.settings?.deletionProtectionEnabled === true,
    write: value => settings({ deletionProtectionEnabled: value })
  },
  ...NETWORK_FIELDS,
  kms_key_id: {
    api: 'diskEncryptionConfiguration.kmsKeyName',
    input: 'kms_key_id',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    asked: ({ kms_key_id: key }) => key,
    read: live => live.diskEncryptionConfiguration?.kmsKeyName,
    write: value => ({ diskEncryptionConfiguration: { kmsKeyName: value } })
  },
  enable_proxy: {
    api: 'settings.connectionPoolConfig.connectionPoolingEnabled',
    input: 'enable_proxy',
    impact: 'restart',
    asked: ({ enable_proxy: isAsked }) => isAsked,
    read: live => live.settings?.connectionPoolConfig?.connectionPoolingEnabled === true
  },
  'pool.*': { api: 'settings.connectionPoolConfig.flags', input: 'proxy_config', impact: 'online' },
  iam_database_authentication_enabled: {
    api: `settings.databaseFlags.${IAM_FLAG}`,
    input: 'iam_database_authentication_enabled',
    impact: 'online',
    onReplicas: true,
    asked: ({ iam_database_authentication_enabled: isOn }) => isOn,
    read: live => hasIamLogin(live)
  },
  'parameters.*': {
    api: 'settings.databaseFlags',
    input: 'parameters',
    impact: (change, live) => {
      const restarts = live.facts['restart_flags'];
      // Where the list can't be read, any of them may.
      const isOnline = Array.isArray(restarts) && !restarts.includes(change.field.slice(PREFIX.length));
      return isOnline ? 'online' : 'restart';
    },
    onReplicas: true,
    normalise: (value, field) => (value === null ? value : sameSpelling(field.slice(PREFIX.length), textOf(value))),
    show: (value, field) => displayParameter(field.slice(PREFIX.length), textOf(value))
  },
  'tags.*': { ...TAG_FIELD, onReplicas: true },
  master_password: { api: 'rootPassword', input: 'master_password', impact: 'online' },
  master_password_version: {
    api: 'users.password, userLabels',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password',
    asked: ({ master_password_version: version }) => version,
    read: live => live.settings?.userLabels?.[PASSWORD_VERSION]
  },
  source: {
    api: 'cloneContext',
    input: 'restore_source',
    impact: 'online',
    constraint: 'create-only',
    satisfied: () => true,
    read: () => 'none'
  }
} as const satisfies InstanceFields;

export type ServerFields = typeof FIELDS;
export type ServerValues = FieldsOf<ServerFields, Value>;
export type ServerWork = Work<ServerFields>;
/** The changes of an instance, and the mark that it should carry. */
export type InstanceWork = Pick<ServerWork, 'values' | 'mark'>;
export type ObservedServer = Observed<ServerFields>;

/** The kind of the instance, for those that desire one. */
export const SERVER_KIND: ResourceKind<ServerFields> = { type: 'server', fields: FIELDS };

export type ReplicaFields = {
  readonly [
    K in keyof ServerFields as ServerFields[K] extends { readonly onReplicas: true | 'own' } ? K : never
  ]: ServerFields[K];
};

/** The fields of a read replica. */
export const REPLICA_KIND: ResourceKind<ReplicaFields> = {
  type: 'replica',
  fields: Object.fromEntries(
    Object.entries<InstanceField>(FIELDS).filter(([, { onReplicas }]) => onReplicas !== undefined)
  ) as unknown as ReplicaFields
};

/** Whether a replica has such a field too; with `isNew`, whether it has it from its creation on. */
export function isReplicaField(field: string, isNew = false): boolean {
  return Object.entries<InstanceField>(REPLICA_KIND.fields).some(
    ([name, { onReplicas }]) =>
      (name === field || name === field.replace(/\..*$/, '.*')) && !(isNew && onReplicas === 'own')
  );
}

/** The server among the observed resources, with typed fields. */
export function observedServer(observed: readonly Observed[]): ObservedServer | undefined {
  return observed.find((one): one is ObservedServer => one.type === SERVER_KIND.type);
}

/**
 * `RUNNABLE` for every state in which the instance serves, or will without help. An instance that is still being made
 * keeps its state: the next apply waits for it.
 */
export function stateOf({ state = 'RUNNABLE', settings: live }: Instance): string {
  if (live?.activationPolicy === 'NEVER') return STOPPED;
  return ['PENDING_CREATE', 'PENDING_DELETE', 'SUSPENDED', 'FAILED'].includes(state) ? state : 'RUNNABLE';
}

function isZoneOf({ facts }: Observed, zone: Value): boolean {
  return zone === facts['zone'] || zone === facts['secondary_zone'];
}

/** Whether IAM users may log in. */
export function hasIamLogin({ settings: live }: Instance): boolean {
  return (live?.databaseFlags ?? []).some(
    ({ name, value = '' }) => name === IAM_FLAG && sameSpelling(name, value) === 'on'
  );
}
