import { applyActions, notGranted, planActions } from '../../../../src/providers/azure/permissions.ts';
import { TYPES } from '../../../../src/providers/azure/provider.ts';
import { startAzure } from '../../../clouds/azure/fake-azure.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { azureRun } from '../../../support/azure-run.ts';
import type { CloudRun } from '../../../support/cloud-run.ts';
import { madeOnAzure } from '../../../support/made-before.ts';

test.each([
  ['the very name', [{ actions: ['A.B/c/read'] }], true],
  ['another case', [{ actions: ['a.b/C/READ'] }], true],
  ['a star at the end', [{ actions: ['A.B/*'] }], true],
  ['a star within', [{ actions: ['A.B/*/read'] }], true],
  ['everything but this', [{ actions: ['*'], notActions: ['A.B/c/*'] }], false],
  [
    'everything but this, and this by another role',
    [{ actions: ['*'], notActions: ['A.B/*'] }, { actions: ['A.B/c/read'] }],
    true
  ],
  ['a dot that is no dot', [{ actions: ['AxB/c/read'] }], false],
  ['nothing', [], false]
])('a role that allows %s', (_what, grants, isAllowed) => {
  expect(notGranted(['A.B/c/read'], grants)).toEqual(isAllowed ? [] : ['A.B/c/read']);
});

type With = Readonly<Record<string, string>>;

const SERVERS = 'Microsoft.DBforPostgreSQL/flexibleServers';
const ENTRA = {
  iam_database_authentication_enabled: 'true',
  entra_administrators:
    '[{object_id: 33333333-4444-5555-6666-777777777777, principal_name: keepers, principal_type: Group}]'
};
const ALARM = { alarms: 'cpu: {threshold: 70}' };
const LOCK = { enable_deletion_protection: 'true' };
const ALLOWED = [...planActions(TYPES), ...applyActions(TYPES)];

/** What an identity without each permission can't do, and is told by its name. */
test.each<readonly [permission: string, live: With | undefined, wanted: With | 'destroy' | 'snapshot']>([
  [`${SERVERS}/write`, undefined, {}],
  [`${SERVERS}/write`, {}, { backup_retention_days: '21' }],
  [`${SERVERS}/databases/write`, {}, { database_name: 'billing' }],
  [`${SERVERS}/configurations/write`, {}, { parameters: 'work_mem: 8MB' }],
  [`${SERVERS}/firewallRules/write`, {}, { allowed_cidr_blocks: '192.0.2.0/24' }],
  [`${SERVERS}/firewallRules/delete`, { allowed_cidr_blocks: '192.0.2.0/24' }, { allowed_cidr_blocks: '[]' }],
  [`${SERVERS}/administrators/write`, { iam_database_authentication_enabled: 'true' }, ENTRA],
  [`${SERVERS}/administrators/delete`, ENTRA, { ...ENTRA, entra_administrators: '[]' }],
  ['Microsoft.Insights/metricAlerts/write', {}, ALARM],
  ['Microsoft.Insights/metricAlerts/delete', ALARM, { alarms: '{}' }],
  ['Microsoft.Authorization/locks/write', {}, LOCK],
  ['Microsoft.Authorization/locks/delete', LOCK, { enable_deletion_protection: 'false' }],
  [`${SERVERS}/backups/write`, {}, 'snapshot'],
  [`${SERVERS}/delete`, {}, 'destroy']
])('without %s a run fails, and names it', async (permission, live, wanted) => {
  const cloud = await startAzure();
  const run = async (more: With = {}): Promise<CloudRun> => azureRun(cloud, { ...basic(), ...more });
  if (live !== undefined) await madeOnAzure(cloud, { ...basic(), ...live });
  cloud.state.denied.add(permission);
  const work = async (): Promise<unknown> => {
    if (wanted === 'destroy') return (await run(live)).destroy();
    const one = await run(wanted === 'snapshot' ? live : wanted);
    return wanted === 'snapshot' ? one.session.snapshot(await one.session.observe()) : one.apply();
  };
  expect(ALLOWED).toContain(permission);
  await expect(work()).rejects.toMatchObject({
    permission,
    hint: expect.stringContaining(permission) as string
  });
  await cloud.stop();
});
