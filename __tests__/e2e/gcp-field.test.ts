import { everythingOf } from '../support/cloud-harness.ts';
import { openGcp, type GcpHarness } from '../support/gcp-harness.ts';
import { basic } from '../support/gcp-inputs.ts';
import { object, type Json } from '../clouds/gcp/json.ts';

type Inputs = Readonly<Record<string, string>>;

let on: GcpHarness;
beforeAll(async () => {
  on = await openGcp();
  const made = await on.step({ ...inputs, vpc_id: 'shop', publicly_accessible: 'false', command: 'apply' });
  if (made.outputs['result'] !== 'applied') throw new Error(made.log);
});
afterEach(() => on.gcp.clearFaults());
afterAll(async () => on.close());

const { allowed_cidr_blocks: _networks, publicly_accessible: _public, ...rest } = basic();
const inputs: Inputs = { ...rest, cloud_provider: 'gcp' };
const destroy: Inputs = { ...inputs, command: 'destroy', confirm_destroy: 'orders' };
const settingsOf = (name: string): Json => object(on.gcp.instance(name).json['settings']);

test('K1: a replica takes network, address and TLS of the live primary, and the plan shows them', async () => {
  const few = { name: 'orders', cloud_provider: 'gcp', gcp_region: 'us-central1', create_read_replica: 'true' };
  const planned = await on.step({ ...few, command: 'plan' });
  expect(everythingOf(planned)).toContain('projects/shop-project/global/networks/shop');
  expect((await on.step({ ...few, command: 'apply' })).outputs['result']).toBe('applied');
  const primary = settingsOf('orders');
  expect(settingsOf('orders-replica-1')).toMatchObject({
    tier: primary['tier'],
    edition: primary['edition'],
    dataDiskType: primary['dataDiskType'],
    ipConfiguration: { ipv4Enabled: false, privateNetwork: expect.stringContaining('shop'), sslMode: 'ENCRYPTED_ONLY' }
  });
});

test('K5: a database of others is named, and stops a destroy before its first call', async () => {
  on.gcp.instance('orders').databases.set('reports', { name: 'reports' });
  const before = on.gcp.mutations().length;
  const refused = await on.step(destroy);
  expect(refused.exitCode).toBe(1);
  expect(refused.outputs['failure_reason']).toBe('not-ours');
  expect(refused.log).toContain('database reports, which carries no ownership mark');
  expect(on.gcp.mutations().length).toBe(before);
  on.gcp.instance('orders').databases.delete('reports');
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
