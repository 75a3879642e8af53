import type { Server } from '@azure/arm-postgresql-flexible';
import type { FieldTable, Observed, ResourceKind } from '../../../engine/resource.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';

type Own<T extends FieldTable> = Pick<Observed<T>, 'address' | 'title' | 'fields'> &
  Partial<Pick<Observed<T>, 'facts' | 'isProtected'>>;

/** A resource in a server, or on it: it has the server's owner, is deleted with the server, and changes in its turn. */
export function childResource<const T extends FieldTable>(
  context: AzureContext,
  live: Server,
  { type }: ResourceKind<T>,
  own: Own<T>
): Observed<T> {
  return {
    type,
    ownership: ownershipOf(live.tags, context.target),
    facts: {},
    deletedWith: SERVER,
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP,
    ...own
  };
}
