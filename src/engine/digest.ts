import { defined } from './defined.ts';
import { createHash } from 'node:crypto';
import type { Target } from './ownership.ts';
import type { Action, Plan, Step } from './plan.ts';
import { fieldRule, inOneSpelling, type Desired, type FieldTable } from './resource.ts';
import type { Address, Impact } from './impact.ts';
import { canonicalJson, isPlain, type FieldValue } from './value.ts';

/**
 * The effect of a plan: everything that its digest is computed from. Sorted by address and field, in the normalised
 * spelling.
 */
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
  /** `null` also for a value that does not exist yet. */
  readonly from: FieldValue;
  readonly to: FieldValue;
  readonly impact: Impact;
}

/** The effect of a plan. With field tables, values are in their normalised spelling. */
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
 * SHA-256 (hex) over the effect of a plan: its target, its intent, and for every step that does something the resource,
 * the action and each change with from, to and impact. Order of steps, wording, notices, unchanged fields and time are
 * left out. With field tables, so are spellings of equal values, such as the order of an unordered list.
 */
export function digestOf(
  plan: Pick<Plan, 'intent' | 'target' | 'steps'>,
  tables: Readonly<Record<string, FieldTable>> = {}
): string {
  return digestOfEffect(effectOf(plan, tables));
}

/** The digest of the plan that has this effect. */
export function digestOfEffect({ intent, target, steps }: Effect): string {
  return hashOf({ intent, target, steps });
}

/**
 * SHA-256 (hex) over the workflow's settings: the managed fields of all resources, in the normalised spelling, and
 * which maps are listed completely. Resources that must not exist are left out, since they depend on the live state.
 * Kept in the mark, so that a later run can tell a change in the workflow (this digest differs) from a change in the
 * cloud (it does not, but the live values do).
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
  return hashOf(settings);
}

/** SHA-256 (hex) of data, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function spelling(table: FieldTable | undefined, field: string): (value: FieldValue) => FieldValue {
  const rule = table && fieldRule(table, field);
  return value => (value === null || !isPlain(value) ? value : inOneSpelling(rule, field, value));
}
