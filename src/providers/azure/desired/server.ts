import type { Server } from '@azure/arm-postgresql-flexible';
import type { Desired, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { regionOf } from '../api/names.ts';
import type { AzureContext } from '../context.ts';
import type { Restore } from './restore-source.ts';
import { readSku } from '../api/sku.ts';
import { FEWEST_DAYS, isProvisioned, readStorageType, sizeOnLadder, storageTypeOf } from '../api/storage.ts';
import type { VersionChoice } from './version.ts';

/** What a new server gets where no input says anything: today's smallest equivalents of the module's defaults. */
export const DEFAULTS = { sku: 'Standard_B1ms', storageGib: 32, user: 'pgadmin' } as const;

type Fields = Record<string, FieldValue | Wanted>;

/** The server as it is to be. A restored one has of its source what no input asks for. */
export function desireServer(
  context: AzureContext,
  live: Server | undefined,
  restore: Restore | undefined,
  version: VersionChoice
): Desired {
  const fields: Fields = given(context, live);
  const fill = (defaults: Readonly<Record<string, FieldValue>>): void => {
    for (const [name, value] of Object.entries(defaults)) fields[name] ??= onCreateOnly(value);
  };
  if (restore !== undefined) {
    fields['source'] = restore.value;
    fill(ofEveryNew(context));
  } else if (version.value !== undefined) fields['engine_version'] = version.value;
  if (live !== undefined) fields['state'] = 'Ready';
  else if (restore === undefined) fill({ ...ofEveryNew(context), ...ofEveryEmpty(context) });
  return ensure(context, SERVER, 'server', `server ${context.names.server}`, fields, {
    concurrencyGroup: SERVER_GROUP
  });
}

/** What inputs say of the server. */
function given({ settings }: AzureContext, live: Server | undefined): Fields {
  const sku = settings.instance_class === undefined ? undefined : readSku(settings.instance_class);
  const type = settings.storage_type === undefined ? undefined : readStorageType(settings.storage_type);
  const effective = type ?? storageTypeOf(live);
  const size =
    settings.allocated_storage === undefined ? undefined : sizeOnLadder(settings.allocated_storage, effective);
  const bought = isProvisioned(effective);
  const values: Readonly<Record<string, FieldValue | undefined>> = {
    location: settings.location === undefined ? undefined : regionOf(settings.location),
    instance_class: sku?.name,
    allocated_storage: size,
    storage_type: type,
    storage_tier: settings.storage_tier,
    storage_iops: bought ? settings.storage_iops : undefined,
    storage_throughput: bought ? settings.storage_throughput : undefined,
    auto_grow_enabled: settings.auto_grow_enabled ?? (settings.max_allocated_storage ? true : undefined),
    backup_retention_period: settings.backup_retention_period === 0 ? FEWEST_DAYS : settings.backup_retention_period,
    geo_redundant_backup: settings.geo_redundant_backup,
    multi_az: settings.multi_az,
    availability_zone: settings.availability_zone,
    standby_availability_zone: settings.multi_az === true ? settings.standby_availability_zone : undefined,
    maintenance_window: settings.maintenance_window,
    master_username: settings.master_username,
    master_password: settings.master_password === true ? { $secret: 'master_password' } : undefined,
    master_password_version: settings.master_password_version,
    password_login: settings.master_password === true ? true : undefined,
    iam_database_authentication_enabled: settings.iam_database_authentication_enabled,
    publicly_accessible: settings.publicly_accessible,
    subnet_id: settings.subnet_ids?.[0],
    private_dns_zone_id: settings.private_dns_zone_id,
    kms_key_id: settings.kms_key_id,
    key_identity_id: settings.key_identity_id
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  );
}

/** What a new server gets where no input says anything, restored or not. */
function ofEveryNew({ target }: AzureContext): Readonly<Record<string, FieldValue>> {
  return { location: target.region, maintenance_window: 'sun:04:00-sun:05:00', publicly_accessible: false };
}

/** What one gets that begins empty. */
function ofEveryEmpty({ settings }: AzureContext): Readonly<Record<string, FieldValue>> {
  const type = settings.storage_type === undefined ? undefined : readStorageType(settings.storage_type);
  return {
    instance_class: DEFAULTS.sku,
    engine_version: String(DEFAULT_MAJOR),
    allocated_storage: DEFAULTS.storageGib,
    // Azure does not let every kind of storage grow by itself.
    auto_grow_enabled: type === undefined || !isProvisioned(type),
    backup_retention_period: FEWEST_DAYS,
    geo_redundant_backup: false,
    multi_az: false,
    master_username: DEFAULTS.user,
    iam_database_authentication_enabled: false
  };
}
