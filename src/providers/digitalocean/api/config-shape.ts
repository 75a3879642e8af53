import type { Impact } from '../../../engine/impact.ts';
import type { Value } from '../../../engine/value.ts';
import { MAJORS } from '../../../postgres/major.ts';
import { describeParameter } from '../../../postgres/parameters/parameter.ts';

/** A cluster's configuration as the API has it. */
export type Config = Readonly<Record<string, Value>>;

/** Keys whose value is an object with keys of its own. */
const GROUPS: readonly string[] = ['pgbouncer', 'timescaledb'];

/** The configuration with flat keys, `pgbouncer.min_pool_size`. Lists and other objects are left out. */
export function flatConfig(config: Config): Config {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]): readonly [string, Value][] => {
      if (!isObject(value)) return Array.isArray(value) ? [] : [[key, value]];
      if (!GROUPS.includes(key)) return [];
      return Object.entries(flatConfig(value)).map(([inner, one]) => [`${key}.${inner}`, one]);
    })
  );
}

/** Whether a flat key belongs to a group, which is replaced as a whole. */
export function isGrouped(key: string): boolean {
  return groupOf(key) !== undefined;
}

/** The changes as they are sent: a group whole, with its live values. */
export function nestedConfig(changes: Config, now: Config): Config {
  const nested: Record<string, Value> = {};
  for (const [key, value] of Object.entries(changes)) {
    const group = groupOf(key);
    if (group === undefined) nested[key] = value;
    else nested[group] = { ...objectOf(nested[group] ?? now[group]), [key.slice(group.length + 1)]: value };
  }
  return nested;
}

/** The impact of a change: PostgreSQL reads some parameters only when it starts. */
export function configImpact(key: string): Impact {
  if (key === 'shared_buffers_percentage') return 'restart';
  const [known] = MAJORS.toReversed().flatMap(major => describeParameter(key, major) ?? []);
  return known?.takesEffect === 'restart' ? 'restart' : 'online';
}

function groupOf(key: string): string | undefined {
  return GROUPS.find(group => key.startsWith(`${group}.`));
}

function objectOf(value: Value | undefined): Config {
  return value !== undefined && isObject(value) ? value : {};
}

function isObject(value: Value): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
