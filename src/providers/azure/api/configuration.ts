import type { Configuration } from '@azure/arm-postgresql-flexible';
import { mutate } from './operation.ts';
import { LIBRARIES, LIBRARIES_OF_AZURE } from './parameters.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';

/** The permissions to read and to write configurations. */
export const READ_CONFIGURATIONS = `${SERVERS}/configurations/read`;
export const WRITE_CONFIGURATIONS = `${SERVERS}/configurations/write`;

const WITH_CAPITALS = ['DateStyle', 'IntervalStyle', 'TimeZone'];

/** Values by name in lower case; `null` restores the default, and Azure's own libraries. */
export type ServerParameters = Readonly<Record<string, string | null>>;

/** Writes one configuration after the other, since the server is busy with each. Default: the main server. */
export async function configure(
  context: AzureContext,
  settings: ServerParameters,
  server = context.names.server
): Promise<void> {
  const { resourceGroup } = context;
  for (const [name, value] of Object.entries(settings)) {
    const key = await spelled(context, name);
    const usual = value === null && name === LIBRARIES ? LIBRARIES_OF_AZURE : value;
    const body =
      usual === null
        ? { value: (await defaultOf(context, name, server)) ?? '', source: 'system-default' }
        : { value: usual, source: 'user-override' };
    await mutate(context, {
      what: `parameter ${name}`,
      usually: 'a minute',
      operation: WRITE_CONFIGURATIONS,
      server,
      send: async (client, options) => client.configurations.beginPut(resourceGroup, server, key, body, options)
    });
  }
}

/** Restarts a server once for everything that waits for it. */
export async function restart(context: AzureContext, server = context.names.server): Promise<void> {
  const { resourceGroup } = context;
  await mutate(context, {
    what: `restart ${server}`,
    usually: '1–3 min',
    operation: `${SERVERS}/restart/action`,
    server,
    send: async (client, options) => client.servers.beginRestart(resourceGroup, server, { ...options, parameters: {} })
  });
}

/** The live configurations by name, in lower case. */
export async function configurationsByName(context: AzureContext): Promise<ReadonlyMap<string, Configuration>> {
  return new Map((await context.liveState().configurations()).map(one => [(one.name ?? '').toLowerCase(), one]));
}

/** The name as Azure writes it. A new server has listed none yet: some have capitals, as in PostgreSQL itself. */
async function spelled(context: AzureContext, name: string): Promise<string> {
  const live = (await configurationsByName(context)).get(name)?.name;
  return live ?? WITH_CAPITALS.find(one => one.toLowerCase() === name) ?? name;
}

/** The configuration at this moment: an earlier observation of a new server had none. */
export async function freshConfiguration(
  context: AzureContext,
  name: string,
  server = context.names.server
): Promise<Configuration | undefined> {
  const key = await spelled(context, name);
  return context.azure.call(READ_CONFIGURATIONS, async (client, options) =>
    client.configurations.get(context.resourceGroup, server, key, options)
  );
}

async function defaultOf(context: AzureContext, name: string, server: string): Promise<string | undefined> {
  const seen = server === context.names.server ? (await configurationsByName(context)).get(name) : undefined;
  return (seen ?? (await freshConfiguration(context, name, server)))?.defaultValue;
}
