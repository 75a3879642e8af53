import { clients } from './clients.ts';
import type { FakeGcp } from './fake-gcp.ts';
import type { Json } from './json.ts';

type Body = Readonly<Record<string, unknown>>;

async function insert(gcp: FakeGcp, body: Body): Promise<void> {
  const { instances, operations } = clients(gcp);
  const { project } = gcp;
  const [{ name = '' }] = await instances.insert({ project, body });
  for (let looks = 0; looks < 20; looks += 1) {
    const [{ status }] = await operations.get({ project, operation: name ?? '' }).catch(() => [{ status: 'PENDING' }]);
    if (status === 'DONE') return settle(gcp);
  }
  throw new Error(`The instance ${String(body['name'])} was not made`);
}

/** They have lived for long: no read of them is an old one. */
function settle({ state }: FakeGcp): void {
  for (const instance of state.instances.values()) instance.staleLooks = 0;
}

function within(gcp: FakeGcp, instance: string, databases: readonly string[], users: readonly Json[]): void {
  const live = gcp.state.instances.get(instance);
  for (const name of databases) live?.databases.set(name, { name, charset: 'UTF8', collation: 'en_US.UTF8', instance });
  for (const user of users) live?.users.set(String(user['name']), { ...user, instance });
}

/** As the module `postgresql` of terraform-google-sql-db makes an instance with its defaults. */
export async function defaultInstance(gcp: FakeGcp, name = 'orders'): Promise<void> {
  await insert(gcp, {
    name,
    region: 'us-central1',
    databaseVersion: 'POSTGRES_16',
    settings: {
      tier: 'db-f1-micro',
      edition: 'ENTERPRISE',
      availabilityType: 'ZONAL',
      dataDiskType: 'PD_SSD',
      dataDiskSizeGb: { value: 10 },
      storageAutoResize: { value: true },
      userLabels: { 'goog-terraform-provisioned': 'true' },
      maintenanceWindow: { day: { value: 1 }, hour: { value: 23 }, updateTrack: 'canary' },
      ipConfiguration: { ipv4Enabled: { value: true } }
    }
  });
  within(gcp, name, ['default'], [{ name: 'default', type: 'BUILT_IN' }]);
}

/** As the example `postgresql-ha` of that module makes one, with a replica, flags, networks, databases and users. */
export async function productionInstance(gcp: FakeGcp, name = 'orders'): Promise<void> {
  const settings = {
    tier: 'db-custom-1-3840',
    edition: 'ENTERPRISE',
    dataDiskType: 'PD_SSD',
    dataDiskSizeGb: { value: 20 },
    storageAutoResize: { value: true },
    storageAutoResizeLimit: { value: 200 },
    databaseFlags: [{ name: 'autovacuum', value: 'off' }],
    userLabels: { foo: 'bar' },
    insightsConfig: { queryInsightsEnabled: true, queryStringLength: { value: 1024 } }
  };
  await insert(gcp, {
    name,
    region: 'us-central1',
    databaseVersion: 'POSTGRES_16',
    settings: {
      ...settings,
      availabilityType: 'REGIONAL',
      maintenanceWindow: { day: { value: 7 }, hour: { value: 12 }, updateTrack: 'stable' },
      deletionProtectionEnabled: { value: true },
      ipConfiguration: {
        ipv4Enabled: { value: true },
        sslMode: 'ENCRYPTED_ONLY',
        authorizedNetworks: [{ name: 'office', value: '203.0.113.0/24' }]
      },
      backupConfiguration: {
        enabled: { value: true },
        startTime: '20:55',
        pointInTimeRecoveryEnabled: { value: true },
        backupRetentionSettings: { retainedBackups: { value: 14 }, retentionUnit: 'COUNT' }
      }
    }
  });
  await insert(gcp, {
    name: `${name}-replica-bi`,
    region: 'us-central1',
    databaseVersion: 'POSTGRES_16',
    masterInstanceName: name,
    settings
  });
  within(
    gcp,
    name,
    ['default', 'reports'],
    [
      { name: 'default', type: 'BUILT_IN' },
      { name: 'ann@example.com', type: 'CLOUD_IAM_USER' }
    ]
  );
}
