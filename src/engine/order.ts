import { inOneSpelling, type Field } from './resource.ts';
import { isPlain, type FieldValue, type Value } from './value.ts';

/** A size as a number, in any spelling of its field; `undefined` for a value that is not a size. */
export function sizeOf(field: string, value: FieldValue | undefined, rule: Field): number | undefined {
  const plain = normalised(field, value, rule);
  const size = typeof plain === 'string' && plain.trim() !== '' ? Number(plain) : plain;
  return typeof size === 'number' && Number.isFinite(size) ? size : undefined;
}

/** The numbers of a version, wherever they stand in it (`16.4`, `POSTGRES_16`); `undefined` when it holds none. */
export function versionOf(field: string, value: FieldValue | undefined, rule: Field): readonly number[] | undefined {
  const plain = normalised(field, value, rule);
  const numbers = typeof plain === 'string' || typeof plain === 'number' ? /\d+(?:[._]\d+)*/.exec(String(plain)) : null;
  return numbers?.[0].split(/[._]/).map(Number);
}

function normalised(field: string, value: FieldValue | undefined, rule: Field): Value | undefined {
  if (value === undefined || value === null || !isPlain(value)) return undefined;
  return inOneSpelling(rule, field, value);
}

/** Negative when `from` is the older. Compared as far as both say: `16.4` and `16` are equal. */
export function compareVersions(from: readonly number[], to: readonly number[]): number {
  for (const [at, part] of from.entries()) {
    const other = to[at] ?? part;
    if (part !== other) return part - other;
  }
  return 0;
}
