import type { DBEngineVersion, OrderableDBInstanceOption } from '@aws-sdk/client-rds';

/** Minor versions that can be made today, oldest first. */
const MINORS: Readonly<Record<number, readonly number[]>> = {
  14: [20, 21, 22, 23],
  15: [15, 16, 17, 18],
  16: [11, 12, 13, 14],
  17: [7, 8, 9, 10],
  18: [1, 2, 3, 4]
};
/** Still running somewhere, no longer made; also one of Extended Support. */
const RETIRED: readonly string[] = ['12.22-rds.20250220', '14.18', '14.19', '15.3', '15.14'];

export const VERSIONS: readonly string[] = Object.entries(MINORS).flatMap(([major, minors]) =>
  minors.map(minor => `${major}.${minor}`)
);

export const majorOf = (version: string): number => Number(version.split('.')[0]);
export const minorOf = (version: string): number => Number(version.split('.')[1] ?? 0);
export const familyOf = (version: string): string => `postgres${majorOf(version)}`;

/** The version that an exact or a major-only one stands for; `undefined` when there is none to be made. */
export function resolveVersion(given: string | undefined): string | undefined {
  const wanted = given ?? '17';
  if (wanted.includes('.')) return VERSIONS.includes(wanted) ? wanted : undefined;
  return VERSIONS.filter(version => majorOf(version) === Number(wanted)).at(-2);
}

/** Where a version can go: newer minors, and the majors after it. */
export function upgradeTargets(version: string): readonly string[] {
  return VERSIONS.filter(
    other =>
      majorOf(other) > majorOf(version) || (majorOf(other) === majorOf(version) && minorOf(other) > minorOf(version))
  );
}

export function engineVersions(includeRetired: boolean): readonly DBEngineVersion[] {
  const all = includeRetired ? [...RETIRED, ...VERSIONS] : VERSIONS;
  return all.map(version => ({
    Engine: 'postgres',
    MajorEngineVersion: String(majorOf(version)),
    EngineVersion: version,
    DBParameterGroupFamily: familyOf(version),
    DBEngineDescription: 'PostgreSQL',
    DBEngineVersionDescription: `PostgreSQL ${version}-R1`,
    ValidUpgradeTarget: upgradeTargets(version).map(target => ({
      Engine: 'postgres',
      EngineVersion: target,
      Description: `PostgreSQL ${target}-R1`,
      AutoUpgrade: majorOf(target) === majorOf(version),
      IsMajorVersionUpgrade: majorOf(target) !== majorOf(version)
    })),
    ExportableLogTypes: ['iam-db-auth-error', 'postgresql', 'upgrade'],
    SupportsLogExportsToCloudwatchLogs: true,
    SupportsReadReplica: true,
    Status: RETIRED.includes(version) ? 'deprecated' : 'available',
    SupportedCACertificateIdentifiers: ['rds-ca-rsa2048-g1', 'rds-ca-ecc384-g1', 'rds-ca-rsa4096-g1'],
    SupportsCertificateRotationWithoutRestart: true
  }));
}

const SIZES: Readonly<Record<string, readonly [vcpus: number, memoryGib: number]>> = {
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  '2xlarge': [8, 32],
  '4xlarge': [16, 64]
};
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  t3: ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'],
  t4g: ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'],
  m5: ['large', 'xlarge', '2xlarge', '4xlarge'],
  m6g: ['large', 'xlarge', '2xlarge', '4xlarge'],
  m7g: ['large', 'xlarge', '2xlarge', '4xlarge'],
  r5: ['large', 'xlarge', '2xlarge', '4xlarge'],
  r6g: ['large', 'xlarge', '2xlarge', '4xlarge'],
  r7g: ['large', 'xlarge', '2xlarge', '4xlarge']
};
/** Families that older majors have and newer ones do not. */
const GONE_FROM: Readonly<Record<string, number>> = { m5: 18, r5: 18 };

/** Newer regions never had the older families. */
const NOT_SOLD: Readonly<Record<string, readonly string[]>> = { 'eu-north-1': ['m5', 'r5'] };

/** All classes there are. */
export function classes(): readonly string[] {
  return Object.entries(FAMILIES).flatMap(([family, sizes]) => sizes.map(size => `db.${family}.${size}`));
}

/** Memory of a class in GiB; r classes have twice as much. */
export function memoryGib(instanceClass: string): number {
  const [, family = '', size = ''] = instanceClass.split('.');
  return (SIZES[size]?.[1] ?? 1) * (family.startsWith('r') ? 2 : 1);
}

interface Storage {
  readonly type: string;
  readonly min: number;
  readonly max: number;
  readonly iops?: readonly [number, number];
  readonly throughput?: readonly [number, number];
}

export const STORAGE: readonly Storage[] = [
  { type: 'standard', min: 5, max: 3072 },
  { type: 'gp2', min: 20, max: 65536 },
  { type: 'gp3', min: 20, max: 65536, iops: [12000, 64000], throughput: [500, 4000] },
  { type: 'io1', min: 100, max: 65536, iops: [1000, 256000] },
  { type: 'io2', min: 100, max: 65536, iops: [1000, 256000] }
];

/** A small class takes less than the service as a whole. */
export function largestSize({ max }: { readonly max: number }, instanceClass: string): number {
  return /\.(nano|micro)$/.test(instanceClass) ? Math.min(16_384, max) : max;
}

/** Every combination that can be ordered of a class, newest version last. */
export function orderable(
  instanceClass: string | undefined,
  version: string | undefined,
  region: string
): readonly OrderableDBInstanceOption[] {
  return VERSIONS.filter(one => version === undefined || one === version || one.startsWith(`${version}.`)).flatMap(
    one =>
      classes()
        .filter(name => instanceClass === undefined || name === instanceClass)
        .filter(name => NOT_SOLD[region]?.includes(name.split('.')[1] ?? '') !== true)
        .filter(name => majorOf(one) < (GONE_FROM[name.split('.')[1] ?? ''] ?? 99))
        .flatMap(name => STORAGE.map(storage => option(one, name, storage, region)))
  );
}

function option(version: string, name: string, storage: Storage, region: string): OrderableDBInstanceOption {
  const magnetic = storage.type === 'standard';
  return {
    Engine: 'postgres',
    EngineVersion: version,
    DBInstanceClass: name,
    LicenseModel: 'postgresql-license',
    AvailabilityZones: ['a', 'b', 'c'].map(letter => ({ Name: `${region}${letter}` })),
    MultiAZCapable: true,
    ReadReplicaCapable: true,
    Vpc: true,
    SupportsStorageEncryption: true,
    StorageType: storage.type,
    SupportsIops: storage.iops !== undefined,
    SupportsStorageThroughput: storage.throughput !== undefined,
    SupportsEnhancedMonitoring: true,
    SupportsIAMDatabaseAuthentication: true,
    SupportsPerformanceInsights: name !== 'db.t4g.micro',
    SupportsStorageAutoscaling: !magnetic,
    SupportsKerberosAuthentication: true,
    SupportsGlobalDatabases: false,
    SupportsClusters: false,
    SupportedEngineModes: ['provisioned'],
    MinStorageSize: storage.min,
    MaxStorageSize: largestSize(storage, name),
    ...(storage.iops !== undefined && {
      MinIopsPerDbInstance: storage.iops[0],
      MaxIopsPerDbInstance: storage.iops[1],
      MinIopsPerGib: 0.5,
      MaxIopsPerGib: storage.type === 'gp3' ? 500 : 50
    }),
    ...(storage.throughput !== undefined && {
      MinStorageThroughputPerDbInstance: storage.throughput[0],
      MaxStorageThroughputPerDbInstance: storage.throughput[1],
      MinStorageThroughputPerIops: 0,
      MaxStorageThroughputPerIops: 0.25
    })
  };
}
