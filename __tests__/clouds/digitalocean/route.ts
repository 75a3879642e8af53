import { account, alerts, options, projects, tags } from './supporting.ts';
import { config, dbs, pools, replicas, sinks, users } from './children.ts';
import * as clusters from './clusters.ts';
import { clusterOf, type Json, type World } from './state.ts';

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

type Run = (world: World, id: string, name: string, call: Call) => Json | undefined;

const DB = '/databases/{id}';

/** Everything that the fake can do: how it is asked, with which status it answers, and what happens. */
const ROUTES: readonly (readonly [method: string, path: string, status: number, run: Run])[] = [
  ['GET', '/account', 200, () => account()],
  ['GET', '/databases/options', 200, () => options()],
  ['GET', '/databases', 200, (world, _id, _name, call) => page(world, call, 'databases', clusters.list(world))],
  ['POST', '/databases', 201, (world, _id, _name, { body }) => clusters.create(world, body)],
  ['GET', DB, 200, (world, id) => clusters.get(world, id)],
  ['DELETE', DB, 204, (world, id) => clusters.remove(world, id)],
  [
    'PUT',
    `${DB}/resize`,
    202,
    (world, id, _name, { body }) => (replicas.resize(world, id, body) ? undefined : clusters.resize(world, id, body))
  ],
  ['PUT', `${DB}/migrate`, 202, (world, id, _name, { body }) => clusters.migrate(world, id, body)],
  ['PUT', `${DB}/upgrade`, 204, (world, id, _name, { body }) => clusters.upgrade(world, id, body)],
  ['PUT', `${DB}/maintenance`, 204, (world, id, _name, { body }) => clusters.maintain(world, id, body)],
  ['GET', `${DB}/firewall`, 200, (world, id) => clusters.firewall(world, id)],
  ['PUT', `${DB}/firewall`, 204, (world, id, _name, { body }) => clusters.putFirewall(world, id, body)],
  ['GET', `${DB}/ca`, 200, (world, id) => (clusterOf(world, id), { ca: { certificate: clusters.certificate(world) } })],
  ['GET', `${DB}/autoscale`, 200, (world, id) => ({ autoscale: clusterOf(world, id).autoscale })],
  ['PUT', `${DB}/autoscale`, 204, (world, id, _name, { body }) => clusters.putAutoscale(world, id, body)],
  ['GET', `${DB}/config`, 200, (world, id) => config.get(world, id)],
  ['PATCH', `${DB}/config`, 200, (world, id, _name, { body }) => config.patch(world, id, body)],
  [
    'GET',
    `${DB}/backups`,
    200,
    (world, id) => {
      const { untilBackup, created_at } = clusterOf(world, id);
      return { backups: untilBackup > 0 ? [] : [{ created_at, size_gigabytes: 0.03, incremental: false }] };
    }
  ],
  ['GET', `${DB}/dbs`, 200, (world, id) => dbs.list(world, id)],
  ['POST', `${DB}/dbs`, 201, (world, id, _name, { body }) => dbs.add(world, id, body)],
  ['GET', `${DB}/dbs/{name}`, 200, (world, id, name) => dbs.get(world, id, name)],
  ['DELETE', `${DB}/dbs/{name}`, 204, (world, id, name) => dbs.remove(world, id, name)],
  ['GET', `${DB}/users`, 200, (world, id) => users.list(world, id)],
  ['POST', `${DB}/users`, 201, (world, id, _name, { body }) => users.add(world, id, body)],
  ['GET', `${DB}/users/{name}`, 200, (world, id, name) => users.get(world, id, name)],
  ['DELETE', `${DB}/users/{name}`, 204, (world, id, name) => users.remove(world, id, name)],
  ['GET', `${DB}/pools`, 200, (world, id) => pools.list(world, id)],
  ['POST', `${DB}/pools`, 201, (world, id, _name, { body }) => pools.add(world, id, body)],
  ['GET', `${DB}/pools/{name}`, 200, (world, id, name) => pools.get(world, id, name)],
  ['PUT', `${DB}/pools/{name}`, 204, (world, id, name, { body }) => pools.put(world, id, name, body)],
  ['DELETE', `${DB}/pools/{name}`, 204, (world, id, name) => pools.remove(world, id, name)],
  ['GET', `${DB}/replicas`, 200, (world, id) => replicas.list(world, id)],
  ['POST', `${DB}/replicas`, 201, (world, id, _name, { body }) => replicas.add(world, id, body)],
  ['GET', `${DB}/replicas/{name}`, 200, (world, id, name) => replicas.get(world, id, name)],
  ['DELETE', `${DB}/replicas/{name}`, 204, (world, id, name) => replicas.remove(world, id, name)],
  ['GET', `${DB}/logsink`, 200, (world, id) => sinks.list(world, id)],
  ['POST', `${DB}/logsink`, 201, (world, id, _name, { body }) => sinks.add(world, id, body)],
  ['PUT', `${DB}/logsink/{name}`, 200, (world, id, name, { body }) => sinks.put(world, id, name, body)],
  ['DELETE', `${DB}/logsink/{name}`, 200, (world, id, name) => sinks.remove(world, id, name)],
  ['GET', '/tags', 200, (world, _id, _name, call) => page(world, call, 'tags', tags.list(world))],
  ['DELETE', '/tags/{id}', 204, (world, id) => tags.remove(world, id)],
  ['POST', '/tags', 201, (world, _id, _name, { body }) => tags.create(world, body)],
  ['POST', '/tags/{id}/resources', 204, (world, id, _name, { body }) => tags.assign(world, id, body)],
  ['DELETE', '/tags/{id}/resources', 204, (world, id, _name, { body }) => tags.unassign(world, id, body)],
  ['GET', '/monitoring/alerts', 200, (world, _id, _name, call) => page(world, call, 'policies', alerts.list(world))],
  ['POST', '/monitoring/alerts', 200, (world, _id, _name, { body }) => alerts.create(world, body)],
  ['PUT', '/monitoring/alerts/{id}', 200, (world, id, _name, { body }) => alerts.put(world, id, body)],
  ['DELETE', '/monitoring/alerts/{id}', 204, (world, id) => alerts.remove(world, id)],
  ['GET', '/projects', 200, (world, _id, _name, call) => page(world, call, 'projects', projects.list(world))],
  [
    'GET',
    '/projects/{id}/resources',
    200,
    (world, id, _name, call) => page(world, call, 'resources', projects.resources(world, id))
  ],
  ['POST', '/projects/{id}/resources', 200, (world, id, _name, { body }) => projects.assign(world, id, body)]
];

const COMPILED = ROUTES.map(([method, path, status, run]) => ({
  method,
  path,
  status,
  run,
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`)
}));

/** Which operation a call means; `undefined`: none. */
export function route(world: World, call: Call): Routed | undefined {
  for (const { method, path, status, run, pattern } of COMPILED) {
    const match = method === call.method ? pattern.exec(call.path) : null;
    if (match === null) continue;
    const [id = '', name = ''] = match.slice(1).map(part => decodeURIComponent(part));
    return { action: `${method} ${path}`, status, run: () => run(world, id, name, call) };
  }
  return undefined;
}

function page(world: World, { query, path }: Call, key: string, items: readonly Json[]): Json {
  const size = Math.min(world.pageSize, Number(query.get('per_page') ?? 200));
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
