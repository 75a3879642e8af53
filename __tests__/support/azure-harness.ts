import { startAzure, type AzureOptions, type FakeAzure } from '../clouds/azure/fake-azure.ts';
import { openCloudStage, type CloudStage } from './cloud-harness.ts';

/** A repository that keeps its database in a fake Azure subscription. */
export interface AzureStage extends CloudStage {
  readonly azure: FakeAzure;
}

export async function openAzure(options: AzureOptions = {}): Promise<AzureStage> {
  const azure = await startAzure(options);
  const scope = `/subscriptions/${azure.world.subscription}/resourceGroups/shop/providers`;
  const stage = await openCloudStage(azure, () => ({
    RESOURCE_GROUP: 'shop',
    RESTORE_TO_TIME: azure.world.now().toISOString(),
    LOG_WORKSPACE_ID: `${scope}/Microsoft.OperationalInsights/workspaces/logs`,
    ALERTS_GROUP_ID: `${scope}/Microsoft.Insights/actionGroups/alerts`
  }));
  return { ...stage, azure };
}
