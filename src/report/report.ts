import type { ApplyResult } from '../engine/apply.ts';
import type { Cost } from '../engine/cost.ts';
import type { Plan } from '../engine/plan.ts';

export type { Cost } from '../engine/cost.ts';

/** How the steps ended. */
export type Outcomes = Pick<ApplyResult, 'results' | 'error'>;

/** The failure of a run: an `ActionError`, or any object with the same members. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The origin of a report. */
export interface Footer {
  /** Full SHA of the commit that was planned. */
  readonly commit?: string;
  readonly commitUrl?: string;
  readonly runUrl?: string;
  readonly madeAt: Date;
  /** Address of the folder with troubleshooting.md; without it the path is named, not linked. */
  readonly docsUrl?: string;
}

/** The contents of a report of a plan, or of its apply. */
export interface PlanReport {
  readonly plan: Plan;
  readonly footer: Footer;
  /** Mermaid source, from `topologyOf`; absent: no diagram. */
  readonly topology?: string;
  /** Why this plan no longer holds, in one sentence. */
  readonly stale?: string;
  /** The result of its apply; absent while it is only a plan. */
  readonly result?: Outcomes;
  readonly cost?: Cost;
}

/** One output of the run. A secret is only named as masked; renderers never get its value. */
export type ReportedOutput =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly masked: true };
