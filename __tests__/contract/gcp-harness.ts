import { capabilities } from '../../src/providers/gcp/capabilities.ts';
import { PASSWORD } from '../support/cloud-harness.ts';
import { openGcp } from '../support/gcp-harness.ts';
import type { ContractHarness } from './harness.ts';

/** A fake Google Cloud project. */
export const gcpHarness: ContractHarness = {
  provider: 'gcp',
  capabilities,
  inputs: {
    cloud_provider: 'gcp',
    name: 'contract',
    gcp_region: 'us-central1',
    engine_version: '16',
    tier: 'db-custom-1-3840',
    disk_size: '20',
    backup_retention_period: '7',
    master_username: 'keeper',
    master_password: PASSWORD,
    publicly_accessible: 'true',
    skip_final_snapshot: 'true'
  },
  seesPasswords: false,
  open: async () => {
    const project = await openGcp();
    return {
      github: project.harness.github,
      job: await project.job(),
      leftovers: async () => project.gcp.leftovers(),
      close: async () => project.close()
    };
  }
};
