/** How a list tells whose an entry is. */
export interface Owned<T> {
  /** Whether it bears the mark that this action writes into an entry that it adds. */
  readonly isMarked: (entry: T) => boolean;
  /** Whether an input asks for it. Another user may have added it. */
  readonly isAsked: (entry: T) => boolean;
}

/**
 * The entries of a live list that stay whatever the inputs list: others added them, and no input asks for them. A list
 * that is replaced as a whole is sent with them, and its field is compared without them. They are told in the plan.
 */
export function entriesOfOthers<T>(live: readonly T[], { isMarked, isAsked }: Owned<T>): readonly T[] {
  return live.filter(entry => !isMarked(entry) && !isAsked(entry));
}
