import type { Plan } from '../../src/engine/plan.ts';
import { asActionError } from '../../src/errors.ts';
import type { CloudRun } from './cloud-run.ts';

/** What a plan refuses, with its hints: before it is made, or in its steps. Empty for a plan that can be applied. */
export async function refusalIn(open: () => Promise<CloudRun>): Promise<string> {
  try {
    return refusalsOf((await (await open()).plan()).plan);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** What the steps of a plan refuse, with their hints. */
export function refusalsOf(plan: Plan): string {
  const refusals = plan.steps.flatMap(({ refusal, changes }) => [refusal, ...changes.map(one => one.refusal)]);
  return refusals.flatMap(one => (one === undefined ? [] : [`${one.message} ${one.hint}`])).join('\n');
}

/** What some work fails with, with its hint. Empty where it does not fail. */
export async function failureOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return '';
  } catch (thrown) {
    const { message, hint } = asActionError(thrown);
    return `${message} ${hint ?? ''}`;
  }
}
