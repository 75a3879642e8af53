import { isThrowaway } from './restore-check.ts';
import { describeMark, isSameRepository, type Mark, type Repository } from '../engine/ownership.ts';

/** The facts that a sweep decides on; of the repository whose workflow sweeps. */
export interface SweepFacts extends Repository {
  readonly now: Date;
  /** Numbers of the open pull requests; `undefined` when GitHub could not be asked. */
  readonly open: ReadonlySet<number> | undefined;
}

export type SweepDecision =
  /** It may go. `isCertain`: whatever the pull request's state. */
  | { readonly kind: 'remove'; readonly why: string; readonly pullRequest?: number; readonly isCertain: boolean }
  /** It belongs to this repository and is still needed. */
  | { readonly kind: 'keep'; readonly why: string }
  /** This repository's sweep must not touch it. */
  | { readonly kind: 'leave'; readonly why: string };

/**
 * Whether a database with this mark is still needed. Pure. A database without a mark, or with another repository's, is
 * never removed.
 */
export function decideSweep(mark: Mark | undefined, facts: SweepFacts): SweepDecision {
  const { now, open } = facts;
  if (mark === undefined) return { kind: 'leave', why: 'carries no ownership mark' };
  if (!isSameRepository(mark, facts)) {
    return { kind: 'leave', why: `belongs to ${describeMark(mark)}` };
  }
  const { pullRequest, expiresAt } = mark;
  if (pullRequest === undefined) {
    if (!isThrowaway(mark, facts)) return { kind: 'leave', why: 'does not belong to a pull request' };
    const isExpired = Date.parse(mark.expiresAt) <= now.getTime();
    return isExpired
      ? { kind: 'remove', why: `restore check, expired ${mark.expiresAt}`, isCertain: true }
      : { kind: 'keep', why: `restore check, expires ${mark.expiresAt}` };
  }
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) {
    return { kind: 'remove', why: `expired ${expiresAt}`, pullRequest, isCertain: true };
  }
  if (open === undefined) return { kind: 'keep', why: `pull request #${pullRequest} could not be looked up` };
  return open.has(pullRequest)
    ? { kind: 'keep', why: `pull request #${pullRequest} is open` }
    : { kind: 'remove', why: `pull request #${pullRequest} is not open`, pullRequest, isCertain: false };
}
