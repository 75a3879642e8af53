import { GcpFault } from './fault.ts';
import { list, object, text, type Json } from './json.ts';
import { pageOf } from './page.ts';
import { checkLabels } from './settings.ts';
import type { CloudState } from './state.ts';

/** A call of Secret Manager. */
interface SecretCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
}

const PATH = /^\/v1\/projects\/[^/]+\/secrets(?:\/([^/:]+))?(?:\/versions\/([^:]+))?(?::(\w+))?$/;

/** `secretmanager.secrets.create`. `undefined` for a call of another service. */
export function secretPermission({ method, path }: Pick<SecretCall, 'method' | 'path'>): string | undefined {
  const [found, id, version, verb] = PATH.exec(path) ?? [];
  if (found === undefined) return undefined;
  if (version !== undefined) return 'secretmanager.versions.access';
  if (verb === 'addVersion') return 'secretmanager.versions.add';
  const verbs: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'update', DELETE: 'delete' };
  return `secretmanager.secrets.${verbs[method] ?? (id === undefined ? 'list' : 'get')}`;
}

/**
 * Secret Manager. A new secret has no version, and a taken id is refused.
 * https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets
 */
export function secretManager(cloud: CloudState, { method, path, query, body }: SecretCall): Json | undefined {
  const [found, id, version, verb] = PATH.exec(path) ?? [];
  if (found === undefined) return undefined;
  if (id === undefined)
    return method === 'POST' ? create(cloud, query.get('secretId') ?? '', body) : listOf(cloud, query);
  const secret = cloud.secrets.get(id);
  if (secret === undefined) throw new GcpFault(404, 'NOT_FOUND', `Secret [projects/1/secrets/${id}] not found.`);
  if (version !== undefined) {
    const newest = secret.versions.at(-1);
    if (version !== 'latest' || verb !== 'access' || newest === undefined) {
      throw new GcpFault(404, 'NOT_FOUND', `Secret Version [projects/1/secrets/${id}/versions/${version}] not found.`);
    }
    return { name: `${text(secret.json['name'])}/versions/${secret.versions.length}`, payload: { data: newest } };
  }
  if (verb === 'addVersion') {
    const data = text(object(body['payload'])['data']);
    if (data === '') throw new GcpFault(400, 'INVALID_ARGUMENT', 'The payload must not be empty.');
    secret.versions.push(data);
    return { name: `${text(secret.json['name'])}/versions/${secret.versions.length}`, state: 'ENABLED' };
  }
  if (method === 'DELETE') {
    cloud.secrets.delete(id);
    return {};
  }
  if (method === 'PATCH') {
    if (query.get('updateMask') !== 'labels')
      throw new GcpFault(400, 'INVALID_ARGUMENT', 'The update mask is invalid.');
    checkLabels(object(body['labels']));
    secret.json = { ...secret.json, labels: body['labels'] };
  }
  return secret.json;
}

/**
 * Automatic replication is in `global`, which is none of the regions that an organization may list.
 * https://github.com/GoogleCloudPlatform/marketing-analytics-jumpstart/issues/208
 */
function refusePlace(cloud: CloudState, places: readonly string[]): void {
  const wrong = (places.length === 0 ? ['global'] : places).find(one => !one.startsWith('europe-'));
  if (wrong === undefined || !cloud.constraints.has('gcp.resourceLocations')) return;
  throw new GcpFault(
    400,
    'FAILED_PRECONDITION',
    `Constraint constraints/gcp.resourceLocations violated for [orgpolicy:projects/1] attempting to create a secret in [${wrong}].`
  );
}

function create(cloud: CloudState, id: string, body: Json): Json {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(id))
    throw new GcpFault(400, 'INVALID_ARGUMENT', `The secret id ${id} is invalid.`);
  const { automatic, userManaged } = object(body['replication']);
  if ((automatic === undefined) === (userManaged === undefined)) {
    throw new GcpFault(400, 'INVALID_ARGUMENT', 'The replication must be set.');
  }
  refusePlace(
    cloud,
    list(object(userManaged)['replicas']).map(one => text(object(one)['location']))
  );
  checkLabels(object(body['labels']));
  const name = `projects/1/secrets/${id}`;
  if (cloud.secrets.has(id)) throw new GcpFault(409, 'ALREADY_EXISTS', `Secret [${name}] already exists.`);
  const json = { ...body, name, createTime: cloud.now() };
  cloud.secrets.set(id, { json, versions: [] });
  return json;
}

/** https://cloud.google.com/secret-manager/docs/filtering */
function listOf(cloud: CloudState, query: URLSearchParams): Json {
  const [, part] = /^name:(\S+)$/.exec(query.get('filter') ?? '') ?? [];
  const all = [...cloud.secrets].filter(([id]) => part === undefined || id.includes(part));
  const { items, next } = pageOf(
    all.map(([, { json }]) => json),
    query,
    'pageSize',
    cloud.pageSize
  );
  return { secrets: items, totalSize: all.length, ...(next === undefined ? {} : { nextPageToken: next }) };
}
