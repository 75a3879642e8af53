import { diffResource } from '../../../src/engine/diff.ts';
import type { Desired, FieldTable, Observed } from '../../../src/engine/resource.ts';
import { canonicalJson, type Value } from '../../../src/engine/value.ts';

const lower = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

const sorted = (value: Value): Value =>
  Array.isArray(value)
    ? (value as readonly Value[]).toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
    : value;

/** A field of each kind. */
export const table: FieldTable = {
  class: { api: 'Class', input: 'instance_class', impact: 'restart', normalise: lower },
  size: {
    api: 'Size',
    input: 'allocated_storage',
    impact: 'online',
    satisfied: (live, wanted) => Number(live) >= Number(wanted),
    show: size => `${JSON.stringify(size)} GiB`
  },
  groups: { api: 'Groups', impact: 'online', normalise: sorted },
  password: { api: 'Password', input: 'master_password', impact: 'online' },
  replicas: {
    api: 'Replicas',
    impact: ({ from, to }, live) =>
      Number(to) > Number(from) ? 'online' : live.fields['busy'] === true ? 'failover' : 'deferred'
  },
  'parameters.*': {
    api: 'Parameter',
    input: 'parameters',
    impact: 'restart',
    show: (value, field) => `${field}=${JSON.stringify(value)}`
  }
};

/** The changes as `field: from → to (impact)`, for tables of rows. */
export function told(wanted: Desired, live: Observed | undefined): readonly string[] {
  return diffResource(wanted, live, table).changes.map(
    ({ field, from, to, impact }) => `${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)} (${impact})`
  );
}
