import { startDigitalOcean, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic, everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';

type With = Readonly<Record<string, string>>;

describe.each([
  ['small', basic()],
  ['with everything', everything()]
] as const)('a database on DigitalOcean, %s,', (_name, inputs: With) => {
  let cloud: FakeDigitalOcean;
  beforeEach(async () => {
    cloud = await startDigitalOcean();
  });
  afterEach(async () => cloud.stop());

  test('is made as planned, needs nothing then, is changed, and goes without a trace', async () => {
    const made = await digitaloceanRun(cloud, inputs);
    expect((await made.apply()).plan.steps.map(({ action }) => action)).not.toContain('blocked');
    expect(lines((await made.plan()).plan)).toEqual([]);
    const larger = await digitaloceanRun(cloud, {
      ...inputs,
      instance_class: 'db-s-4vcpu-8gb',
      allocated_storage: '160'
    });
    expect(lines((await larger.plan()).plan).join()).toContain('db-s-4vcpu-8gb');
    await larger.apply();
    expect(cloud.cluster('orders')).toMatchObject({ size: 'db-s-4vcpu-8gb', storage_size_mib: 163_840 });
    expect(lines((await larger.plan()).plan)).toEqual([]);
    await larger.destroy();
    expect(cloud.leftovers()).toEqual([]);
  });

  test.each([
    ['apply', 'killed'],
    ['apply', 'lost'],
    ['destroy', 'killed'],
    ['destroy', 'lost']
  ] as const)('whose %s is %s at any call is finished by the next one', async (work, how) => {
    const wrong = await interruptEveryCall({
      start: startDigitalOcean,
      run: async one => digitaloceanRun(one, inputs),
      work,
      how
    });
    expect(wrong).toEqual([]);
  });
});
