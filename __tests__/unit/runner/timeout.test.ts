import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../../src/main.ts';
import type { Runtime } from '../../../src/runner/runtime.ts';
import { openSecrets } from '../../../src/secrecy/secrecy.ts';

const silent = (): void => {};

let server: Server;
beforeEach(async () => {
  // Takes every request and answers none.
  server = createServer(silent);
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A run in which a minute takes 60 milliseconds, with its outputs and the last error of its log. */
async function ended(inputs: Readonly<Record<string, string>>) {
  const outputs: Record<string, string> = {};
  const errors: string[] = [];
  const stalled = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const runtime: Runtime = {
    env: {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_SHA: 'f00d',
      DIGITALOCEAN_TOKEN: 'dop_v1_token',
      DIGITALOCEAN_API_URL: stalled,
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
    },
    log: {
      debug: silent,
      info: silent,
      notice: silent,
      warning: silent,
      error: message => errors.push(message),
      group: async (_title, body) => body()
    },
    clock: {
      now: () => new Date(),
      sleep: async (seconds, signal) => {
        await sleep(seconds, undefined, signal === undefined ? {} : { signal });
      }
    },
    random: () => 0.5,
    signal: new AbortController().signal,
    paths: { temp: tmpdir(), toolCache: tmpdir(), workspace: tmpdir(), action: tmpdir() },
    eventPayload: '{}',
    mask: silent,
    showNames: () => {},
    secrecy: openSecrets(),
    setOutput: (name, value) => (outputs[name] = value),
    exportVariable: silent,
    addPath: silent,
    writeSummary: async () => {},
    saveState: silent,
    readState: () => '',
    fail: silent
  };
  await run(runtime);
  return { outputs, error: errors.at(-1) };
}

const DATABASE = { cloud_provider: 'digitalocean', name: 'orders', engine_version: '16', timeout_minutes: '2' };

test.each(['plan', 'apply', 'outputs', 'check', 'doctor'])(
  '%s ends with timeout_minutes although no call is answered, and says how to continue',
  async command => {
    const { outputs, error } = await ended({ ...DATABASE, command });
    expect(outputs).toMatchObject({ result: 'in-progress', failure_reason: 'in-progress' });
    expect(error).toContain('The run is not finished after 2 min. Nothing was undone. Run the workflow again');
  }
);
