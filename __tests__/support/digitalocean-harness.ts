import {
  startDigitalOcean,
  type DigitalOceanOptions,
  type FakeDigitalOcean,
  UNHURRIED
} from '../clouds/digitalocean/fake-digitalocean.ts';
import { openCloudHarness, type CloudHarness } from './cloud-harness.ts';

/** A repository that keeps its database in a fake DigitalOcean team. */
export interface DigitalOceanHarness extends CloudHarness {
  readonly digitalocean: FakeDigitalOcean;
}

export async function openDigitalOcean(options: DigitalOceanOptions = {}): Promise<DigitalOceanHarness> {
  const digitalocean = await startDigitalOcean({ ...options, pace: { ...UNHURRIED, ...options.pace } });
  const harness = await openCloudHarness(digitalocean, () => ({
    DIGITALOCEAN_ACCESS_TOKEN: digitalocean.env['DIGITALOCEAN_TOKEN'] ?? '',
    RESTORE_TO_TIME: digitalocean.state.now()
  }));
  return { ...harness, digitalocean };
}
