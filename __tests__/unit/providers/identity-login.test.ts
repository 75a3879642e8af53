import { databaseToken } from '../../../src/providers/aws/api/database-token.ts';
import type { Endpoint } from '../../../src/providers/endpoint.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as awsBasic } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as azureBasic } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as gcpBasic } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

const endpoint: Endpoint = {
  host: '127.0.0.1',
  port: 5432,
  database: 'postgres',
  username: 'postgres',
  sslmode: 'verify-full'
};

/**
 * Clouds whose servers know users by the identity of a run, each with what stops it. A login to a real server: see
 * objects-on-clouds.test.ts.
 */
const CLOUDS: Readonly<
  Record<string, (inputs: Readonly<Record<string, string>>) => Promise<[CloudRun, () => Promise<void>]>>
> = {
  aws: async inputs => {
    const cloud = await startAws();
    return [await awsRun(cloud, { ...awsBasic(cloud), ...inputs }), async () => cloud.stop()];
  },
  azure: async inputs => {
    const cloud = await startAzure();
    return [await azureRun(cloud, { ...azureBasic(), ...inputs }), async () => cloud.stop()];
  },
  gcp: async inputs => {
    const cloud = await startGcp();
    return [await gcpRun(cloud, { ...gcpBasic(), ...inputs }), async () => cloud.stop()];
  }
};

test.each(Object.keys(CLOUDS))('without `login_as` the login on %s is the password', async name => {
  const [run, stop] = (await CLOUDS[name]?.({})) ?? [];
  expect(await run?.identityLogin(endpoint)).toBeUndefined();
  await stop?.();
});

test.each(Object.keys(CLOUDS))('with `login_as` the login on %s is that user', async name => {
  const [run, stop] = (await CLOUDS[name]?.({ login_as: 'keepers' })) ?? [];
  expect(await run?.identityLogin(endpoint)).toMatchObject({ user: 'keepers' });
  await stop?.();
});

test('Entra is asked for a token of the database, and not of Resource Manager', async () => {
  const cloud = await startAzure();
  const run = await azureRun(cloud, { ...azureBasic(), login_as: 'keepers' });
  await (await run.identityLogin(endpoint))?.token();
  expect(cloud.scopes()).toContain('https://ossrdbms-aad.database.windows.net/.default');
  await cloud.stop();
});

test('a token of RDS is what AWS signs: 15 minutes, for one user at one address', async () => {
  const token = await databaseToken({
    host: 'orders.abc123.eu-west-1.rds.amazonaws.com',
    port: 5432,
    user: 'deployer',
    region: 'eu-west-1',
    login: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    now: new Date('2026-11-28T12:00:00Z')
  });
  const { host, pathname, searchParams } = new URL(`https://${token}`);
  expect([host, pathname]).toEqual(['orders.abc123.eu-west-1.rds.amazonaws.com:5432', '/']);
  // The signature was computed apart from this code, by AWS's description of Signature Version 4.
  expect(Object.fromEntries(searchParams)).toEqual({
    Action: 'connect',
    DBUser: 'deployer',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20261128/eu-west-1/rds-db/aws4_request',
    'X-Amz-Date': '20261128T120000Z',
    'X-Amz-Expires': '900',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': '262f9a2a5b36375e853a0e4e1c10a09cc803a0b5f2e3b976f00c5baff35bb4ee'
  });
});
