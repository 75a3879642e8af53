import { startGcp, UNHURRIED, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';
import { basic, everything } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';

/** What goes on for long: an instance, and what it is busy with. */
const goesOn = (action: string): boolean => /^(?:instances|users)\./.test(action);

type With = Readonly<Record<string, string>>;

const EVERYTHING = everything();

const start = async (): Promise<FakeGcp> => startGcp({ pace: UNHURRIED });

describe.each([
  ['small', basic(), 'db-custom-2-7680'],
  ['with everything', EVERYTHING, 'db-perf-optimized-N-4']
] as const)('a database on Cloud SQL, %s,', (_, inputs: With, larger: string) => {
  let cloud: FakeGcp;
  beforeEach(async () => {
    cloud = await start();
  });
  afterEach(async () => cloud.stop());

  test('is created as planned, needs no change then, is changed, and leaves nothing behind', async () => {
    const made = await gcpRun(cloud, inputs);
    expect((await made.apply()).plan.steps.map(({ action }) => action)).not.toContain('blocked');
    expect(lines((await made.plan()).plan)).toEqual([]);
    const observed = await made.session.observe();
    const calls = cloud.calls().length;
    expect((await made.session.desired(observed)).length).toBeGreaterThan(0);
    expect(cloud.calls().slice(calls)).toEqual([]);
    const changed = await gcpRun(cloud, {
      ...inputs,
      tier: larger,
      disk_size: '60',
      engine_version: '17',
      allow_major_version_upgrade: 'true'
    });
    expect(lines((await changed.plan()).plan).join('\n')).toContain(larger);
    await changed.apply();
    const live = cloud.state.instances.get('orders')?.json;
    expect(live).toMatchObject({ databaseVersion: 'POSTGRES_17', settings: { tier: larger, dataDiskSizeGb: '60' } });
    expect(lines((await changed.plan()).plan)).toEqual([]);
    await changed.destroy();
    expect(cloud.leftovers()).toEqual([]);
  });
});

test.each(['apply', 'destroy'] as const)(
  'the %s of everything that is killed, or loses its answer, at any call is finished by the next one',
  async work => {
    const run = async (cloud: FakeGcp) => gcpRun(cloud, EVERYTHING);
    expect(await interruptEveryCall({ start, run, work, goesOn })).toEqual([]);
  }
);

describe('a change of a database on Cloud SQL', () => {
  const before: With = {
    ...basic(),
    iam_database_authentication_enabled: 'true',
    iam_users: 'ann@example.com',
    master_password_version: '1',
    create_read_replica: 'true',
    parameters: 'max_connections: "100"',
    alarms: 'cpu\nconnections'
  };
  const after: With = {
    ...before,
    tier: 'db-custom-2-7680',
    disk_size: '60',
    engine_version: '17',
    allow_major_version_upgrade: 'true',
    iam_users: 'group:team@example.com',
    master_password_version: '2',
    parameters: 'max_connections: "200"',
    alarms: 'cpu: {threshold: 70}',
    tags: 'Cost: low'
  };
  test('that is killed, or loses its answer, at any call is finished by the next run', async () => {
    const wrong = await interruptEveryCall({
      start,
      before: async cloud => gcpRun(cloud, before),
      run: async cloud => gcpRun(cloud, after),
      work: 'apply',
      goesOn
    });
    expect(wrong).toEqual([]);
  });
});
