import type { Server, ServerForPatch } from '@azure/arm-postgresql-flexible';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { createOrReuseOwn } from '../../../create-or-reuse-own.ts';
import { PASSWORD_VERSION, versionTag } from '../../../mark-tags.ts';
import { SERVER, SERVER_GROUP } from '../../addresses.ts';
import { createMembers, patchMembers, serverFacts, storageOf } from './convert.ts';
import { mutate, readServer, waitForServer, waitUntilGone } from '../../api/operation.ts';
import { changesTags, ownershipOf, PASSWORD, TAG_FIELD, tagFields, tagsAfter, tagsOfNew } from '../../api/tags.ts';
import type { AzureContext } from '../../context.ts';
import { SERVERS } from '../../live-state.ts';
import { SERVER_FIELDS, serverValues } from './fields.ts';

type Values = Readonly<Record<string, Value>>;

const fields: FieldTable = { ...SERVER_FIELDS, 'tags.*': TAG_FIELD };

/** What goes in a PATCH of its own. */
const STORAGE = ['allocated_storage', 'storage_tier', 'storage_iops', 'storage_throughput', 'auto_grow_enabled'];

/** The PostgreSQL server: one Flexible Server. */
export const server: ResourceType<AzureContext> = {
  type: 'server',
  fields,
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
    update: [`${SERVERS}/write`, `${SERVERS}/start/action`],
    delete: [`${SERVERS}/delete`]
  },
  observe: async context => {
    const live = await context.liveState().main();
    if (live === undefined) return [];
    return [observed(context, live, await context.liveState().isLocked())];
  },
  create,
  update,
  remove: async context => removeServer(context, context.names.server)
};

function observed(context: AzureContext, live: Server, isLocked: boolean): Observed {
  return {
    address: SERVER,
    type: 'server',
    title: `server ${context.names.server}`,
    ownership: ownershipOf(live.tags, context.target),
    fields: { ...serverValues(live), ...tagFields(live.tags) },
    facts: serverFacts(live),
    isProtected: isLocked,
    // A backup dies with its server; Azure may revive a dropped one for some days, and promises nothing.
    losesData: true,
    dependsOn: [],
    concurrencyGroup: SERVER_GROUP
  };
}

async function create(context: AzureContext, work: Work): Promise<Facts> {
  const { names, resourceGroup, target } = context;
  const name = names.server;
  const source = work.values['source'];
  const isLate = source !== undefined && 'master_password' in work.values;
  const tags = { ...tagsOfNew(work), ...(isLate ? { [PASSWORD]: 'pending' } : versionTag(work.values)) };
  const members = createMembers(
    await withTenant(context, source === undefined ? work.values : without(work.values, INHERITED))
  );
  const body: Server = {
    ...members,
    ...restoreMembers(context, source),
    location: textOf(work.values['location'] ?? target.region),
    tags
  };
  await createOrReuseOwn(
    context,
    `server ${name}`,
    async () =>
      mutate(context, {
        what: `server ${name}`,
        usually: work.values['multi_az'] === true ? '10–15 min' : '4–10 min',
        operation: `${SERVERS}/write`,
        server: name,
        send: async (client, options) => client.servers.beginCreateOrUpdate(resourceGroup, name, body, options)
      }),
    async () => ownershipOf((await readServer(context, name))?.tags, target)
  );
  const late = source === undefined ? {} : only(work.values, INHERITED);
  await settle(context, name, undefined, { ...late, maintenance_window: work.values['maintenance_window'] ?? null });
  if (isLate) await notePassword(context, name, work.values);
  return serverFacts(await waitForServer(context, name));
}

/** With Entra goes its tenant. */
async function withTenant(context: AzureContext, values: Values): Promise<Values> {
  const tenant = values['iam_database_authentication_enabled'] === true ? await context.tenant() : undefined;
  return tenant === undefined ? values : { ...values, tenant_id: tenant };
}

/** What a restored server has from its source, whatever its create call says: it is changed afterwards. */
const INHERITED = [
  'engine_version',
  'instance_class',
  'backup_retention_period',
  'multi_az',
  'standby_availability_zone',
  'master_username',
  'master_password',
  ...STORAGE
];

function only(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

function without(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

/** Changes in as many calls as Azure wants: storage alone, the window alone. */
async function settle(context: AzureContext, name: string, live: Server | undefined, values: Values): Promise<void> {
  const what = `change ${name}`;
  const { maintenance_window: window = null, ...rest } = values;
  await patch(context, what, name, patchMembers(await withTenant(context, rest)));
  if (Object.keys(rest).some(field => STORAGE.includes(field))) {
    const now = storageNow(live ?? (await readServer(context, name)));
    await patch(context, `storage of ${name}`, name, { storage: storageOf({ ...now, ...rest }) });
  }
  await patch(context, what, name, patchMembers({ maintenance_window: window }));
}

function restoreMembers({ execution }: AzureContext, source: Value | undefined): Partial<Server> {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return {};
  const { server: id = '', time = 'latest', mode = 'PointInTimeRestore' } = source as Readonly<Record<string, string>>;
  return {
    createMode: mode,
    sourceServerResourceId: id,
    pointInTimeUTC: time === 'latest' ? execution.clock.now() : new Date(time)
  };
}

async function update(context: AzureContext, work: Work): Promise<Facts> {
  await updateServer(context, work, context.names.server);
  return serverFacts(await waitForServer(context, context.names.server));
}

/** Brings a server to what the plan says: version and tags first, each alone, then the rest. */
export async function updateServer(context: AzureContext, work: Work, name: string): Promise<void> {
  const { resourceGroup } = context;
  const live = await readServer(context, name);
  if (live?.state === 'Stopped') {
    await mutate(context, {
      what: `start ${name}`,
      usually: '1–5 min',
      operation: `${SERVERS}/start/action`,
      server: name,
      send: async (client, options) => client.servers.beginStart(resourceGroup, name, options)
    });
  } else await waitForServer(context, name);
  const { engine_version: version, ...rest } = work.values;
  const identity = live?.dataEncryption?.primaryUserAssignedIdentityId;
  const values: Values = {
    ...rest,
    ...('kms_key_id' in rest && !('key_identity_id' in rest) && identity ? { key_identity_id: identity } : {})
  };
  if (typeof version === 'string') await patch(context, `upgrade ${name}`, name, { version });
  if (changesTags(work)) await patch(context, `tags of ${name}`, name, { tags: tagsAfter(live?.tags, work) });
  await settle(context, name, live, values);
  if ('master_password' in rest) await notePassword(context, name, rest);
}

/** Azure wants the size beside whatever changes of storage. */
function storageNow(live: Server | undefined): Values {
  const size = live?.storage?.storageSizeGB;
  return size === undefined ? {} : { allocated_storage: size };
}

/** One PATCH, when there is anything to send. */
export async function patch(context: AzureContext, what: string, name: string, body: ServerForPatch): Promise<void> {
  if (Object.keys(body).length === 0) return;
  await mutate(context, {
    what,
    usually: '1–10 min',
    operation: `${SERVERS}/write`,
    server: name,
    send: async (client, options) => client.servers.beginUpdate(context.resourceGroup, name, body, options)
  });
}

/** When the password was set: writes down its version, and takes away the tag that says it is still another one. */
async function notePassword(context: AzureContext, name: string, values: Values): Promise<void> {
  const live = (await readServer(context, name))?.tags ?? {};
  const { [PASSWORD]: late, ...kept } = { ...live, ...versionTag(values) };
  if (late === undefined && kept[PASSWORD_VERSION] === live[PASSWORD_VERSION]) return;
  await patch(context, `tags of ${name}`, name, { tags: kept });
}

/** Deletes a server and waits until it is gone. Gone already is a success, and so is one that is on its way out. */
export async function removeServer(context: AzureContext, name: string): Promise<void> {
  const isGoing = async (): Promise<boolean> => ((await readServer(context, name))?.state ?? 'Dropping') === 'Dropping';
  if (!(await isGoing())) {
    try {
      await mutate(context, {
        what: `delete ${name}`,
        usually: '1–5 min',
        operation: `${SERVERS}/delete`,
        send: async (client, options) => client.servers.beginDelete(context.resourceGroup, name, options)
      });
    } catch (thrown) {
      // Azure refuses to delete what a call whose answer was lost has begun to delete.
      context.execution.signal.throwIfAborted();
      if (!(await isGoing())) throw thrown;
    }
  }
  await waitUntilGone(context, name);
}
