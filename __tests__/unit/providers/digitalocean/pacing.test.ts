import { openDigitalOcean } from '../../../../src/providers/digitalocean/api/client.ts';
import { pacing } from '../../../../src/providers/digitalocean/api/pacing.ts';
import { startDigitalOcean, TOKEN } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { asleep, fakeContext, type FakeContext } from '../../../support/fake-context.ts';

let execution: FakeContext;
beforeEach(() => {
  execution = fakeContext();
});

const seconds = (): number => (execution.clock.now().getTime() - Date.parse('2026-01-01T00:00:00Z')) / 1000;
const headers =
  (said: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    said[name];
const epoch = (inSeconds: number): string => String(execution.clock.now().getTime() / 1000 + inSeconds);

test('no more than 240 requests are sent within any minute', async () => {
  const pace = pacing(execution);
  const sentAt: number[] = [];
  for (let request = 0; request < 1000; request += 1) {
    await pace.turn();
    sentAt.push(seconds());
    if (request % 100 === 0) execution.clock.advance(7);
  }
  const busiest = Math.max(...sentAt.map(from => sentAt.filter(at => at >= from && at < from + 60).length));
  expect(busiest).toBeLessThanOrEqual(240);
  expect(seconds()).toBeLessThan(300);
});

test('parallel requests take their turns as well', async () => {
  const pace = pacing(execution);
  const sentAt: number[] = [];
  await Promise.all(
    Array.from({ length: 500 }, async () => {
      await pace.turn();
      sentAt.push(seconds());
    })
  );
  expect(sentAt.filter(at => at < 60)).toHaveLength(240);
  expect(sentAt.filter(at => at < 120)).toHaveLength(480);
});

test('when the hourly limit is reached, the next request waits for the oldest one to expire, with a log line', async () => {
  const pace = pacing(execution);
  pace.heard(headers({ 'ratelimit-remaining': '0', 'ratelimit-reset': epoch(1234) }));
  await pace.turn();
  expect(seconds()).toBe(1234);
  expect(execution.lines).toContainEqual(expect.stringContaining('used up: waiting 1234 s'));
});

test.each([
  ['requests are left', { 'ratelimit-remaining': '1', 'ratelimit-reset': '9999999999' }],
  ['nothing is said of them', {}],
  ['what is said makes no sense', { 'ratelimit-remaining': 'some', 'ratelimit-reset': 'soon' }]
])('when %s, there is no wait', async (_what, said) => {
  const pace = pacing(execution);
  pace.heard(headers(said));
  await pace.turn();
  expect(execution.clock.slept).toEqual([]);
});

test('a clock that is wrong by a day costs an hour at most', async () => {
  const pace = pacing(execution);
  pace.heard(headers({ 'ratelimit-remaining': '0', 'ratelimit-reset': epoch(86_400) }));
  await pace.turn();
  expect(seconds()).toBe(3600);
});

test('a run that is cancelled while it waits for its turn ends', async () => {
  const pace = pacing(execution);
  pace.heard(headers({ 'ratelimit-remaining': '0', 'ratelimit-reset': epoch(1800) }));
  const waiting = pace.turn();
  await asleep(execution);
  execution.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
});

test('the client reads the headers of every answer, those of the wrapper too', async () => {
  const cloud = await startDigitalOcean();
  const api = openDigitalOcean(TOKEN, `${cloud.url}/v2`, execution, () => undefined);
  cloud.state.limit.remaining = 0;
  cloud.state.limit.resetAt = execution.clock.now().getTime() + 90_000;
  await api.dots('GET /account', async dots => dots.account.getAccount());
  expect(seconds()).toBe(0);
  await api.rest('GET', '/databases');
  expect(seconds()).toBe(90);
  cloud.state.limit.resetAt = execution.clock.now().getTime() + 30_000;
  await api.rest('GET', '/databases');
  await api.rest('GET', '/databases');
  expect(seconds()).toBe(120);
  await cloud.stop();
});
