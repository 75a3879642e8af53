import { EVERY_CLOUD, type StartedCloud } from '../../support/every-cloud.ts';

type With = Readonly<Record<string, string>>;

/** What makes the server larger in each cloud, and the input that names it. */
const LARGER: Readonly<Record<keyof typeof EVERY_CLOUD, readonly [With, string]>> = {
  aws: [{ allocated_storage: '50' }, 'allocated_storage'],
  azure: [{ allocated_storage: '256' }, 'allocated_storage'],
  digitalocean: [{ instance_class: 'db-s-1vcpu-2gb' }, 'instance_class'],
  gcp: [{ disk_size: '50' }, 'allocated_storage']
};

describe.each(Object.keys(EVERY_CLOUD) as (keyof typeof EVERY_CLOUD)[])(
  'of two runs at once that make one server of %s',
  name => {
    const [larger, named] = LARGER[name];
    let cloud: StartedCloud;
    let back: () => void;
    beforeAll(async () => {
      cloud = await EVERY_CLOUD[name]();
      back = cloud.savepoint();
    });
    afterEach(() => back());
    afterAll(async () => cloud.stop());

    test('with other values, the second says so', async () => {
      const first = await cloud.run(cloud.small);
      const second = await cloud.run({ ...cloud.small, ...larger });
      await expect(second.apply(async () => first.apply())).rejects.toMatchObject({
        code: 'plan-changed',
        message: `Could not create server orders as planned: another run has made it since, with another ${named}`,
        hint: 'Run the workflow again: its plan shows what is there.'
      });
      const after = await cloud.run({ ...cloud.small, ...larger });
      expect((await after.plan()).plan.steps.map(({ action }) => action)).toContain('update');
    });

    test('of another workflow, the second leaves it as it is', async () => {
      const others = { ...cloud.small, ...larger };
      const owner = { repository: 'acme/other' };
      const first = await cloud.run(others, owner);
      const second = await cloud.run(cloud.small);
      await expect(second.apply(async () => first.apply())).rejects.toMatchObject({
        code: 'not-ours',
        message: expect.stringMatching(/^Could not create .*: the name is taken by one that belongs to /)
      });
      expect((await (await cloud.run(others, owner)).plan()).plan.verdict).toBe('no-changes');
    });

    test('with the same values, the second goes on with it', async () => {
      const inputs = { ...cloud.small, create_read_replica: 'true' };
      const [first, second] = [await cloud.run(inputs), await cloud.run(inputs)];
      const { result } = await second.apply(async () => first.apply());
      expect([...result.existed]).toEqual(expect.arrayContaining(['server', 'replica/1']));
    });
  }
);
