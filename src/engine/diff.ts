import type { Change, Step } from './plan.ts';
import { fieldRule, worstImpact, type Desired, type FieldTable, type Observed, type Wanted } from './resource.ts';
import { isReference, isSecretName, sameValue, type FieldValue, type Value } from './value.ts';

/**
 * Compares what is wanted of one resource with what there is. Pure. The only comparison in the action: update receives its changes.
 * Safety rules look at its result afterwards; nothing is refused here.
 */
export function diffResource(desired: Desired, observed: Observed | undefined, table: FieldTable): Step {
  if (desired.presence === 'absent') return observed === undefined ? nothing(desired, observed) : removal(observed);
  if (observed === undefined) return creation(desired, table);

  const changes: Change[] = [];
  const unchanged: string[] = [];
  for (const [field, wanted] of Object.entries(withResets(desired, observed))) {
    if (!wanted.managed || observed.unknown?.[field] !== undefined) continue;
    const change = compareField(field, wanted, observed, table);
    if (change === undefined) unchanged.push(field);
    else changes.push(change);
  }
  const action = observed.ownership.kind === 'unmarked' ? 'adopt' : changes.length === 0 ? 'none' : 'update';
  return {
    ...identity(desired),
    action,
    changes: changes.sort(byField),
    unchanged: unchanged.sort(),
    unknown: observed.unknown ?? {},
    pending: observed.pending ?? {},
    impact: worstImpact(changes.map(change => change.impact)),
    dependsOn: desired.dependsOn,
    lane: desired.lane
  };
}

/** The step that deletes a resource, whatever the reason. */
export function removal(observed: Observed): Step {
  return {
    ...identity(observed),
    action: 'delete',
    changes: [],
    unchanged: [],
    unknown: {},
    pending: observed.pending ?? {},
    impact: 'online',
    dependsOn: observed.dependsOn,
    lane: observed.lane
  };
}

function nothing(desired: Desired, observed: Observed | undefined): Step {
  return {
    ...identity(desired),
    action: 'none',
    changes: [],
    unchanged: [],
    unknown: {},
    pending: observed?.pending ?? {},
    impact: 'online',
    dependsOn: desired.dependsOn,
    lane: desired.lane
  };
}

function creation(desired: Desired, table: FieldTable): Step {
  const changes = Object.entries(desired.fields)
    .filter(([, wanted]) => wanted.value !== null)
    .map(([field, wanted]) => describe(field, undefined, wanted.value, table, 'online'));
  return { ...nothing(desired, undefined), action: 'create', changes: changes.sort(byField) };
}

/** Members of completely listed maps that are live but no longer listed go back to their default. */
function withResets(desired: Desired, observed: Observed): Readonly<Record<string, Wanted>> {
  const fields: Record<string, Wanted> = { ...desired.fields };
  for (const prefix of desired.complete ?? []) {
    for (const live of Object.keys(observed.fields)) {
      if (live.startsWith(`${prefix}.`) && !(live in fields)) fields[live] = { value: null, managed: true };
    }
  }
  return fields;
}

function compareField(field: string, wanted: Wanted, observed: Observed, table: FieldTable): Change | undefined {
  const rule = fieldRule(table, field);
  const normalise = rule?.normalise ?? (value => value);
  const live = observed.fields[field] ?? null;
  const queued = observed.pending?.[field];
  const value = wanted.value;

  if (isReference(value))
    return sameValue(live, value)
      ? undefined
      : describe(field, live, value, table, costOf(field, live, value, observed, table));
  if (isSecretName(value)) {
    // A secret can't be compared; the wing says by `false` that the live one is known to differ.
    return live === false
      ? describe(field, undefined, value, table, costOf(field, live, value, observed, table))
      : undefined;
  }
  const goal = normalise(value);
  if (sameValue(normalise(live), goal)) return undefined;
  if (queued !== undefined && sameValue(normalise(queued), goal)) return undefined;
  if (live !== null && rule?.satisfied?.(normalise(live), goal, observed) === true) return undefined;
  return describe(field, live, value, table, costOf(field, live, value, observed, table));
}

function costOf(field: string, from: Value, to: FieldValue, observed: Observed, table: FieldTable): Change['impact'] {
  const impact = fieldRule(table, field)?.impact ?? 'online';
  return typeof impact === 'function' ? impact({ field, from, to }, observed) : impact;
}

function describe(
  field: string,
  from: Value | undefined,
  to: FieldValue,
  table: FieldTable,
  impact: Change['impact']
): Change {
  const rule = fieldRule(table, field);
  const show = rule?.show;
  const shown =
    show === undefined
      ? undefined
      : {
          ...(from === undefined || from === null ? {} : { from: show(from) }),
          ...(to === null || isReference(to) || isSecretName(to) ? {} : { to: show(to) })
        };
  return {
    field,
    ...(rule?.input === undefined ? {} : { input: rule.input }),
    ...(from === undefined ? {} : { from }),
    to,
    ...(shown === undefined ? {} : { shown }),
    impact
  };
}

function identity(resource: Pick<Desired, 'address' | 'type' | 'title'>): Pick<Step, 'address' | 'type' | 'title'> {
  return { address: resource.address, type: resource.type, title: resource.title };
}

function byField(a: Change, b: Change): number {
  return a.field < b.field ? -1 : 1;
}
