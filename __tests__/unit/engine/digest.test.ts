import { createHash } from 'node:crypto';
import { digestOf, digestOfEffect, effectOf, settingsDigest } from '../../../src/engine/digest.ts';
import type { Plan, Step } from '../../../src/engine/plan.ts';
import type { Desired, FieldTable } from '../../../src/engine/resource.ts';
import { desired, observed, planned, step, TARGET } from '../../support/resources.ts';

const table: FieldTable = {
  groups: {
    api: 'Groups',
    impact: 'online',
    normalise: value => (typeof value === 'string' ? value.split('').sort().join('') : value)
  }
};

const core: Pick<Plan, 'intent' | 'target' | 'steps'> = {
  intent: 'apply',
  target: TARGET,
  steps: [
    step('a', 'update', {
      changes: [
        { field: 'x', from: 1, to: 2, impact: 'online' },
        { field: 'y', from: { p: 1, q: 2 }, to: 'z', impact: 'restart' }
      ]
    }),
    step('b', 'create', {
      changes: [{ field: 'x', to: { $ref: 'a', fact: 'id' }, impact: 'online' }],
      dependsOn: ['a']
    }),
    step('c', 'delete'),
    step('d', 'none', { unchanged: ['x'] })
  ]
};

function changed(edit: (first: Step) => Step): typeof core {
  const [first, ...rest] = core.steps;
  return first === undefined ? core : { ...core, steps: [edit(first), ...rest] };
}

const refused = (intended: 'update' | 'delete'): typeof core =>
  changed(one => ({ ...one, action: 'blocked', intended }));

const grouped = (live: string, wanted: string): string =>
  planned({ table, desired: [desired('a', { groups: wanted })], observed: [observed('a', { groups: live })] }).digest;

const noticed = (message: string): string =>
  planned({ desired: [desired('a', { x: 1 })], notices: [{ code: 'c', severity: 'info', message }] }).digest;

describe('the digest of a plan', () => {
  const digest = digestOf(core);

  test('is a SHA-256 in hex that stays the same from version to version', () => {
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const text =
      '{"intent":"apply","steps":[{"action":"delete","address":"c","changes":[]}],"target":{"account":"runner",' +
      '"environment":"production","name":"orders","provider":"local","region":"","repository":"acme/shop"}}';
    expect(digestOf({ intent: 'apply', target: TARGET, steps: [step('c', 'delete')] })).toBe(
      createHash('sha256').update(text).digest('hex')
    );
  });

  test.each<[string, typeof core]>([
    ['the order of steps', { ...core, steps: core.steps.toReversed() }],
    ['the order of changes', changed(one => ({ ...one, changes: one.changes.toReversed() }))],
    [
      'the order of keys',
      changed(one => ({
        ...one,
        changes: one.changes.map(change => (change.field === 'y' ? { ...change, from: { q: 2, p: 1 } } : change))
      }))
    ],
    ['titles', changed(one => ({ ...one, title: 'another' }))],
    [
      'how values are shown',
      changed(one => ({ ...one, changes: one.changes.map(change => ({ ...change, shown: { to: '…' }, input: 'i' })) }))
    ],
    ['what stays as it is', { ...core, steps: core.steps.filter(one => one.action !== 'none') }],
    [
      'unchanged, unknown and pending fields',
      changed(one => ({ ...one, unchanged: ['q'], unknown: { r: 'permission' }, pending: { s: 1 } }))
    ],
    ['the order of work', changed(one => ({ ...one, concurrencyGroup: 'z', dependsOn: ['c'] }))],
    [
      'the order of the keys of the target',
      { ...core, target: Object.fromEntries(Object.entries(TARGET).reverse()) as never }
    ]
  ])('does not depend on %s', (_, same) => {
    expect(digestOf(same)).toBe(digest);
  });

  test.each<[string, typeof core]>([
    ['the intent', { ...core, intent: 'destroy' }],
    ['the target', { ...core, target: { ...TARGET, environment: 'staging' } }],
    ['the pull request', { ...core, target: { ...TARGET, pullRequest: 1 } }],
    ['a step more', { ...core, steps: [...core.steps, step('e', 'delete')] }],
    ['a step less', { ...core, steps: core.steps.slice(1) }],
    ['an action', changed(one => ({ ...one, action: 'adopt' }))],
    ['an address', changed(one => ({ ...one, address: 'z' }))],
    ['a change less', changed(one => ({ ...one, changes: one.changes.slice(1) }))],
    ['what it comes from', changed(one => ({ ...one, changes: one.changes.map(change => ({ ...change, from: 0 })) }))],
    ['what it leads to', changed(one => ({ ...one, changes: one.changes.map(change => ({ ...change, to: 0 })) }))],
    [
      'what it costs',
      changed(one => ({ ...one, changes: one.changes.map(change => ({ ...change, impact: 'failover' })) }))
    ],
    ['what a refused step would have been', changed(one => ({ ...one, action: 'blocked', intended: 'delete' }))]
  ])('depends on %s', (_, other) => {
    expect(digestOf(other)).not.toBe(digest);
  });

  test('is that of the effect, which can be stored as data', () => {
    const effect = effectOf(core);
    const y = { field: 'y', from: { p: 1, q: 2 }, to: 'z', impact: 'restart' };
    const x = { field: 'x', from: null, to: { $ref: 'a', fact: 'id' }, impact: 'online' };
    expect(effect).toEqual({
      intent: 'apply',
      target: TARGET,
      steps: [
        { address: 'a', action: 'update', changes: [{ field: 'x', from: 1, to: 2, impact: 'online' }, y] },
        { address: 'b', action: 'create', changes: [x] },
        { address: 'c', action: 'delete', changes: [] }
      ]
    });
    expect(digestOfEffect(JSON.parse(JSON.stringify(effect)) as typeof effect)).toBe(digestOf(core));
  });

  test('distinguishes refused steps by their intended action', () => {
    expect(digestOf(refused('update'))).not.toBe(digestOf(refused('delete')));
  });

  test('does not depend on a spelling that the field normalises, on either side', () => {
    expect(grouped('ba', 'dc')).toBe(grouped('ab', 'cd'));
    expect(grouped('ba', 'dc')).not.toBe(grouped('ab', 'ce'));
  });

  test('does not depend on notices or on the time', () => {
    expect(noticed('one')).toBe(noticed('two'));
  });
});

const settings = (groups: string): string => settingsDigest([desired('a', { groups })], { thing: table });

describe('the digest of settings', () => {
  test('does not depend on a spelling that the field normalises', () => {
    expect(settings('ba')).toBe(settings('ab'));
    expect(settings('ba')).not.toBe(settings('ac'));
  });

  const wanted: readonly Desired[] = [
    desired(
      'a',
      { x: 1, y: { p: 1, q: 2 } },
      { complete: ['tags', 'parameters'], fields: { z: { value: 3, managed: false } } }
    ),
    desired('b', {}, { presence: 'absent' })
  ];
  const digest = settingsDigest(wanted);
  const edited = (edit: (first: Desired) => Desired): string =>
    settingsDigest(wanted.map((one, i) => (i === 0 ? edit(one) : one)));

  test('stays the same from version to version', () => {
    const text =
      '[{"address":"a","complete":["parameters","tags"],"fields":{"x":1,"y":{"p":1,"q":2}},"presence":"present"},' +
      '{"address":"c","complete":[],"fields":{},"presence":"present"}]';
    expect(settingsDigest([desired('c'), ...wanted])).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test.each<[string, string]>([
    ['the order of resources', settingsDigest(wanted.toReversed())],
    ['what must not exist', settingsDigest(wanted.slice(0, 1))],
    [
      'the order of fields',
      edited(one => ({ ...one, fields: Object.fromEntries(Object.entries(one.fields).reverse()) }))
    ],
    ['the order of complete maps', edited(one => ({ ...one, complete: ['parameters', 'tags'] }))],
    [
      'titles, lanes and order of work',
      edited(one => ({ ...one, title: 't', concurrencyGroup: 'l', dependsOn: ['b'] }))
    ],
    [
      'defaults that nobody set',
      edited(one => ({ ...one, fields: { ...one.fields, z: { value: 4, managed: false } } }))
    ]
  ])('does not depend on %s', (_, same) => {
    expect(same).toBe(digest);
  });

  test.each<[string, string]>([
    ['a value', edited(one => ({ ...one, fields: { ...one.fields, x: { value: 2, managed: true } } }))],
    [
      'a default that somebody sets',
      edited(one => ({ ...one, fields: { ...one.fields, z: { value: 3, managed: true } } }))
    ],
    ['presence', edited(one => ({ ...one, presence: 'absent' }))],
    ['a map that is no longer listed completely', edited(one => ({ ...one, complete: ['tags'] }))],
    ['a resource more', settingsDigest([...wanted, desired('c')])]
  ])('depends on %s', (_, other) => {
    expect(other).not.toBe(digest);
  });
});
