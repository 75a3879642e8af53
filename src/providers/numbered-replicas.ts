import type { Observed } from '../engine/resource.ts';
import { replicaCount } from '../spec/spec.ts';
import type { Settings } from '../spec/catalogue.ts';

/** Read replicas by number, as `create_read_replica` and `read_replica_count` ask for them. */
export interface ReplicaNumbers {
  /** From 1 up. */
  readonly wanted: readonly number[];
  /** Existing ones above the count, the highest first: the order in which they are deleted. */
  readonly surplus: readonly number[];
}

/** The address of a numbered replica in every plan. */
export function numberedAddress(number: number): string {
  return `replica/${number}`;
}

/** The number in a replica's address; `undefined` for one without a number, such as a replica in another region. */
export function numberOf(address: string): number | undefined {
  const [, number] = /^replica\/(\d+)$/.exec(address) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Both lists are empty when no input mentions replicas: then none is created or deleted. */
export function replicaNumbers(
  settings: Pick<Settings, 'create_read_replica' | 'read_replica_count' | 'replica_names'>,
  observed: readonly Pick<Observed, 'address'>[]
): ReplicaNumbers {
  const count = replicaCount(settings);
  if (count === undefined) return { wanted: [], surplus: [] };
  const live = observed.flatMap(({ address }) => numberOf(address) ?? []);
  return {
    wanted: Array.from({ length: count }, (_, index) => index + 1),
    surplus: live.filter(number => number > count).sort((a, b) => b - a)
  };
}
