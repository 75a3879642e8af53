import { diffResource } from '../../../src/engine/diff.ts';
import {
  isPasswordNotSent,
  isRemembered,
  joinHashes,
  leavesPasswordUnsent,
  mayRemove,
  ownTagsOf,
  rememberPassword,
  remembersType,
  splitHashes,
  tagHash
} from '../../../src/engine/own-tags.ts';
import { markFor, type Mark } from '../../../src/engine/ownership.ts';
import type { Desired, FieldTable, Observed } from '../../../src/engine/resource.ts';
import { step, TARGET } from '../../support/resources.ts';

const TABLE: FieldTable = {
  'tags.*': { api: 'Tags', impact: 'online' },
  'parameters.*': { api: 'p', impact: 'online' }
};

function desired(tags: Readonly<Record<string, string>> | undefined): Desired {
  const fields = Object.entries(tags ?? {}).map(([key, value]) => [`tags.${key}`, { value, managed: true }] as const);
  return {
    address: 'server',
    type: 'server',
    title: 'server orders',
    presence: 'present',
    fields: Object.fromEntries(fields),
    complete: tags === undefined ? [] : ['tags'],
    dependsOn: [],
    concurrencyGroup: 'server'
  };
}

function live(fields: Readonly<Record<string, string>>, mark: Mark): Observed {
  return {
    address: 'server',
    type: 'server',
    title: 'server orders',
    ownership: { kind: 'ours', mark },
    fields,
    facts: {},
    dependsOn: [],
    concurrencyGroup: 'server'
  };
}

const OWN = markFor(TARGET, { ownTags: [tagHash('team'), tagHash('cost')].sort() });

/** What a plan changes on a server with these tags, when the workflow lists only `team`. */
function changed(tags: Readonly<Record<string, string>>, mark: Mark): readonly string[] {
  const { changes } = diffResource(desired({ team: 'shop' }), live(tags, mark), TABLE, undefined, mark);
  return changes.map(({ field, to }) => `${field} → ${JSON.stringify(to)}`);
}

test.each([
  [
    'a tag that this workflow set and lists no more goes',
    { 'tags.team': 'shop', 'tags.cost': '1' },
    ['tags.cost → null']
  ],
  ['a tag of others stays', { 'tags.team': 'shop', 'tags.owner': 'finance' }, []],
  ['a tag that a policy adds to each new server stays', { 'tags.team': 'shop', 'tags.CreatedBy': 'policy' }, []],
  ['a tag of ours with another value is set again', { 'tags.team': 'other' }, ['tags.team → "shop"']]
])('%s', (_what, tags, expected) => {
  expect(changed(tags, OWN)).toEqual(expected);
});

test('with a mark of version 1, which knows no tags, none is removed', () => {
  expect(changed({ 'tags.team': 'shop', 'tags.cost': '1' }, markFor(TARGET))).toEqual([]);
});

test('members of other maps are not looked up in the mark', () => {
  expect(mayRemove('parameters.work_mem', undefined)).toBe(true);
  expect(mayRemove('tags.team', undefined)).toBe(false);
});

test('a workflow that no longer lists tags keeps those that it has set as its own', () => {
  expect(ownTagsOf([desired(undefined)], OWN)).toEqual(OWN.ownTags);
  expect(ownTagsOf([desired({ team: 'shop' })], OWN)).toEqual([tagHash('team')]);
  expect(ownTagsOf([desired({})], OWN)).toEqual([]);
  expect(ownTagsOf([desired({ b: '1', a: '1' })], undefined)).toEqual([tagHash('a'), tagHash('b')].sort());
});

test('what is remembered of databases and users is ours alone, and of secrets of roles only that there are some', () => {
  const found = (type: string, kind: 'ours' | 'unmarked') =>
    ({ type, address: `${type}/${kind}`, ownership: kind === 'ours' ? { kind, mark: OWN } : { kind } }) as const;
  const types = ['database', 'user', 'administrator', 'role-secret', 'replica'];
  expect(ownTagsOf([], undefined, [...types.map(type => found(type, 'ours')), found('database', 'unmarked')])).toEqual(
    ['database/ours', 'user/ours', 'administrator/ours', 'role-secret'].map(tagHash).sort()
  );
});

test('a replica that is adopted is remembered by its title, and stays so', () => {
  const replica = (kind: 'unmarked' | 'foreign', title: string) =>
    ({
      type: 'replica',
      address: 'replica/r',
      title,
      ownership: kind === 'foreign' ? { kind, mark: OWN } : { kind }
    }) as const;
  const wanted = { ...desired(undefined), type: 'replica', address: 'replica/r' };
  const mark = markFor(TARGET, { ownTags: [tagHash('replica r')] });
  expect(ownTagsOf([wanted], undefined, [replica('unmarked', 'replica r')])).toEqual([tagHash('replica r')]);
  expect(ownTagsOf([wanted], mark, [replica('foreign', 'replica r')])).toEqual([tagHash('replica r')]);
  expect(ownTagsOf([wanted], undefined, [replica('foreign', 'replica r')])).toEqual([]);
  expect(ownTagsOf([], undefined, [replica('unmarked', 'replica r')])).toEqual([]);
  expect(
    ownTagsOf([desired({})], undefined, [{ ...replica('unmarked', 's'), type: 'server', address: 'server' }])
  ).toEqual([]);
  expect([
    isRemembered(mark, 'replica r'),
    isRemembered(mark, 'replica s'),
    isRemembered(undefined, 'replica r')
  ]).toEqual([true, false, false]);
  const secrets = markFor(TARGET, { ownTags: [tagHash('role-secret')] });
  expect([
    remembersType(secrets, 'role-secret'),
    remembersType(mark, 'role-secret'),
    remembersType(undefined, 'role-secret')
  ]).toEqual([true, false, false]);
});

test('what must not exist is not remembered', () => {
  const children = ['database', 'user', 'administrator', 'role-secret', 'firewall'].map(type => ({
    ...desired({ team: 'shop' }),
    type,
    address: `${type}/x`
  }));
  expect(
    ownTagsOf(
      children.map(one => ({ ...one, presence: 'absent' as const })),
      undefined
    )
  ).toEqual([]);
  expect(ownTagsOf(children, undefined)).toEqual(
    ['database/x', 'user/x', 'administrator/x', 'role-secret', 'team'].map(tagHash).sort()
  );
});

test('keys come back from the text of one tag', () => {
  const hashes = ['team', 'Team', 'größe', ''].map(tagHash);
  expect(new Set(hashes).size).toBe(4);
  expect(splitHashes(joinHashes(hashes))).toEqual(hashes);
  expect(joinHashes(hashes)).toMatch(/^[a-z2-7]{24}$/);
  expect(splitHashes('-')).toEqual([]);
});

describe('the password of an adopted server', () => {
  const server = (action: 'adopt' | 'none' | 'create', field?: string) => ({
    steps: [
      step('server', action, {
        type: 'server',
        changes: field === undefined ? [] : [{ field, to: '2', impact: 'online' as const }]
      })
    ]
  });
  const remembered = markFor(TARGET, { ownTags: rememberPassword(OWN.ownTags ?? [], server('adopt')) });

  test('counts as not sent, and the mark remembers that until a change sends it', () => {
    expect(isPasswordNotSent(remembered)).toBe(true);
    expect(leavesPasswordUnsent({ ...server('none'), lastApplied: remembered })).toBe(true);
    const sent = { ...server('none', 'master_password_version'), lastApplied: remembered };
    expect(leavesPasswordUnsent(sent)).toBe(false);
    expect(rememberPassword(remembered.ownTags ?? [], sent)).toEqual(OWN.ownTags);
  });

  test('is known where the adoption sends it, and of a server that this workflow made', () => {
    expect(leavesPasswordUnsent(server('adopt', 'master_password_version'))).toBe(false);
    expect(leavesPasswordUnsent(server('adopt', 'master_password'))).toBe(false);
    expect(leavesPasswordUnsent(server('adopt', 'port'))).toBe(true);
    expect(leavesPasswordUnsent(server('create'))).toBe(false);
    expect(leavesPasswordUnsent(server('none'))).toBe(false);
    const [adopted] = server('adopt').steps;
    if (adopted === undefined) throw new Error('no step');
    const refused = { ...adopted, action: 'blocked', intended: 'adopt' } as const;
    expect(leavesPasswordUnsent({ steps: [refused] })).toBe(true);
    expect(leavesPasswordUnsent({ steps: [{ ...adopted, type: 'replica' }] })).toBe(false);
    expect(isPasswordNotSent(OWN)).toBe(false);
  });
});
