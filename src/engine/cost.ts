import type { Notice, Plan, Step } from './plan.ts';
import type { Observed } from './resource.ts';
import type { Address } from './impact.ts';
import { isPlain, type Value } from './value.ts';

/** What the database costs a month, before and after. */
export interface Cost {
  /** ISO 4217: `USD`. */
  readonly currency: string;
  /** Per month, after the plan. */
  readonly monthly: number;
  /** Per month, as it is now; absent for a new database. */
  readonly before?: number;
  readonly lines: readonly { readonly title: string; readonly monthly: number }[];
  /** What the numbers leave out or assume. */
  readonly assumptions: readonly string[];
}

/** What a provider answers to `estimate_cost`. */
export interface Estimate {
  /** Absent where a price is not known or may not be read; a notice says which. */
  readonly cost?: Cost;
  readonly notices: readonly Notice[];
}

/** A resource that is paid for: its type, and its fields in plain values. */
export interface Priced {
  readonly address: Address;
  readonly type: string;
  readonly fields: Readonly<Record<string, Value>>;
}

/** Live resources that are ours. */
export function pricedNow(observed: readonly Observed[]): readonly Priced[] {
  return observed
    .filter(({ ownership }) => ownership.kind !== 'foreign')
    .map(({ address, type, fields }) => ({ address, type, fields }));
}

/**
 * The resources once the plan is carried out and everything queued has happened: the plan's own changes over the
 * observed state. Values known only after apply are left out.
 */
export function pricedAfter(plan: Pick<Plan, 'steps'>, observed: readonly Observed[]): readonly Priced[] {
  const steps = new Map(plan.steps.map(step => [step.address, step]));
  const kept = observed
    .filter(({ address, ownership }) => ownership.kind !== 'foreign' && steps.get(address)?.action !== 'delete')
    .map(({ address, type, fields, pending }) => ({
      address,
      type,
      fields: { ...fields, ...pending, ...changed(steps.get(address)) }
    }));
  const made = plan.steps
    .filter(({ action }) => action === 'create')
    .map(step => ({ address: step.address, type: step.type, fields: changed(step) }));
  return [...kept, ...made];
}

function changed(step: Step | undefined): Readonly<Record<string, Value>> {
  if (step === undefined || step.action === 'blocked') return {};
  return Object.fromEntries(step.changes.flatMap(({ field, to }) => (isPlain(to) ? [[field, to]] : [])));
}
