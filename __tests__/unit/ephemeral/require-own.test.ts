import type { Mark, Target } from '../../../src/engine/ownership.ts';
import { requireOwn, type Claim } from '../../../src/ephemeral/require-own.ts';

const target: Target = {
  provider: 'local',
  account: 'runner',
  region: '',
  name: 'orders',
  environment: '',
  repository: 'acme/shop',
  pullRequest: 7
};
const mark: Mark = {
  version: 1,
  repository: 'Acme/Shop',
  name: 'orders',
  environment: '',
  pullRequest: 7,
  expiresAt: '2026-11-25T03:00:00Z'
};
const claim: Claim = { target, marks: [mark, mark], own: 'host:5432/pr_7_x', base: 'host:5432/postgres' };

test('a database with the right marks is accepted, and says when it expires', () => {
  expect(requireOwn(claim)).toBe('2026-11-25T03:00:00Z');
});

const { pullRequest: _, ...noNumber } = mark;
const { pullRequest: __, ...nobody } = target;

test.each<readonly [string, Partial<Claim>, RegExp]>([
  ['the base itself', { own: claim.base }, /is the base itself/],
  ['a database without a mark', { marks: [mark, undefined] }, /carries no ownership mark/],
  ['a database whose mark was not read', { marks: [] }, /was not read/],
  ['that of another pull request', { marks: [{ ...mark, pullRequest: 8 }] }, /pull request #8/],
  ['that of another repository', { marks: [mark, { ...mark, repository: 'evil/shop' }] }, /evil\/shop/],
  ['a database of no pull request', { marks: [noNumber] }, /belongs to Acme\/Shop, database orders$/],
  ['any database in a run without a pull request', { target: nobody, marks: [noNumber] }, /belongs to/]
])('%s is refused', (_what, change, message) => {
  expect(() => requireOwn({ ...claim, ...change })).toThrow(
    expect.objectContaining({ code: 'wrong-database', message: expect.stringMatching(message) as string })
  );
});
