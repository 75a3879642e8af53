import type { Server } from '@azure/arm-postgresql-flexible';
import type { FieldName, FieldsOf, Observed, ResourceKind } from '../../../../engine/resource.ts';
import { counted, textOf, type Value } from '../../../../engine/value.ts';
import { GONE_FIRST } from '../../../operations.ts';
import { regionOf } from '../../api/names.ts';
import { isConfidential, readSku } from '../../api/sku.ts';
import { FEWEST_DAYS } from '../../api/storage.ts';
import { TAG_FIELD } from '../../api/tags.ts';
import { readWindow, windowOf } from './convert.ts';
import { joined, lower, NEW_DATABASE, onOff, type Alone, type ServerBody, type ServerField } from './field.ts';
import { LOGIN_FIELDS } from './login-fields.ts';
import { NETWORK_FIELDS } from './network-fields.ts';
import { STORAGE_FIELDS } from './storage-fields.ts';

/** Every field of the server but its tags. */
export const SERVER_FIELDS = {
  state: {
    api: 'state',
    impact: 'online',
    // `command: start` starts a stopped server; an apply does not.
    satisfied: isStopped,
    repair: live => (FINAL.includes(live) ? { hint: hintOf(live) } : undefined),
    read: live => stateOf(live)
  },
  location: {
    api: 'location',
    input: 'location',
    impact: 'restart',
    constraint: 'create-only',
    normalise: value => (typeof value === 'string' ? regionOf(value) : value),
    read: live => live.location,
    asked: ({ location }) => (location === undefined ? undefined : regionOf(location)),
    offered: true
  },
  engine_version: {
    api: 'version',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'upgrade-only',
    read: live => live.version,
    write: value => ({ version: textOf(value) }),
    alone: 'version',
    restored: true,
    offered: true
  },
  instance_class: {
    api: 'sku.name',
    input: 'instance_class',
    impact: ({ from, to }, observed) => {
      if (typeof from === 'string' && isConfidential(from) !== isConfidential(textOf(to as Value))) return 'blocked';
      return observed.fields['multi_az'] === true ? 'failover' : 'restart';
    },
    normalise: lower,
    read: live => live.sku?.name,
    asked: ({ instance_class: size }) => (size === undefined ? undefined : readSku(size)?.name),
    write: value => {
      const sku = readSku(textOf(value));
      return sku === undefined ? {} : { sku: { name: sku.name, tier: sku.tier } };
    },
    restored: true,
    offered: true
  },
  ...STORAGE_FIELDS,
  backup_retention_period: {
    api: 'backup.backupRetentionDays',
    input: 'backup_retention_period',
    impact: 'online',
    show: counted('day'),
    read: live => live.backup?.backupRetentionDays,
    asked: ({ backup_retention_period: days }) => (days === 0 ? FEWEST_DAYS : days),
    write: value => ({ backup: { backupRetentionDays: Number(value) } }),
    restored: true
  },
  geo_redundant_backup: {
    api: 'backup.geoRedundantBackup',
    input: 'geo_redundant_backup',
    impact: 'restart',
    constraint: 'create-only',
    hint: NEW_DATABASE,
    read: live => live.backup?.geoRedundantBackup === 'Enabled',
    asked: ({ geo_redundant_backup: isOn }) => isOn,
    write: value => ({ backup: { geoRedundantBackup: onOff(value) } }),
    offered: true
  },
  multi_az: {
    api: 'highAvailability.mode',
    input: 'multi_az',
    impact: 'online',
    read: live => live.highAvailability?.mode !== undefined && live.highAvailability.mode !== 'Disabled',
    asked: ({ multi_az: isAsked }) => isAsked,
    write: value => ({ highAvailability: { mode: value === true ? 'ZoneRedundant' : 'Disabled' } }),
    alone: 'standby',
    restored: true,
    offered: true
  },
  availability_zone: {
    api: 'availabilityZone',
    input: 'availability_zone',
    impact: 'restart',
    constraint: 'create-only',
    hint: 'Leave `availability_zone` unset or as it was. Azure moves a server to the other zone only by a failover.',
    satisfied: (_live, wanted, all) => wanted === all.facts['standbyZone'],
    read: live => live.availabilityZone || undefined,
    asked: ({ availability_zone: zone }) => zone,
    write: value => ({ availabilityZone: textOf(value) }),
    offered: true
  },
  standby_availability_zone: {
    api: 'highAvailability.standbyAvailabilityZone',
    input: 'standby_availability_zone',
    impact: (_change, observed) => (observed.fields['multi_az'] === true ? 'blocked' : 'online'),
    hint: 'A standby moves only as a new one: apply `multi_az: false` first, then `multi_az: true` with the other zone.',
    // A failover has swapped the two.
    satisfied: (_live, wanted, all) => wanted === all.fields['availability_zone'],
    read: live => live.highAvailability?.standbyAvailabilityZone || undefined,
    asked: ({ multi_az: isAsked, standby_availability_zone: zone }) => (isAsked === true ? zone : undefined),
    write: value => ({ highAvailability: { standbyAvailabilityZone: textOf(value) } }),
    alone: 'standby',
    restored: true,
    offered: true
  },
  maintenance_window: {
    api: 'maintenanceWindow',
    input: 'maintenance_window',
    impact: 'online',
    // Azure knows the beginning only.
    normalise: value => (typeof value === 'string' ? value.slice(0, 'sun:04:00'.length) : value),
    read: live => readWindow(live.maintenanceWindow),
    asked: ({ maintenance_window: window }) => window,
    write: value => ({ maintenanceWindow: windowOf(textOf(value)) }),
    alone: 'window'
  },
  ...LOGIN_FIELDS,
  ...NETWORK_FIELDS,
  source: {
    api: 'createMode',
    input: 'restore_source',
    impact: 'online',
    constraint: 'create-only',
    satisfied: () => true,
    read: () => 'none'
  }
} as const satisfies Readonly<Record<string, ServerField>>;

/** The server as a plan names it. */
export const SERVER_KIND = {
  type: 'server',
  fields: { ...SERVER_FIELDS, 'tags.*': TAG_FIELD }
} as const satisfies ResourceKind;

export type ServerTable = typeof SERVER_KIND.fields;
export type ServerFieldName = keyof typeof SERVER_FIELDS;
export type ServerValues = FieldsOf<ServerTable, Value>;

const FIELDS: Readonly<Record<ServerFieldName, ServerField>> = SERVER_FIELDS;

/** The names of the fields that a rule holds for. */
export function namesWhere(rule: (field: ServerField) => boolean): readonly ServerFieldName[] {
  return (Object.keys(FIELDS) as readonly ServerFieldName[]).filter(name => rule(FIELDS[name]));
}

/** Those of a step's values whose field the rule holds for, but for tags. */
export function valuesWhere(values: ServerValues, rule: (field: ServerField) => boolean): ServerValues {
  const names: readonly string[] = namesWhere(rule);
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

/** A server's own field by any name; `undefined` for a tag. */
export function serverField(name: FieldName<ServerTable>): ServerField | undefined {
  return name in FIELDS ? FIELDS[name as ServerFieldName] : undefined;
}

/** A live server's values by field, its tags left out. */
export function serverValues(live: Server): FieldsOf<typeof SERVER_FIELDS, Value> {
  return Object.fromEntries(
    namesWhere(() => true).flatMap(name => {
      const value = FIELDS[name].read(live);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}

/** What a call sends for these values; `alone` chooses the fields of one PATCH, `undefined` those that go together. */
export function bodyOf(values: ServerValues, includes: (alone: Alone | undefined) => boolean = () => true): ServerBody {
  return namesWhere(({ alone }) => includes(alone))
    .flatMap(name => {
      const value = values[name];
      return value === undefined || value === null ? [] : [FIELDS[name].write?.(value) ?? {}];
    })
    .reduce<ServerBody>(joined, {});
}

/** States that a server does not leave by itself. */
export const FINAL: readonly string[] = ['Inaccessible', 'Disabled', 'Dropping'];

/** What leads out of a state of `FINAL`. */
export function hintOf(state: string): string {
  if (state === 'Dropping') return GONE_FIRST;
  return 'Read the activity log of the server in the Azure portal. An inaccessible server has lost its encryption key: restore the key or the access to it.';
}

/** Whether a state is that of a stopped server. */
function isStopped(state: Value | undefined): boolean {
  return state === 'Stopped' || state === 'Stopping';
}

/** The stopped state as a plan tells it; `undefined` for a server that is not stopped. */
export function stoppedState({ state }: Server): Observed['stopped'] {
  // https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-stop-start-server: without a date.
  return isStopped(state) ? { returns: 'is started by Azure 7 days after it was stopped' } : undefined;
}

/** `Ready` for every state in which the server serves, or will without help. */
function stateOf(live: Server): string {
  const state = live.state ?? 'Ready';
  return ['Stopped', 'Stopping', ...FINAL].includes(state) ? state : 'Ready';
}
