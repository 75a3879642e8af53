import { AzureFault, notFound } from './azure-fault.ts';
import type { Call, Json, Result, CloudState } from './state.ts';

/** The supporting resources of a server: locks, diagnostic settings, metric alerts. `undefined` for any other path. */
export function aroundCall({ cloud, method, url, body }: Call): Result | undefined {
  const [, scope, provider, type, name] =
    /^(.*)\/providers\/(Microsoft\.Insights|Microsoft\.Authorization)\/([^/]+)(?:\/([^/]+))?$/i.exec(url.pathname) ??
    [];
  if (scope === undefined || provider === undefined || type === undefined) return undefined;
  if (type === 'permissions') return permissions(cloud);
  if (type === 'metrics') {
    const metric = url.searchParams.get('metricnames') ?? '';
    if (url.searchParams.get('interval') === 'P1D') return dailyMetrics(cloud, scope, url);
    const value = cloud.metrics.get(`${metric} ${scope.split('/').at(-1) ?? ''}`);
    const data = value === undefined ? [] : [{ maximum: value }, {}];
    return { status: 200, body: { value: [{ name: { value: metric }, timeseries: [{ data }] }] } };
  }
  const prefix = `${scope}/providers/${provider}/${type}/`;
  if (name === undefined && type === 'locks') return { status: 200, body: { value: locksAt(cloud, scope) } };
  if (name === undefined) {
    const found = [...cloud.around].filter(([id]) => id.startsWith(prefix.toLowerCase())).map(([, value]) => value);
    if (type.toLowerCase() !== 'metricalerts') return { status: 200, body: { value: found } };
    const from = Number(url.searchParams.get('$skiptoken') ?? 0);
    const next = new URL(url);
    next.searchParams.set('$skiptoken', String(from + cloud.pageSize));
    const more = from + cloud.pageSize < found.length ? { nextLink: next.href } : {};
    return { status: 200, body: { value: found.slice(from, from + cloud.pageSize), ...more } };
  }
  const id = `${prefix}${name}`;
  const before = cloud.around.get(id.toLowerCase());
  if (method === 'GET') {
    if (before === undefined) throw notFound(id);
    return { status: 200, body: before };
  }
  if (type !== 'locks') refuseLocked(cloud, id, method);
  if (method === 'DELETE') {
    return cloud.around.delete(id.toLowerCase()) ? { status: 200 } : { status: 204 };
  }
  const value = { ...body, id, name, type: `${provider}/${type}` };
  cloud.around.set(id.toLowerCase(), value);
  return { status: before === undefined ? 201 : 200, body: value };
}

/** https://learn.microsoft.com/rest/api/monitor/metrics/list: a list of names, and days without a value. */
function dailyMetrics(cloud: CloudState, scope: string, url: URL): Result {
  const end = Date.parse((url.searchParams.get('timespan') ?? '').split('/')[1] ?? '');
  const value = (url.searchParams.get('metricnames') ?? '').split(',').map(name => {
    const days = cloud.daily.get(`${name} ${scope.split('/').at(-1) ?? ''}`) ?? [];
    const data = days.map(([average, maximum], at) => ({
      timeStamp: new Date(end - (days.length - 1 - at) * 86_400_000).toISOString(),
      average,
      maximum
    }));
    return { name: { value: name }, timeseries: [{ data: [{ timeStamp: new Date(end).toISOString() }, ...data] }] };
  });
  return { status: 200, body: { value } };
}

/** Those at a scope, below it and above it. */
function locksAt(cloud: CloudState, scope: string): readonly Json[] {
  const here = scope.toLowerCase();
  return [...cloud.around].flatMap(([id, value]) => {
    const [, at] = /^(.*)\/providers\/microsoft\.authorization\/locks\//.exec(id) ?? [];
    return at !== undefined && (here.startsWith(at) || at.startsWith(here)) ? [value] : [];
  });
}

/**
 * Throws `ScopeLocked` for what a lock on it, or above it, forbids: its deletion, and its change too where the lock is
 * read-only. https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
 */
export function refuseLocked(cloud: CloudState, id: string, method = 'DELETE'): void {
  if (method === 'GET') return;
  for (const [key, lock] of cloud.around) {
    const [, scope] = /^(.*)\/providers\/microsoft\.authorization\/locks\//.exec(key) ?? [];
    const isReadOnly = (lock['properties'] as Json | undefined)?.['level'] === 'ReadOnly';
    if (scope === undefined || (method !== 'DELETE' && !isReadOnly)) continue;
    if (id.toLowerCase() === scope || id.toLowerCase().startsWith(`${scope}/`))
      throw new AzureFault(
        409,
        'ScopeLocked',
        `The scope '${id}' cannot perform ${method === 'DELETE' ? 'delete' : 'write'} operation because following scope(s) are locked: '${scope}'. Please remove the lock and try again.`
      );
  }
}

function permissions(cloud: CloudState): Result {
  return {
    status: 200,
    body: { value: [{ actions: ['*'], notActions: [...cloud.denied], dataActions: [], notDataActions: [] }] }
  };
}
