import type { RunResult } from '../publish/run-result.ts';
import { ActionError, withoutSecrets } from '../errors.ts';
import type { Secrecy } from '../secrecy/secrecy.ts';

/** Members by which a later run finds or compares something. They consist of names and hashes. */
const KEYS: readonly string[] = ['target', 'digest'];

/**
 * A result without secrets in anything that is shown of it: the last check of texts for comments, summaries, check
 * runs, issues and plan files. The database is left as it is: its password is an output.
 */
export function cleanResult(result: RunResult, secrecy: Secrecy): RunResult {
  const { database, ...shown } = result;
  const cleaned = cleanData(shown, secrecy);
  return database === undefined ? cleaned : { ...cleaned, database };
}

/** The same data with each text in it cleaned. Unchanged parts stay the same objects. */
export function cleanData<T>(data: T, secrecy: Secrecy): T {
  if (typeof data === 'string') return secrecy.clean(data) as T;
  if (data instanceof ActionError) return withoutSecrets(data, secrecy);
  if (Array.isArray(data)) {
    const items = data.map((item: unknown) => cleanData(item, secrecy));
    return items.every((item, at) => item === data[at]) ? data : (items as T);
  }
  if (typeof data !== 'object' || data === null || !isPlain(data)) return data;
  const members = Object.entries(data).map(([name, value]): [string, unknown] => [
    secrecy.clean(name),
    KEYS.includes(name) ? value : cleanData(value as unknown, secrecy)
  ]);
  const before = Object.entries(data);
  const isSame = members.every(([name, value], at) => name === before[at]?.[0] && value === before[at]?.[1]);
  return isSame ? data : (Object.fromEntries(members) as T);
}

function isPlain(data: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === null || prototype === Object.prototype;
}
