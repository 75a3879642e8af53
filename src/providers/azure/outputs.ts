import { defined } from '../../engine/defined.ts';
import type { Observed, ResourceType } from '../../engine/resource.ts';
import { stringOf } from '../../engine/value.ts';
import type { DatabaseOutputs } from '../provider.ts';
import { certificates } from './api/certificates.ts';
import { PARAMETERS, POOLING, QUERY_STORE, SERVER } from './addresses.ts';
import { ignoring, UNREADABLE } from '../failures.ts';
import { observePart } from './observe-part.ts';
import { parameters } from './resources/parameters.ts';
import { POOL_PORT, pooling } from './resources/pooling.ts';
import { queryStore } from './resources/query-store.ts';
import { foundReplicas } from './resources/replica.ts';
import { foundServer } from './resources/server/server.ts';
import type { AzureContext } from './context.ts';

const PORT = 5432;

/** The server and its replicas, and of its configurations those that outputs tell. */
export async function observeForOutputs(context: AzureContext): Promise<readonly Observed[]> {
  const configured = [pooling, queryStore, parameters].map(type => observePart(type as ResourceType<AzureContext>));
  const replicas = ignoring(UNREADABLE, foundReplicas(context));
  const [server, others, ...parts] = await Promise.all<readonly Observed[] | undefined>([
    foundServer(context),
    replicas,
    ...configured.map(async type => type.observe(context))
  ]);
  return [...(server ?? []), ...(others ?? []), ...parts.flatMap(part => part ?? [])];
}

/** How to connect to the database, and the module's outputs. `undefined` while the server has no host name. */
export async function outputsOf(
  context: AzureContext,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  const server = observed.find(one => one.address === SERVER)?.facts ?? {};
  const host = stringOf(server['host']);
  if (host === undefined) return undefined;
  const fields = (address: string): Observed['fields'] => observed.find(one => one.address === address)?.fields ?? {};
  const replicas = observed.filter(one => one.type === 'replica' && one.ownership.kind === 'ours');
  const hasPool = fields(POOLING)['enabled'] === true;
  const database = context.settings.database_name ?? 'postgres';
  const username = stringOf(server['username']) ?? context.settings.master_username ?? 'pgadmin';
  const password = context.secret('master_password');
  const [id, arn, subnet] = [stringOf(server['id']), stringOf(server['arn']), stringOf(server['subnetId'])];
  return defined({
    endpoint: defined({
      host,
      port: PORT,
      database,
      username,
      sslmode: 'verify-full',
      caCertificate: certificates(),
      password
    }),
    module: defined({
      db_instance_id: id,
      db_instance_arn: arn,
      db_instance_resource_id: arn,
      db_instance_endpoint: `${host}:${PORT}`,
      db_instance_port: PORT,
      db_instance_name: database,
      db_instance_username: username,
      read_replica_endpoints: replicas.map(({ facts }) => `${stringOf(facts['host']) ?? ''}:${PORT}`),
      read_replica_ids: replicas.map(({ facts }) => stringOf(facts['id']) ?? ''),
      read_replica_arns: replicas.map(({ facts }) => stringOf(facts['arn']) ?? ''),
      proxy_endpoint: hasPool ? `${host}:${POOL_PORT}` : undefined,
      db_subnet_group_id: subnet,
      performance_insights_enabled: fields(QUERY_STORE)['enabled'] === true
    }),
    pool: hasPool ? { host, port: POOL_PORT, database } : undefined,
    rebootRequired: fields(PARAMETERS)['restart_pending'] === true
  });
}
