import type { ManagedServer } from '../provider.ts';
import { fromList, markOf } from './api/tags.ts';
import type { AwsContext } from './context.ts';
import { allInstances } from './live-state.ts';

/** Every PostgreSQL server of the account in this region. Replicas go with the server that they follow. */
export async function listServers(context: AwsContext): Promise<readonly ManagedServer[]> {
  const instances = await allInstances(context.call);
  return instances
    .filter(one => one.Engine === 'postgres' && one.ReadReplicaSourceDBInstanceIdentifier === undefined)
    .map(one => ({ title: `server ${one.DBInstanceIdentifier ?? '?'}`, mark: markOf(fromList(one.TagList)) }));
}
