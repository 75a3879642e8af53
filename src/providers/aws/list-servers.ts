import type { ManagedServer } from '../provider.ts';
import { fromList, markOf } from './api/tags.ts';
import type { AwsContext } from './context.ts';
import { pages } from './api/pages.ts';

/** Every PostgreSQL server of the account in this region. Replicas go with the server that they follow. */
export async function listServers(context: AwsContext): Promise<readonly ManagedServer[]> {
  const instances = await pages(
    async marker => context.call('rds', 'DescribeDBInstances', { MaxRecords: 100, ...marker }),
    page => page.DBInstances
  );
  return instances
    .filter(one => one.Engine === 'postgres' && one.ReadReplicaSourceDBInstanceIdentifier === undefined)
    .map(one => ({ title: `server ${one.DBInstanceIdentifier ?? '?'}`, mark: markOf(fromList(one.TagList)) }));
}
