import { startGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { everything } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { historyOf, KEPT, marksIn } from '../../../support/mark-versions.ts';

test('a database with marks of version 1 is kept, upgraded, and recognised after its repository is renamed', async () => {
  const cloud = await startGcp();
  const history = await historyOf({
    run: async (inputs, options) => gcpRun(cloud, inputs, options),
    inputs: everything(),
    marks: () => marksIn(cloud.state.instances)
  });
  expect(history).toEqual(KEPT);
  await cloud.stop();
});
