import * as fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import type { ApplyResult } from '../../../src/engine/apply.ts';
import { effectiveSteps, type Plan } from '../../../src/engine/plan.ts';
import { planDestroy } from '../../../src/engine/planner.ts';
import { fieldRule, type Desired } from '../../../src/engine/resource.ts';
import { isSecretName, referencesIn, type FieldValue, type Value } from '../../../src/engine/value.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { MODEL_TABLE, observeModel, type Call, type ModelContext } from '../../support/model-provider.ts';
import { NO_PERMITS, TARGET } from '../../support/resources.ts';
import { applyTo, planDesired, SECRET, wishes, contextAfter, contextFor } from './desired-states.ts';

const RUNS = { numRuns: 40 };
/** A pair of plans that differ in one spelling is rare. */
const MANY_RUNS = { numRuns: 150 };

const calls: Readonly<Record<string, Call['kind']>> = {
  create: 'create',
  update: 'update',
  adopt: 'update',
  delete: 'remove'
};

describe('for any earlier and any present settings', () => {
  test('apply runs exactly the printed changes, keeps all other fields and secrets, and the next plan is empty', async () => {
    let used = 0;
    await fc.assert(
      fc.asyncProperty(wishes, wishes, async (before, now) => {
        const earlier = await contextAfter(before);
        const context = contextFor(now, earlier);
        const execution = fakeContext();
        const plan = planDesired(now, context);
        const printed = JSON.stringify(plan);
        const result = await applyTo(context, plan, execution);
        expect(result.error).toBeUndefined();
        expectPrinted(plan, context, result);
        expect(JSON.stringify(plan)).toBe(printed);
        expectKept(now, earlier, context);
        used += context.calls.filter(call => call.work.values['password'] === SECRET).length;
        expect(JSON.stringify([plan, result, [...result.facts], execution.lines])).not.toContain(SECRET);

        const second = planDesired(now, context);
        expect(effectiveSteps(second)).toEqual([]);
        expect(second.verdict).toBe('no-changes');
      }),
      RUNS
    );
    expect(used).toBeGreaterThan(0);
  });

  test('a destroy leaves nothing and a second one has nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, async wanted => {
        const context = contextFor([], await contextAfter(wanted));
        const destroy = (): Plan =>
          planDestroy({
            target: TARGET,
            observed: observeModel(context),
            tables: { thing: MODEL_TABLE },
            notices: [],
            allowances: { ...NO_PERMITS, destroy: true }
          });
        const result = await applyTo(context, destroy());
        expect(result.error).toBeUndefined();
        expect(context.things.size).toBe(0);
        expect(result.facts.size).toBe(0);
        expect(destroy().verdict).toBe('no-changes');
      }),
      RUNS
    );
  });

  test('a run that fails or is cancelled anywhere says so, and the next one finishes it', async () => {
    const ends = fc.record({
      at: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      isAfter: fc.boolean(),
      isCancelled: fc.boolean()
    });
    await fc.assert(
      fc.asyncProperty(wishes, wishes, ends, async (before, now, { at, isAfter, isCancelled }) => {
        const earlier = await contextAfter(before);
        const execution = fakeContext();
        const context: ModelContext = contextFor(now, earlier, async work => {
          await execution.clock.sleep(1);
          if (work.address !== at) return;
          if (isCancelled) execution.abort();
          else if (!isAfter) throw new Error('broken');
        });
        const plan = planDesired(now, context);
        const result = await applyTo(context, plan, execution);
        expect(result.results.map(one => one.address)).toEqual(effectiveSteps(plan).map(step => step.address));
        expect(result.error === undefined).toBe(result.results.every(one => one.outcome === 'done'));
        const done = result.results.filter(one => one.outcome === 'done').map(one => one.address);
        expect(context.calls.filter(call => done.includes(call.work.address))).toHaveLength(done.length);

        const next = contextFor(now, context);
        expect((await applyTo(next, planDesired(now, next))).error).toBeUndefined();
        expect(effectiveSteps(planDesired(now, next))).toEqual([]);
      }),
      RUNS
    );
  });
});

describe('the digest', () => {
  test('is the same for any order of resources, fields, keys and live state', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, wishes, fc.infiniteStream(fc.nat()), async (before, now, numbers) => {
        const context = await contextAfter(before);
        const shuffled = <T>(list: readonly T[]): readonly T[] =>
          list
            .map(item => ({ item, rank: numbers.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ item }) => item);
        const rekeyed = (value: unknown): unknown => {
          if (Array.isArray(value)) return value.map(rekeyed);
          if (typeof value !== 'object' || value === null) return value;
          return Object.fromEntries(
            shuffled(Object.entries(value).map(([key, member]) => [key, rekeyed(member)] as const))
          );
        };
        const other = rekeyed(shuffled(now)) as readonly Desired[];
        const turned: ModelContext = {
          ...context,
          things: new Map(shuffled([...context.things]).map(([k, v]) => [k, rekeyed(v) as typeof v]))
        };
        expect(planDesired(other, turned).digest).toBe(planDesired(now, context).digest);
      }),
      RUNS
    );
  });

  test('differs exactly when the effect differs', async () => {
    const seen = { same: 0, different: 0 };
    const edits = fc.record({
      index: fc.nat(),
      field: fc.constantFrom('size', 'class', 'queued', 'plain'),
      value: fc.integer({ min: 1, max: 40 })
    });
    await fc.assert(
      fc.asyncProperty(wishes, wishes, edits, async (before, now, { index, field, value }) => {
        const context = await contextAfter(before);
        const other = now.map((wanted, i) =>
          i === index % now.length
            ? { ...wanted, fields: { ...wanted.fields, [field]: { value, managed: true } } }
            : wanted
        );
        const [one, two] = [planDesired(now, context), planDesired(other, context)];
        const isSame = isDeepStrictEqual(effects(one), effects(two));
        seen[isSame ? 'same' : 'different'] += 1;
        expect(one.digest === two.digest).toBe(isSame);
      }),
      MANY_RUNS
    );
    expect(seen.same).toBeGreaterThan(0);
    expect(seen.different).toBeGreaterThan(0);
  });
});

/** Each printed change was made once, and nothing else. */
function expectPrinted(plan: Plan, context: ModelContext, result: ApplyResult): void {
  const steps = new Map(effectiveSteps(plan).map(step => [step.address, step]));
  expect(context.calls.map(call => call.work.address).sort()).toEqual([...steps.keys()].sort());
  for (const { kind, work } of context.calls) {
    const step = steps.get(work.address);
    expect(kind).toBe(calls[step?.action ?? 'none']);
    expect(work.changes).toBe(step?.changes);
    expect(Object.keys(work.values)).toEqual(step?.changes.map(change => change.field));
    for (const { field, to } of step?.changes ?? []) expect(work.values[field]).toEqual(resolved(to));
  }
  expect(result.results.map(one => [one.address, one.outcome])).toEqual(
    [...steps.keys()].map(address => [address, 'done'])
  );
}

/** Fields that no input sets or mentions are not changed. */
function expectKept(now: readonly Desired[], earlier: ModelContext, context: ModelContext): void {
  for (const [address, thing] of earlier.things) {
    const wanted = now.find(one => one.address === address);
    if (wanted?.presence === 'absent') continue;
    const mentioned = (field: string): boolean =>
      wanted?.fields[field]?.managed === true ||
      (wanted?.complete !== undefined && field.startsWith('parameters.') && wanted.fields[field] === undefined);
    const kept = (fields: Readonly<Record<string, Value>> = {}): unknown =>
      Object.entries(fields).filter(([field]) => !mentioned(field));
    expect(kept(context.things.get(address)?.fields)).toEqual(kept(thing.fields));
    expect(kept(context.things.get(address)?.pending)).toEqual(kept(thing.pending));
  }
}

/** The effect of a plan, without its digest. */
function effects(plan: Plan): unknown {
  return new Map(
    effectiveSteps(plan).map(step => [
      step.address,
      {
        action: step.action,
        changes: new Map(
          step.changes.map(({ field, from, to, impact }) => [field, [evened(field, from), evened(field, to), impact]])
        )
      }
    ])
  );
}

function evened(field: string, value: FieldValue | undefined): FieldValue {
  if (value === undefined || value === null || isSecretName(value) || referencesIn(value).length > 0)
    return value ?? null;
  return fieldRule(MODEL_TABLE, field)?.normalise?.(value as Value, field) ?? value;
}

function resolved(to: FieldValue): unknown {
  if (isSecretName(to)) return SECRET;
  const [reference] = referencesIn(to);
  if (reference === undefined) return to;
  const id = `id of ${reference.$ref}`;
  return Array.isArray(to) ? [...(to as readonly Value[]).slice(0, -1), id] : id;
}
