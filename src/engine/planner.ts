import { diffResource, removal } from './diff.ts';
import { digestOf } from './digest.ts';
import { inOrder } from './graph.ts';
import type { Target } from './ownership.ts';
import type { Counts, Notice, Plan, Step } from './plan.ts';
import { worstImpact, type Address, type Desired, type FieldTable, type Observed } from './resource.ts';
import { guard, type Permits } from './safety.ts';

export interface PlanRequest {
  readonly target: Target;
  readonly desired: readonly Desired[];
  readonly observed: readonly Observed[];
  /** Field tables by resource type. */
  readonly tables: Readonly<Record<string, FieldTable>>;
  readonly notices: readonly Notice[];
  readonly permits: Permits;
}

/** Plans the way from what there is to what is wanted. Pure: equal arguments give equal plans. */
export function planApply(request: PlanRequest): Plan {
  const observed = new Map(request.observed.map(resource => [resource.address, resource]));
  const steps = request.desired.map(desired => {
    const live = observed.get(desired.address);
    const table = request.tables[desired.type] ?? {};
    return guard({
      step: diffResource(desired, live, table),
      observed: live,
      table,
      permits: request.permits,
      intent: 'apply'
    });
  });
  return assemble('apply', request, steps);
}

/** Plans the removal of everything that is ours. Where nothing is, what was found is refused by name instead of being passed over. */
export function planDestroy(request: Omit<PlanRequest, 'desired'>): Plan {
  const ours = request.observed.filter(resource => resource.ownership.kind === 'ours');
  const steps = (ours.length > 0 ? ours : request.observed).map(observed => {
    const table = request.tables[observed.type] ?? {};
    return guard({ step: removal(observed), observed, table, permits: request.permits, intent: 'destroy' });
  });
  return assemble('destroy', request, steps);
}

function assemble(intent: Plan['intent'], request: Omit<PlanRequest, 'desired'>, unordered: readonly Step[]): Plan {
  const steps = inOrder(unordered);
  const counts = countSteps(steps);
  const acting = steps.filter(step => step.action !== 'none');
  const mark = request.observed.find(resource => resource.ownership.kind === 'ours')?.ownership;
  const core = { intent, target: request.target, steps };
  return {
    schema: 1,
    ...core,
    verdict: counts.blocked > 0 ? 'blocked' : acting.length === 0 ? 'no-changes' : 'changes',
    impact: worstImpact(acting.map(step => step.impact)),
    counts,
    notices: request.notices,
    digest: digestOf(core),
    ...(mark?.kind === 'ours' ? { lastApplied: mark.mark } : {})
  };
}

function countSteps(steps: readonly Step[]): Counts {
  const count = (action: Step['action']): number => steps.filter(step => step.action === action).length;
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    adopt: count('adopt'),
    blocked: count('blocked'),
    unchanged: count('none')
  };
}

/** Addresses that are live and ours but that no input speaks of: left alone, and said. */
export function unmentioned(desired: readonly Desired[], observed: readonly Observed[]): readonly Address[] {
  const spoken = new Set(desired.map(resource => resource.address));
  return observed.filter(live => live.ownership.kind === 'ours' && !spoken.has(live.address)).map(live => live.address);
}
