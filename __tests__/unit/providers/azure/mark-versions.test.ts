import { startAzure } from '../../../clouds/azure/fake-azure.ts';
import { everything } from '../../../support/azure-inputs.ts';
import { azureRun } from '../../../support/azure-run.ts';
import { historyOf, KEPT, marksIn } from '../../../support/mark-versions.ts';

test('a database with marks of version 1 is kept, upgraded, and recognised after its repository is renamed', async () => {
  const cloud = await startAzure();
  const history = await historyOf({
    run: async (inputs, options) => azureRun(cloud, inputs, options),
    inputs: everything(),
    marks: () => marksIn(cloud.state)
  });
  expect(history).toEqual(KEPT);
  await cloud.stop();
});
