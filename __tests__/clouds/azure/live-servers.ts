import { client } from './client.ts';
import type { FakeAzure } from './fake-azure.ts';

const QUICK = { updateIntervalInMs: 1 };
const GROUP = 'shop';

/** As the verified module `dbforpostgresql-flexibleserver` makes a server with what it must be given. */
export async function defaultServer(azure: FakeAzure, name = 'orders'): Promise<void> {
  await client(azure).servers.beginCreateOrUpdateAndWait(
    GROUP,
    name,
    {
      location: 'eastus',
      sku: { name: 'Standard_B1ms', tier: 'Burstable' },
      version: '16',
      administratorLogin: 'psqladmin',
      administratorLoginPassword: 'Canary-horse-8431',
      storage: { storageSizeGB: 32 }
    },
    QUICK
  );
}

/** As that module makes one with a standby, a rule, a database, parameters, a lock and a diagnostic setting. */
export async function productionServer(azure: FakeAzure, name = 'orders'): Promise<void> {
  const flexible = client(azure);
  await flexible.servers.beginCreateOrUpdateAndWait(
    GROUP,
    name,
    {
      location: 'eastus',
      tags: { environment: 'prod', 'created-by-policy': 'true' },
      sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
      version: '16',
      administratorLogin: 'psqladmin',
      administratorLoginPassword: 'Canary-horse-8431',
      storage: { storageSizeGB: 128, autoGrow: 'Enabled', tier: 'P10' },
      backup: { backupRetentionDays: 14, geoRedundantBackup: 'Enabled' },
      highAvailability: { mode: 'ZoneRedundant' },
      network: { publicNetworkAccess: 'Enabled' },
      authConfig: { passwordAuth: 'Enabled' }
    },
    QUICK
  );
  const rule = { startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.255' };
  await flexible.firewallRules.beginCreateOrUpdateAndWait(GROUP, name, 'office', rule, QUICK);
  await flexible.databases.beginCreateAndWait(GROUP, name, 'shop', { charset: 'UTF8' }, QUICK);
  await flexible.configurations.beginPutAndWait(
    GROUP,
    name,
    'work_mem',
    { value: '8192', source: 'user-override' },
    QUICK
  );
  const [server] = [...azure.state.servers.values()].filter(one => one.name === name);
  const around = (path: string, properties: object): void => {
    const id = `${server?.id ?? ''}/providers/${path}`;
    azure.state.around.set(id.toLowerCase(), { id, name: path.split('/').at(-1), properties });
  };
  around('Microsoft.Authorization/locks/lock-orders', { level: 'CanNotDelete' });
  around('Microsoft.Insights/diagnosticSettings/diag-orders', {
    workspaceId: `/subscriptions/${azure.state.subscription}/resourceGroups/shop/providers/Microsoft.OperationalInsights/workspaces/logs`,
    logs: [{ category: null, categoryGroup: 'allLogs', enabled: true }]
  });
}
