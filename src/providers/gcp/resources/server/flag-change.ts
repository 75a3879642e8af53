import { textOf } from '../../../../engine/value.ts';
import { IAM_FLAG, PREFIX } from '../../api/parameters.ts';
import type { DatabaseFlag } from '../../api/types.ts';
import type { ServerValues } from './fields.ts';

/** Whether a step changes database flags. */
export function changesFlags(values: ServerValues): boolean {
  return (
    values.iam_database_authentication_enabled !== undefined ||
    Object.keys(values).some(field => field.startsWith(PREFIX))
  );
}

/** All flags after a step. Cloud SQL replaces the whole list, so flags of others are sent too. */
export function flagsAfter(live: readonly DatabaseFlag[], values: ServerValues): readonly DatabaseFlag[] {
  const after = new Map(live.map(one => [one.name, one]));
  const iam = values.iam_database_authentication_enabled;
  const changes = Object.entries(values).flatMap(([field, value]) =>
    field.startsWith(PREFIX) ? [[field.slice(PREFIX.length), value === null ? null : textOf(value)] as const] : []
  );
  const all = iam === undefined ? changes : [...changes, [IAM_FLAG, iam === true ? 'on' : null] as const];
  for (const [name, value] of all) {
    if (value === null) after.delete(name);
    else after.set(name, { name, value });
  }
  return [...after.values()];
}
