import { diffResource, removal } from '../../../src/engine/diff.ts';
import type { Observed } from '../../../src/engine/resource.ts';
import type { FieldValue } from '../../../src/engine/value.ts';
import { desired, FOREIGN, observed } from '../../support/resources.ts';
import { table, told } from './differing.ts';

describe('a resource that does not exist yet', () => {
  test('is created with all fields that have a value, managed or not, sorted by name', () => {
    const wanted = desired(
      'a',
      { size: 20, class: 'Small', ghost: null, password: { $secret: 'master_password' } },
      {
        fields: { backup: { value: 7, managed: false } },
        dependsOn: ['network'],
        concurrencyGroup: 'server'
      }
    );
    expect(diffResource(wanted, undefined, table)).toEqual({
      address: 'a',
      type: 'thing',
      title: 'thing a',
      action: 'create',
      changes: [
        { field: 'backup', to: 7, impact: 'online' },
        { field: 'class', input: 'instance_class', to: 'Small', impact: 'online' },
        { field: 'password', input: 'master_password', to: { $secret: 'master_password' }, impact: 'online' },
        { field: 'size', input: 'allocated_storage', to: 20, shown: { to: '20 GiB' }, impact: 'online' }
      ],
      unchanged: [],
      unknown: {},
      pending: {},
      impact: 'online',
      dependsOn: ['network'],
      concurrencyGroup: 'server'
    });
  });

  test('needs no step when it should be absent', () => {
    const step = diffResource(desired('a', { size: 20 }, { presence: 'absent' }), undefined, table);
    expect([step.action, step.changes]).toEqual(['none', []]);
  });
});

describe('an existing resource that should be absent', () => {
  test('is deleted, after its current dependents and not those of the plan', () => {
    const live = observed(
      'a',
      { size: 20 },
      { title: 'live title', dependsOn: ['old'], concurrencyGroup: 'live lane' }
    );
    const step = diffResource(desired('a', {}, { presence: 'absent', dependsOn: ['new'] }), live, table);
    expect(step).toEqual(removal(live));
    expect(step).toMatchObject({
      action: 'delete',
      title: 'live title',
      dependsOn: ['old'],
      concurrencyGroup: 'live lane',
      changes: []
    });
  });
});

describe('an existing resource', () => {
  test.each<[string, Record<string, FieldValue>, Observed['fields'], readonly string[]]>([
    ['a value that is as asked', { size: 20 }, { size: 20 }, []],
    ['a value that differs', { class: 'large' }, { class: 'small' }, ['class: "small" → "large" (restart)']],
    ['a value spelled differently, live', { class: 'large' }, { class: 'LARGE' }, []],
    ['a value spelled differently, asked', { class: 'LARGE' }, { class: 'large' }, []],
    [
      'a changed value in the spelling it was asked in',
      { class: 'Large' },
      { class: 'SMALL' },
      ['class: "SMALL" → "Large" (restart)']
    ],
    ['a list whose order means nothing', { groups: ['b', 'a'] }, { groups: ['a', 'b'] }, []],
    ['a value that is not set yet', { class: 'large' }, {}, ['class: null → "large" (restart)']],
    ['a value given back to the default', { class: null }, { class: 'large' }, ['class: "large" → null (restart)']],
    ['a default that is the default', { class: null }, {}, []],
    ['false, which is a value', { class: false }, {}, ['class: null → false (restart)']],
    ['a live value that is better than asked', { size: 20 }, { size: 30 }, []],
    ['a live value that does not meet the wish', { size: 40 }, { size: 30 }, ['size: 30 → 40 (online)']],
    ['no live value, which meets no wish', { size: 20 }, {}, ['size: null → 20 (online)']],
    ['a reset, which a better value does not meet', { size: null }, { size: 30 }, ['size: 30 → null (online)']],
    ['a field that no rule speaks of', { other: 'x' }, { other: 'y' }, ['other: "y" → "x" (online)']],
    [
      'two fields, sorted',
      { size: 9, class: 'b' },
      { size: 1, class: 'a' },
      ['class: "a" → "b" (restart)', 'size: 1 → 9 (online)']
    ]
  ])('%s', (_, fields, live, changes) => {
    expect(told(desired('a', fields), observed('a', live))).toEqual(changes);
  });

  test.each<[string, number, Observed['fields'], string]>([
    ['upwards', 3, { replicas: 1 }, 'online'],
    ['downwards', 1, { replicas: 3 }, 'deferred'],
    ['downwards while busy', 1, { replicas: 3, busy: true }, 'failover']
  ])('an impact that depends on the change and the live state: %s', (_, to, live, impact) => {
    expect(diffResource(desired('a', { replicas: to }), observed('a', live), table)).toMatchObject({
      impact,
      changes: [{ impact }]
    });
  });

  test('a default that no input set is never a change, with any live value', () => {
    const wanted = desired(
      'a',
      {},
      { fields: { class: { value: 'large', managed: false }, size: { value: 5, managed: false } } }
    );
    const step = diffResource(wanted, observed('a', { class: 'small' }), table);
    expect(step).toMatchObject({ action: 'none', changes: [], unchanged: [] });
  });

  test('names the compared matching fields, and has the impact of its worst change', () => {
    const step = diffResource(
      desired('a', { size: 20, class: 'b', groups: ['x'], replicas: 1 }),
      observed('a', { size: 20, class: 'a', groups: ['x'], replicas: 2 }),
      table
    );
    expect(step).toMatchObject({ action: 'update', unchanged: ['groups', 'size'], impact: 'restart' });
    expect(step.changes.map(change => change.field)).toEqual(['class', 'replicas']);
  });

  test("shows values in the field's own spelling", () => {
    expect(diffResource(desired('a', { size: 40 }), observed('a', { size: 30 }), table).changes).toEqual([
      {
        field: 'size',
        input: 'allocated_storage',
        from: 30,
        to: 40,
        shown: { from: '30 GiB', to: '40 GiB' },
        impact: 'online'
      }
    ]);
    expect(diffResource(desired('a', { size: null }), observed('a', { size: 30 }), table).changes[0]?.shown).toEqual({
      from: '30 GiB'
    });
    expect(diffResource(desired('a', { 'parameters.x': 1 }), observed('a'), table).changes[0]?.shown).toEqual({
      to: 'parameters.x=1'
    });
  });

  test('is adopted when it carries no mark, with or without changes', () => {
    const unmarked = { ownership: { kind: 'unmarked' } } as const;
    expect(diffResource(desired('a', { size: 1 }), observed('a', { size: 1 }, unmarked), table)).toMatchObject({
      action: 'adopt',
      changes: []
    });
    expect(diffResource(desired('a', { class: 'b' }), observed('a', {}, unmarked), table)).toMatchObject({
      action: 'adopt',
      changes: [{ field: 'class' }]
    });
  });

  test('of another owner is compared like any other: the safety rules refuse it', () => {
    const foreign = { ownership: { kind: 'foreign', mark: FOREIGN } } as const;
    expect(diffResource(desired('a', { class: 'b' }), observed('a', {}, foreign), table).action).toBe('update');
  });

  test('is silent about unreadable fields, and lists them', () => {
    const live = observed('a', { size: 1 }, { unknown: { class: 'rds:Describe' } });
    const step = diffResource(desired('a', { class: 'b', size: 1 }), live, table);
    expect(step).toMatchObject({ action: 'none', unchanged: ['size'], unknown: { class: 'rds:Describe' } });
  });
});
