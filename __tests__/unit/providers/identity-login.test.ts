import { databaseToken } from '../../../src/providers/aws/api/database-token.ts';
import { directlyAs } from '../../../src/providers/identity-login.ts';
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
import { run as runSql } from '../../support/pull-request-database.ts';
import { testClusters, testPassword, type TestCluster, type TestClusters } from '../../support/real-server.ts';

const signal = new AbortController().signal;
const USER = 'deployer@shop-project.iam';

let clusters: TestClusters;
let postgres: TestCluster;
let endpoint: Endpoint;
beforeAll(async () => {
  clusters = await testClusters();
  postgres = await clusters.create();
  await postgres.start();
  const { port } = postgres.settings;
  endpoint = { host: '127.0.0.1', port, database: 'postgres', username: 'postgres', sslmode: 'disable' };
  await runSql(postgres.target(), `create role "${USER}" login`);
});
afterAll(async () => clusters.remove());

/** Clouds whose servers know users by the identity of a run, each with what stops it. */
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

test.each(Object.keys(CLOUDS))(
  'a login with the identity of a run on %s is a masked token, and no password',
  async name => {
    const [run, stop] = (await CLOUDS[name]?.({ login_as: USER })) ?? [];
    const login = await run?.identityLogin(endpoint);
    if (run === undefined || login === undefined) throw new Error(name);
    const token = await login.token();
    expect(token.length).toBeGreaterThan(20);
    expect(run.masked).toContain(token);
    // A server without the cloud behind it takes the token for a password.
    await runSql(postgres.target(), `alter role "${USER}" password '${token}'`);
    const opened = await directlyAs(endpoint, { ...login, token: async () => token }).open(
      { database: 'postgres' },
      signal
    );
    if (opened.kind === 'not-reachable') throw new Error(opened.why);
    expect(await opened.session.query('select current_user as name')).toEqual([{ name: USER }]);
    await opened.session.close();
    await stop?.();
  }
);

test.each(Object.keys(CLOUDS))('without `login_as` the login on %s is the password', async name => {
  const [run, stop] = (await CLOUDS[name]?.({})) ?? [];
  expect(await run?.identityLogin(endpoint)).toBeUndefined();
  await stop?.();
});

test('Entra is asked for a token of the database, and not of Resource Manager', async () => {
  const cloud = await startAzure();
  const run = await azureRun(cloud, { ...azureBasic(), login_as: 'keepers' });
  await (await run.identityLogin(endpoint))?.token();
  expect(cloud.scopes()).toContain('https://ossrdbms-aad.database.windows.net/.default');
  await cloud.stop();
});

test('a given login, such as the new role of a database, has its own password', async () => {
  const never = async (): Promise<string> => {
    throw new Error('asked for a token');
  };
  const opened = await directlyAs(endpoint, { user: USER, token: never }).open(
    { database: 'postgres', login: { user: 'postgres', password: testPassword } },
    signal
  );
  if (opened.kind === 'not-reachable') throw new Error(opened.why);
  expect(await opened.session.query('select current_user as name')).toEqual([{ name: 'postgres' }]);
  await opened.session.close();
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
