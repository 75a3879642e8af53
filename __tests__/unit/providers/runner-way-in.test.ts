import type { WayIn } from '../../../src/postgres/way-in.ts';
import { runnerWayIn } from '../../../src/providers/runner-way-in.ts';
import { directly } from '../../../src/providers/way-in.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { accessFor, FIREWALLS, type FirewalledServer, type TestAccess } from '../../support/firewalls.ts';
import { gateTo, type Gate } from '../../support/gate.ts';
import { testClusters, testPassword, type TestCluster, type TestClusters } from '../../support/real-server.ts';

const RUNNER = '203.0.113.7';
const signal = new AbortController().signal;

let clusters: TestClusters;
let postgres: TestCluster;
beforeAll(async () => {
  clusters = await testClusters();
  postgres = await clusters.create();
  await postgres.start();
});
afterAll(async () => clusters.remove());

/** The way to the real server, behind the firewall of a fake cloud. */
function wayTo({ session, execution }: CloudRun, { host, port }: Gate): WayIn {
  const login = { database: 'postgres', username: 'postgres', password: testPassword, sslmode: 'disable' } as const;
  const direct = directly({ host, port, ...login });
  if (direct.kind === 'not-reachable' || session.runnerAccess === undefined) throw new Error('There is no way');
  return runnerWayIn(direct, session.runnerAccess, execution);
}

/** What the server answers, or why there is no connection. */
async function said(way: WayIn): Promise<string> {
  const opened = await way.open({ database: 'postgres' }, signal);
  if (opened.kind === 'not-reachable') return `${opened.why}. ${opened.hint}`;
  const [row] = await opened.session.query<{ name: string }>('select current_database() as name');
  await opened.session.close();
  return row?.name ?? '';
}

test('without the password of the master user there is no way, and with it there is', async () => {
  const login = { host: '127.0.0.1', port: postgres.settings.port, database: 'postgres', username: 'postgres' };
  expect(directly({ ...login, sslmode: 'disable' })).toMatchObject({
    hint: 'Set `master_password` to the password of the master user.'
  });
  const way = directly({ ...login, sslmode: 'disable', password: testPassword });
  expect(way.kind === 'way-in' ? await said(way) : way.why).toBe('postgres');
});

describe.each(Object.keys(FIREWALLS))('a PostgreSQL server behind the firewall of %s', cloud => {
  let server: FirewalledServer;
  let address = RUNNER;
  /** Connections that are still refused after the rule was written. */
  let lag = 0;
  let gate: Gate;
  beforeAll(async () => {
    const started = await FIREWALLS[cloud]?.();
    if (started === undefined) throw new Error(cloud);
    server = started;
    gate = await gateTo(postgres.settings, () => {
      const isAdmitted = server.entries().some(entry => entry.address === address);
      return isAdmitted && (lag -= 1) < 0;
    });
  });
  beforeEach(() => {
    [address, lag] = [RUNNER, 0];
  });
  afterEach(() => server.reset());
  afterAll(async () => {
    await gate.close();
    await server.stop();
  });
  const opened = async (access: TestAccess): Promise<CloudRun> => server.run({ access });

  test('is reached while the session lasts, and not without it', async () => {
    const run = await opened(accessFor([RUNNER]));
    expect(await said(wayTo(run, gate))).toBe('postgres');
    expect(await said(wayTo(run, gate))).toBe('postgres');
    await run.session.close();
    const closed = await opened(accessFor([RUNNER], { isAllowed: false }));
    expect(await said(wayTo(closed, gate))).toContain('runner_access_in_plan');
    expect(server.entries()).toHaveLength(1);
  });

  test('is reached in a plan by a runner that an entry of others admits', async () => {
    server.add({ address: RUNNER, name: 'office' });
    const run = await opened(accessFor([RUNNER], { isAllowed: false }));
    expect(await said(wayTo(run, gate))).toBe('postgres');
    await run.session.close();
  });

  test('is reached by connecting until a new rule counts', async () => {
    lag = 3;
    const run = await opened(accessFor([RUNNER]));
    expect(await said(wayTo(run, gate))).toBe('postgres');
    expect(run.execution.clock.slept.filter(seconds => seconds === 2)).toHaveLength(3);
    await run.session.close();
  });

  test('is reached after the address has changed within the job', async () => {
    address = '203.0.113.8';
    const run = await opened(accessFor([RUNNER, '203.0.113.8']));
    expect(await said(wayTo(run, gate))).toBe('postgres');
    await run.session.close();
    expect(server.entries()).toHaveLength(1);
  });

  test('that stays out of reach says by which address it was tried, and what to set', async () => {
    lag = 1_000_000;
    const run = await opened(accessFor([RUNNER]));
    const words = await said(wayTo(run, gate));
    expect(words).toContain(`although the firewall admits ${RUNNER}`);
    expect(words).toContain('Set `runner_address` to the address by which this runner leaves its network');
    await run.session.close();
    // That address, as `runner_address` gives it.
    [address, lag] = ['203.0.113.9', 0];
    const corrected = await opened(accessFor([address]));
    expect(await said(wayTo(corrected, gate))).toBe('postgres');
    await corrected.session.close();
    expect(server.entries()).toHaveLength(1);
  });

  test('is not reached, and nothing stays, when the cloud does not allow to open it', async () => {
    server.fault({ action: server.calls[0], code: 'AccessDenied', status: 403, times: 40 });
    const run = await opened(accessFor([RUNNER]));
    expect(await said(wayTo(run, gate))).toMatch(/its firewall could not be opened: Could not /);
    server.clearFaults();
    await run.session.close();
    expect(server.entries()).toHaveLength(1);
  });
});
