import type { Outcome } from '../../../src/engine/apply.ts';
import { IMPACTS } from '../../../src/engine/impact.ts';
import type { Action, Change, Notice, Plan, Refusal, Step } from '../../../src/engine/plan.ts';
import type { FieldValue } from '../../../src/engine/value.ts';
import { ActionError } from '../../../src/errors.ts';
import { atMost, DETAIL_LEVELS, FULL, WHOLE, type DetailLevel } from '../../../src/report/detail-levels.ts';
import { planLines, resultLines } from '../../../src/report/log-text.ts';
import { alert, code, link, prose, table, text } from '../../../src/report/markdown.ts';
import { serialisePlan } from '../../../src/report/plan-json.ts';
import { planMarkdown } from '../../../src/report/plan-markdown.ts';
import { shorten, visible } from '../../../src/report/printable.ts';
import type { Outcomes } from '../../../src/report/report.ts';
import { restoreSummary, type RestoreReport } from '../../../src/report/restore-markdown.ts';
import { failures, outcomesTable } from '../../../src/report/result-markdown.ts';
import { fits } from '../../../src/report/size-limit.ts';
import { SUMMARY_BYTES } from '../../../src/report/summary-markdown.ts';
import { sweepLines, sweepSummary, type Swept } from '../../../src/report/sweep-markdown.ts';
import { terminalLines } from '../../../src/report/terminal-markdown.ts';
import { columns, paintOf, widthOf } from '../../../src/report/terminal-text.ts';
import { topologyOf } from '../../../src/report/topology.ts';
import { inLog, inMarkdown, written } from '../../../src/report/values.ts';
import { failureSentence, headingParts, reportState, resultVerdict, verdict } from '../../../src/report/verdict.ts';
import { expectGolden } from '../../support/golden.ts';
import { step as anyStep } from '../../support/resources.ts';
import { FOOTER, TARGET, unchangedPlan } from './plans.ts';

/** What the renderers do at their limits, and in each branch. `UPDATE_GOLDENS=1` writes the golden files. */
let parts: string[] = [];
beforeEach(() => {
  parts = [];
});
const saysAs = (name: string): void => expectGolden(`report-${name}.txt`, `${parts.join('\n')}\n`);

/** `0123456789012…`: every cut shows where it is. */
const digits = (length: number): string => Array.from({ length }, (_, at) => String(at % 10)).join('');
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
const said = (what: string, ...lines: readonly (string | number | boolean | undefined)[]): void =>
  void parts.push(`${what}: ${lines.length > 1 ? `\n${lines.join('\n')}\n` : String(lines[0])}`);
/** Long lists of the same, cut to what decides. */
const ends = (lines: readonly string[]): readonly string[] => [
  `(${lines.length} lines)`,
  ...lines.slice(0, 2),
  '[…]',
  ...lines.slice(-6)
];

function change(field: string, more: Partial<Change> = {}): Change {
  return { field, to: 'x', impact: 'online', ...more };
}

function step(address: string, action: Action, more: Partial<Step> = {}): Step {
  const [type = ''] = address.split('/');
  return anyStep(address, action, { type, title: `resource ${address}`, concurrencyGroup: '', ...more });
}

function plan(steps: readonly Step[], more: Partial<Plan> = {}): Plan {
  const count = (action: Action): number => steps.filter(one => one.action === action).length;
  const counts = {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    adopt: count('adopt'),
    blocked: count('blocked'),
    unchanged: count('none'),
    unknown: 0
  };
  return { ...unchangedPlan(), target: TARGET, verdict: 'changes', steps, counts, ...more };
}

const REFUSAL: Refusal = { rule: 'shrink', message: digits(700), hint: `keep ${digits(700)}` };
const notice = (severity: Notice['severity'], more: Partial<Notice> = {}): Notice => ({
  code: `of-${severity}`,
  severity,
  message: `said of ${severity}`,
  ...more
});
const place = { sections: [], wholePlan: 'It is elsewhere.' };

test('texts are cut, trimmed and made visible', () => {
  for (const limit of [0, 20, 40, 41, 60, 99, 100]) said(`100 characters in ${limit}`, shorten(digits(100), limit));
  said('1234 characters in 60', shorten(digits(1234), 60));
  for (const one of [
    '\r\n',
    '\r',
    '\n',
    '\t',
    '\u001F',
    ' ',
    '\u007F',
    '\u0080',
    '\u200D',
    '⚠️',
    '⚠\uFE0F\u200D⚠',
    'ä'
  ])
    said(`visible ${JSON.stringify(one)}`, visible(`a${one}b`));
  for (const write of [text, prose, code])
    for (const value of [
      ' a ',
      '',
      ' ',
      '` `',
      '`a` and `b',
      '`a``b`',
      '`` `a` ``',
      '- a',
      '12) a',
      '#a',
      `a ${digits(700)} b`
    ])
      said(`${write.name} ${value.slice(0, 20)}`, write(value));
  said('text within 50', text(digits(60), 50), prose(`\`${digits(60)}\``, 50), code(digits(60), 50));
  said('address', link('a', 'https://x/ \t()<>\\|"\'`[]é'), link('b', 'ftp://x'));
  said('table', table(['a', 'b'], [['1', '2']], ['', 'center']), table(['a'], []));
  said('alert', alert('NOTE', ['a', '', 'b\nc']));
  saysAs('texts');
});

test('values are cut, and our words are not', () => {
  const values: readonly (FieldValue | undefined)[] = [undefined, null, '', ' a', digits(200), 0, false, [], {}];
  const lists: readonly FieldValue[] = [[null, true, 'a,b', '', ' c', ['d'], { e: 'f' }], { b: null, a: ['x'] }];
  const later: readonly FieldValue[] = [{ $ref: 'a', fact: 'id' }, { $secret: 'p' }, [{ $ref: 'a', fact: 'id' }]];
  for (const value of [...values, ...lists, ...later]) {
    const as = written(value);
    said(`value ${JSON.stringify(value)?.slice(0, 60) ?? 'undefined'}`, `${as.kind} ${inMarkdown(as)} ${inLog(as)}`);
  }
  said('value in 20', inMarkdown(written(digits(40)), 20));
  saysAs('values');
});

test('a plan is told in a sentence', () => {
  const unknown = { ...plan([]).counts, unknown: 2 };
  const every = (['update', 'adopt'] as const).flatMap(action =>
    IMPACTS.map((impact, at) => step(`${action}/${at}`, action, { impact }))
  );
  said('every impact', verdict(plan([...every, ...every, step('a', 'create', { impact: 'restart' })])));
  said('each impact once', verdict(plan(every)));
  said(
    'unknown',
    verdict(plan([], { counts: unknown })),
    verdict(plan([], { counts: unknown, verdict: 'no-changes' }))
  );
  said('blocked alone', verdict(plan([step('a', 'blocked')], { verdict: 'blocked' })));
  for (const action of ['create', 'update', 'delete', 'adopt'] as const)
    said(`blocked, ${action}`, verdict(plan([step('a', 'blocked'), step('b', action)], { verdict: 'blocked' })));
  const target = { ...TARGET, name: digits(90), environment: ` a\n  b `, region: TARGET.provider, pullRequest: 7 };
  said('heading', ...headingParts(plan([], { target })));
  for (const region of ['', TARGET.account, 'eu-west-1'])
    said(`heading in ${region}`, headingParts(plan([], { target: { ...TARGET, region } })).join(' | '));
  for (const message of ['a', 'a.', 'a!', 'a?', 'a…', ' a \n b ', digits(1100), '  '])
    said(
      `failure ${message.slice(0, 20).trim()}`,
      failureSentence({ code: 'x y', message, hint: message }, 'https://d//')
    );
  saysAs('verdicts');
});

const outcomesOf = (outcomes: readonly Outcome[], error?: ActionError): Outcomes => ({
  results: outcomes.map((outcome, at) => ({
    address: `r/${at}`,
    title: `resource ${at}`,
    action: 'update',
    outcome,
    seconds: at,
    ...(outcome === 'failed' || outcome === 'in progress'
      ? { error: new ActionError(`Error ${at}`, { code: 'provider-failed', source: 'user' }) }
      : {})
  })),
  ...(error === undefined ? {} : { error })
});

test('a result is told in a sentence, a table and boxes', () => {
  const refused = new ActionError('Refused', { code: 'plan-blocked', source: 'user' });
  const broken = new ActionError('Broken\n - one\n\n• two', { code: 'cancelled', source: 'user', hint: 'Go on.' });
  const of = plan([step('a', 'update')]);
  for (const outcomes of [
    [],
    ['done'],
    ['failed'],
    ['in progress'],
    ['not run'],
    ['done', 'not run'],
    ['failed', 'done']
  ] as const)
    for (const error of [undefined, refused, broken]) {
      const result = outcomesOf(outcomes, error);
      said(
        `result ${outcomes.join(', ')} ${error?.code ?? ''}`,
        `${reportState(of, result)}: ${resultVerdict(of, result)}`
      );
    }
  for (const verdicts of ['no-changes', 'changes', 'blocked'] as const)
    said(`state of ${verdicts}`, reportState(plan([], { verdict: verdicts })));
  const many = outcomesOf(['done', 'failed', 'in progress', 'failed', 'not run', 'done'], broken);
  const few = { ...WHOLE, limit: 2 };
  for (const [name, depth] of Object.entries({ WHOLE, few, none: { ...few, changedFields: 0 } })) {
    said(`failures ${name}`, ...failures(many, FOOTER, depth), outcomesTable(many, depth));
  }
  const { docsUrl: _docs, ...nowhere } = FOOTER;
  said(
    'failures of one',
    ...failures(outcomesOf(['in progress']), nowhere, WHOLE),
    ...failures(outcomesOf(['done']), FOOTER, WHOLE)
  );
  const [own] = many.results.flatMap(({ error }) => error ?? []);
  said(
    'failures with their own',
    ...failures({ ...many, ...(own === undefined ? {} : { error: own }) }, FOOTER, WHOLE)
  );
  said('log of it', ...resultLines(of, many, { docsUrl: 'https://d' }));
  saysAs('results');
});

/** A resource for each action, with more fields than a level shows. */
function wide(): Plan {
  const impacts = ['online', 'restart', 'failover', 'deferred'] as const;
  const changes = numbers(12).map(at => change(`field_${at}`, { impact: impacts[at % 4] ?? 'online' }));
  const defaults = changes.map((one, at) => ({
    ...one,
    input: `input_${at}`,
    ...(at > 5 ? { isDefault: true as const } : {})
  }));
  return plan(
    [
      step('server', 'update', { changes, impact: 'restart', unchanged: ['a', 'b'], pending: { p: 1, q: null } }),
      step('b/1', 'create', { changes: defaults, impact: 'restart', dependsOn: ['server'] }),
      step('b/2', 'create', { changes: changes.slice(0, 3) }),
      step('c', 'delete', { impact: 'failover', changes: [change('gone', { impact: 'failover' })] }),
      step('d', 'adopt', { unknown: { x: 'a:Read', y: 'b:Read' } }),
      step('e', 'blocked', {
        intended: 'create',
        refusal: REFUSAL,
        impact: 'blocked',
        changes: [change('f', { impact: 'blocked', refusal: { ...REFUSAL, rule: 'other' } })]
      }),
      step('g', 'blocked', { refusal: REFUSAL, changes: [change('open', { input: 'publicly_accessible', to: true })] }),
      step('h', 'none', { unchanged: ['c'] })
    ],
    {
      notices: [
        notice('info'),
        notice('warning', { input: 'b', message: `${digits(700)} of \`b\`` }),
        notice('danger', { input: 'publicly_accessible' }),
        notice('danger', { input: 'a' }),
        notice('info', { input: 'a', message: 'it says `a`' })
      ]
    }
  );
}

test('a plan at each level of detail, in the log and as a diagram', () => {
  said('levels', ...DETAIL_LEVELS.map(level => JSON.stringify(level)), SUMMARY_BYTES);
  const levels: Readonly<Record<string, DetailLevel>> = {
    full: FULL,
    short: { ...FULL, changedFields: 3, createdFields: 2, limit: 2, allFields: 'without unchanged' },
    names: { ...FULL, changedFields: 0, limit: 4, allFields: 'none', extras: false }
  };
  const cost = { currency: 'USD', monthly: 1.005, before: 2, lines: [{ title: 'a', monthly: 1 }], assumptions: [] };
  for (const [name, depth] of Object.entries(levels)) {
    said(name, planMarkdown({ plan: wide(), footer: FOOTER, topology: 'flowchart', cost }, depth, place));
    said(
      `${name}, applied`,
      planMarkdown({ plan: wide(), footer: FOOTER, result: outcomesOf(['done', 'failed']) }, depth, place)
    );
  }
  for (const before of [1.005, 0.5]) {
    const lines = planMarkdown({ plan: plan([]), footer: FOOTER, cost: { ...cost, before } }, FULL, place).split('\n');
    said(`cost from ${before}`, ...lines.filter(line => line.includes('Cost')));
  }
  for (const action of ['create', 'update', 'delete'] as const)
    said(
      `one field, ${action}`,
      planMarkdown({ plan: plan([step('a', action, { changes: [change('b')] })]), footer: FOOTER }, FULL, place)
    );
  const mark = {
    version: 2,
    repository: 'a/b',
    repositoryId: '1',
    host: 'h',
    name: 'n',
    environment: 'e',
    pullRequest: 7,
    expiresAt: 'x',
    applied: 'y'
  } as const;
  said('file', serialisePlan(plan([], { lastApplied: mark })));
  said('log', ...planLines(wide()));
  said('diagram', topologyOf(wide()));
  for (const limit of [0, 2, 3]) said(`at most ${limit}`, ...atMost(['a', 'b', 'c'], limit));
  said('at most, grouped', ...atMost(numbers(1235).map(String), 1));
  said('counts only', planMarkdown({ plan: plan([]), footer: { madeAt: FOOTER.madeAt } }, FULL, place));
  for (const causes of [8, 9, 10]) {
    const changes = numbers(causes).map(at => change(`field_${at}`, { impact: 'restart' }));
    const of = plan([step('a', 'update', { impact: 'restart', changes })]);
    said(
      `${causes} causes`,
      ...planMarkdown({ plan: of, footer: FOOTER }, FULL, place)
        .split('\n')
        .filter(line => line.includes('**restart**:'))
    );
  }
  saysAs('levels');
});

test('long logs are cut, and their refusals are not', () => {
  for (const count of [999, 1000, 1001, 2600]) {
    const changes = numbers(count - 2).map(at => change(`f${at}`));
    said(`log of ${count}`, ...ends(planLines(plan([step('a', 'update', { changes })]))));
  }
  const refusal = { ...REFUSAL, message: 'no', hint: 'no' };
  const changes = numbers(1500).map(at => change(`f${at}`, { refusal }));
  said('log of refusals', ...ends(planLines(plan([step('a', 'update', { changes: [...changes, ...changes] })]))));
  saysAs('long-logs');
});

test('diagrams join crowds, and end where they would be unreadable', () => {
  const server = step('server', 'update');
  const crowd = (count: number, more: Partial<Step> = {}): readonly Step[] =>
    numbers(count).map(at => step(`db/${at}`, 'create', { dependsOn: ['server'], ...more }));
  said('no crowd', topologyOf(plan([server, ...crowd(5)])));
  said('a crowd', topologyOf(plan([server, ...crowd(6)])));
  const needed = [...crowd(6), step('after', 'create', { dependsOn: ['db/6', 'nowhere'] })];
  said('a crowd that is needed', topologyOf(plan([server, ...needed])));
  const other = crowd(3).map((one, at) => ({ ...one, address: `db/o${at}`, dependsOn: ['server', 'x'] }));
  const turned = crowd(3).map((one, at) => ({ ...one, address: `db/t${at}`, dependsOn: ['x', 'server'] }));
  said('other needs', topologyOf(plan([server, ...crowd(3), ...other])));
  said('the same needs in another order', topologyOf(plan([server, ...other, ...turned])));
  const single = numbers(61).map(at => step(`t${at}/x`, 'none', { dependsOn: [] }));
  for (const count of [1, 2, 60, 61])
    said(`${count} nodes`, topologyOf(plan(single.slice(0, count)))?.split('\n').length);
  for (const title of ['www.x.y WWW.z', '1. a', '- a', `a ${digits(70)}`, 'ä "b" <c> #d;'])
    said(
      `label ${title.slice(0, 20)}`,
      topologyOf(plan([step('a', 'delete', { title }), step('b', 'blocked')]))?.split('\n')[1]
    );
  saysAs('diagrams');
});

test('lists of others are cut', () => {
  const items = (count: number, outcome: Swept['outcome']): readonly Swept[] =>
    numbers(count).map(at => ({ title: `t${at}`, outcome, why: 'is so' }));
  const report = { isDryRun: true, knowsOpenPullRequests: true };
  for (const count of [20, 21]) said(`${count} left`, ...ends(sweepLines({ ...report, items: items(count, 'left') })));
  for (const count of [300, 301])
    said(
      `${count} removable`,
      ...ends(sweepSummary({ ...report, items: items(count, 'removable') }, FOOTER).split('\n'))
    );
  said('one left', sweepSummary({ ...report, items: [...items(1, 'left'), ...items(1, 'not run')] }, FOOTER));
  const restored: RestoreReport = {
    heading: ['a'],
    target: { account: '', region: '' },
    initialised: 1,
    isDestroyed: false,
    isDryRun: false,
    checks: numbers(101).map(at => ({
      place: `p:${at}`,
      statement: `select ${at}`,
      isPassed: at !== 101,
      returned: 't'
    }))
  };
  said('101 checks', ...ends(restoreSummary(restored, FOOTER).split('\n')));
  for (const limit of [{}, { characters: 3 }, { bytes: 5 }, { characters: 3, bytes: 6 }, { characters: 2 }])
    said(`äöü fits ${JSON.stringify(limit)}`, fits('äöü', limit));
  saysAs('lists');
});

test('terminals get columns and signs', () => {
  const style = { paint: paintOf(true), unfolds: false };
  const page = [
    '',
    '# [a](b) *c*',
    '> [!CAUTION]',
    '> [!NOTE]',
    '> quoted **+** **~** **-** **↪** **b**',
    '<sub>small `d`</sub>',
    '|a|b|',
    '| :-: | --- |',
    '| \\| <br>c | _(d)_ |',
    '',
    '',
    '<details>',
    '<summary>more **b**</summary>',
    'within',
    '</details>',
    '```mermaid',
    'drawn',
    '```',
    '```sql',
    'select',
    '```',
    'a <!-- x -->\n\\*b\\* `\\*`',
    ''
  ].join('\n');
  for (const unfolds of [false, true])
    said(`terminal ${unfolds}`, ...terminalLines(page, { ...style, unfolds }).map(line => JSON.stringify(line)));
  said(
    'columns',
    ...columns([
      ['a', '✅', 'c'],
      ['longer', 'b'],
      ['', '', '']
    ]),
    columns([]).length
  );
  for (const one of ['ab', '✅', '⚠️', '\u001b[1mx\u001b[0m', '1']) said(`width of ${one}`, widthOf(one));
  saysAs('terminal');
});
