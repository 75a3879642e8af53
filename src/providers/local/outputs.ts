import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Observed } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import type { Endpoint } from '../endpoint.ts';
import type { DatabaseOutputs } from '../provider.ts';
import { databaseName } from './resources/child-resource.ts';
import { REPLICA, SERVER } from './addresses.ts';
import { programName } from './installation/machine.ts';
import { olderDump } from './installation/older-dump.ts';
import type { LocalContext } from './context.ts';

/** Published server binaries hold no clients; an installed server does. */
async function programsOf({
  live,
  machine
}: LocalContext): Promise<Pick<DatabaseOutputs, 'programs' | 'programsRemark'>> {
  const { binDir = '', version = '' } = (await live())?.credentials ?? {};
  if (existsSync(path.join(binDir, programName(machine, 'psql')))) return { programs: binDir };
  const programsRemark = olderDump(machine, Number(version.split('.')[0]));
  return programsRemark === undefined ? {} : { programsRemark };
}

/** How later steps connect. `undefined` unless the server runs and is ours. */
export async function outputs(
  context: LocalContext,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  const server = observed.find(resource => resource.address === SERVER);
  if (server === undefined || server.fields['status'] !== 'running' || server.ownership.kind !== 'ours')
    return undefined;
  const { host, port, username } = server.facts;
  const password = await context.masterPassword();
  const endpoint: Endpoint = {
    host: textOf(host),
    port: Number(port),
    database: databaseName(context),
    username: textOf(username),
    password,
    ...(server.fields['tls'] === true
      ? { sslmode: 'verify-full', caCertificate: readFileSync(context.layout.certificateFile, 'utf8') }
      : { sslmode: 'disable' })
  };
  const replicas = observed.filter(resource => resource.type === REPLICA && resource.fields['status'] === 'running');
  return {
    endpoint,
    module: {
      db_instance_id: context.spec.name,
      db_instance_endpoint: `${endpoint.host}:${endpoint.port}`,
      db_instance_port: endpoint.port,
      db_instance_name: endpoint.database,
      db_instance_username: endpoint.username,
      db_instance_resource_id: `local:${context.spec.name}`,
      read_replica_endpoints: replicas.map(
        replica => `${textOf(replica.facts['host'])}:${textOf(replica.facts['port'])}`
      ),
      read_replica_ids: replicas.map(replica => textOf(replica.facts['id'])),
      performance_insights_enabled: false
    },
    ...(await programsOf(context)),
    rebootRequired: Object.keys(server.pending ?? {}).length > 0
  };
}
