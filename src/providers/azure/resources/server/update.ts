import type { Server } from '@azure/arm-postgresql-flexible';
import { sendApart, type Part } from '../../../../engine/apart.ts';
import { defined } from '../../../../engine/defined.ts';
import type { Work } from '../../../../engine/resource.ts';
import { PASSWORD_VERSION, UNFINISHED, versionTag } from '../../../mark-tags.ts';
import { mutate } from '../../api/operation.ts';
import { changesTags, tagsAfter } from '../../api/tags.ts';
import type { AzureContext } from '../../context.ts';
import { SERVERS } from '../../live-state.ts';
import { joined, type Alone, type ServerBody } from './field.ts';
import { bodyOf, valuesWhere, type ServerValues } from './fields.ts';
import { readServer, waitForServer } from './wait.ts';

/** What a change of a server, or of one of its replicas, needs of the step. */
type ServerWork = Pick<Work, 'changes' | 'observed' | 'mark'> & { readonly values: ServerValues };

/**
 * Brings a server to what the plan says: each part in a call of its own, and one that Azure refuses keeps no other
 * back.
 */
export async function updateServer(context: AzureContext, work: ServerWork, name: string): Promise<void> {
  const live = await waitForServer(context, name);
  const { engine_version: version, ...rest } = work.values;
  const values = { ...rest, ...keyWithIdentity(rest, live) };
  const tags: Part = {
    send: async () => {
      if (changesTags(work)) await patch(context, `tags of ${name}`, name, { tags: tagsAfter(live?.tags, work) });
    }
  };
  const upgrade: Part = {
    send: async () => {
      if (typeof version === 'string') await patch(context, `upgrade ${name}`, name, { version });
    }
  };
  await sendApart(context.execution, [tags, upgrade, ...partsOf(context, name, live, values)]);
}

/** Azure takes a key and the identity that may use it together. */
function keyWithIdentity(values: ServerValues, live: Server | undefined): ServerValues {
  if (!('kms_key_id' in values) && !('key_identity_id' in values)) return {};
  return defined({
    kms_key_id: values.kms_key_id ?? live?.dataEncryption?.primaryKeyURI,
    key_identity_id: values.key_identity_id ?? live?.dataEncryption?.primaryUserAssignedIdentityId
  });
}

/** Changes a server in as many calls as Azure wants: storage alone, the standby alone, the window alone. */
export async function changeServer(
  context: AzureContext,
  name: string,
  live: Server | undefined,
  values: ServerValues
): Promise<void> {
  await sendApart(context.execution, partsOf(context, name, live, values));
}

function partsOf(context: AzureContext, name: string, live: Server | undefined, values: ServerValues): readonly Part[] {
  const what = `change ${name}`;
  const body = (part: Alone): ServerBody => bodyOf(values, alone => alone === part);
  const standby: Part = { send: async () => patch(context, `standby of ${name}`, name, body('standby')) };
  const window: Part = { send: async () => patch(context, what, name, body('window')) };
  const stored = valuesWhere(values, ({ alone }) => alone === 'storage');
  const sendStorage = async (some: ServerValues, before?: Server): Promise<void> => {
    if (Object.keys(some).length === 0) return;
    const size = (before ?? (await readServer(context, name)))?.storage?.storageSizeGB;
    const own = bodyOf(some, alone => alone === 'storage');
    // Azure wants the size with every change of storage.
    const sized = joined<ServerBody>(size === undefined ? {} : { storage: { storageSizeGB: size } }, own);
    await patch(context, `storage of ${name}`, name, sized);
  };
  const storage: Part = {
    send: async () => sendStorage(stored, live),
    // The size grows where Azure does not lower the tier yet.
    smaller: () => inGroups(stored).map(some => ({ send: async () => sendStorage(some) }))
  };
  const together = togetherOrApart(context, name, values);
  // A burstable size can have no standby: it goes before the size falls, and comes after the size has risen.
  const inOrder = values.multi_az === false ? [standby, together] : [together, standby];
  return [window, ...inOrder, storage];
}

/** Fields that Azure takes together only, of those that go in one call. Every other one can be sent by itself. */
const TOGETHER: readonly (readonly string[])[] = [
  ['master_password', 'master_password_version', 'password_login'],
  ['kms_key_id', 'key_identity_id'],
  ['storage_iops', 'storage_throughput']
];

/** Values that Azure takes separately, each with those that it takes together only. */
function inGroups(values: ServerValues): readonly ServerValues[] {
  return Object.values(
    Object.groupBy(Object.entries(values), ([field]) => TOGETHER.find(fields => fields.includes(field))?.[0] ?? field)
  ).map((fields = []): ServerValues => Object.fromEntries(fields));
}

/** What one call changes; where Azure refuses it, each of its fields goes in a call of its own. */
function togetherOrApart(context: AzureContext, name: string, values: ServerValues): Part {
  const all = valuesWhere(values, ({ alone }) => alone === undefined);
  const send = async (some: ServerValues): Promise<void> => {
    await patch(context, `change ${name}`, name, await withTenant(context, some, bodyOf(some)));
    if ('master_password' in some) await recordPassword(context, name, some);
  };
  const isSent = (some: ServerValues): boolean => Object.keys(bodyOf(some)).length > 0;
  return {
    send: async () => send(all),
    smaller: () =>
      inGroups(all)
        .filter(isSent)
        .map(some => ({ send: async () => send(some) }))
  };
}

/** Logins with Entra ID need the id of the tenant. */
export async function withTenant(context: AzureContext, values: ServerValues, body: ServerBody): Promise<ServerBody> {
  const tenant = values.iam_database_authentication_enabled === true ? await context.tenant() : undefined;
  return tenant === undefined ? body : joined<ServerBody>(body, { authConfig: { tenantId: tenant } });
}

/** One PATCH, when there is something to send. */
export async function patch(context: AzureContext, what: string, name: string, body: ServerBody): Promise<void> {
  if (Object.keys(body).length === 0) return;
  await mutate(context, {
    what,
    usually: '1–10 min',
    operation: `${SERVERS}/write`,
    server: name,
    send: async (client, options) => client.servers.beginUpdate(context.resourceGroup, name, body, options)
  });
}

/** Notes the version of a password that was set, and takes from the mark that the server is unfinished. */
async function recordPassword(context: AzureContext, name: string, values: ServerValues): Promise<void> {
  const live = (await readServer(context, name))?.tags ?? {};
  const { [UNFINISHED]: pending, ...kept } = { ...live, ...versionTag(values) };
  if (pending === undefined && kept[PASSWORD_VERSION] === live[PASSWORD_VERSION]) return;
  await patch(context, `tags of ${name}`, name, { tags: kept });
}
