import { defined } from './defined.ts';
import { mayRemove } from './own-tags.ts';
import type { Mark } from './ownership.ts';
import type { Change, Step } from './plan.ts';
import {
  fieldRule,
  inOneSpelling,
  isSameIn,
  missingPermission,
  type Desired,
  type Field,
  type FieldTable,
  type Observed,
  type Wanted
} from './resource.ts';
import { worstImpact } from './impact.ts';
import {
  canonicalJson,
  isPlain,
  isSecretName,
  referencesIn,
  sameValue,
  withReferences,
  type FieldValue,
  type Reference,
  type Value
} from './value.ts';

/** Facts of the resources that references name. */
export interface Known {
  /** The value of a reference whose resource already exists. */
  readonly fact: (reference: Reference) => Value | undefined;
  /** The permission needed to read that value, when the resource exists and may not be read. */
  readonly hidden: (reference: Reference) => string | undefined;
}

const NOTHING_KNOWN: Known = { fact: () => undefined, hidden: () => undefined };

/**
 * Compares the desired state of one resource with the observed one. Pure. The only comparison in the action: update
 * receives its changes. `lastApplied` is the mark of the database, which knows the tags that this workflow has set.
 * Safety rules check the result afterwards; nothing is refused here.
 */
export function diffResource(
  desired: Desired,
  observed: Observed | undefined,
  table: FieldTable,
  known: Known = NOTHING_KNOWN,
  lastApplied?: Mark
): Step {
  if (desired.presence === 'absent') {
    if (observed === undefined) return nothing(desired);
    return isUnread(observed) ? { ...nothing(desired), unknown: observed.unknown ?? {} } : removal(observed);
  }
  if (observed === undefined) return creation(desired, table);

  const changes: Change[] = [];
  const unchanged: string[] = [];
  const unknown: Record<string, string> = wholeUnknown(desired, observed);
  for (const [field, wanted] of Object.entries(withResets(desired, observed, lastApplied))) {
    if (!wanted.managed) continue;
    const missing = missingPermission(observed, field);
    if (missing !== undefined) {
      unknown[field] = missing;
      continue;
    }
    const hidden = referencesIn(wanted.value).flatMap(reference => known.hidden(reference) ?? [])[0];
    if (hidden !== undefined) {
      unknown[field] = hidden;
      continue;
    }
    const rule = ruleOf(table, field, wanted);
    const change = compareField({ field, wanted: wanted.value, observed, rule, known });
    if (change === undefined) unchanged.push(field);
    else changes.push(change);
  }
  const action = observed.ownership.kind === 'unmarked' ? 'adopt' : changes.length === 0 ? 'none' : 'update';
  return {
    ...nothing(desired),
    action,
    changes: changes.sort(byField),
    unchanged: unchanged.sort(),
    unknown,
    pending: observed.isQueueDue === true ? without(observed.pending, changes) : (observed.pending ?? {}),
    impact: worstImpact(changes.map(change => change.impact))
  };
}

/** The step that deletes a resource, whatever the reason. */
export function removal(observed: Observed): Step {
  return {
    address: observed.address,
    type: observed.type,
    title: observed.title,
    action: 'delete',
    changes: [],
    unchanged: [],
    unknown: {},
    pending: observed.pending ?? {},
    impact: 'online',
    dependsOn: observed.dependsOn,
    concurrencyGroup: observed.concurrencyGroup
  };
}

/** Resolves references from the facts of observed resources. */
export function knownFrom(observed: readonly Pick<Observed, 'address' | 'facts' | 'unknown'>[]): Known {
  const live = new Map(observed.map(resource => [resource.address, resource]));
  const fact = ({ $ref, fact: name }: Reference): Value | undefined => live.get($ref)?.facts[name];
  const hidden = (reference: Reference): string | undefined =>
    fact(reference) === undefined ? Object.values(live.get(reference.$ref)?.unknown ?? {})[0] : undefined;
  return { fact, hidden };
}

/**
 * Unknowns beyond single fields: all of a resource that could not be read although the workflow asks for it, and the
 * members of a completely listed map.
 */
function wholeUnknown({ complete = [] }: Desired, { fields, unknown = {} }: Observed): Record<string, string> {
  const isWhole = isUnread({ fields, unknown });
  const whole = complete.map(prefix => `${prefix}.*`);
  return Object.fromEntries(Object.entries(unknown).filter(([field]) => isWhole || whole.includes(field)));
}

/** Whether nothing of it could be read, not even whether it exists. */
function isUnread({ fields, unknown = {} }: Pick<Observed, 'fields' | 'unknown'>): boolean {
  return Object.keys(fields).length === 0 && Object.keys(unknown).length > 0;
}

/** Queued values that these changes leave alone. */
function without(pending: Observed['pending'], changes: readonly Change[]): Step['pending'] {
  const taken = new Set(changes.map(({ field }) => field));
  return Object.fromEntries(Object.entries(pending ?? {}).filter(([field]) => !taken.has(field)));
}

function nothing(desired: Desired): Step {
  const referred = Object.values(desired.fields).flatMap(wanted => referencesIn(wanted.value).map(({ $ref }) => $ref));
  return {
    address: desired.address,
    type: desired.type,
    title: desired.title,
    action: 'none',
    changes: [],
    unchanged: [],
    unknown: {},
    pending: {},
    impact: 'online',
    dependsOn: [...new Set([...desired.dependsOn, ...referred])],
    ...(desired.follows === undefined ? {} : { follows: desired.follows }),
    concurrencyGroup: desired.concurrencyGroup
  };
}

function creation(desired: Desired, table: FieldTable): Step {
  const changes = Object.entries(desired.fields)
    .filter(([, wanted]) => wanted.value !== null)
    .map(([field, wanted]) => described({ field, to: wanted.value }, ruleOf(table, field, wanted), 'online'));
  return { ...nothing(desired), action: 'create', changes: changes.sort(byField) };
}

/** The field's rule, with the input that asks for this value. */
function ruleOf(table: FieldTable, field: string, { input }: Wanted): Field | undefined {
  const rule = fieldRule(table, field);
  return rule === undefined || input === undefined ? rule : { ...rule, input };
}

/**
 * Members of completely listed maps that are live or queued, but no longer listed, return to their default. Of the tags
 * only those that this workflow has set: others belong to people, policies and the provider.
 */
function withResets(
  desired: Desired,
  observed: Observed,
  lastApplied: Mark | undefined
): Readonly<Record<string, Wanted>> {
  const fields: Record<string, Wanted> = { ...desired.fields };
  for (const prefix of desired.complete ?? []) {
    const input = soleInput(desired, prefix);
    for (const live of Object.keys({ ...observed.fields, ...observed.pending })) {
      if (!live.startsWith(`${prefix}.`) || live in fields || !mayRemove(live, lastApplied)) continue;
      fields[live] = defined({ value: null, managed: true, input });
    }
  }
  return fields;
}

/** The one input that asks for all the members of a map. */
function soleInput({ fields }: Desired, prefix: string): string | undefined {
  const members = Object.entries(fields).filter(([field]) => field.startsWith(`${prefix}.`));
  const inputs = new Set(members.map(([, { input }]) => input));
  return inputs.size === 1 ? [...inputs][0] : undefined;
}

interface Comparison {
  readonly field: string;
  readonly wanted: FieldValue;
  readonly observed: Observed;
  readonly rule: Field | undefined;
  readonly known: Known;
}

function compareField({ field, wanted, observed, rule, known }: Comparison): Change | undefined {
  const live = observed.fields[field] ?? null;
  if (isSecretName(wanted)) {
    // A secret can't be compared; `false` from the provider says that the live one is known to differ.
    return live === false
      ? described({ field, to: wanted }, rule, costOf(field, live, wanted, observed, rule))
      : undefined;
  }
  const queued = observed.pending?.[field];
  const goal = withReferences(wanted, known.fact);
  const meets = (value: Value): boolean => fulfils(field, value, wanted, goal, rule, observed);
  const isLive = meets(live);
  const canWait = observed.isQueueDue !== true;
  if (queued === undefined ? isLive : meets(queued) && (isLive || canWait)) return undefined;
  if (queued !== undefined && isLive) {
    // Another value is queued: asking for the live value again cancels it, without effect on the database.
    const change = described({ field, from: queued, to: wanted }, rule, 'online');
    return { ...change, shown: { ...change.shown, from: `${spell(field, queued, rule)} (pending)` }, withdraws: true };
  }
  return described({ field, from: live, to: wanted }, rule, costOf(field, live, wanted, observed, rule));
}

function fulfils(
  field: string,
  value: Value,
  wanted: FieldValue,
  goal: FieldValue,
  rule: Field | undefined,
  observed: Observed
): boolean {
  // A provider may report that the very reference is in place; a resource that does not exist yet cannot be in place.
  if (referencesIn(wanted).length > 0 && sameValue(value, wanted)) return true;
  if (!isPlain(goal)) return false;
  if (isSameIn(rule, field, value, goal)) return true;
  if (value === null || goal === null) return false;
  return rule?.satisfied?.(inOneSpelling(rule, field, value), inOneSpelling(rule, field, goal), observed) === true;
}

function costOf(
  field: string,
  from: Value,
  to: FieldValue,
  observed: Observed,
  rule: Field | undefined
): Change['impact'] {
  const impact = rule?.impact ?? 'online';
  return typeof impact === 'function' ? impact({ field, from, to }, observed) : impact;
}

function described(
  { field, from, to }: { readonly field: string; readonly from?: Value; readonly to: FieldValue },
  rule: Field | undefined,
  impact: Change['impact']
): Change {
  const shown = defined({
    from: from === undefined || from === null ? undefined : rule?.show?.(from, field),
    to: to === null || !isPlain(to) ? undefined : rule?.show?.(to, field)
  });
  return defined({
    field,
    input: rule?.input,
    from,
    to,
    shown: Object.keys(shown).length === 0 ? undefined : shown,
    impact
  });
}

function spell(field: string, value: Value, rule: Field | undefined): string {
  if (value === null) return 'default';
  if (rule?.show !== undefined) return rule.show(value, field);
  return typeof value === 'string' ? value : canonicalJson(value);
}

function byField(a: Change, b: Change): number {
  return a.field < b.field ? -1 : 1;
}
