import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { awsRun } from '../../support/aws-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { azureRun } from '../../support/azure-run.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { gcpRun } from '../../support/gcp-run.ts';

/**
 * The whole request that creates a server of which the workflow says nothing but what the cloud can't do without. A
 * default that changes, or goes missing, shows here.
 */
type Body = Readonly<Record<string, unknown>>;

const PASSWORD = 'Canary-horse-8431';
const name = 'orders';

/** What was sent by the first call of that action. */
function sentBy(calls: readonly { readonly action: string; readonly body: Body }[], action: string): Body {
  const call = calls.find(one => one.action === action);
  if (call === undefined) throw new Error(`Nothing was sent by ${action}`);
  return call.body;
}

const created = (cloud: FakeAws): readonly { readonly action: string; readonly body: Body }[] =>
  cloud.mutations().map(({ action, input }) => ({ action, body: input }));

/** What the next plan does and says of such a server: nothing that it need not. */
async function next(run: Promise<CloudRun>): Promise<readonly string[]> {
  const { plan } = await (await run).plan();
  return [plan.verdict, ...plan.notices.map(({ code, severity }) => `${severity} ${code}`)];
}

test('a new server on aws that nothing is said of', async () => {
  const cloud = await startAws();
  await (await awsRun(cloud, { name, master_password: PASSWORD })).apply();
  const { Tags: tags, ...sent } = sentBy(created(cloud), 'CreateDBInstance');
  expect(sent).toEqual({
    DBInstanceIdentifier: 'orders',
    DBInstanceClass: 'db.t4g.micro',
    Engine: 'postgres',
    EngineVersion: '17.10',
    AllocatedStorage: 20,
    StorageType: 'gp2',
    StorageEncrypted: true,
    MasterUsername: 'postgres',
    MasterUserPassword: PASSWORD,
    Port: 5432,
    PubliclyAccessible: false,
    MultiAZ: false,
    BackupRetentionPeriod: 7,
    PreferredBackupWindow: '03:00-04:00',
    PreferredMaintenanceWindow: 'sun:04:00-sun:05:00',
    EnablePerformanceInsights: false,
    DeletionProtection: false,
    EngineLifecycleSupport: 'open-source-rds-extended-support-disabled'
  });
  expect((tags as readonly { readonly Key: string }[]).map(({ Key: key }) => key)).toEqual([
    'managed-by',
    'pgkeep:repository',
    'pgkeep:name',
    'pgkeep:applied',
    'pgkeep:own-tags'
  ]);
  expect(await next(awsRun(cloud, { name, master_password: PASSWORD }))).toEqual(['no-changes']);
  await cloud.stop();
});

test('a new server on aws without a password has RDS keep one', async () => {
  const cloud = await startAws();
  await (await awsRun(cloud, { name })).apply();
  const sent = sentBy(created(cloud), 'CreateDBInstance');
  expect(sent).toMatchObject({ ManageMasterUserPassword: true });
  expect(sent).not.toHaveProperty('MasterUserPassword');
  await cloud.stop();
});

test('a new server on azure that nothing is said of', async () => {
  const cloud = await startAzure();
  await (await azureRun(cloud, { name, resource_group_name: 'shop', master_password: PASSWORD })).apply();
  const { tags, ...sent } = sentBy(cloud.mutations(), 'PUT flexibleServers');
  expect(sent).toEqual({
    location: 'eastus',
    sku: { name: 'Standard_B1ms', tier: 'Burstable' },
    properties: {
      administratorLogin: 'pgadmin',
      administratorLoginPassword: PASSWORD,
      version: '17',
      storage: { storageSizeGB: 32, autoGrow: 'Enabled' },
      authConfig: { activeDirectoryAuth: 'Disabled', passwordAuth: 'Enabled' },
      backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' },
      network: { publicNetworkAccess: 'Disabled' },
      highAvailability: { mode: 'Disabled' }
    }
  });
  expect(Object.keys(tags as Body)).toContain('pgkeep:repository');
  // Azure takes the window in a call of its own.
  expect(cloud.mutations().map(({ body }) => body)).toContainEqual({
    properties: { maintenanceWindow: { customWindow: 'Enabled', startHour: 4, startMinute: 0, dayOfWeek: 0 } }
  });
  expect(await next(azureRun(cloud, { name, resource_group_name: 'shop', master_password: PASSWORD }))).toEqual([
    'no-changes'
  ]);
  await cloud.stop();
});

test('a new instance on gcp that nothing is said of', async () => {
  const cloud = await startGcp();
  const inputs = { name, gcp_region: 'us-central1', master_password: PASSWORD, vpc_id: 'shop' };
  await (await gcpRun(cloud, inputs)).apply();
  const { settings, ...sent } = sentBy(cloud.mutations(), 'instances.insert');
  expect(sent).toEqual({
    project: 'shop-project',
    name: 'orders',
    region: 'us-central1',
    databaseVersion: 'POSTGRES_14',
    rootPassword: PASSWORD
  });
  const { userLabels, ...others } = settings as Body;
  expect(others).toEqual({
    tier: 'db-f1-micro',
    edition: 'ENTERPRISE',
    availabilityType: 'ZONAL',
    dataDiskSizeGb: '20',
    dataDiskType: 'PD_SSD',
    ipConfiguration: {
      authorizedNetworks: [],
      privateNetwork: 'projects/shop-project/global/networks/shop',
      ipv4Enabled: false,
      sslMode: 'ENCRYPTED_ONLY'
    },
    backupConfiguration: {
      enabled: true,
      startTime: '03:00',
      backupRetentionSettings: { retainedBackups: 7, retentionUnit: 'COUNT' },
      pointInTimeRecoveryEnabled: false
    },
    maintenanceWindow: { day: 7, hour: 4 },
    insightsConfig: { queryInsightsEnabled: false },
    deletionProtectionEnabled: false
  });
  expect(Object.keys(userLabels as Body)).toContain('pgkeep-repository');
  expect(await next(gcpRun(cloud, inputs))).toEqual(['no-changes']);
  await cloud.stop();
});

test('a new cluster on digitalocean that nothing is said of', async () => {
  const cloud = await startDigitalOcean();
  const inputs = { name, digitalocean_region: 'nyc3', allowed_cidr_blocks: '203.0.113.0/24' };
  await (await digitaloceanRun(cloud, inputs)).apply();
  const [, window, ...more] = cloud.mutations();
  const { tags, ...sent } = sentBy(cloud.mutations(), 'POST /databases');
  expect(sent).toEqual({
    name: 'orders',
    engine: 'pg',
    version: '17',
    num_nodes: 1,
    region: 'nyc3',
    size: 'db-s-1vcpu-1gb',
    rules: [{ type: 'ip_addr', value: '203.0.113.0/24', description: 'pgkeep' }]
  });
  expect((tags as readonly string[]).map(tag => tag.split(':').slice(0, 2).join(':'))).toEqual([
    'pgkeep:repository',
    'pgkeep:name',
    'pgkeep:applied',
    'pgkeep:own-tags'
  ]);
  expect(window).toMatchObject({ action: 'PUT /databases/{id}/maintenance', body: { day: 'sunday', hour: '04:00' } });
  expect(more).toEqual([]);
  expect(await next(digitaloceanRun(cloud, inputs))).toEqual(['no-changes']);
  await cloud.stop();
});
