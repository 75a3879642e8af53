import { defined } from '../../engine/defined.ts';
import type { Observed } from '../../engine/resource.ts';
import type { ImportedInputs } from '../provider.ts';
import { regionOf, replicaName } from './api/names.ts';
import type { AzureContext } from './context.ts';

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
