import { PROMPT } from '../clouds/aws/fake-aws.ts';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { planOf } from '../support/harness.ts';

const NAME = 'learning-assistant-db';

describe('commands on AWS', () => {
  let on: AwsHarness;
  let inputs: Readonly<Record<string, string>>;
  beforeAll(async () => {
    on = await openAws(PROMPT);
    inputs = on.example('aws-basic');
    await (await on.inProcess(inputs)).apply();
  });
  afterAll(async () => on.close());

  test('`doctor` finds no problem, and changes nothing', async () => {
    const before = on.aws.mutations().length;
    const step = await on.step({ ...inputs, command: 'doctor' });
    expect(step.exitCode).toBe(0);
    expect(step.log).toContain('123456789012');
    expect(step.log).not.toMatch(/✗/);
    expect(on.aws.mutations().length).toBe(before);
  });

  test('`doctor` names subnets that lie in one zone, and a class that cannot be ordered', async () => {
    const { oneZoneSubnetIds } = on.aws.network();
    const subnets = await on.step({ ...inputs, command: 'doctor', subnet_ids: oneZoneSubnetIds.join('\n') });
    expect(subnets.log).toMatch(/✗.*subnet/i);
    const size = await on.step({ ...inputs, command: 'doctor', instance_class: 'db.t1.micro' });
    expect(size.log).toMatch(/✗.*db\.t1\.micro|✗.*class/i);
  });

  test('`doctor` reports missing credentials and a missing region', async () => {
    const job = await on.harness.job(
      { name: 'push' },
      { env: { ...on.aws.env, AWS_ACCESS_KEY_ID: 'AKIAUNKNOWNEXAMPLE' } }
    );
    const step = await job.step({ ...inputs, command: 'doctor' });
    expect(step.log).toMatch(/credential|InvalidClientTokenId|key/i);
    const nowhere = await on.harness.job(
      { name: 'push' },
      { env: { ...on.aws.env, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined } }
    );
    expect((await nowhere.step({ ...inputs, command: 'doctor' })).log).toMatch(/region/i);
  });

  test('`snapshot` takes one, and a new database starts from it with the new password', async () => {
    const step = await on.step({ ...inputs, command: 'snapshot', snapshot_identifier: 'before-release' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['snapshot_id']).toBe('before-release');
    const restored = {
      ...inputs,
      name: 'restored',
      master_password: 'Other-canary-2210',
      restore_from_snapshot: 'before-release'
    };
    const made = await on.step(restored);
    expect(made.outputs['result']).toBe('applied');
    expect(on.aws.state().instances.get('restored')?.password).toBe('Other-canary-2210');
    expect(
      on.aws
        .state()
        .instances.get('restored')
        ?.tags.tags.map(tag => tag.Key)
    ).not.toContain('pgkeep:password');
    expect(await on.planned(restored)).toEqual([]);
  });

  test('a database starts from another one at a point in time', async () => {
    const earlier = { ...inputs, name: 'earlier', restore_source: NAME, restore_to_time: 'latest' };
    expect((await on.step(earlier)).outputs['result']).toBe('applied');
    expect(await on.planned(earlier)).toEqual([]);
  });

  test('`estimate_cost` gives the monthly cost of a change, and says without permission that it is unknown', async () => {
    const larger = { ...inputs, command: 'plan', estimate_cost: 'true', instance_class: 'db.t3.small' };
    const step = await on.step(larger);
    expect(step.outputs).toMatchObject({ result: 'planned', monthly_cost: '28.58' });
    expect(step.summary).toContain('Cost: about 28.58 USD a month, +13.14 USD');
    expect(step.summary).toContain('Not counted: ');
    on.aws.fault({ action: 'GetProducts', code: 'AccessDeniedException', times: 9 });
    const denied = await on.step(larger);
    on.aws.clearFaults();
    expect(denied).toMatchObject({ exitCode: 0, outputs: { result: 'planned' } });
    expect(denied.outputs['monthly_cost'] ?? '').toBe('');
    expect(denied.summary).toContain('pricing:GetProducts');
  });

  test('a reservation is shown with its price, bought only when it is confirmed, and only once', async () => {
    const offering = '649fd0c8-cf6d-47a0-bfa6-060f8e75e95f';
    const reserved = { ...inputs, reserved_offering_id: offering, reserved_instance_count: '1' };
    const shown = await on.step({ ...reserved, command: 'plan' });
    expect(JSON.stringify(await planOf(shown))).toContain('0.158');
    await (await on.inProcess(reserved)).apply();
    expect(on.aws.state().reservations.size).toBe(0);
    const bought = await on.step({ ...reserved, confirm_purchase: offering });
    expect(bought.exitCode).toBe(0);
    expect([...on.aws.state().reservations.keys()]).toEqual([`${NAME}-649fd0c8`]);
    await (await on.inProcess({ ...reserved, confirm_purchase: offering })).apply();
    expect(on.aws.state().reservations.size).toBe(1);
  });
});

describe('two regions', () => {
  let on: AwsHarness;
  beforeAll(async () => {
    on = await openAws(PROMPT);
  });
  afterAll(async () => on.close());

  test('hold a replica and the backups, both removed in the end', async () => {
    const inputs = {
      ...on.example('aws-basic'),
      create_read_replica: 'true',
      read_replica_count: '1',
      replica_region: 'us-west-2',
      replica_kms_key_id: on.aws.kmsKeyArn('us-west-2'),
      backup_region: 'us-west-2'
    };
    const step = await on.step(inputs);
    expect({ log: step.log, result: step.outputs['result'] }).toMatchObject({ result: 'applied' });
    expect([...on.aws.state('us-west-2').instances.keys()]).toEqual([`${NAME}-replica-us-west-2`]);
    expect(on.aws.state('us-west-2').backups.size).toBe(1);
    expect(await on.planned(inputs)).toEqual([]);
    await on.step({ ...inputs, command: 'destroy', confirm_destroy: NAME });
    expect(on.aws.leftovers().filter(line => !line.startsWith('snapshot '))).toEqual([]);
  }, 60_000);
});
