import type { Change } from '../engine/plan.ts';

/** The fields of a new resource that the workflow asks for, then the defaults; else in the plan's order. */
export function askedFirst(changes: readonly Change[]): readonly Change[] {
  const isAsked = ({ input }: Change): boolean => input !== undefined;
  return [...changes.filter(isAsked), ...changes.filter(change => !isAsked(change))];
}

/** Sorted by the inputs that ask for them: identity, size, access, protection. */
const KEY_FIELDS: readonly string[] = [
  'engine_version',
  'instance_class',
  'allocated_storage',
  'storage_type',
  'multi_az',
  'publicly_accessible',
  'allowed_cidr_blocks',
  'enable_deletion_protection',
  'backup_retention_period'
];

/**
 * The `limit` fields of a new resource that a reader looks for first: those that the workflow asks for, and defaults
 * only when it asks for none. All of them, asked ones first, when the limit is infinite.
 */
export function keyFields(changes: readonly Change[], limit: number): readonly Change[] {
  if (limit === Number.POSITIVE_INFINITY) return askedFirst(changes);
  const asked = changes.filter(change => change.input !== undefined);
  const shown = asked.length === 0 ? changes : asked;
  if (shown.length === changes.length && changes.length <= limit) return changes;
  const rank = ({ field, input = field }: Change): number => {
    const at = KEY_FIELDS.indexOf(input);
    return at === -1 ? KEY_FIELDS.length : at;
  };
  return [...shown].sort((a, b) => rank(a) - rank(b)).slice(0, limit);
}
