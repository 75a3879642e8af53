import {
  baseSpec,
  ephemeralSpec,
  serverInputs,
  shortLivedInputs,
  sourceSpec
} from '../../../src/ephemeral/ephemeral-spec.ts';
import { restoreCheckSpec } from '../../../src/ephemeral/restore-check.ts';
import { aws } from '../../../src/providers/aws/provider.ts';
import { DATABASE_INPUTS, type DatabaseInput, type Settings } from '../../../src/spec/catalogue.ts';
import type { Spec } from '../../../src/spec/spec.ts';
import { expectGolden } from '../../support/golden.ts';

const INPUTS = Object.keys(DATABASE_INPUTS) as readonly DatabaseInput[];

function specOf(settings: Settings): Spec {
  return { provider: 'local', name: 'orders', environment: 'preview', settings, origins: {}, notices: [] };
}

const everything: Settings = {
  ...Object.fromEntries(INPUTS.map(input => [input, 'given'])),
  databases: {},
  init_sql: []
};

/** What becomes of each input: in which specs it is left as given, and which kinds say that it has no effect. */
function page(): string {
  const given = specOf(everything);
  const specs: Readonly<Record<string, Spec>> = {
    base: baseSpec(given),
    source: sourceSpec(given, 'shared'),
    instance: ephemeralSpec(given, 'instance', 7, { hasPointInTime: true }),
    clone: ephemeralSpec(given, 'clone', 7, { hasPointInTime: true }),
    'restore check': restoreCheckSpec(given, 'orders-rc-1', {})
  };
  const notices: Readonly<Record<string, readonly string[]>> = {
    database: serverInputs(given),
    instance: shortLivedInputs(given, 'instance'),
    clone: shortLivedInputs(given, 'clone')
  };
  const inputs = INPUTS.map(input => {
    const kept = Object.keys(specs).filter(name => specs[name]?.settings[input] === everything[input]);
    const ignored = Object.keys(notices).filter(name => notices[name]?.includes(input));
    return `${input}: kept by ${kept.join(', ') || 'none'}; no effect on ${ignored.join(', ') || 'none'}`;
  });
  const set = Object.entries({
    ...specs,
    'copy without a log': ephemeralSpec(given, 'clone', 7, { hasPointInTime: false })
  }).map(([name, { name: server, settings }]) => {
    const own = Object.entries(settings).filter(([input, value]) => value !== everything[input as DatabaseInput]);
    return `${name} ${server}: sets ${JSON.stringify(Object.fromEntries(own))}`;
  });
  return `${[...inputs, ...set].join('\n')}\n`;
}

test('what becomes of each input is as the golden file says', () => {
  expectGolden('inputs-ephemeral.txt', page());
});

test('a restore check runs the initial SQL of its own database, each file once, and takes what the restore sets', () => {
  const restored = (settings: Settings): Settings['init_sql'] =>
    restoreCheckSpec(specOf(settings), 'orders-rc-1', { restore_source: 'orders' }).settings.init_sql;
  const own = { databases: { shop: { init_sql: ['b.sql', 'c.sql'] }, other: { init_sql: ['d.sql'] } } };
  expect({
    both: restored({ ...own, init_sql: ['a.sql', 'b.sql'], database_name: 'shop' }),
    'of the entry': restored({ ...own, database_name: 'shop' }),
    'of an entry without any': restored({ databases: { shop: {} }, database_name: 'shop' }),
    'of one that is to go': restored({ databases: { shop: 'absent' }, init_sql: ['a.sql'], database_name: 'shop' }),
    'of no entry': restored({ ...own, init_sql: ['a.sql'] })
  }).toEqual({
    both: ['a.sql', 'b.sql', 'c.sql'],
    'of the entry': ['b.sql', 'c.sql'],
    'of an entry without any': undefined,
    'of one that is to go': ['a.sql'],
    'of no entry': ['a.sql']
  });
  expect(restoreCheckSpec(specOf({ restore_source: 'x' }), 'orders-rc-1', { restore_source: 'orders' })).toEqual({
    ...specOf({}),
    name: 'orders-rc-1',
    settings: {
      skip_final_snapshot: true,
      enable_deletion_protection: false,
      backup_retention_period: 0,
      multi_az: false,
      restore_source: 'orders'
    }
  });
});

test('no copy buys a reserved instance, and a provider refuses none for what a copy leaves out', () => {
  const bought = { reserved_offering_id: 'offer-1', reserved_instance_count: 2, confirm_purchase: 'offer-1' };
  const spec: Spec = { ...specOf({ instance_class: 'db.t4g.micro', ...bought }), provider: 'aws' };
  const copies = [
    ephemeralSpec(spec, 'instance', 7, { hasPointInTime: true }),
    ephemeralSpec(spec, 'clone', 7, { hasPointInTime: true }),
    restoreCheckSpec(spec, 'orders-rc-1', {})
  ];
  for (const copy of copies) {
    expect(Object.keys(copy.settings).filter(input => Object.hasOwn(bought, input))).toEqual([]);
    expect(aws.validate(copy).problems).toEqual([]);
  }
});
