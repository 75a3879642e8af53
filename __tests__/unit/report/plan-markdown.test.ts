import * as fc from 'fast-check';
import { ActionError } from '../../../src/errors.ts';
import { fits, largestFitting } from '../../../src/report/size-limit.ts';
import { planRenderings } from '../../../src/report/plan-markdown.ts';
import type { PlanReport } from '../../../src/report/report.ts';
import { SUMMARY_BYTES, summaryRenderings } from '../../../src/report/summary-markdown.ts';
import { topologyOf } from '../../../src/report/topology.ts';
import { verdict } from '../../../src/report/verdict.ts';
import { anyPlan } from './plan-arbitrary.ts';
import { blockedPlan, FOOTER, HOSTILE, largePlan, newServer, updatedServer } from './plans.ts';

/** Breaks of a rule by any plan were seen within ten. */
const RUNS = { numRuns: 30 };

const COMMENT = { characters: 65_536, bytes: 262_144 };

function failure(message: string): ActionError {
  return new ActionError(message, { code: 'in-progress', source: 'provider' });
}

function renderings(report: PlanReport): readonly string[] {
  return planRenderings(report).map(render => render());
}

describe('the detail levels of a comment', () => {
  test('get shorter step by step, and keep verdict and dangers on each but the last', () => {
    const plan = largePlan();
    const topology = topologyOf(plan) ?? '';
    const rungs = renderings({ plan, topology, footer: FOOTER });
    const sizes = rungs.map(rung => rung.length);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(rungs.every(rung => rung.includes(verdict(plan)))).toBe(true);
    expect(rungs.slice(0, -1).every(rung => rung.includes('**deletion**: read replica 1 of orders'))).toBe(true);
    expect(rungs.at(-1)).toContain('1 deletion');
    expect(rungs.slice(1).every(rung => rung.includes(`[job summary](${FOOTER.runUrl})`))).toBe(true);
  });

  test('a plan of 600 changes fits a comment with verdict, deletion and the first fields', () => {
    const rung = largestFitting(planRenderings({ plan: largePlan(), footer: FOOTER }), COMMENT) ?? '';
    expect(fits(rung, COMMENT)).toBe(true);
    expect(rung).toContain('300 to create, 1 to update, 1 to delete.');
    expect(rung).toContain('`parameters.setting_1`');
    expect(rung).toContain('… and 270 more fields');
  });

  test('a whole job summary of it fits, and one nine times as large gets a lower level', () => {
    const small =
      largestFitting(summaryRenderings({ plan: largePlan(), footer: FOOTER }), { bytes: SUMMARY_BYTES }) ?? '';
    expect(small.includes('setting_300')).toBe(true);
    const plan = largePlan();
    const steps = plan.steps.flatMap(step =>
      Array.from({ length: 9 }, (_, copy) => ({ ...step, address: `${step.address}/${copy}` }))
    );
    const summaries = summaryRenderings({ plan: { ...plan, steps }, footer: FOOTER });
    const large = largestFitting(summaries, { bytes: SUMMARY_BYTES }) ?? '';
    expect(fits(large, { bytes: SUMMARY_BYTES })).toBe(true);
    expect(large.includes('in the file that the output `plan_json` names')).toBe(true);
  });

  test('end under 16,000 characters for any plan, however long its texts are', () => {
    fc.assert(
      fc.property(anyPlan, fc.integer({ min: 1, max: 400 }), (plan, factor) => {
        const long = '$@|'.repeat(factor * 10);
        const target = { ...plan.target, name: long, environment: long, region: long };
        const report = { plan: { ...plan, target }, footer: FOOTER, stale: long };
        expect(planRenderings(report).at(-1)?.().length).toBeLessThan(16_000);
      }),
      RUNS
    );
  });

  test('the last one is used when none fits, and none is built in vain', () => {
    const made: string[] = [];
    const rung = (name: string) => () => {
      made.push(name);
      return name;
    };
    expect(largestFitting([rung('long'), rung('mid'), rung('s')], { characters: 3 })).toBe('mid');
    expect(made).toEqual(['long', 'mid']);
    expect(largestFitting([rung('äöü')], { bytes: 5 })).toBeUndefined();
  });
});

describe('a comment', () => {
  test('balances its folds and fences and has tables of even rows, for any plan', () => {
    fc.assert(
      fc.property(anyPlan, plan => {
        const topology = topologyOf(plan);
        const report = { plan, footer: FOOTER, ...(topology === undefined ? {} : { topology }) };
        for (const rung of renderings(report)) {
          expect(rung.split('<details>').length).toBe(rung.split('</details>').length);
          expect(rung).not.toContain('<!--');
          const rows = rung.split('\n').filter(line => line.startsWith('|'));
          const widths = [...new Set(rows.map(row => row.split('|').length))];
          expect(widths.filter(width => width < 3 || width > 8)).toEqual([]);
          expect(widths.length).toBeLessThanOrEqual(2);
        }
      }),
      RUNS
    );
  });

  test('puts refusals before deletions and dangers before restarts', () => {
    const [refusing, updating] = [blockedPlan(), updatedServer()];
    const plan = { ...updating, steps: [...updating.steps, ...refusing.steps] };
    const full = renderings({ plan, footer: FOOTER })[0] ?? '';
    const places = ['**shrink**', '**deletion**', '**public-exposure**', '**restart**', '| Now |', '**Pending.**'];
    const found = places.map(place => full.indexOf(place));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  test('shows why nothing was run together with the plan', () => {
    const error = new ActionError('The plan is not the one that was reviewed', {
      code: 'plan-changed',
      source: 'user'
    });
    const full = renderings({ plan: newServer(), footer: FOOTER, result: { results: [], error } })[0] ?? '';
    expect(full).toContain('❌ **Failed before anything was changed.**');
    expect(full).toContain('The plan is not the one that was reviewed');
    expect(full).toContain('`engine_version`');
  });

  test('keeps the lines of an error, and names the page when there is no address for it', () => {
    const error = new ActionError('Run init.sql: 2 errors\n- line 3: no table a\n- line 9: @team', {
      code: 'provider-failed',
      source: 'user'
    });
    const { docsUrl: _docs, ...footer } = FOOTER;
    const full = renderings({ plan: newServer(), footer, result: { results: [], error } })[0] ?? '';
    expect(full).toContain('> - line 3: no table a\n> - line 9: @\u200Bteam');
    expect(full).toContain('See `docs/troubleshooting.md#provider-failed`.');
  });

  test('shows each error of an apply once', () => {
    const [first, second] = [failure('still creating'), failure('still copying')];
    const step = { action: 'create' as const, outcome: 'in progress' as const, seconds: 61 };
    const results = [
      { ...step, address: 'a', title: 'server a', error: first },
      { ...step, address: 'b', title: 'server b', error: second }
    ];
    const full = renderings({ plan: newServer(), footer: FOOTER, result: { results, error: first } })[0] ?? '';
    expect(full).toContain('[!IMPORTANT]');
    expect(full.split('still creating')).toHaveLength(2);
    expect(full.split('still copying')).toHaveLength(2);
    expect(full).toContain('⏳ in progress | 1 min 1 s');
  });

  test('needs neither a commit nor a run', () => {
    const bare = renderings({ plan: updatedServer(), footer: { madeAt: FOOTER.madeAt }, stale: HOSTILE });
    expect(bare.every(rung => !rung.includes('undefined') && !rung.includes('@acme'))).toBe(true);
  });
});
