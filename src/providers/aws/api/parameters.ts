import { isMajor, MAJORS, type Major } from '../../../postgres/major.ts';
import { describeParameter, isExtensionParameter } from '../../../postgres/parameters/parameter.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { normaliseParameter } from '../../../postgres/parameters/normalise.ts';

/** A parameter as RDS's parameter groups spell it, or its problem. */
export type RdsParameter =
  | { readonly ok: true; readonly name: string; readonly value: string; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** A value that RDS works out from the class: `{DBInstanceClassMemory/32768}`, `LEAST(…)`. */
const FORMULA = /[{]|^(?:GREATEST|LEAST|SUM)\(/;

/** What a boolean may be called. */
const TRUE = /^(?:1|on|true|yes)$/i;
const FALSE = /^(?:0|off|false|no)$/i;

/**
 * A parameter in RDS's form: whole numbers in the native unit, `1` and `0` for booleans, formulas as they are. `ssl`
 * can't be set on RDS, where TLS is always available: it becomes `rds.force_ssl`, which enforces it.
 */
export function rdsParameter(name: string, value: string, major: number): RdsParameter {
  const lower = name.trim().toLowerCase();
  const text = value.trim();
  if (lower === 'ssl') {
    const enforced = TRUE.test(text) ? '1' : FALSE.test(text) ? '0' : undefined;
    if (enforced === undefined) return { ok: false, problem: `ssl is on or off, not ${JSON.stringify(text)}.` };
    const remark = `\`ssl = ${text}\` becomes \`rds.force_ssl = ${enforced}\`: TLS is always available on RDS, this says whether it is enforced.`;
    return { ok: true, name: 'rds.force_ssl', value: enforced, remarks: [remark] };
  }
  if (FORMULA.test(text)) return { ok: true, name: lower, value: text, remarks: [] };
  const known: Major = isMajor(major) ? major : (MAJORS.at(-1) ?? 18);
  const normalised = normaliseParameter(lower, value, known);
  if (!normalised.ok) return normalised;
  const isBoolean = isExtensionParameter(lower) || describeParameter(lower, known)?.type === 'bool';
  return { ...normalised, value: isBoolean ? oneOrZero(normalised.value) : normalised.value };
}

function oneOrZero(value: string): string {
  if (TRUE.test(value)) return '1';
  return FALSE.test(value) ? '0' : value;
}

/**
 * A value as RDS lists it among those that it allows: `ALL` for `all` of `pg_stat_statements.track`, `on` for the `1`
 * of `cron.log_run`. As it is where the list has none that means the same.
 */
export function asListed(name: string, value: string, allowed: string | undefined, major: number): string {
  const words = (allowed ?? '').split(',').map(word => word.trim());
  return words.includes(value) ? value : (words.find(word => canonical(name, word, major) === value) ?? value);
}

/** The parameters that the inputs set, by RDS's names, in RDS's form; those that are wrong are left out. */
export function parametersIn(settings: Settings, major: number): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(settings.parameters ?? {}).flatMap(([name, value]) => {
      const read = rdsParameter(name, value, major);
      return read.ok ? [[read.name, read.value] as const] : [];
    })
  );
}

/** A live value in the same form; as it is when it can't be read. */
export function canonical(name: string, value: string, major: number): string {
  const read = name === 'ssl' ? undefined : rdsParameter(name, value, major);
  return read?.ok === true ? read.value : value;
}

/** Whether a change waits for a restart, as far as PostgreSQL itself says; RDS's own answer is better. */
export function needsRestart(name: string, major: number): boolean {
  return describeParameter(name, isMajor(major) ? major : (MAJORS.at(-1) ?? 18))?.takesEffect === 'restart';
}

/** Parameters that RDS refuses unless both come in one request. */
const PAIRS: readonly (readonly string[])[] = [
  ['password_encryption', 'rds.accepted_password_auth_method'],
  ['ssl_min_protocol_version', 'ssl_max_protocol_version']
];

/** The most parameters that one call takes. */
const MOST_PER_CALL = 20;

/** The items in calls of at most twenty, none left out, pairs together. */
export function inCalls<T extends { readonly name: string }>(items: readonly T[]): readonly (readonly T[])[] {
  const paired = PAIRS.flatMap(pair => items.filter(item => pair.includes(item.name)));
  const ordered = [...paired, ...items.filter(item => !paired.includes(item))];
  const calls: T[][] = [];
  for (let at = 0; at < ordered.length; at += MOST_PER_CALL) calls.push(ordered.slice(at, at + MOST_PER_CALL));
  return calls;
}
