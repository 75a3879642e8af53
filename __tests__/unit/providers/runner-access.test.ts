import { expiryOfRule, ruleNameFor } from '../../../src/providers/runner-access.ts';
import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startDigitalOcean, type FakeDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { basic as awsBasic } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { accessFor, FIREWALLS, type FirewalledServer } from '../../support/firewalls.ts';

const RUNNER = '203.0.113.7';
const OURS = { repository: 'acme/shop' };
const expiresAt = new Date('2026-01-01T01:15:00Z');
const past = new Date('2025-12-31T23:00:00Z');
const nameOf = (repository: string, until: Date): string =>
  ruleNameFor({ repository }, RUNNER, { run: '77-1', expiresAt: until }, () => 0.5);

describe.each(Object.keys(FIREWALLS))('the firewall of a server on %s', cloud => {
  let server: FirewalledServer;
  beforeAll(async () => {
    server = (await FIREWALLS[cloud]?.()) ?? fail(cloud);
  });
  afterEach(() => server.reset());
  afterAll(async () => server.stop());
  const lasting = (): readonly string[] => server.entries().map(({ address }) => address);
  const runners = (): readonly string[] =>
    server.entries().flatMap(({ name }) => (name.startsWith('pgkeep-run-') ? [name] : []));

  test('is opened to the address of the runner alone, once, and closed with the session', async () => {
    const access = accessFor([RUNNER]);
    const { session } = await server.run({ access });
    expect(await session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted', address: RUNNER });
    await session.runnerAccess?.admit();
    expect(lasting()).toEqual(['198.51.100.0/24', RUNNER]);
    const [name = ''] = runners();
    expect(access.left()).toEqual([name]);
    expect(expiryOfRule(name, OURS)).toBe('2026-01-01T01:15:00Z');
    await session.close();
    expect(lasting()).toEqual(['198.51.100.0/24']);
    expect(access.left()).toEqual([]);
  });

  test('stays open until the end of the job where the workflow says so', async () => {
    const access = accessFor([RUNNER], { keepsOpen: true });
    const { session } = await server.run({ access });
    await session.runnerAccess?.admit();
    await session.close();
    expect(access.left()).toEqual(runners());
    expect(runners()).toHaveLength(1);
  });

  test('is neither compared nor cleaned up by a plan and an apply of another job', async () => {
    const access = accessFor([RUNNER]);
    const { session } = await server.run({ access });
    await session.runnerAccess?.admit();
    const { plan } = await (await server.run()).apply();
    expect(plan.verdict).toBe('no-changes');
    expect(plan.notices.filter(({ message }) => message.includes(RUNNER))).toEqual([]);
    expect(runners()).toHaveLength(1);
  });

  test('keeps an entry of others with the same address, which serves the runner', async () => {
    server.add({ address: RUNNER, name: 'ann at home' });
    const access = accessFor([RUNNER]);
    const { session } = await server.run({ access });
    expect(await session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    expect([runners(), access.left()]).toEqual([[], []]);
    await session.close();
    expect(server.entries()).toContainEqual({ address: RUNNER, name: 'ann at home' });
    expect(runners()).toEqual([]);
  });

  test('keeps what others add while it is open', async () => {
    const { session } = await server.run({ access: accessFor([RUNNER]) });
    await session.runnerAccess?.admit();
    server.add({ address: '203.0.113.99', name: 'ben' });
    await session.close();
    expect(lasting()).toEqual(['198.51.100.0/24', '203.0.113.99']);
  });

  test('follows an address that changes within the job, and closes both', async () => {
    const access = accessFor([RUNNER, '203.0.113.8']);
    const { session } = await server.run({ access });
    await session.runnerAccess?.admit();
    await session.runnerAccess?.admit(true);
    expect(lasting()).toEqual(['198.51.100.0/24', RUNNER, '203.0.113.8']);
    await session.close();
    expect(lasting()).toEqual(['198.51.100.0/24']);
    expect(access.left()).toEqual([]);
  });

  test('loses expired rules of this repository with the next one, and no others', async () => {
    const [expired, foreign, young] = [
      nameOf('acme/shop', past),
      nameOf('acme/other', past),
      nameOf('acme/shop', expiresAt)
    ];
    server.add({ address: '203.0.113.21', name: expired });
    server.add({ address: '203.0.113.22', name: foreign });
    server.add({ address: '203.0.113.23', name: young });
    const { session, execution } = await server.run({ access: accessFor([RUNNER]) });
    // The others' clock counts, not that of a runner that is months ahead.
    execution.clock.goWrong(400);
    const rules = await session.runnerAccess?.rules();
    expect(rules?.map(({ name }) => name)).toEqual([expired, young]);
    await session.runnerAccess?.admit();
    await session.close();
    expect(runners()).toEqual([foreign, young]);
  });

  test('is not opened by a command that changes nothing', async () => {
    const before = server.entries();
    const { session } = await server.run({ access: accessFor([RUNNER], { isAllowed: false }) });
    expect(await session.runnerAccess?.admit()).toMatchObject({
      kind: 'not-admitted',
      hint: expect.stringContaining('runner_access_in_plan') as string
    });
    await session.close();
    expect(server.entries()).toEqual(before);
    // With `runner_access_in_plan`: see access-request.test.ts.
    const allowed = await server.run({ access: accessFor([RUNNER]) });
    expect(await allowed.session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    await allowed.session.close();
  });

  test('shows a rule whose call was never answered to the post step, which closes it', async () => {
    const access = accessFor([RUNNER]);
    const lost = await server.run({ access });
    server.fault({ action: server.calls[0], when: 'after', times: 40 });
    await lost.session.runnerAccess?.admit().catch(() => undefined);
    server.clearFaults();
    expect(access.left()).toEqual(runners());
    expect(runners()).toHaveLength(1);
    const post = await server.run();
    await post.session.runnerAccess?.dismiss(access.left());
    expect(lasting()).toEqual(['198.51.100.0/24']);
  });

  test('leaves a rule that could not be closed to the post step, with a warning', async () => {
    const access = accessFor([RUNNER]);
    const { session, execution } = await server.run({ access });
    await session.runnerAccess?.admit();
    server.fault({ action: server.calls[1], code: 'AccessDenied', status: 403, times: 40 });
    await session.close();
    expect(access.left()).toEqual(runners());
    expect(execution.lines.filter(line => line.startsWith('warning: Could not close the firewall'))).toHaveLength(1);
  });
});

describe('a firewall of DigitalOcean', () => {
  let cloud: FakeDigitalOcean;
  const inputs = { ...basic(), allowed_cidr_blocks: '198.51.100.0/24' };
  beforeAll(async () => {
    cloud = await startDigitalOcean();
    await (await digitaloceanRun(cloud, inputs)).apply();
  });
  afterAll(async () => cloud.stop());
  const rules = (values: readonly string[]): void => {
    cloud.cluster('orders').rules = values.map(value => ({ uuid: cloud.state.uuid(), type: 'ip_addr', value }));
  };
  const values = (): readonly string[] => cloud.cluster('orders').rules.map(({ value }) => value);

  test('without a source is open to everyone, and gets none that would lock them out', async () => {
    rules([]);
    const { session } = await digitaloceanRun(cloud, inputs, { access: accessFor([RUNNER]) });
    expect(await session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    await session.close();
    expect(values()).toEqual([]);
  });

  test('gets no first source where all others went just before the runner is let in', async () => {
    rules(['198.51.100.0/24']);
    const { session } = await digitaloceanRun(cloud, inputs, { access: accessFor([RUNNER]) });
    const before = cloud.mutations().length;
    cloud.fault({ action: 'GET /databases/{id}/firewall', nth: 2, body: '{"rules": []}' });
    expect(await session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    expect(cloud.mutations().slice(before)).toEqual([]);
  });

  test('keeps the source of the runner when all others are gone, since none would open it to everyone', async () => {
    rules(['198.51.100.0/24']);
    const access = accessFor([RUNNER]);
    const { session, execution } = await digitaloceanRun(cloud, inputs, { access });
    await session.runnerAccess?.admit();
    cloud.cluster('orders').rules = cloud.cluster('orders').rules.filter(({ value }) => value === RUNNER);
    await session.close();
    expect(values()).toEqual([RUNNER]);
    expect(execution.lines.join()).toContain('a cluster without any is open to everyone');
    expect(access.left()).toHaveLength(1);
    const swept = await digitaloceanRun(cloud, inputs);
    await expect(swept.session.runnerAccess?.dismiss(access.left())).rejects.toMatchObject({
      hint: 'Set `allowed_cidr_blocks`, apply it, and run `command: sweep` with `runner_access`.'
    });
    await swept.apply();
    await swept.session.runnerAccess?.dismiss(access.left());
    expect(values()).toEqual(['198.51.100.0/24']);
  });

  test('with a hundred sources takes no other one, until they are joined', async () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `198.51.100.${index}`);
    await (await digitaloceanRun(cloud, { ...inputs, allowed_cidr_blocks: hosts.join('\n') })).apply();
    const { session } = await digitaloceanRun(cloud, inputs, { access: accessFor([RUNNER]) });
    await expect(session.runnerAccess?.admit()).rejects.toMatchObject({
      message: expect.stringContaining('has 100 trusted sources') as string,
      hint: expect.stringContaining('Join networks in `allowed_cidr_blocks`') as string
    });
    expect(values()).toHaveLength(100);
    const joined = await digitaloceanRun(cloud, inputs, { access: accessFor([RUNNER]) });
    await joined.apply();
    expect(await joined.session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    await joined.session.close();
  });
});

describe('a firewall of AWS', () => {
  let cloud: FakeAws;
  const inputs = (): Readonly<Record<string, string>> => ({ ...awsBasic(cloud), publicly_accessible: 'true' });
  beforeAll(async () => {
    cloud = await startAws();
    await (await awsRun(cloud, inputs())).apply();
  });
  afterAll(async () => cloud.stop());

  test('with as many rules as EC2 allows says so', async () => {
    cloud.fault({ action: 'AuthorizeSecurityGroupIngress', code: 'RulesPerSecurityGroupLimitExceeded' });
    const { session } = await awsRun(cloud, inputs(), { access: accessFor([RUNNER]) });
    await expect(session.runnerAccess?.admit()).rejects.toMatchObject({ kind: 'quota' });
  });

  test('admits a runner by the rule that another run writes at the same moment, and keeps that', async () => {
    const { session } = await awsRun(cloud, inputs(), { access: accessFor([RUNNER]) });
    cloud.fault({ action: 'AuthorizeSecurityGroupIngress', code: 'InvalidPermission.Duplicate' });
    expect(await session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    const before = cloud.mutations().length;
    await session.close();
    expect(cloud.mutations()).toHaveLength(before);
  });

  test('shows a rule that was opened before the server got another port, so that a sweep removes it', async () => {
    const opened = accessFor([RUNNER], { keepsOpen: true });
    const { session } = await awsRun(cloud, inputs(), { access: opened });
    await session.runnerAccess?.admit();
    await session.close();
    const endpoint = cloud.state().instances.get('orders')?.live.Endpoint;
    if (endpoint !== undefined) endpoint.Port = 5433;
    const later = (await awsRun(cloud, inputs(), { access: accessFor([RUNNER]) })).session;
    const rules = (await later.runnerAccess?.rules()) ?? [];
    expect(rules.map(({ name }) => name)).toEqual(opened.left());
    expect(await later.runnerAccess?.admit()).toMatchObject({ settlesSeconds: 60 });
    await later.runnerAccess?.dismiss(rules.map(({ name }) => name));
    await later.close();
    expect(await later.runnerAccess?.rules()).toEqual([]);
  });

  test('admits no runner to a server without a public address, unless the address is one of its network', async () => {
    const live = cloud.state().instances.get('orders')?.live;
    if (live !== undefined) live.PubliclyAccessible = false;
    const { session } = await awsRun(cloud, inputs(), { access: accessFor([RUNNER]) });
    expect(await session.runnerAccess?.admit()).toMatchObject({
      kind: 'not-admitted',
      why: expect.stringContaining('no public address') as string
    });
    const within = await awsRun(cloud, inputs(), { access: accessFor(['10.0.3.4']) });
    expect(await within.session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    await within.session.close();
  });
});

test('another writer of the same Cloud SQL settings is no loss: the list is read and sent again', async () => {
  const server = (await FIREWALLS['gcp']?.()) ?? fail('gcp');
  const { session } = await server.run({ access: accessFor([RUNNER]) });
  server.fault({ action: 'instances.patch', code: 'staleData', status: 412, times: 2 });
  expect(await session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
  expect(server.entries().map(({ address }) => address)).toEqual(['198.51.100.0/24', RUNNER]);
  await session.close();
  await server.stop();
});

test('a busy server on Azure is waited for', async () => {
  const server = (await FIREWALLS['azure']?.()) ?? fail('azure');
  const { session } = await server.run({ access: accessFor([RUNNER]) });
  server.fault({ action: 'PUT flexibleServers/firewallRules', code: 'ServerIsBusy', status: 409, times: 2 });
  expect(await session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
  await session.close();
  expect(server.entries().map(({ address }) => address)).toEqual(['198.51.100.0/24']);
  await server.stop();
});

function fail(cloud: string): never {
  throw new Error(`There is no firewall of ${cloud}`);
}
