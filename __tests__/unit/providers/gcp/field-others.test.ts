import { planDestroy } from '../../../../src/engine/planner.ts';
import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeGcp;
beforeEach(async () => {
  cloud = await startGcp();
});
afterEach(async () => cloud.stop());

const apply = async (inputs: With = basic()): Promise<void> => {
  await (await gcpRun(cloud, inputs)).apply();
};
const live = () => cloud.instance('orders');
const bare: With = { name: 'orders', skip_final_snapshot: 'true' };

/** What stops a destroy. */
async function refusal(): Promise<string> {
  const { session } = await gcpRun(cloud, basic());
  const { target, tables } = session;
  const allowances = {
    adoptExisting: false,
    majorVersionUpgrade: false,
    destroy: true,
    skipFinalSnapshot: true,
    restart: true
  };
  const plan = planDestroy({ target, tables, observed: await session.observe(), notices: [], allowances });
  return plan.steps.flatMap(step => step.refusal?.message ?? []).join('\n');
}

describe('what others keep on the instance', () => {
  const added: Readonly<Record<string, () => void>> = {
    'database reports': () => live().databases.set('reports', { name: 'reports' }),
    'user analyst': () => live().users.set('analyst', { name: 'analyst', type: 'BUILT_IN' }),
    'user ann@example.com': () =>
      live().users.set('ann@example.com', { name: 'ann@example.com', type: 'CLOUD_IAM_USER' })
  };

  test.each(Object.keys(added))('%s is named, and stops a destroy before the first call', async what => {
    await madeOnGcp(cloud, basic());
    added[what]?.();
    const before = cloud.mutations().length;
    await expect((await gcpRun(cloud, basic())).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
    expect(await refusal()).toContain(`${what}, which carries no ownership mark`);
    expect(cloud.mutations().length).toBe(before);
    // The hint: delete it first.
    live().databases.delete('reports');
    live().users.delete('analyst');
    live().users.delete('ann@example.com');
    await (await gcpRun(cloud, basic())).destroy();
    expect(cloud.leftovers()).toEqual([]);
  });

  test('it is no difference for a plan, and a major upgrade takes it along', async () => {
    await madeOnGcp(cloud, basic());
    added['database reports']?.();
    const { plan } = await (await gcpRun(cloud, basic())).plan();
    expect(plan.verdict).toBe('no-changes');
    await apply({ ...basic(), engine_version: '17', allow_major_version_upgrade: 'true' });
    expect(live().databases.has('reports')).toBe(true);
  });

  test('members of a group of IAM, the system database and postgres have no owner', async () => {
    await madeOnGcp(cloud, basic());
    live().databases.set('cloudsqladmin', { name: 'cloudsqladmin' });
    live().users.set('bob@example.com', { name: 'bob@example.com', type: 'CLOUD_IAM_GROUP_USER' });
    await (await gcpRun(cloud, basic())).destroy();
    expect(cloud.leftovers()).toEqual([]);
  });
});

test('a destroy with few inputs knows the database and the user that this workflow made', async () => {
  await madeOnGcp(cloud, { ...basic(), master_username: 'keeper' });
  await (await gcpRun(cloud, bare)).destroy();
  expect(cloud.leftovers()).toEqual([]);
});

test('in the database server of a pull request all goes with it', async () => {
  const run = async () => gcpRun(cloud, basic(), { pullRequest: 7 });
  await (await run()).apply();
  live().databases.set('reports', { name: 'reports' });
  await (await run()).destroy();
  expect(cloud.leftovers()).toEqual([]);
});

test('where the databases may not be listed, nothing is unknown and nothing is stopped', async () => {
  await madeOnGcp(cloud, basic());
  cloud.fault({ action: 'databases.list', code: 'notAuthorized', status: 403, times: 99 });
  const { plan } = await (await gcpRun(cloud, basic())).plan();
  expect(plan.counts.unknown).toBe(0);
});

test('a user of IAM that others added stays when `iam_users` lists other ones', async () => {
  const inputs = { ...basic(), iam_database_authentication_enabled: 'true', iam_users: 'user:ann@example.com' };
  await apply(inputs);
  live().users.set('eve@example.com', { name: 'eve@example.com', type: 'CLOUD_IAM_USER' });
  await apply({ ...inputs, iam_users: 'user:bob@example.com' });
  expect([...live().users.keys()].sort()).toEqual(['bob@example.com', 'eve@example.com', 'postgres']);
  // https://github.com/terraform-google-modules/terraform-google-sql-db/issues/323 has the words.
  const words = 'role "bob@example.com" cannot be dropped because some objects depend on it Details: 2 objects.';
  const message = `Invalid request: failed to delete user bob@example.com: . ${words}`;
  cloud.fault({ action: 'users.delete', code: 'invalid', status: 400, message });
  await expect(apply({ ...inputs, iam_users: '[]' })).rejects.toMatchObject({
    hint: expect.stringContaining('REASSIGN OWNED BY') as string
  });
});
