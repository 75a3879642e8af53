import type { Desired, FieldName, FieldTable, Observed, Wanted } from '../engine/resource.ts';
import { isPlain, textOf, type FieldValue, type Value } from '../engine/value.ts';
import type { Problem } from '../spec/problem.ts';

/** The direction of a change: above 0 the server becomes larger (or newer), below 0 smaller, 0 neither. */
export type Step = (from: Value, to: Value) => number;

/** The fields in which a server and its replicas are compared, with the measure of a change of each. */
export type OrderRules<T extends FieldTable> = { readonly [K in FieldName<T>]?: Step };

/** The direction of a planned change of the server. */
export interface Direction {
  /** Fields in which the server becomes larger or newer. */
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** By how much a number grows; 0 for other values. */
export const numberStep: Step = (from, to) =>
  typeof from === 'number' && typeof to === 'number' ? Math.sign(to - from) : 0;

/**
 * A newer minor version is a step up. A new major version is not: the server goes first, and its replicas are upgraded
 * with it or refused.
 */
export const minorVersionStep: Step = (from, to) => {
  const [before, after] = [partsOf(from), partsOf(to)];
  return before === undefined || after === undefined || before[0] !== after[0] ? 0 : Math.sign(after[1] - before[1]);
};

function partsOf(version: Value): readonly [major: number, minor: number] | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(typeof version === 'string' ? version : '') ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

/** Only values that an input asked for count: a default never changes an existing server. */
export function directionOf<T extends FieldTable>(
  server: Desired<T>,
  live: Observed<T> | undefined,
  rules: OrderRules<T>
): Direction {
  const wanted = server.fields as Desired['fields'];
  const now = (live?.fields ?? {}) as Observed['fields'];
  const steps = Object.entries<Step | undefined>(rules).map(([field, step]) => {
    const [from, to] = [now[field], wanted[field]];
    const isChange = from !== undefined && to?.managed === true && isPlain(to.value);
    return { field, by: isChange ? (step?.(from, to.value) ?? 0) : 0 };
  });
  return {
    up: steps.flatMap(({ field, by }) => (by > 0 ? [field] : [])),
    down: steps.flatMap(({ field, by }) => (by < 0 ? [field] : []))
  };
}

/**
 * The one order between a server and its existing replicas. A replica is never smaller or older than its server: when
 * the server grows, or gets a newer minor version, the replicas change first; when it shrinks, and in every other
 * change, they change after it. New replicas follow their server. `isReplica` recognises the replicas, in any region.
 */
export function orderReplicas(
  desired: readonly Desired[],
  observed: readonly Pick<Observed, 'address'>[],
  server: string,
  { up }: Pick<Direction, 'up'>,
  isReplica: (resource: Desired) => boolean = ({ type }) => type === 'replica'
): readonly Desired[] {
  const replicas = desired.filter(one => isReplica(one) && one.presence === 'present').map(({ address }) => address);
  const first = up.length === 0 ? [] : replicas.filter(address => observed.some(one => one.address === address));
  return desired.map(one => {
    if (one.address === server && first.length > 0) {
      return { ...one, dependsOn: [...new Set([...one.dependsOn, ...first])], follows: first };
    }
    if (!replicas.includes(one.address)) return one;
    if (!first.includes(one.address)) return { ...one, follows: [server] };
    return { ...one, dependsOn: one.dependsOn.filter(address => address !== server) };
  });
}

/**
 * Refuses a server that would outgrow a replica which the plan leaves as it is: the service refuses that, too.
 * `inputOf` names the input of a field where it has another name.
 */
export function outgrown<T extends FieldTable>(
  server: Desired<T>,
  observed: readonly Observed[],
  desired: readonly Pick<Desired, 'address'>[],
  {
    rules,
    up,
    inputOf = {}
  }: Pick<Direction, 'up'> & {
    readonly rules: OrderRules<T>;
    readonly inputOf?: Readonly<Record<string, string>>;
  }
): readonly Problem[] {
  const wanted = server.fields as Desired['fields'];
  const steps: Readonly<Record<string, Step | undefined>> = rules;
  const left = observed.filter(
    one => one.type === 'replica' && !desired.some(({ address }) => address === one.address)
  );
  const found = up.flatMap((field): readonly Problem[] => {
    const to = wanted[field]?.value;
    if (to === undefined || !isPlain(to)) return [];
    const small = left.find(({ fields: { [field]: from } }) => isKnown(from) && (steps[field]?.(from, to) ?? 0) > 0);
    if (small === undefined) return [];
    const [whose, allowed] =
      small.ownership.kind === 'ours'
        ? ['no input names', '`create_read_replica` and `read_replica_count` that name it, so that it changes first']
        : ['this workflow does not manage', 'this value once its owner has changed that one'];
    const why = `would make the server ${field === 'engine_version' ? 'newer' : 'larger'} than ${small.title}, which ${whose}`;
    return [{ input: inputOf[field] ?? field, value: textOf(to), why, allowed }];
  });
  return found.slice(0, 1);
}

const isKnown = (value: FieldValue | undefined): value is Value => value !== undefined && isPlain(value);

/** A new replica has the storage to which its server grew by itself. */
export function largerOf(wanted: Wanted | undefined, live: FieldValue | undefined): Wanted | undefined {
  const isLarger = typeof live === 'number' && typeof wanted?.value === 'number' && live > wanted.value;
  return isLarger && wanted !== undefined ? { ...wanted, value: live } : wanted;
}
