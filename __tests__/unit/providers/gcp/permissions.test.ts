import { applyPermissions, needsOf, planPermissions } from '../../../../src/providers/gcp/permissions.ts';
import { TYPES } from '../../../../src/providers/gcp/provider.ts';
import { startGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { PERMISSIONS } from '../../../clouds/gcp/permissions.ts';
import type { CloudRun } from '../../../support/cloud-run.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

const DOCUMENTED = [...planPermissions(TYPES), ...applyPermissions(TYPES)];

test('each permission of Cloud SQL in the documented roles exists', () => {
  const ofCloudSql = DOCUMENTED.filter(one => one.startsWith('cloudsql.'));
  expect(ofCloudSql.filter(one => !PERMISSIONS.includes(one))).toEqual([]);
});

test('each kind of run needs some', () => {
  const kinds = needsOf(TYPES).map(({ what, permissions }) => `${what} ${permissions.length > 0}`);
  expect(kinds).toEqual(['plan true', 'apply true', 'destroy true', 'snapshot true', 'operations true']);
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
  expect(DOCUMENTED).toContain(permission);
  await expect(work()).rejects.toMatchObject({
    permission,
    hint: expect.stringContaining(permission) as string
  });
  await cloud.stop();
});
