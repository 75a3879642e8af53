import { defined } from '../../../../engine/defined.ts';
import type { Server } from '@azure/arm-postgresql-flexible';
import { defineResource, type Observed } from '../../../../engine/resource.ts';
import { SERVER, SERVER_GROUP } from '../../addresses.ts';
import { ownershipOf, tagFields } from '../../api/tags.ts';
import type { AzureContext } from '../../context.ts';
import { SERVERS } from '../../live-state.ts';
import { serverFacts } from './convert.ts';
import { createServer } from './create.ts';
import { frozenBy, liftOthers } from '../lock.ts';
import { SERVER_KIND, serverValues, stoppedState, type ServerTable } from './fields.ts';
import { removeServer } from './remove.ts';
import { updateServer } from './update.ts';
import { waitForServer } from './wait.ts';

/** The PostgreSQL server: one Flexible Server. */
export const server = defineResource<AzureContext>()({
  ...SERVER_KIND,
  permissions: {
    observe: [`${SERVERS}/read`, 'Microsoft.Resources/subscriptions/resourceGroups/read'],
    create: [
      `${SERVERS}/write`,
      'Microsoft.DBforPostgreSQL/locations/azureAsyncOperation/read',
      'Microsoft.DBforPostgreSQL/locations/operationResults/read',
      'Microsoft.Network/virtualNetworks/subnets/read',
      'Microsoft.Network/virtualNetworks/subnets/join/action',
      'Microsoft.Network/privateDnsZones/read',
      'Microsoft.Network/privateDnsZones/join/action',
      'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'
    ],
    update: [`${SERVERS}/write`],
    delete: [`${SERVERS}/delete`]
  },
  observe: async context => {
    const live = await context.liveState().main();
    if (live === undefined) return [];
    const isProtected = await context.liveState().isLocked();
    const [unprotect, frozen] = [await liftOthers(context), await frozenBy(context)];
    return [{ ...observed(context, live), ...defined({ isProtected, unprotect, frozen }) }];
  },
  create: createServer,
  update: async (context, work) => {
    await updateServer(context, work, context.names.server);
    return serverFacts(await waitForServer(context, context.names.server));
  },
  remove: async context => removeServer(context, context.names.server)
});

/** The server, as its outputs need it: without a look at its locks. */
export async function foundServer(context: AzureContext): Promise<readonly Observed<ServerTable>[]> {
  const live = await context.liveState().main();
  return live === undefined ? [] : [observed(context, live)];
}

function observed(context: AzureContext, live: Server): Observed<ServerTable> {
  return {
    address: SERVER,
    type: SERVER_KIND.type,
    title: `server ${context.names.server}`,
    ownership: ownershipOf(live.tags, context.target),
    fields: { ...serverValues(live), ...tagFields(live.tags) },
    facts: serverFacts(live),
    ...defined({ stopped: stoppedState(live) }),
    // Backups are deleted with their server. Azure may revive a deleted one for some days, without a promise.
    losesData: true,
    dependsOn: [],
    concurrencyGroup: SERVER_GROUP
  };
}
