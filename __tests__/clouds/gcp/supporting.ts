import { listEntries } from './audit-log.ts';
import { GcpFault } from './fault.ts';
import { list, object, text, type Json } from './json.ts';
import { pageOf } from './page.ts';
import { PERMISSIONS } from './permissions.ts';
import { secretManager, secretPermission } from './secrets.ts';
import { checkLabels } from './settings.ts';
import type { CloudState } from './state.ts';

/** The token that a login ends with. */
export const ACCESS_TOKEN = 'ya29.token-of-the-fake';

/** A call of something else than Cloud SQL. */
export interface AroundCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
}

/** `monitoring.alertPolicies.create`, the permission that a call of another service needs. `undefined`: none. */
export function permissionAround({ method, path }: Pick<AroundCall, 'method' | 'path'>): string | undefined {
  if (path === '/v2/entries:list') return 'logging.logEntries.list';
  const ofSecret = secretPermission({ method, path });
  if (ofSecret !== undefined) return ofSecret;
  const [, kind, one] =
    /^\/v3\/projects\/[^/]+\/(alertPolicies|notificationChannels|timeSeries)(\/.+)?$/.exec(path) ?? [];
  if (kind === undefined) return undefined;
  const verbs: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'update', DELETE: 'delete' };
  return `monitoring.${kind}.${verbs[method] ?? (one === undefined ? 'list' : 'get')}`;
}

/** Cloud Monitoring's alert policies, the project itself, and the exchange of the workflow's identity for a token. */
export function around(cloud: CloudState, { method, path, query, body }: AroundCall): Json | undefined {
  const login = loginAnswer(path);
  if (login !== undefined) return login;
  if (path === '/v1/services/9662-B51E-5089/skus') return skus(query);
  if (path === '/v2/entries:list') return listEntries(cloud, body);
  const secret = secretManager(cloud, { method, path, query, body });
  if (secret !== undefined) return secret;
  if (path === `/v1/projects/${cloud.project}:testIamPermissions`) {
    const asked = list(body['permissions']).map(text);
    const unknown = asked.find(one => one.startsWith('cloudsql.') && !PERMISSIONS.includes(one));
    if (unknown !== undefined) {
      throw new GcpFault(400, 'INVALID_ARGUMENT', `Permission ${unknown} is not valid for this resource.`);
    }
    return { permissions: asked.filter(one => !cloud.denied.has(one)) };
  }
  if (path === `/v1/projects/${cloud.project}` && method === 'GET') {
    return { projectId: cloud.project, projectNumber: '1', lifecycleState: 'ACTIVE', name: 'Shop' };
  }
  if (path === `/v3/projects/${cloud.project}/timeSeries`) return { timeSeries: timeSeries(cloud, query) };
  const policies = `/v3/projects/${cloud.project}/alertPolicies`;
  if (path === policies && method === 'GET') {
    const all = [...cloud.policies.values()].filter(labelFilter(query.get('filter') ?? ''));
    const { items, next } = pageOf(all, query, 'pageSize', cloud.pageSize);
    return {
      alertPolicies: items,
      totalSize: all.length,
      ...(next === undefined ? {} : { nextPageToken: next })
    };
  }
  if (path === policies && method === 'POST') {
    checkPolicy(cloud, body);
    const name = `projects/${cloud.project}/alertPolicies/${cloud.number()}`;
    const made = { ...body, name, enabled: body['enabled'] ?? true, ...written(cloud, body) };
    cloud.policies.set(name, made);
    return made;
  }
  if (path === `/v3/projects/${cloud.project}/notificationChannels`) {
    return { notificationChannels: [...cloud.channels.values()], totalSize: cloud.channels.size };
  }
  if (!path.startsWith(`${policies}/`)) return undefined;
  const name = path.slice('/v3/'.length);
  const found = cloud.policies.get(name);
  if (found === undefined) throw new GcpFault(404, 'NOT_FOUND', `Cannot find policy ${name}.`);
  if (method === 'GET') return found;
  if (method === 'DELETE') {
    cloud.policies.delete(name);
    return {};
  }
  const masked = query.get('updateMask');
  // A field that the mask names becomes what the body says; without a mask, everything does.
  const kept = masked === null ? {} : found;
  const change = masked === null ? body : Object.fromEntries(masked.split(',').map(field => [field, body[field]]));
  const next = { ...kept, ...change, name, ...written(cloud, body) };
  checkPolicy(cloud, next);
  cloud.policies.set(name, next);
  return next;
}

/** An hour or a month of each product, in nanos of a dollar. */
export const NANOS = {
  'Micro instance': 10_500_000,
  'Small instance': 35_000_000,
  vCPU: 41_300_000,
  RAM: 7_000_000,
  'Enterprise Plus N vCPU': 53_690_000,
  'Enterprise Plus N RAM': 9_100_000,
  'Standard storage': 170_000_000,
  'Low cost storage': 90_000_000,
  'Enterprise Plus Standard storage': 170_000_000
} as const;

/**
 * The catalogue of Cloud SQL. It holds other engines, regions and commitments too.
 * https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list
 */
function skus(query: URLSearchParams): Json {
  const all = ['PostgreSQL', 'MySQL'].flatMap(engine =>
    [
      ['us-central1', 'Americas', 1],
      ['europe-west1', 'Belgium', 1.1]
    ].flatMap(([region, place, dearer]) =>
      Object.entries(NANOS).flatMap(([words, nanos]) =>
        [
          ['Zonal', 1],
          ['Regional', 2]
        ].flatMap(([kind, times]) => {
          const price = Math.round(nanos * Number(dearer) * Number(times) * (engine === 'MySQL' ? 3 : 1));
          const description = `Cloud SQL for ${engine}: ${kind} - ${words} in ${place}`;
          return [
            sku(description, String(region), price, 'OnDemand'),
            sku(`Commitment - ${description}`, String(region), price / 2, 'Commit1Yr')
          ];
        })
      )
    )
  );
  const { items, next } = pageOf(all, query, 'pageSize', 50);
  return { skus: items, ...(next === undefined ? {} : { nextPageToken: next }) };
}

function sku(description: string, region: string, nanos: number, usageType: string): Json {
  return {
    name: 'services/9662-B51E-5089/skus/0009-6F35-3126',
    skuId: '0009-6F35-3126',
    description,
    category: {
      serviceDisplayName: 'Cloud SQL',
      resourceFamily: 'ApplicationServices',
      resourceGroup: 'SQL',
      usageType
    },
    serviceRegions: [region],
    pricingInfo: [
      {
        pricingExpression: {
          usageUnit: 'h',
          tieredRates: [{ startUsageAmount: 0, unitPrice: { currencyCode: 'USD', units: '0', nanos } }]
        }
      }
    ],
    serviceProviderName: 'Google'
  };
}

/** What was measured of one instance. */
function timeSeries(cloud: CloudState, query: URLSearchParams): readonly Json[] {
  const filter = query.get('filter') ?? '';
  const [, metric] = /metric\.type="cloudsql\.googleapis\.com\/database\/([^"]+)"/.exec(filter) ?? [];
  const [, name] = /database_id="[^:"]+:([^"]+)"/.exec(filter) ?? [];
  if (metric === undefined || query.get('interval.endTime') === null) {
    throw new GcpFault(400, 'INVALID_ARGUMENT', 'Field filter and interval are required.');
  }
  const end = Date.parse(query.get('interval.endTime') ?? '');
  const daily = cloud.daily.get(`${metric} ${query.get('aggregation.perSeriesAligner')} ${name ?? ''}`);
  if (daily !== undefined && query.get('aggregation.alignmentPeriod') === '86400s') {
    // Newest first. https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
    const points = daily.toReversed().map((value, at) => {
      const endTime = new Date(end - at * 86_400_000).toISOString();
      return {
        interval: { startTime: endTime, endTime },
        value: Number.isInteger(value) ? { int64Value: String(value) } : { doubleValue: value }
      };
    });
    return [{ points }];
  }
  const value = cloud.metrics.get(`${metric} ${name ?? ''}`);
  return value === undefined ? [] : [{ points: [{ value: { doubleValue: value } }] }];
}

/** `user_labels["team"]="shop"`: https://cloud.google.com/monitoring/api/v3/sorting-and-filtering */
function labelFilter(filter: string): (policy: Json) => boolean {
  if (filter === '') return () => true;
  const [, key, value] = /^user_labels\["([^"]+)"\]="([^"]*)"$/.exec(filter) ?? [];
  if (key === undefined) throw new GcpFault(400, 'INVALID_ARGUMENT', 'The filter is invalid.');
  return policy => object(policy['userLabels'])[key] === value;
}

/** Conditions get names of their own. */
function written(cloud: CloudState, body: Json): Json {
  if (body['conditions'] === undefined) return {};
  return {
    conditions: list(body['conditions']).map(one => ({ name: `conditions/${cloud.number()}`, ...object(one) }))
  };
}

function checkPolicy(cloud: CloudState, policy: Json): void {
  const refuse = (message: string): GcpFault => new GcpFault(400, 'INVALID_ARGUMENT', message);
  if (text(policy['displayName']) === '') throw refuse('Field alert_policy.display_name must not be empty.');
  checkLabels(object(policy['userLabels']));
  for (const channel of list(policy['notificationChannels']).map(text)) {
    if (!cloud.channels.has(channel)) throw refuse(`Cannot find notification channel ${channel}.`);
  }
  for (const condition of list(policy['conditions']).map(object)) {
    const threshold = object(condition['conditionThreshold']);
    if (!/resource\.type\s*=\s*"cloudsql_database"/.test(text(threshold['filter']))) {
      throw refuse('Field alert_policy.conditions[0].condition_threshold.filter must restrict the resource type.');
    }
    const seconds = Number(/^(\d+)s$/.exec(text(threshold['duration']))?.[1] ?? NaN);
    if (Number.isNaN(seconds) || seconds % 60 !== 0) {
      throw refuse('Field alert_policy.conditions[0].condition_threshold.duration must be a multiple of 60 s.');
    }
    // https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/64502
    // https://github.com/chainguard-dev/terraform-infra-common/pull/783
    const period = Number.parseInt(text(object(list(threshold['aggregations'])[0])['alignmentPeriod']), 10);
    if (seconds > 84_600 || seconds + period > 90_000) {
      throw refuse('Field alert_policy.conditions[0].condition_threshold.duration is too long.');
    }
  }
}

/** The job's identity, what Google gives for it, and the token of the service account that is got by that. */
function loginAnswer(path: string): Json | undefined {
  if (path === '/identity') return { value: 'identity-of-the-workflow' };
  if (path.endsWith(':generateAccessToken')) {
    return { accessToken: ACCESS_TOKEN, expireTime: new Date(Date.now() + 3_600_000).toISOString() };
  }
  // Where a user's refresh token is exchanged: https://google.aip.dev/auth/4116
  if (path === '/v1/oauthtoken') return { access_token: ACCESS_TOKEN, token_type: 'Bearer', expires_in: 3600 };
  if (path !== '/v1/token') return undefined;
  return {
    access_token: 'ya29.federated-token-of-the-fake',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3600
  };
}
