import { textOf, type Value } from '../../../../engine/value.ts';
import { BACKUP_FIELDS } from './backup-fields.ts';
import type { Instance } from '../../api/types.ts';
import { databaseVersionOf, majorOf, maintenanceOf, readWindow } from './convert.ts';
import { PASSWORD_VERSION } from '../../api/tags.ts';
import { joined, lower, NEW_DATABASE, settings, type Body, type InstanceField } from './field.ts';
import { NETWORK_FIELDS } from './network-fields.ts';
import { STORAGE_FIELDS } from './storage-fields.ts';

const weekly = (value: Value): Value => (typeof value === 'string' ? `${value.slice(0, 'sun:04'.length)}:00` : value);

/** Every field of the instance but parameters and labels. */
export const INSTANCE_FIELDS = {
  state: {
    api: 'state',
    impact: ({ from }) => (from === 'FAILED' || from === 'SUSPENDED' ? 'blocked' : 'online'),
    hint: 'Cloud SQL says in its console what is wrong with the instance (a key that is gone, unpaid bills, a failed creation). Mend that, or make a new database under another `name`.',
    read: live => stateOf(live)
  },
  gcp_region: {
    api: 'region',
    input: 'gcp_region',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    normalise: lower,
    read: live => live.region,
    write: value => ({ region: value })
  },
  engine_version: {
    api: 'databaseVersion',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'upgrade-only',
    read: live => majorOf(live.databaseVersion),
    write: value => ({ databaseVersion: databaseVersionOf(textOf(value)) })
  },
  instance_class: {
    api: 'settings.tier',
    input: 'instance_class',
    impact: 'restart',
    read: live => live.settings?.tier,
    write: value => settings({ tier: value })
  },
  edition: {
    api: 'settings.edition',
    input: 'instance_class',
    impact: 'restart',
    read: live => live.settings?.edition,
    write: value => settings({ edition: value })
  },
  ...STORAGE_FIELDS,
  multi_az: {
    api: 'settings.availabilityType',
    input: 'multi_az',
    impact: 'restart',
    read: live => live.settings?.availabilityType === 'REGIONAL',
    write: value => settings({ availabilityType: value === true ? 'REGIONAL' : 'ZONAL' })
  },
  availability_zone: {
    api: 'settings.locationPreference.zone',
    input: 'availability_zone',
    impact: 'restart',
    // After a failover it serves from the other one of the two.
    satisfied: (_live, wanted, all) => wanted === all.facts['zone'],
    read: live => live.settings?.locationPreference?.zone ?? live.gceZone,
    write: value => settings({ locationPreference: { zone: value } })
  },
  secondary_zone: {
    api: 'settings.locationPreference.secondaryZone',
    input: 'secondary_zone',
    impact: 'online',
    read: live => live.settings?.locationPreference?.secondaryZone,
    write: value => settings({ locationPreference: { secondaryZone: value } })
  },
  ...BACKUP_FIELDS,
  maintenance_window: {
    api: 'settings.maintenanceWindow',
    input: 'maintenance_window',
    impact: 'online',
    // Cloud SQL knows day and hour only.
    normalise: weekly,
    read: live => readWindow(live.settings?.maintenanceWindow),
    write: value => settings({ maintenanceWindow: maintenanceOf(textOf(value)) })
  },
  enable_performance_insights: {
    api: 'settings.insightsConfig.queryInsightsEnabled',
    input: 'enable_performance_insights',
    impact: 'online',
    read: live => live.settings?.insightsConfig?.queryInsightsEnabled === true,
    write: value => settings({ insightsConfig: { queryInsightsEnabled: value } })
  },
  deletion_protection: {
    api: 'settings.deletionProtectionEnabled',
    input: 'enable_deletion_protection',
    impact: 'online',
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
    read: live => live.diskEncryptionConfiguration?.kmsKeyName,
    write: value => ({ diskEncryptionConfiguration: { kmsKeyName: value } })
  },
  enable_proxy: {
    api: 'settings.connectionPoolConfig.connectionPoolingEnabled',
    input: 'enable_proxy',
    impact: 'restart',
    read: live => live.settings?.connectionPoolConfig?.connectionPoolingEnabled === true
  },
  master_password: { api: 'rootPassword', input: 'master_password', impact: 'online', read: () => undefined },
  master_password_version: {
    api: 'users.password, userLabels',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password',
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
} as const satisfies Readonly<Record<string, InstanceField>>;

/** The same, to be looked up by any name. */
export const FIELDS: Readonly<Record<string, InstanceField>> = INSTANCE_FIELDS;

/** `RUNNABLE` for every state in which the instance serves or will by itself. One that is being made is not: whoever finds it waits for it. */
export function stateOf({ state = 'RUNNABLE', settings: live }: Instance): string {
  if (live?.activationPolicy === 'NEVER') return 'STOPPED';
  return ['PENDING_CREATE', 'PENDING_DELETE', 'SUSPENDED', 'FAILED'].includes(state) ? state : 'RUNNABLE';
}

/** A live instance in the plan's words. */
export function instanceValues(live: Instance): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, { read }]) => {
      const value = read(live);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}

/** The body that leads to these values, of the fields that are asked for. */
export function bodyOf(
  values: Readonly<Record<string, Value>>,
  live: Instance | undefined,
  includes: (field: string) => boolean = () => true
): Body {
  return Object.entries(values)
    .filter(([name, value]) => value !== null && includes(name))
    .map(([name, value]) => FIELDS[name]?.write?.(value, live) ?? {})
    .reduce<Body>((all, part) => joined(all, part), {});
}
