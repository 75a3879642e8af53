import { markFor } from '../../../../src/engine/ownership.ts';
import { markTags, toList } from '../../../../src/providers/aws/api/tags.ts';
import { ready } from '../../../clouds/aws/clients.ts';
import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { tagged } from '../../../clouds/aws/tags.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
beforeEach(async () => {
  cloud = await startAws(PROMPT);
});
afterEach(async () => cloud.stop());

/** Makes the server look as if it had been created by hand. */
function unmark(): void {
  const server = cloud.state().instances.get('orders');
  if (server === undefined) return;
  server.tags.tags = [];
  server.tags.staleReads = 0;
}

test('created resources carry the mark from their create call on', async () => {
  const run = await awsRun(cloud, { ...basic(cloud), environment: 'production' });
  await run.apply();
  const create = cloud.mutations().find(call => call.action === 'CreateDBInstance' && call.code === undefined);
  expect(create).toBeDefined();
  const observed = await run.session.observe();
  for (const one of observed) {
    expect({ address: one.address, ownership: one.ownership }).toMatchObject({
      address: one.address,
      ownership: { kind: 'ours', mark: { repository: 'acme/shop', name: 'orders', environment: 'production' } }
    });
  }
});

test("another workflow's database is neither changed nor deleted", async () => {
  await (await awsRun(cloud, basic(cloud))).apply();
  const other = await awsRun(cloud, { ...basic(cloud), environment: 'staging', instance_class: 'db.t3.small' });
  const { plan } = await other.plan();
  expect(plan.verdict).toBe('blocked');
  expect(plan.steps.find(step => step.address === 'server')?.refusal?.rule).toBe('not-ours');
});

test.each<[string, (tags: With) => With, string | undefined]>([
  ['somebody else makes by hand', () => ({}), 'not-ours'],
  ['another workflow makes', tags => ({ ...tags, 'pgkeep:repository': 'acme/billing' }), 'not-ours'],
  ['an earlier run of the same workflow began', tags => tags, undefined]
])('a server that %s between plan and apply', async (_what, tagsOf, code) => {
  const run = await awsRun(cloud, basic(cloud));
  const { plan, observed } = await run.plan();
  const mark = markFor(run.session.target);
  await ready(cloud, { Tags: toList(tagsOf(markTags(mark))) });
  const { error } = await run.session.apply(plan, observed, mark);
  expect(error?.code).toBe(code);
  const made = cloud.mutations().filter(({ action, status }) => action === 'CreateDBInstance' && status === 200);
  expect(made).toHaveLength(1);
});

test('deletion protection is switched off in one apply, and the database destroyed after it', async () => {
  const inputs = { ...basic(cloud), enable_deletion_protection: 'true' };
  await (await awsRun(cloud, inputs)).apply();
  await expect((await awsRun(cloud, inputs)).destroy()).rejects.toThrow(/refused/);
  await (await awsRun(cloud, { ...inputs, enable_deletion_protection: 'false' })).apply();
  await (await awsRun(cloud, inputs)).destroy();
  expect(cloud.leftovers().filter(left => !left.startsWith('snapshot'))).toEqual([]);
});

test('a database is destroyed with a final snapshot of the given name, next to an older one of that name', async () => {
  const inputs = { ...basic(cloud), final_snapshot_identifier: 'orders-last' };
  for (let life = 0; life < 2; life += 1) {
    await (await awsRun(cloud, inputs)).apply();
    await (await awsRun(cloud, inputs)).destroy();
  }
  const snapshots = [...cloud.state().snapshots.keys()].filter(id => !id.startsWith('rds:'));
  expect(snapshots).toHaveLength(2);
  expect(snapshots[0]).toBe('orders-last');
});

test('a database is destroyed without a final snapshot only when the workflow says so', async () => {
  const inputs = { ...basic(cloud), skip_final_snapshot: 'true' };
  await (await awsRun(cloud, inputs)).apply();
  await (await awsRun(cloud, inputs)).destroy();
  expect(cloud.leftovers()).toEqual([]);
});

test('a database of a pull request leaves nothing behind', async () => {
  await (await awsRun(cloud, basic(cloud), { pullRequest: 7 })).apply();
  await (await awsRun(cloud, basic(cloud), { pullRequest: 7 })).destroy();
  expect(cloud.leftovers()).toEqual([]);
});

test('what inputs no longer name goes on as it is, and goes with the database', async () => {
  const inputs = { ...basic(cloud), engine_version: '16.11' };
  const parts = {
    enable_proxy: 'true',
    proxy_name: 'shop-proxy',
    alarms: 'cpu',
    parameters: 'work_mem: 8MB',
    create_read_replica: 'true',
    replica_names: 'prod-reports-1'
  };
  await (await awsRun(cloud, { ...inputs, ...parts })).apply();
  // The rule of the proxy stays too, although the rules of the group are listed completely.
  const later = await awsRun(cloud, { ...inputs, tags: 'Cost: low' });
  const { plan } = await later.apply();
  const changed = plan.steps.flatMap(({ changes }) => changes.map(({ field }) => field));
  expect(new Set(changed)).toEqual(new Set(['tags.Cost', 'tags.Team']));
  const newer = await awsRun(cloud, { ...inputs, engine_version: '16.12' });
  await expect(newer.plan()).rejects.toThrow(/newer than read replica prod-reports-1, which no input names/);

  const few = await awsRun(cloud, { name: 'orders', skip_final_snapshot: 'true' });
  const found = await few.session.outputs(await few.session.observeForOutputs());
  expect(found?.module).toMatchObject({
    read_replica_ids: ['prod-reports-1'],
    proxy_endpoint: expect.stringMatching(/^shop-proxy/) as string
  });
  const replica = cloud.state().instances.get('prod-reports-1');
  if (replica !== undefined) replica.live.DeletionProtection = true;
  const destroy = async (): Promise<unknown> =>
    (await awsRun(cloud, { name: 'orders', skip_final_snapshot: 'true' })).destroy();
  await expect(destroy()).rejects.toThrow(/it holds refused changes \(read replica prod-reports-1\)/);
  await (await awsRun(cloud, { name: 'orders', enable_deletion_protection: 'false' })).apply();
  await destroy();
  expect(cloud.leftovers()).toEqual([]);
});

test('a replica that is not wanted any more, and that someone protected, goes by the way that its refusal names', async () => {
  const older = { ...basic(cloud), engine_version: '16.11' };
  await (await awsRun(cloud, { ...older, create_read_replica: 'true' })).apply();
  const replica = cloud.state().instances.get('orders-replica-1');
  if (replica !== undefined) replica.live.DeletionProtection = true;
  const inputs = { ...older, create_read_replica: 'false' };
  const { plan } = await (await awsRun(cloud, inputs)).plan();
  expect(plan.steps.find(({ type }) => type === 'replica')?.refusal?.hint).toMatch(
    /^Apply `enable_deletion_protection: false` first/
  );
  const off = { ...inputs, enable_deletion_protection: 'false' };
  // It keeps its version until it goes.
  const newer = await awsRun(cloud, { ...off, engine_version: '16.12' });
  await expect(newer.plan()).rejects.toThrow(/newer than read replica orders-replica-1/);
  expect(lines((await (await awsRun(cloud, off)).apply()).plan)).toEqual([
    'update replica/1: enable_deletion_protection true → false (online)'
  ]);
  expect(lines((await (await awsRun(cloud, off)).apply()).plan)).toEqual(['delete replica/1']);
});

test('rules that others added to the security group stay', async () => {
  const run = await awsRun(cloud, basic(cloud));
  await run.apply();
  const group = [...cloud.state().securityGroups.values()].find(one => one.name === 'orders-db');
  group?.rules.set('sgr-byhand', {
    rule: {
      SecurityGroupRuleId: 'sgr-byhand',
      GroupId: group.id,
      IsEgress: false,
      IpProtocol: 'tcp',
      FromPort: 5432,
      ToPort: 5432,
      CidrIpv4: '192.168.0.0/16'
    },
    tags: tagged()
  });
  const { plan } = await (await awsRun(cloud, { ...basic(cloud), allowed_cidr_blocks: '10.9.0.0/16' })).apply();
  expect(lines(plan)).toEqual([
    'update security-group: rules.ingress tcp 5432 10.0.0.0/16 "PostgreSQL from 10.0.0.0/16" → null (online)',
    'update security-group: rules.ingress tcp 5432 10.9.0.0/16 null → "PostgreSQL from 10.9.0.0/16" (online)'
  ]);
  expect(group?.rules.has('sgr-byhand')).toBe(true);
});

test('rules in any spelling that EC2 accepts match the second time', async () => {
  const rules = [
    { from_port: '5432', to_port: '5432', protocol: '6', cidr_blocks: ['2001:DB8::/32', '10.1.2.3'] },
    { from_port: '0', to_port: '0', protocol: 'ALL', cidr_blocks: ['10.8.0.0/16'], type: 'egress', description: 'out' }
  ];
  const inputs = { ...basic(cloud), security_group_rules: JSON.stringify(rules) };
  await (await awsRun(cloud, inputs)).apply();
  expect(lines((await (await awsRun(cloud, inputs)).plan()).plan)).toEqual([]);
});

test('a server created by hand is adopted only when the workflow says so', async () => {
  await (
    await awsRun(cloud, { name: 'orders', engine_version: '16', master_password: 'correct-horse-battery' })
  ).apply();
  unmark();
  const inputs = { name: 'orders', engine_version: '16' };
  expect((await (await awsRun(cloud, inputs)).plan()).plan.verdict).toBe('blocked');
  const { plan } = await (await awsRun(cloud, { ...inputs, adopt_existing: 'true' })).apply();
  expect(plan.counts.adopt).toBe(1);
  expect(lines((await (await awsRun(cloud, inputs)).plan()).plan)).toEqual([]);
});
