import { defined } from '../../engine/defined.ts';
import type { Facts, Observed } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import { isFailure, orUndefined } from '../failures.ts';
import type { DatabaseOutputs } from '../provider.ts';
import { POOL, SERVER } from './addresses.ts';
import { DOADMIN } from './api/names.ts';
import type { DigitalOceanContext } from './context.ts';

/**
 * How to reach the database. `undefined` while there is no endpoint; without a password where the token may not see it.
 */
export async function outputsOf(
  context: DigitalOceanContext,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  const live = await context.live();
  const { host, port } = live?.connection ?? {};
  if (live === undefined || host === undefined || host === '' || port === undefined) return undefined;
  const { database_name: asked } = context.settings;
  const database = asked !== undefined && observed.some(one => one.type === 'database') ? asked : 'defaultdb';
  const [ca, extra] = await Promise.all([certificate(context, live.id), context.user()]);
  const username = extra?.name ?? DOADMIN;
  const password = (extra === undefined ? live.connection?.password : extra.password) ?? '';
  const replicas = observed.filter(({ address, facts }) => address.startsWith('replica/') && facts['host'] !== '');
  const pool = observed.find(one => one.address === POOL)?.facts;
  const privateHost = live.private_connection?.host ?? '';
  return defined({
    endpoint: defined({
      host,
      port,
      database,
      username,
      password: password === '' ? undefined : password,
      sslmode: ca === undefined ? 'require' : 'verify-full',
      caCertificate: ca
    }),
    pool: pool && { host: textOf(pool['host']), port: Number(pool['port']), database: textOf(pool['name']) },
    privateHost: privateHost === '' ? undefined : privateHost,
    module: defined({
      db_instance_id: live.id,
      db_instance_arn: `do:dbaas:${live.id}`,
      db_instance_endpoint: `${host}:${port}`,
      db_instance_port: port,
      db_instance_name: database,
      db_instance_username: username,
      db_instance_resource_id: live.id,
      read_replica_endpoints: replicas.map(({ facts }) => hostAndPort(facts)),
      read_replica_ids: replicas.map(({ facts }) => textOf(facts['id'])),
      read_replica_arns: replicas.map(({ facts }) => `do:dbaas:${textOf(facts['id'])}`),
      proxy_endpoint: pool && hostAndPort(pool)
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

/** PEM. DigitalOcean signs the certificates of each project itself and sends the root in base64. */
async function certificate({ api }: DigitalOceanContext, id: string): Promise<string | undefined> {
  try {
    const answer = await orUndefined(api.rest<{ ca?: { certificate?: string } }>('GET', `/databases/${id}/ca`));
    const text = answer?.ca?.certificate;
    return text === undefined || text === '' ? undefined : Buffer.from(text, 'base64').toString('utf8');
  } catch (thrown) {
    if (isFailure(thrown, 'denied')) return undefined;
    throw thrown;
  }
}
