import { v1 } from '@google-cloud/sql';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import type { FakeGcp } from './fake-gcp.ts';
import { ACCESS_TOKEN } from './supporting.ts';

/** Where and as whom the official clients speak to the fake: logged in before, as the library warns of key files. */
function options(gcp: FakeGcp): ConstructorParameters<typeof v1.SqlInstancesServiceClient>[0] {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: ACCESS_TOKEN });
  const { hostname, port } = new URL(gcp.url);
  const auth = new GoogleAuth({ authClient });
  return { fallback: true, protocol: 'http', apiEndpoint: hostname, port: Number(port), projectId: gcp.project, auth };
}

export interface Clients {
  readonly instances: v1.SqlInstancesServiceClient;
  readonly operations: v1.SqlOperationsServiceClient;
  readonly users: v1.SqlUsersServiceClient;
}

/** The official clients, talking to the fake. */
export function clients(gcp: FakeGcp): Clients {
  return {
    instances: new v1.SqlInstancesServiceClient(options(gcp)),
    operations: new v1.SqlOperationsServiceClient(options(gcp)),
    users: new v1.SqlUsersServiceClient(options(gcp))
  };
}

/** What a call failed with: its message; empty when it did not fail. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return '';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
