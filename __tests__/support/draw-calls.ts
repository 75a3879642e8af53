import { generator } from './random.ts';

/** `PGKEEP_EVERY_CALL=1 npm test`, which CI does once a week: leaves out no call. */
const isEvery = process.env['PGKEEP_EVERY_CALL'] === '1';

/** Which calls are interrupted. `kinds`: the first of each name. `few`: three at least. And a quarter of the others. */
export type Share = 'kinds' | 'few';

/** Calls that a test interrupts, counted from 1, among those of these names. `seed` says how to draw the same again. */
export function drawn(
  actions: readonly string[],
  share: Share
): { readonly calls: readonly number[]; readonly seed: string } {
  const seed = Number(process.env['PGKEEP_SEED'] ?? Math.floor(Math.random() * 1_000_000));
  const random = generator(seed);
  const lots = actions.map((action, at) => ({
    nth: at + 1,
    isFirst: share === 'kinds' && actions.indexOf(action) === at,
    lot: random()
  }));
  const others = lots.filter(({ isFirst }) => !isFirst).toSorted((a, b) => a.lot - b.lot);
  const few = Math.max(Math.ceil(others.length / 4), share === 'few' ? 3 : 0);
  const chosen = [...lots.filter(({ isFirst }) => isFirst), ...others.slice(0, isEvery ? undefined : few)];
  return { calls: chosen.map(({ nth }) => nth).toSorted((a, b) => a - b), seed: `drawn with PGKEEP_SEED=${seed}` };
}
