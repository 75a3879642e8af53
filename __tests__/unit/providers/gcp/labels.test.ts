import type { Mark } from '../../../../src/engine/ownership.ts';
import {
  cleanLabels,
  decode,
  encode,
  isOurs,
  labelProblems,
  markLabels,
  markOf,
  ownershipOf
} from '../../../../src/providers/gcp/api/labels.ts';

const FULL: Mark = {
  version: 1,
  repository: `some-organisation-with-a-long-name-12345/${'the.longest_name-'.repeat(6)}`.slice(0, 140),
  name: 'Orders_v2',
  environment: 'Production / EU ✓',
  pullRequest: 42,
  expiresAt: '2026-11-24T02:00:00.000Z',
  run: '9000001.1',
  applied: 'a'.repeat(64)
};

describe('the mark in labels', () => {
  it('comes back whole, with any length and characters', () => {
    expect(markOf(markLabels(FULL))).toEqual(FULL);
  });

  it('fits the limits of a label', () => {
    for (const [key, value] of Object.entries(markLabels(FULL))) {
      expect(key).toMatch(/^[a-z][a-z0-9_-]{0,62}$/);
      expect(value).toMatch(/^[a-z0-9_-]{1,63}$/);
      expect(isOurs(key)).toBe(true);
    }
  });

  it('leaves out missing members of a mark', () => {
    const small: Mark = { version: 1, repository: 'acme/shop', name: 'orders', environment: '' };
    expect(markLabels(small)).toEqual({
      'managed-by': 'pgkeep',
      'pgkeep-repository': 'acme_sshop',
      'pgkeep-name': 'orders'
    });
    expect(markOf(markLabels(small))).toEqual(small);
  });

  it('distinguishes repositories that differ in one character, and none by case', () => {
    const target = { provider: 'gcp', account: 'p', region: 'r', name: 'orders', environment: '' };
    const labels = markLabels({ version: 1, repository: 'Acme/shop.io', name: 'orders', environment: '' });
    expect(ownershipOf(labels, { ...target, repository: 'aCME/Shop.io' }).kind).toBe('ours');
    expect(ownershipOf(labels, { ...target, repository: 'acme/shop_io' }).kind).toBe('foreign');
    expect(ownershipOf({ team: 'shop' }, { ...target, repository: 'acme/shop.io' }).kind).toBe('unmarked');
  });

  it('is not a mark when it was cut or changed', () => {
    const labels = markLabels(FULL);
    expect(markOf({ ...labels, 'pgkeep-name': 'orders_' })).toBeUndefined();
    expect(markOf({ ...labels, 'pgkeep-pull-request': 'many' })).toBeUndefined();
    expect(decode('_xffffff_')).toBeUndefined();
    expect(encode('A_b')).toBe('_ka_ub');
  });
});

describe("a workflow's tags", () => {
  it('become labels: lower case, hyphens for invalid characters, letters of all languages, 63 characters', () => {
    expect(cleanLabels({ Team: 'Order Desk', 'cost.center': 'größe/4711', long: 'x'.repeat(70) })).toEqual({
      team: 'order-desk',
      'cost-center': 'größe-4711',
      long: 'x'.repeat(63)
    });
  });

  it('are refused when two become one, when one is ours, and when one does not begin with a letter', () => {
    const problems = labelProblems({ Team: 'a', team: 'b', 'pgkeep:name': 'c', '1st': 'd', fine: 'e' });
    expect(problems.map(({ key }) => key)).toEqual(['team', 'pgkeep:name', '1st']);
    expect(problems[0]?.why).toContain('`Team`');
  });
});
