import { defined } from '../../engine/defined.ts';
import type { Observed } from '../../engine/resource.ts';
import type { ImportedInputs } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { replicaName } from './api/names.ts';
import type { GcpContext } from './context.ts';

/** Where the instance is, and its direct replicas. */
export async function inputsOf(context: GcpContext, observed: readonly Observed[]): Promise<ImportedInputs> {
  const live = await context.live();
  const replicas = observed
    .filter(({ type, dependsOn }) => type === 'replica' && dependsOn.includes(SERVER))
    .flatMap(({ title, facts }) =>
      title.startsWith('read replica ') && typeof facts['id'] === 'string' ? facts['id'] : []
    )
    .toSorted();
  const numbered = replicas.map((_, at) => replicaName(context.name, at + 1));
  return {
    place: defined({ gcp_project: context.project, gcp_region: live?.region }),
    pinned: defined({
      ...(replicas.length === 0 ? {} : { create_read_replica: 'true', read_replica_count: String(replicas.length) }),
      replica_names: replicas.every(name => numbered.includes(name)) ? undefined : replicas.join('\n')
    })
  };
}
