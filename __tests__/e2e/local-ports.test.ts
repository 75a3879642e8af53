import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { ask } from '../support/client.ts';
import { openHarness, type Harness } from '../support/harness.ts';

const inputs = { cloud_provider: 'local', engine_version: '17' };

describe('the port of a server', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(async () => harness.close());

  test('is the requested one, and changes in place with a restart, and the outputs follow', async () => {
    const [job, from, to] = [await harness.job(), await freePort(), await freePort()];
    const first = await job.step({ ...inputs, name: 'moving', port: String(from) });
    expect(first.outputs).toMatchObject({ result: 'applied', port: String(from) });
    expect(await ask(first.outputs['database_url'], 'select inet_server_port()')).toBe(from);
    const step = await job.step({ ...inputs, name: 'moving', port: String(to) });
    expect(step.outputs).toMatchObject({ result: 'applied', port: String(to) });
    expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
    // A later step that finds it stopped starts it there.
    const servers = path.join(job.temp, 'pgkeep');
    const [folder = ''] = (await readdir(servers)).filter(name => /^moving-[0-9a-f]{8}$/.test(name));
    const kept: unknown = JSON.parse(await readFile(path.join(servers, folder, 'credentials.json'), 'utf8'));
    expect(kept).toMatchObject({ port: to, addresses: expect.arrayContaining(['127.0.0.1']) as string[] });
  });

  test('that is requested and taken is an error that names its holder, and leaves nothing behind', async () => {
    const job = await harness.job();
    const { server, port } = await listen();
    try {
      const planned = await job.step({ ...inputs, name: 'late', port: String(port), command: 'plan' });
      expect(planned.log).toMatch(new RegExp(`port ${port}: .*\\(pid ${process.pid}\\) uses it\\. An apply fails`));
      const step = await job.step({ ...inputs, name: 'late', port: String(port) });
      expect(step.exitCode).toBe(1);
      expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'port-in-use' });
      expect(step.log).toMatch(new RegExp(`port ${port}: .*\\(pid ${process.pid}\\) uses it`));
    } finally {
      server.close();
    }
    expect(await job.end()).toEqual([]);
  });

  test('is another free one for every further server of the job', async () => {
    const job = await harness.job();
    const steps = await Promise.all(['one', 'two'].map(name => job.step({ ...inputs, name })));
    expect(steps.map(step => step.outputs['result'])).toEqual(['applied', 'applied']);
    expect(new Set(steps.map(step => step.outputs['port'])).size).toBe(2);
    for (const step of steps) expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
  });
});

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

async function freePort(): Promise<number> {
  const { server, port } = await listen();
  await new Promise(resolve => server.close(resolve));
  return port;
}
