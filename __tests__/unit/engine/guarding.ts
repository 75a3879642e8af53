import type { Change, Step } from '../../../src/engine/plan.ts';
import type { FieldTable, Observed } from '../../../src/engine/resource.ts';
import { enforceSafetyRules, type Allowances } from '../../../src/engine/safety.ts';
import { FOREIGN, NO_PERMITS, observed, step } from '../../support/resources.ts';

export const ours = observed('server', {}, { title: 'server orders' });
export const unmarked = { ...ours, ownership: { kind: 'unmarked' } } as const;
export const foreign = { ...ours, ownership: { kind: 'foreign', mark: FOREIGN } } as const;
export const everything: Allowances = {
  adoptExisting: true,
  majorVersionUpgrade: true,
  destroy: true,
  skipFinalSnapshot: true,
  restart: true
};

export interface Case {
  readonly action: Step['action'];
  readonly live?: Observed;
  readonly allowances?: Partial<Allowances>;
  readonly intent?: 'apply' | 'destroy';
  readonly all?: readonly Observed[];
  readonly changes?: readonly Change[];
  readonly table?: FieldTable;
}

/** A step before all rules, with no permits beyond those given. */
export function guarded({ action, live, allowances, intent = 'apply', all, changes = [], table = {} }: Case): Step {
  return enforceSafetyRules({
    step: step('server', action, { title: 'server orders', changes }),
    observed: live,
    table,
    allowances: { ...NO_PERMITS, ...allowances },
    intent,
    ...(all === undefined ? {} : { all })
  });
}
