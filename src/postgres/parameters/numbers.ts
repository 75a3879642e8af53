import type { Parameter } from './parameter.ts';
import { fromNative, nativeUnit, roundHalfToEven, toNative } from './units.ts';

/** A number in the native unit, or a sentence with its problem. */
export type ReadNumber =
  | { readonly ok: true; readonly value: string; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** A decimal number, perhaps with a unit behind it. PostgreSQL takes octal and hexadecimal ones too. */
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)$/i;
const HEXADECIMAL = /^[+-]?0x[0-9a-f]+$/i;

/** Permissions of files, which PostgreSQL keeps as numbers and shows as `0600`. */
const FILE_MODES: ReadonlySet<string> = new Set(['data_directory_mode', 'log_file_mode', 'unix_socket_permissions']);

/** Reads the value of a parameter of numbers as PostgreSQL would (parse_int and parse_real in guc.c). */
export function readNumber(parameter: Parameter, text: string): ReadNumber {
  if (HEXADECIMAL.test(text)) return inRange(parameter, hexadecimal(text), []);
  const match = NUMBER.exec(text);
  if (match === null) return { ok: false, problem: `${parameter.name} is ${expected(parameter)}, not "${text}".` };
  const [, digits = '', unitName = ''] = match;
  const amount = (parameter.type === 'integer' ? octal(digits) : undefined) ?? Number(digits);
  if (unitName === '') return whole(parameter, amount, amount, text, []);

  const native = parameter.unit === undefined ? undefined : nativeUnit(parameter.unit);
  if (native === undefined)
    return { ok: false, problem: `${parameter.name} has no unit: give a bare number, not "${text}".` };
  const unit =
    native.units.find(each => each.name === unitName) ??
    native.units.find(each => each.name.toLowerCase() === unitName.toLowerCase());
  if (unit === undefined) {
    const names = native.units.map(each => each.name).join(', ');
    return {
      ok: false,
      problem: `${parameter.name} = "${text}" has no unit PostgreSQL knows here: use one of ${names}.`
    };
  }
  const remarks = unit.name === unitName ? [] : [`${parameter.name}: ${unitName} was read as ${unit.name}.`];
  return whole(parameter, toNative(amount, unit, native), (amount * unit.factor) / native.factor, text, remarks);
}

function hexadecimal(text: string): number {
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text.replace('+', ''));
}

/** `010` is eight, as in C. */
function octal(digits: string): number | undefined {
  const match = /^([+-]?)0([0-7]+)$/.exec(digits);
  return match === null ? undefined : Number.parseInt(match[2] ?? '', 8) * (match[1] === '-' ? -1 : 1);
}

function whole(
  parameter: Parameter,
  amount: number,
  exact: number,
  text: string,
  remarks: readonly string[]
): ReadNumber {
  if (parameter.type === 'real') return inRange(parameter, amount, remarks);
  const rounded = roundHalfToEven(amount);
  if (rounded === exact) return inRange(parameter, rounded, remarks);
  const remark = `${parameter.name} = ${text} is rounded to ${shown(parameter, rounded)}, as PostgreSQL does.`;
  return inRange(parameter, rounded, [...remarks, remark]);
}

function inRange(parameter: Parameter, value: number, remarks: readonly string[]): ReadNumber {
  const { minimum = -Infinity, maximum = Infinity } = parameter;
  if (value < minimum || value > maximum) {
    return {
      ok: false,
      problem: `${parameter.name} is ${expected(parameter)}, not ${shown(parameter, value)}.`
    };
  }
  if (FILE_MODES.has(parameter.name)) return { ok: true, value: `0${value.toString(8).padStart(3, '0')}`, remarks };
  // Adding zero makes -0 the 0 it stands for.
  return { ok: true, value: String(value + 0), remarks };
}

function expected(parameter: Parameter): string {
  const kind = parameter.type === 'real' ? 'a number' : 'a whole number';
  const unit = parameter.unit === undefined ? '' : ` of ${parameter.unit} (or with a unit)`;
  const { minimum, maximum } = parameter;
  if (minimum === undefined || maximum === undefined) return `${kind}${unit}`;
  return `${kind}${unit} from ${shown(parameter, minimum)} to ${shown(parameter, maximum)}`;
}

function shown(parameter: Parameter, value: number): string {
  if (parameter.unit === undefined || value <= 0) return String(value);
  return `${value} (${fromNative(value, nativeUnit(parameter.unit))})`;
}
