import type { Found } from '../provider.ts';
import { fromList, markOf } from './api/tags.ts';
import type { AwsWorld } from './context.ts';
import { pages } from './api/pages.ts';

/** Every PostgreSQL server of the account in this region. Replicas go with the server that they follow. */
export async function census(world: AwsWorld): Promise<readonly Found[]> {
  const instances = await pages(
    async marker => world.call('rds', 'DescribeDBInstances', { MaxRecords: 100, ...marker }),
    page => page.DBInstances
  );
  return instances
    .filter(one => one.Engine === 'postgres' && one.ReadReplicaSourceDBInstanceIdentifier === undefined)
    .map(one => ({ title: `server ${one.DBInstanceIdentifier ?? '?'}`, mark: markOf(fromList(one.TagList)) }));
}
