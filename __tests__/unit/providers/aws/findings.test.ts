import type { Subnet, Vpc } from '@aws-sdk/client-ec2';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import type {
  BlueGreenDeployment,
  DBEngineVersion,
  DBInstance,
  OrderableDBInstanceOption,
  ReservedDBInstance,
  ReservedDBInstancesOffering,
  ValidStorageOptions
} from '@aws-sdk/client-rds';
import { defined } from '../../../../src/engine/defined.ts';
import type { Priced } from '../../../../src/engine/cost.ts';
import type { Desired, Observed } from '../../../../src/engine/resource.ts';
import { ProviderError } from '../../../../src/errors.ts';
import { checkOrder, orderOf } from '../../../../src/providers/aws/checks/availability.ts';
import { blueGreenFindings } from '../../../../src/providers/aws/checks/blue-green.ts';
import { checkKeys } from '../../../../src/providers/aws/checks/keys.ts';
import { liveProblems } from '../../../../src/providers/aws/checks/live-problems.ts';
import {
  liveNotices,
  proxyNotices,
  replicationNotices,
  ruleNotices
} from '../../../../src/providers/aws/checks/notices.ts';
import { checkParameters } from '../../../../src/providers/aws/checks/parameters.ts';
import { describeAction, maintenanceNotices } from '../../../../src/providers/aws/checks/pending-maintenance.ts';
import { checkQuotas } from '../../../../src/providers/aws/checks/quotas.ts';
import { replacedParameters } from '../../../../src/providers/aws/checks/replaced-parameters.ts';
import { ruleQuota } from '../../../../src/providers/aws/checks/rule-quota.ts';
import { storageChangeProblems, storageRest } from '../../../../src/providers/aws/checks/storage-change.ts';
import { subnetsOf } from '../../../../src/providers/aws/checks/subnets.ts';
import type { AwsContext } from '../../../../src/providers/aws/context.ts';
import type { Lookups } from '../../../../src/providers/aws/desired/look-up.ts';
import { restoreOf } from '../../../../src/providers/aws/desired/restore-source.ts';
import { chooseVersion } from '../../../../src/providers/aws/desired/version.ts';
import { estimate } from '../../../../src/providers/aws/pricing/cost.ts';
import { itemsOf } from '../../../../src/providers/aws/pricing/paid-items.ts';
import { priceOf } from '../../../../src/providers/aws/pricing/price-list.ts';
import { requestedReservation } from '../../../../src/providers/aws/resources/reservation.ts';
import type { Findings } from '../../../../src/providers/findings.ts';
import { describeProblem } from '../../../../src/spec/problem.ts';
import { contextOf, denied, INSTANCE, NOW, type Account } from '../../../support/aws-answers.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What is refused and told of each answer of AWS, by the check that asks for it: a line for each answer. No cloud is
 * asked. `UPDATE_GOLDENS=1` writes the golden file, to be read.
 */
type With = Readonly<Record<string, string>>;
type Answers = NonNullable<Account['calls']>;

function toldOf({ problems, notices }: Findings): readonly string[] {
  return [
    ...problems.map(problem => describeProblem(problem)),
    ...notices.map(({ severity, code, input = '', message }) => `${severity} ${code} ${input}: ${message}`)
  ];
}
const noticesOf = (notices: Findings['notices']): Findings => ({ problems: [], notices });
const problemsOf = (problems: Findings['problems']): Findings => ({ problems, notices: [] });

/** A title and what is said there, or that nothing is. */
type Case = readonly [title: string, said: Promise<Findings> | Findings];

async function lines(cases: readonly Case[]): Promise<readonly string[]> {
  const told = await Promise.all(
    cases.map(async ([title, said]) => {
      const all = toldOf(await said);
      return all.length === 0 ? [`${title}: nothing`] : [title, ...all.map(line => `  ${line}`)];
    })
  );
  return told.flat();
}
const named = (...words: readonly unknown[]): string =>
  words.map(part => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ');

const SERVER: DBInstance = {
  ...INSTANCE,
  AllocatedStorage: 100,
  MaxAllocatedStorage: 200,
  StorageType: 'gp3',
  StorageEncrypted: true,
  BackupRetentionPeriod: 7,
  PreferredBackupWindow: '03:00-04:00',
  PreferredMaintenanceWindow: 'sun:05:00-sun:06:00',
  DBSubnetGroup: { DBSubnetGroupName: 'orders-subnets', VpcId: 'vpc-11111111' },
  DBParameterGroups: [{ DBParameterGroupName: 'orders-postgres16', ParameterApplyStatus: 'in-sync' }],
  MultiAZ: false,
  CACertificateIdentifier: 'rds-ca-rsa2048-g1'
};
const tags = (count: number): DBInstance['TagList'] =>
  Array.from({ length: count }, (_, at) => ({ Key: `tag-${at}`, Value: 'x' }));

/** Other servers, the inputs that meet them, and how the run was asked to go. */
const SERVERS: readonly (readonly [server: DBInstance, given: With, account?: Account])[] = [
  [{}, {}],
  [{ DBClusterIdentifier: 'aurora', Engine: 'aurora-postgresql' }, {}],
  [{ DBClusterIdentifier: 'aurora', Engine: undefined }, {}],
  [{ Engine: 'mysql' }, {}],
  [{ ReadReplicaSourceDBInstanceIdentifier: 'shop' }, {}],
  [{ MasterUserSecret: {} }, { create_read_replica: 'true' }],
  [{ MasterUserSecret: {} }, { create_read_replica: 'true', master_password: 'correct-horse-battery' }],
  [{ MasterUserSecret: {} }, { replica_region: 'eu-west-1' }],
  [
    { MasterUserSecret: {}, ReadReplicaDBInstanceIdentifiers: ['arn:aws:rds:eu-west-1:1:db:orders-replica-eu-west-1'] },
    { replica_region: 'eu-west-1' }
  ],
  [{ MasterUserSecret: {} }, { manage_master_user_password: 'true' }],
  [{}, { manage_master_user_password: 'true' }],
  [{ BackupRetentionPeriod: 0 }, {}],
  [{ BackupRetentionPeriod: 0 }, { backup_retention_period: '0' }],
  [{ BackupRetentionPeriod: 0 }, { create_read_replica: 'true' }],
  [{ BackupRetentionPeriod: 0 }, { replica_region: 'eu-west-1' }],
  [{ BackupRetentionPeriod: 0 }, { backup_region: 'eu-west-1' }],
  [{ BackupRetentionPeriod: 0 }, { backup_retention_period: '7', create_read_replica: 'true' }],
  [{ BackupRetentionPeriod: 0 }, { backup_retention_period: '7', replica_region: 'eu-west-1' }],
  [{ BackupRetentionPeriod: 0 }, { backup_retention_period: '7', backup_region: 'eu-west-1' }],
  [
    { BackupRetentionPeriod: 0 },
    { backup_retention_period: '7', backup_region: 'eu-west-1' },
    { applyImmediately: true }
  ],
  [{ BackupRetentionPeriod: 0 }, { backup_retention_period: '7' }],
  [{ ReadReplicaDBInstanceIdentifiers: ['orders-replica-1'] }, { backup_retention_period: '0' }],
  [
    { ReadReplicaDBInstanceIdentifiers: ['orders-replica-1'] },
    { backup_retention_period: '0', create_read_replica: 'false' }
  ],
  [{}, { backup_window: '04:59-05:29', maintenance_window: 'mon:01:00-mon:02:00' }],
  [{ PreferredMaintenanceWindow: 'sun:05:00-sun:06:00' }, { backup_window: '04:59-05:29' }],
  [{}, { maintenance_window: 'mon:03:30-mon:04:30' }],
  [{}, { maintenance_window: 'mon:04:00-mon:04:30' }],
  [{ PreferredBackupWindow: undefined }, { maintenance_window: 'mon:03:30-mon:04:30' }],
  [{}, { max_allocated_storage: '109' }],
  [{}, { max_allocated_storage: '110' }],
  [{}, { max_allocated_storage: '0' }],
  [{ MaxAllocatedStorage: 105 }, { max_allocated_storage: '105' }],
  [{}, { max_allocated_storage: '150', allocated_storage: '140' }],
  ...[
    { enable_performance_insights: 'true', performance_insights_retention_period: '7' },
    { enable_performance_insights: 'false' },
    { enable_performance_insights: 'true', performance_insights_retention_period: '731' },
    { performance_insights_retention_period: '7', database_insights_mode: 'standard' }
  ].map(
    given =>
      [
        {
          DatabaseInsightsMode: 'advanced',
          PerformanceInsightsEnabled: true,
          PerformanceInsightsRetentionPeriod: 465
        } satisfies DBInstance,
        given
      ] as const
  ),
  [{ DatabaseInsightsMode: 'advanced', PerformanceInsightsEnabled: true }, {}],
  [{ TagList: tags(49) }, {}],
  [{ TagList: [...(tags(10) ?? []), { Key: 'aws:x', Value: '' }] }, { tags: 'Team: shop' }],
  [
    { TagList: tags(47) },
    { tags: 'Team: shop', master_password_version: '2', master_password: 'correct-horse-battery' }
  ],
  [{ PubliclyAccessible: true }, {}],
  [{ PubliclyAccessible: true }, { publicly_accessible: 'true' }],
  [{ StorageEncrypted: false }, {}],
  [{ StorageEncrypted: false }, { storage_encrypted: 'false' }],
  [{ DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }] }, {}],
  [{ DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }] }, {}, { allowRestart: true }],
  [{ DBParameterGroups: [{ DBParameterGroupName: 'own', ParameterApplyStatus: 'failed-to-apply' }] }, {}],
  [{ DBParameterGroups: [{ ParameterApplyStatus: 'failed-to-apply' }] }, {}],
  [{ AwsBackupRecoveryPointArn: 'arn:point' }, { backup_retention_period: '7', backup_window: '01:00-02:00' }],
  [{ AwsBackupRecoveryPointArn: 'arn:point', BackupRetentionPeriod: undefined }, { backup_retention_period: '8' }],
  [{ PendingModifiedValues: { DBInstanceClass: 'db.r5.xlarge', AllocatedStorage: 200 } }, {}],
  [{ PendingModifiedValues: { DBInstanceClass: 'db.r5.xlarge' } }, {}, { applyImmediately: true }],
  [{}, { allocated_storage: '105' }],
  [{}, { allocated_storage: '110' }],
  [{}, { allocated_storage: '91' }],
  [{}, { allocated_storage: '90' }],
  [{ MaxAllocatedStorage: undefined, TagList: [{ Key: 'pgkeep:storage', Value: '100' }] }, { allocated_storage: '50' }],
  [{ TagList: [{ Key: 'pgkeep:storage', Value: '100' }] }, { allocated_storage: '50' }],
  [{ TagList: [{ Key: 'pgkeep:storage', Value: '40' }] }, { allocated_storage: '50' }]
];

const NO_FIELDS = { fields: {} } as unknown as Parameters<typeof liveNotices>[2];
const instancesWith = (...live: readonly DBInstance[]): Lookups['instances'] =>
  new Map(live.map((one, at) => [String(at), one]));

async function servers(): Promise<readonly string[]> {
  const cases = SERVERS.map(([server, given, account]): Case => {
    const live = { ...SERVER, ...server };
    const context = contextOf(given, account);
    const looked = { instances: instancesWith(live), subnets: { problems: [], notices: [] } };
    const shown =
      server.TagList === undefined || server.TagList.length < 9 ? server : { TagList: server.TagList.length };
    return [
      named(shown, given, account ?? ''),
      {
        problems: liveProblems(context, live, looked),
        notices: liveNotices(context, live, NO_FIELDS, { notices: [] })
      }
    ];
  });
  const none: readonly With[] = [
    {},
    { create_read_replica: 'true' },
    { replica_region: 'eu-west-1' },
    { create_read_replica: 'true', master_password: 'correct-horse-battery' }
  ];
  const subnets = (vpcId: string | undefined): Pick<Lookups, 'instances' | 'subnets'> => ({
    instances: instancesWith(SERVER),
    subnets: { vpcId, problems: [], notices: [] }
  });
  const elsewhere = contextOf({ subnet_ids: 'subnet-11111111\nsubnet-22222222' });
  const until = new Date('2026-03-01T13:05:00Z');
  return lines([
    ...cases,
    ...none.map((given): Case => {
      const context = contextOf(given);
      const notices = liveNotices(context, undefined, NO_FIELDS, { notices: [] });
      return [named('no server', given), { problems: liveProblems(context, undefined, subnets(undefined)), notices }];
    }),
    ...['vpc-11111111', 'vpc-22222222', undefined].map((vpc): Case => [
      named('subnets of', vpc ?? 'an unknown VPC'),
      problemsOf(liveProblems(elsewhere, SERVER, subnets(vpc)))
    ]),
    [
      'subnets, and a group of others',
      problemsOf(liveProblems(elsewhere, { ...SERVER, DBSubnetGroup: { DBSubnetGroupName: 'x' } }, subnets('vpc-2')))
    ],
    ...(['optimized', until] as const).map((rest): Case => [
      named('storage rests', rest),
      noticesOf(liveNotices(contextOf({ allocated_storage: '300' }), SERVER, NO_FIELDS, { until: rest, notices: [] }))
    ])
  ]);
}

const observed = (address: string, facts: Observed['facts'], kind = 'ours'): Observed =>
  ({ address, title: address, ownership: { kind }, fields: {}, facts, dependsOn: [] }) as unknown as Observed;

async function parts(): Promise<readonly string[]> {
  const rules = (count: number): Observed['facts'] => ({
    otherRules: Array.from({ length: count }, (_, at) => `ingress tcp ${at} 10.0.0.0/8`)
  });
  const replicas = [
    observed('replica/1', { replication: 'its replication is `error`' }),
    observed('replica/2', { replication: 'its replication is `error`' }, 'foreign'),
    observed('replica/3', {})
  ];
  const proxies = [
    observed('proxy', { unreachable: 'AUTH_FAILURE: words' }),
    observed('proxy', { unreachable: 'CONNECTION_FAILED' }),
    observed('proxy', { unreachable: 'CONNECTION_FAILED' }, 'unmarked'),
    observed('proxy', {})
  ];
  return lines([
    ...[0, 1, 5, 6].map((count): Case => [
      `${count} rules of others`,
      noticesOf(ruleNotices([observed('server', rules(9)), observed('security-group', rules(count))]))
    ]),
    ...replicas.map((one): Case => [named(one.address, one.ownership.kind), noticesOf(replicationNotices([one]))]),
    ...proxies.map((one): Case => [named(one.facts, one.ownership.kind), noticesOf(proxyNotices([one]))])
  ]);
}

async function maintenance(): Promise<readonly string[]> {
  const [CurrentApplyDate, ForcedApplyDate, AutoAppliedAfterDate] = [1, 2, 3].map(
    day => new Date(Date.UTC(2026, 4, day))
  );
  const actions = [
    {},
    { Action: 'system-update', Description: '' },
    { Action: 'system-update', Description: 'New patch', ForcedApplyDate },
    { Action: 'db-upgrade', AutoAppliedAfterDate, ForcedApplyDate },
    { Action: 'db-upgrade', CurrentApplyDate, AutoAppliedAfterDate }
  ].map(one => defined(one));
  const asked = (answer: unknown): Promise<Findings> =>
    maintenanceNotices(contextOf({}, { state: { pendingMaintenance: answer } }), SERVER).then(noticesOf);
  return [
    ...actions.map(describeAction),
    ...(await lines([
      ['all of them', asked(actions)],
      ['not to be read', asked(denied('rds:DescribePendingMaintenanceActions'))],
      ['without a server', maintenanceNotices(contextOf({}), undefined).then(noticesOf)]
    ]))
  ];
}

async function keys(): Promise<readonly string[]> {
  const found: readonly (KeyMetadata | 'missing' | undefined)[] = [
    undefined,
    'missing',
    { KeyId: 'k' },
    { KeyId: 'k', KeyState: 'Disabled', Enabled: false },
    { KeyId: 'k', KeyState: 'PendingDeletion' },
    { KeyId: 'k', KeyState: 'Enabled', Enabled: true, KeySpec: 'RSA_2048' },
    { KeyId: 'k', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'SIGN_VERIFY' }
  ];
  const inputs: readonly With[] = [
    { kms_key_id: 'alias/own', performance_insights_kms_key_id: 'alias/other' },
    { kms_key_id: 'arn:aws:kms:eu-west-1:123456789012:key/1' },
    { kms_key_id: 'arn:aws:kms:us-east-1:123456789012:key/1' }
  ];
  return lines([
    ...found.map((key): Case => [
      named('the keys are', key ?? 'unreadable'),
      checkKeys(contextOf(inputs[0] ?? {}, { offerings: { key } }))
    ]),
    ...inputs
      .slice(1)
      .map((given): Case => [named(given), checkKeys(contextOf(given, { offerings: { key: 'missing' } }))])
  ]);
}

const offered = (...minors: readonly string[]): readonly DBEngineVersion[] => [
  ...minors.map(EngineVersion => ({ EngineVersion, Status: 'available' })),
  { EngineVersion: '16.99', Status: 'deprecated' }
];

async function versions(): Promise<readonly string[]> {
  const targets = { ValidUpgradeTarget: offered('16.9', '17.2', '17.10') };
  const asked = ['16', '16.4', '16.3', '16.5', '16.9', '16.10', '17', '17.1', '17.2', '17.11', '18', '15', '15.2'];
  const cases: (readonly [string, AwsContext, DBInstance | undefined])[] = [
    ...asked.flatMap(engine_version =>
      [SERVER, undefined].map(live => {
        const offerings = { version: targets, versions: offered('16.4', '16.10', '16.9') };
        const title = `${engine_version}, ${live === undefined ? 'no server' : 'a server of 16.4'}`;
        return [title, contextOf({ engine_version }, { offerings }), live] as const;
      })
    ),
    ['none', contextOf({}, { offerings: { versions: offered('17.1') } }), undefined],
    ['none, a server', contextOf({}), SERVER],
    [
      'by a family',
      contextOf({ parameter_group_family: 'postgres15' }, { offerings: { versions: offered('15.9') } }),
      undefined
    ],
    ['none on offer', contextOf({}, { offerings: { versions: [] } }), undefined],
    ['18, none on offer', contextOf({ engine_version: '18' }, { offerings: { versions: [] } }), undefined],
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-versions.html
    ...['12', '12.22', '12.23', '14'].map(engine_version => {
      const up = { ValidUpgradeTarget: offered('12.22-rds.20260514', '12.22-rds.20251114', '14.17', '14.9') };
      const live = { ...SERVER, EngineVersion: '12.22-rds.20250508' };
      const title = `${engine_version}, a server of Extended Support`;
      return [title, contextOf({ engine_version }, { offerings: { version: up } }), live] as const;
    }),
    ['17, no way up', contextOf({ engine_version: '17' }, { offerings: { version: {} } }), SERVER],
    ['15, none on offer', contextOf({ engine_version: '15' }, { offerings: { versions: [] } }), SERVER],
    [
      '16, unreadable',
      contextOf({ engine_version: '16' }, { offerings: { versions: denied('rds:DescribeDBEngineVersions') } }),
      undefined
    ]
  ];
  const told = await Promise.all(
    cases.map(async ([title, context, live]) => {
      const { version = 'none', isUnchecked, ...found } = await chooseVersion(context, live);
      return [
        `${title}: ${version}${isUnchecked === true ? ', unchecked' : ''}`,
        ...toldOf(found).map(line => `  ${line}`)
      ];
    })
  );
  return told.flat();
}

const OPTION: OrderableDBInstanceOption = {
  StorageType: 'gp3',
  MultiAZCapable: true,
  SupportsStorageEncryption: true,
  SupportsPerformanceInsights: true,
  SupportsEnhancedMonitoring: true,
  SupportsIAMDatabaseAuthentication: true,
  SupportsStorageAutoscaling: true,
  ReadReplicaCapable: true,
  MinStorageSize: 20,
  MaxStorageSize: 1000,
  MinIopsPerDbInstance: 12_000,
  MaxIopsPerDbInstance: 64_000,
  MaxIopsPerGib: 500.5,
  MinStorageThroughputPerDbInstance: 500,
  MaxStorageThroughputPerDbInstance: 3000,
  AvailabilityZones: [{ Name: 'us-east-1b' }, { Name: 'us-east-1a' }, {}]
};
const LARGE: With = { instance_class: 'db.m7g.large', storage_type: 'gp3', allocated_storage: '100' };
const ALL_FEATURES: With = {
  ...LARGE,
  multi_az: 'true',
  storage_encrypted: 'true',
  enable_performance_insights: 'true',
  enable_enhanced_monitoring: 'true',
  iam_database_authentication_enabled: 'true',
  max_allocated_storage: '900',
  create_read_replica: 'true'
};

async function orders(): Promise<readonly string[]> {
  const none = Object.fromEntries(Object.entries(OPTION).filter(([name]) => !/Capable|Supports/.test(name)));
  const off = Object.fromEntries(Object.entries(OPTION).map(([name, has]) => [name, has === true ? false : has]));
  const asked: readonly (readonly [With, readonly OrderableDBInstanceOption[], DBInstance?])[] = [
    [ALL_FEATURES, [OPTION]],
    [ALL_FEATURES, [none]],
    [ALL_FEATURES, [off]],
    [ALL_FEATURES, [off, OPTION]],
    [{ ...LARGE, storage_encrypted: 'false' }, [off]],
    [LARGE, []],
    [{ ...LARGE, storage_type: 'io1' }, [OPTION, { ...OPTION, StorageType: 'gp2' }, {}]],
    ...['19', '20', '1000', '1001'].map(size => [{ ...LARGE, allocated_storage: size }, [OPTION]] as const),
    [{ ...LARGE, allocated_storage: '65536' }, [{ StorageType: 'gp3' }]],
    [{ ...LARGE, max_allocated_storage: '1001' }, [OPTION]],
    [{ ...LARGE, availability_zone: 'us-east-1a' }, [OPTION]],
    [{ ...LARGE, availability_zone: 'us-east-1c' }, [OPTION]],
    [{ ...LARGE, availability_zone: 'us-east-1c' }, [{ ...OPTION, AvailabilityZones: undefined }]],
    ...['11999', '12000', '50050', '50051'].map(iops => [{ ...LARGE, storage_iops: iops }, [OPTION]] as const),
    [{ ...LARGE, allocated_storage: '1000', storage_iops: '64001' }, [OPTION]],
    ...['499', '500', '3000', '3001'].map(one => [{ ...LARGE, storage_throughput: one }, [OPTION]] as const),
    [LARGE, [OPTION], SERVER],
    [{ ...LARGE, storage_iops: '1' }, [OPTION], SERVER],
    [LARGE, [OPTION], { ...SERVER, AllocatedStorage: 1001 }],
    [{ storage_type: 'gp2' }, [{ ...OPTION, StorageType: 'gp2' }], { ...SERVER, AllocatedStorage: 1001 }],
    // What a server has already is not asked for.
    ...[
      {},
      { multi_az: 'false' },
      { multi_az: 'true' },
      { enable_performance_insights: 'true' },
      { max_allocated_storage: '200' },
      { max_allocated_storage: '201' },
      { storage_type: 'GP3' },
      { storage_type: 'io1' },
      { instance_class: 'db.m7g.large' }
    ].map(given => [given as With, [], SERVER] as const)
  ];
  const cases = asked.map(([given, orderable, live]): Case => {
    const context = contextOf(given, { offerings: { orderable } });
    const count =
      orderable.length === 1
        ? JSON.stringify(orderable[0] === OPTION ? 'all' : Object.keys(orderable[0] ?? {}))
        : orderable.length;
    return [
      named(given, live === undefined ? 'no server' : `a server of ${live.AllocatedStorage ?? 0} GiB`, count),
      checkOrder(context, orderOf(context, live, '16.4'), live)
    ];
  });
  const version = {
    SupportedCACertificateIdentifiers: ['rds-ca-rsa2048-g1', 'rds-ca-ecc384-g1'],
    ExportableLogTypes: ['postgresql']
  };
  const features: readonly With[] = [
    { ca_certificate_identifier: 'rds-ca-ecc384-g1' },
    { ca_certificate_identifier: 'rds-ca-2019' },
    { ca_certificate_identifier: 'rds-ca-rsa2048-g1' },
    { enabled_cloudwatch_logs_exports: 'postgresql\nupgrade' },
    { enable_logging: 'true' }
  ];
  const answers: readonly unknown[] = [version, {}, undefined, denied('rds:DescribeDBEngineVersions')];
  const logs = ['postgresql', 'upgrade'];
  const places = [
    undefined,
    SERVER,
    { ...SERVER, EnabledCloudwatchLogsExports: logs, CACertificateIdentifier: undefined }
  ];
  const byVersion = features.flatMap(given =>
    answers.flatMap((answer, nth) =>
      places.map((live, at): Case => {
        const context = contextOf(given, {
          offerings: { version: answer, orderable: [{ StorageType: 'gp2', SupportsStorageEncryption: true }] }
        });
        return [named(given, `answer ${nth}, server ${at}`), checkOrder(context, orderOf(context, live, '16.4'), live)];
      })
    )
  );
  const unread = contextOf(LARGE, { offerings: { orderable: denied('rds:DescribeOrderableDBInstanceOptions') } });
  const order = (given: With, live: DBInstance | undefined, ...more: [string?, DBInstance?]): string =>
    named(given, more[0] ?? '-', JSON.stringify(orderOf(contextOf(given), live, ...(more as [string | undefined]))));
  return [
    ...[undefined, SERVER].flatMap(live =>
      [undefined, '15.2', '16.3', '16.5', '17.1'].map(version_ => order({}, live, version_))
    ),
    order(LARGE, undefined, undefined, SERVER),
    order({}, undefined, undefined, SERVER),
    ...(await lines([
      ...cases,
      ...byVersion,
      ['unreadable', checkOrder(unread, orderOf(unread, undefined, '16.4'), undefined)],
      ['no version', checkOrder(unread, orderOf(unread, undefined, ''), undefined)]
    ]))
  ];
}

async function storage(): Promise<readonly string[]> {
  const gp3: ValidStorageOptions = {
    StorageType: 'gp3',
    StorageSize: [{ From: 100, To: 1000, Step: 1 }],
    ProvisionedIops: [{ From: 12_000, To: 64_000 }, { From: 70_000 }],
    ProvisionedStorageThroughput: [{ From: 500, To: 3000 }],
    IopsToStorageRatio: [{ From: 1, To: 100 }]
  };
  const fast: ValidStorageOptions = {
    ...gp3,
    ProvisionedStorageThroughput: [{ From: 500, To: 4000 }],
    StorageThroughputToIopsRatio: [{ From: 0, To: 0.25 }]
  };
  const LARGE_GP3: DBInstance = { ...SERVER, AllocatedStorage: 400, Iops: 12_000 };
  const cases: readonly (readonly [With, readonly ValidStorageOptions[], DBInstance?])[] = [
    [{}, [gp3]],
    [{ allocated_storage: '100' }, [gp3]],
    [{ allocated_storage: '99', storage_type: 'GP3' }, [gp3]],
    ...['1000', '1001'].map(size => [{ allocated_storage: size }, [gp3]] as const),
    ...['11999', '12000', '40000', '40001', '64001', '70000'].map(
      iops => [{ allocated_storage: '400', storage_iops: iops }, [gp3]] as const
    ),
    ...['499', '500', '3001'].map(one => [{ allocated_storage: '400', storage_throughput: one }, [gp3]] as const),
    [{ allocated_storage: '399', storage_iops: '12000', storage_throughput: '500' }, [gp3]],
    [
      { allocated_storage: '400', storage_iops: '200' },
      [{ ...gp3, ProvisionedIops: [{ To: 300 }], IopsToStorageRatio: [{ To: 1 }] }]
    ],
    [
      { allocated_storage: '400', storage_iops: '301' },
      [{ ...gp3, ProvisionedIops: [{ To: 300 }], IopsToStorageRatio: [{ To: 1 }] }]
    ],
    [{ storage_type: 'gp2', storage_iops: '1000', storage_throughput: '1' }, []],
    [{ storage_type: 'io1', storage_iops: '1000', storage_throughput: '1' }, []],
    [{ storage_type: 'io1', storage_iops: '1000' }, [{ StorageType: 'io1' }]],
    [{ storage_type: 'gp2' }, [{ StorageType: 'gp2', StorageSize: [{ From: 20, To: 90 }] }]],
    [{ allocated_storage: '200' }, [{ StorageType: 'gp3', StorageSize: [{ From: 20, To: 90 }] }]],
    [
      { storage_throughput: '500' },
      [{ ...gp3, StorageSize: [{ From: 20, To: 90 }] }],
      { ...SERVER, AllocatedStorage: 400 }
    ],
    [{ storage_iops: '12000' }, [gp3], { ...SERVER, AllocatedStorage: 400, Iops: 12_000 }],
    [{ storage_throughput: '500' }, [gp3], { ...SERVER, AllocatedStorage: 400, StorageThroughput: 500 }],
    [{ allocated_storage: '200' }, [{ StorageType: 'gp2', StorageSize: [{}] }], { AllocatedStorage: 100 }],
    [{ storage_throughput: '4000' }, [gp3], { ...SERVER, AllocatedStorage: 400, StorageThroughput: 500 }],
    ...['3000', '3001'].map(storage_throughput => [{ storage_throughput }, [fast], LARGE_GP3] as const),
    [{ storage_throughput: '4000', storage_iops: '16000' }, [fast], LARGE_GP3]
  ];
  const events = (...hours: readonly number[]): unknown =>
    hours.map(hour => ({ Date: new Date(NOW.getTime() - hour * 3_600_000) }));
  const rests: readonly (readonly [string, unknown, DBInstance?])[] = [
    ['no event', events()],
    ['5 and 7 hours ago', events(7, 5)],
    ['6 hours ago', events(6)],
    ['without a moment', [{}]],
    ['unreadable', denied('rds:DescribeEvents')],
    ['while it is optimized', events(), { ...SERVER, DBInstanceStatus: 'storage-optimization' }]
  ];
  const rested = await Promise.all(
    rests.map(async ([title, storageEvents, live = SERVER]) => {
      const { until = 'now', notices } = await storageRest(
        contextOf({ allocated_storage: '200' }, { state: { storageEvents } }),
        live
      );
      return [named(title, until), ...toldOf(noticesOf(notices)).map(line => `  ${line}`)];
    })
  );
  return [
    ...(await lines([
      ...cases.map(([given, validStorage, live = SERVER]): Case => [
        named(given, validStorage[0] === gp3 ? 'gp3' : validStorage, live === SERVER ? '' : live),
        storageChangeProblems(contextOf(given, { state: { validStorage } }), live).then(problemsOf)
      ]),
      [
        'unreadable',
        storageChangeProblems(
          contextOf({ allocated_storage: '1001' }, { state: { validStorage: denied('x') } }),
          SERVER
        ).then(problemsOf)
      ],
      ['no server', storageChangeProblems(contextOf({ allocated_storage: '1001' }), undefined).then(problemsOf)]
    ])),
    ...rested.flat()
  ];
}

async function blueGreen(): Promise<readonly string[]> {
  const UPGRADE: With = { upgrade_strategy: 'blue-green', engine_version: '17' };
  const logical = [{ ParameterName: 'rds.logical_replication', ParameterValue: '1' }];
  const asked = (
    live: DBInstance | undefined,
    more: With = {},
    account: Account = {},
    version: string | undefined = '17.1'
  ): Promise<Findings> => {
    const state = { userParameters: logical, instancesOf: [], ...account.state };
    const context = contextOf({ ...UPGRADE, ...more }, { ...account, state });
    return blueGreenFindings(context, { live, version } as unknown as Lookups);
  };
  const minors = [
    '9.6.24',
    '10.23',
    '11.20',
    '11.21',
    '12.15',
    '12.16',
    '13.11',
    '13.12',
    '14.8',
    '14.9',
    '15.3',
    '15.4',
    '16.0',
    '16.1',
    '16.2'
  ];
  const statuses = ['PROVISIONING', 'AVAILABLE', 'SWITCHOVER_COMPLETED', 'SWITCHOVER_COMPLETED_WITH_WARNINGS'];
  const deployment = (one: BlueGreenDeployment): Answers => ({
    DescribeBlueGreenDeployments: {
      BlueGreenDeployments: [{ BlueGreenDeploymentName: 'other' }, { BlueGreenDeploymentName: 'orders-to-17', ...one }]
    }
  });
  const [Target, Source] = ['arn:aws:rds:us-east-1:1:db:orders-green', 'arn:aws:rds:us-east-1:1:db:orders-old1'];
  const lag = { GetMetricData: { MetricDataResults: [{ Values: [7, 9] }] } };
  return lines([
    ['no server', asked(undefined)],
    ['in place', asked(SERVER, { upgrade_strategy: 'in-place' })],
    ['no version', blueGreenFindings(contextOf(UPGRADE), { live: SERVER } as unknown as Lookups)],
    ['the same major', asked(SERVER, {}, {}, '16.9')],
    ['all is well', asked(SERVER)],
    ...minors.map((minor): Case => [minor, asked({ ...SERVER, EngineVersion: minor }, {}, {}, '18.1')]),
    ['without backups', asked({ ...SERVER, BackupRetentionPeriod: 0 })],
    ['backups unknown', asked({ ...SERVER, BackupRetentionPeriod: undefined })],
    ['a secret of RDS', asked({ ...SERVER, MasterUserSecret: {} })],
    [
      'a replica far away',
      asked({ ...SERVER, ReadReplicaDBInstanceIdentifiers: ['near', 'arn:aws:rds:eu-west-1:1:db:far'] })
    ],
    [
      'a cascade',
      asked(
        SERVER,
        {},
        { state: { instancesOf: [{ ReadReplicaDBInstanceIdentifiers: ['arn:aws:rds:x:1:db:below', 'next'] }, {}] } }
      )
    ],
    ['no logical replication', asked(SERVER, {}, { state: { userParameters: [] } })],
    [
      'it is off',
      asked(
        SERVER,
        {},
        { state: { userParameters: [{ ParameterName: 'rds.logical_replication', ParameterValue: '0' }] } }
      )
    ],
    ['it waits', asked({ ...SERVER, DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }] })],
    [
      'another class and storage',
      asked(SERVER, {
        instance_class: 'db.r5.xlarge',
        storage_type: 'io1',
        allocated_storage: '200',
        storage_iops: '2000',
        storage_throughput: '500'
      })
    ],
    [
      'the same class and storage',
      asked(SERVER, { instance_class: 'DB.R5.LARGE', storage_type: 'GP3', allocated_storage: '100' })
    ],
    ['confirmed', asked(SERVER, {}, { switchover: 'Orders' })],
    ['confirmed for another', asked(SERVER, {}, { switchover: 'shop' })],
    ...statuses.map((Status): Case => [
      Status,
      asked(SERVER, {}, { calls: { ...deployment({ Status, Target, Source }), ...lag } })
    ]),
    [
      'confirmed, the copy is there',
      asked(SERVER, {}, { switchover: 'orders', calls: { ...deployment({ Status: 'AVAILABLE', Target }), ...lag } })
    ],
    ['a copy without a lag', asked(SERVER, {}, { calls: deployment({ Status: 'AVAILABLE', Target }) })],
    [
      'a lag that may not be read',
      asked(SERVER, {}, { calls: { ...deployment({ Target }), GetMetricData: denied('cloudwatch:GetMetricData') } })
    ],
    ['no copy yet', asked(SERVER, {}, { calls: deployment({}) })]
  ]);
}

async function networks(): Promise<readonly string[]> {
  const TWO: With = { subnet_ids: 'subnet-11111111\nsubnet-22222222' };
  const subnet = (VpcId: string | undefined, AvailabilityZone: string): Subnet => ({ VpcId, AvailabilityZone });
  const [a, b, other] = [subnet('vpc-11111111', 'a'), subnet('vpc-11111111', 'b'), subnet('vpc-22222222', 'b')];
  const missing = new ProviderError("The subnet ID 'subnet-22222222' does not exist", { kind: 'not-found' });
  const asked = (given: With, offerings: Answers, needs = true, home?: string): Promise<Findings> =>
    subnetsOf(contextOf(given, { offerings }), needs, Promise.resolve(home)).then(({ vpcId, ...found }) =>
      vpcId === undefined
        ? found
        : { ...found, notices: [...found.notices, { code: 'vpc', severity: 'info', message: vpcId }] }
    );
  const vpc = (more: Vpc): Vpc => ({ VpcId: 'vpc-11111111', ...more });
  const NAMED: With = { vpc_id: 'vpc-11111111' };
  const many = (count: number): With => ({
    allowed_cidr_blocks: Array.from({ length: count }, (_, at) => `10.${Math.floor(at / 250)}.${at % 250}.0/24`).join(
      '\n'
    )
  });
  const quota = (given: With, answer: unknown, others: Observed[] = []): Promise<Findings> =>
    ruleQuota(contextOf(given, { calls: { GetServiceQuota: answer } }), others);
  const group = [observed('security-group', { otherCounts: { 'ingress IPv4': 2, 'egress IPv6': 61 } })];
  return lines([
    ['two zones', asked(TWO, { subnets: [a, b] })],
    ['one zone', asked(TWO, { subnets: [a, a] })],
    ['two VPCs', asked(TWO, { subnets: [a, other] })],
    ['the VPC', asked({ ...TWO, ...NAMED }, { subnets: [a, b] })],
    ['another VPC', asked({ ...TWO, vpc_id: 'vpc-22222222' }, { subnets: [a, b] })],
    ['no VPC', asked({ ...TWO, ...NAMED }, { subnets: [subnet(undefined, 'a'), subnet(undefined, 'b')] })],
    ['missing', asked(TWO, { subnets: missing })],
    ['missing, unnamed', asked(TWO, { subnets: new ProviderError('Gone', { kind: 'not-found' }) })],
    ...[true, false].flatMap(needs =>
      [TWO, { ...TWO, ...NAMED }].map((given): Case => [
        named('unreadable', given, needs),
        asked(given, { subnets: denied('ec2:DescribeSubnets') }, needs)
      ])
    ),
    ['not needed', asked({}, {}, false)],
    ['not needed, named', asked(NAMED, {}, false)],
    ['the VPC of the server', asked({}, {}, true, 'vpc-11111111')],
    ['another VPC than the server', asked(NAMED, {}, false, 'vpc-22222222')],
    ['the same VPC as the server', asked(NAMED, {}, false, 'vpc-11111111')],
    ['the default VPC', asked({}, { vpcs: [vpc({ IsDefault: true })] })],
    ['no default VPC', asked({}, { vpcs: [] })],
    ['a named one', asked(NAMED, { vpcs: [vpc({ VpcId: 'vpc-2', IsDefault: true }), vpc({})] })],
    ['a named one, the default', asked(NAMED, { vpcs: [vpc({ IsDefault: true })] })],
    ['a named one, missing', asked(NAMED, { vpcs: [] })],
    ['VPCs, unreadable', asked({}, { vpcs: denied('ec2:DescribeVpcs') })],
    ['60 rules', quota(many(60), {})],
    ['61 rules, a quota of 61', quota(many(61), { Quota: { Value: 61 } })],
    ['62 rules, a quota of 61', quota(many(62), { Quota: { Value: 61 } })],
    ['61 rules, no quota', quota(many(61), {})],
    ['61 rules, unreadable', quota(many(61), denied('servicequotas:GetServiceQuota'))],
    ['1001 rules', quota(many(1001), { Quota: { Value: 2000 } })],
    ['rules of others', quota(many(59), { Quota: { Value: 60 } }, group)],
    ['rules of others alone', quota({ create_security_group: 'true' }, { Quota: { Value: 60 } }, group)],
    ['no group', quota({ create_security_group: 'false' }, {}, group)]
  ]);
}

async function restores(): Promise<readonly string[]> {
  const snapshot = {
    Status: 'available',
    Engine: 'postgres',
    AllocatedStorage: 100,
    EngineVersion: '16.4',
    Encrypted: true,
    MasterUsername: 'admin'
  };
  const FROM: With = { restore_from_snapshot: 'nightly' };
  const AT: With = { restore_source: 'Shop', restore_to_time: '2026-02-01T00:00:00Z' };
  const window = (from: string, to: string): unknown => ({
    DBInstanceAutomatedBackupsArn: 'arn:backup',
    RestoreWindow: { EarliestTime: new Date(from), LatestTime: new Date(to) }
  });
  const asked = async (title: string, given: With, calls: Answers, exists = false): Promise<readonly string[]> => {
    const heard: string[] = [];
    const { source, origin, instance, ...found } = await restoreOf(contextOf(given, { calls, heard }), exists);
    const kept = origin === undefined ? '' : Object.keys(origin).length;
    return [
      `${title}: ${named(source ?? 'no source', kept === '' ? '' : `${kept} members`, instance === undefined ? '' : 'live')}`,
      ...toldOf(found).map(line => `  ${line}`),
      ...heard.map(line => `  > ${line}`)
    ];
  };
  const one = (more: object): Answers => ({ DescribeDBSnapshots: { DBSnapshots: [{ ...snapshot, ...more }] } });
  const live = (more: object, backup?: unknown): Answers => ({
    DescribeDBInstances: { DBInstances: [{ ...SERVER, ...more }] },
    ...(backup === undefined ? {} : { DescribeDBInstanceAutomatedBackups: { DBInstanceAutomatedBackups: [backup] } })
  });
  const kept = (backup: unknown): Answers => ({
    DescribeDBInstanceAutomatedBackups: { DBInstanceAutomatedBackups: [backup] }
  });
  const inherited: readonly With[] = [
    { allocated_storage: '99' },
    { allocated_storage: '100' },
    { engine_version: '16' },
    { engine_version: '17' },
    { storage_encrypted: 'true' },
    { storage_encrypted: 'false' },
    { kms_key_id: 'alias/own' },
    { master_username: 'admin' },
    { master_username: 'postgres' }
  ];
  const shared = 'arn:aws:rds:us-east-1:999999999999:snapshot:nightly';
  const own = 'arn:aws:rds:us-east-1:123456789012:snapshot:nightly';
  const told = await Promise.all([
    asked('nothing', {}, {}),
    asked('it exists', FROM, {}, true),
    asked('it exists, at a moment', AT, {}, true),
    asked('a snapshot', FROM, one({})),
    asked('no snapshot', FROM, { DescribeDBSnapshots: {} }),
    asked('one that is made', FROM, one({ Status: 'creating' })),
    asked('one without a state', FROM, one({ Status: undefined })),
    asked('one of another engine', FROM, one({ Engine: 'mysql' })),
    asked('one without an engine', FROM, one({ Engine: undefined })),
    asked('a shared one', { restore_from_snapshot: shared }, one({ Encrypted: false })),
    asked('a shared one, encrypted', { restore_from_snapshot: shared }, one({})),
    asked('an own one by its ARN', { restore_from_snapshot: own }, one({})),
    ...inherited.map(async given => asked(named(given), { ...FROM, ...given }, one({}))),
    asked(
      'unencrypted, asked to be',
      { ...FROM, storage_encrypted: 'true', kms_key_id: 'alias/own' },
      one({ Encrypted: false })
    ),
    asked('unencrypted, and so asked', { ...FROM, storage_encrypted: 'false' }, one({ Encrypted: false })),
    asked('a moment', AT, live({ LatestRestorableTime: new Date('2026-02-02') }, window('2026-01-01', '2026-02-01'))),
    asked('the latest', { restore_source: 'shop' }, live({})),
    asked('no such server', AT, {}),
    asked('of another engine', AT, live({ Engine: 'mysql' })),
    asked('without backups', AT, live({ BackupRetentionPeriod: 0 })),
    asked('too late', AT, live({ LatestRestorableTime: new Date('2026-01-31') })),
    asked('too early', AT, live({}, window('2026-02-02', '2026-02-03'))),
    asked('at its first moment', AT, live({}, window('2026-02-01', '2026-02-03'))),
    asked('at its last moment', AT, live({ LatestRestorableTime: new Date('2026-02-01') })),
    asked('of kept backups', AT, kept(window('2026-01-01', '2026-02-02'))),
    asked('of kept backups, too late', AT, kept(window('2026-01-01', '2026-01-02'))),
    asked('of kept backups without a window', AT, kept({ DBInstanceAutomatedBackupsArn: 'arn:backup' })),
    asked('of backups without an ARN', AT, kept({}))
  ]);
  return told.flat();
}

async function reservations(): Promise<readonly string[]> {
  const OFFER: ReservedDBInstancesOffering = {
    DBInstanceClass: 'db.r5.large',
    Duration: 31_536_000,
    OfferingType: 'No Upfront',
    FixedPrice: 10.5,
    UsagePrice: 0.5,
    CurrencyCode: 'EUR',
    MultiAZ: true
  };
  const ASKED: With = { reserved_offering_id: 'ABCDEF12-3456' };
  const BUY: With = { ...ASKED, confirm_purchase: 'ABCDEF12-3456' };
  const asked = async (
    title: string,
    given: With,
    offer?: ReservedDBInstancesOffering,
    bought?: ReservedDBInstance
  ): Promise<readonly string[]> => {
    const context = contextOf(given, { state: { reserved: bought }, offerings: { reservedOffering: offer } });
    const { desired, notices } = await requestedReservation(context);
    return [
      title,
      ...toldOf(noticesOf(notices)).map(line => `  ${line}`),
      ...desired.map(one => `  ${JSON.stringify(one)}`)
    ];
  };
  const told = await Promise.all([
    asked('none', {}),
    asked('not confirmed', ASKED, OFFER),
    asked('two', { ...ASKED, reserved_instance_count: '2' }, OFFER),
    asked('confirmed', BUY, OFFER),
    asked('three years by the hour', BUY, {
      Duration: 94_608_000,
      RecurringCharges: [{ RecurringChargeAmount: 0.25 }],
      UsagePrice: 1
    }),
    asked('without a word of it', BUY, {}),
    asked('no such offering', BUY),
    asked('bought', BUY, OFFER, { State: 'active' }),
    asked('bought, unfinished', BUY, OFFER, {})
  ]);
  return told.flat();
}

async function quotas(): Promise<readonly string[]> {
  const all = ['DBInstances', 'AllocatedStorage', 'DBSubnetGroups', 'DBParameterGroups'].map(AccountQuotaName => ({
    AccountQuotaName,
    Used: 40,
    Max: 40
  }));
  const half = all.map(one => ({ ...one, Used: 20 }));
  const looked = (live: DBInstance | undefined, origin?: object): Lookups =>
    ({
      live,
      version: '16.4',
      restore: { origin },
      instances: live === undefined ? new Map() : instancesWith(live)
    }) as unknown as Lookups;
  const inputs: readonly With[] = [
    {},
    { create_read_replica: 'true', read_replica_count: '2' },
    { allocated_storage: '21' },
    { allocated_storage: '120' },
    { allocated_storage: '121', create_read_replica: 'true' },
    { subnet_ids: 'subnet-11111111\nsubnet-22222222' },
    { parameters: 'work_mem: 8MB' }
  ];
  const server = [observed('server', {})];
  const asked = (
    given: With,
    quota: unknown,
    live?: DBInstance,
    found: readonly Observed[] = live === undefined ? [] : server,
    origin?: object
  ): Promise<Findings> => checkQuotas(contextOf(given, { offerings: { quotas: quota } }), found, looked(live, origin));
  return lines([
    ...inputs.flatMap(given =>
      [undefined, SERVER].flatMap(live =>
        [all, half].map((quota): Case => [
          named(given, live === undefined ? 'no server' : 'a server', quota === all ? 'full' : '20 left'),
          asked(given, quota, live)
        ])
      )
    ),
    ['unreadable', asked({}, denied('rds:DescribeAccountAttributes'))],
    ['no such quota', asked({}, [])],
    ['a copy of 30 GiB', asked({}, half, undefined, [], { AllocatedStorage: 30 })],
    [
      'groups that are there',
      asked({ ...inputs[5], ...inputs[6] }, all, SERVER, [
        ...server,
        observed('subnet-group', {}),
        observed('parameter-group/postgres16', {})
      ])
    ]
  ]);
}

async function parameters(): Promise<readonly string[]> {
  const facts = [
    { ParameterName: 'work_mem', AllowedValues: '64-2147483647', DataType: 'integer', IsModifiable: true },
    { ParameterName: 'port', ParameterValue: '5432', IsModifiable: false },
    { ParameterName: 'log_statement', AllowedValues: 'none,ddl', DataType: 'string' },
    { ParameterName: 'shared_preload_libraries', AllowedValues: 'pgaudit,pg_cron', DataType: 'list' },
    ...['shared_buffers', 'effective_cache_size', 'max_connections'].map(ParameterName => ({ ParameterName }))
  ];
  const given = [
    'work_mem: 8MB',
    'port: "5432"',
    'port: "5433"',
    'log_statement: ddl',
    'log_statement: all',
    'shared_preload_libraries: pgaudit,pg_cron',
    'shared_preload_libraries: pgaudit,nope',
    'jit: on',
    'jit: maybe',
    'shared_buffers: 6GB',
    'shared_buffers: 6145MB',
    'effective_cache_size: 8191MB',
    'effective_cache_size: 8GB',
    'max_connections: "896"',
    'max_connections: "897"'
  ];
  const asked = (text: string, answer: unknown, size = 'db.m5.large'): Promise<Findings> =>
    checkParameters(contextOf({ parameters: text }, { offerings: { parameterFacts: answer } }), 'postgres16', size);
  return lines([
    ...given.map((text): Case => [text, asked(text, facts)]),
    ['a class that is not known', asked('max_connections: "897"', facts, 'db.new.huge')],
    ['unreadable', asked('max_connections: "897"\nport: "1"', denied('rds:DescribeEngineDefaultParameters'))],
    ['none', checkParameters(contextOf({}), 'postgres16', 'db.m5.large')]
  ]);
}

/** What a server loses with the parameter group that it leaves. */
async function replaced(): Promise<readonly string[]> {
  const parameter = (name: string, value: string): object => ({ ParameterName: name, ParameterValue: value });
  const many = (count: number): readonly object[] => Array.from({ length: count }, (_, at) => parameter(`p${at}`, '1'));
  const facts = [
    ...many(12).map((_, at) => ({ ParameterName: `p${at}` })),
    { ParameterName: 'rds.force_ssl', ParameterValue: '0' },
    { ParameterName: 'work_mem', ParameterValue: '4096' }
  ];
  const group = (value: string | undefined, managed = true): Desired =>
    ({
      address: 'server',
      title: 'server orders',
      fields: { parameter_group: { value, managed } }
    }) as unknown as Desired;
  const own = {
    address: 'parameter-group/postgres16',
    fields: { family: {}, 'parameters.p0': {} },
    complete: ['parameters']
  } as unknown as Desired;
  const asked = async (
    title: string,
    old: unknown,
    wanted: readonly Desired[] = [group('new')],
    { given = {}, from = 'old', kept }: { readonly given?: With; readonly from?: string; readonly kept?: unknown } = {}
  ): Promise<Case> => {
    const state = {
      userParameters: (name: string) => {
        if (old instanceof Error) throw old;
        return name === 'new' ? [parameter('p1', '2')] : old;
      },
      parameterGroup: kept
    };
    const live = { ...observed('server', {}), fields: { parameter_group: from } };
    const context = contextOf(given, { state, offerings: { parameterFacts: facts } });
    return [title, noticesOf(await replacedParameters(context, [live], wanted, 'postgres16'))];
  };
  return lines(
    await Promise.all([
      asked('none', []),
      asked('two', many(2)),
      asked('ten', many(10)),
      asked('eleven', many(11)),
      asked('TLS', [parameter('rds.force_ssl', '1'), parameter('work_mem', '8192')]),
      asked('TLS that was off', [
        parameter('rds.force_ssl', '0'),
        parameter('work_mem', '4096'),
        parameter('unknown', '1')
      ]),
      asked('to a named group', many(2), [group('new')], { given: { parameter_group_name: 'new' }, kept: {} }),
      asked('to a group of its own', many(3), [group('new'), own], { kept: {} }),
      asked('to a default group', many(2), [group('default.postgres16'), own]),
      asked('from a default group', many(2), [group('new')], { from: 'default.postgres15' }),
      asked('the same group', many(2), [group('old')]),
      asked('of a new server', many(2), [group('new', false)]),
      asked('unreadable', denied('rds:DescribeDBParameters'))
    ])
  );
}

const TYPES = ['gp2', 'gp3', 'io1', 'io2', 'standard', 'nvme'];

async function costs(): Promise<readonly string[]> {
  const priced = (address: string, fields: Priced['fields']): Priced => ({
    address,
    type: address.split('/')[0] ?? '',
    fields
  });
  const sized = {
    instance_class: 'DB.R5.Large',
    allocated_storage: 500,
    storage_iops: 13_000,
    storage_throughput: 600
  };
  const items = [
    ...TYPES.map(type => [priced('server', { ...sized, storage_type: type.toUpperCase() })]),
    [priced('server', { ...sized, storage_type: 'gp3', multi_az: true })],
    [priced('server', { ...sized, storage_type: 'gp3', allocated_storage: 399 })],
    [
      priced('server', {
        ...sized,
        storage_type: 'gp3',
        allocated_storage: 400,
        storage_iops: 12_000,
        storage_throughput: 500
      })
    ],
    [
      priced('server', { ...sized, storage_type: 'io1' }),
      priced('replica/2', {}),
      priced('replica/eu-west-1', { instance_class: 'db.r5.xlarge' }),
      priced('alarm/cpu', {})
    ]
  ].flatMap(all =>
    itemsOf(contextOf({}), all).map(({ title, quantity, product }) =>
      JSON.stringify([title, quantity, product, String(product.usage)])
    )
  );
  const item = (attributes: object, ...dimensions: readonly object[]): string =>
    JSON.stringify({
      product: { attributes },
      terms: { OnDemand: { term: { priceDimensions: Object.fromEntries(dimensions.entries()) } } }
    });
  const usd = (USD: string, more: object = {}): object => ({
    unit: 'Hrs',
    beginRange: '0',
    pricePerUnit: { USD },
    ...more
  });
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['one', [item({ databaseEngine: 'PostgreSQL' }, usd('0.5'))]],
    ['the highest', [item({ databaseEngine: 'PostgreSQL' }, usd('0.5'), usd('0.7', { pricePerUnit: { CNY: '0.9' } }))]],
    [
      'its own first',
      [item({ databaseEngine: 'Any' }, usd('0.9')), item({ databaseEngine: 'PostgreSQL' }, usd('0.5'))]
    ],
    ['of any engine', [item({}, usd('0.9')), item({ databaseEngine: 'MySQL' }, usd('2'))]],
    [
      'in the region',
      [item({ locationType: 'AWS Outposts' }, usd('0.9')), item({ locationType: 'AWS Region' }, usd('0.5'))]
    ],
    ['of the first range', [item({}, usd('0.9', { beginRange: '100' }), usd('0.5', { beginRange: undefined }))]],
    [
      'of its usage',
      [item({ usagetype: 'EU-RDS:GP3-PIOPS' }, usd('0.9')), item({ usagetype: 'EU-RDS:PIOPS' }, usd('0.5'))]
    ],
    ['by the GiB', [item({ usagetype: 'RDS:GP3' }, usd('1024', { unit: 'GiBps-mo' }))]],
    ['for nothing', [item({}, usd('0'))]],
    ['empty', ['{}']]
  ];
  const product = { what: 'x', region: 'eu-west-1', family: 'Family', attributes: { a: 'b' } };
  const prices = await Promise.all(
    lists.flatMap(([title, PriceList]) =>
      [undefined, /RDS:.*GP3/].map(async usage => {
        const price = await priceOf(
          contextOf({}, { calls: { GetProducts: { PriceList } } }),
          defined({ ...product, usage })
        );
        return named(title, String(usage), price ?? 'none');
      })
    )
  );
  const endpoints = await Promise.all(
    [
      ...[
        'us-east-1',
        'eu-west-1',
        'il-central-1',
        'me-south-1',
        'af-south-1',
        'ap-south-2',
        'sa-east-1',
        'euro-1'
      ].map(region => ({ region })),
      { region: 'cn-north-1', partition: 'aws-cn' }
    ].map(async place => {
      const heard: string[] = [];
      await priceOf(contextOf({}, { ...place, heard }), product);
      return named(place.region, ...heard);
    })
  );
  const server = (fields: Observed['fields']): Observed => ({
    ...observed('server', {}),
    type: 'server',
    fields: { instance_class: 'x', storage_type: 'gp2', allocated_storage: 20, ...fields }
  });
  const part = (type: string): Observed => ({ ...observed(type, {}), type });
  const PRICE = { GetProducts: { PriceList: [item({}, usd('1'))] } };
  const assumed = async (given: With, ...live: readonly Observed[]): Promise<string> => {
    const { cost } = await estimate(contextOf(given, { calls: PRICE }), { steps: [] } as never, live);
    const { fields } = live[0] ?? { fields: {} };
    return named(
      given,
      fields,
      live.slice(1).map(({ type }) => type),
      cost?.assumptions ?? []
    );
  };
  const left = await Promise.all([
    assumed({}, server({})),
    assumed({ reserved_offering_id: 'ABCDEF12-3456' }, server({ backup_retention_period: 0 })),
    assumed({}, server({ storage_type: 'standard' })),
    ...[0, 100].map(size => assumed({}, server({ max_allocated_storage: size }))),
    ...[0, 60].map(seconds => assumed({}, server({ monitoring_interval: seconds }))),
    ...[7, 8].map(days =>
      assumed({}, server({ enable_performance_insights: true, performance_insights_retention_period: days }))
    ),
    assumed({}, server({ performance_insights_retention_period: 8 })),
    ...['standard', 'advanced'].map(mode =>
      assumed({}, server({ enable_performance_insights: true, database_insights_mode: mode }))
    ),
    assumed({}, server({ manage_master_user_password: true })),
    ...['open-source-rds-extended-support', 'open-source-rds-extended-support-disabled'].map(how =>
      assumed({}, server({ engine_lifecycle_support: how }))
    ),
    ...['proxy', 'alarm', 'log-group', 'proxy-secret', 'role-secret', 'backup-replication'].map(type =>
      assumed({}, server({}), part(type))
    )
  ]);
  return [...items, ...prices, ...endpoints, ...left];
}

test('what is refused and told of each answer of AWS is as the golden file says', async () => {
  const sections = {
    servers,
    parts,
    maintenance,
    keys,
    versions,
    orders,
    storage,
    blueGreen,
    networks,
    restores,
    reservations,
    quotas,
    parameters,
    replaced,
    costs
  };
  const page: string[] = [];
  for (const [title, of] of Object.entries(sections)) page.push(`# ${title}`, ...(await of()), '');
  expectGolden('findings-aws.txt', page.join('\n'));
});
