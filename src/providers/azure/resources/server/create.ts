import type { Server } from '@azure/arm-postgresql-flexible';
import { asUnfinished } from '../../../../engine/ownership.ts';
import type { CreationWork, Facts } from '../../../../engine/resource.ts';
import { serverTime } from '../../../../engine/server-time.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { createUnlessThere } from '../../../create-or-reuse-own.ts';
import { versionTag } from '../../../mark-tags.ts';
import { mutate } from '../../api/operation.ts';
import { ownershipOf, tagsOfNew } from '../../api/tags.ts';
import type { AzureContext } from '../../context.ts';
import { SERVERS } from '../../live-state.ts';
import { serverFacts } from './convert.ts';
import { bodyOf, valuesWhere, type ServerTable, type ServerValues } from './fields.ts';
import { changeServer, withTenant } from './update.ts';
import { isThere, readServer, waitForServer } from './wait.ts';

const OTHER_NAME_HINT =
  'Set another `name`: names of servers are unique in all of Azure, and a deleted one keeps its name for some minutes.';

/** Creates the server with its mark, or a copy of its source, and waits until it serves. */
export async function createServer(context: AzureContext, work: CreationWork<ServerTable>): Promise<Facts> {
  const { names, resourceGroup, target } = context;
  const name = names.server;
  const { values } = work;
  const { source } = values;
  const isCopy = source !== undefined;
  const setsPasswordLater = isCopy && 'master_password' in values;
  const mark = setsPasswordLater ? asUnfinished(work.mark) : work.mark;
  const tags = { ...tagsOfNew({ values, mark }), ...(setsPasswordLater ? {} : versionTag(values)) };
  const first = isCopy ? valuesWhere(values, ({ restored }) => restored !== true) : values;
  const body: Server = {
    ...((await withTenant(
      context,
      first,
      bodyOf(first, alone => alone !== 'window')
    )) as Omit<Server, 'location'>),
    ...restoreMembers(context, source),
    location: textOf(values.location ?? target.region),
    tags
  };
  // A PUT of a server that exists would change it: https://github.com/hashicorp/terraform-provider-azurerm/issues/30949
  await createUnlessThere(
    work,
    `server ${name}`,
    async () =>
      mutate(context, {
        what: `server ${name}`,
        usually: values.multi_az === true ? '10–15 min' : '4–10 min',
        operation: `${SERVERS}/write`,
        server: name,
        send: async (client, options) => client.servers.beginCreateOrUpdate(resourceGroup, name, body, options)
      }),
    async () => {
      const live = await readServer(context, name);
      return isThere(live) ? ownershipOf(live.tags, target) : undefined;
    },
    OTHER_NAME_HINT
  );
  const later: ServerValues = isCopy ? valuesWhere(values, ({ restored }) => restored === true) : {};
  await changeServer(context, name, undefined, { ...later, maintenance_window: values.maintenance_window ?? null });
  return serverFacts(await waitForServer(context, name));
}

function restoreMembers({ execution }: AzureContext, source: Value | undefined): Partial<Server> {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return {};
  const { server: id = '', time = 'latest', mode = 'PointInTimeRestore' } = source as Readonly<Record<string, string>>;
  return {
    createMode: mode,
    sourceServerResourceId: id,
    pointInTimeUTC: time === 'latest' ? serverTime(execution) : new Date(time)
  };
}
