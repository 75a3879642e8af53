import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, told } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  await (await awsRun(cloud, { ...basic(cloud), name: 'bare', backup_retention_period: '0' })).apply();
  await (await awsRun(cloud, { ...basic(cloud), name: 'copied', create_read_replica: 'true' })).apply();
});
afterAll(async () => cloud.stop());

const { planned } = told(async inputs => awsRun(cloud, { ...basic(cloud), ...inputs }));

test.each<[string, With, RegExp]>([
  ['replicas without backups', { name: 'bare', create_read_replica: 'true' }, /create_read_replica.*needs automated/],
  ['a replica elsewhere without backups', { name: 'bare', replica_region: 'us-west-2' }, /replica_region.*needs autom/],
  [
    'copies of backups that there are none of',
    { name: 'bare', backup_region: 'us-west-2' },
    /backup_region.*needs auto/
  ],
  [
    'no more backups, with replicas that no input names',
    { name: 'copied', backup_retention_period: '0' },
    /backup_retention_period.*copied-replica-1/
  ],
  [
    "a backup window in the server's maintenance",
    { name: 'copied', backup_window: '04:30-05:30' },
    /sun:04:00-sun:05:00/
  ],
  [
    "maintenance in the server's backup window",
    { name: 'copied', maintenance_window: 'mon:03:30-mon:04:30' },
    /03:00-04:00/
  ]
])('%s is refused in the plan', async (_what, inputs, says) => {
  const before = cloud.mutations().length;
  await expect(planned(inputs)).rejects.toMatchObject({
    code: 'input-invalid',
    message: expect.stringMatching(says) as string
  });
  expect(cloud.mutations()).toHaveLength(before);
});

test.each<[string, With]>([
  [
    'replicas, with backups',
    { name: 'bare', create_read_replica: 'true', backup_retention_period: '7', apply_immediately: 'true' }
  ],
  [
    'no more backups and no more replicas',
    { name: 'copied', backup_retention_period: '0', create_read_replica: 'false' }
  ],
  [
    "both windows moved out of each other's way",
    { name: 'copied', backup_window: '04:30-05:30', maintenance_window: 'mon:06:00-mon:07:00' }
  ]
])('%s are planned', async (_what, inputs) => {
  expect(await planned(inputs)).not.toEqual([]);
});

test('subnets that only a replica is in are kept, unless it goes', async () => {
  const replica = cloud.state().instances.get('copied-replica-1');
  if (replica !== undefined) replica.live.AvailabilityZone = 'us-east-1c';
  const fewer = { name: 'copied', subnet_ids: cloud.network().subnetIds.slice(0, 2).join('\n') };
  await expect(planned(fewer)).rejects.toThrow(/leave out subnet-\w+, where copied-replica-1 is/);
  await expect(planned({ ...fewer, create_read_replica: 'false' })).resolves.not.toEqual([]);
});
