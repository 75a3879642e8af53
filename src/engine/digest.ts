import { defined } from './defined.ts';
import { createHash } from 'node:crypto';
import type { Target } from './ownership.ts';
import type { Action, Plan, Step } from './plan.ts';
import { fieldRule, type Desired, type FieldTable } from './resource.ts';
import type { Address, Impact } from './impact.ts';
import { canonicalJson, isPlain, type FieldValue } from './value.ts';

/** What a plan would do, and nothing else: all that its digest is made of. Sorted by address and field, in the spelling that is compared. */
export interface Effect {
  readonly intent: Plan['intent'];
  readonly target: Target;
  readonly steps: readonly EffectStep[];
}

export interface EffectStep {
  readonly address: Address;
  readonly action: Action;
  readonly intended?: Step['intended'];
  readonly changes: readonly EffectChange[];
}

export interface EffectChange {
  readonly field: string;
  /** `null` also for what does not exist yet. */
  readonly from: FieldValue;
  readonly to: FieldValue;
  readonly impact: Impact;
}

/** The effect of a plan. With the field tables at hand, values are in the spelling that their normaliser gives them. */
export function effectOf(
  plan: Pick<Plan, 'intent' | 'target' | 'steps'>,
  tables: Readonly<Record<string, FieldTable>> = {}
): Effect {
  const steps = plan.steps
    .filter(step => step.action !== 'none')
    .map(step =>
      defined({
        address: step.address,
        action: step.action,
        intended: step.intended,
        changes: step.changes
          .map(({ field, from, to, impact }) => {
            const spelled = spelling(tables[step.type], field);
            return { field, from: spelled(from ?? null), to: spelled(to), impact };
          })
          .sort((a, b) => (a.field < b.field ? -1 : 1))
      })
    )
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return { intent: plan.intent, target: plan.target, steps };
}

/**
 * SHA-256 (hex) over what a plan would do: its target, its intent, and for every step that does something the resource, the action and
 * each change with from, to and impact. Order of steps, wording, notices, unchanged fields and time have no part in it; nor, with the
 * field tables at hand, the spelling of a value that its normaliser evens out (the order of a list whose order means nothing).
 */
export function digestOf(
  plan: Pick<Plan, 'intent' | 'target' | 'steps'>,
  tables: Readonly<Record<string, FieldTable>> = {}
): string {
  return digestOfEffect(effectOf(plan, tables));
}

/** The digest of the plan that has this effect. */
export function digestOfEffect({ intent, target, steps }: Effect): string {
  return sha256({ intent, target, steps });
}

/**
 * SHA-256 (hex) over what the workflow asks for: the managed fields of all resources, in the spelling that is compared, and which maps
 * are listed completely. What must not exist has no part in it: which those are depends on what is there. Kept in the mark, so that a later
 * run can tell a change in the workflow (this digest moved) from a change in the cloud (it did not, yet the live values differ).
 */
export function settingsDigest(desired: readonly Desired[], tables: Readonly<Record<string, FieldTable>> = {}): string {
  const settings = desired
    .filter(resource => resource.presence === 'present')
    .map(({ address, type, presence, fields, complete }) => ({
      address,
      presence,
      complete: [...(complete ?? [])].sort(),
      fields: Object.fromEntries(
        Object.entries(fields).flatMap(([name, wanted]) =>
          wanted.managed ? [[name, spelling(tables[type], name)(wanted.value)]] : []
        )
      )
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return sha256(settings);
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function spelling(table: FieldTable | undefined, field: string): (value: FieldValue) => FieldValue {
  const normalise = table && fieldRule(table, field)?.normalise;
  return value => (normalise === undefined || value === null || !isPlain(value) ? value : normalise(value, field));
}
