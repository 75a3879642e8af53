/** A unit that people write values in, as a multiple of the smallest of its kind. */
export interface Unit {
  readonly name: string;
  readonly factor: number;
}

/** PostgreSQL's units of memory, in bytes, smallest first. Case matters to PostgreSQL. */
const MEMORY: readonly Unit[] = [
  { name: 'B', factor: 1 },
  { name: 'kB', factor: 1024 },
  { name: 'MB', factor: 1024 ** 2 },
  { name: 'GB', factor: 1024 ** 3 },
  { name: 'TB', factor: 1024 ** 4 }
];

/** PostgreSQL's units of time, in microseconds, smallest first. */
const TIME: readonly Unit[] = [
  { name: 'us', factor: 1 },
  { name: 'ms', factor: 1000 },
  { name: 's', factor: 1000 ** 2 },
  { name: 'min', factor: 60 * 1000 ** 2 },
  { name: 'h', factor: 3600 * 1000 ** 2 },
  { name: 'd', factor: 24 * 3600 * 1000 ** 2 }
];

/**
 * What a parameter's native unit (`pg_settings.unit`: `8kB`, `MB`, `ms`…) is worth, and the units its values may be
 * written in.
 */
export interface NativeUnit {
  readonly factor: number;
  readonly units: readonly Unit[];
}

/** Reads `pg_settings.unit`. Throws for one that PostgreSQL does not have: the table would be damaged. */
export function nativeUnit(text: string): NativeUnit {
  const [, count = '', name = ''] = /^(\d*)([a-zA-Z]+)$/.exec(text) ?? [];
  for (const units of [MEMORY, TIME]) {
    const unit = units.find(each => each.name === name);
    if (unit !== undefined) return { factor: unit.factor * Number(count === '' ? 1 : count), units };
  }
  throw new Error(`"${text}" is not a unit of PostgreSQL`);
}

/**
 * Rounds to a whole number as C's `rint` does and so PostgreSQL: a half goes to the even neighbour.
 */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * A value with a unit in the native unit, not rounded to it yet. As in PostgreSQL, a fraction is first rounded to a
 * multiple of the next smaller unit: `30.1GB` is 30822 MB. https://www.postgresql.org/docs/current/config-setting.html
 */
export function toNative(amount: number, unit: Unit, native: NativeUnit): number {
  const exact = (amount * unit.factor) / native.factor;
  const smaller = native.units[native.units.indexOf(unit) - 1];
  if (Number.isInteger(amount) || smaller === undefined) return exact;
  const step = smaller.factor / native.factor;
  return roundHalfToEven(exact / step) * step;
}

/** A native value in the largest unit that divides it, as SHOW prints it: 32768 of `8kB` are `256MB`. */
export function fromNative(value: number, native: NativeUnit): string {
  const smallest = value * native.factor;
  const unit = native.units.toReversed().find(each => smallest % each.factor === 0);
  return unit === undefined ? `${smallest}${native.units[0]?.name ?? ''}` : `${smallest / unit.factor}${unit.name}`;
}
