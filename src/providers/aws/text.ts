import type { Value } from '../../engine/value.ts';

/** A value as people write it. */
export function textOf(value: Value | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
