import type { Major } from '../major.ts';
import { PARAMETER_TABLE } from './table.ts';

/**
 * When a change to a parameter works: at once after a reload, for connections made after it, after a restart, or not at
 * all because the server or its build fixes it.
 */
export type TakesEffect = 'reload' | 'new-connections' | 'restart' | 'never';

/** One of PostgreSQL's own parameters, as servers of one major have it. */
export interface Parameter {
  /** In lower case, as PostgreSQL compares names. */
  readonly name: string;
  readonly type: 'bool' | 'integer' | 'real' | 'string' | 'enum';
  readonly takesEffect: TakesEffect;
  /** What a bare number counts: `8kB`, `kB`, `MB`, `ms`, `s`, `min`… */
  readonly unit: string | undefined;
  /** Smallest and largest value, in the native unit. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** The values of an enumeration. */
  readonly values: readonly string[];
  /** Other spellings of those values that servers take. */
  readonly otherSpellings: ReadonlyMap<string, string>;
}

const EFFECT_OF_CONTEXT: Readonly<Record<string, TakesEffect>> = {
  internal: 'never',
  postmaster: 'restart',
  sighup: 'reload',
  'superuser-backend': 'new-connections',
  backend: 'new-connections',
  superuser: 'reload',
  user: 'reload'
};

const TYPES: Readonly<Record<string, Parameter['type']>> = {
  bool: 'bool',
  integer: 'integer',
  real: 'real',
  string: 'string',
  enum: 'enum'
};

/**
 * One of PostgreSQL's own parameters, or undefined when that major does not have it. The case of the name does not
 * matter.
 */
export function describeParameter(name: string, major: Major): Parameter | undefined {
  const line = linesOf(name).find(([, from, to]) => major >= Number(from) && major <= Number(to));
  if (line === undefined) return undefined;
  const [lower = '', , , type = '', execution = '', unit = '', minimum = '', maximum = '', values] = line;
  const spelled = type === 'enum' ? (values ?? '').split(',') : [];
  const others = spelled.filter(value => value.includes('='));
  return {
    name: lower,
    type: TYPES[type] ?? 'string',
    takesEffect: EFFECT_OF_CONTEXT[execution] ?? 'restart',
    unit: unit === '' ? undefined : unit,
    minimum: minimum === '' ? undefined : Number(minimum),
    maximum: maximum === '' ? undefined : Number(maximum),
    values: spelled.filter(value => !value.includes('=')),
    otherSpellings: new Map(others.map(other => other.split('=') as [string, string]))
  };
}

/** The majors that have this parameter, among those this action knows. */
export function majorsWithParameter(name: string): readonly [from: Major, to: Major] | undefined {
  const lines = linesOf(name);
  const first = lines[0]?.[1];
  const last = lines.at(-1)?.[2];
  return first === undefined || last === undefined ? undefined : [Number(first) as Major, Number(last) as Major];
}

/** Whether a name belongs to an extension (`pg_stat_statements.max`). Those are not in the table, and not checked. */
export function isExtensionParameter(name: string): boolean {
  return name.includes('.');
}

/** Every name that a major has. */
export function parameterNames(major: Major): readonly string[] {
  return PARAMETER_TABLE.trim()
    .split('\n')
    .flatMap(line => {
      const [name = '', from, to] = line.split('|', 3);
      return major >= Number(from) && major <= Number(to) ? [name] : [];
    });
}

/**
 * The lines of the table with this name, which follow each other. The text is searched as it is: runs ask for a handful
 * of its four hundred parameters.
 */
function linesOf(name: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  if (!/^\w+$/.test(name)) return lines;
  const start = `\n${name.toLowerCase()}|`;
  let at = PARAMETER_TABLE.indexOf(start);
  while (at !== -1) {
    const end = PARAMETER_TABLE.indexOf('\n', at + 1);
    lines.push(PARAMETER_TABLE.slice(at + 1, end).split('|'));
    at = PARAMETER_TABLE.startsWith(start, end) ? end : -1;
  }
  return lines;
}
