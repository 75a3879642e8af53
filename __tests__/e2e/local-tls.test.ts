import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { ask } from '../support/client.ts';
import { exampleSteps } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';

const [inputs = {}] = exampleSteps('local-tls.yml');

describe('a server with TLS', () => {
  let harness: Harness;
  let job: Job;
  let step: Step;
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    step = await job.step(inputs);
  });
  afterAll(async () => harness.close());

  test('is reached with verify-full and the certificate that the outputs name', async () => {
    expect(step.outputs).toMatchObject({ result: 'applied', sslmode: 'verify-full' });
    expect(step.outputs['database_url']).toContain('sslmode=verify-full&sslrootcert=');
    expect(await ask(step.outputs['database_url'], 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toBe(
      true
    );
    const ca = await readFile(step.outputs['ca_certificate_path'] ?? '', 'utf8');
    expect(step.outputs['ca_certificate']).toBe(ca);
    expect(ca).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(ca).not.toContain('PRIVATE KEY');
  });

  test.each(['127.0.0.1', 'localhost'])('proves to be %s', async host => {
    const { port, username, password, database, ca_certificate_path: file } = step.outputs;
    const client = new Client({
      host,
      port: Number(port),
      user: username,
      password,
      database,
      ssl: { ca: await readFile(file ?? '', 'utf8'), rejectUnauthorized: true }
    });
    await client.connect();
    await client.end();
  });

  test('is refused by a client that does not trust the certificate', async () => {
    const { host, port, username, password } = step.outputs;
    const client = new Client({
      host,
      port: Number(port),
      user: username,
      password,
      ssl: { rejectUnauthorized: true }
    });
    await expect(client.connect()).rejects.toThrow(/self-signed|unable to verify/i);
  });

  test('plans nothing when it is applied again', async () => {
    expect((await job.step(inputs)).outputs['result']).toBe('no-changes');
  });

  test('switches TLS off again without a restart', async () => {
    const plain = await job.step({ ...inputs, tls: 'false' });
    expect(await changesOf(plain)).toEqual(['server tls: true → false (online)']);
    expect(plain.outputs['sslmode']).toBe('disable');
    expect(await ask(plain.outputs['database_url'], 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toBe(
      false
    );
  });
});
