import type { Mark } from '../../../src/engine/ownership.ts';
import { isRecent, noteSteps, type NoteSteps, type NoteWork } from '../../../src/providers/operation-note.ts';

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

const NOW = new Date('2026-01-01T12:00:00Z');

/** The steps of an operation whose mark holds `operated`, and what they write into it. */
function stepsOn(
  operated: string | undefined,
  more: Partial<NoteWork> = {}
): NoteSteps & { readonly mark: () => Mark } {
  let mark: Mark = { name: 'orders', repository: 'acme/shop', environment: 'production' } as Mark;
  if (operated !== undefined) mark = { ...mark, operated };
  const steps = noteSteps(
    {
      step: { address: 'server', call: 'tags', intervalSeconds: 1 },
      name: 'orders',
      read: async () => mark,
      write: async next => void (mark = next)
    },
    'failover',
    { before: '1', now: () => NOW, standing: async () => 'nothing', ...more }
  );
  return { ...steps, mark: () => mark };
}

test.each([
  ['begun', 'done'],
  ['nothing', 'todo'],
  // Something else moved the server: the note would be taken for this run's.
  ['other', 'todo']
] as const)('an open note whose operation has %s is %s', async (standing, state) => {
  const { begin } = stepsOn('failover|2026-01-01T08:00:00Z|1', { standing: async () => standing });
  expect((await begin.look()).state).toBe(state);
});

test('a note is closed with the time of its call', async () => {
  const { end, mark } = stepsOn('failover|2026-01-01T08:00:00Z|1');
  expect((await end.look()).state).toBe('todo');
  await end.send();
  expect(mark().operated).toBe('failover|2026-01-01T08:00:00Z|1|2026-01-01T12:00:00.000Z');
  expect((await end.look()).state).toBe('done');
});

test.each([
  [true, 'done'],
  // It was taken off meanwhile: the run says so, and does not end as if it were closed.
  [false, 'todo']
])('where the note is gone, and was optional: %s, its end is %s', async (isOptional, state) => {
  const { end } = stepsOn(undefined, { isOptional });
  await end.send();
  expect((await end.look()).state).toBe(state);
});

test.each([
  ['2026-01-01T11:45:00.000Z', true],
  ['2026-01-01T11:44:59.999Z', false]
])('%s is within a quarter of an hour: %s', (at, expected) => {
  expect(isRecent(at, NOW)).toBe(expected);
});
