import type { Target } from '../engine/ownership.ts';

/** All changes inside one server run one after the other: parallel ones on one catalog row fail. */
export function sqlGroup({ name }: Pick<Target, 'name'>): string {
  return `sql/${name}`;
}
