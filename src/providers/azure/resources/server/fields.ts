import type { Server } from '@azure/arm-postgresql-flexible';
import type { Field, Observed } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { regionOf } from '../../api/names.ts';
import { PASSWORD_VERSION } from '../../../mark-tags.ts';
import { PASSWORD } from '../../api/tags.ts';
import { readWindow } from './convert.ts';
import { storageTypeOf } from '../../api/storage.ts';

/** A field of a server: how it is compared, and where it is read from. */
export interface ServerField extends Field {
  readonly read: (live: Server) => Value | undefined;
}

const NEW_DATABASE =
  'Restore it into a new database under another `name` (`restore_source`), move over, then destroy this one.';
const lower = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);
const gib = (value: Value): string => `${textOf(value)} GiB`;

/** Every field of the server. */
export const SERVER_FIELDS = {
  state: { api: 'state', impact: 'online', read: live => stateOf(live) },
  location: {
    api: 'location',
    input: 'location',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    normalise: value => (typeof value === 'string' ? regionOf(value) : value),
    read: live => live.location
  },
  engine_version: {
    api: 'version',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'upgrade-only',
    read: live => live.version
  },
  instance_class: {
    api: 'sku.name',
    input: 'instance_class',
    impact: (_change, observed) => (observed.fields['multi_az'] === true ? 'failover' : 'restart'),
    normalise: lower,
    read: live => live.sku?.name
  },
  allocated_storage: {
    api: 'storage.storageSizeGB',
    input: 'allocated_storage',
    impact: ({ from, to }) => (Number(from) < 4096 && Number(to) >= 4096 ? 'restart' : 'online'),
    constraint: 'grow-only',
    satisfied: (live, wanted, all) => Number(live) >= Number(wanted) && all.fields['auto_grow_enabled'] === true,
    show: gib,
    read: live => live.storage?.storageSizeGB
  },
  storage_type: {
    api: 'storage.type',
    input: 'storage_type',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    normalise: lower,
    read: storageTypeOf
  },
  storage_tier: { api: 'storage.tier', input: 'storage_tier', impact: 'online', read: live => live.storage?.tier },
  storage_iops: { api: 'storage.iops', input: 'storage_iops', impact: 'online', read: live => live.storage?.iops },
  storage_throughput: {
    api: 'storage.throughput',
    input: 'storage_throughput',
    impact: 'online',
    show: value => `${textOf(value)} MB/s`,
    read: live => live.storage?.throughput
  },
  auto_grow_enabled: {
    api: 'storage.autoGrow',
    input: 'auto_grow_enabled',
    impact: 'online',
    read: live => live.storage?.autoGrow === 'Enabled'
  },
  backup_retention_period: {
    api: 'backup.backupRetentionDays',
    input: 'backup_retention_period',
    impact: 'online',
    show: value => `${textOf(value)} days`,
    read: live => live.backup?.backupRetentionDays
  },
  geo_redundant_backup: {
    api: 'backup.geoRedundantBackup',
    input: 'geo_redundant_backup',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    read: live => live.backup?.geoRedundantBackup === 'Enabled'
  },
  multi_az: {
    api: 'highAvailability.mode',
    input: 'multi_az',
    impact: 'online',
    read: live => live.highAvailability?.mode !== undefined && live.highAvailability.mode !== 'Disabled'
  },
  availability_zone: {
    api: 'availabilityZone',
    input: 'availability_zone',
    impact: 'restart',
    constraint: 'create-only',
    hint: 'Leave `availability_zone` unset or as it was: Azure moves a server to the other zone only by a failover.',
    satisfied: (_live, wanted, all) => wanted === all.facts['standbyZone'],
    read: live => live.availabilityZone || undefined
  },
  standby_availability_zone: {
    api: 'highAvailability.standbyAvailabilityZone',
    input: 'standby_availability_zone',
    impact: (_change, observed) => (observed.fields['multi_az'] === true ? 'blocked' : 'online'),
    hint: 'A standby moves only as a new one: apply `multi_az: false` first, then `multi_az: true` with the other zone.',
    // A failover has swapped the two.
    satisfied: (_live, wanted, all) => wanted === all.fields['availability_zone'],
    read: live => live.highAvailability?.standbyAvailabilityZone || undefined
  },
  maintenance_window: {
    api: 'maintenanceWindow',
    input: 'maintenance_window',
    impact: 'online',
    // Azure knows the beginning only.
    normalise: value => (typeof value === 'string' ? value.slice(0, 'sun:04:00'.length) : value),
    read: live => readWindow(live.maintenanceWindow)
  },
  master_username: {
    api: 'administratorLogin',
    input: 'master_username',
    impact: 'restart',
    constraint: 'create-only',
    hint: 'Create the user with SQL (`CREATE ROLE … LOGIN; GRANT azure_pg_admin TO …`) and leave `master_username` as it was.',
    read: live => live.administratorLogin
  },
  master_password: {
    api: 'administratorLoginPassword',
    input: 'master_password',
    impact: 'online',
    read: live => (live.tags?.[PASSWORD] === undefined ? undefined : false)
  },
  master_password_version: {
    api: 'administratorLoginPassword, tags',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password',
    read: live => live.tags?.[PASSWORD_VERSION]
  },
  password_login: {
    api: 'authConfig.passwordAuth',
    impact: 'online',
    read: live => live.authConfig?.passwordAuth !== 'Disabled'
  },
  iam_database_authentication_enabled: {
    api: 'authConfig.activeDirectoryAuth',
    input: 'iam_database_authentication_enabled',
    impact: 'restart',
    read: live => live.authConfig?.activeDirectoryAuth === 'Enabled'
  },
  publicly_accessible: {
    api: 'network.publicNetworkAccess',
    input: 'publicly_accessible',
    impact: 'online',
    constraint: 'exposure',
    read: live => live.network?.publicNetworkAccess === 'Enabled'
  },
  subnet_id: {
    api: 'network.delegatedSubnetResourceId',
    input: 'subnet_ids',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    normalise: lower,
    read: live => live.network?.delegatedSubnetResourceId || undefined
  },
  private_dns_zone_id: {
    api: 'network.privateDnsZoneArmResourceId',
    input: 'private_dns_zone_id',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    normalise: lower,
    read: live => live.network?.privateDnsZoneArmResourceId || undefined
  },
  kms_key_id: {
    api: 'dataEncryption.primaryKeyURI',
    input: 'kms_key_id',
    impact: ({ from }) => (from === null || from === undefined ? 'blocked' : 'online'),
    hint: `A key of one's own is chosen when the server is made. ${NEW_DATABASE}`,
    read: live => live.dataEncryption?.primaryKeyURI || undefined
  },
  key_identity_id: {
    api: 'dataEncryption.primaryUserAssignedIdentityId',
    input: 'key_identity_id',
    impact: 'online',
    normalise: lower,
    read: live => live.dataEncryption?.primaryUserAssignedIdentityId || undefined
  },
  source: {
    api: 'createMode',
    input: 'restore_source',
    impact: 'online',
    constraint: 'create-only',
    satisfied: () => true,
    read: () => 'none'
  }
} as const satisfies Readonly<Record<string, ServerField>>;

/** `Ready` for every state in which the server serves or will by itself. */
function stateOf(live: Server): string {
  const state = live.state ?? 'Ready';
  return ['Stopped', 'Stopping', 'Disabled', 'Dropping', 'Inaccessible'].includes(state) ? state : 'Ready';
}

/** A live server in the plan's words. */
export function serverValues(live: Server): Observed['fields'] {
  const fields: Readonly<Record<string, ServerField>> = SERVER_FIELDS;
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, { read }]) => {
      const value = read(live);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}
