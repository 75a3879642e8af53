import { defined } from '../../engine/defined.ts';
import type { Facts, Observed } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import type { DatabaseOutputs } from '../provider.ts';
import { POOL, SERVER } from './addresses.ts';
import { database } from './resources/database.ts';
import { pool } from './resources/pool.ts';
import { foundReplicas } from './resources/replica.ts';
import { foundServer } from './resources/server/server.ts';
import { user } from './resources/user.ts';
import { connectionTo } from './api/clusters.ts';
import { DOADMIN } from './api/names.ts';
import type { DigitalOceanContext } from './context.ts';

/** The server, and what its outputs name; its certificate is asked for at the same time. */
export async function observeForOutputs(context: DigitalOceanContext): Promise<readonly Observed[]> {
  // A failure shows when the outputs are made.
  context.certificate().catch(() => undefined);
  const found = await Promise.all([
    foundServer(context),
    ...[user, database, pool].map(async type => type.observe(context) as Promise<readonly Observed[]>),
    foundReplicas(context)
  ]);
  return found.flat();
}

/**
 * How to reach the database. `undefined` while there is no endpoint; without a password where the token may not see it.
 */
export async function outputsOf(
  context: DigitalOceanContext,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  const live = await context.live();
  const { host, port, password: shown } = connectionTo(live ?? {});
  if (live === undefined || host === undefined || port === undefined) return undefined;
  const { database_name: asked } = context.settings;
  const name = asked !== undefined && observed.some(one => one.type === 'database') ? asked : 'defaultdb';
  const [ca, extra] = await Promise.all([context.certificate(), context.user()]);
  const username = extra?.name ?? DOADMIN;
  const password = (extra === undefined ? shown : extra.password) ?? '';
  const replicas = observed.filter(({ address, facts }) => address.startsWith('replica/') && facts['host'] !== '');
  const pooled = observed.find(one => one.address === POOL)?.facts;
  const privateHost = live.private_connection?.host ?? '';
  return defined({
    endpoint: defined({
      host,
      port,
      database: name,
      username,
      password: password === '' ? undefined : password,
      sslmode: ca === undefined ? 'require' : 'verify-full',
      caCertificate: ca
    }),
    pool: pooled && { host: textOf(pooled['host']), port: Number(pooled['port']), database: textOf(pooled['name']) },
    privateHost: privateHost === '' ? undefined : privateHost,
    module: defined({
      db_instance_id: live.id,
      db_instance_arn: `do:dbaas:${live.id}`,
      db_instance_endpoint: `${host}:${port}`,
      db_instance_port: port,
      db_instance_name: name,
      db_instance_username: username,
      db_instance_resource_id: live.id,
      read_replica_endpoints: replicas.map(({ facts }) => hostAndPort(facts)),
      read_replica_ids: replicas.map(({ facts }) => textOf(facts['id'])),
      read_replica_arns: replicas.map(({ facts }) => `do:dbaas:${textOf(facts['id'])}`),
      proxy_endpoint: pooled && hostAndPort(pooled)
    }),
    rebootRequired: false,
    expiresAt: expiry(observed)
  });
}

function hostAndPort(facts: Facts): string {
  return `${textOf(facts['host'])}:${textOf(facts['port'])}`;
}

function expiry(observed: readonly Observed[]): string | undefined {
  const owner = observed.find(one => one.address === SERVER)?.ownership;
  return owner?.kind === 'ours' ? owner.mark.expiresAt : undefined;
}
