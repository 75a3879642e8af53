import { readFile } from 'node:fs/promises';
import { PROMPT } from '../clouds/aws/fake-aws.ts';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { openAzure } from '../support/azure-harness.ts';
import { azureRun } from '../support/azure-run.ts';
import type { CloudHarness } from '../support/cloud-harness.ts';
import { openDigitalOcean } from '../support/digitalocean-harness.ts';
import { digitaloceanRun } from '../support/digitalocean-run.ts';
import { drawn } from '../support/draw-calls.ts';
import { openGcp, type GcpHarness } from '../support/gcp-harness.ts';
import { gcpRun } from '../support/gcp-run.ts';
import type { Step } from '../support/job.ts';

type Inputs = Readonly<Record<string, string>>;

const CHECK = { command: 'restore-check', check_sql: 'select true' };

/** From a runner that does not reach the server: the restore is made and taken away, and the check fails. */
const UNREACHED = { result: 'failed', failure_reason: 'not-reachable' };

/** The one id that the fake of DigitalOcean gives, also as the password of the copy. */
const FIXED = '00000000-0000-4000-8000-00000000f1ed';

interface Killable {
  mutations(): readonly { readonly action: string }[];
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
}

/** What `killedAtCalls` needs to know. */
interface Killing {
  readonly inputs: Inputs;
  /** The calls of an undisturbed restore check. */
  readonly sent: readonly { readonly action: string }[];
  /** Servers that are left and not being deleted. */
  readonly left: () => readonly string[];
  /** Killed at these calls, counted from 1, and once a week at all: the end of a job is the same on each cloud. */
  readonly always?: readonly number[];
}

/**
 * Kills a restore check at calls of an undisturbed one, and lets the step at the end of the job clean up. A line for
 * each server that is then left.
 */
async function killedAtCalls(
  on: Pick<CloudHarness, 'job'>,
  fake: Killable,
  { inputs, sent, left, always = [] }: Killing
): Promise<readonly string[]> {
  const actions = sent.map(({ action }) => action);
  const { calls, seed } = drawn(actions, { others: 0 });
  const wrong: string[] = actions.length === 0 ? ['nothing was changed'] : [];
  for (const nth of new Set([...always, ...calls])) {
    const job = await on.job();
    const running = await job.start(inputs);
    let isKilled = false;
    fake.killAfter('*', nth, () => {
      isKilled = true;
      running.kill('SIGKILL');
    });
    const main = await running.done;
    fake.clearFaults();
    if (isKilled) await job.post(main, 'cancelled');
    const found = isKilled ? left() : ['it was not killed'];
    wrong.push(...found.map(one => `call ${nth} (${actions[nth - 1]}): ${one}`));
  }
  return wrong.length === 0 ? [] : [...wrong, seed];
}

describe('a restore check on AWS', () => {
  let on: AwsHarness;
  let inputs: Inputs;
  beforeAll(async () => {
    // Nothing listens there: a refused connection is an answer at once.
    on = await openAws({ ...PROMPT, address: () => ({ host: '127.0.0.1', port: 9 }) });
    inputs = { ...on.example('aws-basic'), name: 'orders' };
    await (await on.inProcess(inputs)).apply();
  }, 60_000);
  afterAll(async () => on.close());
  const instances = (): readonly string[] => [...on.aws.state().instances.keys()].sort();
  const left = (): readonly string[] =>
    [...on.aws.state().instances.values()].flatMap(({ live: { DBInstanceIdentifier: id = '', DBInstanceStatus } }) =>
      id === 'orders' || DBInstanceStatus === 'deleting' ? [] : [id]
    );
  const step = async (more: Inputs = {}): Promise<Step> => on.step({ ...inputs, ...CHECK, ...more });
  const sentBy = async (work: () => Promise<unknown>): Promise<ReturnType<AwsHarness['aws']['mutations']>> => {
    const before = on.aws.mutations().length;
    await work();
    return on.aws.mutations().slice(before);
  };

  test('restores to the latest moment, in its network, unprotected, without backups, marked with its expiry', async () => {
    const sent = await sentBy(async () => {
      expect((await step()).outputs).toMatchObject(UNREACHED);
    });
    const [restore, ...others] = sent.filter(({ action }) => action.startsWith('RestoreDB'));
    expect(others).toEqual([]);
    expect(restore?.input).toMatchObject({
      SourceDBInstanceIdentifier: 'orders',
      TargetDBInstanceIdentifier: expect.stringMatching(/^orders-rc-[0-9a-f]{8}$/) as string,
      UseLatestRestorableTime: true,
      BackupRetentionPeriod: 0,
      DeletionProtection: false,
      VpcSecurityGroupIds: [expect.stringMatching(/^sg-/) as string],
      DBSubnetGroupName: expect.stringMatching(/^orders-rc/) as string
    });
    const tags = JSON.stringify(restore?.input);
    expect(tags).toContain('pgkeep:expires-at');
    expect(tags).toContain('pgkeep:run');
    const deleted = sent.filter(({ action }) => action === 'DeleteDBInstance').map(({ input }) => input);
    expect(deleted).toEqual([
      expect.objectContaining({
        DBInstanceIdentifier: expect.stringMatching(/^orders-rc/) as string,
        SkipFinalSnapshot: true
      })
    ]);
    expect(sent.every(({ input }) => !JSON.stringify(input).includes('"DBInstanceIdentifier":"orders"'))).toBe(true);
    expect(instances()).toEqual(['orders']);
    expect([...on.aws.state().snapshots.keys()]).toEqual([]);
    expect(await killedAtCalls(on, on.aws, { inputs: { ...inputs, ...CHECK }, sent, left })).toEqual([]);
    for (const id of instances()) if (id !== 'orders') on.aws.state().instances.delete(id);
  }, 60_000);

  test('one that a killed step left is destroyed at the end of the job, or by the next attempt, which restores once, or by the sweep once it has expired', async () => {
    const job = await on.job();
    const running = await job.start({ ...inputs, ...CHECK });
    on.aws.killAfter('RestoreDBInstanceToPointInTime', 1, () => running.kill('SIGKILL'));
    const killed = await running.done;
    on.aws.clearFaults();
    expect(killed.signal).toBe('SIGKILL');
    const [lost = ''] = left();
    const record = on.aws.state().instances.get(lost);
    if (record === undefined) throw new Error('nothing is left');
    // Where its machine is lost, it comes to rest.
    const phases = record.phases.splice(0);
    const { DBInstanceStatus: now } = record.live;
    record.live.DBInstanceStatus = 'available';
    const toLost = on.aws.savepoint();
    record.live.DBInstanceStatus = now;
    record.phases.push(...phases);

    const ended = await sentBy(async () => job.post(killed, 'cancelled'));
    expect(left()).toEqual([]);
    const deleted = ended.filter(({ action }) => action === 'DeleteDBInstance');
    expect(deleted.map(({ input }) => input['SkipFinalSnapshot'])).toEqual([true]);

    toLost();
    const sweep = { command: 'sweep', check_sql: 'select true' };
    const early = await step(sweep);
    expect(early.outputs['result']).toBe('no-changes');
    const sent = await sentBy(async () => {
      const next = await on.job();
      const again = await next.step({ ...inputs, ...CHECK }, { env: { GITHUB_RUN_ATTEMPT: '2' } });
      expect(again.outputs).toMatchObject(UNREACHED);
      expect(again.log).toContain('left by an earlier restore check');
    });
    expect(sent.filter(one => one.action.startsWith('RestoreDB'))).toHaveLength(1);
    expect(instances()).toEqual(['orders']);

    toLost();
    const old = on.aws.state().instances.get(lost);
    if (old === undefined) throw new Error('nothing is left');
    const tags = old.tags.tags.map(tag =>
      tag.Key === 'pgkeep:expires-at' ? { ...tag, Value: '2020-01-01T00:00:00Z' } : tag
    );
    on.aws.state().instances.set(lost, { ...old, tags: { tags, old: tags, staleReads: 0 } });
    const swept = await step(sweep);
    expect(swept.outputs).toMatchObject({ result: 'swept', to_delete: '1' });
    expect(swept.log).toContain('restore check, expired 2020-01-01');
    expect(instances()).toEqual(['orders']);
    expect([...on.aws.state().snapshots.keys()]).toEqual([]);
  }, 90_000);

  // What was refused for another reason is looked for longer: unit/commands/told-throwaway.
  test('one that is refused is not told as destroyed, and the post step looks once', async () => {
    on.aws.fault({ action: 'RestoreDBInstanceToPointInTime', code: 'InvalidParameterCombination', status: 400 });
    const job = await on.job();
    const refused = await job.step({ ...inputs, ...CHECK });
    on.aws.clearFaults();
    expect(refused.outputs['result']).toBe('failed');
    expect(refused.summary).not.toMatch(/destroyed again|is not destroyed yet/);
    expect(refused.state['left_server']).toMatch(/orders-rc-/);
    const before = on.aws.calls().length;
    expect((await job.post(refused)).log).not.toContain('Could not destroy');
    const looks = on.aws
      .calls()
      .slice(before)
      .filter(({ action, input }) => action === 'DescribeDBInstances' && 'Filters' in input);
    expect(looks).toHaveLength(1);
    expect(instances()).toEqual(['orders']);
  }, 60_000);

  test('another repository’s server is not restored', async () => {
    const other = await on.step({ ...inputs, ...CHECK, environment: 'staging' });
    expect(other.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    const own = await on.step({ ...inputs, ...CHECK, dry_run: 'true' });
    expect(own.outputs['result']).toBe('planned');
  });
});

describe('a restore check on Cloud SQL', () => {
  let on: GcpHarness;
  let inputs: Inputs;
  beforeAll(async () => {
    on = await openGcp();
    inputs = { ...on.example('gcp-basic'), name: 'orders', enable_binary_log_backup: 'true' };
    await (await gcpRun(on.gcp, inputs)).apply();
  }, 60_000);
  afterAll(async () => on.close());
  const names = (): readonly string[] => [...on.gcp.state.instances.keys()].sort();

  test('clones as of a moment, so that a backup is read; its labels become its own, and it goes', async () => {
    const before = on.gcp.mutations().length;
    expect((await on.step({ ...inputs, ...CHECK })).outputs).toMatchObject(UNREACHED);
    const sent = on.gcp.mutations().slice(before);
    const clone = sent.find(({ action }) => action.includes('clone'));
    expect(JSON.stringify(clone?.body)).toMatch(/"pointInTime":"20.*/);
    const patched = sent.map(({ body }) => JSON.stringify(body)).find(text => text.includes('pgkeep-expires-at'));
    expect(patched).toContain('orders-rc-');
    expect(names()).toEqual(['orders']);
    const left = (): readonly string[] => {
      const gone = [...on.gcp.state.operations.values()].filter(({ json }) => json['operationType'] === 'DELETE');
      return names().filter(name => name !== 'orders' && gone.every(({ instance }) => instance !== name));
    };
    expect(await killedAtCalls(on, on.gcp, { inputs: { ...inputs, ...CHECK }, sent, left })).toEqual([]);
    for (const name of names()) if (name !== 'orders') on.gcp.state.instances.delete(name);
  }, 60_000);

  test('a clone that a lost machine left with the labels of its source is swept when it is old', async () => {
    const lost = await on.killed({ ...inputs, ...CHECK }, 'instances.clone', 1);
    expect(lost?.signal).toBe('SIGKILL');
    expect(names()).toHaveLength(2);
    // Of another database of the repository: one sweep serves all of them.
    const sweep = { ...inputs, name: 'invoices', command: 'sweep', check_sql: 'select true' };
    expect((await on.step(sweep)).outputs['result']).toBe('no-changes');
    const [left = ''] = names().filter(name => name !== 'orders');
    const instance = on.gcp.instance(left);
    instance.json = { ...instance.json, createTime: '2020-01-01T00:00:00Z' };
    expect((await on.step(sweep)).outputs).toMatchObject({ result: 'swept', to_delete: '1' });
    expect(names()).toEqual(['orders']);
  }, 60_000);

  test('without point-in-time recovery the newest backup is restored', async () => {
    const without = { ...inputs, enable_binary_log_backup: 'false' };
    await (await gcpRun(on.gcp, without)).apply();
    const none = await on.step({ ...without, ...CHECK });
    expect(none.outputs).toMatchObject({ result: 'failed', failure_reason: 'restore-failed' });
    const { session } = await gcpRun(on.gcp, without);
    await session.snapshot(await session.observe());
    const before = on.gcp.mutations().length;
    expect((await on.step({ ...without, ...CHECK })).outputs).toMatchObject(UNREACHED);
    const sent = on.gcp.mutations().slice(before);
    expect(sent.some(({ action }) => action.includes('restoreBackup'))).toBe(true);
    expect(names()).toEqual(['orders']);
  }, 60_000);
});

test('a restore check on Azure restores as of its newest backup, and it goes', async () => {
  const on = await openAzure({ pace: { create: 1, update: 1, delete: 1, child: 1, busyAfter: 0, stale: 0 } });
  try {
    const inputs = { ...on.example('azure-basic'), name: 'orders' };
    await (await azureRun(on.azure, inputs)).apply();
    const none = await on.step({ ...inputs, ...CHECK });
    expect(none.outputs).toMatchObject({ failure_reason: 'restore-failed' });
    for (const server of on.azure.state.servers.values()) {
      server.backups.set('daily', { backupType: 'Full', completedTime: new Date().toISOString(), source: 'Automatic' });
    }
    const before = on.azure.mutations().length;
    expect((await on.step({ ...inputs, ...CHECK })).outputs).toMatchObject(UNREACHED);
    const sent = on.azure.mutations().slice(before);
    const [made] = sent.filter(({ body }) => JSON.stringify(body).includes('PointInTimeRestore'));
    expect(JSON.stringify(made?.body)).toMatch(/pgkeep:expires-at/);
    expect([...on.azure.state.servers.values()].map(({ name }) => name)).toEqual(['orders']);
    const left = (): readonly string[] =>
      [...on.azure.state.servers.values()].flatMap(({ name, properties }) =>
        name === 'orders' || properties['state'] === 'Dropping' ? [] : [name]
      );
    expect(await killedAtCalls(on, on.azure, { inputs: { ...inputs, ...CHECK }, sent, left })).toEqual([]);
  } finally {
    await on.close();
  }
}, 120_000);

test('a restore check on DigitalOcean opens the copy to no one else, checks in it, and it goes', async () => {
  const on = await openDigitalOcean();
  try {
    const inputs = { ...on.example('digitalocean-basic'), name: 'orders', allowed_cidr_blocks: '198.51.100.0/24' };
    await (await digitaloceanRun(on.digitalocean, inputs)).apply();
    on.digitalocean.cluster('orders').untilBackup = 0;
    const machine = await on.job();
    const real = { cloud_provider: 'local', name: 'cluster', engine_version: '17', tls: 'true' };
    const login = {
      master_username: 'doadmin',
      master_password: `AVNS_${FIXED.replaceAll('-', '')}`,
      database_name: 'learning_assistant'
    };
    const server = await machine.step({ ...real, ...login });
    const ca = await readFile(server.outputs['ca_certificate_path'] ?? '', 'utf8');
    on.digitalocean.state.place = { host: '127.0.0.1', port: Number(server.outputs['port']), ca };
    on.digitalocean.state.uuid = () => FIXED;
    const before = on.digitalocean.mutations().length;
    const step = await on.step({ ...inputs, ...CHECK });
    const sent = on.digitalocean.mutations().slice(before);
    const [made] = sent;
    expect(made?.body).toMatchObject({
      name: expect.stringMatching(/^orders-rc-/) as string,
      rules: [{ type: 'ip_addr', value: '198.51.100.0/24' }],
      backup_restore: { database_name: 'orders', backup_created_at: expect.stringMatching(/^20/) as string }
    });
    expect(JSON.stringify(made?.body)).toContain('pgkeep:expires-at');
    expect(step.outputs['result']).toBe('restored');
    const left = (): readonly string[] =>
      [...on.digitalocean.state.clusters.values()].flatMap(({ name }) => (name === 'orders' ? [] : [name]));
    expect(left()).toEqual([]);
    // Right after its POST the copy is in no list yet, and then it is listed before its id is found.
    const killing = { inputs: { ...inputs, ...CHECK }, sent, left, always: [1] };
    expect(await killedAtCalls(on, on.digitalocean, killing)).toEqual([]);
    await machine.end();
  } finally {
    await on.close();
  }
}, 150_000);
