import { applyPermissions, needsOf, planPermissions } from '../../../../src/providers/gcp/permissions.ts';
import { TYPES } from '../../../../src/providers/gcp/provider.ts';
import { startGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { PERMISSIONS } from '../../../clouds/gcp/permissions.ts';
import type { CloudRun } from '../../../support/cloud-run.ts';
import { basic, everything } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

test('each permission of Cloud SQL in the documented roles exists', () => {
  const documented = [...planPermissions(TYPES), ...applyPermissions(TYPES)].filter(one => one.startsWith('cloudsql.'));
  expect(documented.filter(one => !PERMISSIONS.includes(one))).toEqual([]);
});

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

type With = Readonly<Record<string, string>>;

const KEEPER = { master_username: 'keeper' };
const IAM = { iam_database_authentication_enabled: 'true', iam_users: 'user:ann@example.com' };
const ALARM = { alarms: 'cpu: {threshold: 70}' };

/** What an identity without each permission can't do, and is told by its name. */
test.each<readonly [permission: string, live: With | undefined, wanted: With | 'destroy' | 'snapshot']>([
  ['cloudsql.instances.create', undefined, {}],
  ['cloudsql.databases.create', undefined, {}],
  ['cloudsql.users.create', undefined, KEEPER],
  ['monitoring.alertPolicies.create', undefined, ALARM],
  ['cloudsql.instances.update', {}, { disk_size: '30' }],
  ['cloudsql.users.update', { master_password_version: '1' }, { master_password_version: '2' }],
  ['cloudsql.users.delete', IAM, { ...IAM, iam_users: '[]' }],
  ['monitoring.alertPolicies.update', ALARM, { alarms: 'cpu: {threshold: 80}' }],
  ['monitoring.alertPolicies.delete', ALARM, { alarms: '{}' }],
  ['cloudsql.instances.delete', {}, 'destroy'],
  ['cloudsql.backupRuns.create', {}, 'snapshot']
])('without %s a run fails, and names it', async (permission, live, wanted) => {
  const cloud = await startGcp();
  const run = async (more: With = {}): Promise<CloudRun> => gcpRun(cloud, { ...basic(), ...more });
  if (live !== undefined) await madeOnGcp(cloud, { ...basic(), ...live });
  cloud.state.denied.add(permission);
  const work = async (): Promise<unknown> => {
    if (wanted === 'destroy') return (await run(live)).destroy();
    const one = await run(wanted === 'snapshot' ? live : wanted);
    return wanted === 'snapshot' ? one.session.snapshot(await one.session.observe()) : one.apply();
  };
  await expect(work()).rejects.toMatchObject({
    permission,
    hint: expect.stringContaining(permission) as string
  });
  await cloud.stop();
});
