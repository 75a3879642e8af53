import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import type { Plan } from '../../../src/engine/plan.ts';
import { serialisePlan } from '../../../src/report/plan-json.ts';
import { anyPlan } from './plan-arbitrary.ts';
import { blockedPlan, destroyPlan, hostilePlan, newServer, unchangedPlan, updatedServer } from './plans.ts';

/** Breaks of a rule by any plan were seen within ten. */
const RUNS = { numRuns: 30 };

const schema = JSON.parse(readFileSync(path.join(process.cwd(), 'docs', 'plan.schema.json'), 'utf8')) as object;
const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);

function problems(text: string): unknown {
  return validate(JSON.parse(text)) ? [] : validate.errors;
}

describe('the plan file', () => {
  test.each([
    ['a new server', newServer()],
    ['an update', updatedServer()],
    ['a blocked plan', blockedPlan()],
    ['a destruction', destroyPlan()],
    ['no changes', unchangedPlan()],
    ['hostile values', hostilePlan()]
  ])('of %s matches the published schema', (_, plan) => {
    expect(problems(serialisePlan(plan))).toEqual([]);
  });

  /** The file's own names for two members, which were published before the code had better ones. */
  const PUBLISHED_NAMES: Readonly<Record<string, string>> = { concurrencyGroup: 'lane', hint: 'wayOut' };

  function published(plan: Plan): unknown {
    const renamed = (_: string, value: unknown): unknown =>
      isMap(value) && ('concurrencyGroup' in value || ('hint' in value && 'rule' in value))
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [PUBLISHED_NAMES[key] ?? key, one]))
        : value;
    return JSON.parse(JSON.stringify(plan, renamed)) as unknown;
  }

  function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }

  test('matches the schema, and loses nothing, for any plan', () => {
    fc.assert(
      fc.property(anyPlan, plan => {
        const text = serialisePlan(plan);
        expect(problems(text)).toEqual([]);
        expect(JSON.parse(text)).toEqual(published(plan));
      }),
      RUNS
    );
  });

  test('has the same text for equal plans, in any order of their keys', () => {
    const plan = updatedServer();
    const turned = Object.fromEntries(Object.entries(plan).reverse()) as unknown as typeof plan;
    expect(serialisePlan(turned)).toBe(serialisePlan(plan));
    expect(serialisePlan(plan).endsWith('}\n')).toBe(true);
  });

  test('leaves out members that the schema does not know', () => {
    const plan = { ...newServer(), token: 'hunter2' };
    expect(serialisePlan(plan)).not.toContain('hunter2');
  });

  test('is refused by the schema when a member is missing, unknown or of another kind', () => {
    const good = JSON.parse(serialisePlan(newServer())) as Record<string, unknown>;
    const { digest: _digest, ...without } = good;
    for (const bad of [without, { ...good, extra: 1 }, { ...good, verdict: 'perhaps' }, { ...good, digest: 'abc' }]) {
      expect(validate(bad)).toBe(false);
    }
  });
});
