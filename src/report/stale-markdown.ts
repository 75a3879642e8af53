import { alert, prose } from './markdown.ts';

const LEAD = '**This plan no longer holds.**';
const BOX = `> [!IMPORTANT]\n> ${LEAD}`;

/** The box that says that a plan no longer holds, and why; the details stand below, an item each. */
export function staleBox(why: string, details: readonly string[] = []): string {
  return alert('IMPORTANT', [
    `${LEAD} ${prose(why)}`,
    ...(details.length === 0 ? [] : ['', ...details.map(detail => `- ${prose(detail)}`)])
  ]);
}

/**
 * The body of a comment that was made by `planRenderings`, marked as no longer holding; a box that it has already is replaced. Largest
 * first; the shorter one keeps heading, verdict and footer. Only a plan can go stale: where there was nothing to do, or where it was
 * carried out, the body stays as it is.
 */
export function markedStale(body: string, why: string, details: readonly string[] = []): readonly (() => string)[] {
  const paragraphs = body
    .trimEnd()
    .split('\n\n')
    .filter(paragraph => !paragraph.startsWith(BOX));
  const [heading = '', verdict = '', ...rest] = paragraphs;
  if (!heading.startsWith('### PostgreSQL ') || !/^(⛔ )?\*\*/.test(verdict)) return [() => body];
  const join = (more: readonly string[]): string =>
    `${[heading, verdict, staleBox(why, details), ...more].join('\n\n')}\n`;
  return [() => join(rest), () => join(rest.slice(-1))];
}
