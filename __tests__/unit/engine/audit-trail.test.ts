import { sinceOwn } from '../../../src/engine/audit-trail.ts';

const event = (at: string, by: string) => ({ at, by, what: 'Modify', on: 'server orders', isOwn: by === 'pgkeep' });

test('what others changed after the last own change counts, newest first', () => {
  const recorded = [event('2', 'pgkeep'), event('1', 'early'), event('4', 'late'), event('3', 'middle')];
  expect(sinceOwn(recorded).map(({ by }) => by)).toEqual(['late', 'middle']);
});

test('without an own change all of them count, and one that was written twice counts once', () => {
  expect(sinceOwn([event('1', 'jane'), event('1', 'jane'), event('2', 'joe')]).map(({ by }) => by)).toEqual([
    'joe',
    'jane'
  ]);
});
