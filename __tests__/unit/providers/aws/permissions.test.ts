import { applyActions, planActions } from '../../../../src/providers/aws/permissions.ts';
import { TYPES } from '../../../../src/providers/aws/provider.ts';
import { startAws } from '../../../clouds/aws/fake-aws.ts';
import { oneOfEach } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';

/** Services whose requests are signed with another name than IAM's. */
const IAM_NAMES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

test('every call of a whole lifecycle is among those that the documented policies allow', async () => {
  const cloud = await startAws();
  const inputs = oneOfEach(cloud);
  const called = (from: number): readonly string[] => [
    ...new Set(
      cloud
        .calls()
        .slice(from)
        .map(({ service, action }) => `${IAM_NAMES[service] ?? service}:${action}`)
    )
  ];

  const run = await awsRun(cloud, inputs);
  await run.plan();
  const planned = called(0);
  const before = cloud.calls().length;
  await run.apply();
  await run.session.snapshot(await run.session.observe());
  await (
    await awsRun(cloud, { ...inputs, tags: 'Team: ops\nCost: low', log_retention_days: '7', alarms: 'connections' })
  ).apply();
  await (await awsRun(cloud, inputs)).destroy();

  const plan = planActions(TYPES);
  expect(planned.filter(action => !plan.includes(action))).toEqual([]);
  const both = [...plan, ...applyActions(TYPES)];
  expect(called(before).filter(action => !both.includes(action))).toEqual([]);
  await cloud.stop();
});
