import * as fc from 'fast-check';
import { defined } from '../../../src/engine/defined.ts';
import { digestOf } from '../../../src/engine/digest.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { decide, type ReviewedPlan, type Question } from '../../../src/review/approval.ts';
import { hashed, type PlanRecord } from '../../../src/review/record.ts';
import { desired, observed, planned, step } from '../../support/resources.ts';
import { anyPlan } from '../report/plan-arbitrary.ts';
import { recorded, serverPlan, TABLE, TABLES, withSteps } from './plans.ts';

const SHA = 'f00d';
const reviewed = serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 200 });
const onlyMemory = serverPlan({ memory: 4, connections: 200 }, { memory: 8, connections: 200 });

function decided(plan: Plan, evidence: ReviewedPlan, demand: Question['demand'] = 'when-present') {
  return decide({ demand, evidence, plan, tables: TABLES, sha: SHA });
}

function reviewedAs(record: PlanRecord): ReviewedPlan {
  return { kind: 'record', pullRequest: 7, record };
}

const begun = (plan: Plan): ReviewedPlan => reviewedAs(recorded(plan, { begunFor: SHA }));

describe('a plan', () => {
  test('that is the reviewed one is approved, and any other is not, under any demand', () => {
    fc.assert(
      fc.property(anyPlan, anyPlan, fc.constantFrom('required', 'when-present'), (one, other, demand) => {
        const [made, fresh] = [one, other].map(plan => ({ ...plan, digest: digestOf(plan) }));
        if (made === undefined || fresh === undefined) return;
        const evidence = reviewedAs(recorded(made));
        expect(decided(made, evidence, demand)).toEqual({ kind: 'approved', pullRequest: 7, rest: false });
        expect(decided(fresh, evidence, demand).kind).toBe(made.digest === fresh.digest ? 'approved' : 'changed');
      })
    );
  });

  test('without a record goes on, or is refused when a review is required', () => {
    const none: ReviewedPlan = { kind: 'none', why: 'it was pushed' };
    expect(decided(reviewed, none)).toEqual({ kind: 'unreviewed', why: 'it was pushed' });
    expect(decided(reviewed, none, 'required')).toEqual({ kind: 'missing', why: 'it was pushed' });
  });

  test('that changed is reported with its differences', () => {
    expect(decided(onlyMemory, reviewedAs(recorded(reviewed)))).toMatchObject({
      kind: 'changed',
      pullRequest: 7,
      differences: [{ kind: 'field', field: 'connections' }]
    });
  });
});

describe('the rest of an interrupted apply', () => {
  const creation = planned({
    table: TABLE,
    desired: [desired('server', { memory: 8 }), desired('user', {}, { dependsOn: ['server'] })]
  });

  test('goes on when the same commit had begun it', () => {
    expect(decided(onlyMemory, begun(reviewed))).toEqual({ kind: 'approved', pullRequest: 7, rest: true });
  });

  test('does not go on for another commit, nor when nothing was begun', () => {
    const other = reviewedAs(recorded(reviewed, { begunFor: 'beef' }));
    expect(decided(onlyMemory, other).kind).toBe('changed');
    expect(decided(onlyMemory, reviewedAs(recorded(reviewed))).kind).toBe('changed');
  });

  test('may be about a resource that exists meanwhile and is incomplete', () => {
    const rest = planned({
      table: TABLE,
      desired: [desired('server', { memory: 8 }), desired('user', {}, { dependsOn: ['server'] })],
      observed: [observed('server', { memory: 1 })]
    });
    expect(decided(rest, begun(creation)).kind).toBe('approved');
  });

  test.each<[string, Plan]>([
    ['a field more', serverPlan({ memory: 4, groups: [] }, { memory: 8, groups: ['a'] })],
    ['another goal', serverPlan({ memory: 4 }, { memory: 9 })],
    ['another start', serverPlan({ memory: 2 }, { memory: 8 })],
    ['another resource', withSteps(onlyMemory, [...onlyMemory.steps, step('replica/1', 'delete')])],
    ['another action', withSteps(reviewed, [step('server', 'delete')])],
    ['a creation instead of an update', serverPlan(undefined, { memory: 8 })],
    ['a destruction', { ...onlyMemory, intent: 'destroy', digest: digestOf({ ...onlyMemory, intent: 'destroy' }) }]
  ])('does not cover %s', (_, plan) => {
    expect(decided(plan, begun(reviewed)).kind).toBe('changed');
  });

  test('is told by what is done where only hashes of the steps are known', () => {
    const whole = withSteps(reviewed, [...reviewed.steps, step('user', 'delete')]);
    const { recorded: kept } = recorded(whole);
    const steps = kept.kind === 'full' ? kept.steps.map(hashed) : [];
    const record = recorded(whole, { begunFor: SHA, recorded: { kind: 'hashed', steps } });
    expect(decided(withSteps(reviewed, [step('user', 'delete')]), reviewedAs(record))).toEqual({
      kind: 'changed',
      pullRequest: 7,
      differences: [{ kind: 'step', address: 'server', reviewed: 'update' }]
    });
  });

  test('is not guessed from a record that lost its steps', () => {
    const record = recorded(reviewed, { begunFor: SHA, recorded: { kind: 'none' } });
    expect(decided(onlyMemory, reviewedAs(record)).kind).toBe('changed');
  });
});

test.each<[string, string | undefined, 'approved' | 'changed']>([
  ['the settings before it', 'before', 'approved'],
  ['its own settings, as the creation wrote them', 'own', 'approved'],
  ['its own settings, as they are once all is there', 'now', 'approved'],
  ['no settings', undefined, 'approved'],
  ['the settings of a later pull request', 'later', 'changed'],
  ['other settings, where an earlier version made the record', 'later', 'approved']
])('a plan of a commit whose apply had begun is its rest while the mark has %s', (name, applied, kind) => {
  const creation = planned({ table: TABLE, desired: [desired('server', { memory: 8 })] });
  const now = serverPlan({ memory: 16 }, { memory: 8 });
  const mark = defined({ version: 2, repository: 'acme/shop', name: 'orders', environment: '', applied } as const);
  const begunWith = name.includes('earlier version') ? {} : { begunWith: ['before', 'own'] };
  const evidence = reviewedAs(recorded(creation, { begunFor: SHA, ...begunWith }));
  const question = { demand: 'required', evidence, tables: TABLES, sha: SHA, settings: 'now' } as const;
  expect(decide({ ...question, plan: { ...now, lastApplied: mark } }).kind).toBe(kind);
});

test('the rest of an interrupted apply is explained by what was not reviewed, not by what is done', () => {
  const creation = planned({ table: TABLE, desired: [desired('server', { memory: 8 }), desired('user')] });
  const rest = planned({
    table: TABLE,
    desired: [desired('server', { memory: 8, connections: 200 })],
    observed: [observed('server', { memory: 1, connections: 100 })]
  });
  const evidence = reviewedAs(recorded(creation, { begunFor: SHA }));
  expect(decided(rest, evidence)).toMatchObject({
    kind: 'changed',
    differences: [{ kind: 'field', address: 'server', field: 'connections' }]
  });
});
