import type { Instance } from '../clouds/gcp/state.ts';
import { everythingOf } from '../support/cloud-harness.ts';
import { openGcp, type GcpHarness } from '../support/gcp-harness.ts';
import { basic } from '../support/gcp-inputs.ts';
import { changesOf, planOf } from '../support/harness.ts';
import { object, text, type Json } from '../clouds/gcp/json.ts';

type Inputs = Readonly<Record<string, string>>;

let on: GcpHarness;
/** A private instance with a replica, as every test finds it. */
let made: ReadonlyMap<string, Instance>;
beforeAll(async () => {
  on = await openGcp({ pace: { operation: 1, within: 0, hidden: 0, stale: 0 } });
  const closed: Inputs = { vpc_id: 'shop', publicly_accessible: 'false', create_read_replica: 'true' };
  const step = await on.step({ ...inputs, ...closed, command: 'apply' });
  if (step.outputs['result'] !== 'applied') throw new Error(step.log);
  made = structuredClone(on.gcp.state.instances);
});
afterEach(() => {
  on.gcp.clearFaults();
  on.gcp.state.instances.clear();
  for (const [name, instance] of structuredClone(made)) on.gcp.state.instances.set(name, instance);
});
afterAll(async () => on.close());

const { allowed_cidr_blocks: _networks, publicly_accessible: _public, ...rest } = basic();
const inputs: Inputs = { ...rest, cloud_provider: 'gcp' };
/** Inputs that name the instance and nothing else of it. */
const few: Inputs = { name: 'orders', cloud_provider: 'gcp', gcp_region: 'us-central1' };
const settingsOf = (name: string): Json => object(on.gcp.instance(name).json['settings']);

/** Changes a live instance, as another user or Cloud SQL would. */
function change(name: string, settings: Json, more: Json = {}): void {
  const live = on.gcp.instance(name);
  live.json = { ...live.json, ...more, settings: { ...settingsOf(name), ...settings } };
}

/** The instances whose update was begun since there were so many operations, in that order. */
const updatedSince = (before: number): readonly string[] =>
  [...on.gcp.state.operations.values()]
    .slice(before)
    .filter(({ json }) => json['operationType'] === 'UPDATE')
    .map(({ json }) => text(json['targetId']));

test('K1: a replica takes network, address and TLS of the live primary, and the plan shows them', async () => {
  const asked: Inputs = { ...few, create_read_replica: 'true', read_replica_count: '2' };
  const planned = await on.step({ ...asked, command: 'plan' });
  expect(await changesOf(planned)).toEqual(['+ replica/2']);
  expect(everythingOf(planned)).toContain('projects/shop-project/global/networks/shop');
  expect((await on.step({ ...asked, command: 'apply' })).outputs['result']).toBe('applied');
  const primary = settingsOf('orders');
  expect(settingsOf('orders-replica-2')).toMatchObject({
    tier: primary['tier'],
    edition: primary['edition'],
    dataDiskType: primary['dataDiskType'],
    ipConfiguration: { ipv4Enabled: false, privateNetwork: expect.stringContaining('shop'), sslMode: 'ENCRYPTED_ONLY' }
  });
});

test('K2: a larger tier goes to the replica first, a smaller one to the instance first', async () => {
  for (const [tier, order] of [
    ['db-custom-2-7680', ['orders-replica-1', 'orders']],
    ['db-custom-1-3840', ['orders', 'orders-replica-1']]
  ] as const) {
    const before = on.gcp.state.operations.size;
    const step = await on.step({ ...inputs, create_read_replica: 'true', tier, command: 'apply' });
    expect(step.outputs['result']).toBe('applied');
    expect([...new Set(updatedSince(before))]).toEqual(order);
  }
});

test('K3: a tier that Cloud SQL refuses is refused in the plan, and one of an unknown family is passed on', async () => {
  const before = on.gcp.mutations().length;
  const refused = await on.step({ ...inputs, tier: 'db-n1-highmem-2', command: 'apply' });
  expect(refused.exitCode).toBe(1);
  expect(refused.outputs['failure_reason']).toBe('input-invalid');
  expect(refused.log).toMatch(/`tier`.*allowed: such as `db-custom-2-13312`/);
  const passed = await on.step({ ...inputs, tier: 'db-custom-N9-2-8192', name: 'other', command: 'plan' });
  expect(passed.outputs['result']).toBe('planned');
  expect((await planOf(passed)).notices).toContainEqual(expect.objectContaining({ code: 'tier-unknown' }));
  expect(on.gcp.mutations()).toHaveLength(before);
});

test('K4: a disk that grew by itself is as asked when growth is switched off, and blocks no later run', async () => {
  change('orders', { dataDiskSizeGb: '60' });
  const off: Inputs = { ...inputs, max_allocated_storage: '0' };
  expect((await on.step({ ...off, command: 'apply' })).outputs['result']).toBe('applied');
  expect(settingsOf('orders')).toMatchObject({ dataDiskSizeGb: '60', storageAutoResize: false });
  const again = await on.step({ ...off, command: 'check' });
  expect([again.exitCode, again.outputs['result']]).toEqual([0, 'no-changes']);
  expect((await planOf(again)).notices).toContainEqual(expect.objectContaining({ code: 'storage-grown' }));
});

test('K5: a database and a replica of others are named, and stop a destroy before its first call', async () => {
  on.gcp.instance('orders').databases.set('reports', { name: 'reports' });
  const replica = on.gcp.instance('orders-replica-1');
  const json = { ...replica.json, name: 'bi', settings: { ...settingsOf('orders-replica-1'), userLabels: {} } };
  on.gcp.state.instances.set('bi', { ...replica, json });
  change('orders', {}, { replicaNames: ['orders-replica-1', 'bi'] });
  const before = on.gcp.mutations().length;
  const refused = await on.step({ ...inputs, command: 'destroy', confirm_destroy: 'orders' });
  expect(refused.exitCode).toBe(1);
  expect(refused.outputs['failure_reason']).toBe('not-ours');
  expect(refused.log).toContain('database reports, which carries no ownership mark');
  expect(refused.log).toContain('read replica bi, which carries no ownership mark');
  expect(on.gcp.mutations().length).toBe(before);
});

test('K6: what may not be read is counted, and a check is not green', async () => {
  on.gcp.fault({ action: 'databases.get', code: 'notAuthorized', status: 403, times: 99 });
  const step = await on.step({ ...inputs, command: 'check' });
  expect(step.exitCode).toBe(1);
  expect(step.outputs).toMatchObject({ failure_reason: 'not-compared', unknown: '1' });
  expect(step.outputs['unknown_needs']).toContain('cloudsql.databases.get');
});

test('K7: an operation that fails is told by its code, with the way out', async () => {
  on.gcp.doom('CREATE', { code: 'ERROR_GCE_STOCKOUT', message: 'The zone has no capacity.' });
  const step = await on.step({ ...inputs, name: 'other', command: 'apply' });
  expect(step.exitCode).toBe(1);
  expect(step.log).toMatch(/The zone has no capacity.*another zone, region or tier/s);
});

// A reserved name: https://github.com/hashicorp/terraform-provider-google/issues/5179
test('K7: a name that Cloud SQL keeps of a deleted instance ends the run after few tries, each told', async () => {
  on.gcp.fault({ action: 'instances.insert', code: 'invalidState', status: 409, times: 1000 });
  const before = on.gcp.mutations().length;
  const step = await on.step({ ...inputs, name: 'other', command: 'apply' });
  expect(step.exitCode).toBe(1);
  expect(step.log.match(/refused for now \(invalidState\)/g)?.length).toBeGreaterThan(1);
  expect(step.log).toContain('Set another `name`');
  expect(on.gcp.mutations().length - before).toBe(3);
});

test('K8: one refused setting does not keep the others back', async () => {
  on.gcp.fault({ action: 'instances.patch', about: /"maintenanceWindow"/, code: 'invalid', status: 400, times: 99 });
  const asked: Inputs = { ...inputs, maintenance_window: 'wed:02:00-wed:03:00', backup_retention_period: '9' };
  const step = await on.step({ ...asked, command: 'apply' });
  expect([step.exitCode, step.outputs['result']]).toEqual([1, 'failed']);
  expect(settingsOf('orders')).toMatchObject({
    backupConfiguration: { backupRetentionSettings: { retainedBackups: 9 } }
  });
  expect(await changesOf(await on.step({ ...asked, command: 'plan' }))).toEqual([
    expect.stringContaining('maintenance_window')
  ]);
});

test('K9: labels of others stay, and one that the workflow no longer lists goes', async () => {
  change('orders', { userLabels: { ...object(settingsOf('orders')['userLabels']), billing: '4711' } });
  const step = await on.step({ ...inputs, tags: 'Owner: team-a', command: 'apply' });
  expect(step.outputs['result']).toBe('applied');
  const labels = object(settingsOf('orders')['userLabels']);
  expect(labels).toMatchObject({ billing: '4711', owner: 'team-a' });
  expect(labels).not.toHaveProperty('team');
});

test('K10: a read replica of that name is not adopted as the instance', async () => {
  change('orders-replica-1', { userLabels: {} });
  const before = on.gcp.mutations().length;
  const step = await on.step({ ...inputs, name: 'orders-replica-1', adopt_existing: 'true', command: 'apply' });
  expect(step.exitCode).toBe(1);
  expect(step.log).toMatch(/orders-replica-1.* a read replica/);
  expect(on.gcp.mutations()).toHaveLength(before);
});

test('K10: a renamed repository keeps its instance and writes its new name; another one under the old name gets none', async () => {
  const job = await on.job();
  const renamed = await job.step({ ...few, command: 'apply' }, { env: { GITHUB_REPOSITORY: 'acme/store' } });
  expect(renamed.outputs['result']).toBe('no-changes');
  expect(renamed.log).toContain('The repository was acme/shop when it was last applied, and is acme/store now');
  expect(settingsOf('orders')).toMatchObject({ userLabels: { 'pgkeep-repository': 'acme_sstore' } });
  const other = await job.step({ ...few, command: 'apply' }, { env: { GITHUB_REPOSITORY_ID: '4711' } });
  expect(other.outputs['failure_reason']).toBe('not-ours');
});

test('K11: an instance with Private Service Connect only has outputs by its DNS name', async () => {
  const network = object(settingsOf('orders')['ipConfiguration']);
  change(
    'orders',
    { ipConfiguration: { ...network, privateNetwork: '', pscConfig: { pscEnabled: true } } },
    {
      ipAddresses: [],
      dnsName: 'a1b2c3.us-central1.sql.goog.',
      pscServiceAttachmentLink: 'projects/p1-tp/regions/us-central1/serviceAttachments/a'
    }
  );
  const step = await on.step({ ...inputs, command: 'outputs' });
  expect(step.exitCode).toBe(0);
  expect(step.outputs).toMatchObject({
    host: 'a1b2c3.us-central1.sql.goog',
    db_instance_endpoint: 'a1b2c3.us-central1.sql.goog:5432'
  });
});

test('K12: a page of a gateway in answer to any call is looked past, and no change is made twice', async () => {
  const page = '<html><body>503 Service Unavailable</body></html>';
  on.gcp.fault({ action: '*', eachOnce: true, code: 'backendError', status: 503, body: page });
  const before = on.gcp.calls().length;
  const step = await on.step({ ...inputs, backup_retention_period: '10', command: 'apply' });
  expect(step.outputs['result']).toBe('applied');
  const calls = on.gcp.calls().slice(before);
  expect(calls.filter(({ status }) => status === 503).length).toBeGreaterThan(5);
  const done = calls.filter(({ action, status }) => action === 'instances.patch' && status === 200);
  expect(done.filter(({ body }) => 'backupConfiguration' in object(body['settings']))).toHaveLength(1);
});
