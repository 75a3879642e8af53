import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import type { Json } from '../../../clouds/gcp/json.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeGcp;
beforeEach(async () => {
  cloud = await startGcp();
});
afterEach(async () => cloud.stop());

/** An instance with the settings of terraform-google-sql-db, made by others. */
async function sqlDb(): Promise<void> {
  const inputs = {
    name: 'orders',
    gcp_region: 'us-central1',
    engine_version: '16',
    tier: 'db-custom-1-3840',
    disk_size: '20',
    master_password: 'Canary-horse-8431',
    publicly_accessible: 'true',
    allowed_cidr_blocks: '203.0.113.0/24',
    parameters: 'autovacuum: off\nlog_min_duration_statement: 500ms\nmax_connections: "200"',
    iam_database_authentication_enabled: 'true',
    iam_users: 'user:ann@example.com\nuser:bob@example.com',
    create_read_replica: 'true'
  };
  await madeOnGcp(cloud, inputs);
  for (const live of cloud.state.instances.values()) {
    const settings = { ...(live.json['settings'] as Json), userLabels: { cost_center: '4711' } };
    live.json = { ...live.json, settings };
  }
}

const BARE: With = { name: 'orders', gcp_region: 'us-central1', adopt_existing: 'orders' };
const planned = async (inputs: With): Promise<readonly string[]> =>
  lines((await (await gcpRun(cloud, { ...BARE, ...inputs })).plan()).plan);

describe('adoption of an instance of terraform-google-sql-db asks for nothing more than was asked', () => {
  test.each<[string, With]>([
    ['the name alone', {}],
    [
      'the names that Terraform has',
      {
        database_version: 'POSTGRES_16',
        tier: 'db-custom-1-3840',
        availability_type: 'ZONAL',
        deletion_protection_enabled: 'false'
      }
    ],
    [
      'its flags',
      {
        database_flags:
          '[{name: autovacuum, value: "off"}, {name: log_min_duration_statement, value: "500"}, {name: max_connections, value: "200"}]'
      }
    ],
    ['a network', { allowed_cidr_blocks: '203.0.113.0/24' }],
    ['a label', { user_labels: 'cost_center: "4711"' }]
  ])('%s', async (_what, inputs) => {
    await sqlDb();
    expect(await planned(inputs)).toEqual(['adopt server']);
    await (await gcpRun(cloud, { ...BARE, ...inputs })).apply();
    expect(await planned(inputs)).toEqual([]);
  });
});

test('one of its two users of IAM is adopted, and the other one stays as others made it', async () => {
  await sqlDb();
  const inputs = { iam_database_authentication_enabled: 'true', iam_users: 'user:ann@example.com' };
  expect(await planned(inputs)).toEqual(['adopt server', 'adopt user/ann@example.com']);
  await (await gcpRun(cloud, { ...BARE, ...inputs })).apply();
  expect(await planned(inputs)).toEqual([]);
  expect([...(cloud.state.instances.get('orders')?.users.keys() ?? [])].join()).toMatch(/bob@example.com/);
  // The one that the mark remembers is ours, and goes with its input.
  expect(await planned({ ...inputs, iam_users: '[]' })).toEqual(['delete user/ann@example.com']);
});

test('a replica under a name of its own is the one that is asked for', async () => {
  await sqlDb();
  const { instances } = cloud.state;
  const record = instances.get('orders-replica-1');
  if (record === undefined) throw new Error('There is no replica');
  instances.delete('orders-replica-1');
  record.json = { ...record.json, name: 'orders-bi' };
  instances.set('orders-bi', record);
  const primary = instances.get('orders');
  if (primary !== undefined) primary.json = { ...primary.json, replicaNames: ['orders-bi'] };
  expect(await planned({ create_read_replica: 'true', replica_names: 'orders-bi' })).toEqual([
    'adopt server',
    'adopt replica/1'
  ]);
});
