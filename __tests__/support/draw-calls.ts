import { generator } from './random.ts';

/** `PGKEEP_EVERY_CALL=1 npm test`, which CI does once a week: leaves out no call. */
const isEvery = process.env['PGKEEP_EVERY_CALL'] === '1';

/**
 * Calls to interrupt, counted from 1: the first of each name that `kinds` wants, and so many of the others by lot.
 * `seed` says how to draw the same again.
 */
export function drawn(
  actions: readonly string[],
  { kinds = () => false, others }: { readonly kinds?: (action: string) => boolean; readonly others: number }
): { readonly calls: readonly number[]; readonly seed: string } {
  const seed = Number(process.env['PGKEEP_SEED'] ?? Math.floor(Math.random() * 1_000_000));
  const random = generator(seed);
  const isFirst = (at: number): boolean => {
    const action = actions[at] ?? '';
    return kinds(action) && actions.indexOf(action) === at;
  };
  const lots = actions.map((_, at) => ({ at, lot: random() }));
  const byLot = lots.filter(({ at }) => !isFirst(at)).toSorted((a, b) => a.lot - b.lot);
  const chosen = [...lots.filter(({ at }) => isFirst(at)), ...byLot.slice(0, isEvery ? undefined : others)];
  return { calls: chosen.map(({ at }) => at + 1).toSorted((a, b) => a - b), seed: `drawn with PGKEEP_SEED=${seed}` };
}
