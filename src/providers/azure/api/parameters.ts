import { isMajor, MAJORS, type Major } from '../../../postgres/major.ts';
import { normaliseParameter } from '../../../postgres/parameters/normalise.ts';

/** A parameter as Azure spells it, or what is wrong with it. */
export type AzureParameter =
  | { readonly ok: true; readonly name: string; readonly value: string; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** Loaded besides what Azure loads itself: a list of one's own would take Azure's away. */
export const LIBRARIES = 'shared_preload_libraries';

const TRUE = /^(?:1|on|true|yes)$/i;
const FALSE = /^(?:0|off|false|no)$/i;

/** Inputs of their own set these. */
const BY_OTHERS: readonly (readonly [prefix: string, input: string])[] = [
  ['pgbouncer.', '`enable_proxy` and `proxy_config`'],
  ['pg_qs.', '`enable_performance_insights`'],
  ['pgms_wait_sampling.', '`enable_performance_insights`']
];

/** What sets a configuration by its name, unless `parameters` does. */
export function isByOthers(name: string): boolean {
  return BY_OTHERS.some(([prefix]) => name.startsWith(prefix));
}

/**
 * A parameter in Azure's form: numbers in PostgreSQL's native unit, `on` and `off`. `ssl` can't be set on Azure, where TLS is always there: what
 * people mean by it is to enforce it, `require_secure_transport`.
 */
export function azureParameter(name: string, value: string, major: number): AzureParameter {
  const lower = name.trim().toLowerCase();
  const text = value.trim();
  const other = BY_OTHERS.find(([prefix]) => lower.startsWith(prefix));
  if (other !== undefined) return { ok: false, problem: `${lower} is set by ${other[1]}.` };
  if (lower === 'ssl' || lower === 'require_secure_transport') {
    const isOn = TRUE.test(text);
    if (!isOn && !FALSE.test(text))
      return { ok: false, problem: `${lower} is on or off, not ${JSON.stringify(text)}.` };
    const set = isOn ? 'on' : 'off';
    const remark = `\`ssl = ${text}\` becomes \`require_secure_transport = ${set}\`: TLS is always available on Azure, this says whether it is enforced.`;
    return { ok: true, name: 'require_secure_transport', value: set, remarks: lower === 'ssl' ? [remark] : [] };
  }
  const known: Major = isMajor(major) ? major : (MAJORS.at(-1) ?? 18);
  return normaliseParameter(lower, text, known);
}

/** A list of libraries and those that are there already, each once, Azure's first. */
export function joinLibraries(live: string, asked: string): string {
  const split = (text: string): string[] =>
    text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '');
  return [...new Set([...split(live), ...split(asked)])].join(',');
}
