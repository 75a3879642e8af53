import { defined } from './defined.ts';
import { ActionError, asActionError, ProviderError, SEE_THE_PLAN } from '../errors.ts';
import { isRefusal } from './apart.ts';
import type { ApplyRequest } from './apply-request.ts';
import type { Clock, Execution } from './execution.ts';
import { prerequisites } from './graph.ts';
import { performStep } from './perform.ts';
import type { Plan, Step } from './plan.ts';
import type { Facts } from './resource.ts';
import type { Address } from './impact.ts';

export type Outcome = 'done' | 'failed' | 'not run' | 'in progress';

export interface StepResult {
  readonly address: Address;
  readonly title: string;
  readonly action: Step['action'];
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly error?: ActionError;
}

export interface ApplyResult {
  /** One for every step that does something, in the plan's order. */
  readonly results: readonly StepResult[];
  /**
   * Facts that the provider decided, by address: those observed, with created resources added and deleted ones removed.
   */
  readonly facts: ReadonlyMap<Address, Facts>;
  /** Resources to be created that were there already, as ours: of another run, or of a call whose answer was lost. */
  readonly existed: ReadonlySet<Address>;
  /** The first failure, if any: the run's failure. Absent when every result is `done`, or only left for another run. */
  readonly error?: ActionError;
}

/**
 * How long a running step may take to stop by itself after the run was cancelled. The whole run must end in under 5
 * seconds, report included.
 */
const GRACE_SECONDS = 1.5;

/**
 * Runs a plan's steps: in dependency order, independent ones in parallel, one mutation at a time per concurrency group.
 * A step that the service refuses holds back only what needs it. After any other failure, or a refused step of a
 * destroy, no step is started, and running ones finish. After a cancellation a step that does not stop by itself is
 * left `in progress`. Never throws for a failing step: the result says how each one ended. Throws `plan-blocked` for a
 * plan with refused changes, before anything is done.
 */
export async function applyPlan<W>(request: ApplyRequest<W>): Promise<ApplyResult> {
  const { plan, execution } = request;
  refuseBlocked(plan);
  const waitsFor = prerequisites(plan.steps);
  const observed = new Map(request.observed.map(resource => [resource.address, resource]));
  const facts = new Map<Address, Facts>(request.observed.map(resource => [resource.address, resource.facts]));
  const existed = new Set<Address>();
  const results = new Map<Address, StepResult>();
  const running = new Map<Step, Promise<void>>();
  const begun = new Map<Step, number>();
  const slots = Math.max(1, request.parallelism ?? 4);
  /** Steps that were refused, and those that they hold back. */
  const held = new Set<Address>();
  let error: ActionError | undefined;
  let isOver = false;

  const finish = (step: Step, outcome: Outcome, failure?: ActionError): void => {
    results.set(
      step.address,
      defined({
        address: step.address,
        title: step.title,
        action: step.action,
        outcome,
        seconds: secondsSince(begun.get(step), execution.clock),
        error: failure
      })
    );
    error ??= failure;
  };

  const perform = async (step: ActingStep): Promise<void> => {
    try {
      const made = await performStep(request, step, observed.get(step.address), facts, () => existed.add(step.address));
      if (!running.has(step)) return;
      if (made === 'gone') facts.delete(step.address);
      else facts.set(step.address, { ...facts.get(step.address), ...made });
      finish(step, 'done');
      execution.log.info(`${step.title}: ${PAST[step.action]}`);
    } catch (thrown) {
      if (!running.has(step)) return;
      const failure = execution.signal.aborted ? cancelled(execution, step, thrown) : failureOf(step, thrown);
      if (isRefusal(thrown) && plan.intent === 'apply') held.add(step.address);
      else isOver = true;
      finish(step, failure.code === 'in-progress' || failure.code === 'cancelled' ? 'in progress' : 'failed', failure);
    }
  };

  const waiting = plan.steps.filter(isActing);
  const byAddress = new Map(plan.steps.map(step => [step.address, step]));
  const holds = (needed: Address, step: Step): boolean =>
    held.has(needed) && !goesOnWithout(step, byAddress.get(needed));
  const grace = graceAfterAbort(execution);
  try {
    for (;;) {
      const stopped = isOver || execution.signal.aborted;
      for (const step of stopped ? [] : [...waiting]) {
        const needs = [...(waitsFor.get(step.address) ?? [])];
        if (needs.some(needed => holds(needed, step))) held.add(step.address);
        const isReady =
          !held.has(step.address) && needs.every(needed => held.has(needed) || results.get(needed)?.outcome === 'done');
        const isGroupBusy = [...running.keys()].some(other => other.concurrencyGroup === step.concurrencyGroup);
        if (!isReady || isGroupBusy || running.size >= slots) continue;
        waiting.splice(waiting.indexOf(step), 1);
        begun.set(step, execution.clock.now().getTime());
        // Registered before it starts: it may end before this loop continues.
        const { promise, resolve } = Promise.withResolvers<void>();
        running.set(step, promise);
        void perform(step).finally(() => {
          running.delete(step);
          resolve();
        });
      }
      if (running.size === 0) break;
      await Promise.race([...running.values(), grace.over]);
      if (grace.isOver()) break;
    }
  } finally {
    grace.end();
  }

  for (const step of running.keys()) finish(step, 'in progress', cancelled(execution, step));
  running.clear();
  for (const step of waiting) finish(step, 'not run');
  if (waiting.length > 0) error ??= execution.signal.aborted ? cancelled(execution) : stuck(waiting);

  return defined({ results: plan.steps.flatMap(step => results.get(step.address) ?? []), facts, existed, error });
}

/**
 * An existing resource can be depended on although its change was refused, unless the change itself had to come first.
 */
function goesOnWithout(step: Step, needed: Step | undefined): boolean {
  return needed?.action === 'update' && step.action !== 'delete' && step.follows?.includes(needed.address) !== true;
}

/** The failure of a step. That a resource is gone since the plan has a way on, which its service rarely names. */
function failureOf({ action }: Step, thrown: unknown): ActionError {
  const failure = asActionError(thrown);
  if (!(failure instanceof ProviderError) || failure.kind !== 'not-found') return failure;
  if (action !== 'update' || failure.hint !== undefined) return failure;
  const { message, kind, providerCode, permission } = failure;
  return new ProviderError(message, defined({ kind, hint: SEE_THE_PLAN, providerCode, permission, cause: thrown }));
}

type ActingStep = Step & { readonly action: Exclude<Step['action'], 'none' | 'blocked'> };

/** Of a plan without refused steps. */
function isActing(step: Step): step is ActingStep {
  return step.action !== 'none';
}

const PAST: Readonly<Record<ActingStep['action'], string>> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  adopt: 'adopted'
};

function refuseBlocked(plan: Plan): void {
  const refused = plan.steps.filter(step => step.action === 'blocked' || step.changes.some(change => change.refusal));
  if (plan.verdict !== 'blocked' && refused.length === 0) return;
  throw new ActionError(
    `Could not apply the plan: it holds refused changes (${refused.map(step => step.title).join(', ')})`,
    {
      code: 'plan-blocked',
      source: 'user',
      hint: 'Read the plan: it gives the reason and a safe way for each refused change. Nothing was done.'
    }
  );
}

/** With one decimal; 0 for what was not begun. */
export function secondsSince(started: number | undefined, clock: Clock): number {
  return started === undefined ? 0 : Math.round((clock.now().getTime() - started) / 100) / 10;
}

/** Resolves some seconds after the signal aborts; `end` releases clock and signal. */
function graceAfterAbort({ clock, signal }: Execution): {
  over: Promise<void>;
  isOver: () => boolean;
  end: () => void;
} {
  const ended = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  const sleep = async (): Promise<void> => {
    await clock.sleep(GRACE_SECONDS, ended.signal);
    isOver = true;
    resolve();
  };
  // Rejects only after `end`, when it is no longer awaited.
  const begin = (): void => void sleep().catch(() => undefined);
  // Of a run that was cancelled before, no step begins.
  signal.addEventListener('abort', begin, { signal: ended.signal });
  return { over: promise, isOver: () => isOver, end: () => ended.abort() };
}

/**
 * The cancellation, as the result of the step. The step's own error goes to the debug log: it usually only repeats the
 * cancellation.
 */
function cancelled({ signal, log }: Execution, step?: Step, thrown?: unknown): ActionError {
  if (step !== undefined && thrown !== undefined && thrown !== signal.reason) {
    log.debug(`${step.title}: ${asActionError(thrown).message}`);
  }
  if (signal.reason instanceof ActionError) return signal.reason;
  return new ActionError('The run was cancelled', {
    code: 'cancelled',
    source: 'user',
    hint: 'Nothing was undone. Run the workflow again: it goes on from where this one stopped.'
  });
}

function stuck(waiting: readonly Step[]): ActionError {
  return new ActionError(`Steps wait for each other in a circle: ${waiting.map(step => step.address).join(', ')}`, {
    code: 'internal',
    source: 'bug'
  });
}
