import { alert, prose } from './markdown.ts';
import { planRenderings } from './plan-markdown.ts';
import type { PlanReport } from './report.ts';

/**
 * The body of a drift issue: the drift, then the plan that would undo it, largest first. The hidden marker is not part
 * of it.
 */
export function driftRenderings(report: PlanReport, sentences: readonly string[]): readonly (() => string)[] {
  const box = alert(
    'WARNING',
    sentences.flatMap((sentence, index) => (index === 0 ? [prose(sentence)] : ['', prose(sentence)]))
  );
  const end = 'This issue is closed by the first check that finds nothing.';
  return planRenderings(report).map(render => () => `${box}\n\n${end}\n\n${render()}`);
}
