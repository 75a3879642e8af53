import type { Cost, Estimate } from '../../../../src/engine/cost.ts';
import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { hourly } from '../../../clouds/aws/pricing.ts';
import { basic, everything } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
beforeEach(async () => {
  cloud = await startAws(PROMPT);
});
afterEach(async () => cloud.stop());

async function estimated(inputs: With): Promise<Estimate | undefined> {
  const run = await awsRun(cloud, inputs);
  const { plan, observed } = await run.plan();
  return run.session.cost(plan, observed);
}

async function costOf(inputs: With): Promise<Cost> {
  const estimate = await estimated(inputs);
  if (estimate?.cost === undefined) throw new Error(JSON.stringify(estimate?.notices));
  return estimate.cost;
}

const linesOf = ({ lines }: Cost): readonly string[] =>
  lines.map(({ title, monthly }) => `${title} ${monthly.toFixed(2)}`);

const month = (instanceClass: string, times = 1): string => (730 * hourly(instanceClass) * times).toFixed(2);

test('a new server costs its hours and its storage, and nothing before', async () => {
  const cost = await costOf(basic(cloud));
  expect(linesOf(cost)).toEqual([`orders: db.t3.micro ${month('db.t3.micro')}`, 'orders: 20 GiB gp2 2.30']);
  expect(cost).toMatchObject({ currency: 'USD', monthly: 15.44 });
  expect(cost).not.toHaveProperty('before');
  expect(cost.assumptions.join()).toMatch(/730 hours.*Not counted: backups beyond.*data transfer/);
});

test('a standby doubles everything, replicas are paid for each, and so is gp3 above its baseline', async () => {
  const cost = await costOf({ ...everything(cloud), storage_iops: '14000', storage_throughput: '3500' });
  const [single, double] = [month('db.r5.xlarge'), month('db.r5.xlarge', 2)];
  expect(linesOf(cost)).toEqual([
    `orders: db.r5.xlarge, Multi-AZ ${double}`,
    'orders: 500 GiB gp3, Multi-AZ 115.00',
    'orders: 2000 IOPS of gp3, Multi-AZ 80.00',
    'orders: 3000 MiB/s throughput of gp3, Multi-AZ 480.00',
    ...['orders-replica-1', 'orders-replica-2', 'orders-replica-us-west-2'].flatMap(id => [
      `${id}: db.r5.xlarge ${single}`,
      `${id}: 500 GiB gp3 57.50`,
      `${id}: 2000 IOPS of gp3 40.00`,
      `${id}: 3000 MiB/s throughput of gp3 240.00`
    ])
  ]);
  expect(cost.assumptions.join()).toMatch(/the proxy.*alarms.*logs.*enhanced monitoring.*backups in another region/);
});

test.each([
  [{ storage_type: 'io1', storage_iops: '1000' }, ['orders: 100 GiB io1 12.50', 'orders: 1000 IOPS of io1 100.00']],
  [{ storage_type: 'io2', storage_iops: '2000' }, ['orders: 100 GiB io2 12.50', 'orders: 2000 IOPS of io2 200.00']],
  [{ storage_type: 'gp3' }, ['orders: 100 GiB gp3 11.50']],
  [{ storage_type: 'standard' }, ['orders: 100 GiB standard 10.00']]
])('storage like %j costs %j', async (storage, expected) => {
  const cost = await costOf({ ...basic(cloud), instance_class: 'db.m5.large', allocated_storage: '100', ...storage });
  expect(linesOf(cost).slice(1)).toEqual(expected);
});

test('a change shows its additional cost, also while it waits for the maintenance window, and unmentioned resources count', async () => {
  await (await awsRun(cloud, { ...basic(cloud), create_read_replica: 'true' })).apply();
  const larger = { ...basic(cloud), instance_class: 'db.t3.small' };
  // A micro is 13.14 and a small 26.28, each with 2.30 for its storage.
  const expected = { before: 30.88, monthly: 44.02 };
  expect(await costOf(larger)).toMatchObject(expected);
  await (await awsRun(cloud, larger)).apply();
  expect(await costOf(larger)).toMatchObject(expected);
  cloud.maintenance('orders');
  expect(await costOf(larger)).toMatchObject({ before: expected.monthly, monthly: expected.monthly });
});

test('each price is read once, where AWS offers prices, and only on request', async () => {
  await (await awsRun(cloud, everything(cloud))).plan();
  expect(cloud.calls().filter(({ service }) => service === 'pricing')).toEqual([]);
  const { vpcId, subnetIds } = cloud.network('eu-west-1');
  const topic = 'arn:aws:sns:eu-west-1:123456789012:alerts';
  const away = {
    aws_region: 'eu-west-1',
    vpc_id: vpcId,
    subnet_ids: subnetIds.join('\n'),
    alarm_actions: topic
  };
  await costOf({ ...everything(cloud), ...away, backup_region: 'us-east-1' });
  const asked = cloud.calls().filter(({ service }) => service === 'pricing');
  expect(new Set(asked.map(({ region }) => region))).toEqual(new Set(['eu-central-1']));
  const questions = asked.map(({ input }) => JSON.stringify(input));
  expect(new Set(questions).size).toBe(questions.length);
});

describe('an unknown price is a notice, and not a failure', () => {
  test('a missing permission, by its name', async () => {
    cloud.fault({ action: 'GetProducts', code: 'AccessDeniedException', status: 400, times: 99 });
    const estimate = await estimated(basic(cloud));
    expect(estimate).not.toHaveProperty('cost');
    expect(estimate?.notices).toEqual([
      expect.objectContaining({
        code: 'no-prices',
        severity: 'warning',
        message: expect.stringMatching(/pricing:GetProducts/) as string
      })
    ]);
  });

  test('a region without prices, and no partial sum for the rest', async () => {
    const estimate = await estimated({ ...everything(cloud), replica_region: 'ap-south-2' });
    expect(estimate).not.toHaveProperty('cost');
    expect(estimate?.notices[0]?.message).toContain('no price of db.r5.xlarge in ap-south-2');
  });
});
