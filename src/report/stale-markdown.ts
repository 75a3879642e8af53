import { alert, prose } from './markdown.ts';

const LEAD = '**Stale.** This plan no longer holds.';
/** The beginnings of the box, in this version and in earlier ones. */
const BOXES = [`> [!IMPORTANT]\n> ${LEAD}`, '> [!IMPORTANT]\n> **This plan no longer holds.**'];

/** The box of a plan that no longer holds, with the reason; the details follow below, an item each. */
export function staleBox(why: string, details: readonly string[] = []): string {
  return alert('IMPORTANT', [
    `${LEAD} ${prose(why)}`,
    ...(details.length === 0 ? [] : ['', ...details.map(detail => `- ${prose(detail)}`)])
  ]);
}

/**
 * The body of a comment from `planRenderings`, marked above its verdict as no longer holding; an existing box is
 * replaced. Largest first; the shorter one keeps heading, verdict and footer. Only a plan can become stale: when there
 * was nothing to do, or when it was applied, the body stays as it is.
 */
export function markedStale(body: string, why: string, details: readonly string[] = []): readonly (() => string)[] {
  const paragraphs = body
    .trimEnd()
    .split('\n\n')
    .filter(paragraph => !BOXES.some(box => paragraph.startsWith(box)));
  const at = paragraphs.findIndex(paragraph => paragraph.startsWith('### PostgreSQL '));
  const [heading, verdict = '', ...rest] = at === -1 ? [] : paragraphs.slice(at);
  if (heading === undefined || !/^(📝 |⛔ )?\*\*/u.test(verdict)) return [() => body];
  const join = (more: readonly string[]): string =>
    `${[...paragraphs.slice(0, at), heading, staleBox(why, details), verdict, ...more].join('\n\n')}\n`;
  return [() => join(rest), () => join(rest.slice(-1))];
}
