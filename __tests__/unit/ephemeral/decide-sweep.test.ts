import type { Mark } from '../../../src/engine/ownership.ts';
import { decideSweep, type SweepFacts } from '../../../src/ephemeral/decide-sweep.ts';

const evidence: SweepFacts = {
  repository: 'acme/shop',
  now: new Date('2026-11-22T12:00:00Z'),
  open: new Set([7])
};
const mark: Mark = {
  version: 1,
  repository: 'Acme/Shop',
  name: 'orders',
  environment: '',
  pullRequest: 7,
  expiresAt: '2026-11-25T12:00:00Z'
};
const { pullRequest: _, ...lasting } = mark;

test.each<readonly [string, Mark | undefined, Partial<SweepFacts>, string]>([
  ['that of an open pull request is kept', mark, {}, 'keep: pull request #7 is open'],
  ['that of another one goes', { ...mark, pullRequest: 8 }, {}, 'remove: pull request #8 is not open'],
  [
    'an expired one goes, open or not',
    { ...mark, expiresAt: '2026-11-22T12:00:00Z' },
    {},
    'remove: expired 2026-11-22T12:00:00Z'
  ],
  [
    'one that never expires is kept while it is open',
    { ...mark, expiresAt: 'some day' },
    {},
    'keep: pull request #7 is open'
  ],
  ['what carries no mark is left', undefined, {}, 'leave: carries no ownership mark'],
  [
    'what another repository made is left, expired or not',
    { ...mark, repository: 'acme/shopping', expiresAt: '2020-01-01T00:00:00Z' },
    {},
    'leave: belongs to acme/shopping, database orders, pull request #7'
  ],
  ['what does not belong to a pull request is left', lasting, {}, 'leave: does not belong to a pull request'],
  [
    'the server of a restore check is kept until it expires, whatever GitHub says',
    { ...lasting, name: 'orders-rc-3f9a0c1e' },
    { open: undefined },
    'keep: restore check, expires 2026-11-25T12:00:00Z'
  ],
  [
    'an expired one of a restore check goes',
    { ...lasting, name: 'orders-rc-3f9a0c1e', expiresAt: '2026-11-22T12:00:00Z' },
    {},
    'remove: restore check, expired 2026-11-22T12:00:00Z'
  ],
  [
    'an expired lasting server is left: no restore check made it',
    { ...lasting, expiresAt: '2026-11-01T00:00:00Z' },
    {},
    'leave: does not belong to a pull request'
  ],
  [
    'nothing goes for its pull request’s sake when GitHub is silent',
    { ...mark, pullRequest: 8 },
    { open: undefined },
    'keep: pull request #8 could not be looked up'
  ],
  [
    'what has expired goes when GitHub is silent',
    { ...mark, expiresAt: '2026-11-01T00:00:00Z' },
    { open: undefined },
    'remove: expired 2026-11-01T00:00:00Z'
  ]
])('%s', (_what, given, change, expected) => {
  const { kind, why } = decideSweep(given, { ...evidence, ...change });
  expect(`${kind}: ${why}`).toBe(expected);
});
