import { defined } from '../../engine/defined.ts';
import type { Observed } from '../../engine/resource.ts';
import type { ImportedInputs } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { replicaName } from './api/names.ts';
import { stringOf } from '../../engine/value.ts';
import { hourWindow } from '../hour-window.ts';
import { leftAlone, type LeftAlone } from '../left-alone.ts';
import type { GcpContext } from './context.ts';
import { databasesOf, OWN_DATABASES } from './resources/database.ts';
import { usersOf } from './resources/user.ts';

/** Where the instance is, and its direct replicas. */
export async function inputsOf(context: GcpContext, observed: readonly Observed[]): Promise<ImportedInputs> {
  const live = await context.live();
  const replicas = observed
    .filter(({ type, dependsOn }) => type === 'replica' && dependsOn.includes(SERVER))
    .flatMap(({ title, facts }) =>
      title.startsWith('read replica ') && typeof facts['id'] === 'string' ? facts['id'] : []
    )
    .toSorted();
  const numbered = replicas.map((_, at) => replicaName(context, at + 1));
  const server = observed.find(({ address }) => address === SERVER);
  const listing = live === undefined ? [] : [databasesLeft(context), usersLeft(context)];
  return {
    left: (await Promise.all(listing)).flat(),
    place: defined({ gcp_project: context.project, gcp_region: live?.region }),
    usual: { deny_maintenance_period: 'none' },
    pinned: defined({
      // Google knows the beginning alone.
      maintenance_window: hourWindow(stringOf(server?.fields['maintenance_window'])),
      ...(replicas.length === 0 ? {} : { create_read_replica: 'true', read_replica_count: String(replicas.length) }),
      replica_names: replicas.every(name => numbered.includes(name)) ? undefined : replicas.join('\n')
    })
  };
}

async function databasesLeft(context: GcpContext): Promise<readonly LeftAlone[]> {
  const part = { what: 'databases', input: 'databases', isWithin: true } as const;
  return leftAlone(part, async () => (await databasesOf(context)).filter(name => !OWN_DATABASES.includes(name)));
}

async function usersLeft(context: GcpContext): Promise<readonly LeftAlone[]> {
  const part = { what: 'users', input: 'roles', isWithin: true } as const;
  return leftAlone(part, async () =>
    (await usersOf(context)).flatMap(({ name }) => (name === undefined || name === 'postgres' ? [] : [name]))
  );
}
