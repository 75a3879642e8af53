import { defined } from '../../../../engine/defined.ts';
import type { MaintenanceWindow, Server, ServerForPatch, Storage } from '@azure/arm-postgresql-flexible';
import type { Facts } from '../../../../engine/resource.ts';
import { stringOf, type Value } from '../../../../engine/value.ts';
import { readSku } from '../../api/sku.ts';

type Values = Readonly<Record<string, Value>>;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** `sun:04:00-sun:05:00` of a window that somebody chose; Azure's windows last an hour. */
export function readWindow(window: MaintenanceWindow | undefined): string | undefined {
  if (window?.customWindow?.toLowerCase() !== 'enabled') return undefined;
  const { dayOfWeek = 0, startHour = 0, startMinute = 0 } = window;
  const end = (startHour + 1) % 24;
  const endDay = DAYS[(dayOfWeek + (startHour === 23 ? 1 : 0)) % 7];
  const minute = String(startMinute).padStart(2, '0');
  return `${DAYS[dayOfWeek]}:${two(startHour)}:${minute}-${endDay}:${two(end)}:${minute}`;
}

/** A window's beginning as Azure has it: Sunday is 0. */
export function windowOf(given: string): Required<MaintenanceWindow> {
  const [day = '', hour = '', minute = ''] = given.slice(0, 9).split(':');
  return {
    customWindow: 'Enabled',
    dayOfWeek: Math.max(0, (DAYS as readonly string[]).indexOf(day)),
    startHour: Number(hour),
    startMinute: Number(minute)
  };
}

/** What Azure decided about a server: outputs and references are made of it. */
export function serverFacts(live: Server): Facts {
  return defined({
    id: live.name ?? '',
    arn: live.id ?? '',
    host: live.fullyQualifiedDomainName,
    username: live.administratorLogin,
    version: live.version,
    status: live.state,
    ...(live.highAvailability?.standbyAvailabilityZone
      ? { standbyZone: live.highAvailability.standbyAvailabilityZone }
      : {}),
    ...(live.network?.delegatedSubnetResourceId ? { subnetId: live.network.delegatedSubnetResourceId } : {})
  });
}

/** The members of a create call, but for name, place and tags. A maintenance window can't be among them. */
export function createMembers(values: Values): Omit<Server, 'location'> {
  const storage = storageOf(values);
  const zone = stringOf(values['availability_zone']);
  return defined({
    ...patchMembers({ ...values, maintenance_window: null }),
    ...(Object.keys(storage).length === 0 ? {} : { storage }),
    ...(stringOf(values['engine_version']) === undefined ? {} : { version: stringOf(values['engine_version']) ?? '' }),
    ...(stringOf(values['master_username']) === undefined
      ? {}
      : { administratorLogin: stringOf(values['master_username']) ?? '' }),
    availabilityZone: zone
  }) as Omit<Server, 'location'>;
}

/** The members of a PATCH for what changes, but for storage and version, which go alone. */
export function patchMembers(values: Values): ServerForPatch {
  const sku = readSku(stringOf(values['instance_class']) ?? '');
  const days = values['backup_retention_period'];
  const geo = values['geo_redundant_backup'];
  const backup = {
    ...(typeof days === 'number' ? { backupRetentionDays: days } : {}),
    ...(typeof geo === 'boolean' ? { geoRedundantBackup: onOff(geo) } : {})
  };
  const [standby, window] = [stringOf(values['standby_availability_zone']), stringOf(values['maintenance_window'])];
  const ha = values['multi_az'];
  const [password, entra] = [values['password_login'], values['iam_database_authentication_enabled']];
  const tenant = stringOf(values['tenant_id']);
  const [subnet, zone, open] = [
    stringOf(values['subnet_id']),
    stringOf(values['private_dns_zone_id']),
    values['publicly_accessible']
  ];
  const network = defined({
    ...(typeof open === 'boolean' ? { publicNetworkAccess: onOff(open) } : {}),
    delegatedSubnetResourceId: subnet,
    privateDnsZoneArmResourceId: zone
  });
  const [key, identity] = [stringOf(values['kms_key_id']), stringOf(values['key_identity_id'])];
  const secret = stringOf(values['master_password']);
  return defined({
    ...(sku === undefined ? {} : { sku: { name: sku.name, tier: sku.tier } }),
    ...(Object.keys(backup).length === 0 ? {} : { backup }),
    ...(typeof ha === 'boolean'
      ? {
          highAvailability: ha
            ? defined({ mode: 'ZoneRedundant', standbyAvailabilityZone: standby })
            : { mode: 'Disabled' }
        }
      : {}),
    ...(window === undefined ? {} : { maintenanceWindow: windowOf(window) }),
    ...(typeof password === 'boolean' || typeof entra === 'boolean'
      ? {
          authConfig: {
            ...(typeof password === 'boolean' ? { passwordAuth: onOff(password) } : {}),
            ...(typeof entra === 'boolean' ? { activeDirectoryAuth: onOff(entra) } : {}),
            ...(entra === true && tenant !== undefined ? { tenantId: tenant } : {})
          }
        }
      : {}),
    ...(Object.keys(network).length === 0 ? {} : { network }),
    ...(key === undefined
      ? {}
      : {
          dataEncryption: defined({
            type: 'AzureKeyVault',
            primaryKeyURI: key,
            primaryUserAssignedIdentityId: identity
          })
        }),
    ...(identity === undefined
      ? {}
      : { identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } } }),
    administratorLoginPassword: secret
  });
}

/** The members of storage. https://github.com/Azure/azure-rest-api-specs/issues/22867: it goes in a PATCH of its own. */
export function storageOf(values: Values): Storage {
  const [size, type, tier] = [
    values['allocated_storage'],
    stringOf(values['storage_type']),
    stringOf(values['storage_tier'])
  ];
  const [iops, throughput, grows] = [values['storage_iops'], values['storage_throughput'], values['auto_grow_enabled']];
  return defined({
    ...(typeof size === 'number' ? { storageSizeGB: size } : {}),
    ...(typeof grows === 'boolean' ? { autoGrow: onOff(grows) } : {}),
    tier,
    ...(typeof iops === 'number' ? { iops } : {}),
    ...(typeof throughput === 'number' ? { throughput } : {}), // The oldest kind is what a server gets that names none, and some regions know no other.
    ...(type === undefined || type === 'Premium_LRS' ? {} : { type })
  });
}

function onOff(on: boolean): 'Enabled' | 'Disabled' {
  return on ? 'Enabled' : 'Disabled';
}

function two(hour: number): string {
  return String(hour).padStart(2, '0');
}
