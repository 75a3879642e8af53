import type { Run } from '../../../src/commands/command.ts';
import { verify } from '../../../src/commands/verify.ts';
import type { Endpoint } from '../../../src/providers/endpoint.ts';
import { directly } from '../../../src/providers/way-in.ts';
import { load } from '../../../src/spec/load.ts';
import {
  testClusters,
  testContext,
  testPassword,
  type TestCluster,
  type TestClusters
} from '../../support/real-server.ts';

let clusters: TestClusters;
let cluster: TestCluster;

beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.start();
});

afterAll(async () => clusters.remove());

const WRONG = 'Canary-wrong-9931';

/** What a run says of a connection. `canVersion`: the provider keeps the version of a password. */
async function said(password: string | undefined, canVersion: boolean): Promise<readonly string[]> {
  const execution = testContext();
  const { spec } = load([{ values: { cloud_provider: 'aws', name: 'orders', master_password: WRONG } }]);
  const capability = canVersion ? { can: true } : { can: false, reason: 'it makes its passwords.' };
  const endpoint: Endpoint = {
    host: '127.0.0.1',
    port: cluster.settings.port,
    database: 'postgres',
    username: 'postgres',
    sslmode: 'disable',
    ...(password === undefined ? {} : { password })
  };
  const run = {
    runtime: { log: execution.log },
    execution,
    session: { wayIn: async () => directly(endpoint) },
    inputs: { spec },
    provider: { capabilities: { 'password-version': capability } }
  } as unknown as Run;
  await verify(run, [], { endpoint });
  return execution.lines;
}

describe('the connection after an apply', () => {
  test('reports the server that answered', async () => {
    expect(await said(testPassword, true)).toEqual([expect.stringMatching(/^Connected to .*: PostgreSQL 17/)]);
  });

  test('with another password explains how a changed one is sent, without the password', async () => {
    const [line, ...more] = await said(WRONG, true);
    expect(more).toEqual([]);
    expect(line).toMatch(/a login as postgres failed: .*change `master_password_version` as well/);
    expect(line).not.toContain(WRONG);
  });

  test('omits the version hint when the provider keeps none', async () => {
    expect((await said(WRONG, false)).join('\n')).not.toContain('master_password_version');
  });

  test('is not attempted without a password', async () => {
    expect(await said(undefined, true)).toEqual([expect.stringContaining('does not know the password')]);
  });
});
