import { defined } from '../engine/defined.ts';
import { digestOfEffect, type Effect, type EffectChange, type EffectStep } from '../engine/digest.ts';
import { isSame } from './plan-difference.ts';
import type { PlanRecord } from './record.ts';

/**
 * The sum of the reviewed plans of several pull requests, in the order of their merges. When two of them change one
 * field, the one that the fresh plan applies counts, else the later one. The result has the fresh plan's digest exactly
 * when every change of the plan was reviewed in one of them, and every reviewed change is in the plan. Pure.
 */
export function combineRecords(records: readonly PlanRecord[], fresh: Effect): PlanRecord | undefined {
  const last = records.at(-1);
  if (last === undefined) return undefined;
  const begun = records.every(record => record.begunFor === last.begunFor) ? last.begunFor : undefined;
  const lists = records.map(({ recorded }) => (recorded.kind === 'full' ? recorded.steps : undefined));
  const { begunFor: _, ...head } = last;
  if (lists.includes(undefined))
    return defined({ ...head, digest: '', begunFor: begun, recorded: { kind: 'none' } as const });
  const all = lists.flatMap(list => list ?? []);
  const addresses = [...new Set(all.map(step => step.address))].sort();
  const steps = addresses.flatMap(address =>
    combineSteps(
      all.filter(step => step.address === address),
      fresh
    )
  );
  const digest = digestOfEffect({ intent: last.intent, target: last.target, steps });
  return defined({ ...head, digest, begunFor: begun, recorded: { kind: 'full', steps } as const });
}

/** Steps of one address, the earlier first. */
function combineSteps(steps: readonly EffectStep[], fresh: Effect): readonly EffectStep[] {
  const now = fresh.steps.find(step => step.address === steps[0]?.address);
  const isLike = (step: EffectStep): boolean => step.action === now?.action && step.intended === now.intended;
  const chosen = steps.find(isLike) ?? steps.at(-1);
  if (chosen === undefined) return [];
  const changes = steps.filter(step => step.action === chosen.action).flatMap(step => step.changes);
  const fields = [...new Set(changes.map(change => change.field))].sort();
  return [
    {
      ...chosen,
      changes: fields.flatMap(field => {
        const candidates = changes.filter(change => change.field === field);
        const wanted = now?.changes.find(change => change.field === field);
        const found = wanted === undefined ? undefined : candidates.find((one: EffectChange) => isSame(one, wanted));
        return found ?? candidates.at(-1) ?? [];
      })
    }
  ];
}
