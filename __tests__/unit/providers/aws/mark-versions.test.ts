import { PROMPT, startAws } from '../../../clouds/aws/fake-aws.ts';
import { oneOfEach } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';
import { historyOf, KEPT, marksIn } from '../../../support/mark-versions.ts';

test('a database with marks of version 1 is kept, upgraded, and recognised after its repository is renamed', async () => {
  const cloud = await startAws(PROMPT);
  const history = await historyOf({
    run: async (inputs, options) => awsRun(cloud, inputs, options),
    inputs: oneOfEach(cloud),
    // Version 1 made no log groups of replicas. Ours are known by the id in their marks, which stay as they were made.
    marks: () =>
      marksIn([cloud.state(), cloud.state('us-west-2'), cloud.state('eu-west-1')]).filter(
        mark => !/logGroups.*-replica-/.test(mark)
      )
  });
  expect(history).toEqual(KEPT);
  await cloud.stop();
});
