/** A ratio of two things measured in turns, and the goal it is held to. */
export interface Comparison {
  readonly title: string;
  /** Milliseconds of each round. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** Not more than this; absent where there is only something to know. */
  readonly goal?: number;
}

export type Measure = (round: number) => Promise<number>;

/**
 * Runs A B A B …: what the machine does meanwhile meets both alike. One round of each before counts for nothing: it
 * fills the caches that are filled on every later run.
 */
export async function compare(
  comparison: Omit<Comparison, 'ours' | 'theirs'> & { readonly rounds: number },
  measureOurs: Measure,
  measureTheirs: Measure
): Promise<Comparison> {
  const { rounds, ...rest } = comparison;
  const ours: number[] = [];
  const theirs: number[] = [];
  await measureOurs(0);
  await measureTheirs(0);
  for (let round = 1; round <= rounds; round += 1) {
    ours.push(await measureOurs(round));
    theirs.push(await measureTheirs(round));
  }
  return { ...rest, ours, theirs };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Of the pairs: each round's two runs met the same machine. */
export function ratios({ ours, theirs }: Comparison): readonly number[] {
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}
