import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';
import { fieldRule, type Desired, type FieldTable } from './resource.ts';
import { canonicalJson, isSecretName, referencesIn, type FieldValue, type Value } from './value.ts';

/**
 * SHA-256 (hex) over what a plan would do: its target, its intent, and for every step that does something the resource, the action and
 * each change with from, to and impact. Order of steps, wording, notices, unchanged fields and time have no part in it; nor, with the
 * field tables at hand, the spelling of a value that its normaliser evens out (the order of a list whose order means nothing).
 */
export function digestOf(
  plan: Pick<Plan, 'intent' | 'target' | 'steps'>,
  tables: Readonly<Record<string, FieldTable>> = {}
): string {
  const steps = plan.steps
    .filter(step => step.action !== 'none')
    .map(step => ({
      address: step.address,
      action: step.action,
      intended: step.intended,
      changes: step.changes
        .map(({ field, from, to, impact }) => {
          const spelled = spelling(tables[step.type], field);
          return { field, from: spelled(from ?? null), to: spelled(to), impact };
        })
        .sort((a, b) => (a.field < b.field ? -1 : 1))
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return createHash('sha256')
    .update(canonicalJson({ intent: plan.intent, target: plan.target, steps }))
    .digest('hex');
}

/**
 * SHA-256 (hex) over what the workflow asks for: the managed fields of all resources, and which
 * maps are listed completely. Kept in the mark, so that a later run can tell a
 * change in the workflow (this digest moved) from a change in the cloud (it did not, yet the live values differ).
 */
export function settingsDigest(desired: readonly Desired[]): string {
  const settings = desired
    .map(({ address, presence, fields, complete }) => ({
      address,
      presence,
      complete: [...(complete ?? [])].sort(),
      fields: Object.fromEntries(
        Object.entries(fields).flatMap(([name, wanted]) => (wanted.managed ? [[name, wanted.value]] : []))
      )
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return createHash('sha256').update(canonicalJson(settings)).digest('hex');
}

function spelling(table: FieldTable | undefined, field: string): (value: FieldValue) => FieldValue {
  const normalise = table && fieldRule(table, field)?.normalise;
  return value =>
    normalise === undefined || value === null || isSecretName(value) || referencesIn(value).length > 0
      ? value
      : normalise(value as Value, field);
}
