import type { Server } from '@azure/arm-postgresql-flexible';
import type { Observed } from '../../../engine/resource.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';

/** What lies inside a server, or on it, is its owner's, goes with it, and takes its turn with it. */
export function childResource(
  context: AzureContext,
  live: Server,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields'> & Partial<Pick<Observed, 'facts' | 'isProtected'>>
): Observed {
  return {
    ownership: ownershipOf(live.tags, context.target),
    facts: {},
    deletedWith: SERVER,
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP,
    ...resource
  };
}
