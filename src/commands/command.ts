import type { Execution } from '../engine/execution.ts';
import type { Notice } from '../engine/plan.ts';
import type { Ephemeral } from '../ephemeral/ephemeral.ts';
import type { WorkflowEvent } from '../github/event.ts';
import type { Inputs } from '../inputs/read-inputs.ts';
import type { Provider, Session } from '../providers/provider.ts';
import type { RunResult } from '../publish/run-result.ts';
import type { Spec } from '../spec/spec.ts';
import type { CopyOfData } from '../sql-objects/context.ts';
import type { Runtime } from '../runner/runtime.ts';

/** The arguments of a command. */
export interface Run {
  readonly runtime: Runtime;
  readonly inputs: Inputs;
  readonly event: WorkflowEvent;
  readonly provider: Provider;
  readonly session: Session;
  /** Opens the same provider for another spec; `copy`: with the data of another server. The caller closes it. */
  readonly open: (spec: Spec, copy?: CopyOfData) => Promise<Session>;
  readonly execution: Execution;
  /** Notices about the inputs, from before anything was contacted. */
  readonly notices: readonly Notice[];
  /** Set when the run is about databases of pull requests. */
  readonly ephemeral?: Ephemeral;
  /** Why something is destroyed, where no input asked for it. */
  readonly destroyNotices?: readonly Notice[];
}

/** One command of the action. Throws its failure; a result with an `error` is a failed run that has more to report. */
export type Command = (run: Run) => Promise<RunResult>;

/** Workflow run and attempt. */
export function runOf({ event }: Pick<Run, 'event'>): string {
  return `${event.runId}.${event.runAttempt}`;
}
