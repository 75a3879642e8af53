import { account, alerts, options, projects, tags, vpc } from './supporting.ts';
import { config, dbs, pools, replicas, sinks, users } from './children.ts';
import * as clusters from './clusters.ts';
import { clusterOf, type Json, type CloudState } from './state.ts';

export interface Call {
  readonly method: string;
  /** Without `/v2`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
}

export interface Routed {
  /** `POST /databases/{id}/dbs`. */
  readonly action: string;
  /** Of a success. */
  readonly status: number;
  /** `undefined` is an answer without a body. */
  readonly run: () => Json | undefined;
}

type Run = (cloud: CloudState, id: string, name: string, call: Call) => Json | undefined;

const DB = '/databases/{id}';

/** Everything that the fake can do: how it is asked, with which status it answers, and what happens. */
const ROUTES: readonly (readonly [method: string, path: string, status: number, run: Run])[] = [
  ['GET', '/account', 200, () => account()],
  ['GET', '/databases/options', 200, () => options()],
  ['GET', '/databases', 200, (cloud, _id, _name, call) => page(cloud, call, 'databases', clusters.list(cloud))],
  ['POST', '/databases', 201, (cloud, _id, _name, { body }) => clusters.create(cloud, body)],
  ['GET', DB, 200, (cloud, id) => clusters.get(cloud, id)],
  ['DELETE', DB, 204, (cloud, id) => clusters.remove(cloud, id)],
  [
    'PUT',
    `${DB}/resize`,
    202,
    (cloud, id, _name, { body }) => (replicas.resize(cloud, id, body) ? undefined : clusters.resize(cloud, id, body))
  ],
  ['PUT', `${DB}/migrate`, 202, (cloud, id, _name, { body }) => clusters.migrate(cloud, id, body)],
  ['PUT', `${DB}/upgrade`, 204, (cloud, id, _name, { body }) => clusters.upgrade(cloud, id, body)],
  ['PUT', `${DB}/maintenance`, 204, (cloud, id, _name, { body }) => clusters.maintain(cloud, id, body)],
  ['PUT', `${DB}/install_update`, 204, (cloud, id) => clusters.installUpdate(cloud, id)],
  ['GET', `${DB}/firewall`, 200, (cloud, id) => clusters.firewall(cloud, id)],
  ['PUT', `${DB}/firewall`, 204, (cloud, id, _name, { body }) => clusters.putFirewall(cloud, id, body)],
  ['GET', `${DB}/ca`, 200, (cloud, id) => (clusterOf(cloud, id), { ca: { certificate: clusters.certificate(cloud) } })],
  // As the reference has it. That DigitalOcean's own client reads it without the `autoscale`, resources.test.ts shows:
  // https://github.com/digitalocean/godo/pull/1018, https://github.com/digitalocean/doctl/pull/1850
  ['GET', `${DB}/autoscale`, 200, (cloud, id) => ({ autoscale: clusterOf(cloud, id).autoscale })],
  ['PUT', `${DB}/autoscale`, 204, (cloud, id, _name, { body }) => clusters.putAutoscale(cloud, id, body)],
  ['GET', `${DB}/config`, 200, (cloud, id) => config.get(cloud, id)],
  ['PATCH', `${DB}/config`, 200, (cloud, id, _name, { body }) => config.patch(cloud, id, body)],
  [
    'GET',
    `${DB}/backups`,
    200,
    (cloud, id) => {
      const { untilBackup, created_at } = clusterOf(cloud, id);
      return { backups: untilBackup > 0 ? [] : [{ created_at, size_gigabytes: 0.03, incremental: false }] };
    }
  ],
  ['GET', `${DB}/dbs`, 200, (cloud, id) => dbs.list(cloud, id)],
  ['POST', `${DB}/dbs`, 201, (cloud, id, _name, { body }) => dbs.add(cloud, id, body)],
  ['GET', `${DB}/dbs/{name}`, 200, (cloud, id, name) => dbs.get(cloud, id, name)],
  ['DELETE', `${DB}/dbs/{name}`, 204, (cloud, id, name) => dbs.remove(cloud, id, name)],
  ['GET', `${DB}/users`, 200, (cloud, id) => users.list(cloud, id)],
  ['POST', `${DB}/users`, 201, (cloud, id, _name, { body }) => users.add(cloud, id, body)],
  ['GET', `${DB}/users/{name}`, 200, (cloud, id, name) => users.get(cloud, id, name)],
  ['POST', `${DB}/users/{name}/reset_auth`, 200, (cloud, id, name) => users.resetAuth(cloud, id, name)],
  ['DELETE', `${DB}/users/{name}`, 204, (cloud, id, name) => users.remove(cloud, id, name)],
  ['GET', `${DB}/pools`, 200, (cloud, id) => pools.list(cloud, id)],
  ['POST', `${DB}/pools`, 201, (cloud, id, _name, { body }) => pools.add(cloud, id, body)],
  ['GET', `${DB}/pools/{name}`, 200, (cloud, id, name) => pools.get(cloud, id, name)],
  ['PUT', `${DB}/pools/{name}`, 204, (cloud, id, name, { body }) => pools.put(cloud, id, name, body)],
  ['DELETE', `${DB}/pools/{name}`, 204, (cloud, id, name) => pools.remove(cloud, id, name)],
  ['GET', `${DB}/replicas`, 200, (cloud, id) => replicas.list(cloud, id)],
  ['POST', `${DB}/replicas`, 201, (cloud, id, _name, { body }) => replicas.add(cloud, id, body)],
  ['GET', `${DB}/replicas/{name}`, 200, (cloud, id, name) => replicas.get(cloud, id, name)],
  ['DELETE', `${DB}/replicas/{name}`, 204, (cloud, id, name) => replicas.remove(cloud, id, name)],
  ['PUT', `${DB}/replicas/{name}/promote`, 204, (cloud, id, name) => clusters.promote(cloud, id, name)],
  ['GET', `${DB}/logsink`, 200, (cloud, id) => sinks.list(cloud, id)],
  ['POST', `${DB}/logsink`, 201, (cloud, id, _name, { body }) => sinks.add(cloud, id, body)],
  ['PUT', `${DB}/logsink/{name}`, 200, (cloud, id, name, { body }) => sinks.put(cloud, id, name, body)],
  ['DELETE', `${DB}/logsink/{name}`, 200, (cloud, id, name) => sinks.remove(cloud, id, name)],
  ['GET', '/tags', 200, (cloud, _id, _name, call) => page(cloud, call, 'tags', tags.list(cloud))],
  ['GET', '/tags/{id}', 200, (cloud, id) => tags.get(cloud, id)],
  ['DELETE', '/tags/{id}', 204, (cloud, id) => tags.remove(cloud, id)],
  ['POST', '/tags', 201, (cloud, _id, _name, { body }) => tags.create(cloud, body)],
  ['POST', '/tags/{id}/resources', 204, (cloud, id, _name, { body }) => tags.assign(cloud, id, body)],
  ['DELETE', '/tags/{id}/resources', 204, (cloud, id, _name, { body }) => tags.unassign(cloud, id, body)],
  ['GET', '/monitoring/alerts', 200, (cloud, _id, _name, call) => page(cloud, call, 'policies', alerts.list(cloud))],
  ['POST', '/monitoring/alerts', 200, (cloud, _id, _name, { body }) => alerts.create(cloud, body)],
  ['PUT', '/monitoring/alerts/{id}', 200, (cloud, id, _name, { body }) => alerts.put(cloud, id, body)],
  ['DELETE', '/monitoring/alerts/{id}', 204, (cloud, id) => alerts.remove(cloud, id)],
  ['GET', '/vpcs/{id}', 200, (_cloud, id) => vpc(id)],
  ['GET', '/projects/{id}', 200, (cloud, id) => projects.get(cloud, id)],
  ['GET', '/projects', 200, (cloud, _id, _name, call) => page(cloud, call, 'projects', projects.list(cloud))],
  [
    'GET',
    '/projects/{id}/resources',
    200,
    (cloud, id, _name, call) => page(cloud, call, 'resources', projects.resources(cloud, id))
  ],
  ['POST', '/projects/{id}/resources', 200, (cloud, id, _name, { body }) => projects.assign(cloud, id, body)]
];

const COMPILED = ROUTES.map(([method, path, status, run]) => ({
  method,
  path,
  status,
  run,
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`)
}));

/** Which operation a call means; `undefined`: none. */
export function route(cloud: CloudState, call: Call): Routed | undefined {
  for (const { method, path, status, run, pattern } of COMPILED) {
    const match = method === call.method ? pattern.exec(call.path) : null;
    if (match === null) continue;
    const [id = '', name = ''] = match.slice(1).map(part => decodeURIComponent(part));
    return { action: `${method} ${path}`, status, run: () => run(cloud, id, name, call) };
  }
  return undefined;
}

function page(cloud: CloudState, { query, path }: Call, key: string, items: readonly Json[]): Json {
  // https://docs.digitalocean.com/reference/api/reference/monitoring/: 20 a page unless asked, 200 at most. The list of
  // clusters has no such parameter.
  const size = Math.min(cloud.pageSize, Number(query.get('per_page') ?? (key === 'databases' ? 200 : 20)));
  const at = Number(query.get('page') ?? 1);
  const more = at * size < items.length;
  const shown = items.slice((at - 1) * size, at * size);
  // The list of clusters says nothing of pages as long as there is one.
  if (key === 'databases' && items.length <= size) return { databases: shown };
  return {
    [key]: shown,
    links: more ? { pages: { next: `https://api.digitalocean.com/v2${path}?page=${at + 1}&per_page=${size}` } } : {},
    meta: { total: items.length }
  };
}
