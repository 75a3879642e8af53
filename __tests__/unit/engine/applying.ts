import { applyPlan, type ApplyResult } from '../../../src/engine/apply.ts';
import type { ApplyRequest } from '../../../src/engine/apply-request.ts';
import type { Plan, Step } from '../../../src/engine/plan.ts';
import { fakeContext, type FakeContext } from '../../support/fake-context.ts';
import { model, modelContext, observeModel, type ModelContext, type Thing } from '../../support/model-provider.ts';
import { OURS, step, TARGET } from '../../support/resources.ts';

/** A plan of these steps, as if no rule had refused any. */
export function planOf(...steps: readonly Step[]): Plan {
  const acting = steps.filter(one => one.action !== 'none').length;
  return {
    schema: 1,
    intent: 'apply',
    target: TARGET,
    verdict: acting === 0 ? 'no-changes' : 'changes',
    impact: 'online',
    counts: { create: acting, update: 0, delete: 0, adopt: 0, blocked: 0, unchanged: 0, unknown: 0 },
    steps,
    notices: [],
    digest: ''
  };
}

const unexpectedSecret = (): never => {
  throw new Error('no secret is asked for');
};

interface Options extends Partial<Omit<ApplyRequest<ModelContext>, 'plan' | 'context' | 'execution'>> {
  readonly context?: ModelContext;
  readonly execution?: FakeContext;
}

/** Applies to a model provider. */
export async function apply(
  steps: readonly Step[] | Plan,
  { context = modelContext(), ...options }: Options = {}
): Promise<ApplyResult> {
  return applyPlan({
    plan: 'steps' in steps ? steps : planOf(...steps),
    context,
    types: { thing: model },
    observed: observeModel(context),
    mark: OURS,
    secret: unexpectedSecret,
    execution: fakeContext(),
    ...options
  });
}

/** `address outcome` of each step. */
export function outcomes(result: ApplyResult): readonly string[] {
  return result.results.map(({ address, outcome }) => `${address} ${outcome}`);
}

/** A provider in which each call takes the seconds given for its address (default 1), and notices a cancellation. */
export function slow(execution: FakeContext, seconds: Readonly<Record<string, number>> = {}): ModelContext {
  return modelContext({ during: work => execution.clock.sleep(seconds[work.address] ?? 1, work.execution.signal) });
}

/** A live thing for the model, by address. */
export function live(address: string): readonly [string, Thing] {
  const facts = { id: 'live id' };
  return [
    address,
    { title: 't', isMarked: true, fields: {}, pending: {}, facts, dependsOn: [], concurrencyGroup: 'l' }
  ];
}

/** So many steps that create, `s0` and so on. */
export const many = (count: number, more: Partial<Step> = {}): readonly Step[] =>
  Array.from({ length: count }, (_, i) => step(`s${i}`, 'create', more));
