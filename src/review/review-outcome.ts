import type { CheckConclusion } from '../github/check-run.ts';
import type { Drift } from './drift.ts';
import type { Who } from './drift-text.ts';
import type { PlanRecord } from './record.ts';

/** What GitHub is told about a plan's review, in addition to the plan itself. */
export interface ReviewOutcome {
  /** To be recorded on the head of the pull request that this run is about. */
  readonly record?: PlanRecord;
  /** The merged pull request that is being applied: its comment is updated and never created. */
  readonly carriesOut?: number;
  /** When the database was changed: earlier plans no longer hold. */
  readonly changedAt?: Date;
  /** The answer to a merge queue, on the commit of its group. */
  readonly queue?: QueueAnswer;
  /** Set by a drift check, also when there is no drift. */
  readonly drift?: Drift;
  /** Who caused it, where that was asked. */
  readonly who?: Who;
}

export interface QueueAnswer {
  readonly conclusion: CheckConclusion;
  readonly pullRequest?: number;
  /** Why the plan in that pull request's comment no longer holds. */
  readonly stale?: { readonly why: string; readonly details: readonly string[] };
}
