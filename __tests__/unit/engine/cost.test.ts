import { pricedAfter, pricedNow } from '../../../src/engine/cost.ts';
import { FOREIGN, observed, step } from '../../support/resources.ts';

const LIVE = [
  observed('server', { size: 1, class: 'small' }, { pending: { class: 'large' } }),
  observed('replica/1', { size: 1 }),
  observed('replica/2', { size: 1 }),
  observed('left', { size: 4 }),
  observed('theirs', { size: 9 }, { ownership: { kind: 'foreign', mark: FOREIGN } })
];

const PLAN = {
  steps: [
    step('server', 'update', {
      changes: [
        { field: 'size', from: 1, to: 2, impact: 'online' },
        { field: 'group', to: { $ref: 'group', fact: 'id' }, impact: 'online' },
        { field: 'password', to: { $secret: 'master_password' }, impact: 'online' }
      ]
    }),
    step('replica/1', 'blocked', { changes: [{ field: 'size', from: 1, to: 8, impact: 'blocked' }] }),
    step('replica/2', 'delete'),
    step('replica/3', 'create', { changes: [{ field: 'size', to: 3, impact: 'online' }] })
  ]
};

test('current costs are those of live resources of ours', () => {
  expect(pricedNow(LIVE).map(({ address, fields }) => [address, fields['size']])).toEqual([
    ['server', 1],
    ['replica/1', 1],
    ['replica/2', 1],
    ['left', 4]
  ]);
});

test('costs after a plan include its changes and queued values, but no refused change', () => {
  expect(pricedAfter(PLAN, LIVE)).toEqual([
    { address: 'server', type: 'thing', fields: { size: 2, class: 'large' } },
    { address: 'replica/1', type: 'thing', fields: { size: 1 } },
    { address: 'left', type: 'thing', fields: { size: 4 } },
    { address: 'replica/3', type: 'thing', fields: { size: 3 } }
  ]);
});
