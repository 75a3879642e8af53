import type { Action, Step } from '../engine/plan.ts';
import type { Outcome } from '../engine/apply.ts';
import type { Impact } from '../engine/impact.ts';

/** One sign per action, the same in log, comment and diagram. */
export const SYMBOLS: Readonly<Record<Action, string>> = {
  create: '+',
  update: '~',
  delete: '-',
  adopt: '↪',
  none: ' ',
  blocked: '✕'
};

/** What each impact means for those who use the database; the legend. */
export const IMPACT_MEANINGS: Readonly<Record<Impact, string>> = {
  online: 'no interruption',
  deferred: 'waits for the maintenance window',
  failover: 'the standby takes over, connections drop',
  restart: 'the server restarts, connections drop',
  blocked: 'refused, see above'
};

/** What each action means; the legend. */
export const ACTION_MEANINGS: Readonly<Record<Action, string>> = {
  create: 'create',
  update: 'update in place',
  delete: 'delete',
  adopt: 'take over what exists',
  none: 'unchanged',
  blocked: 'refused'
};

/** The impact, with a sign for an interruption. */
export const IMPACT_LABELS: Readonly<Record<Impact, string>> = {
  online: 'online',
  deferred: '🕒 deferred',
  failover: '⚠️ failover',
  restart: '⚠️ restart',
  blocked: '⛔ blocked'
};

export const OUTCOME_LABELS: Readonly<Record<Outcome, string>> = {
  done: '✅ done',
  failed: '❌ failed',
  'not run': '➖ not run',
  'in progress': '⏳ in progress'
};

/** `1 step`, `2 steps`, `1,204 steps`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `75.4` → `1 min 15 s`; below ten seconds with one decimal. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return rest === 0 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 60)} min ${rest} s`;
}

/** `95400` → `26 h 30 min`; from two days on in days and hours. */
export function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const [large, small] =
    hours < 48
      ? [`${hours} h`, minutes % 60 === 0 ? '' : ` ${minutes % 60} min`]
      : [`${Math.floor(hours / 24)} d`, hours % 24 === 0 ? '' : ` ${hours % 24} h`];
  return `${large}${small}`;
}

/** `12,345`. Without `Intl`, which takes 20 ms to load: a sixth of a plan. */
export function grouped(count: number): string {
  const digits = String(count);
  const first = digits.length % 3 || 3;
  const rest = Array.from({ length: (digits.length - first) / 3 }, (_, at) =>
    digits.slice(first + 3 * at, first + 3 * at + 3)
  );
  return [digits.slice(0, first), ...rest].join(',');
}

/** What a refused step would have done. One that would have changed nothing was refused a change. */
export function intendedWord({ intended }: Pick<Step, 'intended'>): string {
  return intended === undefined || intended === 'none' ? 'change' : intended;
}
