import * as v from 'valibot';
import { structure, type Parser } from './parse.ts';

/** The metrics that an alarm can watch. */
export const ALARMS = ['cpu', 'connections', 'read_latency', 'free_storage', 'freeable_memory'] as const;
export type AlarmName = (typeof ALARMS)[number];

/** The differences from the alarm's preset: threshold in the metric's own unit, period in seconds. */
export interface AlarmRule {
  readonly threshold?: number | undefined;
  readonly period?: number | undefined;
  readonly evaluation_periods?: number | undefined;
}
export type Alarms = Readonly<Partial<Record<AlarmName, AlarmRule>>>;

const alarmRule = v.strictObject({
  threshold: v.optional(v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/, 'is not a number'), v.transform(Number))),
  period: v.optional(
    v.pipe(v.string(), v.regex(/^(10|20|30|[1-9]\d*)$/, 'is not a number of seconds'), v.transform(Number))
  ),
  evaluation_periods: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, 'is not a positive number'), v.transform(Number))
  )
});

const schema = v.union(
  [
    v.pipe(
      v.array(v.picklist(ALARMS)),
      v.transform(names => Object.fromEntries(names.map(name => [name, {}])) as Alarms)
    ),
    v.pipe(
      v.record(v.picklist(ALARMS), v.union([alarmRule, v.literal('')])),
      v.transform(
        rules => Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule || {}])) as Alarms
      )
    )
  ],
  `has something other than ${ALARMS.join(', ')} with threshold, period, evaluation_periods`
);

/** Alarms by name: one a line, a list, or a map of them to the differences from the preset. */
export function alarms(): Parser<Alarms> {
  const names = ALARMS.map(name => `\`${name}\``).join(', ');
  const parser = structure(
    schema,
    'alarms',
    `some of ${names}, or a map of them to \`{threshold, period, evaluation_periods}\``
  );
  return {
    ...parser,
    parse: raw => {
      const lines =
        typeof raw === 'string'
          ? raw
              .split('\n')
              .map(line => line.trim())
              .filter(line => line !== '')
          : [];
      return parser.parse(lines.length > 0 && lines.every(line => /^\w+$/.test(line)) ? lines : raw);
    }
  };
}

/** Windows that a cloud offers, shortest first: their seconds, and its names for them. */
export type Windows = readonly (readonly [seconds: number, name: string])[];

/** The shortest window of at least so many seconds (default: five minutes), else the longest. */
export function smallestWindow(windows: Windows, seconds = 300): string {
  return (windows.find(([length]) => length >= seconds) ?? windows.at(-1))?.[1] ?? '';
}
