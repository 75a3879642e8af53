import type { Execution } from '../engine/execution.ts';
import type { Notice } from '../engine/plan.ts';
import type { Settings } from '../spec/catalogue.ts';
import type { Setup } from './provider.ts';

/** Many small changes that an API takes one after the other. */
export interface SlowChanges {
  readonly input: keyof Settings;
  /** Their number. Fewer than 50 pass without a word. */
  readonly count: number;
  /** In words: `firewall rules`. */
  readonly what: string;
  /** How many the API takes in a minute. */
  readonly perMinute: number;
  /** What else helps where the run ends before, as an order: `list fewer networks`. */
  readonly instead: string;
}

const MANY = 50;

/** Says how long an apply takes that makes them, and what to set where it may not last that long. */
export function takesLong(
  { options, execution }: { readonly options: Pick<Setup['options'], 'deadline'>; readonly execution: Execution },
  { input, count, what, perMinute, instead }: SlowChanges
): readonly Notice[] {
  if (count < MANY) return [];
  const minutes = Math.ceil(count / perMinute);
  const left = (options.deadline.getTime() - execution.clock.now().getTime()) / 60_000;
  const many = `${count} ${what} change, one after the other: the apply takes about ${minutes} min longer`;
  if (minutes < left) return [{ code: 'takes-long', severity: 'info', input, message: `${many}.` }];
  const enough = 30 * Math.ceil((minutes + 15) / 30);
  const message = `${many}, and the run may not last that long. Set \`timeout_minutes: ${enough}\`, or ${instead}.`;
  return [{ code: 'takes-long', severity: 'warning', input, message }];
}
