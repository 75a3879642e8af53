import { tagHash } from '../../../../src/engine/own-tags.ts';
import type { Mark } from '../../../../src/engine/ownership.ts';
import type { Change } from '../../../../src/engine/plan.ts';
import type { CreationWork, Observed } from '../../../../src/engine/resource.ts';
import type { Value } from '../../../../src/engine/value.ts';
import { ActionError } from '../../../../src/errors.ts';
import { markLabels } from '../../../../src/providers/gcp/api/labels.ts';
import type { Instance, InstanceSettings } from '../../../../src/providers/gcp/api/types.ts';
import { TYPES } from '../../../../src/providers/gcp/provider.ts';
import { keptPasswords } from '../../../../src/providers/gcp/resources/role-secret.ts';
import { contextOf, InTurn, instances, refusedAs, type Answers, type Asking } from '../../../support/gcp-answers.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What each resource is read as, and what is sent to make, change and remove it: each request whole, in the golden
 * file. `UPDATE_GOLDENS=1` writes it, to be read.
 */
type With = Readonly<Record<string, string>>;
type Values = Readonly<Record<string, Value>>;

const MARK: Mark = { version: 1, repository: 'acme/shop', name: 'orders', environment: '' };
const LABELS = markLabels(MARK);
const THEIRS = markLabels({ ...MARK, repository: 'acme/other' });

function instance(settings: InstanceSettings = {}, more: Partial<Instance> = {}): Instance {
  const labels = { settingsVersion: '7', userLabels: LABELS, ...settings };
  return {
    name: 'orders',
    region: 'us-central1',
    databaseVersion: 'POSTGRES_16',
    state: 'RUNNABLE',
    ...more,
    settings: labels
  };
}

const LIVE = instance();
/** With a memory of what is its own. */
const REMEMBERING = (...own: readonly string[]): Instance =>
  instance({
    userLabels: markLabels({
      ...MARK,
      version: 2,
      ownTags: own
    })
  });
const DONE: Answers = {
  'operations.get': new InTurn({ status: 'RUNNING' }, { name: '9', status: 'DONE' }),
  'operations.list': {},
  'databases.insert': { name: '9' },
  'users.insert': { name: '9' },
  'users.update': { name: '9' },
  'users.delete': { name: '9' },
  'instances.insert': { name: '9' },
  'instances.clone': { name: '9' },
  'instances.restoreBackup': { name: '9' },
  'instances.patch': { name: '9' },
  'instances.update': { name: '9' },
  'instances.delete': { name: '9' }
};

type Act = 'observe' | 'create' | 'update' | 'remove';

interface Case {
  readonly title: string;
  readonly act: Act;
  readonly address: string;
  readonly answers?: Answers;
  readonly inputs?: With;
  readonly live?: Instance;
  readonly values?: Values;
  readonly changes?: readonly (readonly [field: string, to: Value])[];
  readonly observed?: Partial<Observed>;
  readonly pullRequest?: number;
}

function typeOf(address: string): (typeof TYPES)[number] {
  const [name] = address.split('/');
  const found = TYPES.find(({ type }) => type === name);
  if (found === undefined) throw new Error(`There is no ${address}`);
  return found;
}

async function acted(asking: Asking, { act, address, values = {}, changes = [], observed }: Case): Promise<unknown> {
  const type = typeOf(address);
  if (act === 'observe') return type.observe(asking.context);
  const found: Observed | undefined =
    observed === undefined
      ? undefined
      : {
          address,
          type: type.type,
          title: address,
          ownership: { kind: 'ours', mark: MARK },
          fields: {},
          facts: {},
          dependsOn: [],
          concurrencyGroup: address,
          ...observed
        };
  const work: CreationWork = {
    address,
    values,
    changes: changes.map(([field, to]): Change => ({ field, to, impact: 'online' })),
    observed: found,
    mark: MARK,
    execution: asking.execution,
    foundExisting: () => asking.execution.log.info('to be compared with the plan')
  };
  return type[act](asking.context, work);
}

const PASSWORD = 'Canary-horse-8431';
const KEPT = { keep_role_passwords: 'true', roles: 'app: {access: {orders: readonly}}' };
const secret = (labels: object = LABELS): Answers => ({ 'GET secretmanager': { name: 'x/pgkeep_orders_app', labels } });
const UNLABELLED: Answers = { 'GET secretmanager': { name: 'x/pgkeep_orders_app' } };
const SENT: Answers = { 'POST secretmanager': {}, 'PATCH secretmanager': {}, 'DELETE secretmanager': {} };
const taken = refusedAs('already-exists', 'It exists.');
const SECRET = { address: 'role-secret/app', inputs: KEPT } as const;
const WITH_ID = { ...LABELS, 'pgkeep-secret-id': 'one', team: 'shop' };

const SECRETS: readonly Case[] = [
  { ...SECRET, title: 'of no server', act: 'observe' },
  {
    ...SECRET,
    title: 'that is there',
    act: 'observe',
    live: LIVE,
    answers: secret({ ...WITH_ID, 'pgkeep-password-version': '2' })
  },
  { ...SECRET, title: 'without labels', act: 'observe', live: LIVE, answers: UNLABELLED },
  {
    ...SECRET,
    title: 'that only the mark remembers',
    act: 'observe',
    inputs: {},
    live: REMEMBERING(tagHash('role-secret')),
    answers: {
      'GET secretmanager': new InTurn(
        { secrets: [{ name: 'projects/1/secrets/pgkeep_orders_old' }, { name: 'other' }, {}], nextPageToken: 'two' },
        {},
        { labels: WITH_ID }
      )
    }
  },
  { ...SECRET, title: 'that is new', act: 'create', values: { password_version: '1' }, answers: SENT },
  {
    ...SECRET,
    title: 'of ours, without a password',
    act: 'create',
    answers: {
      ...SENT,
      'POST secretmanager': new InTurn(taken, {}),
      'GET secretmanager': new InTurn({ labels: WITH_ID }, { labels: WITH_ID }, refusedAs('not-found'), {
        labels: WITH_ID
      })
    }
  },
  {
    ...SECRET,
    title: 'of ours, with a password',
    act: 'create',
    answers: {
      ...SENT,
      'POST secretmanager': taken,
      'GET secretmanager': new InTurn(
        { labels: WITH_ID },
        { labels: WITH_ID },
        { payload: { data: 'c2VjcmV0' } },
        { labels: LABELS }
      )
    }
  },
  {
    ...SECRET,
    title: 'of others',
    act: 'create',
    answers: { ...SENT, ...secret(THEIRS), 'POST secretmanager': taken }
  },
  {
    ...SECRET,
    title: 'without an owner',
    act: 'create',
    answers: { ...SENT, ...UNLABELLED, 'POST secretmanager': taken }
  },
  { ...SECRET, title: 'that is gone again', act: 'create', answers: { ...SENT, 'POST secretmanager': taken } },
  {
    ...SECRET,
    title: 'with another tag',
    act: 'update',
    values: { 'tags.team': 'b' },
    changes: [['tags.team', 'b']],
    answers: { ...SENT, ...secret(WITH_ID) }
  },
  {
    ...SECRET,
    title: 'with another version',
    act: 'update',
    values: { password_version: '2' },
    changes: [['password_version', '2']],
    answers: { ...SENT, ...secret() }
  },
  {
    ...SECRET,
    title: 'with no version',
    act: 'update',
    values: { password_version: null },
    changes: [['password_version', null]],
    answers: { ...SENT, ...secret({ ...WITH_ID, 'pgkeep-password-version': '1' }) }
  },
  {
    ...SECRET,
    title: 'that is given up',
    act: 'update',
    values: { 'tags.pgkeep-secret-id': null },
    changes: [['tags.pgkeep-secret-id', null]],
    answers: { ...SENT, ...secret(WITH_ID) }
  },
  { ...SECRET, title: 'that is gone', act: 'update', answers: SENT },
  { ...SECRET, title: 'that is there', act: 'remove', answers: SENT },
  { ...SECRET, title: 'that is gone', act: 'remove' }
];

const ALARM = { address: 'alarm/free_storage', inputs: { alarms: 'free_storage: {}' } } as const;
const policy = (more: object = {}): object => ({
  name: 'projects/shop-project/alertPolicies/1',
  userLabels: { ...LABELS, 'pgkeep-alarm': 'free-storage', team: 'shop' },
  ...more
});
const policies = (...alertPolicies: readonly object[]): Answers => ({
  'GET monitoring': { alertPolicies },
  'POST monitoring': { name: 'projects/shop-project/alertPolicies/2' },
  'PATCH monitoring': {},
  'DELETE monitoring': {}
});
const condition = (threshold: object): object => policy({ conditions: [{ conditionThreshold: threshold }] });
const FULL = {
  thresholdValue: 0.07,
  duration: '600s',
  aggregations: [{ alignmentPeriod: '300s' }]
};
const VALUES = { threshold: 90, period: 300, evaluation_periods: 2, actions: ['projects/p/notificationChannels/1'] };

const ALARMS: readonly Case[] = [
  { ...ALARM, title: 'with all', act: 'observe', answers: policies(condition(FULL), policy({ userLabels: {} })) },
  {
    ...ALARM,
    title: 'on the second page, off, with channels',
    act: 'observe',
    answers: {
      'GET monitoring': new InTurn(
        { nextPageToken: 'a b' },
        { alertPolicies: [policy({ enabled: false, notificationChannels: ['a'] })] }
      )
    }
  },
  { ...ALARM, title: 'without a period', act: 'observe', answers: policies(condition({ duration: '60s' })) },
  {
    ...ALARM,
    title: 'where filters are not taken',
    act: 'observe',
    answers: { 'GET monitoring': new InTurn(refusedAs('invalid'), { alertPolicies: [policy()] }) }
  },
  { ...ALARM, title: 'of no known kind', act: 'observe', answers: policies(policy({ userLabels: LABELS })) },
  { ...ALARM, title: 'that is new', act: 'create', values: { ...VALUES, 'tags.team': 'shop' }, answers: policies() },
  { address: 'alarm/connections', title: 'of connections', act: 'create', values: VALUES, answers: policies() },
  {
    ...ALARM,
    title: 'with another threshold',
    act: 'update',
    values: { threshold: 80 },
    observed: { fields: VALUES, facts: { name: 'x' } },
    answers: policies(policy())
  },
  {
    ...ALARM,
    title: 'with another tag',
    act: 'update',
    values: { 'tags.team': 'b' },
    observed: { fields: { ...VALUES, actions: null } },
    answers: policies(policy())
  },
  { ...ALARM, title: 'that is gone', act: 'update', answers: policies() },
  { ...ALARM, title: 'that is there', act: 'remove', answers: policies(policy()) },
  { ...ALARM, title: 'that is gone', act: 'remove', answers: policies() },
  {
    ...ALARM,
    title: 'that goes meanwhile',
    act: 'remove',
    answers: { ...policies(policy()), 'DELETE monitoring': refusedAs('not-found') }
  }
];

const USER = { address: 'user/keeper', inputs: { master_username: 'keeper' } } as const;
const users = (...items: readonly object[]): Answers => ({ ...DONE, 'users.list': { items } });
const ann = { name: 'ann@example.com', type: 'CLOUD_IAM_USER' };
const IAM = { iam_users: 'user:ann@example.com' };

const USERS: readonly Case[] = [
  { ...USER, title: 'of no server', act: 'observe' },
  {
    ...USER,
    title: 'that is there, with IAM users that no input mentions',
    act: 'observe',
    live: LIVE,
    answers: users({ name: 'keeper' }, { name: 'postgres' }, ann)
  },
  {
    ...USER,
    title: 'of IAM: asked for, remembered by none, and of a group',
    act: 'observe',
    inputs: IAM,
    live: LIVE,
    answers: users(
      ann,
      { name: 'ben', type: 'CLOUD_IAM_SERVICE_ACCOUNT' },
      { name: 'member', type: 'CLOUD_IAM_GROUP_USER' },
      { name: 'builtin', type: 'BUILT_IN' }
    )
  },
  {
    ...USER,
    title: 'of a server with a memory',
    act: 'observe',
    inputs: IAM,
    live: REMEMBERING(),
    answers: users(
      ann,
      { name: 'ben', type: 'CLOUD_IAM_USER' },
      { name: 'member', type: 'CLOUD_IAM_GROUP_USER' },
      { name: 'carl' }
    )
  },
  {
    ...USER,
    title: 'of a server of others',
    act: 'observe',
    inputs: IAM,
    live: instance({ userLabels: THEIRS }),
    answers: users(ann, { name: 'ben', type: 'CLOUD_IAM_USER' })
  },
  {
    ...USER,
    title: 'of a server with a memory, where none is asked for',
    act: 'observe',
    inputs: {},
    live: REMEMBERING(),
    answers: users({ name: 'postgres' }, { name: 'carl' })
  },
  {
    ...USER,
    title: 'of a server for a pull request',
    act: 'observe',
    inputs: {},
    pullRequest: 7,
    live: REMEMBERING(),
    answers: users({ name: 'carl' })
  },
  {
    ...USER,
    title: 'of a stopped server',
    act: 'observe',
    live: LIVE,
    answers: { 'users.list': refusedAs('invalid') }
  },
  {
    ...USER,
    title: 'of a server that goes',
    act: 'observe',
    live: LIVE,
    answers: { 'users.list': refusedAs('not-found') }
  },
  {
    ...USER,
    title: 'that may not be listed',
    act: 'observe',
    live: LIVE,
    answers: { 'users.list': refusedAs('denied') }
  },
  { ...USER, title: 'of a server that is made', act: 'observe', live: instance({}, { state: 'PENDING_CREATE' }) },
  { ...USER, title: 'of a server that is deleted', act: 'observe', live: instance({}, { state: 'PENDING_DELETE' }) },
  { ...USER, title: 'that is new', act: 'create', values: { master_password: PASSWORD }, answers: users() },
  { ...USER, title: 'of IAM that is new', act: 'create', values: { type: 'CLOUD_IAM_USER' }, answers: users() },
  {
    ...USER,
    title: 'that exists',
    act: 'create',
    values: { master_password: PASSWORD },
    answers: users({ name: 'keeper' })
  },
  {
    ...USER,
    title: 'of IAM that exists',
    act: 'create',
    values: { type: 'CLOUD_IAM_USER' },
    answers: users({ name: 'keeper' })
  },
  {
    ...USER,
    title: 'with another password',
    act: 'update',
    values: { master_password: PASSWORD },
    observed: { facts: { name: 'keeper' } },
    answers: users()
  },
  { ...USER, title: 'with nothing else', act: 'update', answers: users() },
  { ...USER, title: 'that is there', act: 'remove', answers: users({ name: 'keeper' }) },
  { ...USER, title: 'that is gone', act: 'remove', answers: users() }
];

const DATABASE = { address: 'database/shop', inputs: { database_name: 'shop' } } as const;
const databases = (...names: readonly string[]): Answers => ({
  ...DONE,
  'databases.list': { items: names.map(name => ({ name })) }
});

const DATABASES: readonly Case[] = [
  { ...DATABASE, title: 'of no server', act: 'observe' },
  { ...DATABASE, title: 'that is there', act: 'observe', live: LIVE, answers: { 'databases.get': {} } },
  { ...DATABASE, title: 'that is not', act: 'observe', live: LIVE },
  {
    ...DATABASE,
    title: 'of a stopped server',
    act: 'observe',
    live: LIVE,
    answers: { 'databases.get': refusedAs('invalid') }
  },
  { ...DATABASE, title: 'of a server that is made', act: 'observe', live: instance({}, { state: 'PENDING_CREATE' }) },
  {
    ...DATABASE,
    title: 'and others, of a server with a memory',
    act: 'observe',
    live: REMEMBERING(),
    answers: { ...databases('shop', 'postgres', 'cloudsqladmin', 'theirs'), 'databases.get': {} }
  },
  {
    ...DATABASE,
    title: 'of others alone',
    act: 'observe',
    inputs: { database_name: 'postgres' },
    live: REMEMBERING(),
    answers: databases('shop')
  },
  {
    ...DATABASE,
    title: 'that may not be listed',
    act: 'observe',
    inputs: {},
    live: REMEMBERING(),
    answers: { 'databases.list': refusedAs('denied') }
  },
  {
    ...DATABASE,
    title: 'of a server in maintenance',
    act: 'observe',
    inputs: {},
    live: { ...REMEMBERING(), state: 'MAINTENANCE' },
    answers: databases('shop')
  },
  { ...DATABASE, title: 'that is new', act: 'create', answers: DONE },
  { ...DATABASE, title: 'that exists', act: 'create', answers: { ...DONE, 'databases.get': {} } },
  { ...DATABASE, title: 'that goes with its server', act: 'remove' }
];

const PRIMARY = instance(
  {
    databaseFlags: [{ name: 'max_connections', value: '200' }],
    dataCacheConfig: { dataCacheEnabled: true },
    connectorEnforcement: 'REQUIRED',
    insightsConfig: { queryInsightsEnabled: true },
    ipConfiguration: {
      ipv4Enabled: false,
      privateNetwork: 'projects/p/global/networks/n',
      ...({
        requireSsl: true,
        serverCaPool: 'pool',
        serverCaMode: 'CUSTOMER_MANAGED_CAS_CA',
        serverCertificateRotationMode: 'AUTOMATIC',
        customSubjectAlternativeNames: ['a'],
        pscConfig: { pscEnabled: true, networkAttachmentUri: 'here' }
      } as object)
    }
  },
  { gceZone: 'us-central1-a' }
);
const PLAIN = instance({
  ipConfiguration: {
    ...({ serverCaMode: 'GOOGLE_MANAGED_CAS_CA', serverCertificateRotationMode: 'AUTOMATIC' } as object)
  }
});
const made = (name: string, labels = LABELS): Instance =>
  instance({ userLabels: labels }, { name, masterInstanceName: 'shop-project:orders' });
const REPLICA = { address: 'replica/1', inputs: {} } as const;
const REMOTE = { address: 'replica/us-east1', inputs: {} } as const;

const REPLICAS: readonly Case[] = [
  {
    ...REPLICA,
    title: 'that is new',
    act: 'create',
    values: { instance_class: 'db-custom-2-7680', 'parameters.work_mem': '8192', 'tags.team': 'shop' },
    answers: { ...DONE, ...instances(PRIMARY, made('orders-replica-1')) }
  },
  {
    ...REMOTE,
    title: 'elsewhere, of a server with a pool of certificates',
    act: 'create',
    answers: { ...DONE, ...instances(PRIMARY, made('orders-replica-us-east1')) }
  },
  {
    ...REMOTE,
    title: 'elsewhere, of a plain server',
    act: 'create',
    answers: { ...DONE, ...instances(PLAIN, made('orders-replica-us-east1')) }
  },
  {
    ...REPLICA,
    title: 'of a name of its own, of a server that is gone',
    act: 'create',
    inputs: { replica_names: 'reader' },
    answers: { ...DONE, ...instances(made('reader')) }
  },
  {
    ...REPLICA,
    title: 'that exists',
    act: 'create',
    answers: { ...DONE, 'instances.insert': taken, ...instances(LIVE, made('orders-replica-1')) }
  },
  {
    ...REPLICA,
    title: 'that exists, of others',
    act: 'create',
    answers: { ...DONE, 'instances.insert': taken, ...instances(LIVE, made('orders-replica-1', THEIRS)) }
  },
  {
    ...REPLICA,
    title: 'whose name was promoted',
    act: 'create',
    answers: {
      ...DONE,
      'instances.insert': taken,
      ...instances(LIVE, { ...made('orders-replica-1'), masterInstanceName: '' })
    }
  },
  {
    ...REPLICA,
    title: 'whose name is kept',
    act: 'create',
    answers: { ...DONE, 'instances.insert': taken, ...instances(LIVE) }
  },
  {
    ...REPLICA,
    title: 'whose name is kept, by the state of it',
    act: 'create',
    answers: {
      ...DONE,
      'instances.list': {},
      'instances.insert': refusedAs('busy', 'Words.', { providerCode: 'invalidState' }),
      ...instances(LIVE)
    }
  },
  {
    ...REPLICA,
    title: 'with another size',
    act: 'update',
    values: { instance_class: 'db-custom-4-15360' },
    answers: { ...DONE, ...instances(LIVE, made('orders-replica-1')) }
  },
  {
    ...REPLICA,
    title: 'that is there',
    act: 'remove',
    observed: { facts: { id: 'orders-replica-7' } },
    answers: { ...DONE, 'instances.get': refusedAs('not-found') }
  },
  {
    ...REPLICA,
    title: 'of which the name is known alone',
    act: 'remove',
    answers: { ...DONE, 'instances.delete': refusedAs('not-found'), 'instances.get': refusedAs('not-found') }
  }
];

const SERVER = { address: 'server', inputs: { master_password: PASSWORD } } as const;
const GONE: Answers = { 'instances.get': refusedAs('not-found') };
const COPIED = { ...SERVER, inputs: { ...SERVER.inputs, restore_source: 'main' } } as const;
const copy = (more: InstanceSettings = {}): Instance =>
  instance({ userLabels: { ...markLabels({ ...MARK, name: 'main' }), team: 'shop' }, ...more });
const kind = refusedAs('invalid', 'Could not call it: no.');

const SERVERS: readonly Case[] = [
  {
    ...SERVER,
    title: 'that is new',
    act: 'create',
    values: {
      state: 'RUNNABLE',
      instance_class: 'db-f1-micro',
      multi_az: true,
      master_password: PASSWORD,
      master_password_version: '3',
      enable_proxy: true,
      'pool.pool_mode': 'session',
      'parameters.work_mem': '8192',
      iam_database_authentication_enabled: true
    },
    answers: { ...DONE, ...instances(LIVE) }
  },
  {
    ...SERVER,
    title: 'of a larger tier, that exists',
    act: 'create',
    values: { instance_class: 'db-custom-2-7680', multi_az: false },
    answers: { ...DONE, 'instances.insert': taken, ...instances(LIVE) }
  },
  {
    ...SERVER,
    title: 'whose name is kept',
    act: 'create',
    answers: { ...DONE, 'instances.insert': taken, ...GONE }
  },
  {
    ...SERVER,
    title: 'of a backup',
    act: 'create',
    values: {
      source: { backup: 'b/1', instance: 'main' },
      engine_version: '16',
      instance_class: 'db-f1-micro',
      master_password: PASSWORD,
      'tags.team': 'b'
    },
    answers: { ...DONE, ...instances(instance({ tier: 'db-f1-micro' })) }
  },
  {
    ...COPIED,
    title: 'of a deleted server, at a time',
    act: 'create',
    values: {
      source: { instance: 'main', time: '2026-01-01T00:00:00Z', deleted: '2026-01-02T00:00:00Z' },
      instance_class: 'db-custom-2-7680',
      allowed_cidr_blocks: ['203.0.113.0/24'],
      multi_az: false,
      gcp_region: 'us-central1',
      kms_key_id: 'k',
      engine_version: '17',
      master_password: PASSWORD,
      state: 'RUNNABLE'
    },
    answers: { ...DONE, ...instances(copy({ tier: 'DB-CUSTOM-2-7680' })) }
  },
  {
    ...COPIED,
    title: 'of a stopped server',
    act: 'create',
    values: { source: { instance: 'main' }, state: 'RUNNABLE', allocated_storage: 40 },
    answers: { ...DONE, ...instances(copy({ activationPolicy: 'NEVER' })) }
  },
  {
    ...COPIED,
    title: 'that an earlier run began',
    act: 'create',
    values: { source: { instance: 'main' } },
    answers: { ...DONE, 'instances.clone': taken, ...instances(copy()) }
  },
  {
    ...SERVER,
    title: 'with another password',
    act: 'update',
    values: { master_password: PASSWORD, master_password_version: '2' },
    answers: { ...DONE, ...instances(LIVE) }
  },
  {
    ...SERVER,
    title: 'with another password of its own user, at work',
    act: 'update',
    inputs: { ...SERVER.inputs, master_username: 'keeper' },
    values: { master_password: PASSWORD, master_password_version: '2', state: 'RUNNABLE' },
    answers: {
      ...DONE,
      'operations.list': new InTurn({ items: [{ name: '8', operationType: 'UPDATE', status: 'RUNNING' }] }, {}),
      ...instances(LIVE)
    }
  },
  {
    ...SERVER,
    title: 'with a password without a version',
    act: 'update',
    values: { master_password: PASSWORD },
    answers: { ...DONE, ...instances(LIVE) }
  },
  {
    ...SERVER,
    title: 'with another flag of its pooler',
    act: 'update',
    values: { 'pool.a': 'c', 'pool.b': 'd' },
    answers: {
      ...DONE,
      ...instances(
        instance({ connectionPoolConfig: { connectionPoolingEnabled: true, flags: [{ name: 'a', value: 'b' }] } })
      )
    }
  },
  {
    ...SERVER,
    title: 'with a value that is gone',
    act: 'update',
    values: { backup_location: null, availability_zone: null },
    answers: { ...DONE, ...instances(LIVE) }
  },
  {
    ...SERVER,
    title: 'that was stopped meanwhile',
    act: 'update',
    values: { state: 'RUNNABLE' },
    answers: { ...DONE, ...instances(instance({ activationPolicy: 'NEVER' })) }
  },
  {
    ...SERVER,
    title: 'with all',
    act: 'update',
    values: {
      engine_version: '17',
      instance_class: 'db-perf-optimized-N-2',
      edition: 'ENTERPRISE_PLUS',
      allocated_storage: 40,
      max_allocated_storage: 0,
      enable_proxy: true,
      'parameters.work_mem': null,
      iam_database_authentication_enabled: false,
      'tags.team': 'b'
    },
    answers: {
      ...DONE,
      ...instances(
        instance(
          {
            databaseFlags: [
              { name: 'work_mem', value: '1' },
              { name: 'other', value: '2' },
              { name: 'cloudsql.iam_authentication', value: 'on' }
            ],
            connectionPoolConfig: { connectionPoolingEnabled: false, flags: [{ name: 'a', value: 'b' }] }
          },
          { replicaNames: ['orders-replica-1'] }
        )
      )
    }
  },
  {
    ...SERVER,
    title: 'of the other edition',
    act: 'update',
    values: { instance_class: 'db-custom-2-7680', edition: 'ENTERPRISE', enable_proxy: false, 'pool.a': null },
    answers: { ...DONE, ...instances(LIVE) }
  },
  {
    ...SERVER,
    title: 'of which Cloud SQL refuses some',
    act: 'update',
    values: {
      multi_az: true,
      enable_backup: true,
      ssl_mode: 'ENCRYPTED_ONLY',
      psc_enabled: true,
      psc_allowed_consumer_projects: ['a'],
      publicly_accessible: true,
      private_network: 'projects/p/global/networks/n',
      allocated_ip_range: 'range',
      allowed_cidr_blocks: ['203.0.113.0/24'],
      availability_zone: 'us-central1-a',
      secondary_zone: 'us-central1-b',
      point_in_time_recovery: true,
      backup_retention_period: 9,
      transaction_log_retention_days: 5,
      allocated_storage: 40,
      max_allocated_storage: 'unlimited',
      storage_type: 'PD_SSD',
      storage_iops: 3000,
      storage_throughput: 200,
      deletion_protection: true,
      'tags.team': 'a',
      'tags.cost': 'low'
    },
    answers: { ...DONE, ...instances(LIVE), 'instances.patch': new InTurn(kind, { name: '9' }, kind, { name: '9' }) }
  },
  {
    ...SERVER,
    title: 'that is adopted',
    act: 'update',
    answers: {
      ...DONE,
      ...instances(instance({ userLabels: { ...THEIRS, 'pgkeep-password-version': '4', team: 'x' } }))
    }
  },
  {
    ...COPIED,
    title: 'that is an unfinished copy',
    act: 'update',
    observed: { ownership: { kind: 'ours', mark: { ...MARK, unfinished: true } } },
    answers: { ...DONE, ...instances(copy()) }
  },
  {
    ...SERVER,
    title: 'with a final backup',
    act: 'remove',
    observed: { losesData: false },
    answers: { ...DONE, ...GONE }
  },
  {
    ...SERVER,
    title: 'with a final backup of that name',
    act: 'remove',
    inputs: { final_snapshot_identifier: 'last', final_backup_days: '9' },
    answers: { ...DONE, ...GONE }
  },
  { ...SERVER, title: 'without one', act: 'remove', observed: { losesData: true }, answers: { ...DONE, ...GONE } },
  { ...SERVER, title: 'of a pull request', act: 'remove', pullRequest: 7, answers: { ...DONE, ...GONE } },
  {
    ...COPIED,
    title: 'that is a protected copy',
    act: 'remove',
    answers: {
      ...DONE,
      'instances.get': new InTurn(
        ...Array.from({ length: 4 }, () => copy({ deletionProtectionEnabled: true })),
        copy({ settingsVersion: '8' }),
        refusedAs('not-found')
      )
    }
  },
  {
    ...SERVER,
    title: 'that is protected',
    act: 'remove',
    answers: {
      ...DONE,
      'instances.get': new InTurn(instance({ deletionProtectionEnabled: true }), refusedAs('not-found'))
    }
  }
];

/** What differs from run to run. */
function steady(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '<id>')
    .replaceAll(/"data":"[^"]+"/g, '"data":"<password>"');
}

function membersOf(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.map(one => `  ${JSON.stringify(one) ?? 'nothing'}`);
}

/** What calls are told as. */
const TOLD = new Set<string>();

/** The requests, each with its number, the log, and what comes of it. */
async function told(asking: Asking, act: () => Promise<unknown>): Promise<readonly string[]> {
  const end = await act().then(membersOf, (thrown: unknown) => {
    if (!(thrown instanceof ActionError)) throw thrown;
    const { code, message, hint } = thrown;
    return [`  fails, ${[`${code}:`, message, hint].filter(part => part !== undefined).join(' ')}`];
  });
  const times = (all: readonly string[]): string => (all.length === 1 ? '' : `, ${all.length} times`);
  const asked = [...Map.groupBy(asking.asked, one => one)].map(([call, all]) => `  > ${call}${times(all)}`);
  for (const one of asking.told) TOLD.add(one);
  return [...asked, ...asking.execution.lines.map(line => `  ${line}`), ...end].map(steady);
}

const READS: readonly (readonly [string, () => Answers])[] = [
  ['that is there', () => ({ 'GET secretmanager': new InTurn({ labels: LABELS }, { payload: { data: 'w6k=' } }) })],
  ['that is not', () => ({})],
  ['of others', () => secret(THEIRS)],
  ['without labels', () => UNLABELLED],
  [
    'that is empty',
    () => ({ 'GET secretmanager': new InTurn({ labels: LABELS }, refusedAs('not-found'), { labels: LABELS }), ...SENT })
  ],
  [
    'without data',
    () => ({ 'GET secretmanager': new InTurn({ labels: LABELS }, { payload: {} }, { labels: LABELS }), ...SENT })
  ]
];

/** How a kept password is read, and made again. */
async function keptPasswordsTold(): Promise<readonly string[]> {
  const page: string[] = [];
  for (const [title, answers] of READS) {
    for (const act of ['read', 'make'] as const) {
      const asking = contextOf({}, answers());
      const password = async (): Promise<unknown> => {
        const found = await keptPasswords(asking.context)[act]('app');
        return found === undefined || found.length < 10 ? found : 'a new password';
      };
      page.push(`# ${act} the password of a secret ${title}`, ...(await told(asking, password)), '');
    }
  }
  return page;
}

test('each resource is read, made, changed and removed as the golden file says', async () => {
  TOLD.clear();
  const page: string[] = [];
  for (const one of [...SECRETS, ...ALARMS, ...USERS, ...DATABASES, ...REPLICAS, ...SERVERS]) {
    const { title, act, address, answers, inputs = {}, live, pullRequest } = one;
    const more = { minutes: 3, ...(pullRequest === undefined ? {} : { pullRequest }) };
    const asking = contextOf(inputs, answers, live, more);
    page.push(`# ${act} ${address} ${title}`, ...(await told(asking, async () => acted(asking, one))), '');
  }
  page.push(...(await keptPasswordsTold()));
  page.push('# Each call, as a failure names it', ...[...TOLD].toSorted(), '');
  expectGolden('resources-gcp.txt', page.join('\n'));
});
