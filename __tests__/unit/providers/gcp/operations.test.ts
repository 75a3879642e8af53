import type { OperationDraft, OperationName } from '../../../../src/engine/operation.ts';
import { ActionError } from '../../../../src/errors.ts';
import { markLabels } from '../../../../src/providers/gcp/api/labels.ts';
import { finish, mutate, whenIdle } from '../../../../src/providers/gcp/api/operation.ts';
import type { Instance, InstanceSettings, Operation } from '../../../../src/providers/gcp/api/types.ts';
import { operations } from '../../../../src/providers/gcp/operations/operations.ts';
import { patch } from '../../../../src/providers/gcp/resources/server/patch.ts';
import { waitForInstance, waitUntilGone } from '../../../../src/providers/gcp/resources/server/wait.ts';
import type { Chosen } from '../../../../src/providers/operations.ts';
import { contextOf, InTurn, instances, refusedAs, type Answers, type Asking } from '../../../support/gcp-answers.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What each operation plans, reads and sends for each state of an instance, and how each wait ends: the whole of it in
 * the golden file. `UPDATE_GOLDENS=1` writes it, to be read.
 */
type With = Readonly<Record<string, string>>;

/** The time of the runs. */
const NOW = '2026-01-01T00:00:00.000Z';
const at = (minutes: number): string => new Date(Date.parse(NOW) + minutes * 60_000).toISOString();
const markOf = (name: string, more = {}): Readonly<Record<string, string>> =>
  markLabels({ version: 1, repository: 'acme/shop', name, environment: '', ...more });

function instance(more: Partial<Instance> = {}, settings: InstanceSettings = {}): Instance {
  const { name = 'orders' } = more;
  return {
    name,
    region: 'us-central1',
    databaseVersion: 'POSTGRES_16',
    state: 'RUNNABLE',
    ...more,
    settings: { settingsVersion: '7', userLabels: markOf('orders'), ...settings }
  };
}

const follower = (more: Partial<Instance> = {}, settings: InstanceSettings = {}): Instance =>
  instance(
    {
      name: 'orders-replica-1',
      instanceType: 'READ_REPLICA_INSTANCE',
      masterInstanceName: 'shop-project:orders',
      ...more
    },
    settings
  );
const operation = (operationType: string, more: Partial<Operation> = {}): Operation => ({
  name: '1',
  operationType,
  status: 'DONE',
  insertTime: NOW,
  ...more
});
const past = (...all: readonly Operation[]): Answers => ({ 'operations.list': { items: all } });
const running = past(operation('UPDATE', { status: 'RUNNING' }));
const failed = { errors: [{ code: 'X', message: 'Words.' }] };

/** Each call that starts an operation does, and the operation ends. */
const TAKEN: Answers = Object.fromEntries([
  ...['patch', 'update', 'restart', 'failover', 'promoteReplica', 'switchover', 'rescheduleMaintenance'].map(
    name => [`instances.${name}`, { name: '9' }] as const
  ),
  ['operations.get', new InTurn({ status: 'RUNNING' }, { name: '9', status: 'DONE' })],
  ['operations.list', {}]
]);

interface Scene {
  readonly live?: Instance;
  readonly others?: readonly Instance[];
  readonly answers?: Answers;
  readonly inputs?: With;
  readonly chosen?: Chosen;
}

async function draftOf(name: OperationName, { context }: Asking, chosen: Chosen = {}): Promise<OperationDraft> {
  const found = operations[name];
  if (!found.can) throw new Error(`There is no ${name}`);
  return found.draft(context, [], chosen);
}

/** What is thrown, in words. */
function inWords(thrown: unknown): string {
  if (!(thrown instanceof ActionError)) throw thrown;
  return `  fails, ${[`${thrown.code}:`, thrown.message, thrown.hint].filter(part => part !== undefined).join(' ')}`;
}

/** Each call once, with the number of times. */
function calls(asked: readonly string[], indent = '  '): readonly string[] {
  const times = (all: readonly string[]): string => (all.length === 1 ? '' : `, ${all.length} times`);
  return [...Map.groupBy(asked, one => one)].map(([call, all]) => `${indent}> ${call}${times(all)}`);
}

/** The draft, where each step stands, what it sends, and where it stands then. */
async function drafted(name: OperationName, scene: Scene): Promise<readonly string[]> {
  const { live, others = [], answers, inputs = {}, chosen } = scene;
  const all = [...(live === undefined ? [] : [live]), ...others];
  const asking = contextOf(inputs, { ...TAKEN, ...instances(...all), ...answers }, live, { minutes: 1 });
  const { steps, consequences, refusals, found = [], successor = {} } = await draftOf(name, asking, chosen);
  const lines = [...calls(asking.asked)];
  for (const step of steps) {
    const { address, title, summary, call, impact, usually, intervalSeconds, isRepeatable } = step;
    lines.push(`  ${[address, title, summary, call, impact, usually, intervalSeconds, isRepeatable].join(' | ')}`);
    const before = JSON.stringify(await step.look());
    const from = asking.asked.length;
    const ended = await step.send().then(
      () => [],
      thrown => [inWords(thrown)]
    );
    const sent = calls(asking.asked.slice(from), '    ');
    const after = JSON.stringify(await step.look());
    lines.push(`    ${before}`, ...sent, ...ended, ...(after === before ? [] : [`    ${after}`]));
  }
  return [
    ...lines,
    ...[...new Set(asking.execution.lines)].map(one => `  ${one}`),
    ...[...asking.told].map(one => `  ! ${one}`),
    ...found.map(one => `  found: ${one}`),
    ...consequences.map(one => `  ${one}`),
    ...refusals.map(({ rule, message, hint }) => `  refused, ${rule}: ${message} ${hint}`),
    ...Object.entries(successor).map(([input, value]) => `  then ${input}: ${value}`)
  ];
}

const stopped = instance({}, { activationPolicy: 'NEVER' });
/** A server in each state. */
const STATES: Readonly<Record<string, Scene>> = {
  'no instance': {},
  'one that serves': { live: instance() },
  'one in no state': { live: { name: 'orders' } },
  'one that is stopped': { live: stopped },
  'one that is stopped, and at work': { live: stopped, answers: running },
  'one at work': { live: instance(), answers: running },
  'one in maintenance': { live: instance({ state: 'MAINTENANCE' }) },
  'one that is made': { live: instance({ state: 'PENDING_CREATE' }) },
  'one that is deleted': { live: instance({ state: 'PENDING_DELETE' }) },
  'one that is suspended': { live: instance({ state: 'SUSPENDED' }) },
  'one with replicas': { live: instance({ replicaNames: ['a', 'b'] }) },
  'a replica': { live: instance({ instanceType: 'READ_REPLICA_INSTANCE', masterInstanceName: 'main' }) },
  'a replica of nothing': { live: instance({ instanceType: 'READ_REPLICA_INSTANCE' }) },
  'one with a standby': { live: instance({}, { availabilityType: 'REGIONAL' }) }
};

const events = (type: string): Readonly<Record<string, Scene>> => ({
  'one with a standby': { live: instance({}, { availabilityType: 'REGIONAL' }) },
  'one at it': { live: instance(), answers: past(operation(type, { status: 'RUNNING' })) },
  'one that did it 15 minutes ago': { live: instance(), answers: past(operation(type, { insertTime: at(-15) })) },
  'one that did it before': { live: instance(), answers: past(operation(type, { insertTime: at(-15.1) })) },
  'one that failed to': { live: instance(), answers: past(operation(type, { error: failed })) },
  'one that did something else': { live: instance(), answers: past(operation('UPDATE')) },
  'one that did it at an unknown time': {
    live: instance(),
    answers: past({ name: '1', operationType: type, status: 'DONE' })
  }
});

const scheduled = (startTime: string, more = {}): Instance =>
  instance({ maintenanceVersion: 'POSTGRES_16_4.R20260101.00_00', scheduledMaintenance: { startTime, ...more } });
const soon = at(2 * 1440);
const week = { postpone: at(9 * 1440) };
const NEXT = { postpone: 'next-window' };
const moved = past(operation('RESCHEDULE_MAINTENANCE'));

const MAINTENANCE: Readonly<Record<string, Scene>> = {
  'none is known': { live: instance() },
  'it can not be taken off': { live: scheduled(soon), chosen: { postpone: 'undo' } },
  'it begins in 10 minutes': { live: scheduled(at(10)), chosen: { applyNow: true } },
  'it begins in 11 minutes': { live: scheduled(at(11)), chosen: { applyNow: true } },
  'it begins soon, and can not be moved': { live: scheduled(at(10), { canReschedule: false }), chosen: NEXT },
  'it can not be moved': { live: scheduled(soon, { canReschedule: false }), chosen: NEXT },
  'it can not be moved, but is at that time': {
    live: scheduled(soon, { canReschedule: false }),
    chosen: { postpone: soon }
  },
  'it can not be moved to another time': { live: scheduled(soon, { canReschedule: false }), chosen: week },
  'it was moved': { live: scheduled(soon, { canReschedule: false }), answers: moved, chosen: NEXT },
  'it was moved, and is to begin': {
    live: scheduled(soon, { canReschedule: false }),
    answers: moved,
    chosen: { applyNow: true }
  },
  'it was moved 15 minutes ago': {
    live: scheduled(soon),
    answers: past(operation('RESCHEDULE_MAINTENANCE', { insertTime: at(-15) })),
    chosen: NEXT
  },
  'it was moved before': {
    live: scheduled(soon),
    answers: past(operation('RESCHEDULE_MAINTENANCE', { insertTime: at(-16) })),
    chosen: NEXT
  },
  'it was not moved, because that failed': {
    live: scheduled(soon),
    answers: past(operation('RESCHEDULE_MAINTENANCE', { error: failed })),
    chosen: NEXT
  },
  'something else was done': { live: scheduled(soon), answers: past(operation('UPDATE')), chosen: NEXT },
  'the time is now': { live: scheduled(soon), chosen: { postpone: NOW } },
  'the time is another': { live: scheduled(soon), chosen: week },
  'the next window': { live: scheduled(soon), chosen: NEXT },
  'the instance is at work': { live: scheduled(soon), answers: running, chosen: NEXT },
  'the instance is in maintenance': { live: { ...scheduled(soon), state: 'MAINTENANCE' }, chosen: NEXT },
  'the instance is suspended': { live: { ...scheduled(soon), state: 'SUSPENDED' }, chosen: NEXT },
  'the instance is stopped': {
    live: { ...scheduled(soon), settings: { activationPolicy: 'NEVER' } },
    chosen: NEXT
  },
  'a version is offered': {
    live: instance({ availableMaintenanceVersions: ['POSTGRES_16_4.R20260102.00_00', 'odd'] }),
    chosen: { applyNow: true }
  },
  'a version is offered, and the instance is at work': {
    live: instance({ availableMaintenanceVersions: ['POSTGRES_16_4.R20260102.00_00'] }),
    answers: running,
    chosen: { applyNow: true }
  }
};

const PLUS: InstanceSettings = {
  edition: 'ENTERPRISE_PLUS',
  backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true },
  ipConfiguration: { sslMode: 'ENCRYPTED_ONLY' }
};
const paired = (settings: InstanceSettings = PLUS, more: Partial<Instance> = {}): Instance =>
  instance(
    {
      replicaNames: ['orders-replica-1', 'theirs'],
      replicationCluster: { failoverDrReplicaName: 'shop-project:orders-replica-1' },
      ...more
    },
    settings
  );
const FIRST = { replica: 'Orders-Replica-1' };
const point = (value: object): Answers => ({ 'GET monitoring': { timeSeries: [{ points: [{ value }] }] } });

const PROMOTIONS: Readonly<Record<string, Scene>> = {
  'no instance': { chosen: FIRST },
  'no replica': { live: instance() },
  'a replica of others': {
    live: instance({ replicaNames: ['theirs'] }),
    others: [follower({ name: 'theirs' }, { userLabels: {} })]
  },
  'one that is not confirmed': { live: paired(), others: [follower()], answers: point({ doubleValue: 1.5 }) },
  'one that is gone': { live: paired(), chosen: FIRST },
  'one whose server has all': {
    live: paired(),
    others: [follower({}, PLUS)],
    answers: point({ int64Value: '3' }),
    chosen: FIRST
  },
  'one with backups, a standby and replicas': {
    live: instance({ replicaNames: ['orders-replica-1'] }),
    others: [follower({ replicaNames: ['below'] }, { ...PLUS, availabilityType: 'REGIONAL' })],
    answers: { 'GET monitoring': {} },
    chosen: FIRST
  },
  'one whose lag may not be read': {
    live: paired({ ...PLUS, edition: 'ENTERPRISE' }),
    others: [follower()],
    answers: { 'GET monitoring': refusedAs('denied') },
    chosen: FIRST
  },
  'one whose lag can not be read': {
    live: paired(PLUS, { replicationCluster: { psaWriteEndpoint: 'orders.endpoint' } }),
    others: [follower()],
    answers: { 'GET monitoring': refusedAs('transient') },
    chosen: FIRST
  },
  'one with a write endpoint': {
    live: paired(PLUS, {
      replicationCluster: { failoverDrReplicaName: 'orders-replica-1', psaWriteEndpoint: 'orders.endpoint' }
    }),
    others: [follower()],
    answers: point({ doubleValue: 1 }),
    chosen: FIRST
  },
  'one without a log': {
    live: paired({ ...PLUS, backupConfiguration: { enabled: true } }),
    others: [follower()],
    answers: point({}),
    chosen: FIRST
  },
  'one of another version': {
    live: paired(),
    others: [follower({ databaseVersion: 'POSTGRES_17' })],
    answers: point({}),
    chosen: FIRST
  },
  'one with another SSL mode': {
    live: paired(),
    others: [follower({}, { ipConfiguration: { sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' } })],
    answers: point({}),
    chosen: FIRST
  },
  'one that is stopped': {
    live: paired(),
    others: [follower({}, { activationPolicy: 'NEVER' })],
    answers: point({}),
    chosen: FIRST
  },
  'one that failed': { live: paired(), others: [follower({ state: 'FAILED' })], answers: point({}), chosen: FIRST },
  'one at work': {
    live: paired(),
    others: [follower()],
    answers: { ...point({}), ...running },
    chosen: FIRST
  },
  'a read pool': {
    live: paired(),
    others: [follower({ instanceType: 'READ_POOL_INSTANCE' })],
    answers: point({}),
    chosen: FIRST
  },
  'one that was promoted by hand': {
    live: instance(),
    others: [follower({ masterInstanceName: '', state: 'MAINTENANCE' })],
    chosen: FIRST
  },
  'the server itself, as a replica': {
    live: instance({ masterInstanceName: 'shop-project:main', instanceType: 'READ_REPLICA_INSTANCE' }),
    answers: point({}),
    chosen: { replica: 'orders' }
  },
  'the server itself, which was promoted': {
    live: instance({}, { userLabels: markOf('orders', { promotedFrom: 'main' }) }),
    chosen: { replica: 'orders' }
  },
  'the server itself, which was not': { live: instance(), chosen: { replica: 'orders' } },
  'the server that follows the one that is named': {
    live: instance({ masterInstanceName: 'shop-project:orders-replica-1', replicaNames: [] }),
    others: [follower({ masterInstanceName: '' })],
    chosen: FIRST
  }
};

const DRAFTS: readonly (readonly [OperationName, Readonly<Record<string, Scene>>])[] = [
  ['stop', STATES],
  ['start', STATES],
  ['restart', { ...STATES, ...events('RESTART') }],
  ['failover', { ...STATES, ...events('FAILOVER') }],
  ['maintenance', MAINTENANCE],
  ['promote', PROMOTIONS],
  ['switchover', PROMOTIONS]
];

test('each operation is planned, read and sent as the golden file says', async () => {
  const page: string[] = [];
  for (const [name, scenes] of DRAFTS) {
    let before: readonly string[] = [];
    for (const [title, scene] of Object.entries(scenes)) {
      const lines = await drafted(name, scene);
      const own = lines.filter(line => !before.includes(line));
      const same = lines.length - own.length;
      page.push(`# ${name}: ${title}`, ...(same < 2 ? lines : [`  … ${same} as before`, ...own]), '');
      before = lines;
    }
  }
  expectGolden('drafts-gcp.txt', page.join('\n'));
});

const CHANGE = {
  what: 'change orders',
  instance: 'orders',
  usually: '1–5 min',
  permission: 'cloudsql.instances.update',
  type: 'UPDATE',
  send: async (sdk: Parameters<Parameters<Asking['gcp']['sql']>[1]>[0]) => sdk.instances.patch({ instance: 'orders' })
};
const COPYING = { ...CHANGE, type: ['CLONE', 'CREATE_CLONE'] };
const busy = (providerCode: string): Error =>
  refusedAs('busy', 'Could not call cloudsql.instances.update for orders: it is busy', { providerCode });
const seen = (...all: readonly (Instance | undefined)[]): Answers => ({ 'instances.get': new InTurn(...all) });
const polls = (...all: readonly object[]): Answers => ({ 'operations.get': new InTurn(...all) });

type Wait = readonly [title: string, wait: (asking: Asking) => Promise<unknown>, answers: Answers, inputs?: With];
const waits = (
  wait: (asking: Asking) => Promise<unknown>,
  all: Readonly<Record<string, Answers | readonly [Answers, With]>>
): readonly Wait[] =>
  Object.entries(all).map(([title, given]) =>
    Array.isArray(given) ? [title, wait, given[0] as Answers, given[1] as With] : [title, wait, given as Answers]
  );

const WAITS: Readonly<Record<string, readonly Wait[]>> = {
  'An operation': waits(async ({ context }) => finish(context, CHANGE, { name: '9' }), {
    'that ends': polls({ status: 'PENDING' }, { status: 'RUNNING' }, {}, { name: '9', status: 'DONE' }),
    'that is not seen twelve times': polls(...Array.from({ length: 12 }, () => refusedAs('not-found')), {
      name: '9',
      status: 'DONE'
    }),
    'that is never seen': polls(refusedAs('not-found')),
    'that fails': polls({ status: 'DONE', error: failed }),
    'that fails without words': polls({ status: 'DONE', error: { errors: [{ code: 'A' }, {}, { message: 'C.' }] } }),
    'that does not say how it failed': polls({ status: 'DONE', error: { errors: [{}] } }),
    'that takes too long': polls({ status: 'RUNNING' }),
    'that is not waited for': [polls({ status: 'RUNNING' }), { wait: 'false' }],
    'that is lost for a while': polls(refusedAs('transient'), { name: '9', status: 'DONE' })
  }),
  'A change': waits(async ({ context }) => mutate(context, CHANGE), {
    'that is taken': TAKEN,
    'of an instance at work': {
      ...TAKEN,
      'operations.list': new InTurn(
        { items: [operation('BACKUP_VOLUME', { status: 'RUNNING' })] },
        { items: [{ name: '2', status: 'PENDING' }] },
        {}
      )
    },
    'that is refused for a while': {
      ...TAKEN,
      'instances.list': {
        items: [follower(), follower({ name: 'other', masterInstanceName: 'shop-project:main' }), instance()]
      },
      'instances.patch': new InTurn(busy('operationInProgress'), refusedAs('busy'), { name: '9' })
    },
    'that is refused by a list that may not be read': {
      ...TAKEN,
      'instances.list': refusedAs('denied'),
      'instances.patch': new InTurn(busy('operationInProgress'), { name: '9' })
    },
    'that is refused for good': {
      ...TAKEN,
      'instances.list': {},
      'instances.patch': busy('operationInProgress'),
      'instances.get': instance()
    },
    'that the state refuses': {
      ...TAKEN,
      'instances.list': {},
      'instances.patch': busy('invalidState'),
      'instances.get': instance({ state: undefined as never })
    },
    'that fails': { ...TAKEN, 'instances.patch': refusedAs('invalid') }
  }),
  'A new one': waits(async ({ context }) => mutate(context, COPYING), {
    'whose name is kept': { ...TAKEN, 'instances.list': {}, 'instances.patch': busy('INVALID_STATE') }
  }),
  'One with another hint': waits(async ({ context }) => mutate(context, { ...COPYING, otherName: 'Do this.' }), {
    'whose name is kept': { ...TAKEN, 'instances.list': {}, 'instances.patch': busy('invalidstate') },
    'that exists': {
      ...TAKEN,
      'instances.list': {},
      'instances.patch': busy('invalidstate'),
      'instances.get': instance()
    }
  }),
  'A goal': waits(
    async ({ context }) =>
      mutate(context, { ...CHANGE, reached: thrown => thrown instanceof Error && thrown.message === 'Gone.' }),
    {
      'that is reached': { ...TAKEN, 'instances.patch': refusedAs('not-found', 'Gone.') },
      'that is not': { ...TAKEN, 'instances.patch': refusedAs('not-found', 'Other.') }
    }
  ),
  'The end of its operations': waits(async ({ context }) => whenIdle(context, 'orders'), {
    'that is there': past(operation('UPDATE')),
    'that comes': { 'operations.list': new InTurn({ items: [operation('UPDATE', { status: 'RUNNING' })] }, {}) },
    'that is not to be read': { 'operations.list': refusedAs('denied') },
    'that can not be read': { 'operations.list': refusedAs('invalid') }
  }),
  'An instance': waits(async ({ context }) => waitForInstance(context, 'orders'), {
    'that serves': seen(instance()),
    'that comes to serve': {
      ...seen(instance({ state: 'PENDING_CREATE' }), instance({ state: undefined as never }), instance()),
      ...past()
    },
    'that is not seen twelve times': seen(...Array.from({ length: 12 }, () => undefined), instance()),
    'that is never seen': seen(undefined),
    'that is deleted': seen(instance({ state: 'PENDING_DELETE' })),
    'that is suspended': seen(instance({ state: 'SUSPENDED', suspensionReason: ['A', 'B'] })),
    'that is suspended for no reason': seen(instance({ state: 'SUSPENDED' })),
    'that failed': {
      ...seen(instance({ state: 'FAILED' })),
      ...past(operation('UPDATE'), operation('CREATE', { error: failed }))
    },
    'that failed for no reason': { ...seen(instance({ state: 'FAILED' })), ...past() },
    'whose creation failed': {
      ...seen(instance({ state: 'PENDING_CREATE' })),
      ...past(operation('BACKUP_VOLUME'), operation('CREATE', { error: failed }))
    },
    'whose creation failed before another one': {
      ...seen(instance({ state: 'PENDING_CREATE' }), instance()),
      ...past(operation('CREATE', { error: failed }), operation('UPDATE', { status: 'RUNNING' }))
    },
    'that takes too long': seen(instance({ state: 'MAINTENANCE' })),
    'that is not waited for': [seen(instance({ state: 'MAINTENANCE' })), { wait: 'false' }]
  }),
  'A new version of it': waits(
    async ({ context }) => waitForInstance(context, 'orders', live => live.settings?.settingsVersion === '8'),
    {
      'that shows': seen(instance(), instance({}, { settingsVersion: '8' })),
      'that shows after six looks': seen(instance())
    }
  ),
  'Its end': waits(async ({ context }) => waitUntilGone(context, 'orders'), {
    'that comes': seen(instance(), instance({ state: undefined as never }), undefined),
    'that takes too long': seen(instance({ state: 'PENDING_DELETE' })),
    'that is not waited for': [seen(instance()), { wait: 'false' }]
  }),
  'A patch': waits(
    async ({ context }) =>
      patch(context, 'orders', 'change orders', ({ settings: { tier } = {} }) =>
        tier === 'small' ? { settings: { tier: 'large', userLabels: { old: null } } } : {}
      ),
    {
      'of no instance': seen(undefined),
      'that is not needed': seen(instance()),
      'that another run was faster with': { ...TAKEN, ...seen(instance({}, { tier: 'small' }), instance()) },
      'that takes a label away': {
        ...TAKEN,
        ...seen(
          instance(
            { instanceType: 'CLOUD_SQL_INSTANCE' },
            {
              tier: 'small',
              userLabels: { old: 'x', new: 'y' },
              ...({
                collation: 'C',
                ipConfiguration: { requireSsl: true, sslMode: 'ENCRYPTED_ONLY' },
                backupConfiguration: { enabled: true, backupTier: 'STANDARD', transactionalLogStorageState: 'DISK' },
                connectionPoolConfig: { connectionPoolingEnabled: false }
              } as object)
            }
          )
        )
      },
      'that takes one away of little': {
        ...TAKEN,
        ...seen({ name: 'orders', state: 'RUNNABLE', settings: { tier: 'small' } })
      }
    }
  )
};

test('each wait ends as its golden file says', async () => {
  const page: string[] = [];
  for (const [what, all] of Object.entries(WAITS)) {
    for (const [title, wait, answers, inputs = {}] of all) {
      const asking = contextOf(inputs, answers, undefined, { minutes: 3 });
      const end = await wait(asking).then(value => `  ${JSON.stringify(value) ?? 'done'}`, inWords);
      page.push(
        `# ${what} ${title}`,
        ...calls(asking.asked),
        ...asking.execution.lines.map(line => `  ${line}`),
        ...[...asking.told].map(one => `  ! ${one}`),
        end,
        ''
      );
    }
  }
  expectGolden('waits-gcp.txt', page.join('\n'));
});
