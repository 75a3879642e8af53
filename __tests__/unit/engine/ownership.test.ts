import {
  describeMark,
  foreignHint,
  isOfSameIdentity,
  keepingId,
  markFor,
  ownership,
  childOwnership,
  parseMark,
  type Mark,
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
    expect(foreignHint({ ...MARKED, repositoryId: '9' }, KNOWN)).toContain('Another repository had this name');
    expect(foreignHint({ ...OURS, repository: 'acme/old' }, KNOWN)).toContain('If this repository was renamed');
    expect(foreignHint({ ...MARKED, repository: 'acme/x', repositoryId: '9' }, KNOWN)).toBe(
      'Choose another `name`, or run the workflow that owns it.'
    );
    expect(foreignHint({ ...MARKED, environment: 'dev' }, KNOWN)).toContain('set `environment`');
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
