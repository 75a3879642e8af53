import { ActionError, ProviderError } from '../../../src/errors.ts';
import type { Plan, Step } from '../../../src/engine/plan.ts';
import { asleep, fakeContext, type FakeContext } from '../../support/fake-context.ts';
import { model, modelContext, type ModelContext } from '../../support/model-provider.ts';
import { step } from '../../support/resources.ts';
import { apply, live, outcomes, planOf, slow } from './applying.ts';

describe('failure', () => {
  const denied = new ProviderError('Create b: denied', { kind: 'denied' });
  /** Step `b` fails with that, all others that are named as nothing foreseen. */
  const failing = (
    execution: FakeContext,
    seconds: Readonly<Record<string, number>>,
    addresses: readonly string[],
    failure: ActionError = denied
  ): ModelContext => {
    const context = slow(execution, seconds);
    for (const address of ['b', 'c', 'd']) context.things.set(...live(address));
    return {
      ...context,
      during: async work => {
        await context.during(work);
        if (addresses.includes(work.address)) throw work.address === 'b' ? failure : new Error(`no ${work.address}`);
      }
    };
  };

  const lost = new ProviderError('Create b: no answer', { kind: 'transient' });
  const ours = new ActionError('it belongs to another', { code: 'not-ours', source: 'user' });

  test.each<[string, ActionError, Partial<Plan>]>([
    ['that is no refusal', lost, {}],
    ['of our own', ours, {}],
    ['of a destroy, refusals included,', denied, { intent: 'destroy' }]
  ])('%s begins nothing new and lets finish what is at work', async (_what, failure, more) => {
    const execution = fakeContext();
    const context = failing(execution, { a: 5 }, ['b'], failure);
    const plan = planOf(
      step('a', 'create'),
      step('b', 'create'),
      step('c', 'create', { dependsOn: ['b'] }),
      step('d', 'create', { concurrencyGroup: 'a' })
    );
    const result = await apply({ ...plan, ...more }, { context, execution });
    expect(outcomes(result)).toEqual(['a done', 'b failed', 'c not run', 'd not run']);
    expect(result.error).toBe(failure);
    expect(result.results.map(one => [one.seconds, one.error])).toEqual([
      [5, undefined],
      [1, failure],
      [0, undefined],
      [0, undefined]
    ]);
    expect(context.calls.map(({ work }) => work.address)).toEqual(['a', 'b']);
  });

  test.each<[string, Step['action'], Partial<Step>, string]>([
    ['what needs it and was there before', 'update', { dependsOn: ['b'] }, 'c done'],
    ['what is new in it', 'create', { dependsOn: ['b'] }, 'c done'],
    ['what has to come after its change', 'update', { dependsOn: ['b'], follows: ['b'] }, 'c not run']
  ])('by a refused change: %s', async (_what, action, more, expected) => {
    const execution = fakeContext();
    const context = failing(execution, {}, ['b']);
    if (action === 'create') context.things.delete('c');
    const steps = [
      step('b', 'update'),
      step('c', action, more),
      step('d', 'update', { dependsOn: ['c'] }),
      step('e', 'create', { dependsOn: ['c'], follows: ['c'] })
    ];
    const result = await apply(steps, { context, execution });
    const last = expected === 'c done' ? 'e done' : 'e not run';
    expect(outcomes(result)).toEqual(['b failed', expected, 'd done', last]);
    expect(result.error).toBe(denied);
  });

  test.each<[string, Step['action'], Step['action']]>([
    ['what is to be made', 'create', 'create'],
    ['what is to be adopted', 'adopt', 'update'],
    ['a deletion', 'update', 'delete']
  ])('by a refusal of %s holds back what needs it, and nothing else', async (_what, refused, needing) => {
    const execution = fakeContext();
    const result = await apply(
      [
        step('b', refused, needing === 'delete' ? { dependsOn: ['c'] } : {}),
        step('c', needing, needing === 'delete' ? {} : { dependsOn: ['b'] }),
        step('d', 'update')
      ],
      { context: failing(execution, {}, ['b']), execution }
    );
    expect(outcomes(result)).toEqual(['b failed', 'c not run', 'd done']);
  });

  test('of the first step in time is the failure of the run', async () => {
    const execution = fakeContext();
    const result = await apply([step('a', 'create'), step('b', 'create')], {
      context: failing(execution, { a: 9 }, ['a', 'b']),
      execution
    });
    expect(outcomes(result)).toEqual(['a failed', 'b failed']);
    expect(result.error).toBe(denied);
    expect(result.results[0]?.error).toMatchObject({ code: 'internal', message: 'Unexpected failure: no a' });
  });

  test('by a deadline leaves the step in progress', async () => {
    const late = new ActionError('still in progress', { code: 'in-progress', source: 'provider' });
    const during = async (): Promise<void> => {
      throw late;
    };
    const result = await apply([step('a', 'create'), step('b', 'create', { concurrencyGroup: 'a' })], {
      context: modelContext({ during })
    });
    expect(outcomes(result)).toEqual(['a in progress', 'b not run']);
    expect(result.error).toBe(late);
  });

  test('thrown synchronously is a failure like any other', async () => {
    const type = {
      ...model,
      create: (): never => {
        throw denied;
      }
    };
    const result = await apply([step('a', 'create')], { types: { thing: type } });
    expect(outcomes(result)).toEqual(['a failed']);
    expect(result.error).toBe(denied);
  });

  test('for an unknown type fails the step', async () => {
    const result = await apply([step('a', 'create', { type: 'unheard' })]);
    expect(result.error).toMatchObject({ code: 'internal', message: 'No resource type unheard' });
  });
});

describe('cancellation', () => {
  const reason = new ActionError('SIGTERM came', { code: 'cancelled', source: 'user' });

  test('before the first step runs nothing', async () => {
    const execution = fakeContext();
    execution.abort(reason);
    const context = slow(execution);
    const result = await apply([step('a', 'create')], { context, execution });
    expect(outcomes(result)).toEqual(['a not run']);
    expect(result.error).toBe(reason);
    expect(context.calls).toEqual([]);
    expect(execution.clock.sleeping).toBe(0);
  });

  test('leaves a step that stops by itself in progress and starts no new one', async () => {
    const execution = fakeContext();
    const running = apply([step('a', 'create'), step('b', 'create', { dependsOn: ['a'] })], {
      context: slow(execution, { a: 600 }),
      execution
    });
    await asleep(execution);
    execution.abort(reason);
    const result = await running;
    expect(outcomes(result)).toEqual(['a in progress', 'b not run']);
    expect(result.error).toBe(reason);
    expect(execution.clock.sleeping).toBe(0);
  });

  test('waits at most some seconds for a step that does not stop', async () => {
    const execution = fakeContext();
    const context = modelContext({ during: () => execution.clock.sleep(600) });
    const running = apply([step('a', 'create')], { context, execution });
    await asleep(execution);
    const began = execution.clock.now().getTime();
    execution.abort();
    const result = await running;
    expect(outcomes(result)).toEqual(['a in progress']);
    expect(result.error).toMatchObject({ code: 'cancelled', hint: expect.stringContaining('goes on') as string });
    const results = structuredClone(result.results.map(one => one.outcome));
    expect((execution.clock.now().getTime() - began) / 1000).toBeLessThan(5);
    await execution.clock.sleep(1000);
    expect(context.things.has('a')).toBe(true);
    expect(result.results.map(one => one.outcome)).toEqual(results);
    expect(result.facts.has('a')).toBe(false);
    expect(execution.lines).not.toContain('info: thing a: created');
  });

  test('after the last step changes nothing', async () => {
    const execution = fakeContext();
    const context = modelContext({ during: async () => execution.abort(reason) });
    const result = await apply([step('a', 'create')], { context, execution });
    expect(outcomes(result)).toEqual(['a done']);
    expect(result).not.toHaveProperty('error');
  });

  test('keeps the error of a stopped step for the debug log', async () => {
    const execution = fakeContext();
    const during = async (): Promise<void> => {
      execution.abort(reason);
      throw new ProviderError('Create a: connection closed', { kind: 'transient' });
    };
    const result = await apply([step('a', 'create')], { context: modelContext({ during }), execution });
    expect(result.results[0]).toMatchObject({ outcome: 'in progress', error: reason });
    expect(execution.lines).toEqual(['debug: thing a: Create a: connection closed']);
  });

  test('by a deadline of the whole run is in progress', async () => {
    const execution = fakeContext();
    const timeout = new ActionError('timeout_minutes is over', { code: 'in-progress', source: 'user' });
    const running = apply([step('a', 'create')], { context: slow(execution, { a: 600 }), execution });
    await asleep(execution);
    execution.abort(timeout);
    expect((await running).error).toBe(timeout);
  });
});
