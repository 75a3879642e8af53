/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` of them, each with the same chance, in their former order; all of them where there are no more. */
export function draw<T>(from: readonly T[], count: number, seed: number): readonly T[] {
  const random = seeded(seed);
  const positions = from.map((_, index) => index);
  for (let last = positions.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [positions[last], positions[other]] = [positions[other] ?? other, positions[last] ?? last];
  }
  return positions
    .slice(0, count)
    .sort((a, b) => a - b)
    .flatMap(index => from[index] ?? []);
}
