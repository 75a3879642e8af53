import type { Mark } from '../../../../src/engine/ownership.ts';
import {
  clashes,
  cleanTags,
  markOf,
  markTags,
  tagFields,
  tagOf
} from '../../../../src/providers/digitalocean/api/tags.ts';
import { isDownsizing, slugOf } from '../../../../src/providers/digitalocean/api/sizes.ts';

const mark: Mark = {
  version: 1,
  repository: `Acme-Corp/${'Shop.Front_'.repeat(9)}`,
  name: 'orders-pr-7',
  environment: 'production.EU',
  pullRequest: 7,
  expiresAt: '2026-11-24T10:00:00.000Z',
  run: '9000001.1',
  applied: 'a'.repeat(64)
};

test('a mark comes back whole from its tags, in any order and in any case', () => {
  const tags = markTags(mark);
  expect(markOf(tags.toReversed())).toEqual(mark);
  expect(markOf(tags.map(tag => tag.toUpperCase()))).toEqual(mark);
});

test('DigitalOcean accepts every tag of a mark', () => {
  expect(markTags(mark).filter(tag => !/^[A-Za-z0-9_\-:]{1,255}$/.test(tag))).toEqual([]);
});

test('tags that name no repository are not a mark', () => {
  expect(markOf(['env:production', 'pgkeep:name:1:orders'])).toBeUndefined();
});

test('tags of the workflow come back as the requested fields', () => {
  const tags = cleanTags({ Environment: 'Production', 'cost center': 'a.b', bare: '' });
  const live = Object.entries(tags).map(([key, value]) => tagOf(key, value));
  expect(tagFields(live)).toEqual({ 'tags.environment': 'production', 'tags.cost-center': 'a-b', 'tags.bare': '' });
});

test('two tags that become one are a clash', () => {
  expect(clashes({ Env: 'a', env: 'b', team: 'c' })).toEqual(['env']);
});

test('classes of AWS become sizes, and slugs stay', () => {
  expect(slugOf('db.t3.medium')).toBe('db-s-2vcpu-4gb');
  expect(slugOf('db-s-4vcpu-8gb')).toBe('db-s-4vcpu-8gb');
  expect(slugOf('db.x2g.large')).toBeUndefined();
});

test('fewer processors or less memory is downsizing', () => {
  expect(isDownsizing('db-s-2vcpu-4gb', 'db-s-1vcpu-2gb')).toBe(true);
  expect(isDownsizing('db-s-2vcpu-4gb', 'db-s-4vcpu-8gb')).toBe(false);
});
