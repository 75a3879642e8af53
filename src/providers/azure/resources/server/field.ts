import type { Server, ServerForPatch } from '@azure/arm-postgresql-flexible';
import type { Field } from '../../../../engine/resource.ts';
import type { FieldValue, Value } from '../../../../engine/value.ts';
import { textOf } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';

/** The members of a call that creates or changes a server. */
export type ServerBody = ServerForPatch;

/** Changes that Azure takes only in a PATCH of their own. */
export type Alone = 'version' | 'standby' | 'storage' | 'window';

/** A field of a server: how it is compared, where it is read, which input asks for it, and what a call sends for it. */
export interface ServerField extends Field {
  readonly read: (live: Server) => Value | undefined;
  /** What the inputs ask for. Absent: no input sets the field directly. */
  readonly asked?: (settings: Settings, live: Server | undefined) => FieldValue | undefined;
  /** Absent: the field takes more than its value to send, or nothing is sent for it. */
  readonly write?: (value: Value) => ServerBody;
  /** Default: sent together with the other fields. */
  readonly alone?: Alone;
  /** A restored server takes the value of its source, whatever the create call says. */
  readonly restored?: true;
  /** A region may not offer every value of it. */
  readonly offered?: true;
}

/** The way to a value that is fixed when a server is made. */
export const NEW_DATABASE =
  'Restore the server into a new database under another `name` (`restore_source`), move over, then destroy this one.';

/** For values that are compared without regard to capitals. */
export function lower(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** A size as a person reads it. */
export function gib(value: Value): string {
  return `${textOf(value)} GiB`;
}

/** A switch as Azure spells it. */
export function onOff(on: Value): 'Enabled' | 'Disabled' {
  return on === true ? 'Enabled' : 'Disabled';
}

/** Two bodies as one. For lists and plain values, the second wins. */
export function joined<T extends object>(one: T, other: T): T {
  const all = { ...one } as Record<string, unknown>;
  for (const [name, value] of Object.entries(other) as readonly (readonly [string, unknown])[]) {
    const before = all[name];
    all[name] = isObject(before) && isObject(value) ? joined(before, value) : value;
  }
  return all as T;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
