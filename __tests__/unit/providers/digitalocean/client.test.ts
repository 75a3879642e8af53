import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { openDigitalOcean, type DigitalOcean } from '../../../../src/providers/digitalocean/api/client.ts';
import { digitalocean } from '../../../../src/providers/digitalocean/provider.ts';
import { startDigitalOcean, TOKEN, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { cloudRun } from '../../../support/cloud-run.ts';
import { basic } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { translated } from '../../../../src/providers/digitalocean/api/errors.ts';

let cloud: FakeDigitalOcean;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(async () => cloud.stop());

describe('the client', () => {
  test('waits as long as DigitalOcean asks after too many requests', async () => {
    const execution = fakeContext();
    const api = openDigitalOcean(TOKEN, `${cloud.url}/v2`, execution, () => undefined);
    cloud.fault({ action: 'GET /databases', code: 'too_many_requests' });
    const before = execution.clock.now().getTime();
    expect(await api.pages('/databases', 'databases')).toEqual([]);
    expect(execution.clock.now().getTime() - before).toBeGreaterThanOrEqual(1000);
  });

  const NOW = new Date('2026-11-24T00:00:00Z');
  const inSeconds = (seconds: number): string => String(NOW.getTime() / 1000 + seconds);
  test.each<[number | undefined, Readonly<Record<string, string>>]>([
    [12, { 'retry-after': '12' }],
    [12, { 'retry-after': '12', 'ratelimit-reset': inSeconds(37) }],
    [0, { 'retry-after': '0', 'ratelimit-reset': inSeconds(37) }],
    [37, { 'ratelimit-reset': inSeconds(37) }],
    [37, { 'retry-after': 'Tue, 24 Nov 2026 00:00:12 GMT', 'ratelimit-reset': inSeconds(37) }],
    [0, { 'ratelimit-reset': inSeconds(-2) }],
    [undefined, { 'ratelimit-reset': 'soon' }],
    [undefined, {}]
  ])('waits %s seconds after too many requests with %j', (seconds, headers) => {
    const header = (name: string): string | undefined => headers[name];
    const refused = { status: 429, id: 'too_many_requests', message: 'API Rate limit exceeded.', header };
    const { kind, retryAfterSeconds } = translated('GET /databases', refused, NOW);
    expect([kind, retryAfterSeconds]).toEqual(['throttled', seconds]);
    const busy = translated('GET /databases', { ...refused, status: 412, id: 'precondition_failed' }, NOW);
    expect([busy.kind, busy.retryAfterSeconds]).toEqual(['busy', undefined]);
  });

  test('reads all pages of a long list', async () => {
    const many = await startDigitalOcean({ pageSize: 2 });
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      await (await digitaloceanRun(many, { ...basic(), name: `shop-${name}` })).apply();
    }
    const { session } = await digitaloceanRun(many, { ...basic(), name: 'shop-five' });
    expect(await session.listServers()).toHaveLength(5);
    expect(lines((await (await digitaloceanRun(many, { ...basic(), name: 'shop-one' })).plan()).plan)).toEqual([]);
    await many.stop();
  });

  test('abandons a call at once when the run is cancelled', async () => {
    const execution = fakeContext();
    const slow = await startDigitalOcean({ latencyMs: 5000 });
    const api = openDigitalOcean(TOKEN, `${slow.url}/v2`, execution, () => undefined);
    const asking = api.dots('GET /account', async dots => dots.account.getAccount());
    asking.catch(() => undefined);
    while (slow.received() === 0) await new Promise(resolve => setImmediate(resolve));
    execution.abort(new Error('cancelled'));
    await expect(asking).rejects.toThrow('cancelled');
    await slow.stop();
  });
});

test.each(['DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN', 'digitalocean_token'])(
  'the token of `%s` is masked',
  async from => {
    const { DIGITALOCEAN_TOKEN: _token, ...env } = cloud.env;
    const given = { [from]: TOKEN };
    const isInput = from === 'digitalocean_token';
    const inputs = { ...basic(), ...(isInput ? given : {}) };
    const { masked } = await cloudRun(digitalocean, { ...env, ...(isInput ? {} : given) }, inputs);
    expect(masked).toContain(TOKEN);
  }
);

describe('an answer that does not come from DigitalOcean', () => {
  /** Answers so in turn, each time with the next. */
  async function answering(
    ...answers: readonly (readonly [status: number, body: string])[]
  ): Promise<{ readonly url: string; readonly asked: () => number; readonly stop: () => void }> {
    let asked = 0;
    const server = createServer((request, response) => {
      request.resume();
      const [status, body] = answers[Math.min(asked, answers.length - 1)] ?? [200, ''];
      asked += 1;
      response.writeHead(status, { 'content-type': 'text/html' }).end(body);
    });
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, asked: () => asked, stop: () => void server.close() };
  }
  const GATEWAY = '<html>Bad Gateway</html>';
  const open = (url: string): DigitalOcean => openDigitalOcean(TOKEN, url, fakeContext(), () => undefined);

  test.each([
    ['a gateway’s failure', [502, GATEWAY]],
    ['a gateway’s limit', [429, GATEWAY]],
    ['a body that is cut off', [200, '{"databases": [']]
  ] as const)('is retried when it is %s', async (_what, answer) => {
    const gateway = await answering(answer, [200, '{"databases": []}']);
    expect(await open(gateway.url).pages('/databases', 'databases')).toEqual([]);
    expect(gateway.asked()).toBe(2);
    gateway.stop();
  });

  test('to a call that must not be sent twice is looked up first', async () => {
    const gateway = await answering([504, GATEWAY]);
    let looked = 0;
    const recheck = async (): Promise<unknown> => {
      looked += 1;
      return { database: { id: 'made' } };
    };
    const made = await open(gateway.url).rest('POST', '/databases', {}, { idempotent: false, recheck });
    expect([made, gateway.asked(), looked]).toEqual([{ database: { id: 'made' } }, 1, 1]);
    gateway.stop();
  });

  test.each([
    ['GET /account', GATEWAY, true],
    ['GET /account', '', true],
    ['DELETE /databases/1', GATEWAY, true],
    ['DELETE /databases/1', '', false]
  ])('to the library’s %s, %j, is foreign: %s', async (what, body, isForeign) => {
    const gateway = await answering([200, body]);
    const api = open(gateway.url);
    const asked: Promise<unknown> = what.startsWith('GET')
      ? api.dots(what, async dots => dots.account.getAccount())
      : api.dots(what, async dots => dots.database.destroyDatabaseCluster({ database_cluster_id: '1' }));
    const said = await asked.then(
      () => 'an answer',
      (thrown: unknown) => String(thrown)
    );
    gateway.stop();
    expect(said).toMatch(isForeign ? /it is not an answer of this API/ : /^an answer$/);
  });

  test.each([
    [503, 'transient'],
    [429, 'throttled'],
    [418, 'failed']
  ])('that persists with status %s fails the call, without the token in the message', async (status, kind) => {
    const gateway = await answering([status, '{}']);
    for (const failed of [
      open(gateway.url).dots('GET /account', async dots => dots.account.getAccount()),
      open(gateway.url).rest('GET', '/account')
    ]) {
      await expect(failed).rejects.toMatchObject({
        code: 'provider-failed',
        kind,
        providerCode: undefined,
        message: `Could not call GET /account on DigitalOcean: status ${status}`
      });
      expect(inspect(await failed.catch((thrown: unknown) => thrown), { depth: 9 })).not.toContain(TOKEN);
    }
    gateway.stop();
  });
});

test('a cluster that is deleted during a wait fails the run instead of waiting for its deadline', async () => {
  const slow = await startDigitalOcean({ pace: { working: 50 } });
  const run = await digitaloceanRun(slow, basic());
  const applying = run.apply();
  const looks = (): number => slow.calls().filter(({ action }) => action === 'GET /databases/{id}').length;
  while (looks() < 2) await new Promise(resolve => setImmediate(resolve));
  slow.state.clusters.clear();
  const before = looks();
  await expect(applying).rejects.toThrow('the cluster does not exist');
  expect(looks() - before).toBeLessThanOrEqual(2);
  await slow.stop();
});

test.each([
  [12, 'made'],
  [13, 'create orders: the cluster does not exist']
])('a new cluster that %s reads do not find is %s', async (hidden, end) => {
  const shy = await startDigitalOcean({ pace: { hidden } });
  const run = await digitaloceanRun(shy, basic());
  const made = run.apply().then(() => 'made');
  const ended = await made.catch((thrown: unknown) => String(thrown));
  await shy.stop();
  expect(ended).toContain(end);
});
