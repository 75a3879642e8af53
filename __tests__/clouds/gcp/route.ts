import { connectSettings, generateEphemeralCert } from './connect.ts';
import { executeSql } from './execute-sql.ts';
import { FLAGS, TIERS } from './catalogue.ts';
import { clone, createBackup, recoveryTimes, restoreBackup } from './copies.ts';
import { GcpFault } from './fault.ts';
import { within } from './child-resources.ts';
import { act, get, insert, update } from './instances.ts';
import { list, object, type Json } from './json.ts';
import { begin, look, operationOf, pass } from './operations.ts';
import { pageOf } from './page.ts';
import { remove } from './removal.ts';
import { instanceOf, type CloudState } from './state.ts';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
}

export interface Routed {
  /** `instances.insert`. */
  readonly action: string;
  /** The message of the answer, and of the request's body. */
  readonly answers: string;
  readonly takes: string;
  readonly run: (body: Json) => Json | Promise<Json>;
}

/**
 * `settings.userLabels.team:shop state:RUNNABLE`, as the description of `instances.list` has it. A colon asks whether
 * the member has the text.
 */
function filterOf(filter: string): (instance: Json) => boolean {
  const terms = filter.split(/\s+/).filter(term => term !== '');
  const read = terms.map(term => /^([\w.-]+):([\w.-]+)$/.exec(term) ?? []);
  if (read.some(([whole]) => whole === undefined)) throw new GcpFault(400, 'invalid', 'Invalid filter.');
  return instance =>
    read.every(([, place = '', value = '']) => {
      const member = place.split('.').reduce<unknown>((at, name) => object(at)[name], instance);
      return typeof member === 'string' && member.includes(value);
    });
}

/** The message of the body, by the method. */
const TAKES: Readonly<Record<string, string>> = {
  failover: 'InstancesFailoverRequest',
  preCheckMajorVersionUpgrade: 'InstancesPreCheckMajorVersionUpgradeRequest',
  rescheduleMaintenance: 'SqlInstancesRescheduleMaintenanceRequestBody'
};

/** Which method of Cloud SQL a call means; undefined: none. */
export function route(cloud: CloudState, { method, path, query }: Call): Routed | undefined {
  if (path === '/v1/flags') {
    const [version, scope] = [query.get('databaseVersion'), query.get('flagScope') ?? 'SQL_FLAG_SCOPE_DATABASE'];
    const items = FLAGS.filter(
      one => one['flagScope'] === scope && (version === null || list(one['appliesTo']).includes(version))
    );
    return read('flags.list', 'FlagsListResponse', () => ({ kind: 'sql#flagsList', items }));
  }
  const [, version, projects, project, group, first, below, id] = path.split('/').map(part => decodeURIComponent(part));
  if (version !== 'v1' || projects !== 'projects' || project !== cloud.project) return undefined;
  if (group === 'tiers')
    return read('tiers.list', 'TiersListResponse', () => ({ kind: 'sql#tiersList', items: TIERS }));
  if (group === 'operations') {
    if (first !== undefined) return read('operations.get', 'Operation', () => look(cloud, operationOf(cloud, first)));
    return read('operations.list', 'OperationsListResponse', () => {
      const target = query.get('instance');
      const all = [...cloud.operations.values()].filter(one => target === null || one.instance === target).reverse();
      return page(
        cloud,
        query,
        'sql#operationsList',
        all.map(one => look(cloud, one))
      );
    });
  }
  if (group === 'backups') return backups(cloud, method, query, first);
  if (group !== 'instances') return undefined;
  if (first === undefined) {
    if (method === 'POST') return change('instances.insert', 'DatabaseInstance', body => insert(cloud, body));
    return read('instances.list', 'InstancesListResponse', () => {
      for (const name of cloud.instances.keys()) pass(cloud, name);
      const all = [...cloud.instances.values()].map(one => one.json).filter(filterOf(query.get('filter') ?? ''));
      const warning = cloud.warnings.get('instances.list');
      return {
        ...page(cloud, query, 'sql#instancesList', all),
        ...(warning === undefined ? {} : { warnings: [warning] })
      };
    });
  }
  const signed = /^(.+):generateEphemeralCert$/.exec(first)?.[1];
  if (signed !== undefined && method === 'POST') {
    return {
      action: 'connect.generateEphemeralCert',
      answers: 'GenerateEphemeralCertResponse',
      takes: 'GenerateEphemeralCertRequest',
      run: body => generateEphemeralCert(cloud, signed, body)
    };
  }
  if (below === undefined) {
    if (method === 'GET') return read('instances.get', 'DatabaseInstance', () => get(cloud, first));
    if (method === 'DELETE') return change('instances.delete', '', () => remove(cloud, first, query));
    const how = method === 'PATCH' ? 'merge' : 'replace';
    return change(`instances.${method === 'PATCH' ? 'patch' : 'update'}`, 'DatabaseInstance', body =>
      update(cloud, first, body, how)
    );
  }
  if (below === 'listServerCas') {
    return read('instances.listServerCas', 'InstancesListServerCasResponse', () => {
      instanceOf(cloud, first);
      return { kind: 'sql#instancesListServerCas', certs: [] };
    });
  }
  if (below === 'executeSql') {
    return {
      action: 'instances.executeSql',
      answers: 'SqlInstancesExecuteSqlResponse',
      takes: 'ExecuteSqlPayload',
      run: async body => executeSql(cloud, first, body)
    };
  }
  if (below === 'connectSettings') {
    return read('connect.get', 'ConnectSettings', () => connectSettings(cloud, first));
  }
  if (below === 'getLatestRecoveryTime') {
    return read('instances.getLatestRecoveryTime', 'SqlInstancesGetLatestRecoveryTimeResponse', () =>
      recoveryTimes(cloud, first, query.get('sourceInstanceDeletionTime') ?? '')
    );
  }
  if (below === 'clone') return change('instances.clone', 'InstancesCloneRequest', body => clone(cloud, first, body));
  if (below === 'restoreBackup') {
    return change('instances.restoreBackup', 'InstancesRestoreBackupRequest', body =>
      restoreBackup(cloud, first, body)
    );
  }
  const messages: Readonly<Record<string, readonly [string, string]>> = {
    databases: ['Database', 'DatabasesListResponse'],
    users: ['User', 'UsersListResponse'],
    backupRuns: ['BackupRun', 'BackupRunsListResponse']
  };
  const [one, many] = messages[below] ?? [];
  if (one === undefined || many === undefined)
    return change(`instances.${below}`, TAKES[below] ?? '', body => act(cloud, first, below, body));
  const key = id ?? (below === 'users' && method !== 'POST' ? (query.get('name') ?? undefined) : undefined);
  const run = (body: Json): Json => within(cloud, { instance: first, collection: below, id: key, method, body });
  const verbs: Readonly<Record<string, string>> = { POST: 'insert', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
  if (method !== 'GET') return change(`${below}.${verbs[method] ?? method}`, one, run);
  return read(`${below}.${key === undefined ? 'list' : 'get'}`, key === undefined ? many : one, () => run({}));
}

const read = (action: string, answers: string, run: () => Json): Routed => ({ action, answers, takes: '', run });
const change = (action: string, takes: string, run: (body: Json) => Json): Routed => ({
  action,
  answers: 'Operation',
  takes,
  run
});

function backups(cloud: CloudState, method: string, query: URLSearchParams, id: string | undefined): Routed {
  if (method === 'POST') return change('backups.CreateBackup', 'Backup', body => createBackup(cloud, body));
  if (id === undefined) {
    return read('backups.ListBackups', 'ListBackupsResponse', () => {
      for (const name of cloud.instances.keys()) pass(cloud, name);
      const { items, next } = pageOf([...cloud.backups.values()].reverse(), query, 'pageSize', cloud.pageSize);
      return { backups: items, ...(next === undefined ? {} : { nextPageToken: next }) };
    });
  }
  const name = `projects/${cloud.project}/backups/${id}`;
  const found = (): Json => {
    const backup = cloud.backups.get(name);
    if (backup === undefined) throw new GcpFault(404, 'notFound', 'The backup does not exist.');
    return backup;
  };
  if (method === 'GET') return read('backups.GetBackup', 'Backup', found);
  return change('backups.DeleteBackup', '', () => {
    found();
    return begin(cloud, name, 'DELETE_BACKUP', () => cloud.backups.delete(name));
  });
}

function page(cloud: CloudState, query: URLSearchParams, kind: string, all: readonly Json[]): Json {
  const { items, next } = pageOf(all, query, 'maxResults', cloud.pageSize);
  return { kind, items, ...(next === undefined ? {} : { nextPageToken: next }) };
}
