import { randomUUID } from 'node:crypto';
import type { Cluster } from '../clouds/digitalocean/state.ts';
import { basic } from '../support/digitalocean-inputs.ts';
import { openDigitalOcean, type DigitalOceanHarness } from '../support/digitalocean-harness.ts';
import { changesOf, planOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

const GIB = 1024;

let on: DigitalOceanHarness;
/** A cluster with a replica, as every test finds it. */
let made: Cluster;
beforeAll(async () => {
  on = await openDigitalOcean({
    pace: { working: 1, hidden: 0, unlisted: 0, stale: 0, unseenReplica: 0, firstBackup: 0 }
  });
  const step = await on.step({ ...inputs, create_read_replica: 'true', command: 'apply' });
  if (step.outputs['result'] !== 'applied') throw new Error(step.log);
  made = structuredClone({ ...live(), steps: [] });
});
afterEach(() => {
  on.digitalocean.clearFaults();
  delete on.digitalocean.state.isPrivate;
  on.digitalocean.state.otherEngines.length = 0;
  on.digitalocean.state.clusters.clear();
  on.digitalocean.state.clusters.set(made.id, structuredClone(made));
});
afterAll(async () => on.close());

const inputs: Inputs = {
  ...basic(),
  cloud_provider: 'digitalocean',
  instance_class: 'db-s-2vcpu-4gb',
  allocated_storage: '80',
  max_allocated_storage: '200'
};
/** Inputs that name the cluster and nothing else of it. */
const few: Inputs = { name: 'orders', cloud_provider: 'digitalocean', skip_final_snapshot: 'true' };
const live = (): Cluster => on.digitalocean.cluster('orders');
const mutations = (): number => on.digitalocean.mutations().length;

test('K1: a replica has size, storage, network and trusted sources of its live cluster', async () => {
  live().storage_size_mib = 100 * GIB;
  live().rules.push({ uuid: randomUUID(), type: 'tag', value: 'backend' });
  const asked: Inputs = { ...few, create_read_replica: 'true', read_replica_count: '2' };
  const step = await on.step({ ...asked, command: 'apply' });
  expect(step.outputs['result']).toBe('applied');
  const replica = live().replicas.get('orders-replica-2');
  expect(replica).toMatchObject({
    size: 'db-s-2vcpu-4gb',
    region: 'nyc3',
    storage_size_mib: 100 * GIB,
    private_network_uuid: live().private_network_uuid
  });
  const sources = (rules: Cluster['rules'] = []): readonly string[] => rules.map(({ value }) => value).toSorted();
  expect(sources(replica?.rules)).toEqual(sources(live().rules));
});

test('K2: a larger size goes to the replica first', async () => {
  const before = mutations();
  const step = await on.step({
    ...inputs,
    create_read_replica: 'true',
    instance_class: 'db-s-4vcpu-8gb',
    command: 'apply'
  });
  expect(step.outputs['result']).toBe('applied');
  const resized = on.digitalocean
    .mutations()
    .slice(before)
    .filter(({ action }) => action.endsWith('/resize'))
    .map(({ path }) => path.split('/').at(-2));
  expect(resized).toEqual([live().replicas.get('orders-replica-1')?.id, live().id]);
});

test.each<[string, Inputs, RegExp]>([
  [
    'K3: a pool with more connections than the live size has',
    { enable_proxy: 'true', proxy_config: 'default_pool_size: 400' },
    /`proxy_config`.*`default_pool_size` of \d+ at most/
  ],
  ['K3: a replica in a region without an offer', { replica_region: 'hel1' }, /`replica_region`.*hel1/],
  ['K3: a smaller size', { instance_class: 'db-s-1vcpu-2gb' }, /`instance_class`/],
  [
    'K3: a larger size than a replica has that no input names',
    { instance_class: 'db-s-4vcpu-8gb' },
    /`instance_class`: .* larger than read replica orders-replica-1, which no input names/
  ]
])('%s is refused in the plan', async (_what, more, words) => {
  const before = mutations();
  const step = await on.step({ ...few, ...more, command: 'apply' });
  expect(step.exitCode).toBe(1);
  expect(step.log).toMatch(words);
  expect(mutations()).toBe(before);
});

test('K4: storage that grew by itself is as asked when growth is switched off, and blocks no later run', async () => {
  live().storage_size_mib = 110 * GIB;
  const off: Inputs = { ...inputs, max_allocated_storage: '0' };
  expect((await on.step({ ...off, command: 'apply' })).outputs['result']).toBe('applied');
  expect(live()).toMatchObject({ storage_size_mib: 110 * GIB, autoscale: { storage: { enabled: false } } });
  const again = await on.step({ ...off, command: 'check' });
  expect([again.exitCode, again.outputs['result']]).toEqual([0, 'no-changes']);
  expect((await planOf(again)).notices).toContainEqual(expect.objectContaining({ code: 'storage-grown' }));
});

test('K5: a database and a replica of others are named, and stop a destroy before its first call', async () => {
  live().dbs.add('analytics');
  const replica = live().replicas.get('orders-replica-1');
  if (replica !== undefined) live().replicas.set('bi', { ...replica, id: randomUUID(), name: 'bi', tags: [] });
  const before = mutations();
  const step = await on.step({ ...inputs, command: 'destroy', confirm_destroy: 'orders' });
  expect(step.exitCode).toBe(1);
  expect(step.outputs['failure_reason']).toBe('not-ours');
  expect(step.log).toMatch(/database analytics/);
  expect(step.log).toMatch(/replica bi/);
  expect(mutations()).toBe(before);
});

test('K6: trusted sources that may not be read are counted, and a check is not green', async () => {
  const message = 'You are missing the required permission database:read.';
  on.digitalocean.fault({ action: 'GET /databases/{id}/firewall', code: 'forbidden', status: 403, times: 99, message });
  const step = await on.step({ ...inputs, command: 'check' });
  expect(step.exitCode).toBe(1);
  expect(step.outputs['failure_reason']).toBe('not-compared');
  expect(step.outputs['unknown']).toBe('1');
  expect(step.outputs['unknown_needs']).toContain('database:read');
});

test('K7: a cluster that is always busy ends the run after few tries, each told, with the obstacle', async () => {
  const message = 'the cluster is currently being patched';
  const action = 'PUT /databases/{id}/resize';
  on.digitalocean.fault({ action, times: 1000, code: 'precondition_failed', status: 412, message });
  const before = mutations();
  const step = await on.step({
    ...inputs,
    create_read_replica: 'true',
    instance_class: 'db-s-4vcpu-8gb',
    command: 'apply'
  });
  expect(step.exitCode).toBe(1);
  expect(step.log.match(/is busy: .* trying again/g)?.length).toBeGreaterThan(1);
  expect(step.annotations.at(-1)?.message).toContain(message);
  expect(mutations() - before).toBeLessThan(12);
});

test('K9: trusted sources and tags of others stay, those that the workflow no longer lists go', async () => {
  live().rules.push({ uuid: randomUUID(), type: 'k8s', value: 'cluster-1' });
  live().tags.push('billing:4711');
  on.digitalocean.state.tags.add('billing:4711');
  const asked: Inputs = { ...inputs, allowed_cidr_blocks: '192.0.2.0/24', tags: 'Owner: team-a' };
  expect((await on.step({ ...asked, command: 'apply' })).outputs['result']).toBe('applied');
  expect(
    live()
      .rules.map(({ type, value }) => `${type} ${value}`)
      .toSorted()
  ).toEqual(['ip_addr 192.0.2.0/24', 'k8s cluster-1']);
  expect(live().tags).toEqual(expect.arrayContaining(['billing:4711', 'owner:team-a']));
  expect(live().tags).not.toContain('team:shop');
});

test('K10: a MySQL cluster of that name is not adopted', async () => {
  const mysql = {
    id: randomUUID(),
    name: 'shop',
    engine: 'mysql',
    size: 'db-s-1vcpu-1gb',
    region: 'nyc3',
    num_nodes: 1
  };
  on.digitalocean.state.otherEngines.push(mysql);
  const before = mutations();
  const step = await on.step({ ...inputs, name: 'shop', adopt_existing: 'true', command: 'apply' });
  expect(step.exitCode).toBe(1);
  expect(step.log).toContain('is the name of a mysql cluster');
  expect(mutations()).toBe(before);
});

test('K10: a renamed repository keeps its cluster and writes its new name; another one under the old name gets none', async () => {
  const job = await on.job();
  const renamed = await job.step({ ...few, command: 'apply' }, { env: { GITHUB_REPOSITORY: 'acme/store' } });
  expect(renamed.outputs['result']).toBe('no-changes');
  expect(renamed.log).toContain('The repository was acme/shop when it was last applied, and is acme/store now');
  expect(live().tags).toContain('pgkeep:repository:1:acme_2fstore');
  const other = await job.step({ ...few, command: 'apply' }, { env: { GITHUB_REPOSITORY_ID: '4711' } });
  expect(other.outputs['failure_reason']).toBe('not-ours');
});

test('K11: a cluster without a public host has the outputs of its network', async () => {
  on.digitalocean.state.isPrivate = true;
  const step = await on.step({ ...few, command: 'outputs' });
  expect(step.exitCode).toBe(0);
  expect(step.outputs).toMatchObject({
    host: expect.stringMatching(/^private-orders-/) as string,
    database_url: expect.stringContaining('@private-orders-') as string
  });
});

test('K12: a page of a gateway in answer to any call is looked past, and no change is made twice', async () => {
  const body = '<html><body>502 Bad Gateway</body></html>';
  on.digitalocean.fault({ action: '*', eachOnce: true, code: 'bad_gateway', status: 502, body });
  const before = on.digitalocean.calls().length;
  const asked: Inputs = { ...inputs, allocated_storage: '100', parameters: 'work_mem: 16MB' };
  expect((await on.step({ ...asked, command: 'apply' })).outputs['result']).toBe('applied');
  const calls = on.digitalocean.calls().slice(before);
  expect(calls.filter(({ status }) => status === 502).length).toBeGreaterThan(5);
  const done = calls
    .filter(({ mutating, status }) => mutating && status < 300)
    .map(({ action, path }) => `${action} ${path}`);
  expect(done.filter((one, at) => done.indexOf(one) !== at)).toEqual([]);
});

test('K12: a tag that another run tidies away before it is assigned is created again', async () => {
  const fault = { code: 'not_found', status: 404, message: 'tag not found' };
  on.digitalocean.fault({ action: 'POST /tags/{id}/resources', ...fault });
  const step = await on.step({ ...inputs, tags: 'Team: Shop\nCost: low', command: 'apply' });
  expect(step.outputs['result']).toBe('applied');
  expect(live().tags).toContain('cost:low');
  expect(await changesOf(await on.step({ ...inputs, tags: 'Team: Shop\nCost: low', command: 'plan' }))).toEqual([]);
});
