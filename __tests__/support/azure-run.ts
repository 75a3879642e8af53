import { azure } from '../../src/providers/azure/provider.ts';
import type { FakeAzure } from '../clouds/azure/fake-azure.ts';
import { cloudRun, type CloudRun, type CloudRunOptions } from './cloud-run.ts';

export { lines } from './cloud-run.ts';

/** The provider in this process, with a clock that does not wait, against the fake. */
export async function azureRun(
  cloud: FakeAzure,
  inputs: Readonly<Record<string, string>>,
  options: CloudRunOptions = {}
): Promise<CloudRun> {
  cloud.trust();
  return cloudRun(azure, cloud.env, inputs, options);
}
