import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { changesOf, planOf } from '../support/harness.ts';

describe('an account with problems', () => {
  let on: AwsHarness;
  let inputs: Readonly<Record<string, string>>;
  let back = (): void => {};
  let toServer = (): void => {};
  beforeAll(async () => {
    on = await openAws();
    inputs = on.example('aws-basic');
    back = on.aws.savepoint();
    await (await on.inProcess(inputs)).apply();
    toServer = on.aws.savepoint();
  });
  beforeEach(() => {
    back();
  });
  afterAll(async () => on.close());

  const servers = (): readonly string[] => [...on.aws.state().instances.keys()];
  const createCalls = (): number => on.aws.calls().filter(call => call.action === 'CreateDBInstance').length;

  test('that throttles now and then does not fail the run', async () => {
    for (const nth of [2, 7, 15, 24]) on.aws.fault({ action: '*', nth, code: 'Throttling' });
    const step = await on.step(inputs);
    expect(step.outputs).toMatchObject({ result: 'applied' });
    expect(await on.planned(inputs)).toEqual([]);
  }, 60_000);

  test.each([
    ['cut', { when: 'after' as const }],
    ['an internal failure', { when: 'after' as const, code: 'InternalFailure', status: 500 }]
  ])(
    'whose answer to the create call is %s gets one server',
    async (_what, fault) => {
      on.aws.fault({ action: 'CreateDBInstance', ...fault });
      const step = await on.step(inputs);
      expect(step.outputs['result']).toBe('applied');
      expect(servers()).toEqual(['learning-assistant-db']);
      expect(await on.planned(inputs)).toEqual([]);
    },
    60_000
  );

  test('whose server ends in a failed state fails the run at once, with the words of its event log', async () => {
    on.aws.doom('learning-assistant-db', { status: 'incompatible-network', message: 'No free address in subnet-1.' });
    const step = await on.step(inputs);
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'provider-failed' });
    expect(step.log).toContain('incompatible-network');
    expect(step.log).toContain('No free address in subnet-1.');
    expect(createCalls()).toBe(1);
  });

  test('that runs out of time leaves the creation in progress, and the next run continues it without a second create', async () => {
    const first = await on.step({ ...inputs, wait: 'false' });
    expect(first.outputs['result']).toBe('in-progress');
    const second = await on.step(inputs);
    expect(second.outputs['result']).toMatch(/^(applied|no-changes)$/);
    expect(createCalls()).toBe(1);
    expect(await on.planned(inputs)).toEqual([]);
  });

  test('that denies a call names the permission', async () => {
    on.aws.fault({
      action: 'CreateDBInstance',
      times: 9,
      code: 'AccessDenied',
      status: 403,
      message: 'not authorized'
    });
    const step = await on.step(inputs);
    expect(step.exitCode).toBe(1);
    expect(step.log).toContain('rds:CreateDBInstance');
  });

  test('whose key has expired fails before anything is done', async () => {
    on.aws.fault({
      action: '*',
      times: 99,
      code: 'ExpiredToken',
      status: 403,
      message: 'The security token included in the request is expired'
    });
    const step = await on.step(inputs);
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toMatch(/^(provider-denied|credentials-missing)$/);
    expect(on.aws.leftovers()).toEqual([]);
  });

  test('that has an unmarked server of that name refuses it, and changes nothing', async () => {
    toServer();
    const server = on.aws.state().instances.get('learning-assistant-db');
    if (server === undefined) throw new Error('no server');
    Object.assign(server.tags, { tags: [], staleReads: 0 });
    const before = on.aws.mutations().length;
    const step = await on.step({ ...inputs, backup_retention_period: '9' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs['result']).toBe('failed');
    expect(on.aws.mutations().length).toBe(before);
  });

  test('in which a user changed a setting shows the drift and reverts it', async () => {
    toServer();
    const server = on.aws.state().instances.get('learning-assistant-db');
    if (server === undefined) throw new Error('no server');
    server.live.BackupRetentionPeriod = 2;
    const checked = await on.step({ ...inputs, command: 'check' });
    expect(checked.outputs).toMatchObject({ result: 'drifted' });
    await on.step(inputs);
    expect((await on.step({ ...inputs, command: 'check' })).outputs['result']).toBe('no-changes');
  });

  test('in which a user queued a change for the window reports it before applying it', async () => {
    toServer();
    const server = on.aws.state().instances.get('learning-assistant-db');
    if (server === undefined) throw new Error('no server');
    server.waiting = { MultiAZ: true };
    server.live.PendingModifiedValues = { MultiAZ: true };
    const plan = await on.step({
      ...inputs,
      instance_class: 'db.t3.small',
      apply_immediately: 'true',
      command: 'plan'
    });
    const { notices } = await planOf(plan);
    expect(notices.map(notice => notice.message).join('\n')).toMatch(/multi_az/);
  });

  test('takes a change for the maintenance window, which is planned as deferred, not proposed again while it is queued, and done when the window has passed', async () => {
    toServer();
    const larger = { ...inputs, instance_class: 'db.t3.medium' };
    const step = await on.step(larger);
    expect(await changesOf(step)).toEqual(['server instance_class: db.t3.micro → db.t3.medium (deferred)']);
    expect(on.aws.state().instances.get('learning-assistant-db')?.live.DBInstanceClass).toBe('db.t3.micro');
    expect(await changesOf(await on.step({ ...larger, command: 'plan' }))).toEqual([]);
    on.aws.maintenance('learning-assistant-db');
    expect(await on.planned(larger)).toEqual([]);
    expect(on.aws.state().instances.get('learning-assistant-db')?.live.DBInstanceClass).toBe('db.t3.medium');
  });
});
