import type { AuditTrail } from '../engine/audit-trail.ts';
import type { Plan } from '../engine/plan.ts';
import { visible } from '../report/printable.ts';
import { verdict } from '../report/verdict.ts';
import type { Drift, DriftItem, Origin } from './drift.ts';

/** Most items that a sentence names. */
const MOST = 10;

/** The drift, its side and who caused it: sentences for the log, the summary and the issue. Inert, one line each. */
export function driftSentences(drift: Drift, plan: Plan, who?: Who): readonly string[] {
  return [...sidesOf(drift, plan), ...(who === undefined ? [] : [whoSentence(who)])];
}

/** What an audit trail says of a drift; `none`: the cloud keeps no trail. */
export type Who =
  { readonly kind: 'trail'; readonly trail: AuditTrail } | { readonly kind: 'none'; readonly title: string };

/** Most changes that are named. */
const MOST_EVENTS = 5;

function whoSentence(who: Who): string {
  if (who.kind === 'none') return `Who changed it can't be known: ${who.title} keeps no audit trail that can be read.`;
  const { name, events, missing } = who.trail;
  if (missing !== undefined) return `Who changed it could not be read: ${name} needs the permission \`${missing}\`.`;
  if (events.length === 0) {
    return `${sentenceStart(name)} has no change since the last apply yet: it can lag behind by some minutes.`;
  }
  const told = events.slice(0, MOST_EVENTS).map(({ at, by, what, on }) => {
    const when = `${at.slice(0, 16).replace('T', ' ')} UTC`;
    return `${visible(by)} on ${when} (${visible(what)} of ${visible(on)})`;
  });
  const left = events.length - told.length;
  return `Changed by ${told.join(', ')}${left > 0 ? ` and ${left} more times` : ''}, as ${name} says.`;
}

function sentenceStart(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function sidesOf(drift: Drift, plan: Plan): readonly string[] {
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
