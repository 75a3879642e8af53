import type { Field } from '../../../../engine/resource.ts';
import { textOf, type FieldValue, type Value } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';
import type { Instance } from '../../api/types.ts';

/** The body of a call. */
export interface Body {
  readonly [member: string]: unknown;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A field of an instance: how it is compared, where it is read from, and what it becomes in a call. */
export interface InstanceField extends Field {
  /** What the inputs ask for. Absent: `desired/server.ts` works it out of more than its input. */
  readonly asked?: (settings: Settings) => FieldValue | undefined;
  /** Absent for maps, and for what Cloud SQL never shows. */
  readonly read?: (live: Instance) => Value | undefined;
  /** Absent for what is not a part of the instance's own body. */
  readonly write?: (value: Value, live: Instance | undefined) => Body;
  /** A read replica has a value of its own. A new one takes it from its primary, unless it is `own`. */
  readonly onReplicas?: true | 'own';
}

export type InstanceFields = Readonly<Record<string, InstanceField>>;

/** The hint for fields that are fixed at creation. */
export const NEW_DATABASE =
  'Copy it into a new database under another `name` (`restore_source`), move over, then destroy this one.';

/** A part of the settings, as the body of a call. */
export function settings(part: Readonly<Record<string, unknown>>): Body {
  return { settings: part };
}

/** In lower case, for values that are compared without regard to case. */
export function lower(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** A size in GiB with its unit; text stays as it is. */
export function gib(value: Value): string {
  return typeof value === 'number' ? `${value} GiB` : textOf(value);
}

/** Two bodies merged; for lists and plain values the second wins. */
export function joined(one: Body, other: Body): Body {
  const all: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = all[name];
    all[name] = isObject(before) && isObject(value) ? joined(before, value) : value;
  }
  return all;
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
