import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aws } from '../../src/providers/aws/provider.ts';
import { azure } from '../../src/providers/azure/provider.ts';
import { gcp } from '../../src/providers/gcp/provider.ts';
import { startAws } from '../clouds/aws/fake-aws.ts';
import { startAzure } from '../clouds/azure/fake-azure.ts';
import { ACCESS_TOKEN, FEDERATED_TOKEN } from '../clouds/azure/token.ts';
import { startDigitalOcean, TOKEN } from '../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../clouds/gcp/fake-gcp.ts';
import { ACCESS_TOKEN as GOOGLE_TOKEN } from '../clouds/gcp/supporting.ts';
import * as awsInputs from '../support/aws-inputs.ts';
import * as azureInputs from '../support/azure-inputs.ts';
import * as digitaloceanInputs from '../support/digitalocean-inputs.ts';
import * as gcpInputs from '../support/gcp-inputs.ts';
import { cloudRun } from '../support/cloud-run.ts';
import { digitaloceanRun } from '../support/digitalocean-run.ts';

const before = { ...process.env };
const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  process.env = { ...before };
  for (const one of open.splice(0)) await one.stop();
});

function started<T extends { stop(): Promise<void> }>(cloud: T): T {
  open.push(cloud);
  return cloud;
}

/** A server on this machine that issues credentials, as runners in a cloud have one. */
async function logins(answer: unknown): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  started({ stop: async () => void server.close() });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/login`;
}

test('AWS: the keys that its client obtains', async () => {
  const cloud = started(await startAws());
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: _key, AWS_SESSION_TOKEN: _token, ...env } = cloud.env;
  const login = { AccessKeyId: id, SecretAccessKey: 'canary-of-the-key', Token: 'canary-of-the-session' };
  const url = await logins({ ...login, Expiration: '2099-01-01T00:00:00Z' });
  // The library reads the environment of the process itself.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, { AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
  const own = { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
  const run = await cloudRun(aws, own, awsInputs.basic(cloud));
  await run.plan();
  expect(run.masked).toEqual(expect.arrayContaining([login.SecretAccessKey, login.Token]));
});

test('Azure: the access token', async () => {
  const cloud = started(await startAzure());
  cloud.trust();
  const run = await cloudRun(azure, cloud.env, azureInputs.basic());
  await run.plan();
  expect(run.masked).toContain(ACCESS_TOKEN);
});

test('Azure: the assertion of a file', async () => {
  const cloud = started(await startAzure({ login: 'federated' }));
  cloud.trust();
  const run = await cloudRun(azure, cloud.env, azureInputs.basic());
  await run.plan();
  expect(run.masked).toEqual(expect.arrayContaining([FEDERATED_TOKEN, ACCESS_TOKEN]));
});

test('Azure: the identity token that GitHub issues', async () => {
  const cloud = started(await startAzure());
  cloud.trust();
  const { AZURE_CLIENT_SECRET: _secret, ...env } = cloud.env;
  const url = await logins({ value: FEDERATED_TOKEN });
  const job = {
    ACTIONS_ID_TOKEN_REQUEST_URL: url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job',
    AZURE_CONFIG_DIR: '/nowhere'
  };
  const run = await cloudRun(azure, { ...env, ...job }, azureInputs.basic());
  await run.plan();
  expect(run.masked).toEqual(expect.arrayContaining([FEDERATED_TOKEN, ACCESS_TOKEN]));
});

test('Google: the access token', async () => {
  const cloud = started(await startGcp());
  const run = await cloudRun(gcp, cloud.env, gcpInputs.basic());
  await run.plan();
  expect(run.masked).toContain(GOOGLE_TOKEN);
});

test('DigitalOcean: its token, and addresses with passwords in its answers', async () => {
  const cloud = started(await startDigitalOcean());
  const run = await digitaloceanRun(cloud, digitaloceanInputs.basic());
  await run.apply();
  expect(run.masked).toContain(TOKEN);
  expect(run.masked.some(one => /^postgresql:\/\/[^:]+:[^@]+@/.test(one))).toBe(true);
});
