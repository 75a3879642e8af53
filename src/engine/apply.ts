import { ActionError, asActionError } from '../errors.ts';
import type { Context } from './context.ts';
import { prerequisites } from './graph.ts';
import type { Mark } from './ownership.ts';
import type { Plan, Step } from './plan.ts';
import type { Address, Facts, Observed, ResourceType, Work } from './resource.ts';
import { isReference, isSecretName, type FieldValue, type Value } from './value.ts';

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
  readonly results: readonly StepResult[];
  /** What the provider decided while applying, by address. */
  readonly facts: ReadonlyMap<Address, Facts>;
  /** The first failure, if any: the run's failure. */
  readonly error?: ActionError;
}

export interface ApplyRequest<W> {
  readonly plan: Plan;
  readonly world: W;
  readonly types: Readonly<Record<string, ResourceType<W>>>;
  readonly observed: readonly Observed[];
  readonly mark: Mark;
  /** The value of a secret by name; throws when there is none. */
  readonly secret: (name: string) => string;
  readonly context: Context;
  /** Steps at work at once. Default 4; steps of one lane never overlap. */
  readonly parallelism?: number;
}

/**
 * Runs a plan's steps: in dependency order, independent ones side by side, one mutation at a time per lane. After a failure nothing new is
 * begun and what is at work is let finish. Never throws for a failing step: the result says how each one ended.
 */
export async function applyPlan<W>(request: ApplyRequest<W>): Promise<ApplyResult> {
  const { plan, context } = request;
  if (plan.verdict === 'blocked') {
    throw new ActionError('The plan holds refused changes: nothing was done', { code: 'plan-blocked', source: 'user' });
  }
  const waitsFor = prerequisites(plan.steps);
  const observed = new Map(request.observed.map(resource => [resource.address, resource]));
  const facts = new Map<Address, Facts>(request.observed.map(resource => [resource.address, resource.facts]));
  const results = new Map<Address, StepResult>();
  const running = new Map<Address, Promise<void>>();
  const busyLanes = new Set<string>();
  let error: ActionError | undefined;

  const perform = async (step: Step): Promise<void> => {
    const started = context.clock.now().getTime();
    const finish = (outcome: Outcome, failure?: ActionError): void => {
      results.set(step.address, {
        ...summary(step),
        outcome,
        seconds: secondsSince(started, context),
        ...(failure && { error: failure })
      });
    };
    try {
      const type = request.types[step.type];
      if (type === undefined)
        throw new ActionError(`No resource type ${step.type}`, { code: 'internal', source: 'bug' });
      const made = await run(type, step, work(step, observed.get(step.address), request, facts));
      if (made !== undefined) facts.set(step.address, { ...facts.get(step.address), ...made });
      finish('done');
      context.log.info(`${step.title}: ${PAST[step.action]}`);
    } catch (thrown) {
      const failure = context.signal.aborted ? cancelled(context.signal) : asActionError(thrown);
      error ??= failure;
      finish(failure.code === 'in-progress' || failure.code === 'cancelled' ? 'in progress' : 'failed', failure);
    }
  };

  const waiting = plan.steps.filter(step => step.action !== 'none');
  while (waiting.length > 0 || running.size > 0) {
    const stopped = error !== undefined || context.signal.aborted;
    for (const step of stopped ? [] : [...waiting]) {
      const ready = [...(waitsFor.get(step.address) ?? [])].every(needed => results.get(needed)?.outcome === 'done');
      if (!ready || busyLanes.has(step.lane) || running.size >= (request.parallelism ?? 4)) continue;
      waiting.splice(waiting.indexOf(step), 1);
      busyLanes.add(step.lane);
      const task = perform(step).finally(() => {
        busyLanes.delete(step.lane);
        running.delete(step.address);
      });
      running.set(step.address, task);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  for (const step of waiting) results.set(step.address, { ...summary(step), outcome: 'not run', seconds: 0 });
  if (error === undefined && context.signal.aborted) error = cancelled(context.signal);

  return {
    results: plan.steps.flatMap(step => results.get(step.address) ?? []),
    facts,
    ...(error === undefined ? {} : { error })
  };
}

const PAST: Readonly<Record<Step['action'], string>> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  adopt: 'adopted',
  none: 'unchanged',
  blocked: 'refused'
};

function summary(step: Step): Pick<StepResult, 'address' | 'title' | 'action'> {
  return { address: step.address, title: step.title, action: step.action };
}

function secondsSince(started: number, context: Context): number {
  return Math.round((context.clock.now().getTime() - started) / 100) / 10;
}

async function run<W>(type: ResourceType<W>, step: Step, job: { world: W; work: Work }): Promise<Facts | undefined> {
  switch (step.action) {
    case 'create':
      return type.create(job.world, job.work);
    case 'update':
    case 'adopt':
      return type.update(job.world, job.work);
    case 'delete':
      await type.remove(job.world, job.work);
      return undefined;
    case 'none':
    case 'blocked':
      return undefined;
  }
}

function work<W>(
  step: Step,
  observed: Observed | undefined,
  request: ApplyRequest<W>,
  facts: ReadonlyMap<Address, Facts>
): { world: W; work: Work } {
  const resolve = (value: FieldValue): Value => {
    if (isSecretName(value)) return request.secret(value.$secret);
    if (!isReference(value)) return value;
    const known = facts.get(value.$ref)?.[value.fact];
    if (known !== undefined) return known;
    throw new ActionError(`${step.title} needs ${value.fact} of ${value.$ref}, which is not known`, {
      code: 'internal',
      source: 'bug'
    });
  };
  return {
    world: request.world,
    work: {
      address: step.address,
      values: Object.fromEntries(step.changes.map(change => [change.field, resolve(change.to)])),
      changes: step.changes,
      observed,
      mark: request.mark,
      context: request.context
    }
  };
}

function cancelled(signal: AbortSignal): ActionError {
  if (signal.reason instanceof ActionError) return signal.reason;
  return new ActionError('The run was cancelled', {
    code: 'cancelled',
    source: 'user',
    hint: 'Nothing was undone. Run the workflow again: it goes on from where this one stopped.'
  });
}
