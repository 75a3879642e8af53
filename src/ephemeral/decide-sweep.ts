import { describeMark, isSameRepository, type Mark, type Repository } from '../engine/ownership.ts';

/** What a sweep knows when it decides; of the repository whose workflow sweeps. */
export interface SweepFacts extends Repository {
  readonly now: Date;
  /** Numbers of the open pull requests; `undefined` when GitHub could not be asked. */
  readonly open: ReadonlySet<number> | undefined;
}

export type SweepDecision =
  /** It may go. `isCertain`: whatever the pull request's state. */
  | { readonly kind: 'remove'; readonly why: string; readonly pullRequest: number; readonly isCertain: boolean }
  /** It is this repository's, and wanted. */
  | { readonly kind: 'keep'; readonly why: string }
  /** It is nothing that this repository's sweep may touch. */
  | { readonly kind: 'leave'; readonly why: string };

/** Whether a database with this mark is still wanted. Pure. What carries no mark, or another repository's, is never to be removed. */
export function decideSweep(mark: Mark | undefined, facts: SweepFacts): SweepDecision {
  const { now, open } = facts;
  if (mark === undefined) return { kind: 'leave', why: 'carries no ownership mark' };
  if (!isSameRepository(mark, facts)) {
    return { kind: 'leave', why: `belongs to ${describeMark(mark)}` };
  }
  const { pullRequest, expiresAt } = mark;
  if (pullRequest === undefined) return { kind: 'leave', why: 'does not belong to a pull request' };
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) {
    return { kind: 'remove', why: `expired ${expiresAt}`, pullRequest, isCertain: true };
  }
  if (open === undefined) return { kind: 'keep', why: `pull request #${pullRequest} could not be looked up` };
  return open.has(pullRequest)
    ? { kind: 'keep', why: `pull request #${pullRequest} is open` }
    : { kind: 'remove', why: `pull request #${pullRequest} is not open`, pullRequest, isCertain: false };
}
