import { digitalocean } from '../../src/providers/digitalocean/provider.ts';
import type { FakeDigitalOcean } from '../clouds/digitalocean/fake-digitalocean.ts';
import { cloudRun, type CloudRun, type CloudRunOptions } from './cloud-run.ts';

export { lines } from './cloud-run.ts';

/** The provider in this process, with a clock that does not wait, against the fake. */
export async function digitaloceanRun(
  cloud: FakeDigitalOcean,
  inputs: Readonly<Record<string, string>>,
  options: CloudRunOptions = {}
): Promise<CloudRun> {
  return cloudRun(digitalocean, cloud.env, inputs, options);
}
