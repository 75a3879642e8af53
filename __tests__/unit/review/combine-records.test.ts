import { digestOfEffect, effectOf } from '../../../src/engine/digest.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { combineRecords } from '../../../src/review/combine-records.ts';
import { desired, observed, planned } from '../../support/resources.ts';
import { recorded, serverPlan, TABLE, TABLES, withSteps } from './plans.ts';

const memory = serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 100 });
const connections = serverPlan({ memory: 4, connections: 100 }, { memory: 4, connections: 200 });
const both = serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 200 });
const more = serverPlan({ memory: 4, connections: 100 }, { memory: 16, connections: 100 });
/** Of another resource than the server, which comes after it. */
const user = planned({
  table: TABLE,
  desired: [desired('user', { memory: 1 })],
  observed: [observed('user', { memory: 2 })]
});
const serverAndUser = withSteps(memory, [...memory.steps, ...user.steps]);
const none = serverPlan({ memory: 4, connections: 100 }, { memory: 4, connections: 100 });

function adds(plans: readonly Plan[], fresh: Plan): boolean {
  const combined = combineRecords(
    plans.map(plan => recorded(plan)),
    effectOf(fresh, TABLES)
  );
  return combined?.digest === fresh.digest;
}

test.each<[string, readonly Plan[], Plan, boolean]>([
  ['two that change different fields', [memory, connections], both, true],
  ['in any order', [connections, memory], both, true],
  ['one that changes nothing beside another', [none, memory], memory, true],
  ['two that change different resources', [user, memory], serverAndUser, true],
  ['two that set one field, and the later wins', [memory, more], more, true],
  ['two that set one field, and the earlier wins', [memory, more], memory, true],
  [
    'creations that differ in a default',
    [serverPlan(undefined, { memory: 8 }), serverPlan(undefined, { memory: 4 })],
    serverPlan(undefined, { memory: 8 }),
    true
  ],
  [
    'a creation, then a change, of what is still created',
    [serverPlan(undefined, { memory: 8 }), memory],
    serverPlan(undefined, { memory: 8 }),
    true
  ],
  [
    'a change, then a creation, of what is created',
    [memory, serverPlan(undefined, { memory: 8 })],
    serverPlan(undefined, { memory: 8 }),
    true
  ],
  ['a plan that does more than they say', [memory, none], both, false],
  ['a plan that does less than they say', [memory, connections], memory, false],
  [
    'a plan with another value',
    [memory, connections],
    serverPlan({ memory: 4, connections: 100 }, { memory: 9, connections: 200 }),
    false
  ],
  [
    'a plan with another start',
    [memory, connections],
    serverPlan({ memory: 5, connections: 100 }, { memory: 8, connections: 200 }),
    false
  ]
])('%s', (_, plans, fresh, isSum) => {
  expect(adds(plans, fresh)).toBe(isSum);
});

test('records without room for their steps have no sum', () => {
  const parts = [recorded(memory), recorded(connections, { recorded: { kind: 'none' } })];
  const combined = combineRecords(parts, effectOf(both, TABLES));
  expect(combined).toMatchObject({ digest: '', recorded: { kind: 'none' } });
});

test('an apply was begun only when it was begun for all of them', () => {
  const fresh = effectOf(both, TABLES);
  const begun = recorded(memory, { begunFor: 'f00d' });
  expect(combineRecords([begun, recorded(connections)], fresh)?.begunFor).toBeUndefined();
  expect(combineRecords([begun, recorded(connections, { begunFor: 'f00d' })], fresh)?.begunFor).toBe('f00d');
});

test('combined records have the digest of their content', () => {
  const combined = combineRecords([recorded(memory), recorded(connections)], effectOf(both, TABLES));
  const steps = combined?.recorded.kind === 'full' ? combined.recorded.steps : [];
  expect(digestOfEffect({ ...effectOf(both, TABLES), steps })).toBe(combined?.digest);
});
