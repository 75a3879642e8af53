import { openDigitalOcean } from '../../../../src/providers/digitalocean/digitalocean-client.ts';
import { startDigitalOcean, TOKEN, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic } from '../../../support/digitalocean-inputs.ts';
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

test('a cluster that is gone in the middle of a wait fails the run instead of waiting for its deadline', async () => {
  const slow = await startDigitalOcean({ pace: { working: 50 } });
  const run = await digitaloceanRun(slow, basic());
  const applying = run.apply();
  while (slow.world.clusters.size === 0) await new Promise(resolve => setImmediate(resolve));
  slow.world.clusters.clear();
  await expect(applying).rejects.toThrow('it is not there');
  await slow.stop();
});
