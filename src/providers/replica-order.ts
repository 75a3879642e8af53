import type { Desired, FieldName, FieldTable, Observed } from '../engine/resource.ts';
import { isPlain, type Value } from '../engine/value.ts';

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
