import {
  startDigitalOcean,
  type DigitalOceanOptions,
  type FakeDigitalOcean
} from '../clouds/digitalocean/fake-digitalocean.ts';
import { openCloudStage, type CloudStage } from './cloud-harness.ts';

/** A repository that keeps its database in a fake DigitalOcean team. */
export interface DigitalOceanStage extends CloudStage {
  readonly digitalocean: FakeDigitalOcean;
}

export async function openDigitalOcean(options: DigitalOceanOptions = {}): Promise<DigitalOceanStage> {
  const digitalocean = await startDigitalOcean(options);
  const stage = await openCloudStage(digitalocean, () => ({
    DIGITALOCEAN_ACCESS_TOKEN: digitalocean.env['DIGITALOCEAN_TOKEN'] ?? '',
    RESTORE_TO_TIME: digitalocean.world.now()
  }));
  return { ...stage, digitalocean };
}
