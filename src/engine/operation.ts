import { SEE_THE_PLAN } from '../errors.ts';
import { asSentence } from './sentence.ts';
import { defined } from './defined.ts';
import { hashOf } from './digest.ts';
import { worstImpact, type Address, type Impact } from './impact.ts';
import { describeMark, foreignHint, isOfSameWorkflow, type Target } from './ownership.ts';
import type { Notice, Refusal, Verdict } from './plan.ts';
import type { Observed } from './resource.ts';

/** Commands that act on a live server without changing what the inputs ask for. */
export const OPERATIONS = [
  'stop',
  'start',
  'restart',
  'failover',
  'promote',
  'switchover',
  'rotate',
  'maintenance'
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Where a step stands, by a read from the provider. */
export type OperationState =
  | { readonly state: 'todo' | 'underway' | 'done'; readonly detail: string }
  | { readonly state: 'failed'; readonly message: string; readonly hint?: string };

/** One call of an operation to one resource. */
export interface OperationStep {
  readonly address: Address;
  /** In words: `server orders`. */
  readonly title: string;
  /** Completes "will …": `stop server orders`. */
  readonly summary: string;
  /** The provider's name of the call, as permissions spell it: `rds:StopDBInstance`. */
  readonly call: string;
  readonly impact: Impact;
  /** How long it usually takes, in words: `1–5 min`. */
  readonly usually: string;
  /** Seconds between two reads while waiting. */
  readonly intervalSeconds: number;
  /**
   * Whether a second call does no harm. If not, a call without an answer is never sent again in the same run: the next
   * run reads what happened.
   */
  readonly isRepeatable: boolean;
  /** This many reads in a row must say done. Default 1. */
  readonly consecutive?: number;
  /** The operation goes on without it, with a warning, where it fails or takes longer than a minute. */
  readonly isOptional?: true;
  /** Reads where it stands, always from the provider. */
  look(): Promise<OperationState>;
  /**
   * Takes back what earlier steps wrote for this one. Called after the service has refused the call for good, and a
   * read shows that nothing happened.
   */
  takeBack?(): Promise<void>;
  /** Sends the call. `busy`, `throttled` and `transient` failures are the engine's to deal with. */
  send(): Promise<void>;
}

/** An operation as a provider drafts it from the live state. */
export interface OperationDraft {
  /** In the order in which they are run. */
  readonly steps: readonly OperationStep[];
  /** What it means for the database, in sentences: downtime, cost, data, what the provider undoes by itself. */
  readonly consequences: readonly string[];
  /** Why the provider would refuse it. */
  readonly refusals: readonly Refusal[];
  /** What it found, in sentences: told also where there is nothing to do. A draft with this may have no steps. */
  readonly found?: readonly string[];
  /** The inputs that name the database afterwards, where another server is it then: `name`, and its region. */
  readonly successor?: Readonly<Record<string, string>>;
}

/** One step as it is printed. */
export interface PlannedStep extends Pick<
  OperationStep,
  'address' | 'title' | 'summary' | 'call' | 'impact' | 'usually'
> {
  readonly state: 'todo' | 'underway' | 'done';
  readonly detail: string;
}

/** An operation before it is run: data, without secrets. */
export interface OperationPlan {
  readonly schema: 1;
  readonly operation: OperationName;
  readonly target: Target;
  readonly verdict: Verdict;
  /** The worst of the steps that are still to do. */
  readonly impact: Impact;
  readonly steps: readonly PlannedStep[];
  readonly consequences: readonly string[];
  readonly refusals: readonly Refusal[];
  readonly notices: readonly Notice[];
  /** SHA-256 (hex) of all calls and their words, also of those that are done already. */
  readonly digest: string;
}

export interface OperationRequest {
  readonly operation: OperationName;
  readonly target: Target;
  /** The server that it is about. */
  readonly server: Observed;
  /** Asked only for a server that is ours. */
  readonly draft: () => Promise<OperationDraft>;
  readonly notices: readonly Notice[];
  /** Why the workflow does not allow it; absent when it does. */
  readonly unconfirmed?: Refusal;
}

/**
 * Plans an operation: what the provider drafted, where each step stands now, and why it may not be run. Steps whose
 * goal is reached already stay in the plan, and are not run. Throws a step's failure.
 */
export async function planOperation(request: OperationRequest): Promise<{
  readonly plan: OperationPlan;
  readonly steps: readonly OperationStep[];
  readonly successor?: OperationDraft['successor'];
}> {
  const { operation, target, server, notices } = request;
  const foreign = ownershipRefusal(server, target, operation);
  const draft: OperationDraft =
    foreign === undefined ? await request.draft() : { steps: [], consequences: [], refusals: [foreign] };
  const found = await Promise.all(draft.steps.map(async step => ({ step, now: await step.look() })));
  const planned = found.map(standing);
  const open = planned.filter(step => step.state !== 'done');
  const isShown = draft.found !== undefined && draft.refusals.length === 0;
  const isReached = open.length === 0 && (draft.steps.length > 0 || isShown);
  const unconfirmed =
    foreign !== undefined || isReached || request.unconfirmed === undefined ? [] : [request.unconfirmed];
  const hopeless = found.flatMap(failed);
  const refused = draft.refusals.length > 0 ? draft.refusals : hopeless.map(one => ({ rule: operation, ...one }));
  const refusals = isReached ? [] : [...refused, ...unconfirmed];
  // With those that are done: a run that goes on where a killed one stopped runs the same plan.
  const steps = planned.map(({ address, call, summary }) => ({ address, call, summary }));
  const { repositoryId: _id, host: _host, ...named } = target;
  const plan: OperationPlan = {
    schema: 1,
    operation,
    target: named,
    verdict: refusals.length > 0 ? 'blocked' : isReached ? 'no-changes' : 'changes',
    impact: worstImpact(open.map(({ impact }) => impact)),
    steps: planned,
    consequences: [...(draft.found ?? []), ...(isReached ? [] : draft.consequences)],
    refusals,
    notices,
    digest: hashOf({ operation, target: named, steps })
  };
  return defined({ plan, steps: draft.steps, successor: draft.successor });
}

interface Found {
  readonly step: OperationStep;
  readonly now: OperationState;
}

function standing({ step, now }: Found): PlannedStep {
  const { address, title, summary, call, impact, usually } = step;
  const where =
    now.state === 'failed'
      ? ({ state: 'todo', detail: now.message } as const)
      : { state: now.state, detail: now.detail };
  return { address, title, summary, call, impact, usually, ...where };
}

/** Why a step would fail at once: a server that has failed, or is gone. */
function failed({ step, now }: Found): readonly Pick<Refusal, 'message' | 'hint'>[] {
  if (now.state !== 'failed' || step.isOptional === true) return [];
  const { message, hint = SEE_THE_PLAN } = now;
  return [{ message: `Could not ${step.summary}: ${asSentence(message)}`, hint }];
}

/** An operation is for a server that this workflow owns; it adopts nothing. */
function ownershipRefusal(
  { ownership, title }: Observed,
  target: Target,
  operation: OperationName
): Refusal | undefined {
  switch (ownership.kind) {
    case 'ours':
      return undefined;
    case 'foreign':
      // A replica carries the name of its server. Where that one can't be reached, the replica is asked for.
      if (operation === 'promote' && isOfSameWorkflow(ownership.mark, target)) return undefined;
      return {
        rule: 'not-ours',
        message: `${title} belongs to ${describeMark(ownership.mark)}.`,
        hint: foreignHint(ownership.mark, target)
      };
    case 'unmarked':
      return {
        rule: 'not-ours',
        message: `${title} carries no ownership mark.`,
        hint: 'Take it over first: `command: apply` with `adopt_existing: true`.'
      };
  }
}
