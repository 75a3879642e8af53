import { settingsDigest } from '../engine/digest.ts';
import { effectiveSteps, type Change, type Plan } from '../engine/plan.ts';
import type { Desired, FieldTable, Wanted } from '../engine/resource.ts';
import { isReference, isSecretName, type Value } from '../engine/value.ts';

/** Where a difference between the workflow and the database comes from. */
export type Origin = 'cloud' | 'workflow';

/** One thing that is not as the workflow says. */
export interface DriftItem {
  readonly address: string;
  readonly title: string;
  /** Absent when it is about the whole resource. */
  readonly field?: string;
  /** Absent when it can't be told. */
  readonly origin?: Origin;
}

export interface Drift {
  /**
   * `unclear`: the workflow has changed since the last apply, and whether the database did as well can't be told.
   * `unfinished`: no apply has ever come to its end. `absent`: nothing of ours is there.
   */
  readonly kind: 'none' | 'cloud' | 'workflow' | 'both' | 'unclear' | 'unfinished' | 'absent';
  readonly items: readonly DriftItem[];
}

export interface Compared {
  /** What an apply would do now: the workflow against the live state. */
  readonly plan: Plan;
  /** What the workflow asks for now. */
  readonly desired: readonly Desired[];
  readonly tables: Readonly<Record<string, FieldTable>>;
}

/** Beyond this many differences only "all in the cloud" and "all in the workflow" are tried: each more doubles the work. */
const MOST_DIFFERENCES = 10;

/**
 * Three-way: what the workflow asks for, what is live, and the digest of what was last applied, from the mark. Pure.
 *
 * A digest can't be read, but guesses can be held against it. Each difference is either the cloud's (then the workflow still asks for what
 * was applied) or the workflow's (then what is live is what was applied). The guess that gives the digest back, with the fewest
 * differences laid to the workflow, is the answer.
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
  const items = differences.map(({ address, title, change }) => ({
    address,
    title,
    ...(change === undefined ? {} : { field: change.field })
  }));
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

/** The differences that are laid to the workflow, by their place: fewest first. */
function guesses(count: number): readonly ReadonlySet<number>[] {
  const places = Array.from({ length: count }, (_, index) => index);
  if (count > MOST_DIFFERENCES) return [new Set(), new Set(places)];
  return Array.from({ length: 2 ** count }, (_, bits) => new Set(places.filter(place => (bits >> place) & 1))).sort(
    (a, b) => a.size - b.size
  );
}

/** The settings with one difference taken back: the live value in the place of the asked one, a new resource left out. */
function asItWas(desired: readonly Desired[], { address, change }: FieldDifference): readonly Desired[] {
  if (change === undefined) return desired.filter(resource => resource.address !== address);
  return desired.map(resource => {
    if (resource.address !== address) return resource;
    const { [change.field]: _, ...others } = resource.fields;
    const was = wantedAs(change.from);
    return { ...resource, fields: was === undefined ? others : { ...others, [change.field]: was } };
  });
}

/** `undefined` for a field that was not spoken of, which is how one at its default most likely came about. */
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
