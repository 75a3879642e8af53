import type { Change, Step } from '../../../src/engine/plan.ts';
import type { Field, FieldTable, Observed } from '../../../src/engine/resource.ts';
import { exposures, type Allowances } from '../../../src/engine/safety.ts';
import type { FieldValue } from '../../../src/engine/value.ts';
import { observed, step } from '../../support/resources.ts';
import { foreign, guarded, ours, unmarked } from './guarding.ts';

function change(from: FieldValue | undefined, to: FieldValue, more: Partial<Change> = {}): Change {
  return { field: 'field', input: 'an_input', ...(from === undefined ? {} : { from }), to, impact: 'online', ...more };
}

type Row = readonly [string, Change, Partial<Field>?, Partial<Allowances>?, Step['action']?];

function guardedChange([, one, field, allowances, action = 'update']: Row): Step {
  return guarded({
    action,
    changes: [one, { field: 'harmless', to: 1, impact: 'online' }],
    table: { field: { api: 'Field', impact: 'online', ...field } },
    ...(allowances === undefined ? {} : { allowances }),
    ...(action === 'create' ? {} : { live: action === 'adopt' ? unmarked : ours })
  });
}

const fixed = { constraint: 'create-only' } as const;
const growing = { constraint: 'grow-only' } as const;
const version = { constraint: 'upgrade-only' } as const;
const major = { majorVersionUpgrade: true };
const digits = (value: unknown): number => Number(/\d+/.exec(String(value))?.[0]);

describe('the rules for single changes', () => {
  const allowed: readonly Row[] = [
    ['a field without a guard', change('a', 'b')],
    ['a fixed field at creation', change(undefined, 'b'), fixed, {}, 'create'],
    ['growth', change(20, 30), growing],
    ['growth of numbers that are text', change('20', '100'), growing],
    ["growth in the field's own spelling", change('20 GiB', '100 GiB'), { ...growing, normalise: digits }],
    ['another spelling of the same size', change('20', 20), growing],
    ['another spelling of the same version', change('16.4', 'POSTGRES_16_4'), version],
    ['a size where none was', change(null, 30), growing],
    ['a size at creation', change(undefined, 30), growing, {}, 'create'],
    ['taking back a queued growth', change(200, 100, { withdraws: true }), growing],
    ['a minor upgrade', change('16.4', '16.10'), version],
    ['a minor upgrade to any of the major version', change('16.4', '16'), version],
    ['a major upgrade with permission', change('16.4', '17.1'), version, major],
    ['a major upgrade by number, with permission', change(9, 10), version, major],
    ["a major upgrade in a provider's spelling, with permission", change('POSTGRES_14', 'POSTGRES_16'), version, major],
    ['a version where none was', change(null, '16'), version],
    ['a version at creation', change(undefined, '16'), version, {}, 'create'],
    ['taking back a queued major upgrade', change('17', '16', { withdraws: true }), version],
    ['a restart', change('a', 'b', { impact: 'restart' })],
    ['a deferred change without restarts', change('a', 'b', { impact: 'deferred' }), {}, { restart: false }],
    ['an online change without restarts', change('a', 'b'), {}, { restart: false }],
    [
      'anything at creation without restarts',
      change(undefined, 'b', { impact: 'restart' }),
      {},
      { restart: false },
      'create'
    ],
    ['public exposure, which is a danger and no refusal', change(false, true), { constraint: 'exposure' }]
  ];

  for (const row of allowed) {
    test(`allow ${row[0]}`, () => {
      const result = guardedChange(row);
      expect(result.action).toBe(row[4] ?? 'update');
      expect(result.changes.some(one => one.refusal !== undefined || one.impact === 'blocked')).toBe(false);
    });
  }

  const refused: readonly { readonly rule: string; readonly message: RegExp; readonly row: Row }[] = [
    {
      rule: 'replacement',
      message: /`an_input` of server orders can't be changed in place \(a → b\)/,
      row: ['a fixed field', change('a', 'b'), fixed]
    },
    {
      rule: 'replacement',
      message: /in place/,
      row: ['a fixed field of what is adopted', change('a', 'b'), fixed, { adoptExisting: true }, 'adopt']
    },
    { rule: 'replacement', message: /in place/, row: ['a fixed field that is not set', change(null, 'b'), fixed] },
    { rule: 'replacement', message: /in place/, row: ['a fixed secret', change(undefined, { $secret: 'x' }), fixed] },
    {
      rule: 'replacement',
      message: /in place/,
      row: ['a change that the field itself calls impossible', change('a', 'b', { impact: 'blocked' })]
    },
    { rule: 'shrink', message: /can't shrink \(30 → 20\)/, row: ['a smaller size', change(30, 20), growing] },
    {
      rule: 'shrink',
      message: /can't shrink \(100 → 20\)/,
      row: ['a smaller size that is text', change('100', '20'), growing]
    },
    {
      rule: 'shrink',
      message: /can't shrink/,
      row: [
        "a smaller size in the field's own spelling",
        change('100 GiB', '20 GiB'),
        { ...growing, normalise: digits }
      ]
    },
    {
      rule: 'shrink',
      message: /can't shrink/,
      row: ['a size given back to an unknown default', change(30, null), growing]
    },
    { rule: 'shrink', message: /can't shrink/, row: ['a size that is not a number', change(30, 'much'), growing] },
    {
      rule: 'downgrade',
      message: /can't go back \(16\.10 → 16\.4\)/,
      row: ['an older minor version', change('16.10', '16.4'), version, major]
    },
    {
      rule: 'downgrade',
      message: /can't go back/,
      row: ['an older major version', change('16', '14'), version, major]
    },
    {
      rule: 'downgrade',
      message: /can't go back/,
      row: ['an older major version with a newer minor', change('16.2', '14.20'), version, major]
    },
    {
      rule: 'downgrade',
      message: /can't go back/,
      row: ["an older version in a provider's spelling", change('POSTGRES_16', 'POSTGRES_14'), version, major]
    },
    {
      rule: 'downgrade',
      message: /can't go back/,
      row: ['a version given back to an unknown default', change('16', null), version, major]
    },
    {
      rule: 'downgrade',
      message: /can't go back/,
      row: ['a version that is none', change('16', 'latest'), version, major]
    },
    {
      rule: 'major-version',
      message: /new major version \(16\.4 → 17\)/,
      row: ['a major upgrade', change('16.4', '17'), version]
    },
    {
      rule: 'major-version',
      message: /new major version \(9 → 10\)/,
      row: ['a major upgrade by number', change(9, 10), version]
    },
    {
      rule: 'restart',
      message: /needs a restart, and `allow_restart` is false/,
      row: ['a restart that is not allowed', change('a', 'b', { impact: 'restart' }), {}, { restart: false }]
    },
    {
      rule: 'restart',
      message: /needs a failover/,
      row: ['a failover that is not allowed', change('a', 'b', { impact: 'failover' }), {}, { restart: false }]
    }
  ];

  for (const { rule, message, row } of refused) {
    test(`${rule} refuses ${row[0]}`, () => {
      const result = guardedChange(row);
      expect(result).toMatchObject({ action: 'blocked', intended: row[4] ?? 'update', impact: 'blocked' });
      expect(result).not.toHaveProperty('refusal');
      expect(result.changes[0]).toMatchObject({ ...row[1], impact: 'blocked', refusal: { rule } });
      expect(result.changes[0]?.refusal?.message).toMatch(message);
      expect(result.changes[0]?.refusal?.hint).not.toBe('');
      expect(result.changes[1]).toEqual({ field: 'harmless', to: 1, impact: 'online' });
    });
  }

  test("the field's own hint is the one that is shown", () => {
    const rows: readonly Row[] = [
      ['', change('a', 'b'), { ...fixed, hint: 'Take the stairs.' }],
      ['', change(30, 20), { ...growing, hint: 'Take the stairs.' }],
      ['', change('17', '16'), { ...version, hint: 'Take the stairs.' }],
      ['', change('16', '17'), { ...version, hint: 'Take the stairs.' }]
    ];
    for (const row of rows) expect(guardedChange(row).changes[0]?.refusal?.hint).toBe('Take the stairs.');
  });

  test("values are shown in the field's spelling, secrets and maps not at all", () => {
    const shown = change(32768, 16384, { shown: { from: '256MB', to: '128MB' } });
    expect(guardedChange(['', shown, growing]).changes[0]?.refusal?.message).toContain('(256MB → 128MB)');
    const secret = change({ a: 'b' }, { $secret: 'master_password' });
    expect(guardedChange(['', secret, fixed]).changes[0]?.refusal?.message).toBe(
      "`an_input` of server orders can't be changed in place."
    );
    const { input: _, ...anonymous } = change('a', 'b');
    expect(guardedChange(['', anonymous, fixed]).changes[0]?.refusal?.message).toMatch(/^field of server orders/);
  });

  test('a refused step and its refused changes are both reported', () => {
    const result = guarded({
      action: 'update',
      live: foreign,
      changes: [change('a', 'b')],
      table: { field: { api: 'Field', impact: 'online', constraint: 'create-only' } }
    });
    expect(result.refusal?.rule).toBe('not-ours');
    expect(result.changes[0]?.refusal?.rule).toBe('replacement');
  });
});

describe('public exposure', () => {
  const table: FieldTable = {
    open: { api: 'Open', input: 'publicly_accessible', impact: 'online', constraint: 'exposure' },
    other: { api: 'Other', impact: 'online' }
  };
  const opened = { field: 'open', input: 'publicly_accessible', to: true, impact: 'online' } as const;

  test('is a danger by name', () => {
    expect(
      exposures(step('server', 'update', { title: 'server orders', changes: [opened] }), table, undefined)
    ).toEqual([
      {
        code: 'public-exposure',
        severity: 'danger',
        message: '`publicly_accessible` opens server orders to the internet.',
        input: 'publicly_accessible'
      }
    ]);
  });

  test.each([
    [
      'none',
      [],
      {
        code: 'public-address',
        severity: 'info',
        message:
          '`publicly_accessible` gives thing server a public address, which no network may connect to: set `networks`.'
      }
    ],
    [
      'one',
      ['203.0.113.0/24'],
      {
        code: 'public-exposure',
        severity: 'danger',
        message: '`publicly_accessible` opens thing server to the internet.'
      }
    ]
  ])('of an address that %s may connect to is told as what it is', (_, networks, notice) => {
    const closed: FieldTable = {
      open: {
        api: 'Open',
        input: 'publicly_accessible',
        impact: 'online',
        constraint: 'exposure',
        exposedBy: 'networks'
      },
      networks: { api: 'Networks', impact: 'online' }
    };
    const input = 'publicly_accessible';
    const changes = [opened, { field: 'networks', to: networks, impact: 'online' as const }];
    expect(exposures(step('server', 'update', { changes }), closed, undefined)).toEqual([{ ...notice, input }]);
    const live = observed('server', { networks });
    expect(exposures(step('server', 'update', { changes: [opened] }), closed, live)).toEqual([{ ...notice, input }]);
  });

  test.each<[string, Step]>([
    ['closing it', step('server', 'update', { changes: [{ ...opened, from: true, to: false }] })],
    ['another field', step('server', 'update', { changes: [{ ...opened, field: 'other' }] })],
    ['what is refused', step('server', 'blocked', { changes: [opened] })]
  ])('is not reported for %s', (_, one) => {
    expect(exposures(one, table, undefined)).toEqual([]);
  });
});

describe('a new major version', () => {
  const table = { field: { api: 'EngineVersion', impact: 'restart', ...version } } as const;
  const upgraded = (to: string, ...others: readonly Observed[]): Step =>
    guarded({
      action: 'update',
      live: ours,
      allowances: major,
      changes: [change('16.4', to)],
      table,
      all: [ours, ...others]
    });
  const replica = observed('replica-of-others/r', {}, { title: 'replica r', dependsOn: ['server'] });

  test.each([
    ['unmarked', /upgrade replica r, which carries no ownership mark/],
    ['foreign', /upgrade replica r, which belongs to acme\/billing/]
  ] as const)('is refused while the server has a replica that is %s', (kind, words) => {
    const { ownership } = kind === 'unmarked' ? unmarked : foreign;
    const { action, changes } = upgraded('17.1', { ...replica, ownership });
    expect(action).toBe('blocked');
    expect(changes[0]?.refusal).toMatchObject({ rule: 'not-ours', message: expect.stringMatching(words) as string });
  });

  test('is allowed with replicas of ours, and a minor version with any', () => {
    expect(upgraded('17.1', replica).action).toBe('update');
    expect(upgraded('16.9', { ...replica, ownership: foreign.ownership }).action).toBe('update');
  });
});
