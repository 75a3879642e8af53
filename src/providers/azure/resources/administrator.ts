import type { AdministratorMicrosoftEntra, Server } from '@azure/arm-postgresql-flexible';
import { defined } from '../../../engine/defined.ts';
import { tagHash } from '../../../engine/own-tags.ts';
import { defineResource, type Facts, type ResourceKind, type Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { entriesOfOthers } from '../../entries-of-others.ts';
import { ignoring } from '../../failures.ts';
import { administratorAddress } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';
import { childResource } from './child-resource.ts';

const KIND = {
  type: 'administrator',
  fields: {
    principal_name: { api: 'principalName', input: 'entra_administrators', impact: 'online' },
    principal_type: { api: 'principalType', input: 'entra_administrators', impact: 'online' }
  }
} as const satisfies ResourceKind;

type AdministratorWork = Work<typeof KIND.fields>;

/** A user, group or application that logs in with Microsoft Entra ID and administers the server. */
export const administrator = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: [`${SERVERS}/administrators/read`],
    create: [`${SERVERS}/administrators/write`],
    update: [`${SERVERS}/administrators/write`],
    delete: [`${SERVERS}/administrators/delete`]
  },
  observe: async context => {
    if (context.settings.entra_administrators === undefined) return [];
    const live = await context.liveState().main();
    if (live === undefined) return [];
    const isProtected = await context.liveState().isLocked();
    const { own } = await administratorsOf(context, live);
    return own.map(({ id, principalName, principalType }) =>
      childResource(context, live, KIND, {
        address: administratorAddress(id),
        title: `administrator ${principalName ?? id}`,
        fields: { principal_name: principalName ?? null, principal_type: principalType ?? null },
        isProtected
      })
    );
  },
  create: put,
  update: put,
  remove: async (context, work) => {
    const { resourceGroup, names } = context;
    const id = idOf(work);
    await ignoring(
      ['not-found'],
      mutate(context, {
        what: `administrator ${id}`,
        usually: 'a minute',
        operation: `${SERVERS}/administrators/delete`,
        server: names.server,
        send: async (client, options) =>
          client.administratorsMicrosoftEntra.beginDelete(resourceGroup, names.server, id, options)
      })
    );
  }
});

/** An administrator of a server, with the id of the principal in lower case. */
type Administrator = AdministratorMicrosoftEntra & { readonly id: string };

/**
 * The administrators of a server: those that this workflow made, by its mark, or asks for, and those of others. Azure
 * keeps no tags on them.
 */
export async function administratorsOf(
  { settings, target, liveState }: AzureContext,
  live: Server
): Promise<{ readonly own: readonly Administrator[]; readonly others: readonly Administrator[] }> {
  const all = (await liveState().administrators()).map(one => ({
    ...one,
    id: (one.objectId ?? one.name ?? '').toLowerCase()
  }));
  const owner = ownershipOf(live.tags, target);
  const remembered = owner.kind === 'ours' ? (owner.mark.ownTags ?? []) : [];
  const asked = new Set((settings.entra_administrators ?? []).map(({ object_id: id }) => id.toLowerCase()));
  const others = entriesOfOthers(all, {
    isMarked: ({ id }) => remembered.includes(tagHash(administratorAddress(id))),
    isAsked: ({ id }) => asked.has(id)
  });
  return { own: all.filter(one => !others.includes(one)), others };
}

function idOf({ address }: Pick<Work, 'address'>): string {
  return address.slice('administrator/'.length);
}

async function put(context: AzureContext, work: AdministratorWork): Promise<Facts> {
  const { resourceGroup, names } = context;
  const tenant = await context.tenant();
  const id = idOf(work);
  const { principal_name: name, principal_type: type } = { ...work.observed?.fields, ...work.values };
  const body = defined({ principalName: textOf(name), principalType: textOf(type), tenantId: tenant });
  await mutate(context, {
    what: `administrator ${textOf(name)}`,
    usually: 'a minute',
    operation: `${SERVERS}/administrators/write`,
    server: names.server,
    send: async (client, options) =>
      client.administratorsMicrosoftEntra.beginCreateOrUpdate(resourceGroup, names.server, id, body, options)
  });
  return {};
}
