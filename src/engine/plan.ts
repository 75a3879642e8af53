import type { Mark, Target } from './ownership.ts';
import type { Address, Impact } from './impact.ts';
import type { FieldValue } from './value.ts';

/** Why a change will not be made, and the safe way to get the same result. */
export interface Refusal {
  /** The safety rule's name: `shrink`, `replacement`, `not-ours`… Stable, listed in docs/opinions.md. */
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
}

/** One field of one resource: from, to, and what it costs. Apply receives these very objects. */
export interface Change<Name extends string = string> {
  readonly field: Name;
  /** The input that sets it; absent for what we manage ourselves. */
  readonly input?: string;
  /** Of a new resource: the workflow did not set the input. */
  readonly isDefault?: true;
  readonly from?: FieldValue;
  readonly to: FieldValue;
  /** How people write the two values, where it differs (`32768` → `256MB`). */
  readonly shown?: { readonly from?: string; readonly to?: string };
  readonly impact: Impact;
  /** It cancels a queued value (`from`): the live one is already as asked, and the database is not affected. */
  readonly withdraws?: true;
  readonly refusal?: Refusal;
}

export type Action = 'create' | 'update' | 'delete' | 'adopt' | 'none' | 'blocked';

/** One resource's part of a plan. */
export interface Step {
  readonly address: Address;
  readonly type: string;
  readonly title: string;
  readonly action: Action;
  /** The action without the refusal. Set on `blocked` steps only. */
  readonly intended?: Exclude<Action, 'blocked'>;
  readonly changes: readonly Change[];
  /** Managed fields that already match. */
  readonly unchanged: readonly string[];
  /**
   * Managed fields whose live value could not be read, with what is missing: a permission, a running server, an answer
   * of the provider.
   */
  readonly unknown: Readonly<Record<string, string>>;
  /** Values queued earlier, by anyone, that the provider has not applied yet. */
  readonly pending: Readonly<Record<string, FieldValue>>;
  /** The worst of its changes. */
  readonly impact: Impact;
  readonly refusal?: Refusal;
  readonly dependsOn: readonly Address[];
  /** Those of them whose changes must be made first, as the desired resource says. */
  readonly follows?: readonly Address[];
  readonly concurrencyGroup: string;
}

export type Severity = 'info' | 'warning' | 'danger';

/** Something the user should know: a value mapped, rounded, ignored, risky. */
export interface Notice {
  /** Stable: `value-mapped`, `unsupported`, `public-exposure`… */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly input?: string;
}

export interface Counts {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly adopt: number;
  readonly blocked: number;
  readonly unchanged: number;
  /** Managed fields, not steps, that could not be compared. */
  readonly unknown: number;
}

export type Verdict = 'no-changes' | 'changes' | 'blocked';

/**
 * All steps in order, with their notices. Immutable, serialisable, without secrets. docs/plan.schema.json describes it.
 */
export interface Plan {
  readonly schema: 1;
  readonly intent: 'apply' | 'destroy';
  readonly target: Target;
  readonly verdict: Verdict;
  readonly impact: Impact;
  readonly counts: Counts;
  readonly steps: readonly Step[];
  readonly notices: readonly Notice[];
  /** SHA-256 (hex) of what would be done; equal for equal work, whatever the order of keys or the time. */
  readonly digest: string;
  /** The mark found on the main resource, if any: its owner and the last applied settings. */
  readonly lastApplied?: Mark;
}

/** The steps that do something. */
export function effectiveSteps(plan: Plan): readonly Step[] {
  return plan.steps.filter(step => step.action !== 'none');
}

/** What is needed to compare unknown fields, each once, sorted: `rds:DescribeDBParameterGroups`. */
export function needsOf({ steps }: Plan): readonly string[] {
  return [...new Set(steps.flatMap(({ unknown }) => Object.values(unknown)))].sort();
}
