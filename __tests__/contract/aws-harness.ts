import { capabilities } from '../../src/providers/aws/capabilities.ts';
import { openAws } from '../support/aws-harness.ts';
import { PASSWORD } from '../support/cloud-harness.ts';
import type { ContractHarness } from './harness.ts';

/** A fake AWS account. */
export const awsHarness: ContractHarness = {
  provider: 'aws',
  capabilities,
  inputs: {
    cloud_provider: 'aws',
    name: 'contract',
    engine_version: '16',
    instance_class: 'db.t3.micro',
    allocated_storage: '20',
    backup_retention_period: '7',
    master_username: 'keeper',
    master_password: PASSWORD,
    skip_final_snapshot: 'true'
  },
  seesPasswords: false,
  open: async () => {
    const account = await openAws();
    return {
      github: account.harness.github,
      job: await account.job(),
      leftovers: async () => account.aws.leftovers(),
      close: async () => account.close()
    };
  }
};
