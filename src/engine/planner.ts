import { defined } from './defined.ts';
import { ActionError } from '../errors.ts';
import { diffResource, knownFrom, removal } from './diff.ts';
import { digestOf } from './digest.ts';
import { inOrder } from './graph.ts';
import { isPromotedFrom, isSameName, type Mark, type Target } from './ownership.ts';
import type { Counts, Notice, Plan, Step } from './plan.ts';
import type { Desired, FieldTable, Observed } from './resource.ts';
import { worstImpact, type Address } from './impact.ts';
import { otherOwner } from './other-owner.ts';
import { exposures, enforceSafetyRules, type Allowances } from './safety.ts';

export interface PlanRequest {
  readonly target: Target;
  readonly desired: readonly Desired[];
  readonly observed: readonly Observed[];
  /** Field tables by resource type. */
  readonly tables: Readonly<Record<string, FieldTable>>;
  readonly notices: readonly Notice[];
  readonly allowances: Allowances;
  /** Whether the workflow sets this input, and the field through it. By default each input is set. */
  readonly isAsked?: (input: string, field: string) => boolean;
}

/**
 * Plans the steps from the observed to the desired state. Pure: equal arguments give equal plans. Throws `internal`
 * when a provider contradicts itself: two resources with one address, a type without a field table, a circle.
 */
export function planApply(request: PlanRequest): Plan {
  const live = byAddress(request.observed);
  byAddress(request.desired);
  const known = knownFrom(request.observed);
  const lastApplied = markOf(request.observed);
  const steps = request.desired.map(desired =>
    withDefaults(
      diffResource(desired, live.get(desired.address), tableOf(request, desired.type), known, lastApplied),
      request.isAsked
    )
  );
  const deleted = new Set(steps.flatMap(step => (step.action === 'delete' ? [step.address] : [])));
  const leaning = steps.map(step => {
    // A resource that is changed to no longer depend on another must be changed before that one is deleted.
    const leaves = (live.get(step.address)?.dependsOn ?? []).filter(address => deleted.has(address));
    return leaves.length === 0 ? step : { ...step, dependsOn: [...new Set([...step.dependsOn, ...leaves])] };
  });
  return assemble('apply', request, leaning);
}

/** Says which values of a new resource are defaults. A live one is not changed to a default. */
function withDefaults(step: Step, isAsked: PlanRequest['isAsked']): Step {
  if (step.action !== 'create' || isAsked === undefined) return step;
  const changes = step.changes.map(change => {
    const isDefault = change.input !== undefined && !isAsked(change.input, change.field);
    return isDefault ? { ...change, isDefault } : change;
  });
  return { ...step, changes };
}

/**
 * Plans the removal of every resource that is ours. When none is, the resources found are refused by name instead of
 * being skipped.
 */
export function planDestroy(request: Omit<PlanRequest, 'desired'>): Plan {
  byAddress(request.observed);
  // One that still follows the server keeps nothing: its server is not deleted, and neither is what lies in it.
  const heirs = request.observed.filter(
    ({ ownership, dependsOn }) => isPromotedFrom(ownership, request.target) && !dependsOn.includes('server')
  );
  const kept = new Set(heirs.flatMap(({ dependsOn }) => dependsOn));
  const own = request.observed.filter(resource => resource.ownership.kind === 'ours');
  const ours = own.filter(({ address }) => !kept.has(address));
  const subjects = ours.length > 0 ? ours : request.observed;
  const going = new Set(subjects.map(resource => resource.address));
  // A protected resource keeps its step, so that it is refused and not deleted with its parent.
  const alone = subjects.filter(
    ({ deletedWith, isProtected }) => deletedWith === undefined || !going.has(deletedWith) || isProtected === true
  );
  const left = own.filter(({ address }) => kept.has(address));
  const notices = [...request.notices, ...(left.length === 0 ? [] : [keptForHeir(left, heirs)])];
  return assemble('destroy', { ...request, notices }, alone.map(removal));
}

/** A promoted replica goes on with the groups of the server before. */
function keptForHeir(left: readonly Observed[], heirs: readonly Observed[]): Notice {
  const names = (all: readonly Observed[]): string => all.map(({ title }) => title).join(', ');
  return {
    code: 'kept-for-promoted',
    severity: 'info',
    message: `Left in place, since the promoted ${names(heirs)} uses them: ${names(left)}.`
  };
}

function assemble(intent: Plan['intent'], request: Omit<PlanRequest, 'desired'>, unguarded: readonly Step[]): Plan {
  const live = byAddress(request.observed);
  const { allowances, observed: all } = request;
  const guarded = unguarded.map(step => {
    const table = tableOf(request, step.type);
    return enforceSafetyRules({
      step,
      observed: live.get(step.address),
      table,
      allowances,
      intent,
      all,
      target: request.target
    });
  });
  const steps = inOrder(guarded);
  const counts = countSteps(steps);
  const acting = steps.filter(step => step.action !== 'none');
  const lastApplied = markOf(request.observed);
  const core = { intent, target: planTarget(request.target), steps };
  return defined({
    schema: 1,
    ...core,
    verdict: counts.blocked > 0 ? 'blocked' : acting.length === 0 ? 'no-changes' : 'changes',
    impact: worstImpact(acting.map(step => step.impact)),
    counts,
    notices: [
      ...request.notices,
      ...renamed(lastApplied, request.target),
      ...stoppedNotices(request.observed),
      ...(intent === 'apply' ? otherOwner(request.observed) : []),
      ...steps.flatMap(step => exposures(step, tableOf(request, step.type), live.get(step.address)))
    ],
    digest: digestOf(core, request.tables),
    lastApplied
  });
}

/** The mark of the database: that of its first resource that is ours. */
function markOf(observed: readonly Observed[]): Mark | undefined {
  const main = observed.find(resource => resource.ownership.kind === 'ours')?.ownership;
  return main?.kind === 'ours' ? main.mark : undefined;
}

/** The target as plans, digests and records name it: by the repository's name. */
function planTarget({ repositoryId: _id, host: _host, ...target }: Target): Target {
  return target;
}

function stoppedNotices(observed: readonly Observed[]): readonly Notice[] {
  return observed.flatMap(({ title, stopped }) =>
    stopped === undefined
      ? []
      : [
          {
            code: 'stopped',
            severity: 'warning' as const,
            message: `${title} is stopped: \`command: start\` starts it.${stopped.returns === undefined ? '' : ` It ${stopped.returns}.`}`
          }
        ]
  );
}

function renamed(mark: Mark | undefined, target: Target): readonly Notice[] {
  if (mark === undefined || isSameName(mark, target)) return [];
  return [
    {
      code: 'repository-renamed',
      severity: 'info',
      message: `The repository was ${mark.repository} when it was last applied, and is ${target.repository} now: an apply rewrites the mark.`
    }
  ];
}

function byAddress<R extends { readonly address: Address }>(resources: readonly R[]): ReadonlyMap<Address, R> {
  const found = new Map(resources.map(resource => [resource.address, resource]));
  if (found.size === resources.length) return found;
  const twice = resources.find((resource, index) => resources.findIndex(r => r.address === resource.address) !== index);
  throw new ActionError(`Two resources have the address ${twice?.address}`, { code: 'internal', source: 'bug' });
}

function tableOf(request: Pick<PlanRequest, 'tables'>, type: string): FieldTable {
  const table = request.tables[type];
  if (table !== undefined) return table;
  throw new ActionError(`No field table for the resource type ${type}`, { code: 'internal', source: 'bug' });
}

function countSteps(steps: readonly Step[]): Counts {
  const count = (action: Step['action']): number => steps.filter(step => step.action === action).length;
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    adopt: count('adopt'),
    blocked: count('blocked'),
    unchanged: count('none'),
    unknown: steps.reduce((sum, step) => sum + Object.keys(step.unknown).length, 0)
  };
}

/** Addresses that are live and ours but that no input mentions: left alone, and reported. */
export function unmentioned(desired: readonly Desired[], observed: readonly Observed[]): readonly Address[] {
  const spoken = new Set(desired.map(resource => resource.address));
  return observed
    .filter(live => live.ownership.kind === 'ours' && live.deletedWith === undefined && !spoken.has(live.address))
    .map(live => live.address);
}
