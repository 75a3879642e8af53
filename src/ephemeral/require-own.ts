import { describeMark, isSameRepository, type Mark, type Target } from '../engine/ownership.ts';
import { ActionError } from '../errors.ts';

/** The database whose outputs are about to be set, and its expected owner. */
export interface Claim {
  /** Of this run. */
  readonly target: Target;
  /** Every mark on the database, read just now. */
  readonly marks: readonly (Mark | undefined)[];
  /** Its place, in words that tell two places apart. */
  readonly own: string;
  /** Where the base is, in the same words. */
  readonly base: string;
}

/**
 * The last check before any output is set: the database carries the mark of this repository and this pull request, and
 * is not the base. Separate from the planner's own rules on purpose, so that a mistake there exposes nothing. Returns
 * when the database expires. Throws `wrong-database`.
 */
export function requireOwn({ target, marks, own, base }: Claim): string | undefined {
  if (own === base) throw wrongDatabase(target, `${own} is the base itself`);
  for (const mark of marks) {
    if (mark === undefined) throw wrongDatabase(target, `${own} carries no ownership mark`);
    const isOurs =
      isSameRepository(mark, target) && mark.pullRequest !== undefined && mark.pullRequest === target.pullRequest;
    if (!isOurs) throw wrongDatabase(target, `${own} belongs to ${describeMark(mark)}`);
  }
  if (marks.length === 0) throw wrongDatabase(target, `the mark of ${own} was not read`);
  return marks[0]?.expiresAt;
}

/** `why` completes the sentence. */
export function wrongDatabase({ repository, pullRequest }: Target, why: string): ActionError {
  return new ActionError(
    `Could not set the outputs of the database of pull request #${pullRequest ?? '?'} of ${repository}: ${why}`,
    {
      code: 'wrong-database',
      source: 'provider',
      hint: 'Find out who changed the mark, or set `reset: true` to recreate the database of this pull request. No output was set.'
    }
  );
}
