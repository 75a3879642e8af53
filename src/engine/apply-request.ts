import type { Execution } from './execution.ts';
import type { Mark } from './ownership.ts';
import type { Plan } from './plan.ts';
import type { Observed, ResourceType } from './resource.ts';

/** The arguments of an apply. */
export interface ApplyRequest<W> {
  readonly plan: Plan;
  readonly context: W;
  readonly types: Readonly<Record<string, ResourceType<W>>>;
  readonly observed: readonly Observed[];
  readonly mark: Mark;
  /** The value of a secret by name; throws when there is none. */
  readonly secret: (name: string) => string;
  readonly execution: Execution;
  /** Steps that run at once, at least 1. Default 4; steps of one concurrency group never overlap. */
  readonly parallelism?: number;
}
