import type { Change } from '../engine/plan.ts';

/** Whether the workflow asks for a field of a new resource. */
export function isAsked({ input, isDefault }: Change): boolean {
  return input !== undefined && isDefault !== true;
}

/** The fields of a new resource that the workflow asks for, then the defaults; else in the plan's order. */
export function askedFirst(changes: readonly Change[]): readonly Change[] {
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
 * The `limit` fields of a new resource that a reader looks for first: those that the workflow asks for, then the
 * defaults of other inputs; what no input sets only when there is nothing else. All of them, asked ones first, when the
 * limit is infinite.
 */
export function keyFields(changes: readonly Change[], limit: number): readonly Change[] {
  if (limit === Number.POSITIVE_INFINITY) return askedFirst(changes);
  const named = changes.filter(change => change.input !== undefined);
  const shown = named.length === 0 ? changes : named;
  if (shown.length === changes.length && changes.length <= limit) return askedFirst(changes);
  const rank = ({ field, input = field }: Change): number => {
    const at = KEY_FIELDS.indexOf(input);
    return at === -1 ? KEY_FIELDS.length : at;
  };
  return askedFirst([...shown].sort((a, b) => rank(a) - rank(b))).slice(0, limit);
}
