import type { ApplyResult } from '../engine/apply.ts';
import type { Cost } from '../engine/cost.ts';
import type { Plan } from '../engine/plan.ts';

export type { Cost } from '../engine/cost.ts';

/** How the steps ended. */
export type Outcomes = Pick<ApplyResult, 'results' | 'error'>;

/** What a failed run says: an `ActionError`, or anything with its face. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Where a report came from. */
export interface Footer {
  /** Full SHA of the commit that was planned. */
  readonly commit?: string;
  readonly commitUrl?: string;
  readonly runUrl?: string;
  readonly madeAt: Date;
  /** Address of the folder with troubleshooting.md; without it the path is named, not linked. */
  readonly docsUrl?: string;
}

/** All that a report of a plan, or of its apply, is made of. */
export interface PlanReport {
  readonly plan: Plan;
  readonly footer: Footer;
  /** Mermaid source, from `topologyOf`; absent: no diagram. */
  readonly topology?: string;
  /** Why this plan no longer holds, in one sentence. */
  readonly stale?: string;
  /** How its apply ended; absent while it is only a plan. */
  readonly result?: Outcomes;
  readonly cost?: Cost;
}

/** One output of the run. A secret is said to be masked and never given to a renderer. */
export type ReportedOutput =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly masked: true };
