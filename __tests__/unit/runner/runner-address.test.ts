import { askRunnerAddress } from '../../../src/runner/runner-address.ts';
import { startEcho, type EchoService } from '../../support/echo-service.ts';

const signal = new AbortController().signal;

let echo: EchoService;
beforeAll(async () => {
  echo = await startEcho('');
});
afterAll(async () => echo.stop());

test('the address of a runner is the answer of the service, without its line break', async () => {
  echo.says('203.0.113.7\n');
  await expect(askRunnerAddress(echo.url, signal)).resolves.toBe('203.0.113.7');
});

test.each([
  ['0.0.0.0', /not a public address/],
  ['0.0.0.0/0', /not an IPv4 address/],
  ['203.0.113.0/24', /not an IPv4 address/],
  ['127.0.0.1', /not a public address/],
  ['10.0.0.7', /not a public address/],
  ['100.64.0.7', /not a public address/],
  ['169.254.169.254', /not a public address/],
  ['224.0.0.1', /not a public address/],
  ['255.255.255.255', /not a public address/],
  ['0.1.2.3', /not a public address/],
  ['203.0.113.7, 10.0.0.7', /not an IPv4 address/],
  ['203.0.113.7 OR 1=1', /not an IPv4 address/],
  ['2001:db8::7', /IPv6 address/],
  ['<html>proxy</html>', /not an IPv4 address/],
  ['', /not an IPv4 address/],
  [`203.0.113.7${' '.repeat(99)}`, /too long/]
])('the answer %j opens nothing', async (answer, why) => {
  echo.says(answer);
  await expect(askRunnerAddress(echo.url, signal)).rejects.toMatchObject({
    code: 'not-reachable',
    message: expect.stringMatching(why) as string,
    hint: expect.stringContaining('runner_address') as string
  });
});

test('a service that fails, or leads elsewhere, opens nothing', async () => {
  for (const status of [302, 429, 500]) {
    echo.says('203.0.113.7', status);
    await expect(askRunnerAddress(echo.url, signal)).rejects.toThrow(`status ${status}`);
  }
});

test('a service that does not answer names the input that replaces it', async () => {
  const gone = await startEcho('');
  await gone.stop();
  await expect(askRunnerAddress(gone.url, signal)).rejects.toMatchObject({ code: 'not-reachable' });
});
