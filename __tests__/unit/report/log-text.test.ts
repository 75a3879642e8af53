import * as fc from 'fast-check';
import { changesTable } from '../../../src/report/changes-markdown.ts';
import { FULL } from '../../../src/report/detail-levels.ts';
import { inertLine, planLines, resultLines } from '../../../src/report/log-text.ts';
import { anyPlan } from './plan-arbitrary.ts';
import { blockedPlan, hostilePlan, updatedServer } from './plans.ts';

/** Breaks of a rule by any plan were seen within ten. */
const RUNS = { numRuns: 30 };

/** What actions/runner takes for a command: `::x::` at the start of a line, `##[x]` anywhere in it. */
const COMMAND = /^\s*::|##\[/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/;

describe('a line of the job log', () => {
  test.each([
    ['::error::owned', '\\::error::owned'],
    ['  ::add-mask::x', '  \\::add-mask::x'],
    ['a ##[add-mask]x', 'a #\\#[add-mask]x'],
    ['###[group]x', '##\\#[group]x'],
    ['a\n::error::x', 'a↵::error::x'],
    ['\u200B::error::x', '<U+200B>::error::x'],
    ['a: ::b', 'a: ::b']
  ])('%j becomes %j', (given, wanted) => {
    expect(inertLine(given)).toBe(wanted);
  });

  test('is not a command and holds no control character, for any plan', () => {
    fc.assert(
      fc.property(anyPlan, plan => {
        for (const line of planLines(plan)) {
          expect(line).not.toMatch(COMMAND);
          expect(line).not.toMatch(CONTROL);
        }
      }),
      RUNS
    );
  });

  test('is one of a bounded number, and each refusal is among them', () => {
    const [step, ...rest] = updatedServer().steps;
    if (step === undefined) throw new Error('The plan has no step');
    const refusal = { rule: 'shrink', message: 'It would lose data.', hint: 'Keep it.' };
    const changes = Array.from({ length: 6000 }, (_, at) => ({
      field: `parameters.p${at}`,
      to: 'x'.repeat(200),
      impact: 'online' as const,
      ...(at === 5999 ? { refusal } : {})
    }));
    const lines = planLines({ ...updatedServer(), steps: [{ ...step, changes }, ...rest] });
    expect(lines.length).toBeLessThan(1200);
    expect(lines.join('\n').length).toBeLessThan(1_000_000);
    expect(lines.join('\n')).toMatch(/It would lose data\./);
    expect(lines.join('\n')).toMatch(/and \d+ more lines: see the output `plan_json`/);
  });

  test('has colours only on request, and then only ours', () => {
    expect(planLines(updatedServer()).join('\n')).not.toContain('\u001B');
    const coloured = planLines(hostilePlan(), { colour: true }).join('\n');
    expect(coloured).toContain('\u001B[33m  ~ update server orders\u001B[0m');
    const rest = ['0', '1', '31', '32', '33', '34'].reduce(
      (text, ours) => text.replaceAll(`\u001B[${ours}m`, ''),
      coloured
    );
    expect(rest).not.toContain('\u001B');
    expect(rest).toContain('␛[31m');
  });

  test('a change is shown as from → to with its impact', () => {
    expect(planLines(updatedServer())).toContain('      ~ parameters.work_mem: 4MB → 8MB  online');
  });

  test('a step that is refused although it would change nothing is refused a change', () => {
    const plan = blockedPlan();
    const steps = plan.steps.map(step => ({ ...step, action: 'blocked' as const, intended: 'none' as const }));
    const said = [...planLines({ ...plan, steps }), changesTable({ ...plan, steps }, FULL)].join('\n');
    expect(said).toContain('✕ change refused: server orders');
    expect(said).toContain('_(change refused)_');
    expect(said).not.toContain('none refused');
  });

  test('an apply without steps is shown in one line', () => {
    expect(resultLines(updatedServer(), { results: [] })).toHaveLength(1);
  });
});
