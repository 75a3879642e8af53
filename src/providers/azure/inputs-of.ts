import { defined } from '../../engine/defined.ts';
import type { Observed } from '../../engine/resource.ts';
import type { ImportedInputs } from '../provider.ts';
import { regionOf, replicaName } from './api/names.ts';
import { leftAlone, type LeftAlone } from '../left-alone.ts';
import { configurationsByName } from './api/configuration.ts';
import type { AzureContext } from './context.ts';
import { isSet } from './resources/parameters.ts';

/** Where the server is, and its replicas in the same region. */
export async function inputsOf(context: AzureContext, _observed: readonly Observed[]): Promise<ImportedInputs> {
  const { names, resourceGroup, settings, liveState } = context;
  const live = await liveState().main();
  const replicas = live === undefined ? [] : await liveState().replicas();
  const here = replicas
    .filter(one => regionOf(one.location) === regionOf(live?.location ?? ''))
    .flatMap(({ name }) => name ?? [])
    .toSorted();
  const numbered = here.map((_, at) => replicaName(names.server, at + 1));
  return {
    left: live === undefined ? [] : await leftIn(context),
    place: defined({
      resource_group_name: resourceGroup,
      location: live === undefined ? undefined : regionOf(live.location),
      azure_subscription_id: settings.azure_subscription_id
    }),
    pinned: defined({
      ...(here.length === 0 ? {} : { create_read_replica: 'true', read_replica_count: String(here.length) }),
      replica_names: here.every(name => numbered.includes(name)) ? undefined : here.join('\n')
    })
  };
}

/** Databases that Azure makes and keeps. */
const OWN_DATABASES: readonly string[] = ['postgres', 'azure_maintenance', 'azure_sys'];

async function leftIn(context: AzureContext): Promise<readonly LeftAlone[]> {
  const state = context.liveState();
  const namesIn = async (asked: Promise<readonly { readonly name?: string }[]>): Promise<readonly string[]> =>
    (await asked).flatMap(({ name }) => name ?? []);
  const lists = await Promise.all([
    leftAlone({ what: 'firewall rules', input: 'allowed_cidr_blocks' }, async () => namesIn(state.rules())),
    leftAlone({ what: 'parameters', input: 'parameters' }, async () =>
      [...(await configurationsByName(context))].flatMap(([name, one]) => (isSet(name, one) ? [name] : []))
    ),
    leftAlone({ what: 'databases', input: 'databases', isWithin: true }, async () =>
      (await namesIn(state.databases())).filter(name => !OWN_DATABASES.includes(name))
    ),
    leftAlone({ what: 'locks', input: 'enable_deletion_protection' }, async () => namesIn(state.locks())),
    leftAlone({ what: 'diagnostic settings', input: 'enable_logging' }, async () =>
      namesIn(state.diagnosticSettings())
    ),
    leftAlone({ what: 'administrators', input: 'entra_administrators' }, async () =>
      (await state.administrators()).flatMap(({ principalName: name }) => name ?? [])
    )
  ]);
  return lists.flat();
}
