import { defined } from '../engine/defined.ts';
import { settingsDigest } from '../engine/digest.ts';
import { effectiveSteps, type Change, type Plan } from '../engine/plan.ts';
import type { Desired, FieldTable, Wanted } from '../engine/resource.ts';
import { isReference, isSecretName, type Value } from '../engine/value.ts';

/** Where a difference between the workflow and the database comes from. */
export type Origin = 'cloud' | 'workflow';

/** One difference from the workflow. */
export interface DriftItem {
  readonly address: string;
  readonly title: string;
  /** Absent when it is about the whole resource. */
  readonly field?: string;
  /** Absent when it is unknown. */
  readonly origin?: Origin;
}

export interface Drift {
  /**
   * `unclear`: the workflow has changed since the last apply, and the database may have as well. `unfinished`: no apply
   * has ever finished. `absent`: none of our resources exists.
   */
  readonly kind: 'none' | 'cloud' | 'workflow' | 'both' | 'unclear' | 'unfinished' | 'absent';
  readonly items: readonly DriftItem[];
}

export interface Compared {
  /** The plan of an apply now: the workflow against the live state. */
  readonly plan: Plan;
  /** The settings of the workflow now. */
  readonly desired: readonly Desired[];
  readonly tables: Readonly<Record<string, FieldTable>>;
}

/**
 * Beyond this many differences only "all in the cloud" and "all in the workflow" are tried: each more doubles the work.
 */
const MOST_DIFFERENCES = 10;

/**
 * A three-way comparison: the workflow's settings, the live ones, and the digest of the last applied ones, from the
 * mark. Pure.
 *
 * A digest can't be read, but guesses can be compared with it. Each difference is either the cloud's (then the
 * workflow's value was applied) or the workflow's (then the live value was applied). The guess that yields the digest,
 * with the fewest differences attributed to the workflow, is the answer.
 */
export function driftOf({ plan, desired, tables }: Compared): Drift {
  const differences = effectiveSteps(plan).flatMap((step): readonly FieldDifference[] => {
    const { address, title } = step;
    const isUpdate = (step.intended ?? step.action) === 'update' || (step.intended ?? step.action) === 'adopt';
    return isUpdate && step.changes.length > 0
      ? step.changes.map(change => ({ address, title, change }))
      : [{ address, title }];
  });
  if (differences.length === 0) return { kind: 'none', items: [] };
  const { lastApplied } = plan;
  const items = differences.map(({ address, title, change }) => defined({ address, title, field: change?.field }));
  if (lastApplied === undefined) return { kind: 'absent', items };
  if (lastApplied.applied === undefined) return { kind: 'unfinished', items };

  for (const workflows of guesses(differences.length)) {
    const guess = differences.filter((_, index) => workflows.has(index)).reduce(asItWas, desired);
    const digests = [guess, guess.map(withoutEmptyMaps)].map(one => settingsDigest(one, tables));
    if (!digests.includes(lastApplied.applied)) continue;
    return {
      kind: workflows.size === 0 ? 'cloud' : workflows.size === differences.length ? 'workflow' : 'both',
      items: items.map((item, index) => ({ ...item, origin: workflows.has(index) ? 'workflow' : 'cloud' }))
    };
  }
  return { kind: 'unclear', items };
}

interface FieldDifference {
  readonly address: string;
  readonly title: string;
  readonly change?: Change;
}

/** The differences attributed to the workflow, by their index: fewest first. */
function guesses(count: number): readonly ReadonlySet<number>[] {
  const places = Array.from({ length: count }, (_, index) => index);
  if (count > MOST_DIFFERENCES) return [new Set(), new Set(places)];
  return Array.from({ length: 2 ** count }, (_, bits) => new Set(places.filter(place => (bits >> place) & 1))).sort(
    (a, b) => a.size - b.size
  );
}

/** The settings with one difference undone: the live value in place of the workflow's, a new resource left out. */
function asItWas(desired: readonly Desired[], { address, change }: FieldDifference): readonly Desired[] {
  if (change === undefined) return desired.filter(resource => resource.address !== address);
  return desired.map(resource => {
    if (resource.address !== address) return resource;
    const { [change.field]: _, ...others } = resource.fields;
    const was = wantedAs(change.from);
    return { ...resource, fields: was === undefined ? others : { ...others, [change.field]: was } };
  });
}

/** `undefined` for a field that was not mentioned, the most likely reason for a field at its default. */
function wantedAs(from: Change['from']): Wanted | undefined {
  const isValue = from !== undefined && from !== null && !isSecretName(from) && !isReference(from);
  return isValue ? { value: from as Value, managed: true } : undefined;
}

/** A map without members was, most likely, not an input yet. */
function withoutEmptyMaps(resource: Desired): Desired {
  const listed = (prefix: string): boolean =>
    Object.keys(resource.fields).some(field => field.startsWith(`${prefix}.`));
  return { ...resource, complete: (resource.complete ?? []).filter(listed) };
}
