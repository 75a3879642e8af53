import type { DBInstance } from '@aws-sdk/client-rds';
import type { Impact } from '../../../../src/engine/impact.ts';
import { asUnfinished, markFor } from '../../../../src/engine/ownership.ts';
import type { Observed } from '../../../../src/engine/resource.ts';
import type { Value } from '../../../../src/engine/value.ts';
import { namesOf, remoteReplicaId, reservationId } from '../../../../src/providers/aws/api/names.ts';
import { inCalls } from '../../../../src/providers/aws/api/parameters.ts';
import { REGIONS } from '../../../../src/providers/aws/api/regions.ts';
import { isReserved, markTags, tagFields, toList } from '../../../../src/providers/aws/api/tags.ts';
import { regionOfKey } from '../../../../src/providers/aws/checks/keys.ts';
import { storageProblems } from '../../../../src/providers/aws/checks/validate-storage.ts';
import { dailyMinutes, weeklyMinutes, windowsOverlap } from '../../../../src/providers/aws/checks/windows-overlap.ts';
import type { AwsContext } from '../../../../src/providers/aws/context.ts';
import { inheritedFrom } from '../../../../src/providers/aws/desired/inherited.ts';
import { logExports, mentions, monitoringInterval, PARTS, wants } from '../../../../src/providers/aws/desired/parts.ts';
import { majorOf } from '../../../../src/providers/aws/live-state.ts';
import { passwordIn } from '../../../../src/providers/aws/outputs.ts';
import { deploymentName, identifierIn } from '../../../../src/providers/aws/resources/server/blue-green.ts';
import * as convert from '../../../../src/providers/aws/resources/server/convert.ts';
import { showSource, tenthMore, type InstanceField } from '../../../../src/providers/aws/resources/server/field.ts';
import {
  SERVER_ENTRIES,
  type ServerField,
  type ServerValues
} from '../../../../src/providers/aws/resources/server/fields.ts';
import * as state from '../../../../src/providers/aws/resources/server/state.ts';
import { batchesOf, smallerBatches } from '../../../../src/providers/aws/resources/server/update-batches.ts';
import * as rules from '../../../../src/providers/aws/resources/security-rules.ts';
import { defined } from '../../../../src/engine/defined.ts';
import { load } from '../../../../src/spec/load.ts';
import { refuseProblems } from '../../../../src/spec/problem.ts';
import type { Settings } from '../../../../src/spec/catalogue.ts';
import { TARGET } from '../../../support/aws-answers.ts';
import { expectGolden } from '../../../support/golden.ts';
import { alike } from '../../../support/plan-in-words.ts';

/**
 * How names, fields, calls, windows and rules are written and read: functions without a cloud, a line for each value.
 * `UPDATE_GOLDENS=1` writes the golden file, to be read.
 */
type With = Readonly<Record<string, string>>;

function settingsOf(given: With): Settings {
  const { spec, problems } = load([{ values: { cloud_provider: 'aws', name: 'orders', ...given } }]);
  refuseProblems(problems);
  return spec.settings;
}

/** An instance with everything that is read of one. */
const LIVE: DBInstance = {
  DBInstanceIdentifier: 'orders',
  DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:orders',
  DbiResourceId: 'db-1',
  DBInstanceStatus: 'available',
  DBInstanceClass: 'db.r5.large',
  Engine: 'postgres',
  EngineVersion: '16.4',
  AllocatedStorage: 500,
  MaxAllocatedStorage: 1000,
  StorageType: 'gp3',
  Iops: 13_000,
  StorageThroughput: 600,
  StorageEncrypted: true,
  KmsKeyId: 'arn:key',
  DBName: 'shop',
  MasterUsername: 'postgres',
  MasterUserSecret: { SecretArn: 'arn:secret', SecretStatus: 'active' },
  Endpoint: { Address: 'orders.example', Port: 5433 },
  DbInstancePort: 5434,
  DBSubnetGroup: { DBSubnetGroupName: 'orders-subnets', VpcId: 'vpc-1' },
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-2' }, { VpcSecurityGroupId: 'sg-1' }, {}],
  NetworkType: 'DUAL',
  DedicatedLogVolume: true,
  PubliclyAccessible: true,
  MultiAZ: true,
  AvailabilityZone: 'us-east-1a',
  SecondaryAvailabilityZone: 'us-east-1b',
  BackupRetentionPeriod: 7,
  PreferredBackupWindow: '03:00-04:00',
  PreferredMaintenanceWindow: 'Sun:04:00-Sun:05:00',
  DeletionProtection: true,
  CopyTagsToSnapshot: true,
  PerformanceInsightsEnabled: true,
  PerformanceInsightsRetentionPeriod: 31,
  PerformanceInsightsKMSKeyId: 'arn:insights-key',
  DatabaseInsightsMode: 'advanced',
  MonitoringInterval: 60,
  MonitoringRoleArn: 'arn:role',
  EnhancedMonitoringResourceArn: 'arn:stream',
  EnabledCloudwatchLogsExports: ['upgrade', 'postgresql'],
  IAMDatabaseAuthenticationEnabled: true,
  CACertificateIdentifier: 'rds-ca-rsa2048-g1',
  AutoMinorVersionUpgrade: true,
  EngineLifecycleSupport: 'open-source-rds-extended-support',
  DBParameterGroups: [{ DBParameterGroupName: 'orders-postgres16', ParameterApplyStatus: 'pending-reboot' }],
  OptionGroupMemberships: [
    { OptionGroupName: 'default:postgres-16', Status: 'in-sync' },
    { OptionGroupName: 'other', Status: 'pending-apply' }
  ],
  TagList: [
    { Key: 'Team', Value: 'shop' },
    { Key: 'pgkeep:password-version', Value: '3' },
    { Key: 'pgkeep:storage', Value: '400' }
  ],
  PendingModifiedValues: {
    DBInstanceClass: 'db.r5.xlarge',
    AllocatedStorage: 600,
    StorageType: 'io1',
    Iops: 14_000,
    StorageThroughput: 700,
    EngineVersion: '17.1',
    MultiAZ: false,
    BackupRetentionPeriod: 8,
    Port: 5435,
    CACertificateIdentifier: 'rds-ca-ecc384-g1',
    IAMDatabaseAuthenticationEnabled: false,
    PendingCloudwatchLogsExports: { LogTypesToEnable: ['upgrade', 'iam-db-auth-error'] }
  }
};
const SMALL: DBInstance = {
  DBInstanceIdentifier: 'small',
  StorageType: 'gp2',
  AllocatedStorage: 20,
  EngineVersion: '16.4'
};

const MARK = markFor(TARGET);

/** As members of a file of JSON, without what is `undefined`. */
const said = (value: unknown): string => JSON.stringify(value) ?? 'undefined';

/** A function's answers, a line for each call. */
function answers(
  name: string,
  of: (...given: never[]) => unknown,
  calls: readonly (readonly unknown[])[]
): readonly string[] {
  return calls.map(given => `${name} ${given.map(said).join(', ')}: ${said(of(...(given as never[])))}`);
}
const each = (values: readonly unknown[]): readonly (readonly unknown[])[] => values.map(one => [one]);

const LONG = 'a-name-that-is-as-long-as-any-that-rds-takes-for-an-instance-xx';

function names(): readonly string[] {
  const told = (title: string, { replica, roleSecret, ...plain }: ReturnType<typeof namesOf>): readonly string[] => [
    `names of ${title}: ${said({ ...plain, replicas: [1, 2, 3].map(replica), role: roleSecret('app') })}`
  ];
  const of = (instance: string): AwsContext => ({ names: { instance } }) as unknown as AwsContext;
  return [
    ...told('Orders', namesOf('Orders', 'us-east-1')),
    ...told('a long one', namesOf(LONG, 'ap-southeast-3')),
    ...told('given ones', namesOf('orders', 'us-east-1', { replica_names: ['one', 'two'], proxy_name: 'Door' })),
    ...answers('reservationId', reservationId, [[{ instance: 'orders' }, 'ABCDEF12-3456']]),
    ...answers('remoteReplicaId', remoteReplicaId, [
      ['orders', 'eu-west-1'],
      [LONG, 'eu-west-1']
    ]),
    ...[of('orders'), of(LONG)].map(one => `deployment: ${deploymentName(one, '17.2')}`),
    ...answers('identifierIn', identifierIn, [['arn:aws:rds:us-east-1:1:db:green'], [undefined]]),
    ...answers('isReserved', isReserved, each(['Team', 'aws:x', 'RDS:y', 'pgkeep:name', 'managed-by', 'awsome'])),
    ...answers('tagFields', tagFields, [[{ Team: 'shop', 'aws:x': '1', 'pgkeep:name': 'orders' }]]),
    ...answers('regionOfKey', regionOfKey, [['arn:aws-cn:kms:cn-north-1:1:key/2'], ['alias/aws/rds'], [undefined]]),
    ...answers('passwordIn', passwordIn, [['{"password":"p"}'], ['{"password":1}'], ['p'], ['null'], [undefined]]),
    ...answers('majorOf', majorOf, each(['16', '16.4', '9.6', ''])),
    ...[0, 1, 20, 21, 40, 41].map(count => {
      const items = Array.from({ length: count }, (_, at) => ({ name: `p${at}` }));
      return `inCalls of ${count}: ${said(inCalls(items).map(({ length }) => length))}`;
    }),
    ...[['auto_explain.log_analyze', 'rds.force_ssl', 'max_wal_size', 'min_wal_size', 'a', 'b']].map(
      given => `inCalls: ${said(inCalls(given.map(name => ({ name }))))}`
    )
  ];
}

/** What an instance is in the plan's terms. */
function observedOf(live: DBInstance, facts: Readonly<Record<string, Value>> = {}): Observed {
  return {
    fields: convert.instanceValues(live),
    facts: { ...convert.instanceFacts(live), ...facts }
  } as unknown as Observed;
}

const ASKED: Readonly<Partial<Record<ServerField, readonly Value[]>>> = {
  max_allocated_storage: [0, 2000],
  enabled_cloudwatch_logs_exports: [['postgresql'], ['iam-db-auth-error', 'postgresql'], []],
  monitoring_interval: [0, 15],
  security_group: ['sg-9'],
  security_group_ids: [['sg-2', 'sg-1']],
  database_insights_mode: ['standard', 'advanced'],
  backup_retention_period: [0, 1, 14],
  engine_version: ['16.5', '17.1'],
  source: [
    { snapshot: 'nightly' },
    { instance: 'shop', time: 'latest' },
    { backup: 'arn:backup', time: '2026-01-01T00:00:00Z' }
  ]
};

const FACTS: readonly Readonly<Record<string, Value>>[] = [
  {},
  { applyImmediately: true },
  { mayReboot: true },
  { rotatesWithoutRestart: true },
  { applyImmediately: true, mayReboot: true, rotatesWithoutRestart: true }
];

/** The impact of a change in each case, the same ones once. */
function impactsOf(name: string, { impact }: InstanceField, to: Value): string {
  if (typeof impact === 'string') return impact;
  const froms: readonly (Value | undefined)[] = [0, 7, null, undefined];
  const found = froms.map(from =>
    [LIVE, { ...LIVE, MultiAZ: false }].map(live =>
      FACTS.map((facts): Impact => impact({ field: name, from, to }, observedOf(live, facts))).join(' ')
    )
  );
  return said([...new Set(found.map(one => one.join(', ')))]);
}

function fields(): readonly string[] {
  const [live, none, queued] = [convert.instanceValues(LIVE), convert.instanceValues({}), convert.queuedValues(LIVE)];
  return [
    ...SERVER_ENTRIES.flatMap(([name, field]) => {
      const asked = ASKED[name] ?? [live[name] ?? 'x'];
      const both: readonly Value[] = [
        ...asked,
        live[name] ?? 'x',
        'rds-ca-2019',
        'us-east-1b',
        'X',
        400,
        450,
        500,
        501,
        0
      ];
      const fits = both.flatMap(has =>
        both.flatMap(want => (field.satisfied?.(has, want, observedOf(LIVE)) === true ? [[has, want]] : []))
      );
      const shown = field.show === undefined ? [] : [...asked, 0, 1, 12].map(one => field.show?.(one, name));
      const same =
        field.normalise === undefined
          ? []
          : [...asked, 'SG', ['b', 'a'], null].map(one => field.normalise?.(one, name));
      return [
        `${name}: ${said(live[name])}, none ${said(none[name])}, queued ${said(queued[name])}`,
        ...asked.flatMap(value => {
          const values: ServerValues = { [name]: value };
          return [
            `  ${said(value)} created ${said(convert.createMembers(values))}`,
            ...[LIVE, SMALL].map(one => `    modified ${said(convert.modifyMembers(values, one))}`),
            `    impact ${impactsOf(name, field, value)}`
          ];
        }),
        ...(fits.length === 0 ? [] : [`  fits ${said(fits)}`]),
        ...(shown.length === 0 ? [] : [`  shown ${said(shown)}`]),
        ...(same.length === 0 ? [] : [`  the same as ${said(same)}`])
      ];
    }),
    ...[LIVE, {}].map(one => `facts ${said(convert.instanceFacts(one))}`),
    ...[{}, { PendingModifiedValues: {} }].map(one => `queued ${said(convert.queuedValues(one))}`),
    ...answers('showSource', showSource, each(['none', null, ['a']])),
    ...answers('tenthMore', tenthMore, each([0, 20, 200, 201]))
  ];
}

/** A change of several fields at once, of instances with several types of storage. */
function together(): readonly string[] {
  const storages: readonly DBInstance[] = [
    { StorageType: 'gp2', AllocatedStorage: 399 },
    { StorageType: 'gp3', AllocatedStorage: 399, Iops: 3000, StorageThroughput: 125 },
    { StorageType: 'gp3', AllocatedStorage: 400, Iops: 70_000, StorageThroughput: 500 },
    { StorageType: 'gp3', AllocatedStorage: 500, Iops: 12_000, PendingModifiedValues: { AllocatedStorage: 450 } },
    { StorageType: 'io1', AllocatedStorage: 100, Iops: 1000 },
    {}
  ];
  const changes: readonly ServerValues[] = [
    { allocated_storage: 400 },
    { storage_type: 'gp3' },
    { storage_type: 'io2', storage_iops: 2000 },
    { storage_iops: 20_000 },
    { storage_throughput: 1000 },
    { max_allocated_storage: 0 },
    { backup_window: '05:00-06:00' }
  ];
  const monitoring: readonly ServerValues[] = [
    { monitoring_interval: 30, monitoring_role_arn: 'arn:new' },
    { monitoring_role_arn: 'arn:new' },
    { enable_performance_insights: true, performance_insights_retention_period: 7 },
    { enable_performance_insights: false },
    { performance_insights_kms_key_id: 'arn:key' },
    { database_insights_mode: 'advanced', performance_insights_retention_period: 465 }
  ];
  return [
    ...storages.flatMap(live => changes.map(one => [one, live] as const)),
    ...monitoring.flatMap(one => [LIVE, SMALL].map(live => [one, live] as const))
  ].map(([values, live]) => {
    const has = live === LIVE ? 'the large one' : said(live);
    return `${said(values)} of ${has}: ${said(convert.modifyMembers(values, live))}`;
  });
}

function batches(): readonly string[] {
  const all: ServerValues = Object.fromEntries(SERVER_ENTRIES.map(([name]) => [name, 'x']));
  const told = (title: string, ...given: Parameters<typeof batchesOf>): readonly string[] => [
    title,
    ...batchesOf(...given).flatMap(batch => [
      `  ${batch.isUpgrade ? 'upgrade ' : ''}${Object.keys(batch.values).join(' ')}`,
      ...smallerBatches(batch).map(
        ({ values, isUpgrade }) => `    ${isUpgrade ? 'upgrade ' : ''}${Object.keys(values).join(' ')}`
      )
    ])
  ];
  return [
    ...told('all at once', { ...all, 'tags.Team': 'shop', engine_version: '16.5' }, SMALL),
    ...told('an upgrade', { ...all, engine_version: '17.1' }, SMALL),
    ...told('an upgrade by a copy', { ...all, engine_version: '17.1' }, SMALL, ['instance_class', 'storage_type']),
    ...told(
      'with a full disk',
      { backup_window: 'x', allocated_storage: 40 },
      { ...SMALL, DBInstanceStatus: 'storage-full' }
    )
  ];
}

const STATES = [
  [
    'available',
    'storage-optimization',
    'storage-initialization',
    'creating',
    'deleting',
    'stopped',
    'stopping',
    'starting'
  ],
  ['failed', 'inaccessible-encryption-credentials', 'inaccessible-encryption-credentials-recoverable'],
  ['incompatible-create', 'incompatible-credentials', 'incompatible-network', 'incompatible-option-group'],
  ['incompatible-parameters', 'incompatible-restore', 'insufficient-capacity', 'modify-failed', 'upgrade-failed'],
  ['restore-error', 'storage-full', 'unsupported-configuration', 'modifying', 'rebooting']
].flat();

/** Instances of which a copy can take a part only. */
const SOURCES: readonly DBInstance[] = [
  { StorageType: 'io1', AllocatedStorage: 100, Iops: 1000, StorageThroughput: 0, DedicatedLogVolume: true },
  { StorageType: 'gp3', AllocatedStorage: 399, Iops: 3000, StorageThroughput: 125 },
  { StorageType: 'gp3', AllocatedStorage: 400, Iops: 12_000, StorageThroughput: 500, NetworkType: 'IPV4' },
  { PerformanceInsightsEnabled: true, DatabaseInsightsMode: 'standard', MonitoringRoleArn: 'arn:role' },
  {
    DBParameterGroups: [{ DBParameterGroupName: 'default.postgres16' }],
    OptionGroupMemberships: [{ OptionGroupName: 'default:postgres-16' }],
    EnabledCloudwatchLogsExports: []
  }
];

function states(): readonly string[] {
  const replicating = (StatusType: string, Status?: string, Message?: string): DBInstance => ({
    StatusInfos: [{ StatusType, Status, Message }]
  });
  return [
    ...STATES.map(status => {
      const live = { DBInstanceStatus: status };
      const lists = Object.entries({ WORKING: state.WORKING, HOPELESS: state.HOPELESS, REPAIRABLE: state.REPAIRABLE });
      const among = lists.filter(([, list]) => list.includes(status)).map(([name]) => name);
      const stopped = [state.isStopped(status), state.stoppedState(live)];
      return `${status} ${among.join(' ')}: ${said([state.stateOf(live), ...stopped, state.repairOf(status)])}`;
    }),
    `without a state: ${state.stateOf({})}`,
    said(state.stoppedState({ DBInstanceStatus: 'stopped', AutomaticRestartTime: new Date(0) })),
    ...answers('brokenReplication', state.brokenReplication, [
      ...['error', 'stopped', 'terminated', 'replicating'].map(
        status => [replicating('read replication', status)] as const
      ),
      [replicating('read replication', 'error', 'Words.')],
      [replicating('other', 'error')],
      [replicating('read replication')],
      [{}]
    ]),
    ...answers('isRebootPending', state.isRebootPending, [
      [{}],
      [{ DBParameterGroups: [{ ParameterApplyStatus: 'in-sync' }, { ParameterApplyStatus: 'pending-reboot' }] }],
      [{ DBParameterGroups: [{ ParameterApplyStatus: 'in-sync' }] }]
    ]),
    ...answers('optionGroupOf', state.optionGroupOf, [
      [{}],
      [{ OptionGroupMemberships: [{ OptionGroupName: 'a' }, { OptionGroupName: 'b', Status: 'applying' }] }],
      [{ OptionGroupMemberships: [{ OptionGroupName: 'a', Status: 'in-sync' }, { OptionGroupName: 'b' }] }]
    ]),
    ...answers('passwordState', state.passwordState, [
      [{}],
      [{ MasterUserSecret: {} }],
      [{ TagList: toList(markTags(asUnfinished(MARK))) }],
      [{ TagList: toList(markTags(MARK)) }]
    ]),
    ...answers(
      'isRetiredAuthority',
      state.isRetiredAuthority,
      each(['rds-ca-2019', 'rds-ca-rsa2048-g1', 'x-rds-ca-2019', undefined])
    ),
    ...answers('isAtLeast', state.isAtLeast, [
      ['16.4', '16'],
      ['16.4', '16.4'],
      ['16.4', '16.10'],
      ['16.10', '16.4'],
      ['17.1', '16.4'],
      ['16', '16.1'],
      ['12.22-rds.20250508', '12.22'],
      ['12.22-rds.20250508', '12.23'],
      ['12.22-rds.20250508', '12.22-rds.20251114'],
      ['12.22', '12.22-rds.20250508']
    ]),
    ...answers('askedStorage', state.askedStorage, [[LIVE], [{}]]),
    ...[19, 20, 22, 23].flatMap(live =>
      [undefined, 20, 21].map(asked => {
        const grown = [undefined, 20, 21].map(ceiling => {
          const all = {
            fields: ceiling === undefined ? {} : { max_allocated_storage: ceiling },
            facts: asked === undefined ? {} : { askedStorage: asked }
          } as unknown as Observed;
          return state.hasGrown(live, 20, all);
        });
        return `has ${live}, wants 20, asked for ${asked ?? 'none'}: ${said(grown)}`;
      })
    ),
    ...['inherited', 'copied'].map(how => {
      const includes = ({ onReplica, onCopy }: InstanceField): boolean =>
        how === 'copied' ? onCopy === true : onReplica !== undefined;
      return `${how}: ${said([LIVE, SMALL].map(live => inheritedFrom(live, includes)))}`;
    }),
    ...SOURCES.map(live => `inherited from ${said(live)}: ${said(inheritedFrom(live, () => true))}`)
  ];
}

const WINDOWS = ['sun:23:30-mon:00:30', 'Wed:03:30-wed:04:30', 'sat:00:00-sat:00:30'];

function windows(): readonly string[] {
  const daily = ['00:00-00:30', '03:00-03:30', '04:00-04:31', '23:45-00:15', '00:30-01:00'];
  return [
    ...answers(
      'windowsOverlap',
      windowsOverlap,
      daily.flatMap(day => WINDOWS.map(week => [day, week] as const))
    ),
    ...['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map(
      day => `${day} ${weeklyMinutes(`sun:23:00-${day}:23:30`)}`
    ),
    ...answers('dailyMinutes', dailyMinutes, each(daily)),
    ...answers('weeklyMinutes', weeklyMinutes, each(WINDOWS))
  ];
}

const RULES = `
- {type: ingress, from_port: 5432, to_port: 5432, protocol: tcp, cidr_blocks: [10.0.0.0/16, 10.1.0.0/16], description: a}
- {type: egress, from_port: 0, to_port: 0, protocol: " ALL ", cidr_blocks: [0.0.0.0/0], description: b}
- {type: egress, from_port: 53, to_port: 54, protocol: "17", ipv6_cidr_blocks: ["::/0"], prefix_list_ids: [pl-11111111], description: c}
- {type: ingress, from_port: 1, to_port: 2, protocol: "6", source_security_group_id: sg-99999999, self: "true", description: d}
- {type: ingress, from_port: 0, to_port: 0, protocol: "1", self: "false", source_security_group_id: sg-88888888, description: e}
- {type: ingress, from_port: 0, to_port: 0, protocol: "58", cidr_blocks: [10.2.0.0/16], description: f}
- {type: ingress, from_port: 0, to_port: 0, protocol: "-1", cidr_blocks: [10.2.0.0/16], description: g}`;

function networkRules(): readonly string[] {
  const wanted = rules.wantedRules(
    settingsOf({
      allowed_cidr_blocks: '10.0.0.0/16\n2001:db8::/32',
      allowed_security_group_ids: 'sg-12345678',
      allowed_prefix_list_ids: 'pl-12345678',
      security_group_rules: RULES,
      enable_proxy: 'true'
    }),
    5432
  );
  const live = [
    { CidrIpv4: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 5432, ToPort: 5433, Description: 'words' },
    { CidrIpv6: '::/0', IsEgress: true },
    { PrefixListId: 'pl-1', IpProtocol: '-1', FromPort: -1, ToPort: -1 },
    { ReferencedGroupInfo: { GroupId: 'sg-own' }, IpProtocol: 'udp', FromPort: 53, ToPort: 53 },
    { ReferencedGroupInfo: { GroupId: 'sg-other' }, IsEgress: false },
    {}
  ];
  return [
    ...wanted.flatMap(one => [
      said(one),
      `  ${said(rules.permissionOf(one, 'sg-own'))}`,
      `  ${said(rules.ruleOf(one.key, ''))}`
    ]),
    said(rules.permissionOf(rules.ruleOf('egress tcp 1 sg-1', ''), 'sg-own')),
    ...live.map(one => `${said(one)}: ${said([rules.liveRule(one, 'sg-own'), rules.countable(one)])}`),
    said(rules.countRules(wanted)),
    said(rules.addCounts({ a: 1, b: 2 }, { b: 3, c: 4 })),
    said(rules.MOST_RULES),
    ...[{}, { Endpoint: { Port: 6000 } }].map(one => `port ${rules.portOf({}, one)}`),
    `port ${rules.portOf({ port: 7000 }, LIVE)}`
  ];
}

const PARTS_BY: readonly With[] = [
  {},
  { subnet_ids: 'subnet-12345678' },
  { vpc_id: 'vpc-12345678' },
  { vpc_id: 'vpc-12345678', security_group_ids: 'sg-12345678' },
  { create_security_group: 'true' },
  { create_security_group: 'false', allowed_cidr_blocks: '10.0.0.0/16' },
  { allowed_cidr_blocks: '10.0.0.0/16' },
  { allowed_security_group_ids: 'sg-12345678' },
  { allowed_prefix_list_ids: 'pl-12345678' },
  { security_group_rules: RULES },
  { security_group_ids: 'sg-12345678' },
  { parameters: 'work_mem: 8MB' },
  { parameter_group_family: 'postgres16' },
  { parameter_group_name: 'given', parameters: 'work_mem: 8MB' },
  { enable_enhanced_monitoring: 'true' },
  { enable_enhanced_monitoring: 'false', monitoring_interval: '30' },
  { monitoring_interval: '30' },
  { monitoring_interval: '0' },
  { monitoring_interval: '30', monitoring_role_arn: 'arn:aws:iam::123456789012:role/given' },
  { enable_logging: 'true' },
  { enable_logging: 'false' },
  { enabled_cloudwatch_logs_exports: 'upgrade\npostgresql' },
  { enabled_cloudwatch_logs_exports: 'upgrade', enable_logging: 'false' },
  { enable_proxy: 'true' },
  { enable_proxy: 'false' },
  { alarms: 'cpu' },
  { replica_region: 'eu-west-1' },
  { replica_region: 'eu-west-1', create_read_replica: 'false' },
  { replica_region: 'eu-west-1', create_read_replica: 'true', read_replica_count: '0' },
  { backup_region: 'eu-west-1' }
];

function parts(): readonly string[] {
  return PARTS_BY.map(given => {
    const settings = settingsOf(given);
    const [mentioned, wanted] = [
      PARTS.filter(part => mentions(part, settings)),
      PARTS.filter(part => wants(part, settings))
    ];
    const more = [monitoringInterval(settings), logExports(settings)];
    return `${said(given)}: mentions ${mentioned.join(' ')}; wants ${wanted.join(' ')}; ${said(more)}`;
  });
}

/** Sizes, IOPS and throughput at the limits of each type. */
function storage(): readonly string[] {
  const sizes = [4, 5, 19, 20, 99, 100, 3072, 3073, 65_536, 65_537];
  const [iops, throughput] = [
    [999, 1000, 5000, 5001, 11_999, 12_000, 64_000, 64_001, 100_001],
    [499, 500, 3000, 3001, 4000, 4001]
  ];
  const cases: readonly Settings[] = [
    ...[undefined, 'gp2', 'GP3', 'io1', 'io2', 'standard', 'nvme'].flatMap(type => [
      ...sizes.map(size => ({ storage_type: type, allocated_storage: size })),
      ...[399, 400].map(size => ({ storage_type: type, allocated_storage: size, storage_throughput: 500 })),
      { storage_type: type, storage_iops: 16_000, storage_throughput: 4000 }
    ]),
    ...['gp3', 'io1', 'io2'].flatMap(type => [
      ...iops.map(one => ({ storage_type: type, storage_iops: one })),
      ...[100, 399, 400].map(size => ({ storage_type: type, allocated_storage: size, storage_iops: 5000 })),
      { storage_type: type, allocated_storage: 100, storage_iops: 5001 },
      { storage_type: type, allocated_storage: 100, storage_iops: 100_001 },
      { storage_type: type, allocated_storage: 100, storage_iops: 100_000, storage_throughput: 500 },
      { storage_type: type, storage_iops: 15_999, storage_throughput: 4000 },
      ...throughput.map(one => ({ storage_type: type, storage_throughput: one }))
    ]),
    ...[0, 21, 22].map(ceiling => ({ allocated_storage: 20, max_allocated_storage: ceiling })),
    { max_allocated_storage: 1 }
  ].map(one => defined(one));
  const told = cases.map(settings => {
    const problems = storageProblems(settings).map(
      ({ input, value = '', why, allowed = '' }) => `${input} ${value} ${why}: ${allowed}`
    );
    return [Object.values(settings).map(String).join(' '), problems] as const;
  });
  return [...alike(told)].map(([problems, of]) => `${of.join(', ')}\n${problems}`);
}

test('names, fields, calls, windows and rules are written and read as the golden file says', () => {
  const regions = (): readonly string[] => [said(REGIONS)];
  const sections = { names, regions, fields, together, batches, states, windows, networkRules, parts, storage };
  const page = Object.entries(sections).flatMap(([title, lines]) => [`# ${title}`, ...lines(), '']);
  expectGolden('conversions-aws.txt', page.join('\n'));
});
