import { capabilities } from '../../src/providers/digitalocean/capabilities.ts';
import { openDigitalOcean } from '../support/digitalocean-harness.ts';
import type { ContractHarness } from './harness.ts';

/** A fake DigitalOcean team. */
export const digitaloceanHarness: ContractHarness = {
  provider: 'digitalocean',
  capabilities,
  inputs: {
    cloud_provider: 'digitalocean',
    name: 'contract',
    digitalocean_region: 'nyc3',
    engine_version: '16',
    instance_class: 'db-s-1vcpu-2gb',
    allowed_cidr_blocks: '203.0.113.0/24'
  },
  seesPasswords: false,
  unsetsParameters: false,
  open: async () => {
    const team = await openDigitalOcean();
    return {
      github: team.harness.github,
      job: await team.job(),
      leftovers: async () => team.digitalocean.leftovers(),
      close: async () => team.close()
    };
  }
};
