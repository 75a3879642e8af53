import { v1 } from '@google-cloud/sql';
import { GoogleAuth } from 'google-auth-library';
import type { FakeGcp } from './fake-gcp.ts';

/** Where and as whom the official clients speak to the fake. */
function options(gcp: FakeGcp): ConstructorParameters<typeof v1.SqlInstancesServiceClient>[0] {
  const keyFile = gcp.env['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
  const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
  const { hostname, port } = new URL(gcp.url);
  const auth = new GoogleAuth({ keyFile, scopes });
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
