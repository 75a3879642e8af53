import { gcp } from '../../src/providers/gcp/provider.ts';
import type { FakeGcp } from '../clouds/gcp/fake-gcp.ts';
import { cloudRun, type CloudRun, type CloudRunOptions } from './cloud-run.ts';

export { lines } from './cloud-run.ts';

/** The provider in this process, with a clock that does not wait, against the fake. */
export async function gcpRun(
  cloud: FakeGcp,
  inputs: Readonly<Record<string, string>>,
  options: CloudRunOptions = {}
): Promise<CloudRun> {
  return cloudRun(gcp, cloud.env, inputs, options);
}
