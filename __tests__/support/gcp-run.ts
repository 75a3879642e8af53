import { gcp } from '../../src/providers/gcp/provider.ts';
import type { FakeGcp } from '../clouds/gcp/fake-gcp.ts';
import { ACCESS_TOKEN } from '../clouds/gcp/supporting.ts';
import { cloudRun, type CloudRun, type CloudRunOptions } from './cloud-run.ts';

export { lines } from './cloud-run.ts';

/**
 * The provider in this process, with a clock that does not wait, against the fake. Its job has a token already: a login
 * is three requests more. The tests of logins and of permissions make theirs.
 */
export async function gcpRun(
  cloud: FakeGcp,
  inputs: Readonly<Record<string, string>>,
  options: CloudRunOptions = {}
): Promise<CloudRun> {
  return cloudRun(gcp, { ...cloud.env, GOOGLE_OAUTH_ACCESS_TOKEN: ACCESS_TOKEN }, inputs, options);
}
