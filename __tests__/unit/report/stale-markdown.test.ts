import * as fc from 'fast-check';
import { planRenderings } from '../../../src/report/plan-markdown.ts';
import { markedStale, staleBox } from '../../../src/report/stale-markdown.ts';
import { reportState } from '../../../src/report/verdict.ts';
import { anyPlan } from './plan-arbitrary.ts';
import { FOOTER, HOSTILE } from './plans.ts';

/** Breaks of a rule by any plan were seen within ten. */
const RUNS = { numRuns: 30 };

const WHY = 'Pull request 7 was applied after it was made.';

const bodyOf = (plan: Parameters<typeof planRenderings>[0]['plan'], stale?: string): string =>
  planRenderings({ plan, footer: FOOTER, ...(stale === undefined ? {} : { stale }) })[0]?.() ?? '';

describe('a comment marked as no longer holding', () => {
  test('reads as if it had been created so, loses nothing, and is marked once, however often it is marked', () => {
    fc.assert(
      fc.property(anyPlan, plan => {
        const body = bodyOf(plan);
        const marked = markedStale(body, WHY)[0]?.();
        expect(marked).toBe(reportState(plan) === 'unchanged' ? body : bodyOf(plan, WHY));
        const once = markedStale(body, 'Another reason.', ['one', 'two'])[0]?.() ?? '';
        expect(markedStale(once, WHY)[0]?.()).toBe(marked);
      }),
      RUNS
    );
  });

  test('can be short: heading, verdict, reason and footer', () => {
    const body = `### PostgreSQL \`orders\`\n\n**1 to update.**\n\n${'x'.repeat(70_000)}\n\n<sub>made</sub>\n`;
    expect(markedStale(body, WHY)[1]?.()).toBe(
      `### PostgreSQL \`orders\`\n\n${staleBox(WHY)}\n\n**1 to update.**\n\n<sub>made</sub>\n`
    );
  });

  test("keeps the team's own text around the plan, and replaces the box of an earlier version", () => {
    const body =
      'Read our *guide*.\n\n### PostgreSQL `orders`\n\n**1 to update.**\n\n> [!IMPORTANT]\n> **This plan no longer holds.** Old.\n\nBye.\n';
    expect(markedStale(body, WHY)[0]?.()).toBe(
      `Read our *guide*.\n\n### PostgreSQL \`orders\`\n\n${staleBox(WHY)}\n\n**1 to update.**\n\nBye.\n`
    );
  });

  test.each([
    ['shows what was carried out', '### PostgreSQL `orders`\n\n✅ **Applied: 1 updated.**\n'],
    ['was rewritten by a person', 'never mind\n\n**really**\n'],
    ['is empty', '']
  ])('stays as it is when it %s', (_, body) => {
    expect(markedStale(body, WHY).map(render => render())).toEqual([body]);
  });

  test('is inert with any reason', () => {
    const box = staleBox(HOSTILE, [HOSTILE]);
    expect(box).not.toContain('<!--');
    for (const line of box.split('\n')) expect(line).toMatch(/^>( |$)/);
  });
});
