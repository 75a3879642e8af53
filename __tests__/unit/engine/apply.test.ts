import type { Plan, Step } from '../../../src/engine/plan.ts';
import { performStep } from '../../../src/engine/perform.ts';
import type { Work } from '../../../src/engine/resource.ts';
import { ActionError } from '../../../src/errors.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { model, modelContext, observeModel, type ModelContext } from '../../support/model-provider.ts';
import { OURS, step } from '../../support/resources.ts';
import { apply, live, many, outcomes, planOf, slow } from './applying.ts';

describe('apply', () => {
  test('does each step once, in order, and reports its result', async () => {
    const execution = fakeContext();
    const context: ModelContext = {
      ...slow(execution),
      things: new Map([live('old'), live('changed'), live('found')])
    };
    const result = await apply(
      [
        step('changed', 'update'),
        step('made', 'create', { dependsOn: ['changed'] }),
        step('same', 'none'),
        step('found', 'adopt'),
        step('old', 'delete')
      ],
      { context, execution }
    );
    expect(result.results).toEqual([
      { address: 'changed', title: 'thing changed', action: 'update', outcome: 'done', seconds: 1 },
      { address: 'made', title: 'thing made', action: 'create', outcome: 'done', seconds: 1 },
      { address: 'found', title: 'thing found', action: 'adopt', outcome: 'done', seconds: 1 },
      { address: 'old', title: 'thing old', action: 'delete', outcome: 'done', seconds: 1 }
    ]);
    expect(result).not.toHaveProperty('error');
    expect(context.calls.map(call => `${call.kind} ${call.work.address}`)).toEqual([
      'update changed',
      'update found',
      'remove old',
      'create made'
    ]);
    expect(execution.lines).toEqual([
      'info: thing changed: updated',
      'info: thing found: adopted',
      'info: thing old: deleted',
      'info: thing made: created'
    ]);
  });

  test('of an empty plan does nothing', async () => {
    const context = modelContext();
    expect(await apply([step('same', 'none')], { context })).toEqual({
      results: [],
      facts: new Map(),
      existed: new Set()
    });
    expect(context.calls).toEqual([]);
  });

  test('passes to a resource the printed changes themselves, the observed state and the mark, and nothing else', async () => {
    const context: ModelContext = { ...modelContext(), things: new Map([live('a')]) };
    const observed = observeModel(context);
    const execution = fakeContext();
    const changes: Step['changes'] = [
      { field: 'size', from: 1, to: 2, impact: 'online' },
      { field: 'class', from: 'x', to: null, impact: 'restart' }
    ];
    await apply([step('a', 'update', { changes })], { context, observed, execution });
    const work = context.calls[0]?.work;
    expect(work).toEqual({
      address: 'a',
      values: { size: 2, class: null },
      changes,
      observed: observed[0],
      mark: OURS,
      execution
    });
    expect(work?.changes).toBe(changes);
    expect(work?.changes[0]).toBe(changes[0]);
  });

  test('collects the facts: observed and created ones, none of deleted resources', async () => {
    const context: ModelContext = { ...modelContext(), things: new Map([live('old'), live('kept'), live('changed')]) };
    const result = await apply([step('made', 'create'), step('old', 'delete'), step('changed', 'update')], { context });
    expect(result.facts).toEqual(
      new Map([
        ['kept', { id: 'live id' }],
        ['changed', { id: 'live id' }],
        ['made', { id: 'id of made', plain: 1 }]
      ])
    );
    const types = { thing: { ...model, update: async () => ({ plain: 2 }) } };
    const again = await apply([step('changed', 'update')], { context, types });
    expect(again.facts.get('changed')).toEqual({ id: 'live id', plain: 2 });
  });

  test.each(['none', 'blocked'] as const)('runs no step that is %s: that is a defect', async action => {
    const request = { types: { thing: model } } as unknown as Parameters<typeof performStep>[0];
    await expect(
      performStep(request, step('same', action), undefined, new Map(), () => undefined)
    ).rejects.toMatchObject({
      code: 'internal',
      source: 'bug',
      message: `thing same is ${action}: there is nothing to run`
    });
  });
});

describe('order and parallelism', () => {
  test.each([
    [undefined, 4],
    [2, 2],
    [1, 1],
    [0, 1]
  ])('with parallelism %s as many as %i run at once', async (parallelism, most) => {
    const execution = fakeContext();
    const context = slow(execution);
    const result = await apply(many(9), { context, execution, ...(parallelism === undefined ? {} : { parallelism }) });
    expect(Math.max(...context.calls.map(call => call.running.length + 1))).toBe(most);
    expect(result.results.every(one => one.outcome === 'done')).toBe(true);
  });

  test('steps of one concurrency group never overlap and keep their order, others run in parallel', async () => {
    const execution = fakeContext();
    const context = slow(execution, { s0: 5 });
    await apply([...many(3, { concurrencyGroup: 'server' }), step('other', 'create')], { context, execution });
    expect(context.calls.map(call => [call.work.address, call.running])).toEqual([
      ['s0', []],
      ['other', ['s0']],
      ['s1', []],
      ['s2', []]
    ]);
  });

  test('a step begins when the last of its prerequisites has ended', async () => {
    const execution = fakeContext();
    const context = slow(execution, { a: 3, b: 1 });
    await apply([step('a', 'create'), step('b', 'create'), step('c', 'create', { dependsOn: ['a', 'b'] })], {
      context,
      execution
    });
    expect(context.calls.at(-1)).toMatchObject({ work: { address: 'c' }, running: [], after: ['b', 'a'] });
  });

  test('a group blocked by an order does not stand still', async () => {
    // b shares a group with a and needs c, which comes last: a, then c alone in its group, then b.
    const execution = fakeContext();
    const context = slow(execution);
    const result = await apply(
      [
        step('a', 'create', { concurrencyGroup: 'x' }),
        step('b', 'create', { concurrencyGroup: 'x', dependsOn: ['c'] }),
        step('c', 'create', { concurrencyGroup: 'x' })
      ],
      { context, execution }
    );
    expect(outcomes(result)).toEqual(['a done', 'b done', 'c done']);
    expect(context.calls.map(call => call.work.address)).toEqual(['a', 'c', 'b']);
  });

  test('a step that ends at once does not stop the others', async () => {
    const type = { ...model, create: async () => ({}) };
    expect(outcomes(await apply(many(3, { concurrencyGroup: 'x' }), { types: { thing: type } }))).toEqual([
      's0 done',
      's1 done',
      's2 done'
    ]);
  });

  test('steps that wait for each other in a circle are an error and not a success', async () => {
    const context = modelContext();
    const result = await apply(
      [step('free', 'create'), step('a', 'create', { dependsOn: ['b'] }), step('b', 'create', { dependsOn: ['a'] })],
      { context }
    );
    expect(outcomes(result)).toEqual(['free done', 'a not run', 'b not run']);
    expect(result.error).toMatchObject({ code: 'internal', message: expect.stringContaining('circle') as string });
  });
});

describe('references and secrets', () => {
  const to = { $ref: 'group', fact: 'id' };
  const using = (more: Partial<Step> = {}): Step =>
    step('server', 'create', {
      changes: [
        { field: 'groups', to: ['sg-1', to] as never, impact: 'online' },
        { field: 'plain', to, impact: 'online' }
      ],
      ...more
    });

  test('get their values from resources of the same apply', async () => {
    const context = modelContext();
    await apply([step('group', 'create'), using({ dependsOn: ['group'] })], { context });
    expect(context.calls.at(-1)?.work.values).toEqual({ groups: ['sg-1', 'id of group'], plain: 'id of group' });
  });

  test('get their values from existing resources', async () => {
    const context: ModelContext = { ...modelContext(), things: new Map([live('group')]) };
    await apply([using()], { context });
    expect(context.calls.at(-1)?.work.values).toEqual({ groups: ['sg-1', 'live id'], plain: 'live id' });
  });

  test('that are unknown fail the step and reach no call', async () => {
    const context = modelContext();
    const result = await apply([using()], { context });
    expect(result.error).toMatchObject({
      code: 'internal',
      message: 'thing server needs id of group, which is not known'
    });
    expect(context.calls).toEqual([]);
  });

  test('a secret is inserted for the call and stays out of plan, result and log', async () => {
    const context = modelContext();
    const execution = fakeContext();
    const plan = planOf(
      step('a', 'create', { changes: [{ field: 'password', to: { $secret: 'master_password' }, impact: 'online' }] })
    );
    const result = await apply(plan, { context, execution, secret: name => `the ${name} canary` });
    const work: Work | undefined = context.calls[0]?.work;
    expect(work?.values).toEqual({ password: 'the master_password canary' });
    expect(work?.changes[0]?.to).toEqual({ $secret: 'master_password' });
    expect(JSON.stringify([plan, result, [...result.facts], execution.lines])).not.toContain('canary');
  });

  test('a secret that cannot be compared is sent with the change that announces it, and only then', async () => {
    const context: ModelContext = { ...modelContext(), things: new Map([live('a'), live('b')]) };
    const plan = planOf(
      step('a', 'update', { changes: [{ field: 'version', from: '1', to: '2', impact: 'online' }] }),
      step('b', 'update', { changes: [{ field: 'size', from: 1, to: 2, impact: 'online' }] })
    );
    const result = await apply(plan, { context, secret: name => `the ${name} canary` });
    expect(context.calls.map(({ work }) => work.values)).toEqual([
      { version: '2', master_password: 'the master_password canary' },
      { size: 2 }
    ]);
    expect(JSON.stringify([plan, result, [...result.facts]])).not.toContain('canary');
  });

  test('a missing secret fails the step and reaches no call', async () => {
    const context = modelContext();
    const missing = new ActionError('No `master_password`', { code: 'input-invalid', source: 'user' });
    const result = await apply(
      [step('a', 'create', { changes: [{ field: 'password', to: { $secret: 'x' }, impact: 'online' }] })],
      {
        context,
        secret: () => {
          throw missing;
        }
      }
    );
    expect(result.error).toBe(missing);
    expect(context.calls).toEqual([]);
  });
});
describe('a plan with refused changes', () => {
  const refusal = { rule: 'shrink', message: 'm', hint: 'w' };

  test.each<[string, Plan]>([
    ['its verdict', { ...planOf(step('a', 'create')), verdict: 'blocked' }],
    [
      'a refused step, whatever the verdict',
      planOf(step('a', 'create'), step('b', 'blocked', { refusal, intended: 'update' }))
    ],
    [
      'a refused change, whatever the verdict',
      planOf(step('a', 'create', { changes: [{ field: 'size', to: 1, impact: 'blocked', refusal }] }))
    ]
  ])('is not begun, by %s', async (_, plan) => {
    const context = modelContext();
    await expect(apply(plan, { context })).rejects.toMatchObject({
      code: 'plan-blocked',
      hint: expect.any(String) as string
    });
    expect(context.calls).toEqual([]);
  });
});
