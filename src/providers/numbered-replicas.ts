import type { Observed } from '../engine/resource.ts';
import { replicaCount, type Spec } from '../spec/spec.ts';
import type { Settings } from '../spec/catalogue.ts';

/** Read replicas by number, as `create_read_replica` and `read_replica_count` ask for them. */
export interface ReplicaNumbers {
  /** From 1 up. */
  readonly wanted: readonly number[];
  /** Existing ones above the count, the highest first: the order in which they are deleted. */
  readonly surplus: readonly number[];
}

/** The names that the inputs give to servers, which follow the same rules. */
export function namesAsked({
  name,
  settings
}: Pick<Spec, 'name' | 'settings'>): readonly (readonly ['name' | 'replica_names', string])[] {
  return [['name', name], ...(settings.replica_names ?? []).map(one => ['replica_names', one] as const)];
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

/**
 * The name of a numbered replica: one that `replica_names` gives, or the usual one. No two numbers have the same: where
 * a given name is the usual one of another number, that number gets what the given name left free.
 */
export function nameOfNumber(
  number: number,
  given: readonly string[] | undefined,
  usual: (number: number) => string
): string {
  const names = (given ?? []).map(one => one.toLowerCase());
  const named = names[number - 1];
  if (named !== undefined) return named;
  let free = number;
  while (names.includes(usual(free))) free = names.indexOf(usual(free)) + 1;
  return usual(free);
}

/** More than any cloud has of one server. */
const MOST_NUMBERS = 30;

/** The number of the replica that has this name; `undefined` for one that is none of them. */
export function numberOfName(
  name: string,
  given: readonly string[] | undefined,
  usual: (number: number) => string
): number | undefined {
  const numbers = Array.from({ length: MOST_NUMBERS }, (_, index) => index + 1);
  return numbers.find(number => nameOfNumber(number, given, usual) === name.toLowerCase());
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

/**
 * Replicas of ours that no input names and that are protected: with `enable_deletion_protection: false` the protection
 * goes, since a removal of the server advises that.
 */
export function protectedUnnamed(
  { enable_deletion_protection: isAsked }: Pick<Settings, 'enable_deletion_protection'>,
  observed: readonly Observed[],
  named: readonly Pick<Observed, 'address'>[]
): readonly Observed[] {
  if (isAsked !== false) return [];
  return observed.filter(
    ({ address, type, ownership, isProtected }) =>
      type === 'replica' &&
      ownership.kind === 'ours' &&
      isProtected === true &&
      !named.some(one => one.address === address)
  );
}
