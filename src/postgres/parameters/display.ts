import { MAJORS } from '../major.ts';
import { describeParameter, type Parameter } from './parameter.ts';
import { fromNative, nativeUnit } from './units.ts';

/**
 * A native value as a person would write it: 32768 for `shared_buffers` is `256MB`. Values without a unit, and the
 * special ones (0, -1), stay as they are; so does every value of a parameter that is not PostgreSQL's own.
 */
export function displayParameter(name: string, nativeValue: string): string {
  const parameter = newest(name);
  const value = Number(nativeValue);
  if (parameter?.unit === undefined || !/^-?\d/.test(nativeValue) || !Number.isFinite(value) || value <= 0) {
    return nativeValue;
  }
  return fromNative(value, nativeUnit(parameter.unit));
}

function newest(name: string): Parameter | undefined {
  return MAJORS.toReversed()
    .map(major => describeParameter(name, major))
    .find(parameter => parameter !== undefined);
}
