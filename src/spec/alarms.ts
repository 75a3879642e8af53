import * as v from 'valibot';
import { structure, type Parser, type Raw } from './parse.ts';

/** The metrics that an alarm can watch. */
export const ALARMS = ['cpu', 'connections', 'read_latency', 'free_storage', 'freeable_memory'] as const;
export type AlarmName = (typeof ALARMS)[number];

/** The differences from the alarm's preset: threshold in the metric's own unit, period in seconds. */
export interface AlarmRule {
  readonly threshold?: number | undefined;
  readonly period?: number | undefined;
  readonly evaluation_periods?: number | undefined;
}
export type Alarms = { readonly [K in AlarmName]?: AlarmRule | undefined };

const alarmRule = v.strictObject({
  threshold: v.optional(v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/, 'is not a number'), v.transform(Number))),
  period: v.optional(
    v.pipe(v.string(), v.regex(/^(10|20|30|[1-9]\d*)$/, 'is not a number of seconds'), v.transform(Number))
  ),
  evaluation_periods: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, 'is not a positive number'), v.transform(Number))
  )
});

const rule = v.optional(alarmRule);
const schema = v.strictObject({
  cpu: rule,
  connections: rule,
  read_latency: rule,
  free_storage: rule,
  freeable_memory: rule
} satisfies Record<AlarmName, typeof rule>);

/** A list of names, and a name without a rule, as a map of rules. */
function asRules(data: Raw): Raw {
  if (typeof data === 'string') return asRules(data.split(/[\n,\s]+/).filter(name => name !== ''));
  if (Array.isArray(data)) {
    const names = data as readonly Raw[];
    return names.every(name => typeof name === 'string') ? Object.fromEntries(names.map(name => [name, {}])) : data;
  }
  return Object.fromEntries(
    Object.entries(data).map(([name, given]: [string, Raw]) => [name, given === '' ? {} : given])
  );
}

/** Alarms by name: one a line, a list, or a map of them to the differences from the preset. */
export function alarms(): Parser<Alarms> {
  const names = ALARMS.map(name => `\`${name}\``).join(', ');
  return structure(
    schema,
    'alarms',
    `some of ${names}, or a map of them to \`{threshold, period, evaluation_periods}\``,
    asRules
  );
}

/** Windows that a cloud offers, shortest first: their seconds, and its names for them. */
export type Windows = readonly (readonly [seconds: number, name: string])[];

/** The shortest window of at least so many seconds (default: five minutes), else the longest. */
export function smallestWindow(windows: Windows, seconds = 300): string {
  return (windows.find(([length]) => length >= seconds) ?? windows.at(-1))?.[1] ?? '';
}
