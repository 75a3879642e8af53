import { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import { ClientSecretCredential, WorkloadIdentityCredential } from '@azure/identity';
import type { FakeAzure } from './fake-azure.ts';

/** The official client, logged in to the fake. It repeats nothing by itself. */
export function client(azure: FakeAzure): PostgreSQLManagementFlexibleServerClient {
  azure.trust();
  const { env, url } = azure;
  const [tenant = '', id = ''] = [env['AZURE_TENANT_ID'], env['AZURE_CLIENT_ID']];
  const options = { authorityHost: url, disableInstanceDiscovery: true };
  const file = env['AZURE_FEDERATED_TOKEN_FILE'];
  const credential =
    file === undefined
      ? new ClientSecretCredential(tenant, id, env['AZURE_CLIENT_SECRET'] ?? '', options)
      : new WorkloadIdentityCredential({ ...options, tenantId: tenant, clientId: id, tokenFilePath: file });
  return new PostgreSQLManagementFlexibleServerClient(credential, env['AZURE_SUBSCRIPTION_ID'] ?? '', {
    endpoint: url,
    retryOptions: { maxRetries: 0 }
  });
}
