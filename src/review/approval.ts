import { effectOf, type EffectChange, type EffectStep } from '../engine/digest.ts';
import type { Plan } from '../engine/plan.ts';
import type { FieldTable } from '../engine/resource.ts';
import { planDifferences, hasSameGoal, isSame, type PlanDifference } from './plan-difference.ts';
import type { PlanRecord } from './record.ts';

/** What was found of the reviewed plan. */
export type ReviewedPlan =
  | {
      readonly kind: 'record';
      /** The last one of a group. */
      readonly pullRequest: number;
      /** All of a group whose plans are compared as one. */
      readonly together?: readonly number[];
      readonly record: PlanRecord;
    }
  /** `why` is the end of a sentence that begins with "No reviewed plan: ". */
  | { readonly kind: 'none'; readonly pullRequest?: number; readonly why: string };

export type Decision =
  /** The plan is the one that was reviewed; with `rest`, the remainder that an interrupted apply left. */
  | { readonly kind: 'approved'; readonly pullRequest: number; readonly rest: boolean }
  /** There is no record, and none is required. */
  | { readonly kind: 'unreviewed'; readonly why: string }
  /** There is no record, and one is required. */
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'changed'; readonly pullRequest: number; readonly differences: readonly PlanDifference[] };

export interface Question {
  readonly demand: 'required' | 'when-present';
  readonly evidence: ReviewedPlan;
  /** The plan that would be applied now. */
  readonly plan: Plan;
  readonly tables: Readonly<Record<string, FieldTable>>;
  /** The commit that this run is about. */
  readonly sha: string;
  /** Digest of the workflow's settings, as the mark of a finished apply holds it. */
  readonly settings?: string;
}

/** Whether a plan may be applied, as far as reviews go. Pure. */
export function decide({ demand, evidence, plan, tables, sha, settings }: Question): Decision {
  if (evidence.kind === 'none') return { kind: demand === 'required' ? 'missing' : 'unreviewed', why: evidence.why };
  const { pullRequest, record } = evidence;
  if (record.digest === plan.digest) return { kind: 'approved', pullRequest, rest: false };
  const differences = planDifferences(record, plan, tables);
  if (record.begunFor !== sha || isOvertaken(record, plan, settings))
    return { kind: 'changed', pullRequest, differences };
  if (isRest(record, plan, tables)) return { kind: 'approved', pullRequest, rest: true };
  // Finished steps are not differences.
  const open = differences.filter(one => (one.kind !== 'step' && one.kind !== 'field') || one.now !== undefined);
  return { kind: 'changed', pullRequest, differences: open.length > 0 ? open : differences };
}

/**
 * Whether another apply has finished since this commit's began: then what is left to do is not its rest. A run of an
 * old commit would undo what was reviewed since.
 */
function isOvertaken({ begunWith }: PlanRecord, { lastApplied }: Plan, settings: string | undefined): boolean {
  const live = lastApplied?.applied;
  return live !== undefined && begunWith !== undefined && ![...begunWith, settings].includes(live);
}

/**
 * Whether a plan holds nothing but what the recorded one held. An interrupted apply leaves such a plan: some steps are
 * done, some are not started, and a resource of a running step may exist but be incomplete.
 */
function isRest(record: PlanRecord, plan: Plan, tables: Readonly<Record<string, FieldTable>>): boolean {
  const { recorded, intent } = record;
  if (recorded.kind !== 'full' || intent !== plan.intent || plan.verdict === 'blocked') return false;
  return effectOf(plan, tables).steps.every(step => {
    const reviewed = recorded.steps.find(({ address }) => address === step.address);
    return reviewed !== undefined && isPartOf(step, reviewed);
  });
}

function isPartOf(step: EffectStep, reviewed: EffectStep): boolean {
  const isMadeMeanwhile = reviewed.action === 'create' && step.action === 'update';
  if (step.action !== reviewed.action && !isMadeMeanwhile) return false;
  const isReviewed = (change: EffectChange): boolean =>
    reviewed.changes.some(one => (isMadeMeanwhile ? hasSameGoal(one, change) : isSame(one, change)));
  return step.changes.every(isReviewed);
}
