import { defined } from './defined.ts';
import { ActionError, asActionError, ProviderError, withoutSecrets, type FailureKind } from '../errors.ts';
import { secondsSince, type Outcome } from './apply.ts';
import type { Execution } from './execution.ts';
import type { Address } from './impact.ts';
import type { OperationStep } from './operation.ts';
import { PASSING_KINDS } from './retry.ts';
import { waitUntil, type Look } from './wait.ts';

/** After them an operation goes on without an optional step. */
export const OPTIONAL_SECONDS = 60;

/** Reads that may still show the state before a call. */
const MOST_STALE = 12;

/** What a service answers where the goal is reached, or another call has changed the state meanwhile. */
const REFUSED_BY_STATE: readonly FailureKind[] = ['already-exists', 'invalid', 'not-found'];

/** Reads that may still show the state before the call of another run, for which the service refused this one. */
const LOOKS_AFTER_REFUSAL = 2;

export interface OperationStepResult {
  readonly address: Address;
  readonly title: string;
  readonly summary: string;
  readonly outcome: Outcome;
  /** From the call until the goal was seen. */
  readonly seconds: number;
}

export interface OperationResult {
  /** One for every step that was still to do, in order. */
  readonly results: readonly OperationStepResult[];
  readonly error?: ActionError;
}

/**
 * Runs the steps of an operation one after the other. Before each call the live state is read: a step whose goal is
 * reached is not sent, and one that is under way is waited for. A call without an answer is followed by reads; it is
 * sent again only when nothing happened and a second call does no harm. A refused call whose goal shows is done:
 * another run made it. Never throws: the result says how it ended.
 */
export async function runOperation(
  execution: Execution,
  steps: readonly OperationStep[],
  deadline: Date
): Promise<OperationResult> {
  const results: OperationStepResult[] = [];
  let error: ActionError | undefined;
  for (const step of steps) {
    const { address, title, summary } = step;
    const started = execution.clock.now().getTime();
    if (error !== undefined) {
      results.push({ address, title, summary, outcome: 'not run', seconds: 0 });
      continue;
    }
    let outcome: Outcome = 'done';
    try {
      await runStep(execution, step, step.isOptional === true ? soon(execution, deadline) : deadline);
    } catch (thrown) {
      if (isRefusal(thrown) && !execution.signal.aborted) await takeBack(execution, step);
      const failure = asActionError(execution.signal.aborted ? execution.signal.reason : thrown);
      if (step.isOptional === true && !execution.signal.aborted) {
        execution.log.warning(`Could not ${summary}, and goes on without it: ${failure.message}`);
        results.push({ address, title, summary, outcome: 'failed', seconds: secondsSince(started, execution.clock) });
        continue;
      }
      error = failure;
      outcome = error.code === 'in-progress' || execution.signal.aborted ? 'in progress' : 'failed';
    }
    results.push({ address, title, summary, outcome, seconds: secondsSince(started, execution.clock) });
  }
  return defined({ results, error });
}

/** The time that a step gets which the operation can do without. */
function soon({ clock }: Execution, deadline: Date): Date {
  return new Date(Math.min(deadline.getTime(), clock.now().getTime() + OPTIONAL_SECONDS * 1000));
}

/** The service answered, and another try would be answered in the same way. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof ProviderError && !PASSING_KINDS.includes(thrown.kind);
}

/** The failure of the step is what the run tells: one of taking back is a line of the log. */
async function takeBack(execution: Execution, step: OperationStep): Promise<void> {
  if (step.takeBack === undefined) return;
  try {
    const { state } = await step.look();
    if (state !== 'todo') return;
    await step.takeBack();
    execution.log.info(`${step.summary}: refused, and what was written for it is taken back`);
  } catch (thrown) {
    const { message } = asActionError(withoutSecrets(thrown, execution.secrecy));
    execution.log.warning(`What was written for "${step.summary}" could not be taken back: ${message}`);
  }
}

async function runStep(execution: Execution, step: OperationStep, deadline: Date): Promise<void> {
  /** What is known of the call: not sent, accepted, or without an answer. */
  let call: 'unsent' | 'accepted' | 'unanswered' = 'unsent';
  let stale = 0;
  let failure: ProviderError | undefined;
  let refusal: ProviderError | undefined;
  await waitUntil<true>(execution, {
    what: step.summary,
    usually: step.usually,
    intervalSeconds: step.intervalSeconds,
    deadline,
    ...defined({ consecutive: step.consecutive }),
    look: async (): Promise<Look<true>> => {
      const found = await step.look();
      if (found.state === 'failed') return found;
      if (found.state === 'done') return { state: 'done', value: true, detail: found.detail };
      if (found.state === 'underway') return { state: 'pending', detail: found.detail };
      if (refusal !== undefined) {
        // Another run, or a person, may have made the same call right before: the reads will show it.
        stale += 1;
        if (stale > LOOKS_AFTER_REFUSAL) throw refusal;
        return { state: 'pending', detail: refusal.message };
      }
      if (call !== 'unsent') {
        stale += 1;
        if (stale <= MOST_STALE) return { state: 'pending', detail: `${found.detail}, not visible yet` };
        if (call === 'accepted') return ignored(step);
        if (!step.isRepeatable) throw unknownEffect(step, failure);
      }
      execution.signal.throwIfAborted();
      stale = 0;
      execution.log.info(`${step.summary}: ${step.call}`);
      try {
        await step.send();
        call = 'accepted';
        return { state: 'pending', detail: 'accepted' };
      } catch (raw) {
        const thrown = withoutSecrets(raw, execution.secrecy);
        if (!(thrown instanceof ProviderError)) throw thrown;
        if (!PASSING_KINDS.includes(thrown.kind)) {
          if (!REFUSED_BY_STATE.includes(thrown.kind)) throw thrown;
          refusal = thrown;
          return { state: 'pending', detail: thrown.message };
        }
        failure = thrown;
        call = thrown.kind === 'transient' ? 'unanswered' : 'unsent';
        return { state: 'pending', detail: thrown.message };
      }
    }
  });
}

function ignored({ call }: OperationStep): Look<true> {
  return {
    state: 'failed',
    message: `${call} was accepted, and nothing has happened since`,
    hint: 'Read the events of the server in the console of the provider, then run the command again.'
  };
}

function unknownEffect({ summary, call }: OperationStep, cause: ProviderError | undefined): ActionError {
  return new ActionError(`Could not ${summary}: ${call} got no answer, and no event shows whether it took effect`, {
    code: 'provider-failed',
    source: 'provider',
    hint: 'Run the command again: that run reads the events once more, and sends the call only if there is none.',
    ...defined({ cause })
  });
}
