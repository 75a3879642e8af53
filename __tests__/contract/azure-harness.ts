import { capabilities } from '../../src/providers/azure/capabilities.ts';
import { openAzure } from '../support/azure-harness.ts';
import { PASSWORD } from '../support/cloud-harness.ts';
import type { ContractHarness } from './harness.ts';

/** A fake Azure subscription. */
export const azureHarness: ContractHarness = {
  provider: 'azure',
  capabilities,
  inputs: {
    cloud_provider: 'azure',
    name: 'contract',
    resource_group_name: 'shop',
    location: 'eastus',
    engine_version: '16',
    sku_name: 'GP_Standard_D2ds_v5',
    allocated_storage: '32',
    backup_retention_period: '7',
    master_username: 'keeper',
    master_password: PASSWORD
  },
  seesPasswords: false,
  open: async () => {
    const subscription = await openAzure();
    return {
      github: subscription.harness.github,
      job: await subscription.job(),
      leftovers: async () => subscription.azure.leftovers(),
      close: async () => subscription.close()
    };
  }
};
