import { defined } from '../../engine/defined.ts';
import { stringOf } from '../../engine/value.ts';
import type { Observed } from '../../engine/resource.ts';
import type { ImportedInputs } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { replicaName } from './api/names.ts';
import type { DigitalOceanContext } from './context.ts';

/** Where the cluster is, and its replicas in the same region. */
export async function inputsOf(context: DigitalOceanContext, observed: readonly Observed[]): Promise<ImportedInputs> {
  const region = stringOf(observed.find(({ address }) => address === SERVER)?.fields['region']);
  const replicas = observed
    .filter(({ type, fields }) => type === 'replica' && fields['region'] === region)
    .flatMap(({ facts }) => stringOf(facts['name']) ?? [])
    .toSorted();
  const numbered = replicas.map((_, at) => replicaName(context.target.name, `replica/${at + 1}`));
  return {
    place: defined({ digitalocean_region: region }),
    pinned: defined({
      ...(replicas.length === 0 ? {} : { create_read_replica: 'true', read_replica_count: String(replicas.length) }),
      replica_names: replicas.every(name => numbered.includes(name)) ? undefined : replicas.join('\n')
    })
  };
}
