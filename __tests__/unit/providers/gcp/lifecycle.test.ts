import { startGcp, UNHURRIED, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';
import { basic, everything } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';

/** What goes on for long: an instance, and what it is busy with. */
const goesOn = (action: string): boolean => /^(?:instances|users)\./.test(action);

type With = Readonly<Record<string, string>>;

const EVERYTHING = everything();

const start = async (): Promise<FakeGcp> => startGcp({ pace: UNHURRIED });

const applied = {};

test.each(['apply', 'destroy'] as const)(
  'the %s of everything that is killed, or loses its answer, at any call is finished by the next one',
  async work => {
    const run = async (cloud: FakeGcp) => gcpRun(cloud, EVERYTHING);
    expect(await interruptEveryCall({ start, run, work, goesOn, applied })).toEqual([]);
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
