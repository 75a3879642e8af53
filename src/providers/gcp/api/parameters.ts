import { defined } from '../../../engine/defined.ts';
import type { Notice } from '../../../engine/plan.ts';
import { isMajor, MAJORS, type Major } from '../../../postgres/major.ts';
import { normaliseParameter } from '../../../postgres/parameters/normalise.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { FlagInfo } from './types.ts';

export const PREFIX = 'parameters.';

/** Prefix of Cloud SQL's own flags, which PostgreSQL does not know. */
const OWN = 'cloudsql.';
/** Set by an input of its own. */
export const IAM_FLAG = 'cloudsql.iam_authentication';

const TRUE = /^(?:1|on|true|yes)$/i;
const FALSE = /^(?:0|off|false|no)$/i;

/** The flag that loads a library on Cloud SQL; `undefined` where it is always loaded. */
export const LIBRARIES: Readonly<Record<string, string | undefined>> = {
  pg_stat_statements: undefined,
  plpgsql: undefined,
  auto_explain: 'cloudsql.enable_auto_explain',
  pg_bigm: 'cloudsql.enable_pg_bigm',
  pg_cron: 'cloudsql.enable_pg_cron',
  pg_hint_plan: 'cloudsql.enable_pg_hint_plan',
  pg_wait_sampling: 'cloudsql.enable_pg_wait_sampling',
  pgaudit: 'cloudsql.enable_pgaudit',
  pglogical: 'cloudsql.enable_pglogical'
};

/** `parameters` on Cloud SQL. */
export interface Flags {
  /** Values by the flag's name. */
  readonly values: Readonly<Record<string, string>>;
  /** The SSL mode that `ssl` asks for. */
  readonly sslMode?: 'ENCRYPTED_ONLY' | 'ALLOW_UNENCRYPTED_AND_ENCRYPTED';
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/**
 * `parameters` as database flags, in PostgreSQL's native units. Parameters that are not flags are mapped or refused.
 */
export function flagsFrom(parameters: Readonly<Record<string, string>>, version: string | undefined): Flags {
  const values: Record<string, string> = {};
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  let sslMode: Flags['sslMode'];
  const refuse = (name: string, value: string, why: string): void => {
    problems.push({ input: `parameters.${name}`, value, why });
  };
  const note = (code: string, message: string): void => {
    notices.push({ code, severity: 'info', input: 'parameters', message });
  };
  for (const [given, raw] of Object.entries(parameters)) {
    const name = given.trim().toLowerCase();
    const value = raw.trim();
    if (name === 'ssl') {
      if (!TRUE.test(value) && !FALSE.test(value)) refuse(name, value, 'is neither on nor off');
      sslMode = TRUE.test(value) ? 'ENCRYPTED_ONLY' : 'ALLOW_UNENCRYPTED_AND_ENCRYPTED';
      const message = `\`ssl = ${value}\` becomes the SSL mode ${sslMode}: TLS is always available on Cloud SQL, and the mode enforces it or not.`;
      note('value-mapped', message);
    } else if (name === 'shared_preload_libraries') {
      for (const library of value.split(',').map(one => one.trim())) {
        if (library === '') continue;
        if (!(library in LIBRARIES)) refuse(name, library, 'is not a library that Cloud SQL loads');
        const flag = LIBRARIES[library];
        if (flag !== undefined) values[flag] = 'on';
        const how =
          flag === undefined
            ? `Cloud SQL loads ${library} by itself: run \`CREATE EXTENSION\` to use it.`
            : `\`shared_preload_libraries = ${library}\` becomes the flag \`${flag}\`.`;
        note('value-mapped', how);
      }
    } else if (name === IAM_FLAG) {
      refuse(name, value, 'is set by `iam_database_authentication_enabled`');
    } else if (/^(?:rds|azure|pgbouncer)\./.test(name)) {
      refuse(name, value, 'is a parameter of another cloud');
    } else if (name.startsWith(OWN)) {
      values[name] = onOrOff(value);
    } else {
      const read = normaliseParameter(name, raw, majorFor(version));
      if (!read.ok) {
        problems.push({ input: `parameters.${name}`, value, why: read.problem });
        continue;
      }
      values[read.name] = read.value;
      for (const remark of read.remarks) note('value-mapped', remark);
    }
  }
  return defined({ values, sslMode, problems, notices });
}

/** One spelling for values that mean the same. */
export function sameSpelling(name: string, value: string): string {
  if (name.startsWith(OWN)) return onOrOff(value);
  const read = normaliseParameter(name, value, majorFor(undefined));
  return read.ok ? read.value : value;
}

/** Whether a complete list of parameters resets a live flag. Cloud SQL's own flags stay unless they are listed. */
export function isListed(name: string, asked: readonly string[]): boolean {
  return asked.includes(name) || !name.startsWith(OWN);
}

/** Flags that Cloud SQL does not know, and values out of its range. */
export function flagProblems(
  values: Readonly<Record<string, string>>,
  known: ReadonlyMap<string, FlagInfo>
): readonly Problem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const input = `parameters.${name}`;
    const info = known.get(name);
    if (info === undefined) return [{ input, value, why: 'is not a database flag of Cloud SQL for this version' }];
    const problem = rangeProblem(value, info);
    return problem === undefined ? [] : [{ input, value, ...problem }];
  });
}

function rangeProblem(value: string, info: FlagInfo): Pick<Problem, 'why' | 'allowed'> | undefined {
  const words = info.allowedStringValues ?? [];
  if (words.length > 0 && !words.some(one => one.toLowerCase() === value.toLowerCase())) {
    return { why: 'is not a value that Cloud SQL takes', allowed: words.join(', ') };
  }
  if (info.type !== 'INTEGER') return undefined;
  const number = Number(value);
  const numbers = (info.allowedIntValues ?? []).map(Number);
  if (numbers.includes(number)) return undefined;
  const [least, most] = [Number(info.minValue ?? Number.NaN), Number(info.maxValue ?? Number.NaN)];
  if (!(number < least || number > most) && (numbers.length === 0 || Number.isFinite(least))) return undefined;
  const range = Number.isFinite(least) ? `${least} to ${most}` : numbers.join(', ');
  return { why: 'is out of the range of Cloud SQL', allowed: range };
}

function onOrOff(value: string): string {
  if (TRUE.test(value)) return 'on';
  return FALSE.test(value) ? 'off' : value;
}

function majorFor(version: string | undefined): Major {
  const major = Number.parseInt(version ?? '', 10);
  return isMajor(major) ? major : (MAJORS.at(-1) ?? 18);
}
