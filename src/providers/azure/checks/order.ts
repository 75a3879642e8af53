import type { SupportedFeature } from '@azure/arm-postgresql-flexible';
import { textOf, type Value } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';

/** A server as it is to be, for comparison with the offers of its region. */
export interface Order {
  readonly location: string;
  /** The whole desired server, by field. */
  readonly values: Readonly<Record<string, Value>>;
  /** The fields that are to change. No other field is compared: Azure may no longer sell what a server has. */
  readonly asked: readonly string[];
  /** The version of the live server. */
  readonly version: string | undefined;
  readonly tier: string;
}

/** The value of a field that is to change; `undefined` for any other field. */
export function newly({ asked, values }: Order, field: string): Value | undefined {
  return asked.includes(field) ? (values[field] ?? undefined) : undefined;
}

/** The offers of a list that are not disabled. */
export function open<T extends { readonly status?: string }>(all: readonly T[] | undefined): readonly T[] {
  return (all ?? []).filter(({ status }) => status !== 'Disabled');
}

/** Whether two names differ at most in their capitals. */
export function same(one: string | undefined, other: Value | undefined): boolean {
  return one?.toLowerCase() === textOf(other).toLowerCase();
}

/** Whether an offer has a feature. */
export function has(
  { supportedFeatures: features = [] }: { supportedFeatures?: SupportedFeature[] },
  name: string
): boolean {
  return features.some(one => one.name === name && one.status === 'Enabled');
}

/** A problem with a value that is not offered. */
export function problem(
  input: string,
  value: Value | undefined,
  why: string,
  allowed: readonly (string | undefined)[]
): Problem {
  const listed = allowed.flatMap(one => one ?? []).join(', ');
  return { input, value: textOf(value), why, ...(listed === '' ? {} : { allowed: listed }) };
}
