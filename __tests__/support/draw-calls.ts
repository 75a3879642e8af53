import { generator } from './random.ts';

/** `PGKEEP_EVERY_CALL=1 npm test`, which CI does once a week: leaves out no call. */
const isEvery = process.env['PGKEEP_EVERY_CALL'] === '1';

/** So many of the calls, by lot, counted from 1. `seed` says how to draw the same again. */
export function drawn(
  actions: readonly string[],
  most: number
): { readonly calls: readonly number[]; readonly seed: string } {
  const seed = Number(process.env['PGKEEP_SEED'] ?? Math.floor(Math.random() * 1_000_000));
  const random = generator(seed);
  const lots = actions.map((_, at) => ({ nth: at + 1, lot: random() })).toSorted((a, b) => a.lot - b.lot);
  const calls = lots.slice(0, isEvery ? undefined : most).map(({ nth }) => nth);
  return { calls: calls.toSorted((a, b) => a - b), seed: `drawn with PGKEEP_SEED=${seed}` };
}
