import { diffResource, knownFrom } from '../../../src/engine/diff.ts';
import type { Observed } from '../../../src/engine/resource.ts';
import type { FieldValue, Value } from '../../../src/engine/value.ts';
import { desired, observed } from '../../support/resources.ts';
import { table, told } from './differing.ts';

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

  test('a requested one is an immediate change when the queue will not wait, and no longer shown as queued', () => {
    const queue = { pending: { class: 'b', groups: ['sg-7'] }, isQueueDue: true };
    const step = diffResource(desired('a', { class: 'B', size: 10 }), observed('a', live, queue), table);
    expect(step.changes).toEqual([{ field: 'class', input: 'instance_class', from: 'a', to: 'B', impact: 'restart' }]);
    expect(step.pending).toEqual({ groups: ['sg-7'] });
    const awaited = diffResource(
      desired('a', { class: 'A' }),
      observed('a', live, { ...queue, pending: { class: 'a' } }),
      table
    );
    expect(awaited.changes).toEqual([]);
  });

  test('one that would replace a matching live value is cancelled, without impact', () => {
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

  test('a queued reset of a requested value is cancelled', () => {
    const step = diffResource(desired('a', { size: 10 }), observed('a', live, { pending: { size: null } }), table);
    expect(step.changes).toMatchObject([
      { from: null, to: 10, withdraws: true, shown: { from: 'default (pending)', to: '10 GiB' } }
    ]);
  });
});

describe('a map that is listed completely', () => {
  const complete = { complete: ['parameters'] } as const;

  test('resets members that are no longer listed', () => {
    const live = observed('a', { 'parameters.x': 1, 'parameters.y': 2, parametersOther: 3, 'tags.x': 4 });
    expect(told(desired('a', { 'parameters.x': 1 }, complete), live)).toEqual(['parameters.y: 2 → null (restart)']);
  });

  test('resets members that are only queued yet', () => {
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
    const wanted = desired('a', {}, { ...complete, fields: { 'parameters.y': { value: 9, managed: false } } });
    expect(told(wanted, observed('a', { 'parameters.y': 2 }))).toEqual([]);
  });

  test.each([
    [['b', 'b'], 'b'],
    [['b', 'c'], 'parameters'],
    [['b', undefined], 'parameters'],
    [[], 'parameters']
  ])('names the input of those that stay, %j, for a member that goes: %s', (inputs, named) => {
    const stay = inputs.map((input, at) => [`parameters.${at}`, { value: 1, managed: true, ...(input && { input }) }]);
    const wanted = desired(
      'a',
      {},
      { ...complete, fields: { ...Object.fromEntries(stay), size: { value: 2, managed: true, input: 'd' } } }
    );
    const { changes } = diffResource(wanted, observed('a', { 'parameters.y': 2, size: 1 }), table);
    const inputOf = Object.fromEntries(changes.map(change => [change.field, change.input]));
    expect(inputOf).toMatchObject({ 'parameters.y': named, size: 'd' });
  });

  test('leaves an unreadable member alone', () => {
    for (const unread of ['parameters.y', 'parameters.*']) {
      const live = observed('a', { 'parameters.y': 2 }, { unknown: { [unread]: 'a permission' } });
      expect(told(desired('a', {}, complete), live)).toEqual([]);
      expect(told(desired('a', { 'parameters.y': 3 }), live)).toEqual([]);
    }
  });

  test('otherwise unlisted members stay', () => {
    expect(told(desired('a', { 'parameters.x': 1 }), observed('a', { 'parameters.x': 1, 'parameters.y': 2 }))).toEqual(
      []
    );
  });
});

describe('secrets', () => {
  const wanted = desired('a', { password: { $secret: 'master_password' } });

  test.each<[string, Observed['fields'], boolean]>([
    ['is not compared when nothing is known of the live one', {}, false],
    ['is as asked when the wing says so', { password: true }, false],
    ['changes when the live one is known to differ', { password: false }, true]
  ])('a secret %s', (_, fields, changes) => {
    const step = diffResource(wanted, observed('a', fields), table);
    expect(step.changes).toEqual(
      changes
        ? [{ field: 'password', input: 'master_password', to: { $secret: 'master_password' }, impact: 'online' }]
        : []
    );
  });

  test('a generated secret that no input asked for is set at creation and never changed', () => {
    const generated = desired('a', {}, { fields: { password: { value: { $secret: 'made' }, managed: false } } });
    expect(diffResource(generated, undefined, table).changes).toHaveLength(1);
    expect(diffResource(generated, observed('a', { password: false }), table).changes).toEqual([]);
  });
});

describe('references', () => {
  const group = { $ref: 'group', fact: 'id' };
  const known = knownFrom([observed('group', {}, { facts: { id: 'sg-9' } })]);

  test('make the step depend on their resources, once', () => {
    const wanted = desired(
      'a',
      { class: group, groups: ['sg-1', group, { $ref: 'other', fact: 'id' }] },
      { dependsOn: ['group'] }
    );
    expect(diffResource(wanted, undefined, table).dependsOn).toEqual(['group', 'other']);
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

  test('to an existing but unreadable value leave the field as it is, with the missing permission', () => {
    const unread = knownFrom([observed('group', {}, { unknown: { 'rules.*': 'ec2:Look' } })]);
    const wanted = desired('a', { class: group, groups: ['sg-1', group], size: 5 });
    const step = diffResource(wanted, observed('a', { class: 'sg-9', groups: ['sg-8'], size: 1 }), table, unread);
    expect(step.changes.map(({ field }) => field)).toEqual(['size']);
    expect(step.unknown).toEqual({ class: 'ec2:Look', groups: 'ec2:Look' });
  });

  test('in a list are compared by their values', () => {
    const wanted = desired('a', { groups: [group, 'sg-1'] });
    expect(diffResource(wanted, observed('a', { groups: ['sg-1', 'sg-9'] }), table, known).changes).toEqual([]);
    expect(diffResource(wanted, observed('a', { groups: ['sg-1'] }), table, known).changes).toMatchObject([
      { from: ['sg-1'], to: [group, 'sg-1'] }
    ]);
  });
});
