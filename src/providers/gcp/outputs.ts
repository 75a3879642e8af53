import { defined } from '../../engine/defined.ts';
import type { Observed } from '../../engine/resource.ts';
import { stringOf } from '../../engine/value.ts';
import type { DatabaseOutputs } from '../provider.ts';
import { SERVER } from './addresses.ts';
import type { GcpContext } from './context.ts';
import { ownUser, SUPERUSER } from './resources/password.ts';
import { foundReplicas } from './resources/replica.ts';
import { foundServer } from './resources/server/server.ts';
import { POOL_PORT } from './resources/server/pooling.ts';

const PORT = 5432;

/** The instance and its replicas. */
export async function observeForOutputs(context: GcpContext): Promise<readonly Observed[]> {
  const found = await Promise.all<readonly Observed[]>([foundServer(context), foundReplicas(context)]);
  return found.flat();
}

/** How to connect to the database, and the module's outputs. `undefined` while the instance has no address. */
export async function outputsOf(
  context: GcpContext,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  const server = observed.find(one => one.address === SERVER)?.facts ?? {};
  const host = stringOf(server['host']);
  if (host === undefined) return undefined;
  const replicas = observed.filter(one => one.type === 'replica' && one.ownership.kind === 'ours');
  const database = context.settings.database_name ?? 'postgres';
  const username = ownUser(context.settings) ?? SUPERUSER;
  const password = context.secret('master_password');
  const [certificate, privateHost] = [stringOf(server['ca_certificate']), stringOf(server['private_host'])];
  const link = stringOf(server['self_link']) ?? '';
  const isPooled = server['pooled'] === true;
  return defined({
    endpoint: defined({
      host,
      port: PORT,
      database,
      username,
      // The certificate names the instance, not its address.
      sslmode: certificate === undefined ? 'require' : 'verify-ca',
      caCertificate: certificate,
      password
    }),
    ...(isPooled ? { pool: { host, port: POOL_PORT, database } } : {}),
    privateHost,
    module: {
      db_instance_id: context.name,
      db_instance_arn: link,
      db_instance_resource_id: stringOf(server['connection_name']) ?? link,
      db_instance_endpoint: `${host}:${PORT}`,
      db_instance_port: PORT,
      db_instance_name: database,
      db_instance_username: username,
      read_replica_endpoints: replicas.flatMap(({ facts }) => stringOf(facts['host']) ?? []).map(at => `${at}:${PORT}`),
      read_replica_ids: replicas.flatMap(({ facts }) => stringOf(facts['id']) ?? []),
      read_replica_arns: replicas.flatMap(({ facts }) => stringOf(facts['self_link']) ?? []),
      performance_insights_enabled: server['insights'] === true,
      ...(isPooled ? { proxy_endpoint: `${host}:${POOL_PORT}` } : {}),
      ...defined({
        instance_psc_attachment: stringOf(server['psc_attachment']),
        dns_name: stringOf(server['psc_name'])
      })
    },
    rebootRequired: false
  });
}
