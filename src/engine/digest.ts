import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';
import type { Desired } from './resource.ts';
import { canonicalJson } from './value.ts';

/**
 * SHA-256 (hex) over what a plan would do: its target, its intent, and for every step that does something the resource, the action and
 * each change with from, to and impact. Order of steps, wording, notices, unchanged fields and time have no part in it.
 */
export function digestOf(plan: Pick<Plan, 'intent' | 'target' | 'steps'>): string {
  const steps = plan.steps
    .filter(step => step.action !== 'none')
    .map(step => ({
      address: step.address,
      action: step.action,
      changes: step.changes
        .map(({ field, from, to, impact }) => ({ field, from: from ?? null, to, impact }))
        .sort((a, b) => (a.field < b.field ? -1 : 1))
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return createHash('sha256')
    .update(canonicalJson({ intent: plan.intent, target: plan.target, steps }))
    .digest('hex');
}

/**
 * SHA-256 (hex) over what the workflow asks for: the managed fields of all resources. Kept in the mark, so that a later run can tell a
 * change in the workflow (this digest moved) from a change in the cloud (it did not, yet the live values differ).
 */
export function settingsDigest(desired: readonly Desired[]): string {
  const settings = desired
    .map(({ address, presence, fields }) => ({
      address,
      presence,
      fields: Object.fromEntries(
        Object.entries(fields).flatMap(([name, wanted]) => (wanted.managed ? [[name, wanted.value]] : []))
      )
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return createHash('sha256').update(canonicalJson(settings)).digest('hex');
}
