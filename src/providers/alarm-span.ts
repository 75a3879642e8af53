import type { Alarms } from '../spec/alarms.ts';
import type { Problem } from '../spec/problem.ts';

/** How long a service may watch before an alarm fires. */
interface Watching {
  readonly service: string;
  /** Its period, in seconds, for one of the inputs. */
  readonly periodOf: (asked: number | undefined) => number;
  /** Where the inputs name none. */
  readonly evaluations: number;
  /** Most seconds of all evaluations of such a period. */
  readonly most: (period: number) => number;
}

/** Alarms whose periods are longer, all together, than a service watches. */
export function alarmSpanProblems(alarms: Alarms = {}, watching: Watching): readonly Problem[] {
  const { service, periodOf, evaluations, most } = watching;
  return Object.entries(alarms).flatMap(([name, rule]) => {
    const period = periodOf(rule?.period);
    const possible = Math.floor(most(period) / period);
    if ((rule?.evaluation_periods ?? evaluations) <= possible) return [];
    const why = `is watched for longer than ${service} does (\`period\` × \`evaluation_periods\`)`;
    const shorter = 'a shorter `period`';
    const allowed = possible < 1 ? shorter : `\`evaluation_periods\` of at most ${possible}, or ${shorter}`;
    return [{ input: 'alarms', value: name, why, allowed }];
  });
}
