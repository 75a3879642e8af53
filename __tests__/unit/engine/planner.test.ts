import type { Notice } from '../../../src/engine/plan.ts';
import { effectiveSteps, needsOf } from '../../../src/engine/plan.ts';
import { planApply, unmentioned } from '../../../src/engine/planner.ts';
import type { FieldTable } from '../../../src/engine/resource.ts';
import {
  desired,
  FOREIGN,
  NO_PERMITS,
  observed,
  OURS,
  planned,
  plannedDestroy,
  TARGET
} from '../../support/resources.ts';

const unmarked = { ownership: { kind: 'unmarked' } } as const;
const foreign = { ownership: { kind: 'foreign', mark: FOREIGN } } as const;
const table: FieldTable = {
  size: { api: 'Size', input: 'size', impact: 'online', constraint: 'grow-only' },
  class: { api: 'Class', input: 'class', impact: 'restart' },
  open: { api: 'Open', input: 'publicly_accessible', impact: 'online', constraint: 'exposure' },
  group: { api: 'Group', impact: 'online' }
};

/** The error of a provider's defect. */
function internal(words: string): Error {
  return expect.objectContaining({ code: 'internal', message: expect.stringContaining(words) }) as Error;
}

function outline(plan: ReturnType<typeof planned>): readonly string[] {
  return plan.steps.map(step => `${step.action} ${step.address}`);
}

describe('a plan to apply', () => {
  test('says once what it takes to compare what is unknown', () => {
    const unknown = { size: 'rds:DescribeDBInstances', class: 'rds:DescribeDBInstances', group: 'ec2:DescribeVpcs' };
    const plan = planned({
      table,
      desired: [desired('server', { size: 1, class: 'b', group: 'g' }), desired('other', { size: 1 })],
      observed: [observed('server', { port: 1 }, { unknown }), observed('other', { size: 1 })]
    });
    expect(needsOf(plan)).toEqual(['ec2:DescribeVpcs', 'rds:DescribeDBInstances']);
    expect(plan.counts.unknown).toBe(3);
  });

  test('says which values of a new resource are defaults, and has the same digest', () => {
    const request = {
      table,
      desired: [
        desired('new', { class: 'b', group: 'g', size: 1 }),
        desired('other', {}, { fields: { size: { value: 1, managed: true, input: 'class' } } }),
        desired('server', { size: 2 })
      ],
      observed: [observed('server', { size: 1 })]
    };
    const plan = planned({ ...request, isAsked: input => input === 'class' });
    const marked = plan.steps.flatMap(({ address, changes }) =>
      changes.map(({ field, isDefault }) => [address, field, isDefault])
    );
    expect(marked).toEqual(
      expect.arrayContaining([
        ['new', 'class', undefined],
        ['new', 'group', undefined],
        ['new', 'size', true],
        ['other', 'size', undefined],
        ['server', 'size', undefined]
      ])
    );
    expect(plan.digest).toBe(planned(request).digest);
  });

  test('of a stopped server is told so, and refuses its changes and those of what lies in it', () => {
    const live = observed('server', { size: 1 }, { stopped: {} });
    const user = observed('user', { size: 1 }, { dependsOn: ['server'] });
    const of = (size: number, intent: 'apply' | 'destroy' = 'apply'): ReturnType<typeof planned> => {
      const request = {
        table,
        desired: [desired('server', { size }), desired('user', { size }, { dependsOn: ['server'] })],
        observed: [live, user],
        allowances: { destroy: true, skipFinalSnapshot: true }
      };
      return intent === 'apply' ? planned(request) : plannedDestroy(request);
    };
    expect(of(1)).toMatchObject({
      verdict: 'no-changes',
      notices: [
        {
          code: 'stopped',
          severity: 'warning',
          message: 'thing server is stopped: `command: start` starts it.'
        }
      ]
    });
    const refusal = { rule: 'stopped', message: 'thing server is stopped, and takes no changes.' };
    expect(of(2).steps).toMatchObject([
      { address: 'server', action: 'blocked', refusal },
      { address: 'user', action: 'blocked', refusal }
    ]);
    expect(outline(of(1, 'destroy')).every(line => line.startsWith('delete'))).toBe(true);
  });

  test('has every kind of step in order, counted', () => {
    const plan = planned({
      table,
      allowances: { adoptExisting: true },
      desired: [
        desired('db', { size: 1 }, { dependsOn: ['server'] }),
        desired('server', { class: 'b' }),
        desired('same', { size: 1 }),
        desired('found', {}),
        desired('old', {}, { presence: 'absent' }),
        desired('never', {}, { presence: 'absent' })
      ],
      observed: [
        observed('old'),
        observed('found', {}, unmarked),
        observed('same', { size: 1 }),
        observed('server', { class: 'a' })
      ]
    });
    expect(outline(plan)).toEqual([
      'update server',
      'create db',
      'none same',
      'adopt found',
      'delete old',
      'none never'
    ]);
    expect(plan).toMatchObject({
      schema: 1,
      intent: 'apply',
      target: TARGET,
      verdict: 'changes',
      impact: 'restart',
      counts: { create: 1, update: 1, delete: 1, adopt: 1, blocked: 0, unchanged: 2 },
      lastApplied: OURS
    });
    expect(effectiveSteps(plan).map(step => step.address)).toEqual(['server', 'db', 'found', 'old']);
  });

  test('is empty when everything matches', () => {
    const plan = planned({ desired: [desired('a', { size: 1 })], observed: [observed('a', { size: 1 })], table });
    expect(plan).toMatchObject({ verdict: 'no-changes', impact: 'online', counts: { unchanged: 1 } });
  });

  test('of nothing is empty and knows no mark', () => {
    const plan = planned({});
    expect(plan).toMatchObject({ verdict: 'no-changes', steps: [] });
    expect(plan).not.toHaveProperty('lastApplied');
  });

  test('is blocked as a whole when one step is, and keeps the others for the reader', () => {
    const plan = planned({
      table,
      desired: [desired('a', { size: 1 }), desired('b', { size: 1 })],
      observed: [observed('a', { size: 9 })]
    });
    expect(outline(plan)).toEqual(['blocked a', 'create b']);
    expect(plan).toMatchObject({ verdict: 'blocked', impact: 'blocked', counts: { blocked: 1, create: 1 } });
  });

  test("does not report another owner's database as unchanged", () => {
    const plan = planned({
      desired: [desired('a', { size: 1 })],
      observed: [observed('a', { size: 1 }, foreign)],
      table
    });
    expect(plan).toMatchObject({ verdict: 'blocked', steps: [{ refusal: { rule: 'not-ours' }, intended: 'none' }] });
  });

  test('leaves resources alone that no input mentions, and can name them', () => {
    const wanted = [desired('a')];
    const live = [
      observed('inside', {}, { deletedWith: 'a' }),
      observed('a'),
      observed('extra'),
      observed('other', {}, foreign),
      observed('hand-made', {}, unmarked)
    ];
    expect(outline(planned({ desired: wanted, observed: live }))).toEqual(['none a']);
    expect(unmentioned(wanted, live)).toEqual(['extra']);
  });

  test('changes the dependents of a resource before it is deleted', () => {
    const plan = planned({
      table,
      desired: [desired('group', {}, { presence: 'absent' }), desired('server', { group: 'default' })],
      observed: [observed('group'), observed('server', { group: 'group' }, { dependsOn: ['group', 'network'] })]
    });
    expect(outline(plan)).toEqual(['update server', 'delete group']);
    expect(plan.steps[0]?.dependsOn).toEqual(['group']);
  });

  test('compares references by their values and orders by them', () => {
    const wanted = [desired('server', { group: { $ref: 'group', fact: 'id' } }), desired('group')];
    expect(outline(planned({ desired: wanted }))).toEqual(['create group', 'create server']);
    const live = [observed('server', { group: 'sg-1' }), observed('group', {}, { facts: { id: 'sg-1' } })];
    expect(planned({ desired: wanted, observed: live })).toMatchObject({ verdict: 'no-changes' });
  });

  test('names public exposure as a danger, after the given notices', () => {
    const notice: Notice = { code: 'value-mapped', severity: 'info', message: 'x' };
    const plan = planned({ table, desired: [desired('a', { open: true })], notices: [notice] });
    expect(plan.notices).toEqual([notice, expect.objectContaining({ code: 'public-exposure', severity: 'danger' })]);
    const after = planned({
      table,
      desired: [desired('a', { open: true })],
      observed: [observed('a', { open: true })]
    });
    expect(after.notices).toEqual([]);
  });

  test('is an error for a provider that contradicts itself', () => {
    expect(() => planned({ desired: [desired('a'), desired('a')] })).toThrow(internal('address a'));
    expect(() => planned({ observed: [observed('b'), observed('a'), observed('a')] })).toThrow(internal('address a'));
    expect(() => plannedDestroy({ observed: [observed('a'), observed('a')] })).toThrow(internal('address a'));
    expect(() =>
      planApply({
        target: TARGET,
        desired: [desired('a', {}, { type: 'unheard' })],
        observed: [],
        tables: { thing: {} },
        notices: [],
        allowances: NO_PERMITS
      })
    ).toThrow(internal('type unheard'));
    expect(() => planned({ desired: [desired('a', {}, { dependsOn: ['a'] })] })).toThrow(internal('circle'));
  });

  test('does not change its arguments', () => {
    const request = {
      table,
      desired: [
        desired('b', { size: 2, class: 'x' }, { dependsOn: ['a'], complete: ['tags'] }),
        desired('a', { size: 5 })
      ],
      observed: [observed('a', { size: 4 }), observed('b', { size: 1, 'tags.x': 1 }, { dependsOn: ['a'] })]
    };
    const before = structuredClone({ desired: request.desired, observed: request.observed });
    planned(request);
    plannedDestroy(request);
    expect({ desired: request.desired, observed: request.observed }).toEqual(before);
  });
});

describe('a plan to destroy', () => {
  const ours = [observed('server', { size: 1 }), observed('db', {}, { dependsOn: ['server'] })];

  test('removes every resource of ours, dependents first', () => {
    const plan = plannedDestroy({ observed: ours, allowances: { destroy: true } });
    expect(outline(plan)).toEqual(['delete db', 'delete server']);
    expect(plan).toMatchObject({ intent: 'destroy', verdict: 'changes', counts: { delete: 2 }, lastApplied: OURS });
  });

  test('has no step for a child that is deleted with its parent, unless the parent stays', () => {
    const within = observed('db', {}, { dependsOn: ['server'], deletedWith: 'server' });
    const allowances = { destroy: true };
    expect(outline(plannedDestroy({ observed: [observed('server'), within], allowances }))).toEqual(['delete server']);
    expect(outline(plannedDestroy({ observed: [within], allowances }))).toEqual(['delete db']);
    const others = observed('server', {}, foreign);
    expect(outline(plannedDestroy({ observed: [others, within], allowances }))).toEqual(['delete db']);
  });

  test('does not delete a protected child with its parent', () => {
    const within = observed('db', {}, { dependsOn: ['server'], deletedWith: 'server', isProtected: true });
    const plan = plannedDestroy({ observed: [observed('server'), within], allowances: { destroy: true } });
    expect(outline(plan)).toEqual(['blocked db', 'delete server']);
    expect(plan.steps[0]?.refusal?.rule).toBe('deletion-protection');
  });

  test("is refused when another owner's resource is a child of a deleted one", () => {
    const guest = observed('guest', {}, { ...foreign, deletedWith: 'server' });
    const plan = plannedDestroy({ observed: [observed('server'), guest], allowances: { destroy: true } });
    expect(plan.steps.map(step => [step.address, step.refusal?.rule])).toEqual([['server', 'not-ours']]);
  });

  test('is refused without confirmation, every step by name', () => {
    const plan = plannedDestroy({ observed: ours });
    expect(plan.verdict).toBe('blocked');
    expect(plan.steps.map(step => [step.address, step.intended, step.refusal?.rule])).toEqual([
      ['db', 'delete', 'confirm-destroy'],
      ['server', 'delete', 'confirm-destroy']
    ]);
  });

  test("skips another owner's resources next to ours", () => {
    const plan = plannedDestroy({ observed: [...ours, observed('other', {}, foreign)], allowances: { destroy: true } });
    expect(outline(plan)).toEqual(['delete db', 'delete server']);
  });

  test("is refused when another owner's resource would be deleted too", () => {
    const plan = plannedDestroy({
      observed: [...ours, observed('guest', {}, { ...foreign, dependsOn: ['server'] })],
      allowances: { destroy: true }
    });
    expect(outline(plan)).toEqual(['delete db', 'blocked server']);
    expect(plan.steps[1]?.refusal?.message).toContain('thing guest');
  });

  test('refuses found resources by name when none is ours', () => {
    const plan = plannedDestroy({
      observed: [observed('server', {}, foreign), observed('db', {}, unmarked)],
      allowances: { destroy: true }
    });
    expect(plan).toMatchObject({ verdict: 'blocked', counts: { blocked: 2 } });
    expect(plan.steps.map(step => step.refusal?.rule)).toEqual(['not-ours', 'not-ours']);
  });

  test('of a deleted database has nothing to do', () => {
    expect(plannedDestroy({ allowances: { destroy: true } })).toMatchObject({ verdict: 'no-changes', steps: [] });
  });
});
