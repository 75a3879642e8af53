import type { Execution } from './execution.ts';
import type { Address, Impact } from './impact.ts';
import type { Mark, Ownership } from './ownership.ts';
import type { Change } from './plan.ts';
import { sameValue, type FieldValue, type Value } from './value.ts';

/** Which safety rule watches a field. */
export type Constraint =
  /** A number that may only grow in place. */
  | 'grow-only'
  /** A version: up only, and a major step only when the workflow allows it. */
  | 'upgrade-only'
  /** Fixed when the resource is created. */
  | 'create-only'
  /** `true` opens the database to the internet: allowed, and named as a danger. */
  | 'exposure';

/** One field of a resource: the single place that says how it is compared, what a change costs, and where it goes. */
export interface Field {
  /** The provider's own name for it, for the docs: `DBInstanceClass`. */
  readonly api: string;
  /** The input that sets it, as the user knows it; absent for what we manage ourselves (the mark). */
  readonly input?: string;
  /** The impact of a change of it, given everything known about the resource. */
  readonly impact: Impact | ((change: FieldChange, observed: Observed) => Impact);
  readonly constraint?: Constraint;
  /** For the constraint `exposure`: the field that lists who may connect. While it is empty, no one can. */
  readonly exposedBy?: string;
  /** The safe way to get the same result, shown when the constraint refuses. */
  readonly hint?: string;
  /** Whether no apply leads out of a live value: a state that the provider does not leave by itself. */
  readonly repair?: (live: string) => Repair | undefined;
  /**
   * Brings both sides into one spelling before they are compared, checked and hashed. The plan shows and applies the
   * desired value as given. Gets `null` for a value that is not set.
   */
  readonly normalise?: (value: Value, field: string) => Value;
  /**
   * Whether the live value is good enough although it differs (an autoscaled disk, a newer minor version). Gets
   * normalised values, never `null`.
   */
  readonly satisfied?: (observed: Value, desired: Value, all: Observed) => boolean;
  /**
   * The secret input that is sent with a change of it, for a secret that can't be compared itself: among the work's
   * values under its own name.
   */
  readonly sends?: string;
  /** Human spelling of a value (`32768` → `256MB`). Default: the value itself. */
  readonly show?: (value: Value, field: string) => string;
}

/** What leads out of a state that no apply changes. */
export interface Repair {
  readonly hint: string;
  /** The field of the same resource whose change leads out too. */
  readonly by?: string;
}

/** Keys are field names, or `prefix.*` for the members of a map (`parameters.*`). */
export type FieldTable = Readonly<Record<string, Field>>;

/**
 * The names that fields of a table can have: its keys, and any member of its maps. `string` for a table that is not
 * known further.
 */
export type FieldName<T extends FieldTable> = {
  [K in keyof T & string]: K extends `${infer Prefix}.*` ? `${Prefix}.${string}` : K;
}[keyof T & string];

/** Values by the names of a table's fields: a name that the table does not have does not compile. */
export type FieldsOf<T extends FieldTable, V> = string extends keyof T
  ? Readonly<Record<string, V>>
  : { readonly [K in keyof T & string as K extends `${string}.*` ? never : K]?: V } & {
      readonly [K in keyof T & string as K extends `${infer Prefix}.*` ? `${Prefix}.${string}` : never]: V;
    };

/** The secrets that are sent with a change of a table's fields, by their own names. */
export type SentWith<T extends FieldTable> = {
  readonly [K in keyof T as T[K] extends { readonly sends: infer S extends string } ? S : never]?: Value;
};

export interface FieldChange {
  readonly field: string;
  /** `undefined` when the resource does not exist yet. */
  readonly from: FieldValue | undefined;
  /** `null` gives the field back to the provider's default. */
  readonly to: FieldValue;
}

/** One field as the spec asks for it. */
export interface Wanted {
  readonly value: FieldValue;
  /** False for a default: it decides what is created and never changes what exists. */
  readonly managed: boolean;
  /** The input that asks for it, where that is another one than the field's. */
  readonly input?: string;
}

export interface Desired<T extends FieldTable = FieldTable> {
  readonly address: Address;
  readonly type: string;
  /** In words: `server orders`, `read replica 1 of orders`. */
  readonly title: string;
  /** `absent`: an input asks explicitly that it must not exist. A resource that no input mentions is left alone. */
  readonly presence: 'present' | 'absent';
  readonly fields: FieldsOf<T, Wanted>;
  /** Map prefixes that the spec lists completely: a live member that is not listed returns to its default. */
  readonly complete?: readonly string[];
  /** Resources that must exist before this one. */
  readonly dependsOn: readonly Address[];
  /** Those of them whose changes must be made first. Where one is refused, this resource is left as it is. */
  readonly follows?: readonly Address[];
  /** Mutations of one concurrency group run one after the other; a group is a server. */
  readonly concurrencyGroup: string;
}

/** Ids, endpoints, ARNs: values that the provider decides. Never compared; outputs and references use them. */
export type Facts = Readonly<Record<string, Value>>;

export interface Observed<T extends FieldTable = FieldTable> {
  readonly address: Address;
  readonly type: string;
  readonly title: string;
  readonly ownership: Ownership;
  /**
   * Live values. One that is at the provider's default is left out (or `null`) where the spec can ask for the default
   * by `null`.
   */
  readonly fields: FieldsOf<T, Value>;
  /** Fields that could not be read, `prefix.*` for all members of a map, with the permission that would allow it. */
  readonly unknown?: Readonly<Record<string, string>>;
  /**
   * Values already queued for the maintenance window or the next restart, in addition to the live ones in `fields`. A
   * matching one is not proposed again; any other is replaced or cancelled.
   */
  readonly pending?: FieldsOf<T, Value>;
  /**
   * Queued values will not wait: the next change of it applies them all. A matching queued value is then a change of
   * now.
   */
  readonly isQueueDue?: boolean;
  readonly facts: Facts;
  /** It is a child of that resource and is deleted with it: no step of its own when that one is destroyed. */
  readonly deletedWith?: Address;
  /**
   * Deleting it is refused by the provider or by our own guard until protection was switched off in an earlier apply.
   */
  readonly isProtected?: boolean;
  /** What lifts the protection of everything in the server, where no input does: the hint of a refusal. */
  readonly unprotect?: string;
  /**
   * A user or a run stopped it, and only `command: start` starts it again. `returns` completes "It …": when the
   * provider starts it by itself.
   */
  readonly stopped?: { readonly returns?: string };
  /** A lock forbids every change of it and of what lies in it, but for changes of locks themselves. */
  readonly frozen?: { readonly hint: string; readonly lockType: string };
  /** Deleting it loses data that no final snapshot keeps. */
  readonly losesData?: boolean;
  readonly dependsOn: readonly Address[];
  readonly concurrencyGroup: string;
}

/** What a resource's functions receive: the printed changes and nothing else. */
export interface Work<T extends FieldTable = FieldTable> {
  readonly address: Address;
  /**
   * The values after the changes, by field, secrets and references resolved; and the secrets that are sent with one of
   * them.
   */
  readonly values: FieldsOf<T, Value> & SentWith<T>;
  /** The plan's own change objects, as they were printed. */
  readonly changes: readonly Change<FieldName<T>>[];
  /** The observed resource, for calls that need ids; `undefined` on create. */
  readonly observed: Observed<T> | undefined;
  /** Goes into the create call itself, and onto an adopted resource. */
  readonly mark: Mark;
  readonly execution: Execution;
}

/** What a creation receives. */
export interface CreationWork<T extends FieldTable = FieldTable> extends Work<T> {
  /** To be called where the resource was there already, as ours. It is compared with the plan after the apply. */
  readonly foundExisting: () => void;
}

/** The calls of a resource and the permissions each needs; feeds docs/permissions and `doctor`. */
export interface Permissions {
  readonly observe: readonly string[];
  readonly create: readonly string[];
  readonly update: readonly string[];
  readonly delete: readonly string[];
}

/** Of a resource that no cloud guards. */
export const NO_PERMISSIONS: Permissions = { observe: [], create: [], update: [], delete: [] };

/** The title of a resource type in a plan, and its fields. */
export interface ResourceKind<T extends FieldTable = FieldTable> {
  readonly type: string;
  readonly fields: T;
}

/** One kind of resource that a provider can hold. `C` is the provider's own context: clients, paths, target. */
export interface ResourceType<C, T extends FieldTable = FieldTable> extends ResourceKind<T> {
  readonly permissions: Permissions;
  /** Reads everything of this type that belongs to the target. Reads only. */
  observe(context: C): Promise<readonly Observed<T>[]>;
  create(context: C, work: CreationWork<T>): Promise<Facts>;
  update(context: C, work: Work<T>): Promise<Facts>;
  /** A resource that is already gone counts as removed. */
  remove(context: C, work: Work<T>): Promise<void>;
}

/** A resource type whose functions know the names of its fields: one that its table does not have does not compile. */
export function defineResource<C>(): <const T extends FieldTable>(type: ResourceType<C, T>) => ResourceType<C, T> {
  return type => type;
}

/** The field's rule; members of a map fall back to their prefix's. */
export function fieldRule(table: FieldTable, field: string): Field | undefined {
  return byField(table, field);
}

/** A value in the one spelling of its field. */
export function inOneSpelling(rule: Field | undefined, field: string, value: Value): Value {
  return rule?.normalise === undefined ? value : rule.normalise(value, field);
}

/** Whether two values of a field are the same, each in its own spelling. */
export function isSameIn(rule: Field | undefined, field: string, one: Value, other: Value): boolean {
  return sameValue(inOneSpelling(rule, field, one), inOneSpelling(rule, field, other));
}

/** The permission it would take to read a field; `undefined` for one that was read. */
export function missingPermission({ unknown = {} }: Pick<Observed, 'unknown'>, field: string): string | undefined {
  return byField(unknown, field);
}

function byField<T>(entries: Readonly<Record<string, T>>, field: string): T | undefined {
  const dot = field.indexOf('.');
  return entries[field] ?? (dot === -1 ? undefined : entries[`${field.slice(0, dot)}.*`]);
}
