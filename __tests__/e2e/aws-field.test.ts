import type { DBInstance } from '@aws-sdk/client-rds';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { basic } from '../support/aws-inputs.ts';
import { changesOf, planOf } from '../support/harness.ts';
import type { Step } from '../support/job.ts';
import { weather } from '../support/weather.ts';

type Inputs = Readonly<Record<string, string>>;

const air = weather(0, ['gateway page', 'late gateway page', 'empty 500']);
let on: AwsHarness;
let inputs: Inputs;
beforeAll(async () => {
  on = await openAws({ weather: air });
  inputs = { ...basic(on.aws), cloud_provider: 'aws', port: '5433', allocated_storage: '100' };
  const made = await on.step({ ...inputs, command: 'apply' });
  if (made.outputs['result'] !== 'applied') throw new Error(made.log);
});
afterAll(async () => on.close());

function server(id = 'orders') {
  const found = on.aws.state().instances.get(id);
  if (found === undefined) throw new Error(`there is no instance ${id}`);
  return found;
}

/** What a step changed: its calls that change something. */
async function during(work: () => Promise<Step>) {
  const before = on.aws.mutations().length;
  const step = await work();
  return { step, calls: on.aws.mutations().slice(before) };
}

/** Others change the live server, until the end of `work`. */
async function changed(members: Partial<DBInstance>, work: () => Promise<void>): Promise<void> {
  const { live } = server();
  const before = { ...live };
  Object.assign(live, members);
  await work();
  for (const member of Object.keys(members)) Object.assign(live, { [member]: before[member as keyof DBInstance] });
}

test('K1: a replica takes class, storage and groups of the live server, and the plan shows them', async () => {
  const few = { name: 'orders', cloud_provider: 'aws', master_password: inputs['master_password'] ?? '' };
  const step = await on.step({ ...few, create_read_replica: 'true', command: 'apply' });
  expect(step.outputs['result']).toBe('applied');
  const planned = (await planOf(step)).steps.find(({ address }) => address === 'replica/1');
  expect(planned?.changes.map(({ field }) => field)).toEqual(
    expect.arrayContaining(['instance_class', 'storage_type', 'security_group'])
  );
  const { DBInstanceClass, AllocatedStorage, StorageType, VpcSecurityGroups, PubliclyAccessible } = server().live;
  expect(server('orders-replica-1').live).toMatchObject({
    DBInstanceClass,
    AllocatedStorage,
    StorageType,
    PubliclyAccessible,
    VpcSecurityGroups: VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => ({ VpcSecurityGroupId })) ?? ['none']
  });
});

test('K2: a minor upgrade changes the replica first, then its server', async () => {
  const old = { ...basic(on.aws), name: 'ledger', create_read_replica: 'true', apply_immediately: 'true' };
  await (await on.inProcess({ ...old, engine_version: '16.11' })).apply();
  const newer = { ...old, cloud_provider: 'aws', engine_version: '16.13', command: 'apply' };
  const { step, calls } = await during(async () => on.step(newer));
  expect(step.outputs['result']).toBe('applied');
  const upgrades = calls.filter(({ action }) => action === 'ModifyDBInstance').map(({ input }) => input);
  expect(upgrades).toMatchObject([
    { DBInstanceIdentifier: 'ledger-replica-1', EngineVersion: '16.13' },
    { DBInstanceIdentifier: 'ledger', EngineVersion: '16.13' }
  ]);
});

test('K3: a replica of a new server whose password RDS keeps is refused before anything is made', async () => {
  const { master_password: _password, ...managed } = inputs;
  const asked = { ...managed, name: 'managed', create_read_replica: 'true', command: 'apply' };
  const { step, calls } = await during(async () => on.step(asked));
  expect(step.exitCode).toBe(1);
  expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
  expect(step.log).toMatch(/`create_read_replica`.*`master_password`/);
  expect(calls).toEqual([]);
});

test('K4: storage that grew by itself is no difference after its growth was switched off', async () => {
  await changed({ AllocatedStorage: 160 }, async () => {
    const step = await on.step({ ...inputs, max_allocated_storage: '0', command: 'check' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('no-changes');
    expect(step.log).toMatch(/grown by itself to 160 GiB/);
  });
});

test('K5: a replica of others in another region stops a destroy before its first call', async () => {
  const mirror = `arn:aws:rds:eu-west-1:${on.aws.accountId}:db:mirror`;
  const others = [...(server().live.ReadReplicaDBInstanceIdentifiers ?? []), mirror];
  await changed({ ReadReplicaDBInstanceIdentifiers: others }, async () => {
    const destroy = { command: 'destroy', confirm_destroy: 'orders', skip_final_snapshot: 'true' };
    const { step, calls } = await during(async () => on.step({ ...inputs, ...destroy }));
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toBe('not-ours');
    expect(step.log).toContain('mirror in eu-west-1');
    expect(calls).toEqual([]);
  });
});

test('K8: storage in its cool-down is told and left out, and the rest is done', async () => {
  await changed({ DBInstanceStatus: 'storage-optimization' }, async () => {
    const more = { ...inputs, allocated_storage: '200', backup_retention_period: '14', command: 'apply' };
    const { step, calls } = await during(async () => on.step(more));
    expect(step.exitCode).toBe(0);
    expect(await changesOf(step)).toEqual(['server backup_retention_period: 7 days → 14 days (online)']);
    expect(step.log).toContain('(cool-down)');
    const [sent] = calls.filter(({ action }) => action === 'ModifyDBInstance');
    expect(sent?.input).toMatchObject({ BackupRetentionPeriod: 14 });
    expect(sent?.input).not.toHaveProperty('AllocatedStorage');
  });
});

test('K9: tags of others stay, and those of this workflow that it no longer lists go', async () => {
  const { tags: record } = server();
  record.tags = [...record.tags, { Key: 'CostCenter', Value: '8431' }];
  const { step, calls } = await during(async () => on.step({ ...inputs, tags: 'Area: billing', command: 'apply' }));
  expect(step.exitCode).toBe(0);
  const removed = calls.filter(({ action }) => action === 'RemoveTagsFromResource');
  expect(removed.flatMap(({ input }) => input['TagKeys'])).toContain('Team');
  expect(removed.flatMap(({ input }) => input['TagKeys'])).not.toContain('CostCenter');
  const tags = record.tags.map(({ Key, Value }) => `${Key}: ${Value}`);
  expect(tags).toEqual(expect.arrayContaining(['CostCenter: 8431', 'Area: billing']));
});

test('K10: a renamed repository keeps its server, and another one under the old name does not', async () => {
  const under = async (repository: string, id?: string): Promise<Step> => {
    const env = { GITHUB_REPOSITORY: repository, ...(id === undefined ? {} : { GITHUB_REPOSITORY_ID: id }) };
    const job = await on.job();
    return job.step({ ...inputs, command: 'plan' }, { env });
  };
  const renamed = await under('acme/store');
  expect(renamed.exitCode).toBe(0);
  expect(renamed.log).toMatch(/acme\/shop.*acme\/store.*\(repository-renamed\)/);
  const other = await under('acme/shop', '9999');
  expect(other.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
});

test('K11: outputs lead to the live port, which no input names', async () => {
  const step = await on.step({ name: 'orders', cloud_provider: 'aws', command: 'outputs' });
  expect(step.exitCode).toBe(0);
  expect(step.outputs).toMatchObject({ port: '5433', db_instance_endpoint: expect.stringMatching(/:5433$/) as string });
});

test('K12: pages of a gateway and empty answers in the place of any answer do not fail an apply', async () => {
  air.hitEvery(5);
  const step = await on.step({ ...inputs, name: 'weather', parameters: 'work_mem: 8MB', command: 'apply' });
  air.calm();
  expect(air.happened.length).toBeGreaterThan(3);
  expect(step.outputs['result']).toBe('applied');
  expect(await on.planned({ ...inputs, name: 'weather', parameters: 'work_mem: 8MB' })).toEqual([]);
});
