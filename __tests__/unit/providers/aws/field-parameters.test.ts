import { clients } from '../../../clouds/aws/clients.ts';
import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
let back = (): void => {};
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  await (await awsRun(cloud, basic(cloud))).apply();
  back = cloud.savepoint();
});
beforeEach(() => {
  back();
});
afterAll(async () => cloud.stop());

/** A group that a team made, with these parameters. */
async function group(name: string, parameters: With, family = 'postgres16'): Promise<void> {
  const { rds } = clients(cloud);
  await rds.createDBParameterGroup({ DBParameterGroupName: name, DBParameterGroupFamily: family, Description: 'team' });
  const Parameters = Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
    ParameterName,
    ParameterValue,
    ApplyMethod: 'pending-reboot' as const
  }));
  if (Parameters.length > 0) await rds.modifyDBParameterGroup({ DBParameterGroupName: name, Parameters });
}

/** The team's group on the server, as if it had been set in the console. */
async function uses(name: string, id = 'orders'): Promise<void> {
  const live = cloud.state().instances.get(id)?.live;
  if (live === undefined) throw new Error(`no instance ${id}`);
  live.DBParameterGroups = [{ DBParameterGroupName: name, ParameterApplyStatus: 'in-sync' }];
}

async function lost(more: With): Promise<readonly string[]> {
  const { plan } = await (await awsRun(cloud, { ...basic(cloud), ...more })).plan();
  return plan.notices.flatMap(({ code, severity, message }) =>
    code === 'parameters-lost' ? [`${severity} ${message}`] : []
  );
}

describe("parameters of another owner's group that the new one lacks are reported", () => {
  test('when ours takes its place', async () => {
    await group('team', { work_mem: '65536', log_min_duration_statement: '500' });
    await uses('team');
    expect(await lost({ parameters: 'work_mem: 32MB' })).toEqual([
      'warning The group team sets parameters that orders-postgres16 does not, and server orders loses them: ' +
        'log_min_duration_statement = 500ms. List them in `parameters` to keep them.'
    ]);
  });

  test('and no longer once they are listed, as the hint says', async () => {
    await group('team', { work_mem: '65536', log_min_duration_statement: '500' });
    await uses('team');
    const kept = { parameters: 'work_mem: 64MB\nlog_min_duration_statement: 500ms' };
    expect(await lost(kept)).toEqual([]);
    await (await awsRun(cloud, { ...basic(cloud), ...kept })).apply();
    expect(await lost(kept)).toEqual([]);
  });

  test('as a danger, when TLS is no longer enforced', async () => {
    const old = { name: 'legacy', engine_version: '14' };
    await (await awsRun(cloud, { ...basic(cloud), ...old })).apply();
    await group('team', { 'rds.force_ssl': '1' }, 'postgres14');
    await uses('team', 'legacy');
    expect(await lost({ ...old, parameters: 'work_mem: 32MB' })).toEqual([
      expect.stringMatching(/^danger .*rds\.force_ssl = 1/)
    ]);
  });

  test('when another given group takes its place, which then has to hold them', async () => {
    await group('team', { work_mem: '65536' });
    await group('other', { log_min_duration_statement: '500' });
    await uses('team');
    expect(await lost({ parameter_group_name: 'other' })).toEqual([
      expect.stringMatching(/work_mem = 64MB\. Set them in that group/)
    ]);
    await clients(cloud).rds.modifyDBParameterGroup({
      DBParameterGroupName: 'other',
      Parameters: [{ ParameterName: 'work_mem', ParameterValue: '65536', ApplyMethod: 'immediate' }]
    });
    expect(await lost({ parameter_group_name: 'other' })).toEqual([]);
  });

  test('when a major upgrade leaves the group for the default of the new version', async () => {
    await group('team', { work_mem: '65536' });
    await uses('team');
    const upgrade = { engine_version: '17', allow_major_version_upgrade: 'true', apply_immediately: 'true' };
    expect(await lost(upgrade)).toEqual([expect.stringMatching(/default\.postgres17 does not.*work_mem = 64MB/)]);
    expect(await lost({ ...upgrade, parameters: 'work_mem: 64MB' })).toEqual([]);
  });

  test('also what ours had and this workflow does not list', async () => {
    const ours = { parameters: 'work_mem: 32MB\nlog_min_duration_statement: 500ms' };
    await (await awsRun(cloud, { ...basic(cloud), ...ours })).apply();
    await group('team', { log_min_duration_statement: '500' });
    await uses('team');
    expect(await lost({ parameters: 'work_mem: 32MB' })).toEqual([
      expect.stringMatching(/server orders loses them: log_min_duration_statement = 500ms/)
    ]);
  });

  test('for a replica that has a group of its own', async () => {
    const inputs = { create_read_replica: 'true', read_replica_count: '1', parameters: 'work_mem: 32MB' };
    await (await awsRun(cloud, { ...basic(cloud), ...inputs })).apply();
    await group('reporting', { log_min_duration_statement: '500' });
    await uses('reporting', 'orders-replica-1');
    expect(await lost(inputs)).toEqual([expect.stringMatching(/read replica orders-replica-1 loses them/)]);
  });
});

test('no notice for a parameter at its default, nor for a default group', async () => {
  await group('team', { 'rds.force_ssl': '1' });
  await uses('team');
  expect(await lost({ parameters: 'work_mem: 32MB' })).toEqual([]);
  await uses('default.postgres16');
  expect(await lost({ parameters: 'work_mem: 32MB' })).toEqual([]);
});

test('a notice names a group that may not be read', async () => {
  await group('team', { work_mem: '65536' });
  await uses('team');
  cloud.fault({ action: 'DescribeDBParameters', times: 9, code: 'AccessDenied', status: 403 });
  const { plan } = await (await awsRun(cloud, { ...basic(cloud), parameters: 'work_mem: 32MB' })).plan();
  expect(plan.notices.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(
      /Could not check which parameters server orders loses with the group team: `rds:DescribeDBParameters`/
    )
  );
});

test('words and booleans that RDS lists in another form are written in that form, and are settled then', async () => {
  // RDS takes the last two for its own: they have the defaults.
  const words =
    'pg_stat_statements.track: all\nkrb_caseins_users: on\ncron.log_run: false\npgaudit.log: DDL, role\ntrack_io_timing: on\nshared_preload_libraries: pg_stat_statements';
  const inputs = { ...basic(cloud), parameters: words };
  await (await awsRun(cloud, inputs)).apply();
  const written =
    cloud.state().parameterGroups.get('orders-postgres16')?.values ?? new Map<string, { value: string }>();
  expect([...written].map(([name, { value }]) => `${name} = ${value}`).sort()).toEqual([
    'cron.log_run = off',
    'krb_caseins_users = true',
    'pg_stat_statements.track = ALL',
    'pgaudit.log = ddl,role',
    'shared_preload_libraries = pg_stat_statements',
    'track_io_timing = 1'
  ]);
  const { plan } = await (await awsRun(cloud, inputs)).plan();
  expect(lines(plan)).toEqual([]);
});
