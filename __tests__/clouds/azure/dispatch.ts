import { aroundCall, refuseLocked } from './supporting.ts';
import { AzureFault, notFound } from './azure-fault.ts';
import { capability } from './catalogue.ts';
import { childCall } from './children.ts';
import { look } from './operations.ts';
import { act, findServer, serverCall, shown } from './servers.ts';
import {
  textOf,
  type Call,
  type Json,
  type Operation,
  type Result,
  type ActivityEvent,
  type CloudState
} from './state.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `PUT flexibleServers/configurations`: how faults and assertions name a call. */
export function actionOf(method: string, pathname: string): string {
  const after =
    pathname
      .split(/\/providers\//i)
      .at(-1)
      ?.split('/')
      .slice(1) ?? [];
  return `${method} ${after.filter((_, at) => at % 2 === 0).join('/')}`;
}

/** Lets the room that a path leads to act, and says it as Resource Manager does. */
export function answer(call: Call): Answer {
  const permission = permissionOf(call);
  if (call.cloud.denied.has(permission)) {
    throw new AzureFault(
      403,
      'AuthorizationFailed',
      `The client does not have authorization to perform action '${permission}' over scope '${call.url.pathname}'.`
    );
  }
  const known = aroundCall(call) ?? subscription(call) ?? subscriptionCall(call) ?? groupCall(call);
  if (known === undefined) throw notFound(call.url.pathname);
  if (known.status !== 202) return { status: known.status, headers: {}, body: paged(call, known.body) };
  return { status: 202, headers: operationHeaders(call, known.operation), body: undefined };
}

/** What a role must allow for a call, as roles spell it. */
export function permissionOf({ method, url }: Pick<Call, 'method' | 'url'>): string {
  if (!/\/providers\//i.test(url.pathname)) {
    const within = /\/resourceGroups\//i.test(url.pathname) ? '/resourceGroups' : '';
    return `Microsoft.Resources/subscriptions${within}/read`;
  }
  const [provider = '', ...rest] =
    url.pathname
      .split(/\/providers\//i)
      .at(-1)
      ?.split('/') ?? [];
  const types = rest.filter((_, at) => at % 2 === 0).join('/');
  const verbs: Readonly<Record<string, string>> = { GET: 'read', DELETE: 'delete', POST: 'action' };
  return `${provider}/${types}/${verbs[method] ?? 'write'}`;
}

/** The subscription itself. */
function subscription({ cloud, path }: Call): Result | undefined {
  if (path.length !== 2) return undefined;
  const { subscription: id, tenant } = cloud;
  return { status: 200, body: { id: `/subscriptions/${id}`, subscriptionId: id, tenantId: tenant, state: 'Enabled' } };
}

/** Without a resource group: what regions offer, names, operations, all servers. */
function subscriptionCall({ cloud, path, url, body }: Call): Result | undefined {
  const [, , third, provider, what, location = '', kind, id = ''] = path;
  if (third === 'providers' && provider === 'microsoft.insights' && what === 'eventtypes') return activity(cloud, url);
  if (third !== 'providers' || provider !== 'microsoft.dbforpostgresql') return undefined;
  if (what === 'flexibleservers') return { status: 200, body: { value: [...cloud.servers.values()].map(shown) } };
  const name = textOf(body['name']);
  const isTaken = cloud.takenNames.has(name) || [...cloud.servers.values()].some(server => server.name === name);
  if (what === 'checknameavailability' || kind === 'checknameavailability')
    return {
      status: 200,
      body: {
        name,
        nameAvailable: !isTaken,
        ...(isTaken ? { reason: 'AlreadyExists', message: 'Specified server name is already used.' } : {})
      }
    };
  if (kind === 'capabilities') return { status: 200, body: { value: [cloud.offers.get(location) ?? capability()] } };
  const operation = cloud.operations.get(id);
  if (operation === undefined) return undefined;
  look(cloud, operation);
  if (kind === 'operationresults')
    return operation.status === 'InProgress' ? { status: 202, operation } : { status: 200, body: {} };
  return {
    status: 200,
    body: {
      name: operation.id,
      status: operation.status,
      startTime: cloud.now().toISOString(),
      ...(operation.status === 'Failed' ? { error: operation.fate } : {}),
      id: url.pathname
    }
  };
}

/** The activity log: of one resource the part that is about deletions, of a resource group all that was written. */
function activity(cloud: CloudState, url: URL): Result {
  const filter = url.searchParams.get('$filter') ?? '';
  const [, group] = /resourceGroupName eq '([^']+)'/.exec(filter) ?? [];
  if (group !== undefined) {
    const [, from = ''] = /eventTimestamp ge '([^']+)'/.exec(filter) ?? [];
    const [, until = '~'] = /eventTimestamp le '([^']+)'/.exec(filter) ?? [];
    const within = cloud.trail.filter(
      ({ at, id }) => at >= from && at <= until && id.toLowerCase().includes(`/resourcegroups/${group.toLowerCase()}/`)
    );
    return {
      status: 200,
      body: { value: within.toReversed().flatMap(one => [shownEvent(one, 'Started'), shownEvent(one, 'Succeeded')]) }
    };
  }
  const [, id = ''] = /resourceUri eq '([^']+)'/.exec(url.searchParams.get('$filter') ?? '') ?? [];
  const [, since = ''] = /eventTimestamp ge '([^']+)'/.exec(url.searchParams.get('$filter') ?? '') ?? [];
  const found = cloud.deletions.filter(one => one.id === id.toLowerCase() && one.at >= since);
  const event = (one: CloudState['deletions'][number], status: string): Json => ({
    resourceId: one.id,
    operationName: { value: 'Microsoft.DBforPostgreSQL/flexibleServers/delete' },
    status: { value: status },
    submissionTimestamp: one.at,
    eventTimestamp: one.at
  });
  return { status: 200, body: { value: found.flatMap(one => [event(one, 'Started'), event(one, 'Succeeded')]) } };
}

function shownEvent({ at, id, operation, caller, name }: ActivityEvent, status: string): Json {
  const claims = name === undefined ? {} : { claims: { name } };
  return {
    resourceId: id,
    operationName: { value: operation },
    status: { value: status },
    eventTimestamp: at,
    caller,
    ...claims
  };
}

function groupCall(call: Call): Result | undefined {
  const { cloud, method, path } = call;
  const [, , groups, group = '', , provider, , name, kind, child] = path;
  if (groups !== 'resourcegroups') return undefined;
  const known = cloud.resourceGroups.get(group);
  if (known === undefined)
    throw new AzureFault(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  if (provider === undefined)
    return {
      status: 200,
      body: {
        id: call.url.pathname,
        name: known.name,
        type: 'Microsoft.Resources/resourceGroups',
        location: known.location,
        properties: { provisioningState: 'Succeeded' }
      }
    };
  if (name === undefined) {
    const mine = [...cloud.servers.values()].filter(server => server.resourceGroup.toLowerCase() === group);
    return { status: 200, body: { value: mine.map(shown) } };
  }
  refuseLocked(cloud, call.url.pathname, method);
  if (kind === undefined) return serverCall(call, known.name, name);
  const server = findServer(cloud, known.name, name);
  if (method === 'POST') return act(cloud, server, kind, call.body);
  const spelled = /\/flexibleServers\/[^/]+\/([^/]+)(?:\/([^/]+))?/i.exec(call.url.pathname);
  return childCall(call, server, spelled?.[1] ?? kind, spelled?.[2] ?? child);
}

function paged({ cloud, url }: Call, body: unknown): unknown {
  const value = (body as { readonly value?: readonly Json[] } | undefined)?.value;
  if (value === undefined) return body;
  const from = Number(url.searchParams.get('$skiptoken') ?? 0);
  const to = from + cloud.pageSize;
  if (to >= value.length) return { value: value.slice(from) };
  const next = new URL(`${url.pathname}${url.search}`, cloud.elsewhere.get('page') ?? url.origin);
  next.searchParams.set('$skiptoken', String(to));
  return { value: value.slice(from, to), nextLink: next.href };
}

function operationHeaders({ cloud, url }: Call, { id }: Operation): Readonly<Record<string, string>> {
  const at = (kind: string): string =>
    `${cloud.elsewhere.get('operation') ?? url.origin}/subscriptions/${cloud.subscription}/providers/Microsoft.DBforPostgreSQL/locations/eastus/${kind}/${id}?api-version=2025-08-01`;
  return { 'azure-asyncoperation': at('azureAsyncOperation'), location: at('operationResults'), 'retry-after': '0' };
}
