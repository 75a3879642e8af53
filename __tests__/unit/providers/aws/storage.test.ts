import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, told } from '../../../support/aws-run.ts';
import { keptAccount } from '../../../support/kept-account.ts';

let cloud: FakeAws;
const given = keptAccount(
  async () => (cloud = await startAws(PROMPT)),
  async inputs => awsRun(cloud, inputs)
);

const { applied, planned, notices } = told(async inputs => awsRun(cloud, inputs));

function live() {
  const found = cloud.state().instances.get('orders');
  if (found === undefined) throw new Error('no instance');
  return found.live;
}

describe('storage', () => {
  test('is rounded up by RDS to a tenth more, which a notice reports and which then matches', async () => {
    await given({ ...basic(cloud), allocated_storage: '100' });
    const more = { ...basic(cloud), allocated_storage: '105', apply_immediately: 'true' };
    expect(await notices(more)).toContain('info value-rounded');
    await applied(more);
    expect(await planned(more)).toEqual([]);
  });

  test('does not shrink', async () => {
    await given({ ...basic(cloud), allocated_storage: '100' });
    const { plan } = await (await awsRun(cloud, { ...basic(cloud), allocated_storage: '50' })).plan();
    expect(plan.steps.find(step => step.address === 'server')?.changes[0]?.refusal?.rule).toBe('shrink');
  });

  test('that grew by itself matches', async () => {
    const inputs = { ...basic(cloud), allocated_storage: '100', max_allocated_storage: '500' };
    await given(inputs);
    live().AllocatedStorage = 300;
    expect(await planned(inputs)).toEqual([]);
    expect(await notices(inputs)).toContain('info storage-grown');
  });

  test('no longer grows by itself when that is switched off', async () => {
    await given({ ...basic(cloud), max_allocated_storage: '500' });
    expect(await applied({ ...basic(cloud), max_allocated_storage: '0' })).toEqual([
      'update server: max_allocated_storage 500 → 0 (online)'
    ]);
    expect(await planned({ ...basic(cloud), max_allocated_storage: '0' })).toEqual([]);
  });

  test('at its ceiling matches, with the ceiling and without one', async () => {
    const inputs = { ...basic(cloud), allocated_storage: '100', max_allocated_storage: '200' };
    await given(inputs);
    live().AllocatedStorage = 200;
    expect(await planned(inputs)).toEqual([]);
    expect(await planned({ ...inputs, max_allocated_storage: '0' })).toEqual([]);
  });

  test('gets no ceiling that it has outgrown', async () => {
    const inputs = { ...basic(cloud), allocated_storage: '100', max_allocated_storage: '500' };
    await given(inputs);
    live().AllocatedStorage = 200;
    await expect(planned({ ...inputs, max_allocated_storage: '210' })).rejects.toThrow(/at least 220/);
    expect(await planned({ ...inputs, max_allocated_storage: '220' })).toHaveLength(1);
  });

  test('that RDS rounded up matches the smaller number, with a notice', async () => {
    await given({ ...basic(cloud), allocated_storage: '110' });
    const less = { ...basic(cloud), allocated_storage: '100' };
    expect(await planned(less)).toEqual([]);
    expect(await notices(less)).toContain('info storage-grown');
  });

  test('of gp3 grows past 400 GiB, where it has its own IOPS', async () => {
    const small = { ...basic(cloud), storage_type: 'gp3', allocated_storage: '100' };
    await given(small);
    const large = { ...small, allocated_storage: '500', apply_immediately: 'true' };
    expect(await applied(large)).toEqual(['update server: allocated_storage 100 → 500 (online)']);
    expect(await planned(large)).toEqual([]);
    const faster = { ...large, storage_iops: '14000', storage_throughput: '600' };
    cloud.advance(7 * 3600);
    expect(await applied(faster)).toHaveLength(2);
    expect(await planned(faster)).toEqual([]);
  });

  test('becomes gp3, with its own IOPS when it is large', async () => {
    const before = { ...basic(cloud), allocated_storage: '500', apply_immediately: 'true' };
    await given(before);
    const after = { ...before, storage_type: 'gp3', storage_iops: '13000' };
    expect(await applied(after)).toHaveLength(2);
    expect(await planned(after)).toEqual([]);
  });

  test.each([
    ['size', { allocated_storage: '200' }],
    ['type', { storage_type: 'gp3' }]
  ])('changed in its %s recently has to wait, with a notice', async (_what, change) => {
    await given({ ...basic(cloud), allocated_storage: '100' });
    live().DBInstanceStatus = 'storage-optimization';
    expect(await notices({ ...basic(cloud), allocated_storage: '100', ...change })).toContain('warning cool-down');
    expect(await notices({ ...basic(cloud), allocated_storage: '100' })).not.toContain('warning cool-down');
  });

  const above = { storage_type: 'gp3', allocated_storage: '20000' };

  /** Storage never shrinks: a limit below the live size leaves no range of sizes to choose from. */
  test.each<[string, number, Readonly<Record<string, string>>, string]>([
    [
      'another type',
      70_000,
      { storage_type: 'io2', storage_iops: '20000' },
      '`storage_type`: "io2" has 65536 GiB at most on this server, which has 70000; allowed: `gp3`, which the server has'
    ],
    [
      'a smaller class',
      20_000,
      { instance_class: 'db.t3.micro' },
      '`instance_class`: "db.t3.micro" has 16384 GiB of gp3 at most, and the server has 20000; allowed: `db.m5.large`, which the server has'
    ],
    [
      'a smaller class, after it grew by itself',
      20_000,
      { instance_class: 'db.t3.micro', allocated_storage: '500' },
      '`instance_class`: "db.t3.micro" has 16384 GiB of gp3 at most, and the server has 20000; allowed: `db.m5.large`, which the server has'
    ]
  ])('above the limit of %s is told with what can be kept', async (_what, gib, change, message) => {
    const inputs = { ...basic(cloud), ...above, instance_class: 'db.m5.large' };
    await given({ ...inputs, allocated_storage: '500' });
    live().AllocatedStorage = gib;
    await expect(planned({ ...inputs, ...change })).rejects.toThrow(`Invalid input ${message}`);
    expect(await planned(inputs)).toEqual([]);
  });

  test('above the limit of its own class keeps its size, and takes other changes', async () => {
    const inputs = { ...basic(cloud), ...above, instance_class: 'db.t3.micro', allocated_storage: '500' };
    await given(inputs);
    live().AllocatedStorage = 20_000;
    expect(await planned({ ...inputs, storage_iops: '14000' })).toHaveLength(1);
    await expect(planned({ ...inputs, allocated_storage: '30000' })).rejects.toThrow(
      '"30000" is more than the 16384 GiB that RDS gives this server\'s gp3 storage; allowed: 20000, which the server has'
    );
  });
});
