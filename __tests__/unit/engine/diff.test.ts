import { diffResource, knownFrom, removal } from '../../../src/engine/diff.ts';
import type { Desired, FieldTable, Observed } from '../../../src/engine/resource.ts';
import { canonicalJson, type FieldValue, type Value } from '../../../src/engine/value.ts';
import { desired, FOREIGN, observed } from '../../support/resources.ts';

const lower = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

const sorted = (value: Value): Value =>
  Array.isArray(value)
    ? (value as readonly Value[]).toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
    : value;

const table: FieldTable = {
  class: { api: 'Class', input: 'instance_class', impact: 'restart', normalise: lower },
  size: {
    api: 'Size',
    input: 'allocated_storage',
    impact: 'online',
    satisfied: (live, wish) => Number(live) >= Number(wish),
    show: size => `${JSON.stringify(size)} GiB`
  },
  groups: { api: 'Groups', impact: 'online', normalise: sorted },
  password: { api: 'Password', input: 'master_password', impact: 'online' },
  replicas: {
    api: 'Replicas',
    impact: ({ from, to }, live) =>
      Number(to) > Number(from) ? 'online' : live.fields['busy'] === true ? 'failover' : 'deferred'
  },
  'parameters.*': {
    api: 'Parameter',
    input: 'parameters',
    impact: 'restart',
    show: (value, field) => `${field}=${JSON.stringify(value)}`
  }
};

/** The changes as `field: from → to (impact)`, for tables of rows. */
function told(wish: Desired, live: Observed | undefined): readonly string[] {
  return diffResource(wish, live, table).changes.map(
    ({ field, from, to, impact }) => `${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)} (${impact})`
  );
}

describe('what does not exist yet', () => {
  test('is created with all fields that have a value, managed or not, sorted by name', () => {
    const wish = desired(
      'a',
      { size: 20, class: 'Small', ghost: null, password: { $secret: 'master_password' } },
      {
        fields: { backup: { value: 7, managed: false } },
        dependsOn: ['network'],
        lane: 'server'
      }
    );
    expect(diffResource(wish, undefined, table)).toEqual({
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
      lane: 'server'
    });
  });

  test('is nothing to do when it is to be absent', () => {
    const step = diffResource(desired('a', { size: 20 }, { presence: 'absent' }), undefined, table);
    expect([step.action, step.changes]).toEqual(['none', []]);
  });
});

describe('what exists and is to be absent', () => {
  test('is deleted, after what leans on it now and not what was to lean on it', () => {
    const live = observed('a', { size: 20 }, { title: 'live title', dependsOn: ['old'], lane: 'live lane' });
    const step = diffResource(desired('a', {}, { presence: 'absent', dependsOn: ['new'] }), live, table);
    expect(step).toEqual(removal(live));
    expect(step).toMatchObject({
      action: 'delete',
      title: 'live title',
      dependsOn: ['old'],
      lane: 'live lane',
      changes: []
    });
  });
});

describe('what exists', () => {
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
  ])('a cost that depends on the change and the live state: %s', (_, to, live, impact) => {
    expect(diffResource(desired('a', { replicas: to }), observed('a', live), table)).toMatchObject({
      impact,
      changes: [{ impact }]
    });
  });

  test('a default that nobody set is never a change, whatever is live', () => {
    const wish = desired(
      'a',
      {},
      { fields: { class: { value: 'large', managed: false }, size: { value: 5, managed: false } } }
    );
    const step = diffResource(wish, observed('a', { class: 'small' }), table);
    expect(step).toMatchObject({ action: 'none', changes: [], unchanged: [] });
  });

  test('names what it compared and found as asked, and costs as much as its worst change', () => {
    const step = diffResource(
      desired('a', { size: 20, class: 'b', groups: ['x'], replicas: 1 }),
      observed('a', { size: 20, class: 'a', groups: ['x'], replicas: 2 }),
      table
    );
    expect(step).toMatchObject({ action: 'update', unchanged: ['groups', 'size'], impact: 'restart' });
    expect(step.changes.map(change => change.field)).toEqual(['class', 'replicas']);
  });

  test('shows values as people write them', () => {
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

  test('of somebody else is compared like any other: the safety rules refuse it', () => {
    const foreign = { ownership: { kind: 'foreign', mark: FOREIGN } } as const;
    expect(diffResource(desired('a', { class: 'b' }), observed('a', {}, foreign), table).action).toBe('update');
  });

  test('keeps quiet about fields that may not be read, and says which', () => {
    const live = observed('a', { size: 1 }, { unknown: { class: 'rds:Describe' } });
    const step = diffResource(desired('a', { class: 'b', size: 1 }), live, table);
    expect(step).toMatchObject({ action: 'none', unchanged: ['size'], unknown: { class: 'rds:Describe' } });
  });
});

describe('values that are queued', () => {
  const live = { class: 'a', size: 10 };

  test.each<[string, Record<string, FieldValue>, Observed['fields'], readonly string[]]>([
    ['the one that is asked for is not proposed again', { class: 'b' }, { class: 'b' }, []],
    ['nor in another spelling', { class: 'b' }, { class: 'B' }, []],
    ['nor one that is better than asked', { size: 20 }, { size: 30 }, []],
    [
      'another one is replaced, seen from the live value',
      { class: 'c' },
      { class: 'b' },
      ['class: "a" → "c" (restart)']
    ],
    ['one that nobody asks for is left alone', {}, { class: 'b' }, []],
    ['a queued reset that is asked for is not proposed again', { class: null }, { class: null }, []]
  ])('%s', (_, fields, pending, changes) => {
    const step = diffResource(desired('a', fields), observed('a', live, { pending }), table);
    expect(told(desired('a', fields), observed('a', live, { pending }))).toEqual(changes);
    expect(step.pending).toEqual(pending);
  });

  test('one that would take a live value away that is as asked is taken back, at no cost', () => {
    const step = diffResource(
      desired('a', { class: 'A', size: 10 }),
      observed('a', live, { pending: { class: 'b' } }),
      table
    );
    expect(step.changes).toEqual([
      {
        field: 'class',
        input: 'instance_class',
        from: 'b',
        to: 'A',
        shown: { from: 'b (pending)' },
        impact: 'online',
        withdraws: true
      }
    ]);
  });

  test('a queued reset of a value that is asked for is taken back', () => {
    const step = diffResource(desired('a', { size: 10 }), observed('a', live, { pending: { size: null } }), table);
    expect(step.changes).toMatchObject([
      { from: null, to: 10, withdraws: true, shown: { from: 'default (pending)', to: '10 GiB' } }
    ]);
  });
});

describe('a map that is listed completely', () => {
  const complete = { complete: ['parameters'] } as const;

  test('gives back what it no longer lists', () => {
    const live = observed('a', { 'parameters.x': 1, 'parameters.y': 2, parametersOther: 3, 'tags.x': 4 });
    expect(told(desired('a', { 'parameters.x': 1 }, complete), live)).toEqual(['parameters.y: 2 → null (restart)']);
  });

  test('gives back what is only queued yet', () => {
    const live = observed('a', {}, { pending: { 'parameters.y': 2 } });
    expect(diffResource(desired('a', {}, complete), live, table).changes).toMatchObject([
      { field: 'parameters.y', from: 2, to: null, withdraws: true }
    ]);
  });

  test('does not propose a reset that is queued already', () => {
    const live = observed('a', { 'parameters.y': 2 }, { pending: { 'parameters.y': null } });
    expect(told(desired('a', {}, complete), live)).toEqual([]);
  });

  test('leaves a member alone that is listed as a default', () => {
    const wish = desired('a', {}, { ...complete, fields: { 'parameters.y': { value: 9, managed: false } } });
    expect(told(wish, observed('a', { 'parameters.y': 2 }))).toEqual([]);
  });

  test('leaves a member alone that may not be read', () => {
    const live = observed('a', { 'parameters.y': 2 }, { unknown: { 'parameters.y': 'a permission' } });
    expect(told(desired('a', {}, complete), live)).toEqual([]);
  });

  test('otherwise what is not listed stays', () => {
    expect(told(desired('a', { 'parameters.x': 1 }), observed('a', { 'parameters.x': 1, 'parameters.y': 2 }))).toEqual(
      []
    );
  });
});

describe('secrets', () => {
  const wish = desired('a', { password: { $secret: 'master_password' } });

  test.each<[string, Observed['fields'], boolean]>([
    ['is not compared when nothing is known of the live one', {}, false],
    ['is as asked when the wing says so', { password: true }, false],
    ['changes when the live one is known to differ', { password: false }, true]
  ])('a secret %s', (_, fields, changes) => {
    const step = diffResource(wish, observed('a', fields), table);
    expect(step.changes).toEqual(
      changes
        ? [{ field: 'password', input: 'master_password', to: { $secret: 'master_password' }, impact: 'online' }]
        : []
    );
  });

  test('a generated secret that nobody asked for is given at creation and never changed', () => {
    const generated = desired('a', {}, { fields: { password: { value: { $secret: 'made' }, managed: false } } });
    expect(diffResource(generated, undefined, table).changes).toHaveLength(1);
    expect(diffResource(generated, observed('a', { password: false }), table).changes).toEqual([]);
  });
});

describe('references', () => {
  const group = { $ref: 'group', fact: 'id' };
  const known = knownFrom([observed('group', {}, { facts: { id: 'sg-9' } })]);

  test('make the step depend on what they refer to, once', () => {
    const wish = desired(
      'a',
      { class: group, groups: ['sg-1', group, { $ref: 'other', fact: 'id' }] },
      { dependsOn: ['group'] }
    );
    expect(diffResource(wish, undefined, table).dependsOn).toEqual(['group', 'other']);
  });

  test.each<[string, FieldValue, Value, boolean]>([
    ['to what is in place', group, 'sg-9', false],
    ['to what is in place, spelled differently', group, 'SG-9', false],
    ['that the wing itself recognises', group, { $ref: 'group', fact: 'id' }, false],
    ['to something else than what is in place', group, 'sg-1', true],
    ['to a fact that is not known', { $ref: 'group', fact: 'arn' }, 'sg-9', true],
    ['to what does not exist yet', { $ref: 'other', fact: 'id' }, 'sg-9', true]
  ])('%s', (_, to, live, changes) => {
    const step = diffResource(desired('a', { class: to }), observed('a', { class: live }), table, known);
    expect(step.changes).toEqual(
      changes ? [{ field: 'class', input: 'instance_class', from: live, to, impact: 'restart' }] : []
    );
  });

  test('in a list are compared by what they stand for', () => {
    const wish = desired('a', { groups: [group, 'sg-1'] });
    expect(diffResource(wish, observed('a', { groups: ['sg-1', 'sg-9'] }), table, known).changes).toEqual([]);
    expect(diffResource(wish, observed('a', { groups: ['sg-1'] }), table, known).changes).toMatchObject([
      { from: ['sg-1'], to: [group, 'sg-1'] }
    ]);
  });
});
