import * as fc from 'fast-check';
import { applyPlan, type ApplyResult } from '../../../src/engine/apply.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { planApply } from '../../../src/engine/planner.ts';
import type { Desired, Wanted } from '../../../src/engine/resource.ts';
import type { FieldValue } from '../../../src/engine/value.ts';
import { fakeContext, type FakeContext } from '../../support/fake-context.ts';
import { model, MODEL_TABLE, modelContext, observeModel, type ModelContext } from '../../support/model-provider.ts';
import { NO_PERMITS, OURS, TARGET } from '../../support/resources.ts';

/** Random values for the fields of the model, in spellings that it evens out. */
const fields: fc.Arbitrary<Readonly<Record<string, FieldValue>>> = fc.record(
  {
    size: fc.option(fc.integer({ min: 1, max: 50 })),
    class: fc.option(fc.constantFrom('small', 'Small', 'LARGE', 'large')),
    groups: fc.uniqueArray(fc.constantFrom('sg-1', 'sg-2', 'sg-3'), { maxLength: 3 }),
    queued: fc.boolean(),
    password: fc.constant({ $secret: 'master_password' }),
    plain: fc.option(
      fc.oneof(fc.string({ maxLength: 3 }), fc.dictionary(fc.string({ maxLength: 2 }), fc.integer(), { maxKeys: 3 }))
    ),
    'parameters.work_mem': fc.constantFrom('4MB', '8MB', '8mb'),
    'parameters.log_statement': fc.constantFrom('none', 'ALL', 'all')
  },
  { requiredKeys: [] }
);

const ADDRESSES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

interface Draft {
  readonly isMentioned: boolean;
  readonly isPresent: boolean;
  readonly isComplete: boolean;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly unmanaged: readonly string[];
  readonly needs: readonly string[];
  readonly refersTo: string | null;
  readonly concurrencyGroup: string;
}

const often = fc.integer({ min: 0, max: 3 }).map(number => number > 0);

const draft: fc.Arbitrary<Draft> = fc.record({
  isMentioned: often,
  isPresent: often,
  isComplete: fc.boolean(),
  fields,
  unmanaged: fc.subarray([...Object.keys(MODEL_TABLE), 'parameters.work_mem']),
  needs: fc.subarray([...ADDRESSES], { maxLength: 3 }),
  refersTo: fc.option(fc.constantFrom(...ADDRESSES)),
  concurrencyGroup: fc.constantFrom('x', 'y', 'z')
});

/** What a workflow might ask for: up to six things that depend on each other without a circle. */
export const wishes: fc.Arbitrary<readonly Desired[]> = fc
  .array(draft, { minLength: ADDRESSES.length, maxLength: ADDRESSES.length })
  .map(drafts => drafts.flatMap((one, index) => (one.isMentioned ? [built(one, index, drafts)] : [])))
  .chain(all => fc.shuffledSubarray([...all], { minLength: all.length }));

function built(one: Draft, index: number, drafts: readonly Draft[]): Desired {
  const address = ADDRESSES[index] ?? 'a';
  const earlier = ADDRESSES.slice(0, index);
  const target = earlier.find((name, i) => name === one.refersTo && drafts[i]?.isMentioned && drafts[i].isPresent);
  const reference = { $ref: target ?? '', fact: 'id' };
  const groups = one.fields['groups'];
  const values: Record<string, FieldValue> = {
    ...one.fields,
    ...(target === undefined ? {} : { plain: reference }),
    ...(target === undefined || groups === undefined ? {} : { groups: [...(groups as readonly string[]), reference] })
  };
  const wanted = Object.entries(values).map(([field, value]): [string, Wanted] => [
    field,
    { value, managed: !one.unmanaged.includes(field) }
  ]);
  return {
    address,
    type: 'thing',
    title: `thing ${address}`,
    presence: one.isPresent ? 'present' : 'absent',
    fields: Object.fromEntries(wanted),
    ...(one.isComplete ? { complete: ['parameters'] } : {}),
    dependsOn: earlier.filter(name => one.needs.includes(name)),
    concurrencyGroup: one.concurrencyGroup
  };
}

export function planDesired(wanted: readonly Desired[], context: ModelContext): Plan {
  return planApply({
    target: TARGET,
    desired: wanted,
    observed: observeModel(context),
    tables: { thing: MODEL_TABLE },
    notices: [],
    allowances: NO_PERMITS
  });
}

export async function applyTo(
  context: ModelContext,
  plan: Plan,
  execution: FakeContext = fakeContext()
): Promise<ApplyResult> {
  return applyPlan({
    plan,
    context,
    types: { thing: model },
    observed: observeModel(context),
    mark: OURS,
    secret: () => SECRET,
    execution
  });
}

/** What stands behind every secret's name. */
export const SECRET = 'canary-0b5c';

/** The same resources in the places of this desired state: without calls so far. */
export function contextFor(
  wanted: readonly Desired[],
  before?: ModelContext,
  during?: ModelContext['during']
): ModelContext {
  const places = new Map(
    wanted.map(({ address, title, dependsOn, concurrencyGroup }) => [address, { title, dependsOn, concurrencyGroup }])
  );
  return modelContext({
    things: new Map(before?.things),
    placed: address => places.get(address) ?? { title: address, dependsOn: [], concurrencyGroup: address },
    ...(during === undefined ? {} : { during })
  });
}

/** The live state after some earlier workflow. */
export async function contextAfter(wanted: readonly Desired[]): Promise<ModelContext> {
  const context = contextFor(wanted);
  await applyTo(context, planDesired(wanted, context));
  return context;
}
