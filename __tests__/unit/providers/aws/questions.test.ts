import { X509Certificate } from 'node:crypto';
import type { DBInstance } from '@aws-sdk/client-rds';
import { defined } from '../../../../src/engine/defined.ts';
import { markFor, type Mark } from '../../../../src/engine/ownership.ts';
import type { Desired, Observed } from '../../../../src/engine/resource.ts';
import { ProviderError } from '../../../../src/errors.ts';
import { markTags, toList } from '../../../../src/providers/aws/api/tags.ts';
import { namesOf } from '../../../../src/providers/aws/api/names.ts';
import { check } from '../../../../src/providers/aws/checks/check.ts';
import { validate } from '../../../../src/providers/aws/checks/validate.ts';
import type { AwsContext } from '../../../../src/providers/aws/context.ts';
import { desired } from '../../../../src/providers/aws/desired/desired.ts';
import {
  createsMonitoringRole,
  createsSubnetGroup,
  type Lookups
} from '../../../../src/providers/aws/desired/look-up.ts';
import { attachedGroups } from '../../../../src/providers/aws/desired/attached-groups.ts';
import { examine } from '../../../../src/providers/aws/doctor.ts';
import { listServers } from '../../../../src/providers/aws/list-servers.ts';
import { readLiveState } from '../../../../src/providers/aws/live-state.ts';
import { newestBackup } from '../../../../src/providers/aws/newest-backup.ts';
import { readOfferings } from '../../../../src/providers/aws/offerings.ts';
import { observeForOutputs, outputsOf } from '../../../../src/providers/aws/outputs.ts';
import { dependents, observeOtherReplicas } from '../../../../src/providers/aws/resources/server/others.ts';
import { runnerAccess } from '../../../../src/providers/aws/runner-access.ts';
import { takeSnapshot } from '../../../../src/providers/aws/snapshot.ts';
import { usage } from '../../../../src/providers/aws/usage.ts';
import { whoChanged } from '../../../../src/providers/aws/who-changed.ts';
import { describeProblem } from '../../../../src/spec/problem.ts';
import { contextOf, denied, INSTANCE, NOW, TARGET, type Account } from '../../../support/aws-answers.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { expectGolden } from '../../../support/golden.ts';
import { differing } from '../../../support/plan-in-words.ts';
import { failureOf } from '../../../support/refusal-in.ts';

/**
 * What is wanted of a server that lives, and what is answered about it: a line for each answer, with what AWS is asked
 * for it. No fake is asked. `UPDATE_GOLDENS=1` writes the golden file, to be read.
 */
type With = Readonly<Record<string, string>>;
type Answers = NonNullable<Account['calls']>;

const MARK = markFor(TARGET);
const [ours, others] = [toList(markTags(MARK)), toList(markTags({ ...MARK, repository: 'acme/other' } satisfies Mark))];

const SERVER: DBInstance = {
  ...INSTANCE,
  AllocatedStorage: 500,
  MaxAllocatedStorage: 1000,
  StorageType: 'gp3',
  Iops: 13_000,
  StorageThroughput: 600,
  StorageEncrypted: true,
  DBName: 'shop',
  MasterUsername: 'admin',
  BackupRetentionPeriod: 9,
  PreferredBackupWindow: '03:00-04:00',
  PreferredMaintenanceWindow: 'sun:05:00-sun:06:00',
  Endpoint: { Address: 'orders.example', Port: 5433 },
  DBSubnetGroup: {
    DBSubnetGroupName: 'given',
    VpcId: 'vpc-1',
    Subnets: [{ SubnetIdentifier: 'subnet-b' }, { SubnetIdentifier: 'subnet-a' }]
  },
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-2' }, { VpcSecurityGroupId: 'sg-1' }],
  DBParameterGroups: [{ DBParameterGroupName: 'orders-postgres16', ParameterApplyStatus: 'in-sync' }],
  MonitoringInterval: 60,
  MonitoringRoleArn: 'arn:aws:iam::123456789012:role/given',
  PerformanceInsightsEnabled: true,
  PerformanceInsightsRetentionPeriod: 31,
  PerformanceInsightsKMSKeyId: 'arn:key',
  DatabaseInsightsMode: 'advanced',
  EnabledCloudwatchLogsExports: ['postgresql'],
  NetworkType: 'DUAL',
  MultiAZ: true,
  IAMDatabaseAuthenticationEnabled: true,
  TagList: ours
};

const said = (value: unknown): string => JSON.stringify(value) ?? 'none';

function seen(address: string, more: Partial<Observed> = {}): Observed {
  const [type = ''] = address.split('/');
  return {
    address,
    type,
    title: address,
    ownership: { kind: 'ours', mark: MARK },
    fields: {},
    facts: {},
    dependsOn: [],
    ...more
  } as unknown as Observed;
}

/** What a plan looks up, with nothing found. */
function looked(more: Partial<Lookups> = {}): Lookups {
  const none = { problems: [], notices: [] };
  return {
    live: undefined,
    instances: new Map(),
    version: '16.4',
    choice: none,
    restore: none,
    subnets: none,
    attached: { isEnough: false, notices: [] },
    kmsKeyArn: undefined,
    insightsKeyArn: undefined,
    reservation: { desired: [], notices: [] },
    storageRest: { notices: [] },
    dependents: [],
    ...more
  };
}

function wanted({
  address,
  presence,
  title,
  fields,
  dependsOn,
  follows = [],
  complete = [],
  concurrencyGroup
}: Desired): readonly string[] {
  const more = [
    presence,
    title,
    ...dependsOn,
    ...follows.map(one => `follows ${one}`),
    ...complete.map(one => `all ${one}`),
    concurrencyGroup
  ];
  return [
    `${address}: ${more.join(', ')}`,
    ...Object.entries(fields).map(
      ([field, { value, managed }]) => `${address} ${field} ${said(value)}${managed ? '' : ', only of a new one'}`
    )
  ];
}

const live: Partial<Lookups> = { live: SERVER, instances: new Map([['orders', SERVER]]) };
const io1: DBInstance = {
  ...SERVER,
  StorageType: 'io1',
  DedicatedLogVolume: true,
  DBName: undefined,
  MonitoringInterval: 0,
  PerformanceInsightsEnabled: false
};
const copy = (source: DBInstance): Partial<Lookups> => ({
  restore: {
    source: { instance: 'shop', time: 'latest' },
    origin: { ...source, Encrypted: true },
    instance: source,
    problems: [],
    notices: []
  }
});
const restored = (more: object): Partial<Lookups> => ({
  restore: {
    source: { snapshot: 'nightly' },
    origin: { AllocatedStorage: 100, StorageType: 'gp3', Encrypted: false, MasterUsername: 'admin', ...more },
    problems: [],
    notices: []
  }
});

/** Inputs and what lives, each told by what it changes of the first one of its kind. */
const WANTED: Readonly<
  Record<
    string,
    readonly (readonly [given: With, found?: Partial<Lookups>, observed?: readonly Observed[], account?: Account])[]
  >
> = {
  'a new server': [
    [{}],
    [{ master_password: 'correct-horse-battery' }],
    [{ availability_zone: 'us-east-1a' }],
    [{ backup_window: '04:30-05:00' }],
    [{ maintenance_window: 'sun:03:30-sun:04:30' }],
    [{ backup_window: '06:00-07:00' }],
    [{ database_name: 'postgres' }],
    [
      {
        database_name: 'Shop',
        instance_class: 'DB.T3.Micro',
        storage_type: 'IO2',
        subnet_group_name: 'Given',
        option_group_name: 'Own'
      }
    ],
    [{ kms_key_id: 'alias/own', performance_insights_kms_key_id: 'alias/own', enable_performance_insights: 'true' }],
    [
      { kms_key_id: 'alias/own', performance_insights_kms_key_id: 'alias/own', enable_performance_insights: 'true' },
      { kmsKeyArn: 'arn:k', insightsKeyArn: 'arn:i' }
    ],
    [{ performance_insights_retention_period: '31', performance_insights_kms_key_id: 'alias/own' }],
    [{ monitoring_interval: '0', monitoring_role_arn: 'arn:aws:iam::123456789012:role/given' }],
    [{ monitoring_interval: '15' }],
    [{ monitoring_interval: '15', monitoring_role_arn: 'arn:aws:iam::123456789012:role/given' }],
    [{ security_group_ids: 'sg-22222222\nsg-11111111', create_security_group: 'true' }],
    [{ enable_logging: 'true', log_retention_days: '7' }],
    [{ parameter_group_name: 'Own' }],
    [{ parameters: 'work_mem: 8MB' }],
    [{ parameter_group_family: 'postgres15' }],
    [{}, copy(SERVER)],
    [{}, copy(io1)],
    [{ storage_type: 'gp2' }, copy(io1)],
    [{ availability_zone: 'us-east-1a' }, copy(SERVER)],
    [{ subnet_ids: 'subnet-11111111\nsubnet-22222222' }, copy(SERVER)],
    [{ subnet_group_name: 'other' }, copy(SERVER)],
    [{ enable_performance_insights: 'false', enable_enhanced_monitoring: 'false' }, copy(SERVER)],
    [{ backup_window: '05:30-06:00' }, copy(SERVER)],
    [{ name: 'pgkeep-restore-check-1' }, copy(SERVER)],
    [{}, restored({})],
    [
      {},
      restored({
        StorageType: 'io1',
        Iops: 1000,
        Port: 6000,
        IAMDatabaseAuthenticationEnabled: true,
        DedicatedLogVolume: true
      })
    ],
    [
      {},
      restored({
        StorageType: 'gp3',
        AllocatedStorage: 400,
        Iops: 12_000,
        StorageThroughput: 500,
        Port: 0,
        DedicatedLogVolume: true
      })
    ],
    [{ storage_type: 'GP3' }, restored({ AllocatedStorage: 400, Iops: 12_000, StorageThroughput: 500 })],
    [{ storage_type: 'gp2' }, restored({ AllocatedStorage: 400, Iops: 12_000, StorageThroughput: 500 })]
  ],
  'a live server': [
    [{}, live],
    [{ master_password: 'correct-horse-battery' }, { ...live, live: { ...SERVER, MasterUserSecret: {} } }],
    [{ database_name: 'shop' }, live],
    [{ database_name: 'shop' }, { ...live, live: io1 }],
    [{ allocated_storage: '600', storage_iops: '14000' }, live],
    [
      {
        allocated_storage: '600',
        storage_iops: '14000',
        storage_throughput: '700',
        max_allocated_storage: '900',
        storage_type: 'gp3'
      },
      { ...live, storageRest: { until: 'optimized', notices: [] } }
    ],
    [{ performance_insights_retention_period: '7' }, live],
    [{ performance_insights_retention_period: '7' }, { ...live, live: io1 }],
    [{ enable_performance_insights: 'false' }, live],
    [{ enable_enhanced_monitoring: 'true' }, live],
    [
      { monitoring_interval: '30' },
      { ...live, live: { ...SERVER, MonitoringRoleArn: 'arn:aws:iam::1:role/orders-us-east-1-monitoring' } }
    ],
    [{ subnet_ids: 'subnet-11111111\nsubnet-22222222' }, live],
    [{ allowed_cidr_blocks: '10.0.0.0/16' }, live],
    [{ allowed_cidr_blocks: '10.0.0.0/16' }, { ...live, attached: { isEnough: true, notices: [] } }],
    [{ parameters: 'work_mem: 8MB' }, live, [seen('parameter-group/postgres15'), seen('parameter-group/postgres16')]],
    [
      { parameters: 'work_mem: 8MB', engine_version: '17' },
      { ...live, version: '17.1' },
      [seen('parameter-group/postgres16')],
      { applyImmediately: true }
    ],
    [{ engine_version: '17' }, { ...live, version: '17.1' }, [seen('server', { fields: { engine_version: '16.4' } })]],
    [
      { upgrade_strategy: 'blue-green', engine_version: '17' },
      { ...live, version: '17.1' },
      [],
      { switchover: 'orders' }
    ],
    [{}, live, [], { allowRestart: true }],
    [
      { enable_logging: 'true' },
      live,
      [
        seen('log-group/postgresql', { ownership: { kind: 'unmarked' } }),
        seen('log-group/upgrade', { ownership: { kind: 'ours', mark: { ...MARK, unfinished: true } } })
      ]
    ],
    [
      { enable_logging: 'true', log_retention_days: '5' },
      live,
      [seen('log-group/postgresql', { ownership: { kind: 'unmarked' } })]
    ],
    [
      { create_read_replica: 'true' },
      live,
      [seen('log-group/orders-replica-1/postgresql'), seen('log-group/orders-replica-2/postgresql')]
    ],
    [
      {
        alarms: 'cpu: {threshold: 70, period: 60, evaluation_periods: 5}\nfree_storage:\nfreeable_memory:',
        alarm_actions: 'arn:aws:sns:us-east-1:123456789012:b\narn:aws:sns:us-east-1:123456789012:a'
      },
      live,
      [seen('alarm/connections'), seen('alarm/read_latency', { ownership: { kind: 'unmarked' } })]
    ],
    [{ enable_proxy: 'true', manage_master_user_password: 'true' }, live],
    [
      {
        enable_proxy: 'true',
        master_password: 'correct-horse-battery',
        master_password_version: '3',
        proxy_config: 'default_pool_size: 20',
        parameters: 'max_connections: "80"'
      },
      live
    ],
    [
      {
        enable_proxy: 'true',
        master_password: 'correct-horse-battery',
        allowed_cidr_blocks: '10.0.0.0/16',
        subnet_ids: 'subnet-22222222\nsubnet-11111111'
      },
      live
    ],
    [{ enable_proxy: 'true', master_password: 'correct-horse-battery' }, {}],
    [{ enable_proxy: 'false' }, live, [seen('proxy-role')]],
    [{ enable_proxy: 'false' }, live, [seen('proxy-secret')]],
    [{ enable_proxy: 'false' }, live],
    [{ backup_region: 'eu-west-1' }, live],
    [{ backup_region: 'eu-west-1', replica_kms_key_id: 'alias/own', backup_retention_period: '0' }, live],
    [
      { backup_region: 'eu-west-1' },
      { ...live, live: { ...SERVER, StorageEncrypted: false, BackupRetentionPeriod: 0 } }
    ]
  ],
  'replicas of a live server': [
    [{ create_read_replica: 'true' }, live],
    [{ create_read_replica: 'true' }, { ...live, live: io1 }],
    [
      {
        create_read_replica: 'true',
        instance_class: 'db.r5.xlarge',
        storage_type: 'gp2',
        allocated_storage: '600',
        monitoring_interval: '0',
        enable_performance_insights: 'false'
      },
      live
    ],
    [
      { create_read_replica: 'true', allowed_cidr_blocks: '10.0.0.0/16' },
      live,
      [seen('security-group', { facts: { id: 'sg-1' } })]
    ],
    [{ create_read_replica: 'true', security_group_ids: 'sg-11111111' }, live],
    [{ create_read_replica: 'true', enable_deletion_protection: 'false' }, live, [seen('replica/1')]],
    [
      { create_read_replica: 'true', enable_deletion_protection: 'true' },
      live,
      [seen('replica/1'), seen('replica/2'), seen('replica/3')]
    ],
    [
      { create_read_replica: 'true', allocated_storage: '600', engine_version: '16.9' },
      { ...live, version: '16.9' },
      [
        seen('server', { fields: { allocated_storage: 500, engine_version: '16.4' } }),
        seen('replica/1', { fields: { allocated_storage: 500, engine_version: '16.4' } })
      ]
    ],
    [{ replica_region: 'eu-west-1' }, live],
    [
      {
        replica_region: 'eu-west-1',
        replica_subnet_group_name: 'far',
        replica_kms_key_id: 'alias/far',
        parameters: 'work_mem: 8MB',
        allowed_cidr_blocks: '10.0.0.0/16'
      },
      live
    ],
    [{ replica_region: 'eu-west-1' }, live, [seen('replica/eu-west-1')]],
    [{ replica_region: 'eu-west-1' }, { ...live, live: { ...SERVER, StorageEncrypted: false } }],
    [{ replica_region: 'eu-west-1', storage_encrypted: 'false' }, {}]
  ]
};

function wishes(): readonly string[] {
  return Object.entries(WANTED).flatMap(([title, all]) => {
    const told = all.map(([given, found, observed = [], account]) => {
      const context = contextOf(given, account);
      return [`${title} ${said(given)}`, desired(context, observed, looked(found)).flatMap(wanted)] as const;
    });
    const [first] = told;
    const base = first?.[1] ?? [];
    return told.flatMap(([name, lines], at) => [
      name,
      ...(at === 0 ? lines : differing(base, lines, true)).map(line => `  ${line}`)
    ]);
  });
}

async function answered(
  title: string,
  ask: () => Promise<unknown>,
  heard: readonly string[] = []
): Promise<readonly string[]> {
  let answer: unknown;
  const failed = await failureOf(async () => {
    answer = await ask();
  });
  return [`${title}: ${failed === '' ? said(answer) : failed}`, ...onceEach(heard).map(line => `  ? ${line}`)];
}

/** Repeated reads once. */
function onceEach(lines: readonly string[]): readonly string[] {
  return lines.filter((line, at) => line !== lines[at - 1]);
}

/** A question in a context of its own, with what AWS is asked. */
async function asked(
  title: string,
  given: With,
  account: Account,
  ask: (context: AwsContext) => Promise<unknown>
): Promise<readonly string[]> {
  const heard: string[] = [];
  const context = contextOf(given, { ...account, heard });
  return answered(title, async () => ask(context), heard);
}

async function reads(): Promise<readonly string[]> {
  const heard: string[] = [];
  const answers: Answers = {
    DescribeSecret: ({ SecretId: id }: With) => (id?.endsWith('left') === true ? { DeletedDate: NOW } : { Name: id }),
    ListSecrets: { SecretList: [{ Name: 'pgkeep/orders/role/app' }, { Name: 'other' }, {}] },
    DescribeDBParameterGroups: ({ DBParameterGroupName: name }: With) =>
      name === undefined
        ? {
            DBParameterGroups: ['orders-postgres16', 'orders-postgresql', 'x', 'orders-postgres'].map(one => ({
              DBParameterGroupName: one
            }))
          }
        : { DBParameterGroups: [{ DBParameterGroupName: name }] },
    DescribeEvents: {
      Events: [
        { Message: 'Finished applying modification to allocated storage' },
        { Message: 'Finished applying modification to port' },
        {}
      ]
    },
    DescribeDBInstances: { DBInstances: [{ DBInstanceIdentifier: 'orders' }, {}] },
    DescribeValidDBInstanceModifications: { ValidDBInstanceModificationsMessage: { Storage: [{ StorageType: 'gp3' }] } }
  };
  const context = contextOf({}, { calls: answers, heard });
  const source = { call: context.call, region: 'us-east-1', names: context.names, settings: context.settings };
  const state = readLiveState(source);
  const offerings = readOfferings(context.call);
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    main: async () => state.main(),
    instances: async () => [...(await state.instances()).keys()],
    remote: async () => state.remote('eu-west-1'),
    allInstances: async () => state.allInstances(),
    instancesOf: async () => state.instancesOf(['a', 'b']),
    'instancesOf none': async () => state.instancesOf([]),
    securityGroups: async () => state.securityGroups(),
    parameterGroups: async () => state.parameterGroups(),
    parameterGroup: async () => state.parameterGroup('own'),
    optionGroup: async () => state.optionGroup('own'),
    'subnetGroup here': async () => state.subnetGroup('own', 'us-east-1'),
    'subnetGroup there': async () => state.subnetGroup('own', 'eu-west-1'),
    userParameters: async () => state.userParameters('own'),
    pendingMaintenance: async () => state.pendingMaintenance(),
    storageEvents: async () => state.storageEvents(),
    validStorage: async () => state.validStorage(),
    proxySecret: async () => state.proxySecret(),
    roleSecret: async () => state.roleSecret('app'),
    'roleSecret that is being deleted': async () => state.roleSecret('left'),
    roleSecrets: async () => state.roleSecrets(),
    reserved: async () => state.reserved('ABCDEF12-3456'),
    tags: async () => state.tags('arn:x'),
    versions: async () => offerings.versions(16),
    version: async () => offerings.version('16.4'),
    orderable: async () => offerings.orderable('16.4', 'db.r5.large'),
    'orderable there': async () => offerings.orderable('16.4', 'db.r5.large', 'eu-west-1'),
    vpcs: async () => offerings.vpcs('vpc-1'),
    'the default VPC': async () => offerings.vpcs(undefined),
    subnets: async () => offerings.subnets(['a', 'b']),
    'no subnets': async () => offerings.subnets([]),
    key: async () => offerings.key('alias/own'),
    parameterFacts: async () => offerings.parameterFacts('postgres16', ['b', 'a', 'b']),
    'no parameterFacts': async () => offerings.parameterFacts('postgres16', []),
    reservedOffering: async () => offerings.reservedOffering('ABCDEF12-3456'),
    quotas: async () => offerings.quotas()
  };
  const lines: string[] = [];
  for (const [title, ask] of Object.entries(questions)) {
    heard.length = 0;
    lines.push(...(await answered(title, ask, heard)));
    heard.length = 0;
    await ask();
    lines.push(...heard.map(line => `  again ${line}`));
  }
  const paged = contextOf(
    {},
    {
      calls: {
        DescribeDBParameterGroups: ({ DBParameterGroupName: name }: With) =>
          name === undefined
            ? { Marker: 'more' }
            : { DBParameterGroups: name.endsWith('16') ? [{ DBParameterGroupName: name }] : [] }
      }
    }
  );
  const many = readLiveState({ ...source, call: paged.call });
  const tagged = {
    DescribeDBInstances: { DBInstances: [{ ...SERVER, TagList: toList({ 'pgkeep:parts': 'proxy alarm' }) }] }
  };
  const parts = ['proxy', 'alarm', 'log-group'] as const;
  const known = readLiveState({
    ...source,
    call: contextOf({}, { calls: tagged }).call,
    names: namesOf('orders', 'us-east-1')
  });
  const fresh = readLiveState({ ...source, call: contextOf({}).call });
  const named = readLiveState({
    ...source,
    call: contextOf({}, { calls: tagged }).call,
    settings: contextOf({ enable_logging: 'true' }).settings
  });
  return [
    ...lines,
    ...(await answered('parameterGroups of many', async () => many.parameterGroups())),
    ...(await answered('looksFor, known', async () => Promise.all(parts.map(async part => known.looksFor(part))))),
    ...(await answered('looksFor, no server', async () => Promise.all(parts.map(async part => fresh.looksFor(part))))),
    ...(await answered('looksFor, named', async () => Promise.all(parts.map(async part => named.looksFor(part)))))
  ];
}

async function relations(): Promise<readonly string[]> {
  const other = (id: string, more: DBInstance): DBInstance => ({ DBInstanceIdentifier: id, ...more });
  const all = [
    SERVER,
    other('reader', { ReadReplicaSourceDBInstanceIdentifier: 'orders' }),
    other('grouped', {
      DBParameterGroups: [
        { DBParameterGroupName: 'orders-postgres15' },
        { DBParameterGroupName: 'orders-postgres-x' },
        {}
      ],
      TagList: others
    }),
    other('subnetted', { DBSubnetGroup: { DBSubnetGroupName: 'orders-subnets' }, TagList: ours }),
    other('secured', { VpcSecurityGroups: [{}, { VpcSecurityGroupId: 'sg-own' }] }),
    other('stranger', {})
  ];
  const group = { GroupId: 'sg-own', VpcId: 'vpc-1', Tags: ours };
  const own = new Map([
    [
      'orders',
      {
        ...SERVER,
        ReadReplicaDBInstanceIdentifiers: [
          'reader',
          'orders-replica-1',
          'arn:aws:rds:eu-west-1:1:db:far',
          'arn:aws:rds:eu-west-1:1:db:orders-replica-eu-west-1',
          'odd:id'
        ]
      }
    ],
    ['orders-replica-1', {}]
  ]);
  const state = {
    instances: own,
    allInstances: all,
    instancesOf: all,
    looksFor: true,
    securityGroups: [group, { GroupId: 'sg-x', Tags: others }]
  };
  const known = [seen('security-group', { facts: { id: 'sg-own' } }), seen('replica/reader')];
  const calls = { DescribeNetworkInterfaces: { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1' }] } };
  const cases: readonly (readonly [string, With, DBInstance | undefined, object])[] = [
    [
      'enough',
      { allowed_cidr_blocks: '10.0.0.0/16', port: '5432' },
      SERVER,
      { CidrIpv4: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 5000, ToPort: 6000 }
    ],
    [
      'of every protocol',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv4: '10.0.0.0/16', IpProtocol: '-1' }
    ],
    [
      'too narrow',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv4: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 5434, ToPort: 6000 }
    ],
    [
      'too low',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv4: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 1, ToPort: 5432 }
    ],
    [
      'of another protocol',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv4: '10.0.0.0/16', IpProtocol: 'udp', FromPort: 1, ToPort: 6000 }
    ],
    [
      'outgoing',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv4: '10.0.0.0/16', IpProtocol: '-1', IsEgress: true }
    ],
    ['open', { allowed_cidr_blocks: '10.0.0.0/16' }, SERVER, { CidrIpv4: '0.0.0.0/0', IpProtocol: '-1' }],
    ['open, and asked for', { allowed_cidr_blocks: '0.0.0.0/0' }, SERVER, { CidrIpv4: '0.0.0.0/0', IpProtocol: '-1' }],
    [
      'open to IPv6',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv6: '::/0', IpProtocol: 'tcp', FromPort: 5433, ToPort: 5433 }
    ],
    [
      'open outwards',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv6: '::/0', IpProtocol: '-1', IsEgress: true }
    ],
    [
      'open elsewhere',
      { allowed_cidr_blocks: '10.0.0.0/16' },
      SERVER,
      { CidrIpv6: '::/0', IpProtocol: 'tcp', FromPort: 22, ToPort: 22 }
    ],
    ['no rules asked for', { vpc_id: 'vpc-11111111' }, SERVER, {}],
    ['a group asked for', { create_security_group: 'true' }, SERVER, {}],
    ['no group asked for', {}, SERVER, {}],
    ['a new server', { allowed_cidr_blocks: '10.0.0.0/16' }, undefined, {}],
    ['no group attached', { allowed_cidr_blocks: '10.0.0.0/16' }, { ...SERVER, VpcSecurityGroups: [] }, {}]
  ];
  const groupsOf = [
    SERVER,
    undefined,
    { DBSubnetGroup: { DBSubnetGroupName: 'orders-subnets' } },
    {
      DBSubnetGroup: {
        DBSubnetGroupName: 'x',
        Subnets: [{ SubnetIdentifier: 'subnet-22222222' }, { SubnetIdentifier: 'subnet-11111111' }]
      }
    }
  ];
  const roles = [SERVER, undefined, { MonitoringRoleArn: 'arn:aws:iam::1:role/orders-us-east-1-monitoring' }];
  const context = contextOf({
    subnet_ids: 'subnet-11111111\nsubnet-22222222\nsubnet-11111111',
    monitoring_interval: '30'
  });
  return (
    await Promise.all([
      asked('replicas of others', {}, { state }, observeOtherReplicas),
      asked(
        'replicas of others, unreadable',
        {},
        { state: { ...state, instancesOf: denied('x') } },
        observeOtherReplicas
      ),
      asked('dependents', {}, { state, calls }, async one => dependents(one, known)),
      asked('dependents without a group', {}, { state: { ...state, looksFor: false } }, async one =>
        dependents(one, [])
      ),
      asked(
        'dependents, unreadable',
        {},
        { state: { ...state, allInstances: denied('x'), securityGroups: denied('x') } },
        async one => dependents(one, [])
      ),
      ...cases.map(async ([title, given, server, rule]) =>
        asked(
          `groups of others, ${title}`,
          given,
          {
            state: { securityGroups: [] },
            calls: { DescribeSecurityGroupRules: { SecurityGroupRules: [{ GroupId: 'sg-1', ...rule }] } }
          },
          async one => attachedGroups(one, server)
        )
      ),
      asked(
        'groups of others, ours is there',
        { allowed_cidr_blocks: '10.0.0.0/16' },
        { state: { securityGroups: [group] } },
        async one => attachedGroups(one, SERVER)
      ),
      asked(
        'groups of others, unreadable',
        { allowed_cidr_blocks: '10.0.0.0/16' },
        { state: { securityGroups: denied('x') } },
        async one => attachedGroups(one, SERVER)
      ),
      answered('creates a subnet group', async () => groupsOf.map(one => createsSubnetGroup(context, { live: one }))),
      answered('creates a role', async () => roles.map(one => createsMonitoringRole(context, { live: one })))
    ])
  ).flat();
}

async function trails(): Promise<readonly string[]> {
  const event = (more: object, details?: object | string): object => ({
    EventName: 'ModifyDBInstance',
    EventTime: 1_700_000_000,
    CloudTrailEvent: typeof details === 'string' ? details : JSON.stringify(details ?? {}),
    ...more
  });
  const Events = [
    event({ Username: 'kim' }, { userAgent: 'console' }),
    event({ Username: 'kim' }, { userAgent: 'x pgkeep y', userIdentity: { arn: 'arn:kim' } }),
    event({}, { userIdentity: { invokedBy: 'backup.amazonaws.com' } }),
    event({}),
    event({}, 'no JSON'),
    event({ CloudTrailEvent: undefined }),
    event({ ReadOnly: 'true' }),
    event({}, { errorCode: 'AccessDenied' }),
    event({ EventName: undefined }),
    event({ EventTime: undefined })
  ];
  const observed = [
    seen('server'),
    seen('security-group', { facts: { id: 'sg-1', name: 'x' } }),
    seen('alarm/cpu', { facts: { name: 'orders-cpu' } }),
    seen('proxy')
  ];
  const addresses = ['server', 'proxy', 'security-group', 'alarm/cpu', 'alarm/cpu'];
  const heard: string[] = [];
  const signed = async (operation: string, call: unknown): Promise<unknown> => {
    heard.push(`${operation} ${said(call)}`);
    return heard.length === 1 ? { Events } : {};
  };
  const metric = (Id: string, ...Values: readonly number[]): object => ({
    Id,
    Values,
    Timestamps: Values.slice(0, 1).map(() => NOW)
  });
  const metrics = {
    GetMetricData: {
      MetricDataResults: [
        metric('cpu', 10, 20),
        metric('peak', 50, 90),
        metric('memory', 2 ** 33, 2 ** 32),
        metric('connections', 5, 8),
        metric('writes', 100, 3),
        metric('disk', 2 ** 35, 2 ** 34)
      ]
    }
  };
  const manual = (...all: readonly object[]): Answers => ({ DescribeDBSnapshots: { DBSnapshots: all } });
  const taken = (id: string, day: string, Status = 'available'): object => ({
    DBSnapshotIdentifier: id,
    SnapshotCreateTime: new Date(day),
    Status
  });
  const listed = {
    DescribeDBInstances: {
      DBInstances: [
        SERVER,
        { Engine: 'mysql' },
        { Engine: 'postgres', ReadReplicaSourceDBInstanceIdentifier: 'x' },
        { Engine: 'postgres', DBInstanceIdentifier: 'bare' }
      ]
    }
  };
  const secretive = (value: unknown): Account => ({ calls: { GetSecretValue: value } });
  const facts = {
    host: 'orders.example',
    port: 5433,
    secretArn: 'arn:secret',
    parameterGroup: 'g',
    subnetGroup: 'given',
    performanceInsights: true
  };
  const everything = [
    seen('server', {
      facts: {
        ...facts,
        database: 'shop',
        username: 'admin',
        id: 'orders',
        arn: 'arn:db',
        resourceId: 'db-1',
        performanceInsightsKey: 'arn:key',
        monitoringRole: 'arn:role',
        monitoringStream: 'arn:stream'
      },
      fields: { reboot_pending: true }
    }),
    seen('replica/1', { facts: { id: 'r1', arn: 'arn:r1', host: 'r1.example', port: 5434 } }),
    seen('replica/2', { facts: { id: 'r2', host: 'r2.example' }, ownership: { kind: 'unmarked' } }),
    seen('replica/3', { facts: { id: 'r3' } }),
    seen('security-group', { facts: { id: 'sg-1', arn: 'arn:sg' } }),
    seen('subnet-group', { facts: { name: 'orders-subnets', arn: 'arn:subnets' } }),
    seen('parameter-group', { facts: { name: 'g', arn: 'arn:g' } }),
    seen('proxy', { facts: { endpoint: 'proxy.example' } })
  ];
  const outputs = async (context: AwsContext, all: readonly Observed[]): Promise<unknown> => {
    const { endpoint, ...found } = (await outputsOf(context, all)) ?? {};
    const trusted = (endpoint?.caCertificate ?? '').split(/(?<=-----END CERTIFICATE-----\n)/).filter(Boolean);
    const caCertificate = trusted.map(pem => new X509Certificate(pem).subject.replace(/^[^]*CN=/, ''));
    return { ...found, endpoint: endpoint && { ...endpoint, caCertificate } };
  };
  return (
    await Promise.all([
      asked('who changed it', {}, {}, async context =>
        whoChanged({ ...context, aws: { ...context.aws, signed } } as AwsContext, observed, addresses)
      ).then(lines => [...lines, ...heard.map(line => `  ? ${line}`)]),
      asked('usage', {}, { state: { main: SERVER }, calls: metrics }, async context =>
        usage.can ? usage.read(context) : undefined
      ),
      asked('usage without figures', {}, { state: { main: { DBInstanceClass: 'db.new.huge' } } }, async context =>
        usage.can ? usage.read(context) : undefined
      ),
      asked('usage of none', {}, {}, async context => (usage.can ? usage.read(context) : undefined)),
      asked(
        'the newest backup, a moment',
        {},
        { state: { main: { ...SERVER, LatestRestorableTime: NOW } } },
        newestBackup
      ),
      asked(
        'the newest backup, a snapshot',
        {},
        {
          calls: manual(
            taken('a', '2026-01-01'),
            taken('b', '2026-01-03'),
            taken('c', '2026-01-02'),
            taken('d', '2026-01-04', 'creating')
          )
        },
        newestBackup
      ),
      asked('the newest backup, none yet', {}, { state: { main: SERVER } }, newestBackup),
      asked('the newest backup, none', {}, { state: { main: { BackupRetentionPeriod: 0 } } }, newestBackup),
      asked('servers', {}, { calls: listed }, listServers),
      asked('outputs', {}, secretive({ SecretString: '{"password":"p"}' }), async context =>
        outputs(context, everything)
      ),
      asked('outputs, bare', {}, secretive({}), async context => outputs(context, [seen('server', { facts })])),
      asked('outputs, with the given password', { master_password: 'correct-horse-battery' }, {}, async context =>
        outputs(context, [seen('server', { facts })])
      ),
      asked(
        'outputs, the secret may not be read',
        {},
        secretive(denied('secretsmanager:GetSecretValue')),
        async context => outputs(context, [seen('server', { facts })])
      ),
      asked(
        'outputs, the secret fails',
        {},
        secretive(new ProviderError('AWS failed', { kind: 'failed' })),
        async context => outputs(context, [seen('server', { facts })])
      ),
      asked('outputs, no port', {}, {}, async context => outputs(context, [seen('server', { facts: { host: 'x' } })])),
      asked('outputs of none', {}, {}, async context => outputs(context, [])),
      asked(
        'what outputs are made of',
        {},
        {
          state: {
            main: { ...SERVER, Endpoint: { Address: 'orders.example', Port: 5432 } },
            instances: new Map([
              ['orders-replica-1', { DBInstanceIdentifier: 'r1', Endpoint: { Address: 'r1.example', Port: 5434 } }]
            ]),
            looksFor: true,
            parameterGroup: { DBParameterGroupArn: 'arn:group' },
            securityGroups: [{ GroupId: 'sg-1', SecurityGroupArn: 'arn:sg' }]
          },
          calls: {
            DescribeDBSubnetGroups: {
              DBSubnetGroups: [{ DBSubnetGroupName: 'orders-subnets', DBSubnetGroupArn: 'arn' }]
            },
            DescribeDBProxies: { DBProxies: [{ DBProxyName: 'orders-proxy', Endpoint: 'proxy.example' }] }
          }
        },
        async context => (await observeForOutputs(context)).map(one => ({ address: one.address, facts: one.facts }))
      )
    ])
  ).flat();
}

const RUNNER = { name: 'run-1', address: '198.51.100.7', expiresAt: NOW.toISOString() };

async function runners(): Promise<readonly string[]> {
  const rule = (id: string | undefined, more: object): object => ({
    SecurityGroupRuleId: id,
    GroupId: 'sg-1',
    ...more
  });
  const named = toList({ 'pgkeep:runner-rule': 'run-1' });
  const rules = [
    rule('r1', { IpProtocol: 'tcp', FromPort: 5433, ToPort: 5433, CidrIpv4: '198.51.100.0/24' }),
    rule('r2', { IpProtocol: 'tcp', FromPort: 1, ToPort: 5432, CidrIpv4: '198.51.100.0/24' }),
    rule('r3', { IpProtocol: 'tcp', FromPort: 5434, ToPort: 9999, CidrIpv4: '198.51.100.0/24' }),
    rule('r4', { IpProtocol: '-1', CidrIpv4: '203.0.113.0/24' }),
    rule('r5', { IpProtocol: '-1', CidrIpv4: '0.0.0.0/0', IsEgress: true }),
    rule('r6', { IpProtocol: '-1', CidrIpv6: '::/0' }),
    rule('r7', { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '198.51.100.7/32', Tags: named }),
    rule(undefined, { Tags: named })
  ];
  const state = (more: DBInstance = {}): Answers => ({
    main: { ...SERVER, PubliclyAccessible: true, ...more },
    securityGroups: [{ GroupId: 'sg-1' }]
  });
  const calls = { DescribeSecurityGroupRules: { SecurityGroupRules: rules } };
  const read = (address: string | undefined) => async (context: AwsContext) => {
    const firewall = await runnerAccess.read(context, address);
    if (firewall.kind !== 'guarded') return firewall;
    return firewall.entries.map(({ name, title, admits }) => [
      name,
      title,
      admits('198.51.100.7'),
      admits('203.0.113.7')
    ]);
  };
  return (
    await Promise.all([
      asked('rules', {}, { state: state(), calls }, read('198.51.100.7')),
      asked(
        'rules of a private server',
        {},
        { state: state({ PubliclyAccessible: false }), calls },
        read('198.51.100.7')
      ),
      asked(
        'rules of a private server for a private runner',
        {},
        { state: state({ PubliclyAccessible: false }), calls },
        read('10.0.0.7')
      ),
      asked(
        'rules of a private server for any',
        {},
        { state: state({ PubliclyAccessible: false }), calls },
        read(undefined)
      ),
      asked('rules without an endpoint', {}, { state: state({ Endpoint: undefined }), calls }, read('198.51.100.7')),
      asked('rules without groups', {}, { state: state({ VpcSecurityGroups: [] }), calls }, read('198.51.100.7')),
      asked('admits', {}, { state: state() }, async context => runnerAccess.admit(context, RUNNER)),
      asked('admits, in a group of others', {}, { state: { ...state(), securityGroups: [] } }, async context =>
        runnerAccess.admit(context, RUNNER)
      ),
      asked('admits, without an endpoint', {}, { state: state({ Endpoint: undefined }) }, async context =>
        runnerAccess.admit(context, RUNNER)
      ),
      asked('dismisses', {}, { state: state(), calls }, async context => runnerAccess.dismiss(context, ['run-1', ''])),
      asked('dismisses of none', {}, { calls }, async context => runnerAccess.dismiss(context, ['run-1']))
    ])
  ).flat();
}

async function snapshots(): Promise<readonly string[]> {
  const snapshot = (more: object): object => ({
    Status: 'available',
    AllocatedStorage: 100,
    SnapshotCreateTime: NOW,
    DBSnapshotArn: 'arn:snapshot',
    TagList: ours,
    ...more
  });
  const kept = (until: string): object[] => [...ours, { Key: 'pgkeep:keep-until', Value: until }];
  const listed = [
    snapshot({ DBSnapshotIdentifier: 'over', TagList: kept('2026-02-01T00:00:00.000Z over') }),
    snapshot({ DBSnapshotIdentifier: 'now', TagList: kept(`${NOW.toISOString()} now`) }),
    snapshot({ DBSnapshotIdentifier: 'later', TagList: kept('2026-04-01T00:00:00.000Z later') }),
    snapshot({ DBSnapshotIdentifier: 'copied', TagList: kept('2026-02-01T00:00:00.000Z over') }),
    snapshot({ DBSnapshotIdentifier: 'plain' }),
    snapshot({
      DBSnapshotIdentifier: 'foreign',
      TagList: [...others, { Key: 'pgkeep:keep-until', Value: '2026-02-01T00:00:00.000Z foreign' }]
    }),
    snapshot({ TagList: kept('2026-02-01T00:00:00.000Z ') })
  ];
  const calls = (one: object | undefined, more: Answers = {}): Answers => ({
    DescribeDBSnapshots: ({ SnapshotType: type }: With) => ({
      DBSnapshots: type === undefined ? [one].filter(Boolean) : listed
    }),
    DescribeDBInstances: { DBInstances: [SERVER] },
    ...more
  });
  // The first two reads are of the snapshot itself.
  const reading = (first: object, later: readonly object[]): unknown => {
    let asks = 0;
    return () => {
      asks += 1;
      return { DBSnapshots: asks > 2 ? later : [first] };
    };
  };
  const COPY: With = { snapshot_copy_region: 'eu-west-1', snapshot_copy_kms_key_id: 'alias/own' };
  const SHARE: With = { snapshot_share_accounts: '111111111111\n222222222222' };
  const plain = { ...SERVER, StorageEncrypted: false };
  const take = async (
    title: string,
    given: With,
    answers: Answers,
    more: { readonly main?: DBInstance; readonly key?: unknown; readonly none?: true } = {}
  ): Promise<readonly string[]> => {
    const execution = fakeContext({ clock: new FakeClock(NOW.toISOString()) });
    const account = {
      calls: answers,
      state: { main: more.main ?? SERVER },
      offerings: defined({ key: more.key }),
      execution
    };
    const lines = await asked(title, given, account, async context =>
      takeSnapshot(context, more.none === true ? [] : [seen('server')])
    );
    return [...lines, ...new Set(execution.lines)].map(line => line.replace(/\d+ (?:s|min)(?: \d+ s)?,/, '<time>,'));
  };
  return (
    await Promise.all([
      take('a snapshot', {}, calls(snapshot({}))),
      take('of none', {}, calls(undefined), { none: true }),
      take(
        'a named one that is there',
        { snapshot_identifier: 'nightly' },
        calls(snapshot({}), { CreateDBSnapshot: new ProviderError('There', { kind: 'already-exists' }) })
      ),
      take(
        'a named one that is being made',
        { snapshot_identifier: 'nightly' },
        calls(snapshot({ Status: 'creating', PercentProgress: 40 }))
      ),
      take('one without words', { snapshot_identifier: 'nightly' }, calls({ Status: 'available' })),
      take('one without a state', {}, calls({})),
      take('one that fails', {}, calls(snapshot({ Status: 'failed' }))),
      take('one that is gone', {}, calls(undefined)),
      take('kept for days', { snapshot_keep_days: '7' }, calls(snapshot({}))),
      take('copied, shared and kept', { ...COPY, ...SHARE, snapshot_keep_days: '7' }, calls(snapshot({})), {
        key: { KeyManager: 'CUSTOMER' },
        main: { ...SERVER, KmsKeyId: 'arn:key' }
      }),
      take('copied to its own region', { snapshot_copy_region: 'us-east-1' }, calls(snapshot({}))),
      take(
        'copied with a key of another region',
        { ...COPY, snapshot_copy_kms_key_id: 'arn:aws:kms:ap-south-1:1:key/2' },
        calls(snapshot({}))
      ),
      ...['failed', 'gone'].map(async how =>
        take(`copied, and the copy is ${how}`, COPY, {
          ...calls(snapshot({})),
          DescribeDBSnapshots: reading(snapshot({}), how === 'gone' ? [] : [snapshot({ Status: how })])
        })
      ),
      take(
        'copied with a key of the region',
        { ...COPY, snapshot_copy_kms_key_id: 'arn:aws:kms:eu-west-1:1:key/2' },
        calls(snapshot({}))
      ),
      take('copied without a key', { snapshot_copy_region: 'eu-west-1' }, calls(snapshot({}))),
      take('copied without a key, unencrypted', { snapshot_copy_region: 'eu-west-1' }, calls(snapshot({})), {
        main: plain
      }),
      take('shared', SHARE, calls(snapshot({})), { main: plain }),
      take('shared, with the key of AWS', SHARE, calls(snapshot({})), {
        key: { KeyManager: 'AWS' },
        main: { ...SERVER, KmsKeyId: 'arn:key' }
      }),
      take('shared, with an unknown key', SHARE, calls(snapshot({})), {
        key: 'missing',
        main: { ...SERVER, KmsKeyId: 'arn:key' }
      }),
      take('shared, without a key', SHARE, calls(snapshot({})))
    ])
  ).flat();
}

async function examined(): Promise<readonly string[]> {
  const ALL: With = {
    subnet_ids: 'subnet-11111111\nsubnet-22222222',
    allowed_cidr_blocks: '10.0.0.0/16',
    monitoring_interval: '30',
    alarms: 'cpu',
    enable_logging: 'true',
    kms_key_id: 'alias/own',
    engine_version: '16'
  };
  const offerings = {
    versions: [{ EngineVersion: '16.4' }],
    orderable: [{}],
    subnets: [{ AvailabilityZone: 'b' }, { AvailabilityZone: 'a' }]
  };
  const gone = new ProviderError('Gone', { kind: 'not-found' });
  const busy = new ProviderError('Busy', { kind: 'throttled' });
  const enabled = { DescribeKey: { KeyMetadata: { Enabled: true } } };
  return (
    await Promise.all([
      asked(
        'doctor',
        ALL,
        { offerings, calls: { ...enabled, GetRole: gone, DescribeAlarms: gone, DescribeLogGroups: gone } },
        examine
      ),
      asked(
        'doctor of a server',
        { ...ALL, engine_version: '16.4' },
        { offerings, calls: enabled, state: { main: SERVER } },
        examine
      ),
      asked(
        'doctor, nothing found',
        ALL,
        { offerings: { versions: [], orderable: [], subnets: [{ AvailabilityZone: 'b' }] } },
        examine
      ),
      asked(
        'doctor, nothing allowed',
        ALL,
        {
          offerings: { ...offerings, orderable: denied('x'), subnets: denied('x') },
          state: { parameterGroups: denied('x') },
          calls: {
            DescribeSecurityGroups: denied('x'),
            GetRole: denied('x'),
            DescribeAlarms: busy,
            DescribeLogGroups: denied('x'),
            DescribeKey: denied('x')
          }
        },
        examine
      ),
      asked(
        'doctor of the least',
        {},
        { offerings: { versions: [{ EngineVersion: '17.1' }], orderable: [{}] } },
        examine
      ),
      asked(
        'doctor of a proxy',
        { enable_proxy: 'true', master_password: 'correct-horse-battery' },
        { offerings },
        examine
      )
    ])
  ).flat();
}

const REMARKED: readonly With[] = [
  { enable_enhanced_monitoring: 'true' },
  { enable_enhanced_monitoring: 'true', monitoring_interval: '30' },
  ...['session', 'transaction', 'statement'].map(mode => ({
    enable_proxy: 'true',
    manage_master_user_password: 'true',
    proxy_config: `pool_mode: ${mode}`
  })),
  {
    enable_proxy: 'true',
    manage_master_user_password: 'true',
    proxy_config: 'max_client_conn: 100\ndefault_pool_size: 20'
  },
  ...['1', '40', '7', '"1000"'].map(all => ({
    enable_proxy: 'true',
    manage_master_user_password: 'true',
    proxy_config: 'default_pool_size: 20',
    parameters: `max_connections: ${all}`
  })),
  { engine_version: '16', parameters: 'ssl: on\nlog_min_duration_statement: 1500us' },
  { skip_final_snapshot: 'true', final_snapshot_identifier: 'last' },
  { enable_backup_encryption: 'false' },
  { enable_backup_encryption: 'false', storage_encrypted: 'false' },
  {
    create_security_group: 'false',
    allowed_cidr_blocks: '10.0.0.0/16',
    allowed_security_group_ids: 'sg-12345678',
    allowed_prefix_list_ids: 'pl-12345678'
  },
  ...['0.0.0.0/0', '::/0', '10.0.0.0/8', '10.0.0.0/8\n198.51.100.0/24', 'fd00::/8\n100.64.0.0/10'].flatMap(networks =>
    ['true', 'false'].map(open => ({ allowed_cidr_blocks: networks, publicly_accessible: open }))
  ),
  ...['ingress', 'egress'].map(type => ({
    security_group_rules: `- {type: ${type}, from_port: 1, to_port: 2, protocol: tcp, cidr_blocks: [0.0.0.0/0], description: a}`
  })),
  ...['13', '14', '15'].map(version => ({ engine_version: version })),
  { engine_version: '13', engine_lifecycle_support: 'open-source-rds-extended-support' },
  { master_username: 'a234567890123456' },
  { master_username: 'a2345678901234567' },
  { storage_type: 'Standard' },
  { alarms: 'connections' },
  { alarms: 'connections: {threshold: 9}' },
  { parameter_group_family: 'postgres' },
  { parameter_group_family: 'postgres15', engine_version: '16' },
  { parameter_group_family: 'postgres15', parameters: 'nope: 1' },
  { parameter_group_name: 'own', parameters: 'work_mem: 8MB' },
  { reserved_instance_count: '2' },
  { confirm_purchase: 'ABCDEF12-3456' },
  { confirm_purchase: 'ABCDEF12-3456', reserved_offering_id: 'ABCDEF12-3456' },
  ...['1', '2', '3653', '3652'].map(days => ({ log_retention_days: days })),
  { enable_backup_encryption: 'true', storage_encrypted: 'false' },
  { kms_key_id: 'alias/own', storage_encrypted: 'false' },
  { enable_proxy: 'true' },
  { tags: 'aws:x: 1' },
  { tags: '"a?": 1' },
  { tags: `a: ${'x'.repeat(257)}` },
  { tags: Array.from({ length: 41 }, (_, at) => `t${at}: x`).join('\n') }
];

async function remarks(): Promise<readonly string[]> {
  const keys = (given: With): With => ({ master_password: 'correct-horse-battery', ...given });
  const arn = (region: string): string => `arn:aws:kms:${region}:123456789012:key/1`;
  const regional: readonly (readonly [With, readonly Observed[]])[] = [
    [{ kms_key_id: arn('eu-west-1'), performance_insights_kms_key_id: arn('us-east-1') }, []],
    [{ replica_kms_key_id: arn('us-east-1'), replica_region: 'eu-west-1' }, []],
    [{ replica_kms_key_id: arn('eu-west-1'), replica_region: 'eu-west-1', backup_region: 'eu-west-1' }, []],
    [{ replica_kms_key_id: arn('eu-west-1'), replica_region: 'eu-west-1', backup_region: 'ap-south-1' }, []],
    [
      { replica_kms_key_id: arn('eu-west-1'), replica_region: 'eu-west-1', backup_region: 'ap-south-1' },
      [seen('backup-replication', { fields: { region: 'ap-south-1' } })]
    ],
    [
      { replica_kms_key_id: arn('eu-west-1'), replica_region: 'eu-west-1', backup_region: 'ap-south-1' },
      [seen('backup-replication', { fields: { region: 'eu-west-1' } })]
    ],
    [
      { replica_kms_key_id: arn('ap-south-1'), replica_region: 'eu-west-1', backup_region: 'ap-south-1' },
      [seen('replica/eu-west-1')]
    ],
    [
      { replica_kms_key_id: arn('ap-south-1'), replica_region: 'eu-west-1', backup_region: 'ap-south-1' },
      [seen('replica/1')]
    ],
    [{ parameter_group_family: 'postgres15' }, []],
    [{ parameter_group_family: 'postgres16' }, []]
  ];
  const offerings = { orderable: [{ StorageType: 'gp2', SupportsStorageEncryption: true }], key: { KeyId: 'k' } };
  const found = await Promise.all(
    regional.map(async ([given, observed]) => {
      const { problems } = await check(contextOf(keys(given), { offerings }), observed, looked());
      return [said(given), ...problems.map(problem => `  ${describeProblem(problem)}`)];
    })
  );
  return [
    ...REMARKED.flatMap(given => {
      const { spec } = contextOf(given);
      const { problems, notices } = validate(spec);
      return [
        said(given).slice(0, 200),
        ...problems.map(problem => `  ${describeProblem(problem)}`),
        ...notices.map(({ severity, code, input = '', message }) => `  ${severity} ${code} ${input}: ${message}`)
      ];
    }),
    ...found.flat()
  ];
}

test('what is wanted of a server and answered about it is as the golden file says', async () => {
  const page: string[] = ['# wanted', ...wishes(), ''];
  const sections = { reads, relations, trails, runners, snapshots, examined, remarks };
  for (const [title, of] of Object.entries(sections)) page.push(`# ${title}`, ...(await of()), '');
  expectGolden('questions-aws.txt', page.join('\n'));
});
