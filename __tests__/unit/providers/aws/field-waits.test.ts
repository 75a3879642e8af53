import { startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines, snapshotTaken, told } from '../../../support/aws-run.ts';
import { failureOf, refusalIn } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
let inputs: With;
beforeAll(async () => {
  cloud = await startAws();
  inputs = {
    ...basic(cloud),
    storage_encrypted: 'true',
    create_read_replica: 'true',
    apply_immediately: 'true',
    timeout_minutes: '12',
    skip_final_snapshot: 'true'
  };
  await applied(inputs);
});
afterAll(async () => cloud.stop());
afterEach(() => {
  cloud.clearFaults();
});

const { applied, planned, notices } = told(async given => awsRun(cloud, given));

function record(id = 'orders') {
  const found = cloud.state().instances.get(id);
  if (found === undefined) throw new Error(`no instance ${id}`);
  return found;
}

function stay(status: string, id = 'orders'): void {
  record(id).rest = status;
  record(id).live.DBInstanceStatus = status;
}

/** What an apply fails with, its log, and the calls that it sent. */
async function failing(given: With): Promise<{ readonly failed: string; readonly log: readonly string[] }> {
  const run = await awsRun(cloud, given);
  const failed = await failureOf(async () => run.apply());
  return { failed, log: run.execution.lines };
}

describe('a replica whose replication', () => {
  // The values of `StatusInfos` in the API description of DBInstanceStatusInfo.
  test.each([
    ['is terminated ends the wait at once', 'terminated', 'The slot was dropped.', 3],
    ['fails for good ends the wait after ten minutes, each told', 'error', 'Replication slot lost.', 40],
    ['is stopped ends the wait too', 'stopped', '', 40]
  ])('%s, is reported, and the hint makes another one', async (_what, Status, Message, most) => {
    const replica = record('orders-replica-1').live;
    replica.StatusInfos = [{ StatusType: 'read replication', Normal: false, Status, Message }];
    expect(await notices(inputs)).toContain('warning replication-broken');
    const other = record().live.DBInstanceClass === 'db.t3.small' ? 'db.t3.medium' : 'db.t3.small';
    const larger = { ...inputs, instance_class: other };
    const { failed, log } = await failing(larger);
    expect(failed).toMatch(
      new RegExp(`its replication is \`${Status}\`${Message === '' ? '' : `. AWS says: ${Message}`}`)
    );
    expect(failed).toContain('Delete the replica');
    expect(log.filter(line => line.includes('orders-replica-1')).length).toBeLessThan(most);
    cloud.state().instances.delete('orders-replica-1');
    record().live.ReadReplicaDBInstanceIdentifiers = [];
    await applied(larger);
    expect(await planned(larger)).toEqual([]);
    inputs = larger;
  });
});

describe('a state', () => {
  // https://github.com/hashicorp/terraform-provider-aws/issues/41705
  test('in which a volume is filled from its backup for days takes changes, and is no difference', async () => {
    stay('storage-initialization');
    expect(await planned(inputs)).toEqual([]);
    inputs = { ...inputs, backup_retention_period: '14' };
    expect(await applied(inputs)).toHaveLength(1);
    await snapshotTaken(cloud, { ...inputs, snapshot_identifier: 'kept' });
    stay('available');
  });

  test('of a lost key says how to start again, and the start works once the key is back', async () => {
    stay('inaccessible-encryption-credentials-recoverable');
    expect(await refusalIn(async () => awsRun(cloud, inputs))).toMatch(/Enable the KMS key again.*`command: start`/);
    const key = [...cloud.state().keys.values()].find(one => one.Arn === record().live.KmsKeyId);
    if (key === undefined) throw new Error('no key');
    key.KeyState = 'PendingDeletion';
    const start = async (): Promise<unknown> => (await awsRun(cloud, inputs)).operate('start');
    expect(await failureOf(start)).toMatch(/KMS key of the instance is not accessible/);
    key.KeyState = 'Enabled';
    expect(await failureOf(start)).toBe('');
    expect(await planned(inputs)).toEqual([]);
  });

  test('that a lost key has made final says to restore, and a restore works', async () => {
    stay('inaccessible-encryption-credentials');
    expect(await refusalIn(async () => awsRun(cloud, inputs))).toMatch(
      /Enable the KMS key again, then restore a backup under another `name`/
    );
    stay('available');
    const { create_read_replica: _, storage_encrypted: __, ...rest } = inputs;
    const copy = { ...rest, name: 'orders-2', restore_from_snapshot: 'kept' };
    await applied(copy);
    expect(await planned(copy)).toEqual([]);
  });

  test('of a group that RDS could not apply is told', async () => {
    record().parameters.status = 'failed-to-apply';
    expect(await notices(inputs)).toContain('warning parameters-not-applied');
    record().parameters.status = 'in-sync';
    expect(await notices(inputs)).not.toContain('warning parameters-not-applied');
  });

  // https://github.com/aws/aws-cdk/issues/20205
  test('of a server that is not shown yet is waited for, and one that never is ends the wait', async () => {
    const fresh = { ...basic(cloud), name: 'fresh' };
    cloud.fault({
      action: 'DescribeDBInstances',
      about: /DBInstanceIdentifier=fresh/,
      times: 5,
      code: 'DBInstanceNotFound'
    });
    await applied(fresh);
    expect(await planned(fresh)).toEqual([]);
    cloud.fault({
      action: 'DescribeDBInstances',
      about: /DBInstanceIdentifier=gone/,
      times: 99,
      code: 'DBInstanceNotFound'
    });
    const { failed } = await failing({ ...fresh, name: 'gone' });
    expect(failed).toMatch(/server gone: it does not exist any more/);
  });

  test('of a server that others delete meanwhile ends the wait', async () => {
    const run = await awsRun(cloud, { ...inputs, name: 'orders-2', instance_class: 'db.t3.large' });
    record('orders-2').rest = 'deleting';
    expect(await failureOf(async () => run.apply())).toMatch(/orders-2: it is being deleted.*when it is gone/);
    stay('available', 'orders-2');
  });
});

describe('a repetition', () => {
  // https://repost.aws/knowledge-center/rds-postgresql-version-upgrade-issues; the words are among those that the
  // handlers of CloudFormation look for in the events.
  test('of an upgrade that its checks give up is told with its events, and the next apply upgrades', async () => {
    const { create_read_replica: _, storage_encrypted: __, ...rest } = inputs;
    const next = { ...rest, name: 'orders-2', engine_version: '17', allow_major_version_upgrade: 'true' };
    const event = 'Database instance is in a state that cannot be upgraded: there are prepared transactions.';
    cloud.doom('orders-2', { status: 'available', message: event });
    const { failed } = await failing(next);
    expect(failed).toMatch(
      /accepted engine_version 17\.\d+ and left it at 16\.\d+\. AWS says: .*prepared transactions/
    );
    expect(failed).toContain('`pg_upgrade_precheck.log`');
    await applied(next);
    expect(await planned(next)).toEqual([]);
  });

  test('of a deletion that RDS gives up ends soon, with its events, and the next destroy is done', async () => {
    const event = 'Unable to delete the DB instance.';
    cloud.doom('orders-2', { status: 'available', message: event });
    const destroy = async (): Promise<unknown> => (await awsRun(cloud, { ...inputs, name: 'orders-2' })).destroy();
    expect(await failureOf(destroy)).toMatch(/gave it up: it is `available`\. AWS says: .*Unable to delete/);
    await destroy();
    expect(cloud.state().instances.has('orders-2')).toBe(false);
  });

  test('for a role that can not be assumed ends, is told, and names the role last', async () => {
    const message =
      'IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING';
    cloud.fault({ action: 'ModifyDBInstance', times: 99, code: 'InvalidParameterValue', status: 400, message });
    const before = cloud.mutations().length;
    const { failed, log } = await failing({ ...inputs, backup_window: '07:00-08:00' });
    expect(failed).toMatch(/IAM role ARN value is invalid.*Look at what the last answer names/);
    expect(log.filter(line => line.includes('instance orders is busy')).length).toBeGreaterThan(3);
    expect(cloud.mutations().length - before).toBeLessThan(40);
  });

  test('for a security group that does not exist says what to check', async () => {
    const message = 'The security group sg-0 does not exist';
    cloud.fault({ action: 'CreateDBInstance', times: 99, code: 'InvalidParameterValue', status: 400, message });
    const { failed } = await failing({ ...inputs, name: 'orders-3' });
    expect(failed).toMatch(/Check what the message names: a security group has to exist/);
    cloud.clearFaults();
    await (await awsRun(cloud, { ...inputs, name: 'orders-3' })).destroy();
  });

  test('for a snapshot that is never complete ends with the run, and is told', async () => {
    const taken = cloud.state().snapshots.get('kept');
    if (taken === undefined) throw new Error('no snapshot');
    Object.assign(taken, { reads: 1e9 }).snapshot.Status = 'creating';
    const run = await awsRun(cloud, { ...inputs, snapshot_identifier: 'kept' });
    const observed = await run.session.observe();
    const failed = await failureOf(async () => run.session.snapshot(observed));
    expect(failed).toMatch(/snapshot kept is still in progress after 12 min: creating/);
    expect(run.execution.lines.filter(line => line.includes('snapshot kept: creating')).length).toBeGreaterThan(10);
    taken.snapshot.Status = 'available';
  });
});

// The states and reasons of `TargetHealth` in the API description.
test.each([
  [
    'AUTH_FAILURE',
    'UNAVAILABLE',
    /does not reach the server \(AUTH_FAILURE: no login\)\. Set another `master_password_version`/
  ],
  ['UNREACHABLE', 'UNAVAILABLE', /Check that the security group of the server lets the proxy in/],
  ['PENDING_PROXY_CAPACITY', 'UNAVAILABLE', undefined],
  ['none', 'AVAILABLE', undefined]
])('a proxy that does not reach the server is told, for %s', async (Reason, State, says) => {
  const proxied = { ...inputs, enable_proxy: 'true' };
  if (cloud.state().proxies.size === 0) await applied(proxied);
  const [proxy] = cloud.state().proxies.values();
  for (const target of proxy?.targets ?? []) target.TargetHealth = { State, Reason, Description: 'no login' } as never;
  const { plan } = await (await awsRun(cloud, proxied)).plan();
  const message = plan.notices.find(({ code }) => code === 'proxy-unavailable')?.message;
  if (says === undefined) expect(message).toBeUndefined();
  else expect(message).toMatch(says);
});

describe('the secret of a proxy that someone deleted, which keeps its name for days', () => {
  const proxied = (): With => ({ ...inputs, enable_proxy: 'true' });
  const secret = () => {
    const found = [...cloud.state().secrets.values()].find(one => one.name.includes('proxy'));
    if (found === undefined) throw new Error('no secret');
    return found;
  };

  test('comes back with the password, and the proxy works on', async () => {
    await applied(proxied());
    Object.assign(secret(), { deletedAt: new Date('2026-12-06T00:00:00Z'), value: '{}' });
    expect(await planned(proxied())).toContain('create proxy-secret');
    await applied(proxied());
    expect(secret().deletedAt).toBeUndefined();
    expect(JSON.parse(secret().value)).toMatchObject({ password: inputs['master_password'] });
    expect(await planned(proxied())).toEqual([]);
  });

  test('is made again soon after it was deleted for good, in the background', async () => {
    await applied({ ...inputs, enable_proxy: 'false' });
    await applied(proxied());
    expect(JSON.parse(secret().value)).toMatchObject({ password: inputs['master_password'] });
  });

  test('is not taken from others', async () => {
    Object.assign(secret(), { deletedAt: new Date('2026-12-06T00:00:00Z') });
    Object.assign(secret().tags, { tags: [], old: [], staleReads: 0 });
    expect(await failureOf(async () => applied(proxied()))).toMatch(/the name is taken by one that/);
  });
});

test('rules of others for the port of the live server serve as ours, where no input names the port', async () => {
  const { port: _, ...unnamed }: With = { ...basic(cloud), name: 'ported', port: '6000' };
  await applied({ ...unnamed, port: '6000' });
  const group = [...cloud.state().securityGroups.values()].find(({ name }) => name === 'ported-db');
  for (const { tags } of group?.rules.values() ?? []) Object.assign(tags, { tags: [], old: [], staleReads: 0 });
  const { plan } = await (await awsRun(cloud, unnamed)).plan();
  expect(lines(plan)).toEqual([]);
  expect(plan.notices.map(({ code }) => code)).not.toContain('foreign-rules');
});
