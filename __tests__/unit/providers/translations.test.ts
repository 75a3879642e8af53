import { rdsParameter } from '../../../src/providers/aws/api/parameters.ts';
import { NAMED as LOGINS_BY_NAME, loginMethod } from '../../../src/providers/azure/api/login-method.ts';
import { networkOfRule, replicaName, ruleName } from '../../../src/providers/azure/api/names.ts';
import { azureParameter, joinLibraries, uncheckedNames } from '../../../src/providers/azure/api/parameters.ts';
import { compareSizes, readSku } from '../../../src/providers/azure/api/sku.ts';
import { lowestTier, nextSize, PREMIUM_SIZES, readStorageType } from '../../../src/providers/azure/api/storage.ts';
import { isReserved } from '../../../src/providers/azure/api/tags.ts';
import { windowFor } from '../../../src/providers/azure/resources/alarm.ts';
import * as azureWindows from '../../../src/providers/azure/resources/server/convert.ts';
import * as parameters from '../../../src/providers/digitalocean/api/parameters.ts';
import { connectionsOf } from '../../../src/providers/digitalocean/api/pool-size.ts';
import { sizeStep, slugOf, slugParts } from '../../../src/providers/digitalocean/api/sizes.ts';
import * as digitalocean from '../../../src/providers/digitalocean/resources/server/convert.ts';
import { readDiskType } from '../../../src/providers/gcp/api/disk-types.ts';
import { iamUserOf } from '../../../src/providers/gcp/api/iam-users.ts';
import * as labels from '../../../src/providers/gcp/api/labels.ts';
import * as names from '../../../src/providers/gcp/api/names.ts';
import { flagsFrom, sameSpelling } from '../../../src/providers/gcp/api/parameters.ts';
import type { PasswordPolicy } from '../../../src/providers/gcp/api/types.ts';
import { passwordProblems } from '../../../src/providers/gcp/checks/password-policy.ts';
import type { GcpContext } from '../../../src/providers/gcp/context.ts';
import * as tiers from '../../../src/providers/gcp/api/tiers.ts';
import * as gcp from '../../../src/providers/gcp/resources/server/convert.ts';
import { NETWORK_FIELDS } from '../../../src/providers/gcp/resources/server/network-fields.ts';
import { expectGolden } from '../../support/golden.ts';

/**
 * What each cloud makes of sizes, disks, windows, addresses and parameters: functions without a cloud, a line for each
 * value. A row that goes missing from a table of names, and a limit that moves, shows in the golden files.
 * `UPDATE_GOLDENS=1` writes them.
 */
type Values = readonly unknown[];
type Function = readonly [name: string, of: (...values: never[]) => unknown, values: readonly Values[]];

const each = (values: readonly string[]): readonly Values[] => values.map(value => [value]);
const pairs = (values: readonly string[]): readonly Values[] =>
  values.flatMap(one => values.filter(other => other !== one).map(other => [one, other]));

const CLASSES = ['t3', 'm5', 'r6gd', 'c5'].flatMap(family =>
  ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge', '4xlarge', '24xlarge'].map(size => `db.${family}.${size}`)
);
const DISKS = ['gp2', 'gp3', 'io1', 'io2', 'standard', ' PD-SSD ', 'pd_hdd', 'Hyperdisk-Balanced', 'Premium_LRS'];
const MORE_DISKS = ['premiumv2_lrs', 'UltraSSD_LRS', 'ssd'];
const WINDOWS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map(day => `${day}:23:30-${day}:23:59`);
const SIZES = ['db-s-1vcpu-1gb', 'db-s-2vcpu-4gb', 'db-amd-2vcpu-8gb', 'gd-4vcpu-4gb', 'nope'];
const TIERS = ['db-f1-micro', 'db-g1-small', 'db-custom-2-7680', 'db-custom-N4-2-8192', 'db-custom-4-3840'];
const MORE_TIERS = ['db-perf-optimized-N-2', 'db-memory-optimized-N-4', 'db-c4a-highmem-16', 'nope'];
const PARAMETERS: readonly Values[] = [
  ['work_mem', '8MB'],
  [' Work_Mem ', ' 512kB '],
  ['work_mem', '-1'],
  ['jit', 'Yes'],
  ['jit', '0'],
  ['jit', 'maybe'],
  ['ssl', 'on'],
  ['ssl', 'off'],
  ['ssl', 'maybe'],
  ['shared_preload_libraries', 'pgaudit, pg_stat_statements, pg_cron, nope'],
  ['shared_buffers', '{DBInstanceClassMemory/32768}'],
  ['max_connections', 'LEAST(100, 200)'],
  ['rds.force_ssl', 'yes'],
  ['rds.logical_replication', 'off'],
  ['cloudsql.enable_pgaudit', 'true'],
  ['cloudsql.iam_authentication', 'on'],
  ['cloudsql.logical_decoding', 'on'],
  ['alloydb.nope', 'on'],
  ['azure.extensions', 'vector'],
  ['pgbouncer.pool_mode', 'session'],
  ['pg_qs.query_capture_mode', 'all'],
  ['pgms_wait_sampling.query_capture_mode', 'all'],
  ['autovacuum_vacuum_scale_factor', '0.25'],
  ['autovacuum_vacuum_scale_factor', '1.5'],
  ['bgwriter_lru_multiplier', '11'],
  ['temp_file_limit', '-1'],
  ['temp_file_limit', '3kB'],
  ['track_io_timing', 'OFF'],
  ['track_commit_timestamp', 'maybe'],
  ['log_min_duration_statement', '1500us'],
  ['pgbouncer.autodb_pool_mode', 'Session'],
  ['pgbouncer.autodb_pool_mode', 'nope'],
  ['shared_buffers_percentage', '19.5'],
  ['pg_stat_statements.track', 'TOP'],
  ['no_such', '1']
].map(one => [...one, 17]);

const sameNetwork = NETWORK_FIELDS.private_network.satisfied;
const network = (project: string, name: string): string => `projects/${project}/global/networks/${name}`;
const NETWORKS = [network('shop', 'a'), network('1', 'a'), network('other', 'a'), network('1', 'b'), 'nope'];

/** What a change begins with. */
const FROM: readonly Values[] = [[{}], [{ from: null }], [{ from: 'a' }]];

/** As tags are given. */
const TAGS: readonly Values[] = [
  [{ Team: 'Order Desk', 'cost.center': 'größe/4711', long: 'x'.repeat(70) }],
  [{ Team: 'a', team: 'b' }],
  [{ 'pgkeep:name': 'c' }],
  [{ 'managed-by': 'c' }],
  [{ '1st': 'd' }],
  [{ _a: 'e' }],
  [{ 名: 'f' }]
];

/** What a policy of Cloud SQL asks of passwords. */
const POLICY: PasswordPolicy = {
  enablePasswordPolicy: true,
  minLength: 8,
  complexity: 'COMPLEXITY_DEFAULT',
  disallowUsernameSubstring: true
};

function refused(password: string, policy: PasswordPolicy = POLICY): readonly string[] {
  const context = { secret: () => password, settings: {} } as unknown as GcpContext;
  const source = { problems: [], notices: [], passwordPolicy: policy };
  return passwordProblems(context, undefined, [], source).map(({ why }) => why);
}

/** What a runner can log in to Azure with. */
const PROOFS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  secret: { AZURE_CLIENT_SECRET: 's' },
  certificate: { AZURE_CLIENT_CERTIFICATE_PATH: '/dev/null', AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: 'True' },
  'a file': { AZURE_FEDERATED_TOKEN_FILE: '/dev/null' },
  'the job': { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job' },
  'half of the job': { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token' },
  'the machine': { MSI_ENDPOINT: 'http://m' },
  nothing: {}
};

/** With each of them: how Azure is logged in to, and without the principal. */
function loggedIn(name: string, proof: string): readonly unknown[] {
  const env = { ...PROOFS[proof], AZURE_TOKEN_CREDENTIALS: name, AZURE_CONFIG_DIR: '/nowhere' };
  return [{ AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' }, {}].map(principal => {
    try {
      return loginMethod({ ...env, ...principal });
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : thrown;
    }
  });
}

const CLOUDS: Readonly<Record<string, readonly Function[]>> = {
  aws: [['rdsParameter', rdsParameter, PARAMETERS]],
  azure: [
    [
      'azureParameter',
      azureParameter,
      [
        ...PARAMETERS,
        ['rds.allowed_extensions', 'vector', 17],
        ['jit', 'on', 12],
        ['ssl', ' On ', 17],
        ['require_secure_transport', 'off', 17]
      ]
    ],
    ['uncheckedNames', (name: string) => uncheckedNames([name]), each(PARAMETERS.map(([name]) => String(name)))],
    [
      'joinLibraries',
      joinLibraries,
      [
        ['pg_stat_statements,pg_cron', 'pgaudit, PG_CRON'],
        ['', 'pgaudit'],
        ['a', '']
      ]
    ],
    [
      'readSku',
      readSku,
      each([
        ...CLASSES,
        'B_Gen5_1',
        'B_Gen4_2',
        'GP_Gen6_4',
        'MO_Gen5_64',
        ' gp_standard_d2DS_v5 ',
        'GP_Standard_B1ms',
        ...[1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 48, 49, 64, 65, 96, 97].map(count => `GP_Gen5_${count}`)
      ])
    ],
    [
      'compareSizes',
      compareSizes,
      ['1ms', '2s', '2ms', '4ms', '8ms', '12ms', '16ms', '20ms'].map(size => [
        `Standard_B${size}`,
        `Standard_D${Number.parseInt(size, 10)}ds_v5`
      ])
    ],
    [
      'compareSizes',
      compareSizes,
      pairs(['Standard_B1ms', 'Standard_D2ds_v5', 'Standard_E2ds_v5', 'Standard_D4ds_v4', 'x'])
    ],
    ['readStorageType', readStorageType, each([...DISKS, ...MORE_DISKS])],
    ['lowestTier', lowestTier, [0, 32, 33, 64, 4095, 4096, 8193, 32_767, 32_768].map(gib => [gib])],
    [
      'nextSize',
      nextSize,
      [
        ...[1, ...PREMIUM_SIZES.flatMap(gib => [gib, gib + 1])].map(gib => [gib]),
        ...[31, 33, 65_536, 65_537].map(gib => [gib, 'PremiumV2_LRS'])
      ]
    ],
    [
      'windowFor',
      windowFor,
      [[], ...[60, 300, 900, 1800, 3600, 21_600, 43_200, 86_400].flatMap(seconds => [[seconds], [seconds + 1]])]
    ],
    [
      'isReserved',
      isReserved,
      each(['Azure-x', 'microsoft', 'windows', 'Hidden-link', 'PGKEEP:name', 'Managed-By', 'Team'])
    ],
    ['networkOfRule', networkOfRule, each([ruleName('10.0.0.0/16'), 'office'])],
    [
      'replicaName',
      replicaName,
      [
        ['orders', 1],
        ['orders', 'westus'],
        ['x'.repeat(60), 1]
      ]
    ],
    [
      'loginMethod',
      loggedIn,
      ['', ...Object.keys(LOGINS_BY_NAME), 'nope'].flatMap(name => Object.keys(PROOFS).map(proof => [name, proof]))
    ],
    ['windowOf', azureWindows.windowOf, each(WINDOWS)],
    ['readWindow', given => azureWindows.readWindow(azureWindows.windowOf(given)), each(WINDOWS)]
  ],
  digitalocean: [
    [
      'parameterOn',
      parameters.parameterOn,
      [...PARAMETERS, ['work_mem', '8MB', 9], ['vacuum_buffer_usage_limit', '2MB', 99], ['bgwriter_delay', '0.2s', 13]]
    ],
    [
      'the key',
      (_name, key) => key,
      Object.entries({ ...parameters.KEYS, ...parameters.OWN_KEYS, ...parameters.INSTEAD })
    ],
    [
      'displayConfig',
      parameters.displayConfig,
      [
        ['work_mem', '16'],
        ['temp_file_limit', '-1'],
        ['bgwriter_delay', '200'],
        ['jit', 'true']
      ]
    ],
    ['slugOf', slugOf, each([...CLASSES, 'DB-S-1VCPU-1GB'])],
    ['slugParts', slugParts, each(SIZES)],
    ['sizeStep', sizeStep, pairs(SIZES)],
    ['connectionsOf', connectionsOf, each(SIZES)],
    ['maintenanceOf', digitalocean.maintenanceOf, each(WINDOWS)],
    ['networksIn', digitalocean.networksIn, [[digitalocean.rulesOf(['192.0.2.1/32', '192.0.2.0/24'])]]]
  ],
  gcp: [
    ['flagsFrom', (name: string, value: string) => flagsFrom({ [name]: value }, '17'), PARAMETERS],
    ['readDiskType', readDiskType, each([...DISKS, ...MORE_DISKS])],
    [
      'readTier',
      tiers.readTier,
      each([...CLASSES, ...TIERS, 'DB-Perf-Optimized-n-2', 'DB-Custom-n4-2-8192', ' db-x ', 'db.x', 'db.c6gd.medium'])
    ],
    [
      'customInsteadOf',
      tiers.customInsteadOf,
      each(['db-n1-standard-2', 'DB-N1-HighMem-4', 'db-highcpu-8', 'db-n1-x-1'])
    ],
    [
      'customTierProblem',
      tiers.customTierProblem,
      each(
        ['1-3840', '3-7680', '96-638976', '98-638976', '2-7000', '1-3584', '1-6912', '8-7168', 'x'].map(
          one => `db-custom-${one}`
        )
      )
    ],
    [
      'mostPerformance',
      tiers.mostPerformance,
      [
        ...[2, 8, 16, 32, 48].flatMap(cpus => [`db-custom-N4-${cpus}-8192`, `db-c4a-highmem-${cpus}`]),
        ...TIERS
      ].flatMap(tier => [
        [tier, false],
        [tier, true]
      ])
    ],
    ['disksOf', tiers.disksOf, each([...TIERS, ...MORE_TIERS])],
    ['editionOf', tiers.editionOf, each([...TIERS, ...MORE_TIERS])],
    ['isKnownFamily', tiers.isKnownFamily, each([...TIERS, ...MORE_TIERS])],
    ['compareTiers', tiers.compareTiers, pairs([...TIERS, ...MORE_TIERS])],
    [
      'iamUserOf',
      iamUserOf,
      each([
        'user:Ann@example.com',
        'serviceAccount:a@b.iam.gserviceaccount.com',
        'group:g@example.com',
        'a@b.iam.gserviceaccount.com',
        'user:a@b.iam.gserviceaccount.com',
        'serviceAccount:ann@example.com',
        'domain:x@y',
        'ann'
      ])
    ],
    ['sameNetwork', sameNetwork, pairs(NETWORKS)],
    ['the impact of a network', NETWORK_FIELDS.private_network.impact, FROM],
    ['the impact of a range', NETWORK_FIELDS.allocated_ip_range.impact, FROM],
    [
      'isPrivateNetwork',
      gcp.isPrivateNetwork,
      each([
        '0.0.0.0/0',
        '0.1.0.0/16',
        '10.0.0.0/8',
        '127.0.0.1',
        '169.254.0.1',
        '172.15.0.0/16',
        '172.16.0.0/12',
        '172.31.0.1',
        '172.32.0.1',
        '192.167.0.0/16',
        '192.168.0.0/16',
        '203.0.113.0/24'
      ])
    ],
    ['plainNetwork', gcp.plainNetwork, each(['203.0.113.7', '203.0.113.0/24', '2001:db8::1'])],
    ['readWindow', given => gcp.readWindow(gcp.maintenanceOf(given)), each(WINDOWS)],
    [
      'readDenyPeriod',
      gcp.readDenyPeriod,
      [
        [undefined],
        [[{ startDate: '12-01', endDate: '12-31' }]],
        [[{ startDate: '12-01', endDate: '12-31', time: '01:00:00' }]]
      ]
    ],
    [
      'a password',
      refused,
      [
        ...each(['Abc-1234', 'Abc-123', 'abc-1234', 'ABC-1234', 'Abcd-efg', 'Abcd1234', 'My-Postgres-1']),
        ['abc', { ...POLICY, minLength: 3, complexity: 'COMPLEXITY_UNSPECIFIED' }],
        ['a', { ...POLICY, enablePasswordPolicy: false }]
      ]
    ],
    ['encode', labels.encode, each(['az-09', 'Acme/shop.io:2_x', 'é✓😀', ''])],
    [
      'decode',
      labels.decode,
      each(['_kacme_sshop_dio_c2_ux', '_xe9__x2713__x1f600_', '_x10ffff_', '_x110000_', '_x_', '_k', '_q', 'A', ''])
    ],
    ['labelProblems', labels.labelProblems, TAGS],
    ['cleanLabels', labels.cleanLabels, TAGS],
    ['nameLabel', labels.nameLabel, each(['orders', 'x'.repeat(70)])],
    [
      'replicaName',
      names.replicaName,
      [
        [{ name: 'orders', project: 'shop-project' }, 1],
        [{ name: 'orders', project: 'shop-project' }, 'us-east1'],
        [{ name: 'x'.repeat(80), project: 'shop-project' }, 2]
      ]
    ],
    [
      'networkPath',
      names.networkPath,
      [
        'shop',
        '/projects/a/global/networks/b',
        'https://www.googleapis.com/compute/v1/projects/a/global/networks/b',
        'https://x/compute/v1/b'
      ].map(one => ['shop-project', one])
    ],
    [
      'sameSpelling',
      sameSpelling,
      [
        ['cloudsql.logical_decoding', 'TRUE'],
        ['cloudsql.logical_decoding', '0'],
        ['cloudsql.logical_decoding', 'maybe'],
        ['work_mem', '8MB'],
        ['work_mem', 'much']
      ]
    ],
    ['majorOf', gcp.majorOf, each(['POSTGRES_9_6', 'POSTGRES_17', 'MYSQL_8_0'])]
  ]
};

test.each(Object.entries(CLOUDS))('%s translates values as its golden file says', (cloud, functions) => {
  const lines = functions.flatMap(([name, of, values]) =>
    values.map(given => {
      const shown = given.map(one => JSON.stringify(one) ?? 'undefined');
      return `${name} ${shown.join(', ')}: ${JSON.stringify(of(...(given as never[]))) ?? 'undefined'}`;
    })
  );
  expectGolden(`translations-${cloud}.txt`, `${lines.join('\n')}\n`);
});
