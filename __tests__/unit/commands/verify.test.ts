import type { Run } from '../../../src/commands/command.ts';
import { verify } from '../../../src/commands/verify.ts';
import type { Opened } from '../../../src/postgres/way-in.ts';
import type { Endpoint } from '../../../src/providers/endpoint.ts';
import { directly } from '../../../src/providers/way-in.ts';
import { load } from '../../../src/spec/load.ts';
import type { Raw } from '../../../src/spec/parse.ts';
import { objectsServer } from '../../support/objects-server.ts';
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

type Inputs = Readonly<Record<string, Raw>>;

const WRONG = 'Canary-wrong-9931';

const endpointWith = (password: string | undefined): Endpoint => ({
  host: '127.0.0.1',
  port: cluster.settings.port,
  database: 'postgres',
  username: 'postgres',
  sslmode: 'disable',
  ...(password === undefined ? {} : { password })
});

async function reached(password: string): Promise<Opened> {
  const way = directly(endpointWith(password));
  if (way.kind === 'not-reachable') return way;
  return way.open({ database: 'postgres' }, testContext().signal);
}

/** A firewall that lets no run in, one that the workflow asked to open, one that is open, and one that is passed by. */
type Firewall = 'closed' | 'asked' | 'open' | 'passed';

/** What a run says of a connection. `canVersion`: the provider keeps the version of a password. */
async function said(
  password: string | undefined,
  canVersion: boolean,
  firewall: Firewall = 'open',
  { inputs = {}, endpoint = endpointWith(password) }: { readonly inputs?: Inputs; readonly endpoint?: Endpoint } = {}
): Promise<readonly string[]> {
  const execution = testContext();
  const { spec } = load([{ values: { cloud_provider: 'aws', name: 'orders', master_password: WRONG, ...inputs } }]);
  const capability = canVersion ? { can: true } : { can: false, reason: 'it makes its passwords.' };
  const direct = directly(endpoint);
  const open = async (): Promise<Opened> => ({ kind: 'not-reachable', why: 'no answer', hint: 'Look again.' });
  const way =
    firewall === 'open' || direct.kind === 'not-reachable'
      ? direct
      : { ...direct, open, passesFirewall: firewall === 'passed' };
  const run = {
    runtime: { log: execution.log },
    execution,
    session: { wayIn: async () => way, runnerAccess: firewall === 'asked' ? { request: {} } : {} },
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

  test('with a changed password works once it is sent, as the hint says', async () => {
    expect((await said(WRONG, true)).join('\n')).toContain('change `master_password_version` as well');
    const { session } = (await reached(testPassword)) as Extract<Opened, { readonly kind: 'open' }>;
    try {
      await session.query(`ALTER ROLE postgres PASSWORD '${WRONG}'`);
      expect(await said(WRONG, true)).toEqual([expect.stringMatching(/^Connected to /)]);
    } finally {
      await session.query(`ALTER ROLE postgres PASSWORD '${testPassword.replaceAll("'", "''")}'`);
      await session.close();
    }
  });

  test('as an application role names the version of its own password, and works once that is changed', async () => {
    const server = objectsServer(cluster.target({ database: 'postgres' }));
    const inputs = (from: Inputs, version = '1') => ({
      ...from,
      roles: { app: { access: { postgres: 'readonly' }, password_version: version } },
      application_role: 'app'
    });
    await server.apply(inputs({ password_seed: 'a seed of more than 16' }));
    for (const [index, other] of [
      { password_seed: 'another seed of 16 or' },
      { role_passwords: 'app: of its own' }
    ].entries()) {
      const { endpoint } = (await server.outputs(inputs(other, `${index + 1}`))) ?? { endpoint: endpointWith(WRONG) };
      const more = { inputs: inputs(other), endpoint };
      const [line = ''] = await said(undefined, true, 'open', more);
      expect(line).toMatch(/a login as app failed: .*change the `password_version` of app in `roles` as well/);
      expect(line).not.toContain('master_password');
      await server.apply(inputs(other, `${index + 2}`));
      const sent = await server.outputs(inputs(other, `${index + 2}`));
      expect(await said(undefined, true, 'open', { ...more, ...sent })).toEqual([
        expect.stringMatching(/^Connected to /)
      ]);
    }
  });

  test('that a firewall prevents names the input that opens it, and works through the rule', async () => {
    expect((await said(testPassword, true, 'closed')).join('\n')).toContain('Set `runner_access: true`');
    expect((await said(testPassword, true, 'asked')).join('\n')).not.toContain('`runner_access');
    expect((await said(testPassword, true, 'passed')).join('\n')).toMatch(/no answer\. Look again\.$/);
    expect(await said(testPassword, true, 'open')).toEqual([expect.stringMatching(/^Connected to /)]);
  });

  test('omits the version hint when the provider keeps none', async () => {
    expect((await said(WRONG, false)).join('\n')).not.toContain('master_password_version');
  });

  test('is not attempted without a password', async () => {
    expect(await said(undefined, true)).toEqual([expect.stringContaining('does not know the password')]);
  });
});
