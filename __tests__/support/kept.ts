const all = new Set<Map<string, unknown>>();

/** An empty map for what tests make once and copy from then on, such as a server that many of them begin with. */
export function kept<T>(): Map<string, T> {
  const made = new Map<string, T>();
  all.add(made);
  return made;
}

/** Has everything made again, for runs of tests between which the sources change. */
export function forgetKept(): void {
  for (const made of all) made.clear();
}
