import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { refusalIn } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string | undefined>>;

interface Row {
  /** Applied before. */
  readonly live?: With;
  readonly refused: With;
  /** What the refusal says to set. */
  readonly says: RegExp;
  /** The refused inputs with that. */
  readonly followed: With;
}

let cloud: FakeGcp;
let next = 0;
beforeAll(async () => {
  cloud = await startGcp();
});
afterAll(async () => cloud.stop());

const PLUS = { tier: 'db-perf-optimized-N-2' };
const STANDBY = { multi_az: 'true', enable_backup: 'true', enable_binary_log_backup: 'true' };

const rows: Readonly<Record<string, Row>> = {
  'an instance without an address': {
    refused: { publicly_accessible: 'false', allowed_cidr_blocks: undefined },
    says: /`vpc_id`, the network of the instance/,
    followed: { publicly_accessible: 'false', allowed_cidr_blocks: undefined, vpc_id: 'shop' }
  },
  'the zone of a standby that does not exist': {
    refused: { secondary_zone: 'us-central1-b' },
    says: /`multi_az: true`/,
    followed: { secondary_zone: 'us-central1-b', multi_az: 'true' }
  },
  'a zone of another region': {
    refused: { availability_zone: 'europe-west1-b' },
    says: /a zone such as `us-central1-a`/,
    followed: { availability_zone: 'us-central1-a' }
  },
  'a log without backups': {
    live: { enable_backup: 'false' },
    refused: { enable_binary_log_backup: 'true' },
    says: /`enable_backup: true` as well/,
    followed: { enable_binary_log_backup: 'true', enable_backup: 'true' }
  },
  'no backups with a standby': {
    live: STANDBY,
    refused: { enable_backup: 'false' },
    says: /`multi_az: false` as well/,
    followed: { enable_backup: 'false', multi_az: 'false' }
  },
  'no log with a standby': {
    live: STANDBY,
    refused: { enable_binary_log_backup: 'false' },
    says: /`multi_az: false` as well/,
    followed: { enable_binary_log_backup: 'false', multi_az: 'false' }
  },
  'the edition Enterprise with a long log': {
    live: {
      ...PLUS,
      enable_binary_log_backup: 'true',
      transaction_log_retention_days: '14',
      backup_retention_period: '15'
    },
    refused: {},
    says: /`transaction_log_retention_days: 7` as well/,
    followed: { transaction_log_retention_days: '7' }
  },
  'the edition Enterprise with a pooler': {
    live: { ...PLUS, enable_proxy: 'true' },
    refused: {},
    says: /`enable_proxy: false` as well/,
    // Enterprise Plus keeps 14 days by itself, which is then refused.
    followed: { enable_proxy: 'false', transaction_log_retention_days: '7' }
  },
  'a new instance without a region': {
    refused: { gcp_region: undefined },
    says: /such as `europe-west1`/,
    followed: { gcp_region: 'europe-west1' }
  },
  'a new instance without a login': {
    refused: { master_password: undefined },
    says: /a secret, or `iam_database_authentication_enabled: true`/,
    followed: { master_password: undefined, iam_database_authentication_enabled: 'true' }
  },
  'more replicas than an instance can have': {
    refused: { create_read_replica: 'true', read_replica_count: '11' },
    says: /10 in all/,
    followed: { create_read_replica: 'true', read_replica_count: '2' }
  },
  // https://cloud.google.com/sql/docs/postgres/machine-series-overview: each series has its own disks.
  'a Hyperdisk with a tier of Enterprise': {
    refused: { storage_type: 'HYPERDISK_BALANCED' },
    says: /`PD_SSD` or `PD_HDD`, or no `storage_type`/,
    followed: { storage_type: 'PD_HDD' }
  },
  'a magnetic disk with Enterprise Plus': {
    refused: { ...PLUS, storage_type: 'PD_HDD' },
    says: /not possible with db-perf-optimized-N-2; allowed: `PD_SSD`/,
    followed: { ...PLUS, storage_type: 'PD_SSD' }
  },
  'an SSD of AWS with C4A': {
    refused: { tier: 'db-c4a-highmem-4', storage_type: 'gp3' },
    says: /not possible with db-c4a-highmem-4 \(it means PD_SSD\); allowed: `HYPERDISK_BALANCED`, or no `storage_type`/,
    followed: { tier: 'db-c4a-highmem-4' }
  },
  'an SSD with N4': {
    refused: { tier: 'db-custom-N4-2-8192', storage_type: 'PD_SSD' },
    says: /`HYPERDISK_BALANCED`/,
    followed: { tier: 'db-custom-N4-2-8192', storage_type: 'HYPERDISK_BALANCED' }
  },
  'another disk for a live tier that no input names': {
    live: PLUS,
    refused: { tier: undefined, storage_type: 'HYPERDISK_BALANCED' },
    says: /not possible with db-perf-optimized-N-2/,
    followed: { tier: undefined }
  },
  'fewer IOPS than a Hyperdisk has': {
    refused: { tier: 'db-c4a-highmem-4', storage_iops: '1000' },
    says: /3000 or more/,
    followed: { tier: 'db-c4a-highmem-4', storage_iops: '3000' }
  },
  'less throughput than a Hyperdisk has': {
    refused: { tier: 'db-c4a-highmem-4', storage_throughput: '100' },
    says: /140 or more/,
    followed: { tier: 'db-c4a-highmem-4', storage_throughput: '140' }
  },
  // https://cloud.google.com/sql/docs/postgres/storage-options-overview: the vCPUs of each series limit its disk.
  'more IOPS than a Hyperdisk of N4 has': {
    refused: { tier: 'db-custom-N4-2-8192', storage_iops: '15001' },
    says: /15000 at most, or a larger tier/,
    followed: { tier: 'db-custom-N4-2-8192', storage_iops: '15000' }
  },
  'more throughput than a Hyperdisk of C4A has': {
    refused: { tier: 'db-c4a-highmem-4', storage_throughput: '801' },
    says: /800 at most/,
    followed: { tier: 'db-c4a-highmem-4', storage_throughput: '800' }
  },
  'more throughput than the Hyperdisk of a live tier has': {
    live: { tier: 'db-custom-N4-8-32768' },
    refused: { tier: undefined, storage_throughput: '481' },
    says: /more than a Hyperdisk of db-custom-N4-8-32768 has; allowed: 480 at most/,
    followed: { tier: undefined, storage_throughput: '480' }
  },
  'a major upgrade without a word': {
    live: {},
    refused: { engine_version: '17' },
    says: /set `allow_major_version_upgrade: true`/,
    followed: { engine_version: '17', allow_major_version_upgrade: 'true' }
  },
  'a restart that is forbidden': {
    live: {},
    refused: { tier: 'db-custom-2-7680', allow_restart: 'false' },
    says: /Set `allow_restart: true`/,
    followed: { tier: 'db-custom-2-7680', allow_restart: 'true' }
  },
  'a parameter that Cloud SQL does not know': {
    refused: { parameters: 'no_such_parameter: on' },
    says: /no_such_parameter/,
    followed: { parameters: 'log_statement: all' }
  }
};

test.each(Object.entries(rows))('%s is refused, and the run that follows the hint is green', async (_what, row) => {
  next += 1;
  const inputs = (more: With): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries({ ...basic(), name: `hint-${next}`, ...more }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined
      )
    );
  if (row.live !== undefined) await (await gcpRun(cloud, inputs(row.live))).apply();
  const before = cloud.mutations().length;
  expect(await refusalIn(async () => gcpRun(cloud, inputs(row.refused)))).toMatch(row.says);
  expect(cloud.mutations().length).toBe(before);
  await (await gcpRun(cloud, inputs(row.followed))).apply();
  expect(await refusalIn(async () => gcpRun(cloud, inputs(row.followed)))).toBe('');
});
