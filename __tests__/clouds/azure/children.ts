import { AzureFault, invalid, notFound } from './azure-fault.ts';
import { PARAMETERS, type Parameter } from './catalogue.ts';
import { begin, refuseBusy, refuseStopped } from './operations.ts';
import { member } from './server-checks.ts';
import { replicasOf, shown } from './servers.ts';
import {
  textOf,
  type Call,
  type ConfigurationRecord,
  type Json,
  type Result,
  type ServerRecord,
  type CloudState
} from './state.ts';

/** Lists of things that lie inside a server and are made and removed by name. */
const KEPT = {
  databases: server => server.databases,
  firewallRules: server => server.firewallRules,
  administrators: server => server.administrators,
  backups: server => server.backups,
  virtualendpoints: server => server.virtualEndpoints
} satisfies Readonly<Record<string, (server: ServerRecord) => Map<string, Json>>>;

/** What lies inside a server. `undefined` for a kind that is not known here. */
export function childCall(
  call: Call,
  server: ServerRecord,
  kind: string,
  name: string | undefined
): Result | undefined {
  if (kind === 'configurations') return configurationCall(call, server, name);
  if (kind === 'replicas') return { status: 200, body: { value: replicasOf(call.cloud, server).map(shown) } };
  const kept = Object.entries(KEPT).find(([key]) => key === kind)?.[1](server);
  if (kept === undefined) return undefined;
  const show = (key: string, properties: Json): Json => ({
    id: `${server.id}/${kind}/${key}`,
    name: key,
    type: `Microsoft.DBforPostgreSQL/flexibleServers/${kind}`,
    properties
  });
  if (name === undefined) return { status: 200, body: { value: [...kept].map(([key, value]) => show(key, value)) } };
  const before = kept.get(name);
  if (call.method === 'GET') {
    if (before === undefined) throw notFound(`${kind}/${name}`);
    return { status: 200, body: show(name, before) };
  }
  if (call.method === 'DELETE' && before === undefined) return { status: 204 };
  refuseStopped(server);
  refuseBusy(call.cloud, server);
  if (kind === 'administrators') refuseAdministrators(server);
  if (call.method === 'DELETE') {
    kept.delete(name);
    return { status: 202, operation: begin(call.cloud, server, undefined, call.cloud.pace.child) };
  }
  if (kind === 'firewallRules' && member(server.properties, 'network')['delegatedSubnetResourceId'] !== undefined)
    throw invalid('Firewall rule operations cannot be requested for a private access enabled server.');
  if (kind === 'backups' && server.sku['tier'] === 'Burstable')
    throw invalid('On-demand backup is not supported for the Burstable tier.');
  // https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore#on-demand-backups
  if (kind === 'backups' && kept.size >= 7) throw invalid('A server has at most seven on-demand backups.');
  const properties = made(call.cloud, kind, member(call.body, 'properties'));
  const operation = begin(call.cloud, server, undefined, call.cloud.pace.child, () => {
    kept.set(name, properties);
  });
  return { status: 202, operation };
}

/** A new server says that it is ready before its administrators can be set: see `errors.ts` of the provider. */
function refuseAdministrators(server: ServerRecord): void {
  if (!(server.closedToAdministratorsFor > 0)) return;
  server.closedToAdministratorsFor -= 1;
  throw new AzureFault(
    409,
    'AadAuthOperationCannotBePerformedWhenServerIsNotAccessible',
    `The server '${server.name}' is not in an accessible state to perform Azure AD Principal operation. Please make sure the server is accessible before executing Azure AD Principal operations.`
  );
}

function made(cloud: CloudState, kind: string, asked: Json): Json {
  if (kind === 'databases') return { charset: 'UTF8', collation: 'en_US.utf8', ...asked };
  if (kind === 'backups')
    return { backupType: 'Customer On-Demand', completedTime: cloud.now().toISOString(), source: 'Customer Initiated' };
  if (kind === 'firewallRules') {
    const number = (text: unknown): number =>
      textOf(text)
        .split('.')
        .reduce((sum, part) => sum * 256 + Number(part), 0);
    if (!(number(asked['startIpAddress']) <= number(asked['endIpAddress'])))
      throw invalid('The start IP address is greater than the end IP address.');
  }
  return asked;
}

function configurationCall(call: Call, server: ServerRecord, name: string | undefined): Result {
  const { cloud, method, body } = call;
  // https://github.com/Azure/azure-rest-api-specs/issues/20424
  if (method === 'GET' && server.properties['state'] === 'Provisioning')
    throw new AzureFault(500, 'InternalServerError', 'An unexpected error occured while processing the request.');
  if (name === undefined) {
    return {
      status: 200,
      body: { value: [...server.configurations].map(([key, record]) => configuration(server, key, record)) }
    };
  }
  const record = server.configurations.get(name);
  const parameter = PARAMETERS[name];
  if (record === undefined || parameter === undefined) throw notFound(`configurations/${name}`);
  if (method === 'GET') return { status: 200, body: configuration(server, name, record) };
  refuseStopped(server);
  refuseBusy(cloud, server);
  const asked = member(body, 'properties');
  const value = textOf(asked['value'], parameter.initial);
  if (parameter.isReadOnly === true) throw invalid(`The configuration '${name}' is read-only.`);
  if (name.startsWith('pgbouncer.') && server.sku['tier'] === 'Burstable')
    throw invalid('PgBouncer is not supported for the Burstable tier.');
  if (!allows(parameter, value)) throw invalid(`Invalid value given for parameter ${name}: ${value}`);
  const differs = value !== record.value;
  record.value = value;
  record.source = textOf(asked['source'], 'user-override');
  record.isPendingRestart ||= differs && !parameter.isDynamic;
  return { status: 202, operation: begin(cloud, server, undefined, cloud.pace.child) };
}

function allows({ type, allowed }: Parameter, value: string): boolean {
  if (type === 'Boolean' || type === 'Enumeration') return allowed.split(',').includes(value);
  if (type === 'Set') {
    const all = allowed.toLowerCase().split(',');
    return value === '' || value.split(',').every(one => all.includes(one.trim().toLowerCase()));
  }
  if (type === 'String') return new RegExp(`^(${allowed})$`).test(value);
  const [, low = '', high = ''] = /^(-?[\d.]+)-([\d.]+)$/.exec(allowed) ?? [];
  return /^-?\d+(\.\d+)?$/.test(value) && Number(value) >= Number(low) && Number(value) <= Number(high);
}

function configuration(server: ServerRecord, name: string, record: ConfigurationRecord): Json {
  const { type, initial, allowed, unit, isDynamic, isReadOnly } = PARAMETERS[name] ?? {};
  return {
    id: `${server.id}/configurations/${name}`,
    name,
    type: 'Microsoft.DBforPostgreSQL/flexibleServers/configurations',
    properties: {
      value: record.value,
      defaultValue: initial,
      dataType: type,
      allowedValues: allowed,
      source: record.source,
      ...(unit === undefined ? {} : { unit }),
      isDynamicConfig: isDynamic,
      isReadOnly: isReadOnly ?? false,
      isConfigPendingRestart: record.isPendingRestart,
      documentationLink: `https://www.postgresql.org/docs/current/${name}`
    }
  };
}
