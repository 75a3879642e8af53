import type { Plan } from '../engine/plan.ts';
import { visible } from '../report/printable.ts';
import { verdict } from '../report/verdict.ts';
import type { Drift, DriftItem, Origin } from './drift.ts';

/** Most items that a sentence names. */
const MOST = 10;

/** The drift, and its side: sentences for the log, the summary and the issue. Inert, one line each. */
export function driftSentences(drift: Drift, plan: Plan): readonly string[] {
  const lead = `The database is not as this workflow says: ${verdict(plan)}`;
  switch (drift.kind) {
    case 'none':
      return [verdict(plan)];
    case 'absent':
      return [lead, 'Nothing that this workflow applied exists: it was never applied, or it was deleted.'];
    case 'unfinished':
      return [lead, 'No apply of this workflow has finished yet.'];
    case 'unclear':
      return [
        lead,
        `Changed in the workflow since the last apply, and perhaps in the cloud as well: ${names(drift.items)}.`
      ];
    case 'cloud':
    case 'workflow':
    case 'both':
      return [lead, ...(['cloud', 'workflow'] as const).flatMap(origin => sideSentence(drift.items, origin))];
  }
}

function sideSentence(items: readonly DriftItem[], origin: Origin): readonly string[] {
  const ofSide = items.filter(item => item.origin === origin);
  if (ofSide.length === 0) return [];
  return [
    origin === 'cloud'
      ? `Changed in the cloud since the last apply: ${names(ofSide)}.`
      : `Changed in the workflow and not applied yet: ${names(ofSide)}.`
  ];
}

function names(items: readonly DriftItem[]): string {
  const shown = items.slice(0, MOST).map(({ title, field }) => {
    if (field === undefined) return visible(title);
    const name = visible(field);
    return `${name.includes('`') ? name : `\`${name}\``} of ${visible(title)}`;
  });
  const left = items.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}
