import type { DBInstance } from '@aws-sdk/client-rds';
import type { ManagedServer } from '../provider.ts';
import { pages } from './api/pages.ts';
import { fromList, markOf } from './api/tags.ts';
import type { AwsContext } from './context.ts';

/**
 * Every PostgreSQL server of the account in this region. Replicas go with the server that they follow. Of each page
 * only the marks are kept: an account may have thousands.
 */
export async function listServers({ call }: AwsContext): Promise<readonly ManagedServer[]> {
  return pages(
    async marker => call('rds', 'DescribeDBInstances', { MaxRecords: 100, ...marker }),
    ({ DBInstances: page = [] }) => page.filter(isServer).map(found)
  );
}

function isServer({ Engine: engine, ReadReplicaSourceDBInstanceIdentifier: source }: DBInstance): boolean {
  return engine === 'postgres' && source === undefined;
}

function found({ DBInstanceIdentifier: name = '?', TagList: tags }: DBInstance): ManagedServer {
  return { title: `server ${name}`, mark: markOf(fromList(tags)) };
}
