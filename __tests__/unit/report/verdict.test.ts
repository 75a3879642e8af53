import type { Outcome } from '../../../src/engine/apply.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { ActionError } from '../../../src/errors.ts';
import type { Outcomes } from '../../../src/report/report.ts';
import { failureSentence, heading, reportState, resultVerdict, verdict } from '../../../src/report/verdict.ts';
import { blockedPlan, destroyPlan, newServer, TARGET, unchangedPlan, updatedServer } from './plans.ts';

const FAILURE = new ActionError('Could not create server orders: no room left', {
  code: 'provider-failed',
  source: 'provider'
});
const BLOCKED = new ActionError('Refused', { code: 'plan-blocked', source: 'user' });

function results(outcomes: readonly Outcome[], error?: ActionError): Outcomes {
  return {
    results: outcomes.map((outcome, index) => ({
      address: `r/${index}`,
      title: `resource ${index}`,
      action: 'create' as const,
      outcome,
      seconds: 1
    })),
    ...(error === undefined ? {} : { error })
  };
}

describe('the verdict', () => {
  test.each<[string, Plan, string]>([
    ['a new server', newServer(), '6 to create, 0 to update, 0 to delete.'],
    [
      'an update',
      updatedServer(),
      '1 to create, 1 to adopt, 3 to update (2 restarts), 1 to delete, 1 setting unknown.'
    ],
    ['refusals', blockedPlan(), 'Blocked, nothing will be done: 1 refused, 1 to create, 0 to update, 0 to delete.'],
    ['a destruction', destroyPlan(), '3 to delete.'],
    ['no changes', unchangedPlan(), 'No changes: the database is as the workflow asks.'],
    [
      'nothing to destroy',
      { ...unchangedPlan(), intent: 'destroy' },
      'Nothing to destroy: the database does not exist.'
    ]
  ])('of %s', (_, plan, wanted) => {
    expect(verdict(plan)).toBe(wanted);
  });

  test('names failovers and deferrals too', () => {
    const plan = updatedServer();
    const steps = plan.steps.map((step, index) =>
      step.action === 'update' ? { ...step, impact: index === 0 ? ('failover' as const) : ('deferred' as const) } : step
    );
    expect(verdict({ ...plan, steps })).toContain('3 to update (1 failover, 2 deferred)');
  });

  test.each<[string, Outcomes, string, string]>([
    ['done', results(['done']), 'Applied: 6 created, 0 updated, 0 deleted.', 'applied'],
    ['failed', results(['done', 'failed', 'not run'], FAILURE), 'Failed: 1 done, 1 failed, 1 not run.', 'failed'],
    ['in progress', results(['done', 'in progress'], FAILURE), 'Not finished: 1 done, 1 in progress.', 'open'],
    ['stopped early', results(['not run'], FAILURE), 'Not finished: 0 done, 1 not run.', 'open'],
    ['failed afterwards', results(['done'], FAILURE), 'Failed: 1 done.', 'failed'],
    ['failed before', results([], FAILURE), 'Failed before anything was changed.', 'failed'],
    ['refused', results([], BLOCKED), '6 to create, 0 to update, 0 to delete.', 'blocked'],
    ['without steps', results([]), '6 to create, 0 to update, 0 to delete.', 'planned']
  ])('of an apply that is %s', (_, result, wanted, state) => {
    expect(resultVerdict(newServer(), result)).toBe(wanted);
    expect(reportState(newServer(), result)).toBe(state);
  });

  test('of a finished destruction', () => {
    expect(resultVerdict(destroyPlan(), results(['done']))).toBe('Destroyed: 3 deleted.');
  });
});

function named(target: Partial<Plan['target']>): string {
  return heading({ ...newServer(), target: { ...TARGET, ...target } });
}

describe('the heading', () => {
  test('names the database, and only the relevant places', () => {
    expect(named({})).toBe('orders (production, aws eu-west-1)');
    expect(named({ provider: 'local', account: 'runner', region: 'runner', environment: '' })).toBe('orders (local)');
    expect(named({ pullRequest: 12 })).toBe('orders (production, pull request 12, aws eu-west-1)');
    expect(named({ name: 'a\nb', environment: '::error::' })).toBe('a b (::error::, aws eu-west-1)');
  });
});

describe("a failed run's last sentence", () => {
  test('gives the failure, the hint, and the page about it, on one line', () => {
    const failure = { code: 'config-invalid', message: 'Read config:\n- line 3 is no YAML', hint: 'Indent it' };
    expect(failureSentence(failure, 'https://x.y/docs/')).toBe(
      'Read config: - line 3 is no YAML. Indent it. See https://x.y/docs/troubleshooting.md#config-invalid'
    );
    expect(failureSentence(FAILURE)).toBe(
      'Could not create server orders: no room left. See docs/troubleshooting.md#provider-failed'
    );
  });
});
