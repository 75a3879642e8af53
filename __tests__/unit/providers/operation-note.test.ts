import type { Mark } from '../../../src/engine/ownership.ts';
import { noteSteps } from '../../../src/providers/operation-note.ts';

test('a mark that was taken off meanwhile ends the operation, and is not written again', async () => {
  const written: Mark[] = [];
  const { begin, end } = noteSteps(
    {
      step: { address: 'server', call: 'tags', intervalSeconds: 1 },
      name: 'orders',
      read: async () => undefined,
      write: async mark => void written.push(mark)
    },
    'rotate:app',
    { before: 'a', now: () => new Date('2026-01-01T00:00:00Z'), standing: async () => 'nothing' }
  );
  expect([begin.summary, end.summary]).toEqual([
    'note on server orders when rotate of app begins',
    'note on server orders that rotate of app has ended'
  ]);
  for (const step of [begin, end]) {
    expect(await step.look()).toEqual({
      state: 'failed',
      message: 'orders carries no mark of this action any more'
    });
    await step.send();
  }
  expect(written).toEqual([]);
});
