import { openDigitalOcean } from '../../../../src/providers/digitalocean/digitalocean-client.ts';
import { startDigitalOcean, TOKEN, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic, everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { translated } from '../../../../src/providers/digitalocean/digitalocean-errors.ts';

let cloud: FakeDigitalOcean;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(async () => cloud.stop());

describe('the client', () => {
  test('waits as long as DigitalOcean says when it has asked too often', async () => {
    const context = fakeContext();
    const api = openDigitalOcean(TOKEN, `${cloud.url}/v2`, context, () => undefined);
    cloud.fault({ action: 'GET /databases', code: 'too_many_requests' });
    const before = context.clock.now().getTime();
    expect(await api.pages('/databases', 'databases')).toEqual([]);
    expect(context.clock.now().getTime() - before).toBeGreaterThanOrEqual(1000);
  });

  test('takes the reset of the limit where no `retry-after` is given', () => {
    const now = new Date('2026-11-24T00:00:00Z');
    const reset = String(now.getTime() / 1000 + 37);
    const header = (name: string): string | undefined => (name === 'ratelimit-reset' ? reset : undefined);
    const refused = { status: 429, id: 'too_many_requests', message: 'API Rate limit exceeded.', header };
    expect(translated('GET /databases', refused, now)).toMatchObject({ kind: 'throttled', retryAfterSeconds: 37 });
  });

  test('reads all pages of a long list', async () => {
    const many = await startDigitalOcean({ pageSize: 2 });
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      await (await digitaloceanRun(many, { ...basic(), name: `shop-${name}` })).apply();
    }
    const { session } = await digitaloceanRun(many, { ...basic(), name: 'shop-five' });
    expect(await session.census?.()).toHaveLength(5);
    expect(lines((await (await digitaloceanRun(many, { ...basic(), name: 'shop-one' })).plan()).plan)).toEqual([]);
    await many.stop();
  });

  test('lets go of a call at once when the run is cancelled', async () => {
    const context = fakeContext();
    const slow = await startDigitalOcean({ latencyMs: 5000 });
    const api = openDigitalOcean(TOKEN, `${slow.url}/v2`, context, () => undefined);
    const asking = api.dots('GET /account', async dots => dots.account.getAccount());
    asking.catch(() => undefined);
    while (slow.received() === 0) await new Promise(resolve => setImmediate(resolve));
    context.abort(new Error('cancelled'));
    await expect(asking).rejects.toThrow('cancelled');
    await slow.stop();
  });
});

describe('a plan', () => {
  test.each([
    ['digitalocean_region', 'mars1'],
    ['engine_version', '12'],
    ['instance_class', 'db-s-64vcpu-1tb']
  ])('refuses %s of %s, which is not on offer', async (input, value) => {
    const run = await digitaloceanRun(cloud, { ...basic(), [input]: value });
    await expect(run.plan()).rejects.toThrow(input);
    expect(cloud.mutations()).toEqual([]);
  });

  test('never makes nodes smaller', async () => {
    await (await digitaloceanRun(cloud, everything())).apply();
    const smaller = await digitaloceanRun(cloud, { ...everything(), instance_class: 'db-s-1vcpu-2gb' });
    const { plan } = await smaller.plan();
    expect(lines(plan).join()).toContain('(blocked)');
  });

  test('keeps storage that has grown by itself', async () => {
    await (await digitaloceanRun(cloud, everything())).apply();
    cloud.cluster('orders').storage_size_mib = 122_880;
    const { plan } = await (await digitaloceanRun(cloud, everything())).plan();
    expect(lines(plan)).toEqual([]);
    expect(plan.notices.map(({ code }) => code)).toContain('storage-grown');
  });

  test('moves, grows and upgrades a cluster in place, the size before the version', async () => {
    await (await digitaloceanRun(cloud, everything())).apply();
    const before = cloud.mutations().length;
    const changes = { digitalocean_region: 'fra1', instance_class: 'db-s-4vcpu-8gb', allocated_storage: '140' };
    const upgrade = { engine_version: '17', allow_major_version_upgrade: 'true' };
    await (await digitaloceanRun(cloud, { ...everything(), ...changes, ...upgrade })).apply();
    const sent = cloud.mutations().slice(before);
    const steps = sent.map(({ action }) => action.split('/').at(-1) ?? '');
    expect(steps.filter(step => ['resize', 'migrate', 'upgrade'].includes(step))).toEqual([
      'resize',
      'migrate',
      'upgrade',
      // Its replicas, which must not be smaller than it.
      'resize',
      'resize',
      'resize'
    ]);
    expect(cloud.cluster('orders')).toMatchObject({ region: 'fra1', size: 'db-s-4vcpu-8gb', version: '17' });
  });

  test('leaves sources of other kinds in the list that it replaces', async () => {
    await (await digitaloceanRun(cloud, basic())).apply();
    cloud.cluster('orders').rules.push({ uuid: cloud.world.uuid(), type: 'tag', value: 'workers' });
    await (await digitaloceanRun(cloud, { ...basic(), allowed_cidr_blocks: '192.0.2.0/24' })).apply();
    expect(cloud.cluster('orders').rules.map(({ value }) => value)).toEqual(['workers', '192.0.2.0/24']);
  });
});

test('a cluster that is gone in the middle of a wait fails the run instead of waiting for its deadline', async () => {
  const slow = await startDigitalOcean({ pace: { working: 50 } });
  const run = await digitaloceanRun(slow, basic());
  const applying = run.apply();
  while (slow.world.clusters.size === 0) await new Promise(resolve => setImmediate(resolve));
  slow.world.clusters.clear();
  await expect(applying).rejects.toThrow('it is not there');
  await slow.stop();
});
