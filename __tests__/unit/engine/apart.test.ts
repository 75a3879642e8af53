import { isRefusal, sendApart, type Part } from '../../../src/engine/apart.ts';
import { ActionError, ProviderError, type FailureKind } from '../../../src/errors.ts';
import { fakeContext } from '../../support/fake-context.ts';

const failure = (kind: FailureKind, what = 'it'): ProviderError =>
  new ProviderError(`Could not change ${what}`, { kind });

test.each<[FailureKind, boolean]>([
  ['invalid', true],
  ['capacity', true],
  ['quota', true],
  ['denied', true],
  ['protected', true],
  ['not-found', true],
  ['already-exists', true],
  ['failed', true],
  ['busy', false],
  ['throttled', false],
  ['transient', false],
  ['unauthenticated', false]
])('a failure that is %s is a refusal: %s', (kind, expected) => {
  expect(isRefusal(failure(kind))).toBe(expected);
});

describe('parts of a change', () => {
  /** Parts that note what is sent, and refuse what holds one of these letters. */
  const sending = (refused: string, kind: FailureKind = 'invalid') => {
    const sent: string[] = [];
    const part = (letters: string): Part => ({
      send: async () => {
        sent.push(letters);
        if (refused.split('').some(one => letters.includes(one))) throw failure(kind, letters);
      },
      smaller: () => letters.split('').map(part)
    });
    return { sent, part };
  };

  test('are all sent, in order, and the first refusal is thrown at the end', async () => {
    const execution = fakeContext();
    const { sent, part } = sending('bd');
    await expect(sendApart(execution, ['a', 'b', 'c', 'd', 'e'].map(part))).rejects.toThrow('Could not change b');
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(execution.lines).toEqual([
      'warning: Could not change b. Going on with the other changes.',
      'warning: Could not change d. Going on with the other changes.'
    ]);
  });

  test('are sent in smaller ones where one is refused, in their place', async () => {
    const { sent, part } = sending('b');
    const execution = fakeContext();
    await expect(sendApart(execution, [part('abc'), part('d')])).rejects.toThrow('Could not change b');
    expect(execution.lines).toEqual([
      'info: Could not change abc. Sending it again in 3 parts.',
      'warning: Could not change b. Going on with the other changes.'
    ]);
    expect(sent).toEqual(['abc', 'a', 'b', 'c', 'd']);
  });

  test('that are refused together and taken alone are no failure', async () => {
    const sent: string[] = [];
    const alone = (letter: string): Part => ({ send: async () => sent.push(letter) });
    const whole: Part = {
      send: async () => Promise.reject(failure('invalid')),
      smaller: () => [alone('a'), alone('b')]
    };
    await sendApart(fakeContext(), [whole]);
    expect(sent).toEqual(['a', 'b']);
  });

  test('are not split further than one part', async () => {
    const { sent, part } = sending('a');
    const execution = fakeContext();
    await expect(sendApart(execution, [part('a')])).rejects.toThrow('Could not change a');
    expect([sent, execution.lines]).toEqual([['a'], ['warning: Could not change a.']]);
  });

  test.each<[string, Error]>([
    ['an answer that is lost', failure('transient')],
    ['a service that stays busy', failure('busy')],
    ['a deadline', new ActionError('still in progress', { code: 'in-progress', source: 'provider' })]
  ])('end at once by %s', async (_what, thrown) => {
    const { sent, part } = sending('');
    await expect(sendApart(fakeContext(), [{ send: async () => Promise.reject(thrown) }, part('a')])).rejects.toBe(
      thrown
    );
    expect(sent).toEqual([]);
  });
});
