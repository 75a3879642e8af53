import { startAzure, type AzureOptions, type FakeAzure, UNHURRIED } from '../clouds/azure/fake-azure.ts';
import { openCloudHarness, type CloudHarness } from './cloud-harness.ts';

/** A repository that keeps its database in a fake Azure subscription. */
export interface AzureHarness extends CloudHarness {
  readonly azure: FakeAzure;
}

export async function openAzure(options: AzureOptions = {}): Promise<AzureHarness> {
  const azure = await startAzure({ ...options, pace: { ...UNHURRIED, ...options.pace } });
  const scope = `/subscriptions/${azure.state.subscription}/resourceGroups/shop/providers`;
  const harness = await openCloudHarness(azure, () => ({
    RESOURCE_GROUP: 'shop',
    RESTORE_TO_TIME: azure.state.now().toISOString(),
    LOG_WORKSPACE_ID: `${scope}/Microsoft.OperationalInsights/workspaces/logs`,
    ALERTS_GROUP_ID: `${scope}/Microsoft.Insights/actionGroups/alerts`
  }));
  return { ...harness, azure };
}
