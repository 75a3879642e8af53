import { defined } from '../../../engine/defined.ts';
import type { Notice } from '../../../engine/plan.ts';
import { didYouMean } from '../../../spec/did-you-mean.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isAllowed } from '../../allowed-values.ts';
import { azureParameter, uncheckedNames } from '../api/parameters.ts';
import type { AzureContext } from '../context.ts';
import type { Lookups } from '../desired/look-up.ts';

/** Values of the pooler that the live server would refuse. */
export function poolingProblems({ settings }: AzureContext, { configurations }: Lookups): readonly Problem[] {
  if (settings.enable_proxy !== true) return [];
  return Object.entries(settings.proxy_config ?? {}).flatMap(([key, value]): readonly Problem[] => {
    const { allowedValues: allowed = '' } = configurations.get(`pgbouncer.${key}`) ?? {};
    if (isAllowed(String(value).toLowerCase(), allowed.toLowerCase(), false)) return [];
    return [{ input: 'proxy_config', value: `${key}: ${value}`, why: 'is not allowed by Azure', allowed }];
  });
}

/**
 * Parameters that the live server does not have, or whose values it would refuse. A new server lists none yet, and
 * after a major upgrade the list is another one.
 */
export function parameterProblems({ settings }: AzureContext, { live, configurations }: Lookups): readonly Problem[] {
  if (configurations.size === 0) return [];
  const major = Number.parseInt(live?.version ?? '', 10);
  return Object.entries(settings.parameters ?? {}).flatMap(([given, text]): readonly Problem[] => {
    const read = azureParameter(given, text, major);
    if (!read.ok) return [];
    const { name, value } = read;
    const problem = { input: 'parameters', value: `${given}: ${text}` };
    const found = configurations.get(name);
    if (found === undefined) {
      const suggestion = didYouMean(name, [...configurations.keys()]);
      return [defined({ ...problem, why: 'is not a parameter of this server', suggestion })];
    }
    if (found.isReadOnly === true) {
      return found.value === value ? [] : [{ ...problem, why: "can't be set on Azure: it is read-only" }];
    }
    const { allowedValues: allowed = '', dataType: type = '' } = found;
    const isList = type === 'Set';
    const isJudged = isList ? value !== '' : JUDGED.includes(type);
    // Azure takes the words of a list in any capitals, and lists some with them: `Storage-bgwriter_delay`.
    const [said, known] = isList ? [value.toLowerCase(), allowed.toLowerCase()] : [value, allowed];
    if (!isJudged || isAllowed(said, known, isList)) return [];
    return [{ ...problem, why: 'is not allowed by Azure', allowed }];
  });
}

/** Parameters of a new server that nothing can check before it exists. */
export function parameterNotices(
  { settings }: Pick<AzureContext, 'settings'>,
  live: Lookups['live']
): readonly Notice[] {
  const names = live === undefined ? uncheckedNames(Object.keys(settings.parameters ?? {})) : [];
  if (names.length === 0) return [];
  const message = `Could not check ${names.join(', ')}: Azure lists the parameters of a server once it exists.`;
  return [{ code: 'not-checked', severity: 'info', input: 'parameters', message }];
}

/** Types whose allowed values are a range or a list, and no pattern. */
const JUDGED = ['Boolean', 'Enumeration', 'Integer', 'Numeric'];
