import * as fc from 'fast-check';
import { settingsDigest } from '../../../src/engine/digest.ts';
import { markFor } from '../../../src/engine/ownership.ts';
import type { Desired, Observed } from '../../../src/engine/resource.ts';
import type { FieldValue, Value } from '../../../src/engine/value.ts';
import { driftOf, type Drift } from '../../../src/review/drift.ts';
import { driftSentences } from '../../../src/review/drift-text.ts';
import { desired, observed, planned, TARGET } from '../../support/resources.ts';
import { TABLE, TABLES } from './plans.ts';

type Fields = Readonly<Record<string, FieldValue>>;
type Live = Readonly<Record<string, Value>>;

/** The drift of a database that was applied as `applied` is, when the workflow asks for `asked` and `live` is there. */
function drift(applied: readonly Desired[] | undefined, asked: readonly Desired[], live: readonly Observed[]): Drift {
  const digest = applied === undefined ? {} : { applied: settingsDigest(applied, TABLES) };
  const mark = markFor(TARGET, digest);
  const found = live.map(one => ({ ...one, ownership: { kind: 'ours', mark } as const }));
  const plan = planned({ table: TABLE, desired: asked, observed: found });
  return driftOf({ plan, desired: asked, tables: TABLES });
}

const server = (fields: Fields, more: Partial<Desired> = {}): Desired => desired('server', fields, more);

/** Of one server: what was applied, what is asked now, what is live. */
function serverDrift(applied: Fields, asked: Fields, live: Live): Drift {
  return drift([server(applied)], [server(asked)], [observed('server', live)]);
}

const origins = ({ items }: Drift) => Object.fromEntries(items.map(({ field, origin }) => [field, origin]));

const many = (value: number) => Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, value]));

describe('drift', () => {
  test('is none while the database matches, whatever was applied last', () => {
    expect(serverDrift({ memory: 1 }, { memory: 8 }, { memory: 8 })).toEqual({ kind: 'none', items: [] });
  });

  test('in the cloud: a user changed what the workflow applied', () => {
    const found = serverDrift(
      { memory: 8, connections: 9 },
      { memory: 8, connections: 9 },
      { memory: 4, connections: 9 }
    );
    expect(found).toEqual({
      kind: 'cloud',
      items: [{ address: 'server', title: 'thing server', field: 'memory', origin: 'cloud' }]
    });
  });

  test('in the workflow: it asks for other settings than it applied', () => {
    expect(serverDrift({ memory: 4 }, { memory: 8 }, { memory: 4 }).kind).toBe('workflow');
  });

  test('of a refused change is told by its field', () => {
    const table = { memory: { api: 'Memory', impact: 'online' as const, constraint: 'create-only' as const } };
    const asked = [server({ memory: 8 })];
    const mark = markFor(TARGET, { applied: settingsDigest(asked, { thing: table }) });
    const live = [observed('server', { memory: 4 }, { ownership: { kind: 'ours', mark } })];
    const plan = planned({ table, desired: asked, observed: live });
    expect(plan.verdict).toBe('blocked');
    expect(driftOf({ plan, desired: asked, tables: { thing: table } }).items).toEqual([
      { address: 'server', title: 'thing server', field: 'memory', origin: 'cloud' }
    ]);
  });

  test('in both: each field is attributed to its side', () => {
    const found = serverDrift(
      { memory: 4, connections: 9 },
      { memory: 8, connections: 9 },
      { memory: 4, connections: 7 }
    );
    expect([found.kind, origins(found)]).toEqual(['both', { memory: 'workflow', connections: 'cloud' }]);
  });

  test('distinguishes the sides for any few fields', () => {
    const side = fc.constantFrom('cloud', 'workflow', 'neither');
    fc.assert(
      fc.property(fc.array(side, { minLength: 1, maxLength: 6 }), sides => {
        const each = <T>(value: (place: number) => T) =>
          Object.fromEntries(sides.map((_, place) => [`f${place}`, value(place)]));
        const found = serverDrift(
          each(place => place * 10),
          each(place => (sides[place] === 'workflow' ? place * 10 + 1 : place * 10)),
          each(place => (sides[place] === 'cloud' ? place * 10 + 2 : place * 10))
        );
        const changed = sides.flatMap((one, place) => (one === 'neither' ? [] : [[`f${place}`, one] as const]));
        expect(origins(found)).toEqual(Object.fromEntries(changed));
      })
    );
  });

  test('in the workflow, when an input is new or a resource is', () => {
    expect(serverDrift({}, { memory: 8 }, {}).kind).toBe('workflow');
    const other = desired('replica', { memory: 5 });
    const live = [observed('server', { memory: 4 }), observed('replica', { memory: 5 })];
    expect(drift([server({ memory: 4 }), other], [server({ memory: 8 }), other], live).kind).toBe('workflow');
    const wanted = [server({ memory: 8 }), desired('user')];
    expect(drift([server({ memory: 8 })], wanted, [observed('server', { memory: 8 })]).kind).toBe('workflow');
  });

  test('in the cloud, when a resource is gone', () => {
    const wanted = [server({ memory: 8 }), desired('user', { memory: 8, connections: 9 })];
    const found = drift(wanted, wanted, [observed('server', { memory: 8 })]);
    expect(found).toEqual({ kind: 'cloud', items: [{ address: 'user', title: 'thing user', origin: 'cloud' }] });
  });

  test('in a map that is listed completely', () => {
    const table = { 'parameters.*': { api: 'p', impact: 'online' as const } };
    const listed = (parameters: Fields) => server(parameters, { complete: ['parameters'] });
    const run = (applied: readonly Desired[], asked: Desired, live: Live) => {
      const mark = markFor(TARGET, { applied: settingsDigest(applied, { thing: table }) });
      const found = [observed('server', live, { ownership: { kind: 'ours', mark } })];
      const plan = planned({ table, desired: [asked], observed: found });
      return driftOf({ plan, desired: [asked], tables: { thing: table } }).kind;
    };
    const live = { 'parameters.a': '1', 'parameters.b': '2' };
    expect(run([listed({ 'parameters.a': '1' })], listed({ 'parameters.a': '1' }), live)).toBe('cloud');
    expect(run([listed({ 'parameters.a': '1', 'parameters.b': '2' })], listed({ 'parameters.a': '1' }), live)).toBe(
      'workflow'
    );
    expect(run([server({})], listed({ 'parameters.a': '1' }), {})).toBe('workflow');
    // A map that was not listed completely before is a change of the workflow.
    expect(run([server({ 'parameters.a': '1' })], listed({ 'parameters.a': '1' }), { 'parameters.a': '2' })).toBe(
      'unclear'
    );
  });

  test('in the cloud, next to a map that is listed and empty', () => {
    const listed = server({ memory: 8 }, { complete: ['parameters'] });
    expect(drift([listed], [listed], [observed('server', { memory: 4 })]).kind).toBe('cloud');
    // Before, the map was no input.
    expect(drift([server({ memory: 8 })], [listed], [observed('server', { memory: 4 })]).kind).toBe('cloud');
  });

  test('is unclear when the workflow changed in a way that left nothing to compare with', () => {
    const found = serverDrift({ memory: 1, groups: ['a'] }, { memory: 8 }, { memory: 4, groups: ['a'] });
    expect([found.kind, origins(found)]).toEqual(['unclear', { memory: undefined }]);
  });

  test('with very many differences is still distinguished by the applied settings', () => {
    expect(serverDrift(many(1), many(1), many(2)).kind).toBe('cloud');
    expect(serverDrift(many(2), many(1), many(2)).kind).toBe('workflow');
  });

  test('is not computed when no apply has finished, or no resource of ours exists', () => {
    expect(drift(undefined, [server({ memory: 8 })], [observed('server', { memory: 4 })]).kind).toBe('unfinished');
    expect(drift(undefined, [server({ memory: 8 })], []).kind).toBe('absent');
  });

  test('does not count another spelling as a change', () => {
    expect(
      serverDrift(
        { groups: ['b', 'a'], memory: 8 },
        { groups: ['a', 'b'], memory: 8 },
        { groups: ['a', 'b'], memory: 4 }
      ).kind
    ).toBe('cloud');
  });
});

describe('the words for drift', () => {
  test('name ten differences, and count the others', () => {
    const of = (count: number): string | undefined => {
      const items = Array.from({ length: count }, (_, at) => ({
        address: 'server',
        title: 'server',
        field: `f${at}`,
        origin: 'cloud' as const
      }));
      return driftSentences({ kind: 'cloud', items }, planned({}))[1];
    };
    expect(of(10)).toMatch(/, `f8` of server, `f9` of server\.$/);
    expect(of(12)).toMatch(/, `f9` of server and 2 more\.$/);
  });

  test('say which side changed which field', () => {
    const applied = [server({ memory: 4, connections: 9 })];
    const asked = [server({ memory: 8, connections: 9 })];
    const live = [observed('server', { memory: 4, connections: 7 })];
    const plan = planned({ table: TABLE, desired: asked, observed: live });
    expect(driftSentences(drift(applied, asked, live), plan)).toEqual([
      'The database is not as this workflow says: 0 to create, 1 to update (1 restart), 0 to delete.',
      'Changed in the cloud since the last apply: `connections` of thing server.',
      'Changed in the workflow and not applied yet: `memory` of thing server.'
    ]);
    expect(driftSentences(drift(asked, asked, live), plan).slice(1)).toEqual([
      'Changed in the cloud since the last apply: `connections` of thing server, `memory` of thing server.'
    ]);
    const before = [server({ memory: 4, connections: 7 })];
    expect(driftSentences(drift(before, asked, live), plan).slice(1)).toEqual([
      'Changed in the workflow and not applied yet: `connections` of thing server, `memory` of thing server.'
    ]);
  });
});

test('the words for a database without a drift, without an apply, and with a side that is not known', () => {
  const wanted = [server({ memory: 8 })];
  const said = (applied: readonly Desired[] | undefined, live: readonly Observed[]): readonly string[] => {
    const plan = planned({ table: TABLE, desired: wanted, observed: live });
    return driftSentences(drift(applied, wanted, live), plan);
  };
  expect(said(wanted, [observed('server', { memory: 8 })])).toEqual([
    'No changes: the database is as the workflow asks.'
  ]);
  expect(said(undefined, [])).toEqual([
    'The database is not as this workflow says: 1 to create, 0 to update, 0 to delete.',
    'Nothing that this workflow applied exists: it was never applied, or it was deleted.'
  ]);
  expect(said(undefined, [observed('server', { memory: 4 })])).toEqual([
    'The database is not as this workflow says: 0 to create, 1 to update, 0 to delete.',
    'No apply of this workflow has finished yet.'
  ]);
  expect(said([server({ memory: 5 })], [observed('server', { memory: 4 })])).toEqual([
    'The database is not as this workflow says: 0 to create, 1 to update, 0 to delete.',
    'Changed in the workflow since the last apply, and perhaps in the cloud as well: `memory` of thing server.'
  ]);
});

describe('who caused a drift', () => {
  const found = serverDrift({ memory: 1 }, { memory: 1 }, { memory: 8 });
  const plan = planned({
    table: TABLE,
    desired: [server({ memory: 1 })],
    observed: [observed('server', { memory: 8 })]
  });
  const event = { at: '2026-01-02T03:04:05Z', by: 'kim', what: 'ModifyDBInstance', on: 'server orders' };
  const said = (who: Parameters<typeof driftSentences>[2]): string | undefined =>
    driftSentences(found, plan, who).at(-1);
  const trail = (events: readonly (typeof event)[], missing?: string): string | undefined =>
    said({ kind: 'trail', trail: { name: 'the trail', events, ...(missing === undefined ? {} : { missing }) } });

  test('is told with the time and the call, and how many more there are', () => {
    expect(trail([event])).toBe(
      'Changed by kim on 2026-01-02 03:04 UTC (ModifyDBInstance of server orders), as the trail says.'
    );
    expect(trail(Array.from({ length: 7 }, () => event))).toMatch(/ and 2 more times, as the trail says\.$/);
    expect(trail(Array.from({ length: 5 }, () => event))).toMatch(/\), as the trail says\.$/);
  });

  test('is not known yet while the trail lags behind, and never without a trail or the permission', () => {
    expect(trail([])).toBe('The trail has no change since the last apply yet: it can lag behind by some minutes.');
    expect(trail([], 'trail:Read')).toBe(
      'Who changed it could not be read: the trail needs the permission `trail:Read`.'
    );
    expect(said({ kind: 'none', title: 'The runner' })).toBe(
      "Who changed it can't be known: The runner keeps no audit trail that can be read."
    );
  });
});
