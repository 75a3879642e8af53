import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Outcome } from '../../../src/engine/apply.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { ProviderError } from '../../../src/errors.ts';
import { planLines, resultLines } from '../../../src/report/log-text.ts';
import { serialisePlan } from '../../../src/report/plan-json.ts';
import { planRenderings } from '../../../src/report/plan-markdown.ts';
import type { Outcomes, PlanReport } from '../../../src/report/report.ts';
import { largestFitting } from '../../../src/report/size-limit.ts';
import {
  failureSummary,
  findingsSummary,
  neutralSummary,
  summaryRenderings
} from '../../../src/report/summary-markdown.ts';
import { topologyOf } from '../../../src/report/topology.ts';
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

const FOLDER = path.join(process.cwd(), '__tests__', 'golden');

/** Compares with the golden file; `UPDATE_GOLDENS=1` writes it instead, to be read before it is committed. */
function expectGolden(name: string, content: string): void {
  const file = path.join(FOLDER, name);
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, content);
  expect(existsSync(file)).toBe(true);
  expect(content).toBe(readFileSync(file, 'utf8'));
}

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

  test('the job log', () => {
    const plans = [newServer(), updatedServer(), blockedPlan(), destroyPlan(), unchangedPlan(), hostilePlan()];
    const lines = [...plans.flatMap(plan => [...planLines(plan), '', '---', '']), ...resultLines(newServer(), FAILED)];
    expectGolden('log.txt', `${lines.join('\n')}\n`);
  });

  test('the plan file', () => {
    expectGolden('plan.json', serialisePlan(updatedServer()));
  });
});
