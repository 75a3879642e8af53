import type { Desired, FieldsOf, FieldTable, Observed, ResourceKind, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { ensure } from '../../desired-resources.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';

/** For resources that carry no tags of their own. */
export const UNTAGGED = { settings: {} };

/** A resource that is to exist in the server, or on it. */
export function childOfServer<const T extends FieldTable>(
  kind: ResourceKind<T>,
  address: string,
  title: string,
  values: FieldsOf<T, FieldValue | Wanted | undefined>,
  complete: readonly string[] = []
): Desired<T> {
  return ensure(UNTAGGED, kind, address, title, values, {
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP,
    complete
  });
}

/** Whether a resource was observed. */
export function exists(observed: readonly Observed[], address: string): boolean {
  return observed.some(one => one.address === address);
}
