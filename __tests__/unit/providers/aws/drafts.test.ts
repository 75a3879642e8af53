import type { BlueGreenDeployment, DBInstance, PendingMaintenanceAction } from '@aws-sdk/client-rds';
import type { OperationDraft, OperationStep } from '../../../../src/engine/operation.ts';
import { asPromoted, asSuperseded, markFor, type Mark } from '../../../../src/engine/ownership.ts';
import type { Observed } from '../../../../src/engine/resource.ts';
import { markTags, toList } from '../../../../src/providers/aws/api/tags.ts';
import type { AwsContext } from '../../../../src/providers/aws/context.ts';
import { operations } from '../../../../src/providers/aws/operations/operations.ts';
import { waitForInstance, waitUntilGone } from '../../../../src/providers/aws/resources/server/wait.ts';
import type { Chosen } from '../../../../src/providers/operations.ts';
import { contextOf, denied, NOW, TARGET, type Account } from '../../../support/aws-answers.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { expectGolden } from '../../../support/golden.ts';
import { alike } from '../../../support/plan-in-words.ts';
import { failureOf } from '../../../support/refusal-in.ts';

/**
 * Each operation of each server: what it means, why it is refused, its steps with the request that each sends, and
 * where a read says that it stands. And what each wait makes of an instance. No fake is asked. `UPDATE_GOLDENS=1`
 * writes the golden file, to be read.
 */
type With = Readonly<Record<string, string>>;
type Name = keyof typeof operations;

const MARK = markFor(TARGET);
const tagged = (mark: Mark): DBInstance['TagList'] => toList(markTags(mark));

const SERVER: DBInstance = {
  DBInstanceIdentifier: 'orders',
  DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:orders',
  DBInstanceStatus: 'available',
  EngineVersion: '16.4',
  BackupRetentionPeriod: 9,
  PreferredBackupWindow: '03:00-04:00',
  Endpoint: { Address: 'orders.example' },
  AvailabilityZone: 'us-east-1a',
  MasterUsername: 'admin',
  TagList: tagged(MARK)
};
const secret = (SecretStatus: string): DBInstance => ({ MasterUserSecret: { SecretArn: 'arn:secret', SecretStatus } });
const replica = (more: DBInstance = {}): DBInstance => ({
  ...SERVER,
  DBInstanceIdentifier: 'orders-replica-1',
  DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:orders-replica-1',
  Endpoint: { Address: 'orders-replica-1.example' },
  ReadReplicaSourceDBInstanceIdentifier: 'orders',
  ...more
});
const observedReplica = (address: string, id: string): Observed =>
  ({
    address,
    type: 'replica',
    title: id,
    facts: { id },
    fields: {},
    ownership: { kind: 'ours' },
    dependsOn: []
  }) as unknown as Observed;

/** A server, what is on the account with it, and what was asked. */
interface Scene {
  readonly title: string;
  readonly live?: DBInstance | undefined;
  readonly others?: readonly DBInstance[];
  readonly given?: With;
  readonly chosen?: Chosen;
  readonly observed?: readonly Observed[];
  readonly calls?: Account['calls'];
  readonly pending?: readonly PendingMaintenanceAction[];
}

function opened({ live, others = [], given = {}, calls = {}, pending = [] }: Scene, heard: string[]): AwsContext {
  const all = [...(live === undefined ? [] : [live]), ...others];
  return contextOf(given, {
    heard,
    state: { main: live, pendingMaintenance: pending },
    calls: {
      DescribeDBInstances: ({ DBInstanceIdentifier: id }: { readonly DBInstanceIdentifier?: string }) => ({
        DBInstances: all.filter(one => id === undefined || one.DBInstanceIdentifier === id)
      }),
      DescribePendingMaintenanceActions: { PendingMaintenanceActions: [{ PendingMaintenanceActionDetails: pending }] },
      ...calls
    }
  });
}

async function stateOf(step: OperationStep): Promise<string> {
  const look = await step.look();
  return look.state === 'failed' ? `failed: ${look.message}. ${look.hint ?? ''}` : `${look.state}: ${look.detail}`;
}

/** What is told of each step, in this order. */
const COLUMNS = [
  ...(['address', 'title', 'summary', 'call', 'impact'] as const),
  ...(['usually', 'intervalSeconds', 'isRepeatable'] as const)
];

async function told(draft: OperationDraft, heard: string[]): Promise<readonly string[]> {
  const { steps, consequences, refusals, found = [], successor } = draft;
  const lines = [
    ...consequences.map(one => `- ${one}`),
    ...found.map(one => `found: ${one}`),
    ...refusals.map(({ rule, message, hint }) => `refused, ${rule}: ${message} ${hint}`),
    ...(successor === undefined ? [] : [`successor ${JSON.stringify(successor)}`])
  ];
  for (const step of steps) {
    const { consecutive = 1, isOptional = false } = step;
    lines.push([...COLUMNS.map(column => step[column]), consecutive, isOptional].join(' | '));
    lines.push(`  ${await stateOf(step)}`);
    heard.length = 0;
    await step.send();
    lines.push(...heard.filter(one => !one.includes(':Describe')).map(one => `  > ${one}`));
    heard.length = 0;
    await step.takeBack?.();
    lines.push(...heard.filter(one => !one.includes(':Describe')).map(one => `  < ${one}`));
  }
  return lines;
}

async function drafted(name: Name, scene: Scene): Promise<readonly [string, readonly string[]]> {
  const operation = operations[name];
  if (!operation.can) throw new Error(`${name} can't be done`);
  const heard: string[] = [];
  const lines: string[] = [];
  const context = opened(scene, heard);
  const failed = await failureOf(async () => {
    lines.push(...(await told(await operation.draft(context, scene.observed ?? [], scene.chosen), heard)));
  });
  return [scene.title, [...lines, ...(failed === '' ? [] : [`failed: ${failed}`])]];
}

const STATUSES = [
  [
    'available',
    'stopped',
    'stopping',
    'starting',
    'configuring-enhanced-monitoring',
    'rebooting',
    'deleting',
    'failed'
  ],
  ['inaccessible-encryption-credentials-recoverable', 'incompatible-parameters', 'storage-full', 'modifying']
].flat();

/** The same operation of a server in each state, and when it is gone: refusals, and where its first step stands. */
async function states(name: Name, scene: Scene): Promise<readonly string[]> {
  const operation = operations[name];
  if (!operation.can) throw new Error(`${name} can't be done`);
  const seen = await Promise.all(
    [...STATUSES, 'gone'].map(async status => {
      const live = status === 'gone' ? undefined : { ...SERVER, ...scene.live, DBInstanceStatus: status };
      const calls = { DescribeEvents: { Events: [{ Message: 'First.' }, { Message: 'Words.' }] }, ...scene.calls };
      const before = await operation.draft(
        opened({ ...scene, live: live ?? { ...SERVER, ...scene.live } }, []),
        scene.observed ?? [],
        scene.chosen
      );
      const after = await operation.draft(opened({ ...scene, live, calls }, []), scene.observed ?? [], scene.chosen);
      const [step] = after.steps.length === 0 ? before.steps : after.steps;
      const refusals = after.refusals.map(({ message, hint }) => `refused: ${message} ${hint}`);
      return [
        status,
        [...refusals, step === undefined ? 'no step' : await stateOf(step)].map(one =>
          one.replaceAll(`\`${status}\``, '`<state>`')
        )
      ] as const;
    })
  );
  return [...alike(seen)].flatMap(([text, all]) => [`in ${all.join(', ')}`, text]);
}

const scenes = async (name: Name, all: readonly Scene[]): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const scene of all) {
    const [title, own] = await drafted(name, scene);
    lines.push(title, ...own.map(line => `  ${line}`));
  }
  return lines;
};

const at = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

async function power(): Promise<readonly string[]> {
  const scene: Scene = { title: 'a server', live: SERVER };
  return [
    '# stop',
    ...(await scenes('stop', [
      scene,
      { title: 'a large one', live: { ...SERVER, MultiAZ: true, PendingModifiedValues: { Port: 1, MultiAZ: false } } },
      { title: 'one that is stopped', live: { ...SERVER, DBInstanceStatus: 'stopped', AutomaticRestartTime: at(0) } },
      { title: 'with replicas', live: { ...SERVER, ReadReplicaDBInstanceIdentifiers: ['a', 'b'] } },
      { title: 'a replica', live: replica() },
      { title: 'none', live: undefined }
    ])),
    ...(await states('stop', scene)),
    '# start',
    ...(await scenes('start', [{ title: 'a server', live: { ...SERVER, DBInstanceStatus: 'stopped' } }])),
    ...(await states('start', scene)),
    ...(await states('start', { ...scene, calls: { DescribeEvents: denied('rds:DescribeEvents') } }))
  ];
}

async function restarts(): Promise<readonly string[]> {
  const events = (...all: readonly (readonly [string, number])[]): Account['calls'] => ({
    DescribeEvents: { Events: all.map(([Message, minutes]) => ({ Message, Date: at(minutes) })) }
  });
  const standby: DBInstance = { ...SERVER, MultiAZ: true, SecondaryAvailabilityZone: 'us-east-1b' };
  const waiting: DBInstance = { ...SERVER, DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }] };
  const recorded = events(
    ['DB instance restarted', 8],
    ['Multi-AZ instance failover completed', 6],
    ['DB instance shutdown', 5]
  );
  return [
    '# restart',
    ...(await scenes('restart', [
      { title: 'a server', live: SERVER },
      { title: 'one that waits', live: waiting },
      { title: 'one that was restarted', live: SERVER, calls: recorded },
      { title: 'an event without words', live: SERVER, calls: { DescribeEvents: { Events: [{}] } } }
    ])),
    ...(await states('restart', { title: '', live: SERVER })),
    '# failover',
    ...(await scenes('failover', [
      { title: 'a server with a standby', live: standby },
      { title: 'without the zones', live: { MultiAZ: true } },
      { title: 'one that failed over', live: standby, calls: recorded },
      { title: 'none' }
    ])),
    ...(await states('failover', { title: '', live: standby })),
    ...(await states('failover', { title: '', live: SERVER }))
  ];
}

async function rotations(): Promise<readonly string[]> {
  const rotated = (minutes: number): Account['calls'] => ({ DescribeSecret: { LastRotatedDate: at(minutes) } });
  const plan = (more: object): Account['calls'] => ({ DescribeSecret: more });
  const managed = { ...SERVER, ...secret('active') };
  const on = (days?: number): Account['calls'] =>
    plan({
      RotationEnabled: true,
      RotationRules: days === undefined ? { ScheduleExpression: 'rate(4 days)' } : { AutomaticallyAfterDays: days }
    });
  const WEEKLY: With = { rotation_days: '7' };
  const OFF: With = { rotation_days: '0' };
  return [
    '# rotate',
    ...(await scenes('rotate', [
      { title: 'a server', live: managed },
      { title: 'without a user', live: { ...managed, MasterUsername: undefined } },
      { title: 'with its own password', live: SERVER },
      {
        title: 'with queued changes',
        live: { ...managed, PendingModifiedValues: { Port: 1, MasterUserPassword: 'x', MultiAZ: true } }
      },
      { title: 'with a queued password', live: { ...managed, PendingModifiedValues: { MasterUserPassword: 'x' } } },
      ...[0, 5, 59, 61, 14, 16].map(minutes => ({
        title: `rotated ${minutes} minutes ago`,
        live: managed,
        calls: rotated(minutes)
      })),
      ...['rotating', 'impaired', 'creating'].map(status => ({
        title: `a secret that is ${status}`,
        live: { ...SERVER, ...secret(status) },
        calls: rotated(5)
      })),
      { title: 'none' },
      { title: 'every week', live: managed, given: WEEKLY },
      ...[7, 8, undefined].map(days => ({
        title: `every week, now ${days ?? 'by a rate'}`,
        live: managed,
        given: WEEKLY,
        calls: on(days)
      })),
      { title: 'every week, on without rules', live: managed, given: WEEKLY, calls: plan({ RotationEnabled: true }) },
      {
        title: 'every week, off with rules',
        live: managed,
        given: WEEKLY,
        calls: plan({ RotationEnabled: false, RotationRules: { AutomaticallyAfterDays: 7 } })
      },
      { title: 'off', live: managed, given: OFF },
      { title: 'off, now on', live: managed, given: OFF, calls: on(7) },
      { title: 'every week, with its own password', live: SERVER, given: WEEKLY },
      { title: 'every week, none', given: WEEKLY }
    ])),
    ...(await states('rotate', { title: '', live: managed }))
  ];
}

async function upkeep(): Promise<readonly string[]> {
  const action = (OptInStatus?: string): PendingMaintenanceAction => ({
    Action: 'system-update',
    Description: 'Patch',
    OptInStatus
  });
  const chosen: readonly (readonly [string, Chosen])[] = [
    ['shown', {}],
    ['applied', { applyNow: true }],
    ['put off', { postpone: 'next-window' }],
    ['taken back', { postpone: 'undo' }],
    ['put off to a time', { postpone: '2026-05-01T00:00:00Z' }]
  ];
  const statuses = [undefined, 'immediate', 'next-maintenance', 'undo-opt-in'];
  return [
    '# maintenance',
    ...(await scenes('maintenance', [
      { title: 'nothing pending', live: SERVER },
      { title: 'an action without a name', live: SERVER, pending: [{}], chosen: { applyNow: true } },
      ...chosen.flatMap(([how, one]) =>
        statuses.map(status => ({
          title: `${how}, chosen ${status ?? 'nothing'}`,
          live: SERVER,
          pending: [action(status)],
          chosen: one
        }))
      )
    ])),
    ...(await states('maintenance', { title: '', live: SERVER, pending: [action()], chosen: { applyNow: true } })),
    ...(await states('maintenance', {
      title: '',
      live: SERVER,
      pending: [action()],
      chosen: { applyNow: true },
      calls: { DescribePendingMaintenanceActions: {} }
    }))
  ];
}

async function promotions(): Promise<readonly string[]> {
  const ONE = [observedReplica('replica/1', 'orders-replica-1')];
  const CHOSEN: Chosen = { replica: 'Orders-Replica-1' };
  const lag = { GetMetricData: { MetricDataResults: [{ Values: [7, 9] }] } };
  const superseded = asSuperseded(MARK, { name: 'orders-replica-1' });
  const promoted = asPromoted(MARK, 'orders-replica-1', TARGET);
  const main = {
    ...SERVER,
    ReadReplicaDBInstanceIdentifiers: ['orders-replica-1', 'arn:aws:rds:eu-west-1:1:db:far', 'near']
  };
  const far = replica({ DBInstanceIdentifier: 'orders-replica-eu-west-1' });
  const scene = (title: string, more: Partial<Scene> = {}): Scene => ({
    title,
    live: main,
    others: [replica()],
    observed: ONE,
    chosen: CHOSEN,
    calls: lag,
    ...more
  });
  const broken = ['stopped', 'failed', 'deleting', 'modifying'];
  return [
    '# promote',
    ...(await scenes('promote', [
      scene('a replica'),
      scene('not confirmed', { chosen: {} }),
      scene('another one', { chosen: { replica: 'other' } }),
      scene('one in another region', {
        others: [far],
        observed: [observedReplica('replica/eu-west-1', 'orders-replica-eu-west-1')],
        chosen: { replica: 'orders-replica-eu-west-1' },
        given: { backup_retention_period: '3', backup_window: '05:00-06:00' }
      }),
      scene('one with a standby, without backups before', {
        live: { ...main, BackupRetentionPeriod: 0, PreferredBackupWindow: undefined },
        others: [replica({ MultiAZ: true })]
      }),
      scene('not asked for backups', { given: { backup_retention_period: '0' } }),
      scene('of others', { others: [replica({ TagList: [] })] }),
      scene('without a lag', { calls: {} }),
      scene('promoted already', {
        live: { ...SERVER, TagList: tagged(superseded) },
        others: [{ ...replica({ TagList: tagged(promoted) }), ReadReplicaSourceDBInstanceIdentifier: undefined }],
        observed: []
      }),
      scene('the server before is gone', { live: undefined }),
      scene('the replica itself', {
        live: { ...replica(), DBInstanceIdentifier: 'orders' },
        others: [],
        observed: [],
        chosen: { replica: 'orders' }
      }),
      scene('itself, promoted', {
        live: { ...SERVER, TagList: tagged(promoted) },
        others: [],
        observed: [],
        chosen: { replica: 'orders' }
      }),
      scene('none', { others: [], observed: [], chosen: {} }),
      ...broken.map(status => scene(`one that is ${status}`, { others: [replica({ DBInstanceStatus: status })] }))
    ]))
  ];
}

async function switchovers(): Promise<readonly string[]> {
  const UPGRADE: With = { upgrade_strategy: 'blue-green', engine_version: '17' };
  const CHOSEN: Chosen = { replica: 'Orders' };
  const lag = { GetMetricData: { MetricDataResults: [{ Values: [7] }] } };
  const [Target, Source] = ['arn:aws:rds:us-east-1:1:db:orders-green', 'arn:aws:rds:us-east-1:1:db:orders'];
  const Old = 'arn:aws:rds:us-east-1:1:db:orders-old1';
  const deployed = (one: BlueGreenDeployment, more: Account['calls'] = lag): Account['calls'] => ({
    DescribeBlueGreenDeployments: {
      BlueGreenDeployments: [
        { BlueGreenDeploymentName: 'orders-to-17', BlueGreenDeploymentIdentifier: 'bgd-1', Target, Source, ...one }
      ]
    },
    ...more
  });
  const old = (more: DBInstance = {}): DBInstance => ({
    ...SERVER,
    DBInstanceIdentifier: 'orders-old1',
    DBInstanceArn: Old,
    ...more
  });
  const kept = (until: Date): DBInstance['TagList'] =>
    tagged({ ...MARK, name: 'orders-old1', promotedTo: 'orders', expiresAt: until.toISOString() });
  const [over, later] = [kept(at(1)), kept(at(-1))];
  const oldReplica = old({
    DBInstanceIdentifier: 'orders-replica-1-old1',
    ReadReplicaSourceDBInstanceIdentifier: 'orders-old1',
    TagList: over
  });
  const scene = (title: string, more: Partial<Scene> = {}): Scene => ({
    title,
    live: SERVER,
    given: UPGRADE,
    chosen: CHOSEN,
    calls: deployed({ Status: 'AVAILABLE' }),
    ...more
  });
  const done = deployed({ Status: 'SWITCHOVER_COMPLETED', Source: Old });
  const others: Mark = { ...MARK, repository: 'acme/other', promotedTo: 'orders', expiresAt: at(1).toISOString() };
  return [
    '# switchover',
    ...(await scenes('switchover', [
      scene('a copy'),
      scene('not confirmed', { chosen: {} }),
      scene('confirmed for another', { chosen: { replica: 'shop' } }),
      scene('kept for longer', { given: { ...UPGRADE, blue_green_keep_hours: '48' } }),
      scene('in place', { given: { engine_version: '17' } }),
      scene('no version', { given: { upgrade_strategy: 'blue-green' } }),
      scene('no deployment', { calls: {} }),
      scene('without a lag', { calls: deployed({ Status: 'AVAILABLE' }, {}) }),
      ...[
        'PROVISIONING',
        'INVALID_CONFIGURATION',
        'DELETING',
        'SWITCHOVER_IN_PROGRESS',
        'SWITCHOVER_FAILED',
        undefined
      ].map(Status => scene(`one that is ${Status ?? 'in no state'}`, { calls: deployed({ Status }) })),
      scene('switched', { others: [old()], calls: done }),
      scene('switched, and kept', { others: [old({ TagList: later })], calls: done }),
      scene('switched, and over', { others: [old({ TagList: over, DeletionProtection: true })], calls: done }),
      scene('switched, and being deleted', {
        others: [old({ TagList: over, DBInstanceStatus: 'deleting' })],
        calls: done
      }),
      scene('over, and broken', { others: [old({ TagList: over, DBInstanceStatus: 'failed' })], calls: done }),
      scene('over, without a snapshot', {
        others: [old({ TagList: over })],
        calls: done,
        given: { ...UPGRADE, skip_final_snapshot: 'true' }
      }),
      scene('over, with a replica', {
        others: [
          old({ TagList: over, ReadReplicaDBInstanceIdentifiers: ['orders-replica-1-old1', 'arn:aws:rds:x:1:db:far'] }),
          oldReplica
        ],
        calls: done
      }),
      scene('its replica is over, it is not', {
        others: [old({ TagList: later, ReadReplicaDBInstanceIdentifiers: ['orders-replica-1-old1'] }), oldReplica],
        calls: done
      }),
      scene('no deployment any more, and kept', { others: [old({ TagList: later })], calls: {} }),
      scene('no deployment any more, and over', { others: [old({ TagList: over })], calls: {} }),
      scene('no deployment any more, not marked', { others: [old()], calls: {} }),
      scene('of others', { others: [old({ TagList: tagged(others) })], calls: {} }),
      scene('the second one', {
        others: [old({ DBInstanceIdentifier: 'orders-old2' }), old({ TagList: over })],
        calls: deployed({ Status: 'SWITCHOVER_COMPLETED', Source: 'arn:aws:rds:us-east-1:1:db:orders-old2' })
      }),
      scene('the deployment is being deleted', {
        others: [old({ TagList: over })],
        calls: deployed({ Status: 'DELETING', Source: Old })
      })
    ]))
  ];
}

const STATES = [...STATUSES, 'storage-optimization', 'storage-initialization', 'incompatible-network'];

type Variant = readonly [title: string, live: DBInstance];

/** Where a wait ends for an instance that stays as it is, and what it says meanwhile. */
async function waits(): Promise<readonly string[]> {
  const infos = (Status: string | undefined): DBInstance => ({
    StatusInfos: [{ StatusType: 'read replication', Status }]
  });
  const variants: readonly Variant[] = [
    ...STATES.map((status): Variant => [status, { DBInstanceStatus: status }]),
    ['half way', { DBInstanceStatus: 'creating', PercentProgress: '40' }],
    ['in no state', { DBInstanceStatus: undefined }],
    ['no endpoint', { Endpoint: undefined }],
    ...['replicating', 'connecting', 'error', 'stopped', 'terminated', undefined].map((one): Variant => [
      `replication ${one ?? 'unknown'}`,
      infos(one)
    ]),
    ['other infos', { StatusInfos: [{ StatusType: 'other', Status: 'error' }] }],
    ...['applying', 'in-sync'].map((status): Variant => [
      `parameters ${status}`,
      { DBParameterGroups: [{}, { ParameterApplyStatus: status }] }
    ]),
    ...['adding', 'active', undefined].map((status): Variant => [
      `security group ${status ?? 'unknown'}`,
      { VpcSecurityGroups: [{ Status: 'active' }, { Status: status }] }
    ]),
    ...['creating', 'rotating', 'active', 'impaired'].map((status): Variant => [`secret ${status}`, secret(status)]),
    ['a password', { PendingModifiedValues: { MasterUserPassword: '****' } }],
    ['queued', { PendingModifiedValues: { MultiAZ: true, Port: undefined, PendingCloudwatchLogsExports: {} } }],
    ['nothing queued', { PendingModifiedValues: { PendingCloudwatchLogsExports: {} } }]
  ];
  const ways = {
    plain: {},
    now: { now: true },
    accepting: { accepts: ['storage-full', 'creating'] },
    stale: { accepts: ['storage-full', 'creating'], shows: () => false }
  };
  const calls = (live: DBInstance | undefined): NonNullable<Account['calls']> => ({
    DescribeDBInstances: { DBInstances: live === undefined ? [] : [live] },
    DescribeEvents: { Events: ['One.', 'Two.', 'Three.', 'Four.'].map(Message => ({ Message })) }
  });
  const ended = async (
    title: string,
    live: DBInstance | undefined,
    work: (context: AwsContext) => Promise<unknown>
  ): Promise<readonly [string, readonly string[]]> => {
    const execution = fakeContext();
    const context = contextOf({}, { calls: calls(live), execution });
    const failed = await failureOf(async () => work(context));
    const lines = [...new Set(execution.lines.map(line => line.replace(/\d+ (?:s|min)(?: \d+ s)?,/, '<time>,')))];
    const [state = ''] = title.split(',');
    const all = [failed === '' ? 'ends well' : failed, ...lines];
    return [title, STATES.includes(state) ? all.map(line => line.replaceAll(state, '<state>')) : all];
  };
  const ends: (readonly [string, readonly string[]])[] = [];
  for (const [title, more] of [...variants, ['gone', undefined] as const]) {
    const live = more === undefined ? undefined : { ...SERVER, ...more };
    for (const [way, how] of Object.entries(ways)) {
      ends.push(
        await ended(`${title}, ${way}`, live, async context =>
          waitForInstance(
            context,
            context.execution,
            { id: 'orders' },
            { what: 'server orders', usually: '5–10 min', ...how }
          )
        )
      );
    }
    ends.push(
      await ended(`${title}, deleted`, live, async context =>
        waitUntilGone(context, context.execution, { id: 'orders' }, 'deletion of orders')
      )
    );
  }
  return ['# waits', ...[...alike(ends)].flatMap(([text, titles]) => [titles.join('; '), text])];
}

test('operations and waits of each server are as the golden file says', async () => {
  const page: string[] = [];
  for (const part of [power, restarts, rotations, upkeep, promotions, switchovers, waits]) {
    page.push(...(await part()), '');
  }
  expectGolden('drafts-aws.txt', page.join('\n'));
});
