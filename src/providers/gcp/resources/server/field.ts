import type { Field } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import type { Instance } from '../../api/types.ts';

/** What a change becomes in the body of a call. */
export interface Body {
  readonly [member: string]: unknown;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A field of an instance: how it is compared, where it is read from, and what it becomes in a call. */
export interface InstanceField extends Field {
  readonly read: (live: Instance) => Value | undefined;
  /** Absent for what is no part of the instance's own body. */
  readonly write?: (value: Value, live: Instance | undefined) => Body;
}

/** The way to what is fixed when an instance is made. */
export const NEW_DATABASE =
  'Copy it into a new database under another `name` (`restore_source`), move over, then destroy this one.';

/** A part of the settings, as the body of a call. */
export function settings(part: Readonly<Record<string, unknown>>): Body {
  return { settings: part };
}

/** For what is compared without regard to capitals. */
export function lower(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** A size in GiB as a person reads it; words stay as they are. */
export function gib(value: Value): string {
  return typeof value === 'number' ? `${value} GiB` : textOf(value);
}

/** Two bodies as one; of lists and plain values the second counts. */
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
