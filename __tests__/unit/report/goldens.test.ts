import type { Outcome } from '../../../src/engine/apply.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { ProviderError } from '../../../src/errors.ts';
import type { OperationPlan } from '../../../src/engine/operation.ts';
import type { OperationStepResult } from '../../../src/engine/run-operation.ts';
import { driftRenderings } from '../../../src/report/drift-markdown.ts';
import { planLines, resultLines } from '../../../src/report/log-text.ts';
import { operationLines, operationSummary, operationVerdict } from '../../../src/report/operation-markdown.ts';
import { serialisePlan } from '../../../src/report/plan-json.ts';
import { planRenderings } from '../../../src/report/plan-markdown.ts';
import type { Outcomes, PlanReport } from '../../../src/report/report.ts';
import {
  restoreLines,
  restoreSummary,
  restoreVerdict,
  type RestoreReport
} from '../../../src/report/restore-markdown.ts';
import { sweepLines, sweepSummary, type Swept } from '../../../src/report/sweep-markdown.ts';
import { terminalLines } from '../../../src/report/terminal-markdown.ts';
import { paintOf } from '../../../src/report/terminal-text.ts';
import { largestFitting } from '../../../src/report/size-limit.ts';
import {
  failureSummary,
  findingsSummary,
  neutralSummary,
  summaryRenderings
} from '../../../src/report/summary-markdown.ts';
import { topologyOf } from '../../../src/report/topology.ts';
import { expectGolden } from '../../support/golden.ts';
import {
  blockedPlan,
  destroyPlan,
  FOOTER,
  hostilePlan,
  largePlan,
  newServer,
  unchangedPlan,
  updatedServer
} from './plans.ts';

function report(plan: Plan, more: Partial<PlanReport> = {}): PlanReport {
  const topology = topologyOf(plan);
  return { plan, footer: FOOTER, ...(topology === undefined ? {} : { topology }), ...more };
}

function comment(plan: Plan, more: Partial<PlanReport> = {}): string {
  return largestFitting(planRenderings(report(plan, more)), { characters: 65_000, bytes: 262_144 }) ?? '';
}

function ended(plan: Plan, outcomes: Readonly<Record<string, Outcome>>, error?: ProviderError): Outcomes {
  const results = plan.steps
    .filter(step => step.action !== 'none')
    .map((step, index) => {
      const outcome = outcomes[step.address] ?? 'done';
      return {
        address: step.address,
        title: step.title,
        action: step.action,
        outcome,
        seconds: outcome === 'not run' ? 0 : 3.2 + index * 40,
        ...(outcome === 'failed' && error !== undefined ? { error } : {})
      };
    });
  return { results, ...(error === undefined ? {} : { error }) };
}

const REFUSED = new ProviderError('Could not create replica orders-1: the source has no backups', {
  kind: 'invalid',
  providerCode: 'InvalidDBInstanceState',
  hint: 'Set `backup_retention_period` to 1 or more; a replica is made from a backup.'
});
const FAILED = ended(newServer(), { 'replica/1': 'failed', 'extension/pg_trgm': 'not run' }, REFUSED);

describe('rendered reports', () => {
  test('a new server', () => {
    expectGolden('comment-new-server.md', comment(newServer()));
  });

  test('an update that restarts, opens, deletes and adopts, with its cost', () => {
    const cost = {
      currency: 'USD',
      monthly: 412.4,
      before: 298,
      lines: [
        { title: 'server orders', monthly: 268.4 },
        { title: 'read replica 1 of orders', monthly: 144 }
      ],
      assumptions: ['On-demand prices of eu-west-1, 730 hours a month, without traffic.']
    };
    expectGolden('comment-update.md', comment(updatedServer(), { cost }));
  });

  test('a stale plan', () => {
    expectGolden(
      'comment-stale.md',
      comment(unchangedPlan(), { stale: 'Another pull request was applied at 10:04 UTC; push again to plan anew.' })
    );
  });

  test('refusals with their hints', () => {
    expectGolden('comment-blocked.md', comment(blockedPlan()));
  });

  test('a destruction', () => {
    expectGolden('comment-destroy.md', comment(destroyPlan()));
  });

  test('no changes', () => {
    expectGolden('comment-no-changes.md', comment(unchangedPlan()));
  });

  test('a successful apply', () => {
    expectGolden('comment-applied.md', comment(updatedServer(), { result: ended(updatedServer(), {}) }));
  });

  test('a failed apply', () => {
    expectGolden('comment-failed.md', comment(newServer(), { result: FAILED }));
  });

  test('values that imitate something else', () => {
    expectGolden('comment-hostile.md', comment(hostilePlan()));
  });

  test('a plan too large for a comment', () => {
    expectGolden('comment-large.md', comment(largePlan()));
  });

  test('the job summary of an apply, with its outputs', () => {
    const outputs = [
      { name: 'host', value: 'orders.c1x2y3z4.eu-west-1.rds.amazonaws.com' },
      { name: 'port', value: '5432' },
      { name: 'database', value: 'shop' },
      { name: 'username', value: 'orders_admin' },
      { name: 'sslmode', value: 'verify-full' },
      { name: 'password', masked: true as const },
      { name: 'database_url', masked: true as const }
    ];
    const summary = summaryRenderings({ ...report(newServer(), { result: ended(newServer(), {}) }), outputs });
    expectGolden('summary-applied.md', summary[0]?.() ?? '');
  });

  test('the summaries of a run with wrong inputs and of one that may not do anything', () => {
    const failure = {
      code: 'input-invalid',
      message:
        'Read inputs: 2 are not valid\n- engine_version: `16.x` is no version; allowed: 14 to 18, or 16.4\n- alowed_cidr_blocks: unknown; did you mean `allowed_cidr_blocks`?',
      hint: 'Correct the `with:` block of the step.'
    };
    expectGolden('summary-inputs.md', failureSummary(failure, FOOTER));
    expectGolden(
      'summary-neutral.md',
      neutralSummary('This pull request comes from a fork: its runs get no credentials. The inputs are valid.', FOOTER)
    );
  });

  test('the findings of doctor', () => {
    const findings = [
      { what: 'Credentials', state: 'ok' as const, detail: 'the role `deploy` of account 123456789012' },
      {
        what: 'rds:CreateDBInstance',
        state: 'missing' as const,
        detail: 'denied',
        hint: 'Attach docs/permissions/aws.md.'
      },
      { what: 'Network', state: 'unknown' as const, detail: 'a|b @acme/team' }
    ];
    expectGolden('summary-doctor.md', findingsSummary(findings, FOOTER));
  });

  test('an operation: planned, refused, without a step left, done, and failed half-way', () => {
    const step = (address: string, state: 'todo' | 'underway' | 'done'): OperationPlan['steps'][number] => ({
      address,
      title: `server ${address}`,
      summary: `restart server ${address}`,
      call: 'rds:RebootDBInstance',
      impact: 'restart',
      usually: '2 min',
      state,
      detail: state === 'todo' ? 'running' : 'restarting'
    });
    const plan: OperationPlan = {
      schema: 1,
      operation: 'restart',
      target: {
        provider: 'aws',
        account: '1',
        region: 'eu-west-1',
        name: 'orders',
        environment: '',
        repository: 'a/b'
      },
      verdict: 'changes',
      impact: 'restart',
      steps: [step('orders', 'todo'), step('orders-1', 'underway'), step('orders-2', 'done')],
      consequences: ['Connections to `orders` are cut.', 'Replicas follow.'],
      refusals: [],
      notices: [{ severity: 'info', code: 'window', message: 'The window is open.' }],
      digest: 'd'
    };
    const refusals = [{ rule: 'restart', message: 'It is `stopped`.', hint: 'Run `command: start` first.' }];
    const result = (
      address: string,
      outcome: OperationStepResult['outcome'],
      seconds: number
    ): OperationStepResult => ({
      address,
      title: `server ${address}`,
      summary: `restart server ${address}`,
      outcome,
      seconds
    });
    const done = [result('orders', 'done', 61.25), result('orders-1', 'done', 3)];
    const failed = [result('orders', 'done', 61.25), result('orders-1', 'failed', 3), result('orders-2', 'not run', 0)];
    const pages = [
      { plan },
      { plan: { ...plan, verdict: 'blocked', refusals } },
      { plan: { ...plan, verdict: 'no-changes', steps: [step('orders', 'done'), step('orders-1', 'done')] } },
      { plan: { ...plan, verdict: 'no-changes', steps: [], consequences: [] } },
      { plan, results: done },
      { plan, results: failed }
    ] as const;
    const texts = pages.flatMap(page => [
      operationVerdict(page),
      ...operationLines(page.plan),
      '',
      operationSummary(page, FOOTER),
      '',
      '---',
      ''
    ]);
    expectGolden('summary-operation.md', texts.join('\n'));
  });

  test('a restore check: passed, failed, without a backup, planned, and with a server that is left', () => {
    const passed: RestoreReport = {
      heading: ['orders', 'eu-west-1'],
      target: { account: '', region: 'eu-west-1' },
      backup: { title: 'automated backup rds:orders', at: '2026-11-22 03:00 UTC', ageSeconds: 32_400 },
      server: 'orders-check-1',
      seconds: 754,
      masked: 2,
      checks: [
        { place: 'check.sql:1', statement: 'select count(*) > 0 from shop', isPassed: true, returned: 't' },
        { place: 'check.sql:2', statement: 'select a|b from shop', isPassed: true, returned: 't' }
      ],
      isDestroyed: true,
      isDryRun: false
    };
    const [first, second] = passed.checks as readonly [
      RestoreReport['checks'][number],
      RestoreReport['checks'][number]
    ];
    const { server: _server, seconds: _seconds, masked: _masked, isDestroyed: _destroyed, ...planned } = passed;
    const { backup: _backup, ...none } = planned;
    const reports: readonly RestoreReport[] = [
      passed,
      { ...passed, checks: [first, { ...second, isPassed: false, returned: 'f' }], failure: 'One check failed.' },
      { ...none, checks: [], failure: 'There is no backup.' },
      { ...none, checks: [], isDryRun: true },
      { ...planned, checks: [], isDryRun: true },
      { ...passed, checks: [], isDestroyed: false, failure: 'Could not delete orders-check-1: denied' }
    ];
    const texts = reports.flatMap(one => [
      restoreVerdict(one),
      ...restoreLines(one),
      '',
      restoreSummary(one, FOOTER),
      '',
      '---',
      ''
    ]);
    expectGolden('summary-restore-check.md', texts.join('\n'));
  });

  test('a sweep', () => {
    const items = (['removed', 'failed', 'not run', 'kept', 'left', 'left'] as const).map((outcome, at): Swept => ({
      title: `database pr_${at}_x`,
      outcome,
      why: `pull request #${at} is closed`
    }));
    const swept = { isDryRun: false, knowsOpenPullRequests: false, items };
    expectGolden('summary-sweep.md', [...sweepLines(swept), '', sweepSummary(swept, FOOTER)].join('\n'));
  });

  test('a drift issue', () => {
    const [whole] = driftRenderings(report(updatedServer()), ['Two fields differ.', 'Changed by `x`.', 'See the log.']);
    expectGolden('issue-drift.md', whole?.() ?? '');
  });

  test('plans of which only the counts fit', () => {
    const plans = [blockedPlan(), destroyPlan(), updatedServer(), unchangedPlan()];
    const texts = plans.map(plan => planRenderings(report(plan)).at(-1)?.() ?? '');
    expectGolden('comment-counts.md', texts.join('\n\n---\n\n'));
  });

  test('a comment on a terminal, with its colours', () => {
    const paint = paintOf(true);
    const lines = [comment(updatedServer()), comment(blockedPlan())].flatMap(text => [
      ...terminalLines(text, { paint }),
      ...terminalLines(text, { paint, unfolds: true })
    ]);
    expectGolden('terminal.txt', `${JSON.stringify(lines, undefined, 1)}\n`);
  });

  test('the job log', () => {
    const plans = [newServer(), updatedServer(), blockedPlan(), destroyPlan(), unchangedPlan(), hostilePlan()];
    const lines = [...plans.flatMap(plan => [...planLines(plan), '', '---', '']), ...resultLines(newServer(), FAILED)];
    expectGolden('log.txt', `${lines.join('\n')}\n`);
  });

  test('the job log with its colours', () => {
    const plans = [updatedServer(), blockedPlan(), destroyPlan()];
    const lines = plans.flatMap(plan => [...planLines(plan, { colour: true }), '']);
    const results = [
      ...resultLines(newServer(), FAILED, { colour: true }),
      ...resultLines(newServer(), ended(newServer(), { 'replica/1': 'in progress' }), { colour: true })
    ];
    expectGolden('log-colours.txt', `${JSON.stringify([...lines, ...results], undefined, 1)}\n`);
  });

  test('the plan file', () => {
    expectGolden('plan.json', serialisePlan(updatedServer()));
  });
});
