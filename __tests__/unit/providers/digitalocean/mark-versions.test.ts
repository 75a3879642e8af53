import { startDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../../support/digitalocean-run.ts';
import { historyOf, KEPT, marksIn } from '../../../support/mark-versions.ts';

test('a database with marks of version 1 is kept, upgraded, and recognised after its repository is renamed', async () => {
  const cloud = await startDigitalOcean();
  const history = await historyOf({
    run: async (inputs, options) => digitaloceanRun(cloud, inputs, options),
    inputs: everything(),
    marks: () => marksIn([...cloud.state.clusters.values()].map(({ tags }) => tags))
  });
  expect(history).toEqual(KEPT);
  await cloud.stop();
});
