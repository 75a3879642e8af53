import { changesTable } from '../../../../src/report/changes-markdown.ts';
import { FULL } from '../../../../src/report/detail-levels.ts';
import { planLines } from '../../../../src/report/log-text.ts';
import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
beforeEach(async () => {
  cloud = await startAws(PROMPT);
});
afterEach(async () => cloud.stop());

async function apply(inputs: With): Promise<void> {
  await (await awsRun(cloud, inputs)).apply();
}

async function planned(inputs: With): Promise<readonly string[]> {
  return lines((await (await awsRun(cloud, inputs)).plan()).plan);
}

/** The instances in the order in which they were changed. */
const modified = (): readonly unknown[] =>
  cloud
    .mutations()
    .filter(({ action }) => action === 'ModifyDBInstance')
    .map(({ input }) => (input as { DBInstanceIdentifier?: string }).DBInstanceIdentifier);

// The fake answers DBUpgradeDependencyFailure as RDS does when a replica is older than its source would be.
test('a minor upgrade changes the replicas first, also the one elsewhere, and then the server', async () => {
  const old = {
    ...basic(cloud),
    engine_version: '16.11',
    create_read_replica: 'true',
    replica_region: 'us-west-2',
    apply_immediately: 'true'
  };
  await apply(old);
  const before = modified().length;
  await apply({ ...old, engine_version: '16.13' });
  const order = modified().slice(before);
  expect(new Set(order)).toEqual(new Set(['orders', 'orders-replica-1', 'orders-replica-us-west-2']));
  expect(order).toHaveLength(3);
  expect(order.at(-1)).toBe('orders');
  expect(cloud.state('us-west-2').instances.get('orders-replica-us-west-2')?.live.EngineVersion).toBe('16.13');
  expect(await planned({ ...old, engine_version: '16.13' })).toEqual([]);
});

test('storage grows on the replicas first, which then are not smaller than the server', async () => {
  const small = { ...basic(cloud), create_read_replica: 'true', apply_immediately: 'true' };
  await apply(small);
  const before = modified().length;
  await apply({ ...small, allocated_storage: '200' });
  expect(modified().slice(before)).toEqual(['orders-replica-1', 'orders']);
  expect(cloud.state().instances.get('orders-replica-1')?.live.AllocatedStorage).toBe(200);
  expect(await planned({ ...small, allocated_storage: '200' })).toEqual([]);
});

// As Azure and DigitalOcean, RDS refuses a server that passes its replica.
test.each([
  ['no input names', true, /newer than read replica orders-replica-1, which no input names.*`create_read_replica`/],
  ['others own', false, /newer than read replica orders-replica-1, which this workflow does not manage/]
])('a minor upgrade past a replica that %s is refused in the plan', async (_whose, isOurs, words) => {
  const old = { ...basic(cloud), engine_version: '16.11', apply_immediately: 'true' };
  await apply({ ...old, create_read_replica: 'true' });
  const replica = cloud.state().instances.get('orders-replica-1');
  if (replica !== undefined && !isOurs) Object.assign(replica.tags, { tags: [], old: [], staleReads: 0 });
  await expect(planned({ ...old, engine_version: '16.13' })).rejects.toThrow(words);
  expect(await planned({ ...old, tags: 'Team: ops' })).not.toEqual([]);
});

test('a major upgrade changes the server first', async () => {
  const old = { ...basic(cloud), create_read_replica: 'true', apply_immediately: 'true' };
  await apply(old);
  const before = modified().length;
  await apply({ ...old, engine_version: '17', allow_major_version_upgrade: 'true' });
  expect(modified()[before]).toBe('orders');
});

test('a new replica follows a server that grows in the same run, and has its size', async () => {
  const small = { ...basic(cloud), apply_immediately: 'true' };
  await apply(small);
  await apply({ ...small, allocated_storage: '200', create_read_replica: 'true' });
  expect(cloud.state().instances.get('orders-replica-1')?.live.AllocatedStorage).toBe(200);
});

test("a refusal because of another owner's replica says what to upgrade", async () => {
  await apply({ ...basic(cloud), apply_immediately: 'true' });
  cloud.fault({
    action: 'ModifyDBInstance',
    code: 'DBUpgradeDependencyFailure',
    message: "One or more of the DB Instance's read replicas need to be upgraded: reports"
  });
  const older = cloud.state().instances.get('orders');
  if (older !== undefined) older.live.EngineVersion = '16.11';
  const upgrade = await awsRun(cloud, { ...basic(cloud), engine_version: '16.14', apply_immediately: 'true' });
  await expect(upgrade.apply()).rejects.toMatchObject({
    hint: expect.stringContaining('Upgrade the read replicas') as string
  });
});

test('the plan of a new server names first what the workflow asks for, then defaults', async () => {
  const inputs = { ...basic(cloud), allocated_storage: '40', port: '5433', parameters: 'work_mem: 8MB' };
  const { plan } = await (await awsRun(cloud, inputs)).plan();
  const asked = ['allocated_storage', 'database_name', 'engine_version', 'instance_class', 'master_password'];
  const asWell = ['master_username', 'port', 'storage_type', 'subnet_group', 'tags.Team'];
  const log = planLines(plan);
  const fields = log.slice(log.indexOf('  + create server orders') + 1).map(line => line.trim().split(' ')[0]);
  expect(fields.slice(0, 12)).toEqual([...asked, ...asWell, 'backup_retention_period', 'backup_window']);
  const server = changesTable(plan, FULL).split('**server orders**')[1];
  expect(server).toContain('`port`');
  expect(server).toContain('… and 2 more fields and 11 defaults');
});
