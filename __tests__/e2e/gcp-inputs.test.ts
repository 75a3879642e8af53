import type { Json } from '../clouds/gcp/json.ts';
import { openGcp, type GcpHarness } from '../support/gcp-harness.ts';
import { changesOf } from '../support/harness.ts';

let on: GcpHarness;
beforeEach(async () => {
  on = await openGcp();
});
afterEach(async () => on.close());

const KEY = 'projects/shop-project/locations/us-central1/keyRings/shop/cryptoKeys/orders';

test('every input of an instance reaches Cloud SQL, is read back, and can be changed where Cloud SQL allows it', async () => {
  const inputs = {
    ...on.example('gcp-basic'),
    tier: 'db-custom-N4-2-8192',
    instance_type: '',
    storage_type: 'HYPERDISK_BALANCED',
    disk_size: '100',
    storage_iops: '4000',
    storage_throughput: '200',
    max_allocated_storage: '500',
    vpc_id: 'shop',
    allocated_ip_range: 'google-managed-services-shop',
    publicly_accessible: 'true',
    allowed_cidr_blocks: '203.0.113.0/24',
    ssl_mode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED',
    kms_key_id: KEY,
    multi_az: 'true',
    availability_zone: 'us-central1-b',
    secondary_zone: 'us-central1-c',
    backup_retention_period: '12',
    backup_location: 'us',
    transaction_log_retention_days: '6',
    maintenance_window: 'wed:02:00-wed:03:00',
    enable_performance_insights: 'true',
    iam_database_authentication_enabled: 'true',
    master_password_version: '1',
    final_backup_days: '60',
    retain_backups_on_delete: 'true'
  };
  expect((await on.step({ ...inputs, command: 'apply' })).outputs['result']).toBe('applied');
  const [insert] = on.gcp.mutations();
  expect(insert).toMatchObject({
    action: 'instances.insert',
    body: {
      name: 'learning-assistant-db',
      region: 'us-central1',
      databaseVersion: 'POSTGRES_17',
      diskEncryptionConfiguration: { kmsKeyName: KEY },
      settings: {
        tier: 'db-custom-N4-2-8192',
        edition: 'ENTERPRISE',
        dataDiskType: 'HYPERDISK_BALANCED',
        dataDiskSizeGb: '100',
        dataDiskProvisionedIops: '4000',
        dataDiskProvisionedThroughput: '200',
        storageAutoResize: true,
        storageAutoResizeLimit: '500',
        availabilityType: 'REGIONAL',
        locationPreference: { zone: 'us-central1-b', secondaryZone: 'us-central1-c' },
        backupConfiguration: {
          enabled: true,
          startTime: '03:00',
          location: 'us',
          pointInTimeRecoveryEnabled: true,
          transactionLogRetentionDays: 6,
          backupRetentionSettings: { retainedBackups: 12, retentionUnit: 'COUNT' }
        },
        retainBackupsOnDelete: true,
        maintenanceWindow: { day: 3, hour: 2 },
        insightsConfig: { queryInsightsEnabled: true },
        databaseFlags: [{ name: 'cloudsql.iam_authentication', value: 'on' }],
        ipConfiguration: {
          ipv4Enabled: true,
          privateNetwork: 'projects/shop-project/global/networks/shop',
          allocatedIpRange: 'google-managed-services-shop',
          authorizedNetworks: [{ value: '203.0.113.0/24', name: 'pgkeep' }],
          sslMode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED'
        }
      }
    }
  });
  expect(await changesOf(await on.step({ ...inputs, command: 'plan' }))).toEqual([]);

  const changed = {
    ...inputs,
    disk_size: '120',
    storage_iops: '5000',
    storage_throughput: '240',
    max_allocated_storage: '0',
    ssl_mode: 'ENCRYPTED_ONLY',
    secondary_zone: 'us-central1-f',
    backup_location: 'eu',
    transaction_log_retention_days: '4',
    iam_database_authentication_enabled: 'false',
    retain_backups_on_delete: 'false',
    master_password: 'an0ther-Pass.word',
    master_password_version: '2'
  };
  expect((await on.step({ ...changed, command: 'apply' })).outputs['result']).toBe('applied');
  const { json, passwords } = on.gcp.instance('learning-assistant-db');
  expect(json['settings']).toMatchObject({
    dataDiskSizeGb: '120',
    dataDiskProvisionedIops: '5000',
    dataDiskProvisionedThroughput: '240',
    storageAutoResize: false,
    locationPreference: { zone: 'us-central1-b', secondaryZone: 'us-central1-f' },
    backupConfiguration: { location: 'eu', transactionLogRetentionDays: 4 },
    retainBackupsOnDelete: false,
    databaseFlags: [],
    ipConfiguration: { sslMode: 'ENCRYPTED_ONLY' }
  });
  expect(passwords.get('postgres')).toBe('an0ther-Pass.word');
  expect(await changesOf(await on.step({ ...changed, command: 'plan' }))).toEqual([]);

  for (const [input, value] of [
    ['kms_key_id', `${KEY}-2`],
    ['vpc_id', 'other'],
    ['allocated_ip_range', 'another-range'],
    ['gcp_region', 'europe-west1']
  ] as const) {
    const refused = await on.step({ ...changed, command: 'plan', [input]: value });
    expect([input, refused.outputs['blocked'], refused.outputs['failure_reason']]).toEqual([
      input,
      '1',
      'plan-blocked'
    ]);
  }

  const smaller = await on.step({ ...changed, command: 'plan', disk_size: '50' });
  expect(await changesOf(smaller)).toEqual([]);
  expect(smaller.log).toContain('never shrinks a disk (performDiskShrink)');

  const destroyed = await on.step({ ...changed, command: 'destroy', confirm_destroy: 'learning-assistant-db' });
  expect(destroyed.outputs['result']).toBe('destroyed');
  const [backup] = [...on.gcp.state.backups.values()] as readonly Json[];
  const kept = Date.parse(String(backup?.['expiryTime'])) - Date.parse(String(backup?.['instanceDeletionTime']));
  expect(kept / 86_400_000).toBe(60);
}, 90_000);
