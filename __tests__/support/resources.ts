import type { Mark, Target } from '../../src/engine/ownership.ts';
import { markFor } from '../../src/engine/ownership.ts';
import type { Plan, Step } from '../../src/engine/plan.ts';
import { planApply, planDestroy, type PlanRequest } from '../../src/engine/planner.ts';
import type { Desired, FieldTable, Observed, Wanted } from '../../src/engine/resource.ts';
import type { Allowances } from '../../src/engine/safety.ts';
import type { FieldValue } from '../../src/engine/value.ts';

export const TARGET: Target = {
  provider: 'local',
  account: 'runner',
  region: '',
  name: 'orders',
  environment: 'production',
  repository: 'acme/shop'
};

export const OURS: Mark = markFor(TARGET);
export const FOREIGN: Mark = { ...OURS, repository: 'acme/billing' };

/** Nothing is allowed beyond what needs no permission. */
export const NO_PERMITS: Allowances = {
  adoptExisting: false,
  majorVersionUpgrade: false,
  destroy: false,
  skipFinalSnapshot: false,
  restart: true
};

/** A wanted resource, present, of type `thing`; `fields` are managed unless given as a whole `Wanted`. */
export function desired(
  address: string,
  fields: Readonly<Record<string, FieldValue>> = {},
  more: Partial<Desired> = {}
): Desired {
  return {
    address,
    type: 'thing',
    title: `thing ${address}`,
    presence: 'present',
    dependsOn: [],
    concurrencyGroup: address,
    ...more,
    fields: { ...managed(fields), ...more.fields }
  };
}

export function managed(fields: Readonly<Record<string, FieldValue>>): Readonly<Record<string, Wanted>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value, managed: true }]));
}

/** A live resource of ours, of type `thing`. */
export function observed(
  address: string,
  fields: Observed['fields'] = {},
  more: Partial<Omit<Observed, 'fields'>> = {}
): Observed {
  return {
    address,
    type: 'thing',
    title: `thing ${address}`,
    ownership: { kind: 'ours', mark: OURS },
    fields,
    facts: {},
    dependsOn: [],
    concurrencyGroup: address,
    ...more
  };
}

export function step(address: string, action: Step['action'], more: Partial<Step> = {}): Step {
  return {
    address,
    type: 'thing',
    title: `thing ${address}`,
    action,
    changes: [],
    unchanged: [],
    unknown: {},
    pending: {},
    impact: 'online',
    dependsOn: [],
    concurrencyGroup: address,
    ...more
  };
}

type Request = Partial<Omit<PlanRequest, 'allowances' | 'tables'>> & {
  readonly allowances?: Partial<Allowances>;
  readonly table?: FieldTable;
};

/** A plan with one field table for the type `thing`. */
export function planned(request: Request): Plan {
  return planApply(complete(request));
}

export function plannedDestroy(request: Request): Plan {
  return planDestroy(complete(request));
}

function complete({ allowances, table, ...request }: Request): PlanRequest {
  return {
    target: TARGET,
    desired: [],
    observed: [],
    notices: [],
    ...request,
    tables: { thing: table ?? {} },
    allowances: { ...NO_PERMITS, ...allowances }
  };
}
