import type { DBInstance } from '@aws-sdk/client-rds';
import { startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { begin, step } from '../../../clouds/aws/rds/instance.ts';
import { addTags, tagged } from '../../../clouds/aws/tags.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';
import { lines, type CloudRun } from '../../../support/cloud-run.ts';
import { refusalIn } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

const LOGICAL: With = { parameters: 'rds.logical_replication: 1', allow_restart: 'true', backup_retention_period: '7' };
const UPGRADE: With = {
  ...LOGICAL,
  engine_version: '17',
  upgrade_strategy: 'blue-green',
  allow_major_version_upgrade: 'true',
  skip_final_snapshot: 'true'
};
/** Before every clock of a test. */
const PAST = '2020-01-01T00:00:00.000Z';
const CONFIRMED = { replica: 'orders' };

let cloud: FakeAws;
/** Each sets the account back to one moment. */
const back = {
  /** A server of version 16 that can be upgraded. */
  toServer: () => {},
  /** Its copy of version 17 is ready. */
  toCopy: () => {},
  /** The copy is the server, and the one before is kept. */
  toSwitched: () => {},
  /** A server of version 16 with a replica. */
  toReplica: () => {},
  /** A server that was upgraded from 15 to 16. */
  to16: () => {}
};
beforeAll(async () => {
  cloud = await startAws();
  const toNothing = cloud.savepoint();
  await (await run(LOGICAL)).apply();
  back.toServer = cloud.savepoint();
  await (await run(UPGRADE)).apply();
  back.toCopy = cloud.savepoint();
  await (await run(UPGRADE)).operate('switchover', CONFIRMED);
  back.toSwitched = cloud.savepoint();
  back.toServer();
  await (await run({ ...LOGICAL, create_read_replica: 'true' })).apply();
  back.toReplica = cloud.savepoint();
  toNothing();
  await (await run({ ...LOGICAL, engine_version: '15' })).apply();
  await (await run({ ...UPGRADE, engine_version: '16', confirm_switchover: 'orders' })).apply();
  back.to16 = cloud.savepoint();
});
afterAll(async () => cloud.stop());

const run = async (more: With = {}): Promise<CloudRun> => awsRun(cloud, { ...basic(cloud), ...more });
const calls = (): readonly string[] =>
  cloud
    .mutations()
    .map(({ action }) => action)
    .filter(action => action.includes('BlueGreen'));
const switchovers = (): readonly number[] =>
  cloud.mutations().flatMap(({ action, status }) => (action.startsWith('Switchover') ? [status] : []));
const ids = (): readonly string[] => [...cloud.state().instances.keys()].sort();
const version = (id: string): string | undefined => cloud.state().instances.get(id)?.live.EngineVersion;

const live = (id = 'orders'): DBInstance => {
  const found = cloud.state().instances.get(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found.live;
};
/** RDS has done its work on the storage of the copy. */
function ready(): void {
  for (const record of cloud.state().instances.values()) while (record.phases.length > 0) step(record);
}
/** The days for which a server before is kept are over. */
function expire(id: string): void {
  const record = cloud.state().instances.get(id);
  if (record === undefined) throw new Error(`no ${id}`);
  addTags(record.tags, [{ Key: 'pgkeep:expires-at', Value: PAST }], 0);
}

test('without logical replication a Blue/Green upgrade is refused in the plan, with the way out', async () => {
  back.toServer();
  cloud.state().parameterGroups.get('orders-postgres16')?.values.clear();
  const plain = { ...basic(cloud), ...UPGRADE, parameters: 'log_statement: all' };
  expect(await refusalIn(async () => awsRun(cloud, plain))).toContain('rds.logical_replication: 1');
});

test('an apply makes the copy and leaves the server; a plan then waits for the switchover and tells phase and lag', async () => {
  back.toCopy();
  expect(calls()).toEqual(['CreateBlueGreenDeployment']);
  expect(version('orders')).toMatch(/^16/);
  const green = ids().find(id => id.includes('-green-')) ?? '';
  cloud.state().metrics.set(`ReplicaLag ${green}`, 7);
  const { plan } = await (await run(UPGRADE)).plan();
  expect(lines(plan)).toEqual([]);
  expect(plan.notices.find(({ code }) => code === 'blue-green')?.message).toMatch(/`AVAILABLE`.* 7 s behind/);
  await (await run(UPGRADE)).apply();
  expect(calls()).toEqual(['CreateBlueGreenDeployment']);
});

test('what the copy does not bring leaves queued values of the server to be seen', async () => {
  back.toCopy();
  const server = live();
  server.PendingModifiedValues = { ...server.PendingModifiedValues, StorageThroughput: 500 };
  delete live(ids().find(id => id.includes('-green-'))).StorageThroughput;
  const [seen] = await (await run(UPGRADE)).session.observe();
  expect(seen?.pending).toMatchObject({ storage_throughput: 500 });
});

test('the switchover is refused before there is a copy, and until it is confirmed; it is one call, with marks sorted out', async () => {
  back.toServer();
  const early = await (await run(UPGRADE)).planOperation('switchover', CONFIRMED);
  expect(early.refusals[0]?.hint).toContain('`upgrade_strategy: blue-green`');
  back.toCopy();
  const asked = await (await run(UPGRADE)).planOperation('switchover');
  expect(asked.refusals.map(({ hint }) => hint)).toEqual(['Set `confirm_switchover: orders`.']);
  const plan = await (await run(UPGRADE)).operate('switchover', CONFIRMED);
  expect(plan.consequences.join('\n')).toMatch(/is billed/);
  expect(ids()).toEqual(['orders', 'orders-old1']);
  expect([version('orders'), version('orders-old1')].map(one => one?.slice(0, 2))).toEqual(['17', '16']);
  // RDS copied the mark: only one of the two is the database now.
  const [old] = await (await run({ name: 'orders-old1' })).session.observe();
  expect(old?.ownership).toMatchObject({ kind: 'ours', mark: { promotedTo: 'orders' } });
  const after = await (await run(UPGRADE)).plan();
  expect(lines(after.plan)).toEqual([]);
  expect((await (await run({ ...LOGICAL, engine_version: '17' })).plan()).plan.verdict).toBe('no-changes');
  expect((await (await run(UPGRADE)).operate('switchover', CONFIRMED)).verdict).toBe('no-changes');
  expect(calls()).toEqual(['CreateBlueGreenDeployment', 'SwitchoverBlueGreenDeployment']);
});

test.each([
  [
    'at once',
    async () =>
      Promise.all([run(UPGRADE), run(UPGRADE)]).then(async both =>
        Promise.all(both.map(async one => one.operate('switchover', CONFIRMED)))
      )
  ],
  [
    'one after the plan of the other',
    async () =>
      (await run(UPGRADE)).operate('switchover', CONFIRMED, async () =>
        (await run(UPGRADE)).operate('switchover', CONFIRMED)
      )
  ]
])('two runs that switch over, %s, make one switchover, and both end well', async (_how, both) => {
  back.toCopy();
  await both();
  const taken = cloud.mutations().filter(({ action, status }) => action.startsWith('Switchover') && status < 300);
  expect(taken).toHaveLength(1);
  expect(version('orders')).toMatch(/^17/);
  expect((await (await run(UPGRADE)).operate('switchover', CONFIRMED)).verdict).toBe('no-changes');
});

test('the server before is kept for its hours, then deleted by the same command, protected or not', async () => {
  back.toCopy();
  const kept = { ...UPGRADE, enable_deletion_protection: 'true', blue_green_keep_hours: '48' };
  await (await run(kept)).operate('switchover', CONFIRMED);
  const record = cloud.state().instances.get('orders-old1');
  if (record === undefined) throw new Error('no server before');
  const until = record.tags.tags.find(({ Key }) => Key === 'pgkeep:expires-at')?.Value ?? '';
  const started = (await run(kept)).execution.clock.now();
  expect(Math.round((Date.parse(until) - started.getTime()) / 3_600_000)).toBe(48);
  await (await run(kept)).operate('switchover', CONFIRMED);
  expect(ids()).toEqual(['orders', 'orders-old1']);
  expire('orders-old1');
  const plan = await (await run(kept)).operate('switchover', CONFIRMED);
  expect(plan.consequences.join()).toContain('orders-old1 is deleted');
  expect(ids()).toEqual(['orders']);
  // The copy was made before the protection was on; and the group of the old version has no user any more.
  expect(lines((await (await run(kept)).plan()).plan)).toEqual([
    'delete parameter-group/postgres16',
    'update server: enable_deletion_protection false → true (online)'
  ]);
  await (await run(kept)).apply();
  expect(lines((await (await run(kept)).plan()).plan)).toEqual([]);
});

test('after a second upgrade the second server before is marked as well; the first goes when its days are over', async () => {
  back.to16();
  await (await run(UPGRADE)).apply();
  const toSecondCopy = cloud.savepoint();
  await (await run(UPGRADE)).operate('switchover', CONFIRMED);
  expect(ids()).toEqual(['orders', 'orders-old1', 'orders-old2']);
  for (const name of ['orders-old1', 'orders-old2']) {
    const [old] = await (await run({ name })).session.observe();
    expect(old?.ownership).toMatchObject({ kind: 'ours', mark: { name, promotedTo: 'orders' } });
  }
  toSecondCopy();
  expire('orders-old1');
  await (await run(UPGRADE)).operate('switchover', CONFIRMED);
  expect(ids().filter(id => id.includes('-old'))).toEqual(['orders-old2']);
  expect(version('orders')).toMatch(/^17/);
});

test('a server `-old1` of others is neither marked nor deleted', async () => {
  back.toSwitched();
  const record = cloud.state().instances.get('orders-old1');
  if (record === undefined) throw new Error('no server before');
  const others = {
    'pgkeep:repository': 'acme/other',
    'pgkeep:name': 'orders-old1',
    'pgkeep:promoted-to': 'orders',
    'pgkeep:expires-at': PAST
  };
  Object.assign(record, { tags: tagged(Object.entries(others).map(([Key, Value]) => ({ Key, Value }))) });
  const before = cloud.mutations().length;
  await (await run(UPGRADE)).operate('switchover', CONFIRMED).catch(() => undefined);
  expect(cloud.mutations().length).toBe(before);
  expect(ids()).toEqual(['orders', 'orders-old1']);
});

test('a database of this workflow that is named like a server before is neither marked nor deleted', async () => {
  back.toServer();
  await (await run({ name: 'orders-old1' })).apply();
  const before = cloud.mutations().length;
  const plan = await (await run(UPGRADE)).operate('switchover', CONFIRMED);
  expect(plan.refusals[0]?.message).toContain('has no Blue/Green deployment');
  expect(cloud.mutations().length).toBe(before);
  expect((await (await run({ name: 'orders-old1' })).plan()).plan.verdict).toBe('no-changes');
});

test('an apply that need not wait for the window leaves the group of the server, which still uses it', async () => {
  back.toServer();
  const now: With = { ...UPGRADE, apply_immediately: 'true' };
  const { plan } = await (await run(now)).plan();
  expect(lines(plan).filter(line => line.startsWith('delete'))).toEqual([]);
  await (await run(now)).apply();
  expect(lines((await (await run(now)).plan()).plan)).toEqual([]);
});

/** Runs that are killed at their first call, their second, and so on, until one comes to its end. */
async function killedAtEach(inputs: With, work: (one: CloudRun) => Promise<unknown>): Promise<number> {
  for (let nth = 1; ; nth += 1) {
    const one = await run(inputs);
    let isKilled = false;
    cloud.killAfter('*', nth, () => {
      isKilled = true;
      one.execution.abort(new Error('killed'));
    });
    await work(one).catch(() => undefined);
    cloud.clearFaults();
    if (!isKilled) return nth - 1;
  }
}

/** One run, each of whose calls takes effect and is answered when it is made again only; then another. */
async function losesEach(inputs: With, work: (one: CloudRun) => Promise<unknown>): Promise<number> {
  cloud.fault({ action: '*', when: 'after', mutating: true, eachOnce: true });
  const before = cloud.mutations().length;
  await work(await run(inputs)).catch(() => undefined);
  cloud.clearFaults();
  return cloud
    .mutations()
    .slice(before)
    .filter(({ status }) => status === 0).length;
}

const DISTURBED = { killed: killedAtEach, lost: losesEach };

test.each(['killed', 'lost'] as const)('a switchover that is %s at each call is made once', async how => {
  back.toCopy();
  const work = async (one: CloudRun): Promise<unknown> => one.operate('switchover', CONFIRMED);
  expect(await DISTURBED[how](UPGRADE, work)).toBeGreaterThan(0);
  await work(await run(UPGRADE));
  expect(calls()).toEqual(['CreateBlueGreenDeployment', 'SwitchoverBlueGreenDeployment']);
  expect(lines((await (await run(UPGRADE)).plan()).plan)).toEqual([]);
});

test('the copy gets a new class and storage; the server keeps its own, unasked for a restart, and nothing is left to plan', async () => {
  back.toServer();
  const larger = { ...UPGRADE, instance_class: 'db.t3.medium', allocated_storage: '40' };
  const { plan } = await (await run(larger)).plan();
  expect(plan.notices.find(({ message }) => message.includes('`instance_class`, `allocated_storage`'))).toBeDefined();
  await (await run(larger)).apply();
  const [made] = cloud.mutations().filter(({ action }) => action === 'CreateBlueGreenDeployment');
  expect(made?.input).toMatchObject({ TargetDBInstanceClass: 'db.t3.medium', TargetAllocatedStorage: 40 });
  expect(live()).toMatchObject({ DBInstanceClass: 'db.t3.micro' });
  expect(lines((await (await run(larger)).plan()).plan)).toEqual([]);
  // Another class than that of the copy is a change of the server, as ever.
  const other = (await (await run({ ...larger, instance_class: 'db.t3.large' })).plan()).plan;
  expect(lines(other).join()).toContain('instance_class');
  ready();
  await (await run(larger)).operate('switchover', CONFIRMED);
  expect(live()).toMatchObject({
    DBInstanceClass: 'db.t3.medium',
    AllocatedStorage: 40
  });
  expect(lines((await (await run(larger)).plan()).plan)).toEqual([]);
});

/** RDS works on the copy for so many reads. */
function occupy(status: string, reads: number): void {
  const green = cloud.state().instances.get(ids().find(id => id.includes('-green-')) ?? '');
  if (green === undefined) throw new Error('no copy');
  begin(green, { status, reads });
}

// https://github.com/hashicorp/terraform-provider-aws/issues/35802
test('a switchover is refused while RDS works on the storage of the copy, or that is full, and waits for the end of a backup', async () => {
  back.toCopy();
  occupy('storage-optimization', 20);
  const early = await (await run(UPGRADE)).planOperation('switchover', CONFIRMED);
  expect(early.refusals.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^The copy orders-green-\w+ is `storage-optimization`, and RDS switches over when it is/)
  ]);
  ready();
  // It stays so until someone does something.
  occupy('storage-full', 1000);
  const stuck = await (await run(UPGRADE)).planOperation('switchover', CONFIRMED);
  expect(stuck.refusals.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^The copy orders-green-\w+ is `storage-full`\.$/)
  ]);
  ready();
  occupy('backing-up', 6);
  expect((await (await run(UPGRADE)).operate('switchover', CONFIRMED)).refusals).toEqual([]);
  expect(version('orders')).toMatch(/^17/);
  expect(switchovers()).toEqual([200]);
});

test('an apply that switches over waits until RDS is done with the storage of the copy', async () => {
  back.toServer();
  await (await run({ ...UPGRADE, allocated_storage: '40', confirm_switchover: 'orders' })).apply();
  expect(live()).toMatchObject({ AllocatedStorage: 40, EngineVersion: expect.stringMatching(/^17/) as string });
  expect(switchovers()).toEqual([200]);
});

test('replicas move along: those before are marked with their server, and go with it, first', async () => {
  const replicated = { ...UPGRADE, create_read_replica: 'true' };
  back.toReplica();
  await (await run(replicated)).apply();
  await (await run(replicated)).operate('switchover', CONFIRMED);
  expect(ids()).toEqual(['orders', 'orders-old1', 'orders-replica-1', 'orders-replica-1-old1']);
  expect(lines((await (await run(replicated)).plan()).plan)).toEqual([]);
  for (const id of ['orders-old1', 'orders-replica-1-old1']) {
    const record = cloud.state().instances.get(id);
    if (record === undefined) throw new Error(`no ${id}`);
    const tag = (key: string): string | undefined => record.tags.tags.find(({ Key }) => Key === key)?.Value;
    expect([tag('pgkeep:name'), tag('pgkeep:promoted-to')]).toEqual([id, 'orders']);
    addTags(record.tags, [{ Key: 'pgkeep:expires-at', Value: PAST }], 0);
  }
  const without = await (await run(replicated)).planOperation('switchover', CONFIRMED);
  const plan = await (await run({ ...replicated, skip_final_snapshot: 'false' })).operate('switchover', CONFIRMED);
  expect(plan.digest).not.toBe(without.digest);
  expect(plan.consequences).toEqual([
    'orders-replica-1-old1 is deleted without a final snapshot. There is no way back to it.',
    'orders-old1 is deleted with a final snapshot. There is no way back to it.'
  ]);
  expect(ids()).toEqual(['orders', 'orders-replica-1']);
  const gone = cloud.mutations().filter(({ action }) => action === 'DeleteDBInstance');
  expect(gone.map(({ input }) => input['DBInstanceIdentifier'])).toEqual(['orders-replica-1-old1', 'orders-old1']);
  expect(lines((await (await run(replicated)).plan()).plan).filter(line => line.includes('replica'))).toEqual([]);
});

test('a confirmed switchover is a change in the plan of the apply, in its digest, and made by it', async () => {
  const replicated = { ...UPGRADE, create_read_replica: 'true' };
  back.toReplica();
  const confirmed = { ...replicated, confirm_switchover: 'Orders' };
  const { plan: without } = await (await run(replicated)).plan();
  const { plan } = await (await run(confirmed)).plan();
  const more = lines(plan).filter(line => !lines(without).includes(line));
  expect(more).toEqual(['update server: switchover null → "orders-to-17" (failover)']);
  expect(plan.digest).not.toBe(without.digest);
  expect((await (await run({ ...replicated, confirm_switchover: 'other' })).plan()).plan.digest).toBe(without.digest);
  await (await run(confirmed)).apply();
  expect(calls()).toEqual(['CreateBlueGreenDeployment', 'SwitchoverBlueGreenDeployment']);
  expect([version('orders'), version('orders-replica-1')].map(one => one?.slice(0, 2))).toEqual(['17', '17']);
  const [old] = await (await run({ name: 'orders-old1' })).session.observe();
  expect(old?.ownership).toMatchObject({ mark: { promotedTo: 'orders' } });
  expect(lines((await (await run(confirmed)).plan()).plan)).toEqual([]);
});

test.each(['killed', 'lost'] as const)(
  'an apply that switches over, %s at each call, is carried on by the next',
  async how => {
    back.toServer();
    const confirmed = { ...UPGRADE, confirm_switchover: 'orders' };
    expect(await DISTURBED[how](confirmed, async one => one.apply())).toBeGreaterThan(2);
    await (await run(confirmed)).apply();
    expect(calls()).toEqual(['CreateBlueGreenDeployment', 'SwitchoverBlueGreenDeployment']);
    expect(version('orders')).toMatch(/^17/);
    expect(lines((await (await run(confirmed)).plan()).plan)).toEqual([]);
  }
);

test('an apply that switches over deletes no server before of an earlier upgrade: its plan does not list that', async () => {
  back.to16();
  expire('orders-old1');
  await (await run({ ...UPGRADE, confirm_switchover: 'orders' })).apply();
  expect(ids()).toEqual(['orders', 'orders-old1', 'orders-old2']);
});
