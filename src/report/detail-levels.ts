import { grouped } from './labels.ts';

/** How much a rendering shows. Each step of the detail levels has one. */
export interface DetailLevel {
  /** Most fields shown below a resource that changes; 0 leaves only the resources' names. */
  readonly changedFields: number;
  /** The same for a resource that does not exist yet. */
  readonly createdFields: number;
  /** Most entries of a list, and most resources in a table; the rest is counted. */
  readonly limit: number;
  /** The folded list of every field. */
  readonly allFields: 'with unchanged' | 'without unchanged' | 'none';
  /** The diagram and the cost. */
  readonly extras: boolean;
}

const ALL = Number.POSITIVE_INFINITY;

/** Everything; of a new resource, the first fields are visible and the others folded. */
export const FULL: DetailLevel = {
  changedFields: ALL,
  createdFields: 8,
  limit: ALL,
  allFields: 'with unchanged',
  extras: true
};

/** Everything, and nothing of it folded away. */
export const WHOLE: DetailLevel = { ...FULL, createdFields: ALL };

const PLAIN: DetailLevel = { ...FULL, allFields: 'none', extras: false };

/** From everything down to ten names. Verdict and dangers are in each; below the last there are only counts. */
export const DETAIL_LEVELS: readonly DetailLevel[] = [
  FULL,
  { ...FULL, allFields: 'without unchanged' },
  PLAIN,
  { ...PLAIN, changedFields: 30, limit: 200 },
  { ...PLAIN, changedFields: 10, createdFields: 5, limit: 50 },
  { ...PLAIN, changedFields: 0, limit: 10 }
];

/** The first `limit` list items, and one that counts the rest. */
export function atMost(items: readonly string[], limit: number): readonly string[] {
  if (items.length <= limit) return items;
  return [...items.slice(0, limit), `- … and ${grouped(items.length - limit)} more`];
}
