import * as fc from 'fast-check';
import { digestOf } from '../../../src/engine/digest.ts';
import type { FieldValue } from '../../../src/engine/value.ts';
import { CHECK_RUN_LIMIT } from '../../../src/github/rendering.ts';
import { differenceLines } from '../../../src/review/difference-lines.ts';
import { planDifferences } from '../../../src/review/plan-difference.ts';
import { readRecord, recordOf, recordTexts } from '../../../src/review/record.ts';
import { step } from '../../support/resources.ts';
import { anyPlan } from '../report/plan-arbitrary.ts';
import { HOSTILE } from '../report/plans.ts';
import { recorded, serverPlan, TABLES, withSteps } from './plans.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const reviewed = serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 200 });
const anyProper = anyPlan.map(plan => {
  const steps = plan.steps.map((one, index) => ({
    ...one,
    address: `${index}`,
    changes: one.changes.map((change, place) => ({ ...change, field: `${place}` }))
  }));
  return { ...plan, steps, digest: digestOf({ ...plan, steps }) };
});

const lines = (plan: typeof reviewed, record = recorded(reviewed)): readonly string[] =>
  differenceLines(planDifferences(record, plan, TABLES), plan, TABLES);

describe('the explanation of a changed plan', () => {
  test('is empty exactly when the digests are equal, also by kept hashes, and names a known difference otherwise', () => {
    fc.assert(
      fc.property(anyProper, anyProper, (one, other) => {
        const whole = recordOf(one, {}, AT);
        const text = recordTexts(whole)[1]?.(CHECK_RUN_LIMIT) ?? '';
        const hashes = readRecord({ externalId: one.digest, text });
        if (hashes === undefined) throw new Error('no record');
        for (const fresh of [one, other]) {
          const differences = planDifferences(whole, fresh, {});
          expect(differences.length === 0).toBe(one.digest === fresh.digest);
          expect(differences.every(({ kind }) => kind !== 'unknown')).toBe(true);
          expect(planDifferences(hashes, fresh, {}).length === 0).toBe(one.digest === fresh.digest);
        }
      })
    );
  });

  test('names the field, its reviewed value, and its present one, in their usual spelling', () => {
    expect(lines(serverPlan({ memory: 6, connections: 100 }, { memory: 8, connections: 200 }))).toEqual([
      'thing server: `memory`: reviewed `4MB` → `8MB`, now `6MB` → `8MB`'
    ]);
  });

  test('names a secret and a value that another resource decides as such, and no value as that', () => {
    const to = (value: FieldValue): readonly string[] =>
      lines(
        withSteps(
          reviewed,
          reviewed.steps.map(one => ({
            ...one,
            changes: one.changes.map(change => (change.field === 'memory' ? { ...change, to: value } : change))
          }))
        )
      );
    const memory = 'thing server: `memory`: reviewed `4MB` → `8MB`, now `4MB` →';
    expect(to({ $secret: 'memory' })).toEqual([`${memory} (secret)`]);
    expect(to({ $ref: 'key', fact: 'id' })).toEqual([`${memory} known after apply`]);
    expect(to(null)).toEqual([`${memory} (default)`]);
  });

  test('names an added and a removed field', () => {
    expect(lines(serverPlan({ memory: 8, connections: 100, groups: [] }, { connections: 200, groups: ['a'] }))).toEqual(
      [
        'thing server: `groups`: not in the reviewed plan, now (empty) → `a`',
        'thing server: `memory`: reviewed `4MB` → `8MB`, now nothing to do'
      ]
    );
  });

  test('names a changed impact', () => {
    const fresh = withSteps(
      reviewed,
      reviewed.steps.map(one => ({
        ...one,
        changes: one.changes.map(change => ({ ...change, impact: 'failover' as const }))
      }))
    );
    expect(lines(fresh)).toContain(
      'thing server: `connections`: reviewed `100` → `200` (restart), now `100` → `200` (failover)'
    );
  });

  test('names resources with another action', () => {
    expect(lines(serverPlan(undefined, { memory: 8 }))).toEqual(['thing server: reviewed update, now create']);
    expect(lines(withSteps(reviewed, [...reviewed.steps, step('replica/1', 'delete')]))).toEqual([
      'thing replica/1: not in the reviewed plan, now delete'
    ]);
    const change = { field: 'size', from: 1, to: 2, impact: 'online' } as const;
    expect(lines(withSteps(reviewed, [...reviewed.steps, step('replica/1', 'update')]))).toEqual([
      'thing replica/1: not in the reviewed plan, now update'
    ]);
    expect(lines(withSteps(reviewed, [...reviewed.steps, step('replica/1', 'update', { changes: [change] })]))).toEqual(
      ['thing replica/1: `size`: not in the reviewed plan, now `1` → `2`']
    );
    const replica = (number: number) => step(`replica/${number}`, 'delete');
    const second = recorded(withSteps(reviewed, [...reviewed.steps, replica(2)]));
    expect(lines(withSteps(reviewed, [...reviewed.steps, replica(3), replica(1)]), second)).toEqual([
      'thing replica/1: not in the reviewed plan, now delete',
      'replica/2: reviewed delete, now nothing to do',
      'thing replica/3: not in the reviewed plan, now delete'
    ]);
    const gone = recorded(withSteps(reviewed, [...reviewed.steps, step('replica/1', 'delete')]));
    expect(lines(reviewed, gone)).toEqual(['replica/1: reviewed delete, now nothing to do']);
  });

  test('names a renamed repository', () => {
    const target = { ...reviewed.target, repository: 'acme/renamed' };
    expect(lines({ ...reviewed, target, digest: digestOf({ ...reviewed, target }) })).toEqual([
      'repository: reviewed `acme/shop`, now `acme/renamed`'
    ]);
    const other = { ...reviewed.target, environment: '', pullRequest: 7 };
    expect(lines({ ...reviewed, target: other, digest: digestOf({ ...reviewed, target: other }) })).toEqual([
      'environment: reviewed `production`, now ',
      'pullRequest: reviewed , now `7`'
    ]);
  });

  test('names the resource whose values differ when only hashes of the steps were kept', () => {
    const plan = withSteps(reviewed, [...reviewed.steps, step('replica/1', 'delete')]);
    const text = recordTexts(recorded(plan))[1]?.(CHECK_RUN_LIMIT) ?? '';
    const record = readRecord({ externalId: plan.digest, text });
    if (record === undefined) throw new Error('no record');
    const fresh = serverPlan({ memory: 5, connections: 100 }, { memory: 8, connections: 200 });
    expect(lines(withSteps(fresh, [...fresh.steps, step('replica/1', 'delete')]), record)).toEqual([
      'thing server: other values than the reviewed ones'
    ]);
    expect(lines(fresh, record)).toEqual([
      'replica/1: reviewed delete, now nothing to do',
      'thing server: other values than the reviewed ones'
    ]);
  });

  test('names the fields that a creation did not have, of a resource that was created meanwhile', () => {
    const created = recorded(serverPlan(undefined, { memory: 8, connections: 200 }));
    expect(lines(serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 300 }), created)).toEqual([
      'thing server: `connections`: reviewed (default) → `200`, now `100` → `300`'
    ]);
    expect(lines(serverPlan({ memory: 4 }, { memory: 8 }), created)).toEqual([
      'thing server: reviewed create, now update'
    ]);
  });

  test('says so when only the digest is known', () => {
    const record = recorded(reviewed, { recorded: { kind: 'none' } });
    expect(lines(serverPlan({ memory: 5 }, { memory: 8 }), record)).toEqual([
      'what was reviewed is known by its digest alone'
    ]);
  });

  test('is bounded, and inert', () => {
    const changes = Array.from({ length: 300 }, (_, index) => ({
      field: `f${index}`,
      from: HOSTILE,
      to: `::set-output name=x::${HOSTILE}\u001b[2J`,
      impact: 'online' as const
    }));
    const found = lines(withSteps(reviewed, [step('server', 'update', { changes })]));
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toBe('… and 282 more');
    for (const line of found) expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });
});
