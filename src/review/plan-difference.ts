import { defined } from '../engine/defined.ts';
import { effectOf, type Effect, type EffectChange, type EffectStep } from '../engine/digest.ts';
import type { Plan } from '../engine/plan.ts';
import type { FieldTable } from '../engine/resource.ts';
import { sameValue } from '../engine/value.ts';
import { hashed, type PlanRecord } from './record.ts';

/** One difference between a fresh plan and the recorded one. An absent side has nothing to do there. */
export type PlanDifference =
  | {
      readonly kind: 'field';
      readonly address: string;
      readonly field: string;
      readonly reviewed?: EffectChange;
      readonly now?: EffectChange;
    }
  | {
      readonly kind: 'step';
      readonly address: string;
      readonly reviewed?: EffectStep['action'];
      readonly now?: EffectStep['action'];
    }
  /** Both do the same to the resource, but to other fields; there was no room to record which. */
  | { readonly kind: 'contents'; readonly address: string }
  /** The plans are about different databases, or one creates and the other destroys. */
  | { readonly kind: 'subject'; readonly member: string; readonly reviewed: string; readonly now: string }
  /** Only the digests are known. */
  | { readonly kind: 'unknown' };

/** Why a fresh plan has another digest than the recorded one. Empty exactly when it has the same. */
export function planDifferences(
  record: PlanRecord,
  plan: Plan,
  tables: Readonly<Record<string, FieldTable>>
): readonly PlanDifference[] {
  if (record.digest === plan.digest) return [];
  const effect = effectOf(plan, tables);
  const { recorded } = record;
  const found = [...subjects(record, effect), ...(recorded.kind === 'none' ? [] : steps(recorded, effect))];
  return found.length > 0 ? found : [{ kind: 'unknown' }];
}

type Members = Readonly<Record<string, string | number | undefined>>;

function subjects(record: PlanRecord, effect: Effect): readonly PlanDifference[] {
  const reviewed: Members = { intent: record.intent, ...record.target };
  const now: Members = { intent: effect.intent, ...effect.target };
  return [...new Set([...Object.keys(reviewed), ...Object.keys(now)])].sort().flatMap(member => {
    const [then, today] = [String(reviewed[member] ?? ''), String(now[member] ?? '')];
    return then === today ? [] : [{ kind: 'subject', member, reviewed: then, now: today } as const];
  });
}

function steps(
  recorded: Exclude<PlanRecord['recorded'], { readonly kind: 'none' }>,
  effect: Effect
): readonly PlanDifference[] {
  if (recorded.kind === 'full') return pairs(recorded.steps, effect.steps).flatMap(ofStep);
  return pairs(recorded.steps, effect.steps.map(hashed)).flatMap(pair => {
    const { address, reviewed, now } = pair;
    if (reviewed?.action !== now?.action) return [ofActions(pair)];
    return reviewed?.hash === now?.hash ? [] : [{ kind: 'contents', address } as const];
  });
}

function ofStep(pair: Pair<EffectStep>): readonly PlanDifference[] {
  const { address, reviewed, now } = pair;
  if (reviewed?.action === 'create' && now?.action === 'update') {
    // It was created meanwhile: only its remaining changes matter.
    const goals = now.changes.map(change => reviewed.changes.find(one => hasSameGoal(one, change)) ?? change);
    const added = ofFields(address, reviewed.changes, goals).filter(found => found.kind === 'field' && found.now);
    return added.length > 0 ? added : [ofActions(pair)];
  }
  // Two updates differ by their fields; any other pair by its actions.
  const isUpdate = [reviewed, now].every(step => step === undefined || step.action === 'update');
  if (!isUpdate && (reviewed?.action !== now?.action || reviewed?.intended !== now?.intended)) return [ofActions(pair)];
  const fields = ofFields(address, reviewed?.changes ?? [], now?.changes ?? []);
  return fields.length > 0 || (reviewed !== undefined && now !== undefined) ? fields : [ofActions(pair)];
}

function ofActions({ address, reviewed, now }: Pair<Pick<EffectStep, 'action'>>): PlanDifference {
  return defined({ kind: 'step', address, reviewed: reviewed?.action, now: now?.action });
}

function ofFields(
  address: string,
  reviewed: readonly EffectChange[],
  now: readonly EffectChange[]
): readonly PlanDifference[] {
  const fields = [...new Set([...reviewed, ...now].map(change => change.field))].sort();
  return fields.flatMap(field => {
    const [then, today] = [reviewed, now].map(changes => changes.find(change => change.field === field));
    if (then !== undefined && today !== undefined && isSame(then, today)) return [];
    return [defined({ kind: 'field', address, field, reviewed: then, now: today })];
  });
}

/** Whether two changes are one: the same field, from, to and impact. */
export function isSame(a: EffectChange, b: EffectChange): boolean {
  return a.field === b.field && a.impact === b.impact && sameValue(a.from, b.from) && sameValue(a.to, b.to);
}

/** Whether two changes lead to the same value, from any old one. */
export function hasSameGoal(a: EffectChange, b: EffectChange): boolean {
  return a.field === b.field && sameValue(a.to, b.to);
}

/** The steps of one address. */
interface Pair<S> {
  readonly address: string;
  readonly reviewed: S | undefined;
  readonly now: S | undefined;
}

/** In the order of the addresses. */
function pairs<S extends { readonly address: string }>(reviewed: readonly S[], now: readonly S[]): readonly Pair<S>[] {
  const addresses = [...new Set([...reviewed, ...now].map(step => step.address))].sort();
  return addresses.map(address => ({
    address,
    reviewed: reviewed.find(step => step.address === address),
    now: now.find(step => step.address === address)
  }));
}
