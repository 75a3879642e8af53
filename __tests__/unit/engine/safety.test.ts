import { asPromoted, asSuperseded } from '../../../src/engine/ownership.ts';
import type { Change, Step } from '../../../src/engine/plan.ts';
import type { Field, Observed } from '../../../src/engine/resource.ts';
import { CHANGE_RULES, enforceSafetyRules, STEP_RULES, type Allowances } from '../../../src/engine/safety.ts';
import { expectGolden } from '../../support/golden.ts';
import { NO_PERMITS, observed, OURS, step, TARGET } from '../../support/resources.ts';
import { everything, foreign, ours, unmarked } from './guarding.ts';

/** What each rule says, in each of its ways. `UPDATE_GOLDENS=1` writes it. */
interface Case {
  readonly action?: Step['action'];
  readonly live?: Observed | undefined;
  readonly all?: readonly Observed[];
  readonly allowances?: Partial<Allowances>;
  readonly intent?: 'apply' | 'destroy';
  readonly change?: Partial<Change>;
  readonly field?: Partial<Field>;
  readonly address?: string;
  /** Without: as where nothing says what the run is about. */
  readonly isAbout?: false;
}

const destroying = { action: 'delete', intent: 'destroy' } as const;
const heir = asPromoted(OURS, 'orders-2', TARGET);
const promoted = observed(
  'replica/1',
  {},
  { title: 'replica orders-2', ownership: { kind: 'foreign', mark: heir }, dependsOn: ['server'] }
);
const superseded = (region?: string): Observed => {
  const successor = { name: 'orders-2', ...(region === undefined ? {} : { region }) };
  return { ...ours, ownership: { kind: 'ours', mark: asSuperseded(OURS, successor) } };
};
const database = (one: Observed, more: Partial<Observed> = {}): Observed => ({
  ...observed('db', {}, { title: 'database x', dependsOn: ['server'] }),
  ownership: one.ownership,
  ...more
});
const upgrade = { from: '16.4', to: '17' };
const repair = (value: unknown) =>
  value === 'failed' ? { by: 'size', hint: 'Restore a backup into a new server.' } : undefined;

const CASES: Readonly<Record<string, Case>> = {
  'ours, without a change': {},
  'of others': { live: foreign },
  'of others, where the run is about nothing': { live: foreign, isAbout: false },
  unmarked: { action: 'adopt', live: unmarked },
  'unmarked, where the run is about nothing': { action: 'adopt', live: unmarked, isAbout: false },
  'unmarked, adopted': { action: 'adopt', live: unmarked, allowances: { adoptExisting: true } },
  'unmarked, deleted': { action: 'delete', live: unmarked },
  'unmarked, deleted, where the run is about nothing': { action: 'delete', live: unmarked, isAbout: false },
  'unmarked, deleted, with all permits': { action: 'delete', live: unmarked, allowances: everything },
  'new, as a promoted one': { action: 'create', live: undefined, all: [promoted] },
  'a replica that was promoted': { live: promoted, address: 'replica/1' },
  'a replica that was promoted, destroyed': { ...destroying, live: promoted, address: 'replica/1' },
  'the server of a promoted one': { live: superseded() },
  'the server of a promoted one in another region': { live: superseded('eu-west-1') },
  'the server of a promoted one that its mark does not name': { all: [ours, promoted] },
  'the server of a promoted one, destroyed': { ...destroying, live: superseded(), allowances: everything },
  'the server of a promoted one, where the run is about nothing': { live: superseded(), isAbout: false },
  'something else than the server of a promoted one': { address: 'group', all: [ours, promoted] },
  'deleted, with a database of others': { action: 'delete', all: [database(foreign)] },
  'deleted, with an unmarked one inside': {
    action: 'delete',
    all: [database(unmarked, { dependsOn: [], deletedWith: 'server' })]
  },
  'deleted, with several of others': {
    action: 'delete',
    all: [database(foreign), database(unmarked, { address: 'db/y', title: 'database y' })]
  },
  'deleted, with one of ours': { action: 'delete', all: [database(ours)] },
  'changed, with a database of others': { all: [database(foreign)] },
  'stopped, changed': { all: [{ ...ours, stopped: {} }] },
  'stopped, unchanged': { action: 'none', all: [{ ...ours, stopped: {} }] },
  'stopped, destroyed': { ...destroying, all: [{ ...ours, stopped: {} }], allowances: everything },
  protected: { action: 'delete', live: { ...ours, isProtected: true } },
  'protected, with a way out of its own': {
    action: 'delete',
    live: { ...ours, isProtected: true, unprotect: 'Unlock it first.' },
    all: [{ ...ours, isProtected: true, unprotect: 'Unlock it first.' }]
  },
  'destroyed, not confirmed': { ...destroying },
  'destroyed, confirmed': { ...destroying, allowances: { destroy: true } },
  'losing data': { action: 'delete', live: { ...ours, losesData: true } },
  'losing data, with permission': {
    action: 'delete',
    live: { ...ours, losesData: true },
    allowances: { skipFinalSnapshot: true }
  },
  'a fixed field': { field: { constraint: 'create-only' } },
  'a fixed field with a hint': { field: { constraint: 'create-only', hint: 'Take the stairs.' } },
  'a fixed field, at creation': { action: 'create', live: undefined, field: { constraint: 'create-only' } },
  'an impossible change': { change: { impact: 'blocked' } },
  'a server that failed': { change: { from: 'failed', to: 'available' }, field: { repair } },
  'a server that is repaired': { change: { field: 'size', from: 'failed', to: 2 }, field: { repair } },
  'a server that would be repaired later': {
    change: { field: 'size', from: 'failed', to: 2, impact: 'deferred' },
    field: { repair }
  },
  'a server that works': { change: { from: 'busy', to: 'available' }, field: { repair } },
  'a smaller size': { change: { from: 30, to: 20 }, field: { constraint: 'grow-only' } },
  'a smaller size with a hint': { change: { from: 30, to: 20 }, field: { constraint: 'grow-only', hint: 'Dump it.' } },
  'a size that is unknown': { change: { from: 'much', to: 20 }, field: { constraint: 'grow-only' } },
  'a size that another resource decides': {
    change: { from: 20, to: { $ref: 'disk', fact: 'size' } },
    field: { constraint: 'grow-only' }
  },
  'an older version': { change: { from: '17', to: '16.4' }, field: { constraint: 'upgrade-only' } },
  'an older version with a hint': {
    change: { from: '17', to: '16.4' },
    field: { constraint: 'upgrade-only', hint: 'Load a dump.' }
  },
  'a new major version': { change: upgrade, field: { constraint: 'upgrade-only' } },
  'a new major version with a hint': { change: upgrade, field: { constraint: 'upgrade-only', hint: 'Wait.' } },
  'a new major version next to a replica of others': {
    change: upgrade,
    field: { constraint: 'upgrade-only' },
    all: [database(foreign), database(unmarked, { title: 'replica y' })],
    allowances: everything
  },
  'a new major version next to a database of others in it': {
    change: upgrade,
    field: { constraint: 'upgrade-only' },
    all: [database(foreign, { deletedWith: 'server' })],
    allowances: everything
  },
  'a restart': { change: { impact: 'restart' }, allowances: { restart: false } },
  'a failover': { change: { impact: 'failover' }, allowances: { restart: false } },
  'a restart at creation': {
    action: 'create',
    live: undefined,
    change: { impact: 'restart' },
    allowances: { restart: false }
  },
  'a secret': { change: { to: { $secret: 'x' } }, field: { constraint: 'create-only' } },
  'a value with another spelling': {
    change: { shown: { from: '1 kB', to: '2 kB' } },
    field: { constraint: 'create-only' }
  },
  'a field without an input': { change: { input: undefined as never }, field: { constraint: 'create-only' } }
};

function told({ isAbout, field, change, address = 'server', ...one }: Case): readonly string[] {
  const { action = 'update', allowances, intent = 'apply', all } = one;
  const live = 'live' in one ? one.live : ours;
  const changes = [{ field: 'field', input: 'an_input', from: 'a', to: 'b', impact: 'online' as const, ...change }];
  const rule = { api: 'Field', impact: 'online' as const, ...field };
  const { refusal, ...result } = enforceSafetyRules({
    step: step(address, action, { title: 'server orders', changes: action === 'delete' ? [] : changes }),
    observed: live,
    table: { field: rule, size: rule },
    allowances: { ...NO_PERMITS, ...allowances },
    intent,
    ...(all === undefined ? {} : { all }),
    ...(isAbout === false ? {} : { target: TARGET })
  });
  return [
    `${result.action}${result.intended === undefined ? '' : ` for ${result.intended}`}, ${result.impact}`,
    ...[refusal, ...result.changes.map(each => each.refusal)].flatMap(each =>
      each === undefined ? [] : [`${each.rule}: ${each.message}`, `  ${each.hint}`]
    )
  ];
}

test('each rule says what is refused, and what to do', () => {
  const parts = Object.entries(CASES).map(([what, one]) => [`# ${what}`, ...told(one), ''].join('\n'));
  expectGolden('refusals.txt', parts.join('\n'));
});

test('the rules are asked in this order: the first refusal is told', () => {
  expect([STEP_RULES, CHANGE_RULES].map(rules => rules.length)).toEqual([8, 6]);
  const worst = {
    ...foreign,
    isProtected: true,
    losesData: true,
    stopped: {},
    frozen: { hint: 'Delete the lock.', lockType: 'lock' }
  };
  const rules = (live: Observed, all: readonly Observed[] = []): string | undefined =>
    enforceSafetyRules({
      step: step('server', 'delete'),
      observed: live,
      table: {},
      allowances: NO_PERMITS,
      intent: 'apply',
      all: [live, ...all]
    }).refusal?.rule;
  const own = { ...worst, ownership: ours.ownership };
  const { stopped: _, ...running } = own;
  const { isProtected: _protected, ...open } = running;
  expect([rules(worst), rules(own, [database(foreign)]), rules(own), rules(running), rules(open)]).toEqual([
    'not-ours',
    'not-ours',
    'stopped',
    'deletion-protection',
    'locked'
  ]);
});
