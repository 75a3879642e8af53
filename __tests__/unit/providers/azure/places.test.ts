import { azure } from '../../../../src/providers/azure/provider.ts';
import { startAzure } from '../../../clouds/azure/fake-azure.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { cloudRun } from '../../../support/cloud-run.ts';

/** A port of this machine on which nothing listens. */
const NOWHERE = 'https://127.0.0.1:1';

test('azure_authority_host, azure_resource_manager_endpoint and azure_subscription_id come before the environment', async () => {
  const cloud = await startAzure();
  cloud.trust();
  const env = {
    ...cloud.env,
    AZURE_AUTHORITY_HOST: NOWHERE,
    ARM_ENDPOINT: NOWHERE,
    AZURE_RESOURCE_MANAGER_ENDPOINT: NOWHERE,
    AZURE_SUBSCRIPTION_ID: '00000000-1111-4222-8333-444444444444'
  };
  const run = await cloudRun(azure, env, {
    ...basic(),
    azure_authority_host: cloud.url,
    azure_resource_manager_endpoint: cloud.url,
    azure_subscription_id: cloud.state.subscription
  });
  await run.session.observe();
  expect(cloud.calls().map(({ path }) => path.split('/')[2])).toContain(cloud.state.subscription);
  expect(new Set(cloud.calls().map(({ status }) => status))).toEqual(new Set([404]));
  await cloud.stop();
});
