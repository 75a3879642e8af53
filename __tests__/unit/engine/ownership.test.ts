import {
  asPromoted,
  asSuperseded,
  asUnfinished,
  describeMark,
  describeOwner,
  foreignHint,
  isCurrent,
  isOfSameIdentity,
  isPromotedFrom,
  isUnfinished,
  keepingId,
  markFor,
  ownership,
  childOwnership,
  parseMark,
  replicaOwnership,
  successorOf,
  type Mark,
  type Ownership,
  type Target
} from '../../../src/engine/ownership.ts';
import { OURS, TARGET } from '../../support/resources.ts';

describe('ownership', () => {
  test.each<[string, Mark | undefined, string]>([
    ['our own mark', OURS, 'ours'],
    ['the repository in another case', { ...OURS, repository: 'Acme/Shop' }, 'ours'],
    ['a mark that expires', { ...OURS, expiresAt: '2026-01-01T00:00:00Z' }, 'ours'],
    ['no mark', undefined, 'unmarked'],
    ['another repository', { ...OURS, repository: 'acme/shop2' }, 'foreign'],
    ['another name', { ...OURS, name: 'Orders' }, 'foreign'],
    ['another environment', { ...OURS, environment: '' }, 'foreign'],
    ['a pull request of the same repository', { ...OURS, pullRequest: 7 }, 'foreign']
  ])('reads %s', (_, mark, kind) => {
    expect(ownership(mark, TARGET).kind).toBe(kind);
  });

  const KNOWN = { ...TARGET, repositoryId: '8431', host: 'github.com' };
  const MARKED = markFor(KNOWN);
  test.each<[string, Mark, Target, string]>([
    ['a renamed repository by its id', MARKED, { ...KNOWN, repository: 'acme/store' }, 'ours'],
    ['another repository under the old name', MARKED, { ...KNOWN, repositoryId: '9' }, 'foreign'],
    ['the same id on another server', MARKED, { ...KNOWN, host: 'github.acme.example' }, 'foreign'],
    ['a mark of version 1 by its name', OURS, KNOWN, 'ours'],
    ['a mark of version 1 with another name', { ...OURS, repository: 'acme/store' }, KNOWN, 'foreign'],
    ['a run that does not know its id by the name', MARKED, TARGET, 'ours']
  ])('knows %s', (_, mark, target, kind) => {
    expect(ownership(mark, target).kind).toBe(kind);
  });

  test('a run that does not know the number of its repository keeps that of a live mark', () => {
    const mark = markFor(TARGET, { applied: 'new' });
    expect(keepingId(mark, { ...MARKED, applied: 'old' })).toEqual({ ...MARKED, applied: 'new' });
    expect(keepingId(MARKED, { ...MARKED, repositoryId: '9' })).toBe(MARKED);
    expect(keepingId(mark, OURS)).toBe(mark);
    expect(keepingId(mark, undefined)).toBe(mark);
  });

  test('a child of a server of ours keeps a mark of version 1 under any name of the repository', () => {
    const within = { ...OURS, repository: 'acme/old' };
    expect(childOwnership(within, KNOWN, 'ours').kind).toBe('ours');
    expect(childOwnership(within, KNOWN, 'foreign').kind).toBe('foreign');
    expect(childOwnership({ ...within, name: 'other' }, KNOWN, 'ours').kind).toBe('foreign');
    expect(childOwnership({ ...MARKED, repositoryId: '9' }, KNOWN, 'ours').kind).toBe('foreign');
    expect(childOwnership(undefined, KNOWN, 'ours').kind).toBe('unmarked');
  });

  test("a refusal of another owner's resource says how to continue", () => {
    const way =
      'To keep this database, remove its ownership mark by hand (names that begin with `pgkeep`), then set `adopt_existing: <name>`.';
    const other = 'Choose another `name`, or run the workflow that owns it.';
    expect(foreignHint({ ...MARKED, repositoryId: '9' }, KNOWN)).toBe(
      `Another repository had this name when it made the database. Choose another \`name\`. ${way}`
    );
    expect(foreignHint({ ...OURS, repository: 'acme/old' }, KNOWN)).toBe(
      `${other} If this repository was renamed before its marks held an id: ${way}`
    );
    expect(foreignHint({ ...OURS, repository: 'acme/old' }, TARGET)).toBe(other);
    expect(foreignHint({ ...MARKED, repository: 'acme/x', repositoryId: '9' }, KNOWN)).toBe(other);
    expect(foreignHint({ ...MARKED, environment: 'dev' }, KNOWN)).toBe(
      'Choose another `name`, or set `environment` to that of the workflow that owns it.'
    );
  });

  test('a pull request owns only resources with its number', () => {
    const target = { ...TARGET, pullRequest: 7 };
    expect(ownership(markFor(target), target).kind).toBe('ours');
    expect(ownership({ ...markFor(target), pullRequest: 8 }, target).kind).toBe('foreign');
    expect(ownership(OURS, target).kind).toBe('foreign');
  });

  test('a mark survives its way through text', () => {
    const mark = markFor({ ...TARGET, pullRequest: 7 }, { expiresAt: '2026-01-01T00:00:00Z', applied: 'abc' });
    expect(parseMark(JSON.stringify(mark))).toEqual(mark);
    expect(mark).toEqual({
      version: 1,
      repository: 'acme/shop',
      name: 'orders',
      environment: 'production',
      pullRequest: 7,
      expiresAt: '2026-01-01T00:00:00Z',
      applied: 'abc'
    });
    expect(markFor(TARGET)).not.toHaveProperty('pullRequest');
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty comment', ''],
    ['a comment of a person', 'the orders database'],
    ['JSON of somebody else', '{"owner":"team"}'],
    ['a number', '1'],
    ['JSON null', 'null'],
    ['a list', '[1]'],
    ['a version that we do not know', JSON.stringify({ ...OURS, version: 3 })],
    ['a mark without a name', JSON.stringify({ ...OURS, name: undefined })],
    ['a mark whose repository is no text', JSON.stringify({ ...OURS, repository: 1 })]
  ])('%s is not a mark', (_, text) => {
    expect(parseMark(text)).toBeUndefined();
  });

  test('a mark with a damaged pull request is not ours', () => {
    const damaged = parseMark(JSON.stringify({ ...OURS, pullRequest: '7' }));
    expect(ownership(damaged, TARGET).kind).toBe('foreign');
    expect(ownership(damaged, { ...TARGET, pullRequest: 7 }).kind).toBe('foreign');
  });

  test.each<[string, Partial<Mark>, string]>([
    ['everything', { pullRequest: 7 }, 'acme/shop, database orders, environment production, pull request #7'],
    ['no environment', { environment: '' }, 'acme/shop, database orders']
  ])('is described in words: %s', (_, more, words) => {
    expect(describeMark({ ...OURS, ...more })).toBe(words);
  });
});

describe('the marks of servers that change places', () => {
  const known = { ...TARGET, repositoryId: '8431', host: 'github.com' };

  test('a promoted replica has its own name, and says whose it was', () => {
    const mark: Mark = { ...OURS, promotedTo: 'x', applied: 'abc' };
    const promoted: Mark = {
      version: 2,
      repository: 'acme/shop',
      repositoryId: '8431',
      host: 'github.com',
      name: 'orders-2',
      environment: 'production',
      applied: 'abc',
      promotedFrom: 'orders'
    };
    expect(asPromoted(mark, 'orders-2', known)).toEqual(promoted);
    const { promotedFrom: _, ...own } = { ...promoted, name: 'orders' };
    expect(asPromoted(mark, 'orders', known)).toEqual(own);
  });

  test.each([[{ name: 'orders-2' }], [{ name: 'orders-2', region: 'eu-west-1' }]])(
    'the one that it takes over from names it: %o',
    successor => {
      const mark = asSuperseded(OURS, successor);
      expect(mark).toEqual({ ...OURS, promotedTo: 'region' in successor ? 'orders-2@eu-west-1' : 'orders-2' });
      expect(successorOf(mark)).toEqual(successor);
      expect(successorOf(OURS)).toBeUndefined();
    }
  );

  test.each<[string, Ownership, boolean]>([
    ['one that was promoted from it', { kind: 'foreign', mark: { ...OURS, name: 'b', promotedFrom: 'orders' } }, true],
    ['one of another server', { kind: 'foreign', mark: { ...OURS, name: 'b', promotedFrom: 'c' } }, false],
    [
      'one of another environment',
      { kind: 'foreign', mark: { ...OURS, environment: '', promotedFrom: 'orders' } },
      false
    ],
    ['one of a pull request', { kind: 'foreign', mark: { ...OURS, pullRequest: 7, promotedFrom: 'orders' } }, false],
    [
      'one of another repository',
      { kind: 'foreign', mark: { ...OURS, repository: 'a/b', promotedFrom: 'orders' } },
      false
    ],
    ['its own', { kind: 'ours', mark: { ...OURS, promotedFrom: 'orders' } }, false],
    ['one without a mark', { kind: 'unmarked' }, false]
  ])('%s counts as its heir only where it is: %#', (_, owner, isHeir) => {
    expect(isPromotedFrom(owner, TARGET)).toBe(isHeir);
  });

  const switched = asSuperseded({ ...OURS, name: 'orders-1' }, { name: 'orders' });
  const isOurs = { kind: 'ours', mark: OURS } as const;
  test.each<[string, Ownership, boolean, Ownership]>([
    ['follows its server', isOurs, true, isOurs],
    ['of others that follows it', { kind: 'foreign', mark: OURS }, true, { kind: 'foreign', mark: OURS }],
    [
      'was promoted by hand',
      isOurs,
      false,
      { kind: 'foreign', mark: { ...OURS, name: 'orders-2', promotedFrom: 'orders' } }
    ],
    ['of others alone', { kind: 'foreign', mark: OURS }, false, { kind: 'foreign', mark: OURS }],
    ['without a mark', { kind: 'unmarked' }, false, { kind: 'unmarked' }],
    ['was the server before a switchover', { kind: 'foreign', mark: switched }, true, { kind: 'ours', mark: switched }],
    ['was that, and stands alone', { kind: 'foreign', mark: switched }, false, { kind: 'foreign', mark: switched }],
    ...[{ environment: '' }, { pullRequest: 7 }, { repository: 'a/b' }, { promotedTo: 'users' }].map(
      (other): [string, Ownership, boolean, Ownership] => {
        const owner = { kind: 'foreign', mark: { ...switched, ...other } } as const;
        return [`was that of another: ${Object.keys(other).join()}`, owner, true, owner];
      }
    )
  ])('a replica that %s has its owner', (_, owner, isReplica, expected) => {
    expect(replicaOwnership(owner, 'orders-2', isReplica, TARGET)).toEqual(expected);
  });

  test.each<[string, Ownership | undefined, boolean]>([
    ['begun', { kind: 'ours', mark: asUnfinished(OURS) }, true],
    ['finished', { kind: 'ours', mark: OURS }, false],
    ['of others', { kind: 'foreign', mark: asUnfinished(OURS) }, false],
    ['without a mark', { kind: 'unmarked' }, false],
    ['not there', undefined, false]
  ])('one that is %s is unfinished only where a run of ours began it', (_, owner, expected) => {
    expect(isUnfinished(owner)).toBe(expected);
  });
});

test('a mark has version 2 where it holds an id or its own tags', () => {
  expect(markFor(TARGET).version).toBe(1);
  expect(markFor(TARGET, { ownTags: [] }).version).toBe(2);
  expect(markFor({ ...TARGET, repositoryId: '1', host: 'h' })).toEqual({
    ...OURS,
    version: 2,
    repositoryId: '1',
    host: 'h'
  });
});

test.each<[string, Partial<Mark>, Partial<Mark>, boolean]>([
  ['the same tags', { ownTags: ['a', 'b'] }, { ownTags: ['a', 'b'] }, true],
  ['other tags', { ownTags: ['a'] }, { ownTags: ['a', 'b'] }, false],
  ['tags that the live one does not have', {}, { ownTags: [] }, false],
  ['tags that this run does not know', { ownTags: ['a'] }, {}, true],
  ['another name of the repository', {}, { repository: 'acme/store' }, false]
])('a live mark with %s is current: %#', (_, live, mark, expected) => {
  expect(isCurrent({ ...OURS, ...live }, { ...OURS, ...mark })).toBe(expected);
});

test.each<[Ownership, string]>([
  [{ kind: 'unmarked' }, 'carries no ownership mark'],
  [{ kind: 'ours', mark: OURS }, 'belongs to acme/shop, database orders, environment production']
])('an owner is told in words: %#', (owner, words) => {
  expect(describeOwner(owner)).toBe(words);
});

const BY_ID: Mark = markFor({ ...TARGET, repositoryId: '8431', host: 'github.com' });

test.each<[string, Partial<Mark>, boolean]>([
  ['themselves', {}, true],
  ['another repository', { repository: 'acme/other' }, false],
  ['another id', { repositoryId: '9' }, false],
  ['another server', { host: 'github.acme.example' }, false]
])('two marks with %s are of one identity: %s', (_what, change, isSame) => {
  const mark: Mark = { ...BY_ID, ...change };
  expect(isOfSameIdentity(BY_ID, mark)).toBe(isSame);
});
