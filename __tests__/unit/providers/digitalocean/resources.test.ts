import type { Change } from '../../../../src/engine/plan.ts';
import type { CreationWork, Observed } from '../../../../src/engine/resource.ts';
import type { Value } from '../../../../src/engine/value.ts';
import { markTags } from '../../../../src/providers/digitalocean/api/tags.ts';
import type { Replica } from '../../../../src/providers/digitalocean/api/types.ts';
import { digitalocean } from '../../../../src/providers/digitalocean/provider.ts';
import {
  cluster,
  contextOf,
  InTurn,
  live,
  MARK,
  refusedAs,
  TAGS,
  THEIRS,
  told,
  unlike,
  type Answers,
  type Asking
} from '../../../support/digitalocean-answers.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What each resource is read as, and what is sent to make, change and remove it: each request whole, in the golden
 * file. `UPDATE_GOLDENS=1` writes it, to be read.
 */
type With = Readonly<Record<string, string>>;
type Act = 'observe' | 'create' | 'update' | 'remove';

interface Case {
  readonly title: string;
  readonly act: Act;
  readonly answers?: Answers;
  readonly inputs?: With;
  readonly values?: Readonly<Record<string, Value>>;
  readonly changes?: readonly (readonly [field: string, to: Value, from?: Value])[];
  readonly observed?: Partial<Observed>;
}

const at = (kind: string): string => `/databases/7/${kind}`;
const denied = refusedAs('denied');
const busy = refusedAs('busy', 'The cluster is not online');
const lost = refusedAs('transient', 'No answer');
const invalid = refusedAs('invalid', 'It does not take that');
const taken = refusedAs('already-exists', 'It exists');
const gone = refusedAs('not-found', 'There is none');
const NONE: Answers = { 'GET /databases': {}, 'GET /tags?per_page=1': {} };
const UNMARKED: Answers = { ...live({ tags: null }), 'GET /tags?per_page=1': {} };

/** How each part of a cluster is made, changed and removed, with a call that is sent and one that is refused. */
function childCases(of: {
  kind: string;
  key: string;
  values: Case['values'];
  found: Answers;
  observed: Case['observed'];
}): readonly Case[] {
  const { kind, key, values = {}, found, observed = {} } = of;
  const post = `POST ${at(kind)}`;
  const put = `PUT ${at(`${kind}/${key}`)}`;
  const remove = `DELETE ${at(`${kind}/${key}`)}`;
  return [
    { title: 'that is new', act: 'create', values, answers: { ...live(), [post]: {} } },
    { title: 'that exists', act: 'create', values, answers: { ...live(), [post]: taken } },
    { title: 'whose answer is lost', act: 'create', values, answers: { ...live(), ...found, [post]: lost } },
    {
      title: 'whose request is lost',
      act: 'create',
      values,
      answers: { ...live(), [post]: new InTurn(lost, {}) }
    },
    { title: 'of a cluster at work', act: 'create', values, answers: { ...live(), [post]: new InTurn(busy, {}) } },
    { title: 'of no cluster', act: 'create', values, answers: NONE },
    { title: 'that changes', act: 'update', values, observed, answers: { ...live(), [put]: {} } },
    { title: 'that is not there', act: 'update', values, observed, answers: live() },
    { title: 'that is there', act: 'remove', observed, answers: { ...live(), [remove]: {} } },
    { title: 'that is gone', act: 'remove', observed, answers: live() },
    { title: 'of a cluster at work', act: 'remove', observed, answers: { ...live(), [remove]: new InTurn(busy, {}) } }
  ];
}

const POOL = { name: 'defaultdb-pool', mode: 'transaction', size: 10, db: 'defaultdb', user: 'doadmin' };
const pools = (...all: readonly object[]): Answers => ({ ...live(), [`GET ${at('pools')}`]: { pools: all } });
const PROXY = { enable_proxy: 'true' };
const CONFIG = 'pool_mode: session\ndefault_pool_size: 5';
const hosts = (host: string, more: object = {}): object => ({ ...POOL, connection: { host, ...more } });

const POOLS: readonly Case[] = [
  { title: 'that no input mentions', act: 'observe', answers: pools(POOL) },
  { title: 'of no cluster', act: 'observe', inputs: PROXY, answers: NONE },
  { title: 'that is not there', act: 'observe', inputs: PROXY, answers: pools() },
  { title: 'without a list', act: 'observe', inputs: PROXY, answers: { ...live(), [`GET ${at('pools')}`]: {} } },
  { title: 'without a host', act: 'observe', inputs: PROXY, answers: pools(POOL) },
  { title: 'with a host', act: 'observe', inputs: PROXY, answers: pools(hosts('one.example')) },
  { title: 'with a host and a port', act: 'observe', inputs: PROXY, answers: pools(hosts('one.example', { port: 5 })) },
  {
    title: 'with a host in its network alone, of no user',
    act: 'observe',
    inputs: PROXY,
    answers: pools({
      ...POOL,
      user: undefined,
      connection: { host: '' },
      private_connection: { host: 'private.example', port: 6 }
    })
  },
  { title: 'of another name', act: 'observe', inputs: PROXY, answers: pools({ ...POOL, name: 'theirs' }) },
  ...[{ db: 'other' }, { user: 'other' }, { user: undefined }, { mode: 'session' }, { size: 11 }].map((more): Case => ({
    title: `of another name, with ${Object.entries(more).join()}`,
    act: 'observe',
    inputs: PROXY,
    answers: pools({ ...POOL, name: 'theirs', ...more })
  })),
  ...[{}, { mode: 'session' }, { size: 5 }, { mode: 'session', size: 5 }].map((more): Case => ({
    title: `of another name where inputs name mode and size, with ${JSON.stringify(more)}`,
    act: 'observe',
    inputs: { ...PROXY, proxy_config: CONFIG },
    answers: pools({ ...POOL, name: 'theirs', ...more })
  })),
  {
    title: 'of another name where an input names it',
    act: 'observe',
    inputs: { ...PROXY, pool_name: 'ours' },
    answers: pools({ ...POOL, name: 'theirs' })
  },
  {
    title: 'of another name where none is asked for',
    act: 'observe',
    inputs: { enable_proxy: 'false' },
    answers: pools({ ...POOL, name: 'theirs' })
  },
  {
    title: 'that may not be read',
    act: 'observe',
    inputs: PROXY,
    answers: { ...live(), [`GET ${at('pools')}`]: denied }
  },
  ...childCases({
    kind: 'pools',
    key: 'defaultdb-pool',
    values: { mode: 'session', size: 5, database: 'defaultdb', user: 'doadmin' },
    found: { [`GET ${at('pools/defaultdb-pool')}`]: { pool: POOL } },
    observed: {
      fields: { mode: 'transaction', size: 10, database: 'defaultdb', user: null },
      facts: { name: POOL.name }
    }
  })
];

const named = (users: readonly string[]): readonly { readonly name: string }[] => users.map(name => ({ name }));
const OTHERS = markTags({ ...MARK, version: 2, ownTags: [] });

const USERS: readonly Case[] = [
  { title: 'of no cluster', act: 'observe', inputs: { master_username: 'keeper' }, answers: NONE },
  { title: 'that no input mentions', act: 'observe', answers: live({ users: named(['doadmin', 'ann']) }) },
  {
    title: 'that no input mentions, of a cluster with a memory',
    act: 'observe',
    answers: live({ users: named(['doadmin', 'ann']), tags: OTHERS })
  },
  { title: 'that is the first', act: 'observe', inputs: { master_username: 'doadmin' }, answers: live() },
  { title: 'that is not there', act: 'observe', inputs: { master_username: 'keeper' }, answers: live() },
  {
    title: 'that is there',
    act: 'observe',
    inputs: { master_username: 'keeper' },
    answers: {
      ...live({ users: named(['doadmin', 'keeper', 'ann']) }),
      [`GET ${at('users/keeper')}`]: { user: { name: 'keeper' } }
    }
  },
  {
    title: 'that may not be read',
    act: 'observe',
    inputs: { master_username: 'keeper' },
    answers: { ...live(), [`GET ${at('users/keeper')}`]: denied }
  },
  ...childCases({
    kind: 'users',
    key: 'a%2Fb',
    values: { name: 'a/b' },
    found: { [`GET ${at('users/a%2Fb')}`]: {} },
    observed: { facts: { name: 'a/b' } }
  })
];

const DATABASES: readonly Case[] = [
  { title: 'of no cluster', act: 'observe', inputs: { database_name: 'shop' }, answers: NONE },
  { title: 'that no input mentions', act: 'observe', answers: live({ db_names: ['defaultdb', 'other'] }) },
  {
    title: 'that no input mentions, of a cluster with a memory',
    act: 'observe',
    answers: live({ db_names: ['defaultdb', 'other'], tags: OTHERS })
  },
  { title: 'that is not there', act: 'observe', inputs: { database_name: 'shop' }, answers: live() },
  {
    title: 'that is there',
    act: 'observe',
    inputs: { database_name: 'shop' },
    answers: { ...live({ db_names: ['defaultdb', 'shop', 'other'] }), [`GET ${at('dbs/shop')}`]: {} }
  },
  {
    title: 'that may not be read',
    act: 'observe',
    inputs: { database_name: 'shop' },
    answers: { ...live(), [`GET ${at('dbs/shop')}`]: denied }
  },
  ...childCases({
    kind: 'dbs',
    key: 'shop',
    values: { name: 'shop' },
    found: { [`GET ${at('dbs/shop')}`]: {} },
    observed: { facts: { name: 'shop' } }
  })
];

const RSYSLOG = { server: 'logs.example.com', port: 6514, tls: true, format: 'rfc5424' };
const sink = (more: object = {}): object => ({
  sink_id: '3',
  sink_name: 'pgkeep',
  sink_type: 'rsyslog',
  config: RSYSLOG,
  ...more
});
const sinks = (...all: readonly object[]): Answers => ({ ...live(), [`GET ${at('logsink')}`]: { sinks: all } });
const LOGGING = { enable_logging: 'true', log_sink: 'server: logs.example.com\nport: 6514' };
const SEARCH = {
  enable_logging: 'true',
  log_sink: 'type: opensearch\nindex_prefix: shop',
  log_sink_url: 'https://user:Canary-horse-8431@search.example.com:9200'
};
const SEARCH_SINK = {
  sink_type: 'opensearch',
  config: { url: 'https://user:x@search.example.com:9200', index_prefix: 'shop', index_days_max: 3 }
};

const SINKS: readonly Case[] = [
  { title: 'that no input mentions', act: 'observe', answers: sinks(sink()) },
  { title: 'of no cluster', act: 'observe', inputs: LOGGING, answers: NONE },
  { title: 'that is not there', act: 'observe', inputs: LOGGING, answers: live() },
  { title: 'without a list', act: 'observe', inputs: LOGGING, answers: { ...live(), [`GET ${at('logsink')}`]: {} } },
  { title: 'that is there', act: 'observe', inputs: LOGGING, answers: sinks(sink({ sink_name: 'theirs' }), sink()) },
  { title: 'without a configuration', act: 'observe', inputs: LOGGING, answers: sinks(sink({ config: undefined })) },
  {
    title: 'of a search cluster without a configuration',
    act: 'observe',
    inputs: SEARCH,
    answers: sinks(sink({ ...SEARCH_SINK, config: undefined }))
  },
  { title: 'of a search cluster', act: 'observe', inputs: SEARCH, answers: sinks(sink(SEARCH_SINK)) },
  { title: 'of another name', act: 'observe', inputs: LOGGING, answers: sinks(sink({ sink_name: 'theirs' })) },
  {
    title: 'of another name, to another port',
    act: 'observe',
    inputs: LOGGING,
    answers: sinks(sink({ sink_name: 'theirs', config: { ...RSYSLOG, port: 1 } }))
  },
  {
    title: 'of another name, of a search cluster',
    act: 'observe',
    inputs: SEARCH,
    answers: sinks(sink({ ...SEARCH_SINK, sink_name: 'theirs' }))
  },
  {
    title: 'of another name where an input names it',
    act: 'observe',
    inputs: { ...LOGGING, log_sink_name: 'ours' },
    answers: sinks(sink({ sink_name: 'theirs' }))
  },
  {
    title: 'of another name where none is asked for',
    act: 'observe',
    inputs: { ...LOGGING, enable_logging: 'false' },
    answers: sinks(sink({ sink_name: 'theirs' }))
  },
  ...childCases({
    kind: 'logsink',
    key: '3',
    values: { type: 'rsyslog', server: 'logs.example.com', port: 6514, tls: true, format: 'rfc5424' },
    found: { [`GET ${at('logsink')}`]: { sinks: [sink()] } },
    observed: { fields: { type: 'rsyslog', ...RSYSLOG, port: 1 }, facts: { sink: '3' } }
  }),
  {
    title: 'of a search cluster that changes',
    act: 'update',
    values: { index_days_max: 4, log_sink_url: 'https://user:secret@search.example.com:9200' },
    observed: {
      fields: { type: 'opensearch', place: 'https://search.example.com:9200', index_prefix: 'shop', index_days_max: 3 },
      facts: { sink: '3' }
    },
    answers: { ...live(), [`PUT ${at('logsink/3')}`]: {} }
  }
];

const configured = (config: object): Answers => ({ ...live(), [`GET ${at('config')}`]: { config } });
const TUNED = { parameters: 'jit: off' };
const patched: Answers = { ...live(), [`PATCH ${at('config')}`]: {} };

const CONFIGURATIONS: readonly Case[] = [
  { title: 'that no input mentions', act: 'observe', answers: configured({ jit: true }) },
  { title: 'of no cluster', act: 'observe', inputs: TUNED, answers: NONE },
  { title: 'that is not found', act: 'observe', inputs: TUNED, answers: live() },
  { title: 'that is empty', act: 'observe', inputs: TUNED, answers: { ...live(), [`GET ${at('config')}`]: {} } },
  {
    title: 'with all kinds of values',
    act: 'observe',
    inputs: { backup_window: '03:30-04:30' },
    answers: configured({
      jit: true,
      backup_hour: 3,
      backup_minute: 5,
      list: [1],
      pgbouncer: { min_pool_size: 2, ignore_startup_parameters: ['a'] },
      other: { a: 1 }
    })
  },
  { title: 'with an hour alone', act: 'observe', inputs: TUNED, answers: configured({ backup_hour: 12 }) },
  { title: 'with minutes alone', act: 'observe', inputs: TUNED, answers: configured({ backup_minute: 12 }) },
  {
    title: 'with parameters and a time',
    act: 'update',
    values: { 'parameters.jit': false, 'parameters.work_mem': 16, backup_time: '03:30' },
    changes: [
      ['parameters.jit', false],
      ['parameters.work_mem', 16],
      ['backup_time', '03:30']
    ],
    answers: patched
  },
  {
    title: 'with a part of a group, and one that is unset',
    act: 'create',
    values: { 'parameters.pgbouncer.min_pool_size': 3, 'parameters.jit': false },
    changes: [
      ['parameters.pgbouncer.min_pool_size', 3],
      ['parameters.work_mem', null]
    ],
    answers: { ...patched, ...configured({ pgbouncer: { min_pool_size: 1, server_lifetime: 60 } }), ...patched }
  },
  {
    title: 'with a time alone',
    act: 'update',
    values: { backup_time: '03:30', 'parameters.jit': false },
    changes: [['backup_time', '03:30']],
    answers: patched
  },
  {
    title: 'with a time that stays',
    act: 'update',
    values: { backup_time: '03:30', 'parameters.jit': false },
    changes: [['parameters.jit', false]],
    answers: patched
  },
  {
    title: 'with a time that is refused',
    act: 'update',
    values: { backup_time: '03:30' },
    changes: [['backup_time', '03:30']],
    answers: { ...live(), [`PATCH ${at('config')}`]: invalid }
  },
  {
    title: 'with a time that may not be set',
    act: 'update',
    values: { backup_time: '03:30' },
    changes: [['backup_time', '03:30']],
    answers: { ...live(), [`PATCH ${at('config')}`]: denied }
  },
  {
    title: 'with parameters of which one is refused',
    act: 'update',
    values: { 'parameters.jit': false, 'parameters.work_mem': 16 },
    changes: [
      ['parameters.jit', false],
      ['parameters.work_mem', 16]
    ],
    answers: { ...live(), [`PATCH ${at('config')}`]: new InTurn(invalid, {}, invalid) }
  },
  { title: 'that is there', act: 'remove', answers: live() }
];

const policy = (more: object = {}): object => ({
  uuid: 'p1',
  type: 'v1/dbaas/alerts/cpu_alerts',
  description: 'pgkeep: CPU of orders',
  value: 80,
  window: '5m',
  enabled: true,
  entities: ['7'],
  alerts: { email: ['b@example.com', 'a@example.com'] },
  ...more
});
const LIST = '/monitoring/alerts?per_page=200';
const policies = (...all: readonly object[]): Answers => ({ ...live(), [`GET ${LIST}`]: { policies: all } });
const WATCHED = { alarms: 'cpu: {}' };
const ALARM = { percent: 90, window: '10m', emails: ['ops@example.com'], enabled: true };
const OF_P1 = { observed: { fields: ALARM, facts: { uuid: 'p1' } } };

const ALARMS: readonly Case[] = [
  { title: 'of no cluster', act: 'observe', inputs: WATCHED, answers: NONE },
  { title: 'that is there', act: 'observe', inputs: WATCHED, answers: policies(policy()) },
  {
    title: 'without addresses, off',
    act: 'observe',
    inputs: WATCHED,
    answers: policies(policy({ alerts: undefined, enabled: false }))
  },
  ...[
    { entities: ['8'] },
    { entities: null },
    { description: 'pgkeep: CPU of others' },
    { type: 'v1/dbaas/alerts/memory_utilization_alerts' },
    { type: 'v1/dbaas/alerts/memory_utilization_alerts', description: 'pgkeep: used memory of orders' }
  ].map((more): Case => ({
    title: `with ${JSON.stringify(more)}`,
    act: 'observe',
    inputs: WATCHED,
    answers: policies(policy(more))
  })),
  { title: 'that may not be read', act: 'observe', inputs: WATCHED, answers: { ...live(), [`GET ${LIST}`]: denied } },
  {
    title: 'that no input mentions and may not be read',
    act: 'observe',
    answers: { ...live(), [`GET ${LIST}`]: denied }
  },
  { title: 'that no input mentions and fails', act: 'observe', answers: { ...live(), [`GET ${LIST}`]: invalid } },
  { title: 'that is new', act: 'create', values: ALARM, answers: { ...live(), 'POST /monitoring/alerts': {} } },
  {
    title: 'without addresses',
    act: 'create',
    values: { percent: 90, window: '5m' },
    answers: { ...live(), 'POST /monitoring/alerts': {} }
  },
  {
    title: 'whose answer is lost',
    act: 'create',
    values: ALARM,
    answers: { ...policies(policy()), 'POST /monitoring/alerts': lost }
  },
  ...[{ entities: ['8'] }, { description: 'pgkeep: CPU of others' }].map((more): Case => ({
    title: `whose request is lost, near one with ${JSON.stringify(more)}`,
    act: 'create',
    values: ALARM,
    answers: { ...policies(policy(more)), 'POST /monitoring/alerts': new InTurn(lost, {}) }
  })),
  {
    ...OF_P1,
    title: 'with another window',
    act: 'update',
    values: { window: '1h' },
    answers: { ...live(), 'PUT /monitoring/alerts/p1': {} }
  },
  { ...OF_P1, title: 'that is there', act: 'remove', answers: { ...live(), 'DELETE /monitoring/alerts/p1': {} } },
  { ...OF_P1, title: 'that is gone', act: 'remove', answers: live() }
];

const follower = (more: Partial<Replica> = {}): object => ({
  id: '8',
  name: 'orders-replica-1',
  region: 'nyc3',
  size: 'db-s-1vcpu-1gb',
  status: 'online',
  storage_size_mib: 30_720,
  tags: TAGS,
  ...more
});
const REPLICA_AT = at('replicas/orders-replica-1');
const shown = (...all: readonly object[]): Answers => ({
  [`GET ${REPLICA_AT}`]: new InTurn(
    ...(all.length === 0 ? [follower()] : all).map(one => (one instanceof Error ? one : { replica: one }))
  )
});
const replicas = (...all: readonly object[]): Answers => ({ ...live(), [`GET ${at('replicas')}`]: { replicas: all } });
const sourcesOf = (id: string, ...rules: readonly object[]): Answers => ({
  [`GET /databases/${id}/firewall`]: { rules }
});
const cidr = (value: string, description?: string): object => ({ type: 'ip_addr', value, description });
const RUNNER = 'pgkeep-run-01234567-1-1-012345-20260101T000000Z';
const OURS = cidr('203.0.113.0/24', 'pgkeep');
const WRITES: Answers = {
  'PUT /databases/8/firewall': {},
  'PUT /databases/8/resize': {},
  [`POST ${at('replicas')}`]: {}
};
const OF_8 = { facts: { id: '8', name: 'orders-replica-1' }, fields: { size: 'db-s-1vcpu-1gb', region: 'nyc3' } };
const NEW_REPLICA = { size: 'db-s-1vcpu-1gb', region: 'sfo3', storage_size_mib: 30_720, private_network: 'vpc' };

const REPLICAS: readonly Case[] = [
  { title: 'of no cluster', act: 'observe', answers: NONE },
  { title: 'without a list', act: 'observe', answers: { ...live(), [`GET ${at('replicas')}`]: {} } },
  {
    title: 'of all kinds',
    act: 'observe',
    answers: {
      ...replicas(
        follower({ connection: { host: 'one.example', port: 5 }, private_network_uuid: 'vpc' }),
        follower({ id: '9', name: 'orders-replica-sfo3', region: 'sfo3', tags: THEIRS }),
        follower({ id: '10', name: 'other', tags: null, private_connection: { host: 'in.example' } }),
        follower({ id: '11', name: 'orders-replica-2' }),
        follower({ id: '12', name: 'orders-replica-3' })
      ),
      ...sourcesOf('8', OURS, cidr('198.51.100.7'), cidr('192.0.2.1', RUNNER), { type: 'tag', value: 'web' }),
      ...sourcesOf('9'),
      'GET /databases/10/firewall': {},
      'GET /databases/11/firewall': denied
    }
  },
  {
    title: 'with networks of others where an input names some',
    act: 'observe',
    inputs: { allowed_cidr_blocks: '198.51.100.7/32' },
    answers: {
      ...replicas(follower()),
      ...sourcesOf('8', OURS, cidr('198.51.100.7', 'theirs'), cidr('192.0.2.1', 'theirs'))
    }
  },
  {
    title: 'that is new, with sources',
    act: 'create',
    values: { ...NEW_REPLICA, trusted_sources: ['203.0.113.0/24', '198.51.100.7/32'] },
    answers: {
      ...live(),
      ...shown(),
      ...WRITES,
      ...sourcesOf('7', OURS, cidr('192.0.2.1', 'theirs'), cidr('192.0.2.2', RUNNER), {
        type: 'tag',
        value: 'web'
      })
    }
  },
  {
    title: 'that is new, with none',
    act: 'create',
    values: {},
    answers: { ...live(), ...shown(), ...WRITES, ...sourcesOf('7') }
  },
  {
    title: 'that is new, with those of others alone',
    act: 'create',
    values: {},
    answers: { ...live(), ...shown(), ...WRITES, ...sourcesOf('7', { type: 'tag', value: 'web' }) }
  },
  {
    title: 'that is online soon, and at work then',
    act: 'create',
    values: { trusted_sources: ['203.0.113.0/24'] },
    answers: {
      ...live(),
      ...shown(gone, follower({ status: 'creating' }), follower({ status: 'odd' }), follower({ status: 'active' })),
      ...WRITES,
      'PUT /databases/8/firewall': new InTurn(busy, {})
    }
  },
  {
    title: 'before the first backup',
    act: 'create',
    answers: { ...live(), ...shown(), ...WRITES, [`POST ${at('replicas')}`]: new InTurn(busy, busy, {}) }
  },
  {
    title: 'before a backup that never comes',
    act: 'create',
    answers: { ...live(), ...shown(), [`POST ${at('replicas')}`]: busy }
  },
  { title: 'that is refused', act: 'create', answers: { ...live(), [`POST ${at('replicas')}`]: invalid } },
  { title: 'that is never shown', act: 'create', answers: { ...live(), ...WRITES, ...shown(gone) } },
  {
    title: 'that goes again',
    act: 'create',
    answers: { ...live(), ...WRITES, ...shown(gone, follower({ status: 'creating' }), gone) }
  },
  ...['failed', 'offline'].map((status): Case => ({
    title: `that is ${status}`,
    act: 'create',
    answers: { ...live(), ...WRITES, ...shown(follower({ status })) }
  })),
  {
    title: 'that is online for a moment',
    act: 'create',
    answers: { ...live(), ...WRITES, ...shown(follower(), follower({ status: 'resizing' }), follower()) }
  },
  {
    title: 'that is not waited for',
    act: 'create',
    inputs: { wait: 'false' },
    answers: { ...live(), ...WRITES, ...shown(follower({ status: 'creating' })) }
  },
  {
    title: 'that is not waited for, and online',
    act: 'create',
    inputs: { wait: 'false' },
    answers: { ...live(), ...WRITES, ...shown() }
  },
  { title: 'of ours', act: 'create', answers: { ...live(), ...shown(), [`POST ${at('replicas')}`]: taken } },
  {
    title: 'of others',
    act: 'create',
    answers: { ...live(), ...shown(follower({ tags: THEIRS })), [`POST ${at('replicas')}`]: taken }
  },
  {
    title: 'without an owner',
    act: 'create',
    answers: { ...live(), ...shown(follower({ tags: null })), [`POST ${at('replicas')}`]: taken }
  },
  { title: 'that exists and does not', act: 'create', answers: { ...live(), [`POST ${at('replicas')}`]: taken } },
  {
    title: 'whose answer is lost',
    act: 'create',
    answers: { ...live(), ...shown(), [`POST ${at('replicas')}`]: lost }
  },
  {
    title: 'with another size and storage',
    act: 'update',
    values: { size: 'db-s-2vcpu-4gb', storage_size_mib: 40_960 },
    changes: [
      ['size', 'db-s-2vcpu-4gb'],
      ['storage_size_mib', 40_960]
    ],
    observed: OF_8,
    answers: {
      ...live(),
      ...WRITES,
      ...shown(
        follower(),
        follower({ size: 'db-s-2vcpu-4gb' }),
        follower({ size: 'db-s-2vcpu-4gb', storage_size_mib: 40_960 })
      )
    }
  },
  {
    title: 'with more storage',
    act: 'update',
    values: { storage_size_mib: 40_960 },
    changes: [['storage_size_mib', 40_960]],
    observed: OF_8,
    answers: {
      ...live(),
      ...WRITES,
      ...shown(follower({ status: 'resizing' }), { ...follower({ storage_size_mib: 40_960 }), size: undefined })
    }
  },
  {
    title: 'with another size, which is refused for it has it already',
    act: 'update',
    values: { size: 'db-s-2vcpu-4gb' },
    changes: [['size', 'db-s-2vcpu-4gb']],
    observed: OF_8,
    answers: {
      ...live(),
      ...WRITES,
      'PUT /databases/8/resize': invalid,
      ...shown({ ...follower({ size: 'db-s-2vcpu-4gb' }), storage_size_mib: undefined })
    }
  },
  ...[invalid, denied].map((refusal): Case => ({
    title: `with another size, which is refused: ${refusal.kind}`,
    act: 'update',
    values: { size: 'db-s-2vcpu-4gb' },
    changes: [['size', 'db-s-2vcpu-4gb']],
    observed: OF_8,
    answers: { ...live(), ...WRITES, 'PUT /databases/8/resize': refusal, ...shown() }
  })),
  {
    title: 'with another size, at work',
    act: 'update',
    values: { size: 'db-s-2vcpu-4gb' },
    changes: [['size', 'db-s-2vcpu-4gb']],
    observed: OF_8,
    answers: {
      ...live(),
      'PUT /databases/8/resize': new InTurn(busy, {}),
      ...shown(follower({ size: 'db-s-2vcpu-4gb' }))
    }
  },
  {
    title: 'with other sources',
    act: 'update',
    values: { trusted_sources: ['198.51.100.7/32', '192.0.2.3'], size: 'db-s-2vcpu-4gb' },
    changes: [['trusted_sources', ['198.51.100.7/32', '192.0.2.3']]],
    observed: OF_8,
    answers: {
      ...live(),
      ...shown(),
      'PUT /databases/8/firewall': new InTurn(busy, {}),
      ...sourcesOf('8', OURS, cidr('198.51.100.7', 'theirs'), cidr('192.0.2.3', ''), cidr('192.0.2.9', 'theirs'), {
        type: 'droplet',
        value: '1/32'
      })
    }
  },
  {
    title: 'with another network',
    act: 'update',
    values: { private_network: 'b' },
    changes: [['private_network', 'b']],
    observed: OF_8,
    answers: live()
  },
  {
    title: 'that is there',
    act: 'remove',
    observed: OF_8,
    answers: { ...live(), [`DELETE ${REPLICA_AT}`]: {}, ...shown(follower({ status: 'odd' }), follower(), gone) }
  },
  { title: 'that is gone', act: 'remove', observed: OF_8, answers: live() },
  {
    title: 'that stays',
    act: 'remove',
    observed: OF_8,
    answers: { ...live(), [`DELETE ${REPLICA_AT}`]: {}, ...shown() }
  },
  { title: 'that may not go', act: 'remove', observed: OF_8, answers: { ...live(), [`DELETE ${REPLICA_AT}`]: denied } }
];

const FULL: Answers = live({
  private_network_uuid: 'vpc',
  project_id: 'project',
  maintenance_window: { day: 'sunday', hour: '04:00:00' },
  tags: [...TAGS, 'pgkeep:Protected', 'Team:Shop', 'plain', 'a:b:c']
});
const asTag = (tag: string): string => `/tags/${encodeURIComponent(tag)}`;
const tagged = (...tags: readonly string[]): Answers =>
  Object.fromEntries(tags.map(tag => [`POST ${asTag(tag)}/resources`, {}]));
const untagged = (...tags: readonly string[]): Answers =>
  Object.fromEntries(tags.map(tag => [`DELETE ${asTag(tag)}/resources`, {}]));
const OF_7 = { address: 'server', facts: { id: '7', tags: [...TAGS, 'Team:Shop'] }, fields: {} };
const DELETES = 'DELETE /databases/7';
const RUN = ['pgkeep:run:1:9', 'pgkeep:applied:1:x', 'pgkeep:expires-at:1:y', 'pgkeep:name:1:orders', 'pgkeep:running'];
const OF_A_RUN = { facts: { id: '7', tags: RUN } };
const counted = (tag: string, count?: number): Answers => ({
  [`GET ${asTag(tag)}`]: { tag: { name: tag, resources: count === undefined ? undefined : { count } } }
});
const found = (...all: readonly object[]): Answers => ({
  'GET /databases/7': new InTurn(
    ...(all.length === 0 ? [{}] : all).map(one => (one instanceof Error ? one : { database: cluster(one) }))
  )
});
const NEW_SERVER = {
  engine_version: '16',
  size: 'db-s-1vcpu-1gb',
  num_nodes: 1,
  region: 'nyc3',
  storage_size_mib: 30_720
};
const created: Answers = {
  'GET /tags?per_page=1': {},
  'POST /databases': { database: cluster() },
  ...found()
};
const list = (...all: readonly (readonly object[])[]): Answers => ({
  'GET /databases': new InTurn(...all.map(databases => ({ databases })))
});

const SERVERS: readonly Case[] = [
  { title: 'that is not there', act: 'observe', answers: NONE },
  { title: 'of another engine', act: 'observe', answers: list([cluster({ engine: 'mysql' })]) },
  { title: 'with little', act: 'observe', answers: { ...live(), ...sourcesOf('7') } },
  { title: 'whose tags may not be read', act: 'observe', answers: { ...UNMARKED, 'GET /tags?per_page=1': denied } },
  { title: 'without tags', act: 'observe', answers: UNMARKED },
  {
    title: 'with everything',
    act: 'observe',
    inputs: { max_allocated_storage: '100' },
    answers: {
      ...FULL,
      ...sourcesOf('7', OURS, cidr('198.51.100.7/32', 'theirs'), cidr('192.0.2.1', RUNNER), {
        type: 'tag',
        value: 'web'
      }),
      [`GET ${at('autoscale')}`]: { storage: { enabled: true } }
    }
  },
  {
    title: 'with sources of others where an input names some',
    act: 'observe',
    inputs: { allowed_cidr_blocks: '198.51.100.7/32', max_allocated_storage: '100' },
    answers: {
      ...FULL,
      ...sourcesOf('7', OURS, cidr('198.51.100.7/32', 'theirs'), cidr('192.0.2.8/32', 'theirs')),
      [`GET ${at('autoscale')}`]: {}
    }
  },
  {
    title: 'of which parts may not be read',
    act: 'observe',
    inputs: { max_allocated_storage: '100' },
    answers: { ...FULL, [`GET ${at('firewall')}`]: denied, [`GET ${at('autoscale')}`]: lost }
  },
  { title: 'that is new', act: 'create', values: NEW_SERVER, answers: { ...NONE, ...created } },
  {
    title: 'that is new, with everything',
    act: 'create',
    values: {
      ...NEW_SERVER,
      maintenance_window: 'sun:04:00',
      trusted_sources: ['203.0.113.0/24', '198.51.100.7/32'],
      storage_autoscale: true,
      project: 'project',
      private_network: 'vpc',
      deletion_protection: true,
      source: 'main',
      source_time: '2026-01-01T00:00:00Z',
      'tags.team': 'shop',
      'tags.plain': ''
    },
    answers: { ...NONE, ...created, [`PUT ${at('maintenance')}`]: new InTurn(busy, {}), [`PUT ${at('autoscale')}`]: {} }
  },
  {
    title: 'that is new, with little',
    act: 'create',
    values: { trusted_sources: [], storage_autoscale: false, deletion_protection: false, source: 'main', region: null },
    answers: { ...NONE, ...created, [`PUT ${at('autoscale')}`]: {} }
  },
  { title: 'whose tags may not be read', act: 'create', answers: { ...NONE, 'GET /tags?per_page=1': denied } },
  {
    title: 'that takes its time',
    act: 'create',
    values: NEW_SERVER,
    answers: {
      ...NONE,
      ...created,
      ...found(gone, gone, { status: 'creating' }, { status: 'odd' }, {}, { status: 'creating' }, {})
    }
  },
  { title: 'that is never shown', act: 'create', answers: { ...NONE, ...created, ...found(gone) } },
  { title: 'that goes again', act: 'create', answers: { ...NONE, ...created, ...found({ status: 'creating' }, gone) } },
  { title: 'that fails', act: 'create', answers: { ...NONE, ...created, ...found({ status: 'failed' }) } },
  { title: 'that never comes', act: 'create', answers: { ...NONE, ...created, ...found({ status: 'creating' }) } },
  {
    title: 'that is not waited for',
    act: 'create',
    inputs: { wait: 'false' },
    answers: { ...NONE, ...created, ...found({ status: 'creating' }) }
  },
  {
    title: 'that is not waited for, and online',
    act: 'create',
    inputs: { wait: 'false' },
    answers: { ...NONE, ...created }
  },
  {
    title: 'that has too much storage',
    act: 'create',
    values: { storage_size_mib: 20_480 },
    answers: { ...NONE, ...created, ...found({ storage_size_mib: 30_720 }) }
  },
  {
    title: 'that has some more storage',
    act: 'create',
    values: { storage_size_mib: 20_480 },
    answers: { ...NONE, ...created, ...found({ storage_size_mib: 30_719 }) }
  },
  ...(
    [
      ['of ours', [cluster()]],
      ['of others', [cluster({ tags: THEIRS })]],
      ['without an owner', [cluster({ tags: null })]],
      ['that is not there', []]
    ] as const
  ).map(([title, all]): Case => ({
    title: `that exists, ${title}`,
    act: 'create',
    values: NEW_SERVER,
    answers: { ...created, ...list(all), 'POST /databases': taken }
  })),
  {
    title: 'whose answer is lost, and which is listed late',
    act: 'create',
    values: NEW_SERVER,
    answers: { ...created, ...list([], [], [], [cluster()]), 'POST /databases': lost }
  },
  {
    title: 'whose request is lost, while others make theirs',
    act: 'create',
    values: NEW_SERVER,
    answers: { ...created, ...list([cluster({ tags: THEIRS })]), 'POST /databases': new InTurn(lost, taken) }
  },
  {
    title: 'with everything',
    act: 'update',
    values: {
      region: 'sfo3',
      engine_version: '17',
      size: 'db-s-2vcpu-4gb',
      num_nodes: 2,
      storage_size_mib: 40_960,
      project: 'a/b',
      maintenance_window: 'mon:05:00',
      storage_autoscale: false,
      trusted_sources: ['203.0.113.0/24'],
      deletion_protection: true,
      'tags.team': 'new',
      'tags.gone': null
    },
    changes: [
      ['state', 'online', 'resizing'],
      ['region', 'sfo3', 'nyc3'],
      ['engine_version', '17', '16'],
      ['size', 'db-s-2vcpu-4gb', 'db-s-1vcpu-1gb'],
      ['num_nodes', 2, 1],
      ['storage_size_mib', 40_960, 30_720],
      ['project', 'a/b', 'c'],
      ['maintenance_window', 'mon:05:00', 'sun:04:00'],
      ['storage_autoscale', false, true],
      ['trusted_sources', ['203.0.113.0/24'], []],
      ['deletion_protection', true, false],
      ['tags.team', 'new', 'shop'],
      ['tags.gone', null, '']
    ],
    observed: OF_7,
    answers: {
      ...live(),
      ...tagged('pgkeep:protected', 'team:new'),
      ...untagged('Team:Shop', 'gone'),
      'POST /tags': {},
      [`PUT ${at('firewall')}`]: new InTurn(busy, {}),
      'POST /projects/a%2Fb/resources': {},
      [`PUT ${at('maintenance')}`]: {},
      [`PUT ${at('autoscale')}`]: {},
      [`PUT ${at('resize')}`]: {},
      [`PUT ${at('migrate')}`]: {},
      [`PUT ${at('upgrade')}`]: {},
      ...found(
        ...Array.from({ length: 8 }, () => ({})),
        { size: 'db-s-2vcpu-4gb', num_nodes: 2 },
        ...Array.from({ length: 6 }, () => ({ size: 'db-s-2vcpu-4gb', num_nodes: 2, storage_size_mib: 51_200 })),
        { region: 'sfo3', version: '17.2' }
      )
    }
  },
  {
    title: 'with growth of storage, without protection',
    act: 'update',
    values: { storage_autoscale: true, deletion_protection: false },
    changes: [
      ['storage_autoscale', true],
      ['deletion_protection', false]
    ],
    observed: { ...OF_7, facts: { id: '7', tags: ['pgkeep:PROTECTED'] } },
    answers: { ...live(), ...untagged('pgkeep:PROTECTED'), [`PUT ${at('autoscale')}`]: {} }
  },
  {
    title: 'with growth of storage, adopted',
    act: 'update',
    values: { storage_autoscale: true },
    changes: [['storage_autoscale', true]],
    observed: { ...OF_7, ownership: { kind: 'unmarked' } },
    answers: {
      ...live(),
      'GET /tags?per_page=200': { tags: [] },
      'POST /tags': {},
      ...tagged(...TAGS),
      [`PUT ${at('autoscale')}`]: {}
    }
  },
  {
    title: 'with another size, which is refused for it has it already',
    act: 'update',
    values: { size: 'db-s-2vcpu-4gb' },
    changes: [['size', 'db-s-2vcpu-4gb']],
    observed: OF_7,
    answers: {
      ...live(),
      [`PUT ${at('resize')}`]: invalid,
      ...found({ size: 'db-s-1vcpu-1gb' }, { size: 'db-s-2vcpu-4gb' })
    }
  },
  {
    title: 'with another size, nodes and storage, of which one is refused',
    act: 'update',
    values: { size: 'db-s-2vcpu-4gb', num_nodes: 2, storage_size_mib: 40_960 },
    changes: [
      ['size', 'db-s-2vcpu-4gb'],
      ['num_nodes', 2],
      ['storage_size_mib', 40_960]
    ],
    observed: OF_7,
    answers: { ...live(), [`PUT ${at('resize')}`]: new InTurn(invalid, invalid, {}) }
  },
  {
    title: 'with another size, which may not be',
    act: 'update',
    values: { size: 'db-s-2vcpu-4gb' },
    changes: [['size', 'db-s-2vcpu-4gb']],
    observed: OF_7,
    answers: { ...live(), ...found(gone, {}), [`PUT ${at('resize')}`]: denied }
  },
  {
    title: 'with another version, at which it never arrives',
    act: 'update',
    values: { engine_version: '17' },
    changes: [['engine_version', '17']],
    observed: OF_7,
    answers: { ...live(), [`PUT ${at('upgrade')}`]: {} }
  },
  {
    title: 'that is there',
    act: 'remove',
    observed: OF_A_RUN,
    answers: {
      ...live(),
      ...found({ status: 'deleting' }, gone),
      ...list([cluster()], []),
      ...RUN.reduce<Answers>((all, tag) => ({ ...all, ...counted(tag, 1), [`DELETE ${asTag(tag)}`]: {} }), {}),
      ...counted('pgkeep:run:1:9', 2),
      ...counted('pgkeep:expires-at:1:y'),
      ...untagged('pgkeep:run:1:9', 'pgkeep:expires-at:1:y'),
      [DELETES]: {}
    }
  },
  {
    title: 'whose tags may not be changed',
    act: 'remove',
    observed: OF_A_RUN,
    answers: {
      ...found(gone),
      ...list([]),
      ...Object.fromEntries(RUN.map(tag => [`DELETE ${asTag(tag)}/resources`, denied])),
      ...counted('pgkeep:name:1:orders', 0),
      'DELETE /tags/pgkeep%3Aname%3A1%3Aorders': denied,
      [DELETES]: {}
    }
  },
  {
    title: 'whose tags fail',
    act: 'remove',
    observed: OF_A_RUN,
    answers: { ...untagged(), 'DELETE /tags/pgkeep%3Arun%3A1%3A9/resources': invalid }
  },
  { title: 'that is gone', act: 'remove', observed: OF_7, answers: { ...found(gone), ...list([]), [DELETES]: gone } },
  {
    title: 'that is listed and not found for a while',
    act: 'remove',
    observed: OF_7,
    answers: { ...found(gone), ...list([cluster({ id: '6' }), cluster()]), [DELETES]: gone }
  },
  {
    title: 'that is found after a while',
    act: 'remove',
    observed: OF_7,
    answers: {
      ...found(gone),
      ...list([cluster()], [cluster()], [cluster()], [cluster()], [cluster()], []),
      [DELETES]: new InTurn(gone, gone, gone, gone, gone, {})
    }
  },
  {
    title: 'that is not waited for',
    act: 'remove',
    inputs: { wait: 'false' },
    observed: OF_7,
    answers: { ...live(), [DELETES]: {} }
  },
  { title: 'that stays', act: 'remove', observed: OF_7, answers: { ...live(), [DELETES]: {} } },
  { title: 'that may not go', act: 'remove', observed: OF_7, answers: { ...live(), [DELETES]: denied } }
];

const KINDS: readonly (readonly [address: string, cases: readonly Case[]])[] = [
  ['pool', POOLS],
  ['user/keeper', USERS],
  ['database/shop', DATABASES],
  ['log-sink', SINKS],
  ['configuration', CONFIGURATIONS],
  ['alarm/cpu', ALARMS],
  ['replica/1', REPLICAS],
  ['server', SERVERS]
];

async function acted({ context, execution }: Asking, address: string, one: Case): Promise<unknown> {
  const { act, values = {}, changes = [], observed } = one;
  const type = digitalocean.types.find(each => address.split('/')[0] === each.type);
  if (type === undefined) throw new Error(`There is no ${address}`);
  if (act === 'observe') return type.observe(context);
  const work: CreationWork = {
    address,
    values,
    changes: changes.map(([field, to, from]): Change => ({
      field,
      to,
      ...(from === undefined ? {} : { from }),
      impact: 'online'
    })),
    observed: observed && {
      address,
      type: type.type,
      title: address,
      ownership: { kind: 'ours', mark: MARK },
      fields: {},
      facts: {},
      dependsOn: [],
      concurrencyGroup: address,
      ...observed
    },
    mark: MARK,
    execution,
    foundExisting: () => execution.log.info('to be compared with the plan')
  };
  return type[act](context, work);
}

test('each resource is read, made, changed and removed as the golden file says', async () => {
  const page: string[] = [];
  for (const [address, cases] of KINDS) {
    let before: readonly string[] = [];
    for (const one of cases) {
      const asking = contextOf(one.inputs ?? {}, one.answers);
      const now = await told(asking, async () => acted(asking, address, one));
      page.push(`# ${one.act} ${address} ${one.title}`, ...unlike(now, before), '');
      before = now;
    }
  }
  expectGolden('resources-digitalocean.txt', page.join('\n'));
});
