import type { Configuration } from '@azure/arm-postgresql-flexible';
import { mutate } from './operation.ts';
import type { AzureWorld } from '../context.ts';
import { SERVERS } from '../live-state.ts';

/** The permissions that reading, and writing, configurations take. */
export const READ_CONFIGURATIONS = `${SERVERS}/configurations/read`;
export const WRITE_CONFIGURATIONS = `${SERVERS}/configurations/write`;

/** Values by name; `null` gives one back to its default. */
export type Settings = Readonly<Record<string, string | null>>;

/** One configuration after the other: the server, unless told otherwise the main one, is busy with each. */
export async function configure(world: AzureWorld, settings: Settings, server = world.names.server): Promise<void> {
  const { resourceGroup } = world;
  for (const [name, value] of Object.entries(settings)) {
    const body =
      value === null
        ? { value: (await defaultOf(world, name, server)) ?? '', source: 'system-default' }
        : { value, source: 'user-override' };
    await mutate(world, {
      what: `parameter ${name}`,
      usually: 'a minute',
      operation: WRITE_CONFIGURATIONS,
      server,
      send: async (client, options) => client.configurations.beginPut(resourceGroup, server, name, body, options)
    });
  }
}

/** One restart for everything that waits for one. */
export async function restart(world: AzureWorld, server = world.names.server): Promise<void> {
  const { resourceGroup } = world;
  await mutate(world, {
    what: `restart ${server}`,
    usually: '1–3 min',
    operation: `${SERVERS}/restart/action`,
    server,
    send: async (client, options) => client.servers.beginRestart(resourceGroup, server, { ...options, parameters: {} })
  });
}

/** The live configurations by name. */
export async function configurationsByName(world: AzureWorld): Promise<ReadonlyMap<string, Configuration>> {
  return new Map((await world.reading().configurations()).map(one => [one.name ?? '', one]));
}

/** As it is at this moment, whatever an earlier look saw: a server that was just made had none then. */
export async function freshConfiguration(
  world: AzureWorld,
  name: string,
  server = world.names.server
): Promise<Configuration | undefined> {
  return world.azure.call(READ_CONFIGURATIONS, async (client, options) =>
    client.configurations.get(world.resourceGroup, server, name, options)
  );
}

async function defaultOf(world: AzureWorld, name: string, server: string): Promise<string | undefined> {
  const seen = server === world.names.server ? (await configurationsByName(world)).get(name) : undefined;
  return (seen ?? (await freshConfiguration(world, name, server)))?.defaultValue;
}
