import type { Change } from '../engine/plan.ts';

/** By the inputs that ask for them: what it is, how large, who reaches it, what guards it. */
const FOREMOST: readonly string[] = [
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

/** The `limit` fields of something new that a reader looks for first; all of them in the plan's order where there is room for all. */
export function keyFields(changes: readonly Change[], limit: number): readonly Change[] {
  if (changes.length <= limit) return changes;
  const rank = ({ field, input = field }: Change): number => {
    const at = FOREMOST.indexOf(input);
    return at === -1 ? FOREMOST.length : at;
  };
  return [...changes].sort((a, b) => rank(a) - rank(b)).slice(0, limit);
}
