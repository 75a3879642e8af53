import { applyPermissions, needsOf, planPermissions } from '../../../../src/providers/gcp/permissions.ts';
import { TYPES } from '../../../../src/providers/gcp/provider.ts';
import { startGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { everything } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';

test('every call of a whole lifecycle is among those that the documented roles allow', async () => {
  const cloud = await startGcp();
  const inputs = { ...everything(), alarms: 'cpu\nconnections', snapshot_identifier: 'before' };
  const called = (from: number): readonly string[] => [
    ...new Set(
      cloud
        .calls()
        .slice(from)
        .flatMap(({ permission }) => permission ?? [])
    )
  ];
  await (await gcpRun(cloud, inputs)).plan();
  const made = await gcpRun(cloud, inputs);
  const planned = called(0);
  await made.apply();
  await made.session.snapshot(await made.session.observe());
  await (await gcpRun(cloud, { ...inputs, alarms: 'cpu: {threshold: 70}', iam_users: '', tags: 'Team: ops' })).apply();
  const { restore_source: _none, ...rest } = { ...inputs, restore_source: '' };
  await (await gcpRun(cloud, { ...rest, name: 'copy', restore_source: 'orders', alarms: 'cpu' })).apply();
  const { snapshot_identifier: _taken, ...others } = rest;
  await (await gcpRun(cloud, { ...others, name: 'restored', restore_from_snapshot: 'before' })).apply();
  await (await gcpRun(cloud, inputs)).destroy();

  const kinds = needsOf(TYPES).map(({ what, permissions }) => `${what} ${permissions.length > 0}`);
  expect(kinds).toEqual(['plan true', 'apply true', 'destroy true', 'snapshot true', 'operations true']);
  const plan = planPermissions(TYPES);
  expect(planned.filter(one => !plan.includes(one))).toEqual([]);
  const both = [...plan, ...applyPermissions(TYPES)];
  expect(called(0).filter(one => !both.includes(one))).toEqual([]);
  await cloud.stop();
});
