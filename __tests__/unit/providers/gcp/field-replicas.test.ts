import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import type { Json } from '../../../clouds/gcp/json.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeGcp;
beforeEach(async () => {
  cloud = await startGcp({ pace: { operation: 1, within: 0, hidden: 0, stale: 0 } });
});
afterEach(async () => cloud.stop());

async function applied(inputs: With): Promise<readonly string[]> {
  return lines((await (await gcpRun(cloud, inputs)).apply()).plan);
}

const settingsOf = (name: string): Json => cloud.instance(name).json['settings'] as Json;

/** Changes the live instance, as another user or Cloud SQL would. */
function change(name: string, settings: Json, more: Json = {}): void {
  const live = cloud.instance(name);
  live.json = { ...live.json, ...more, settings: { ...settingsOf(name), ...settings } };
}

const PRIVATE: With = {
  name: 'orders',
  gcp_region: 'us-central1',
  engine_version: '16',
  tier: 'db-custom-2-7680',
  disk_size: '40',
  max_allocated_storage: '200',
  vpc_id: 'shop',
  ssl_mode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED',
  iam_database_authentication_enabled: 'true',
  parameters: 'log_statement: all',
  enable_performance_insights: 'true',
  master_password: 'Canary-horse-8431'
};
const BARE: With = { name: 'orders', gcp_region: 'us-central1', create_read_replica: 'true' };

describe('a replica that a later run adds to a live primary', () => {
  // The API takes the network and the SSL mode of a replica from the request alone: without them it is public and takes
  // plain text.
  test('grows without a limit where its primary does', async () => {
    await madeOnGcp(cloud, basic());
    await applied({ ...BARE });
    const sent = cloud.mutations().findLast(({ action }) => action === 'instances.insert')?.body;
    expect(sent?.['settings']).toMatchObject({ storageAutoResize: true, storageAutoResizeLimit: '0' });
  });

  test('takes what no input names from the primary, and the plan shows it', async () => {
    await madeOnGcp(cloud, PRIVATE);
    const { plan } = await (await gcpRun(cloud, BARE)).plan();
    const values = Object.fromEntries(
      plan.steps.find(one => one.address === 'replica/1')?.changes.map(one => [one.field, one.to]) ?? []
    );
    expect(values).toMatchObject({
      instance_class: 'db-custom-2-7680',
      edition: 'ENTERPRISE',
      allocated_storage: 40,
      max_allocated_storage: 200,
      private_network: 'projects/shop-project/global/networks/shop',
      publicly_accessible: false,
      ssl_mode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED',
      'parameters.log_statement': 'all',
      iam_database_authentication_enabled: true,
      enable_performance_insights: true
    });
    expect(plan.notices.filter(one => one.severity === 'danger')).toEqual([]);
    await applied(BARE);
    expect(settingsOf('orders-replica-1')).toMatchObject({
      tier: 'db-custom-2-7680',
      dataDiskSizeGb: '40',
      ipConfiguration: {
        ipv4Enabled: false,
        privateNetwork: 'projects/shop-project/global/networks/shop',
        sslMode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED'
      },
      insightsConfig: { queryInsightsEnabled: true }
    });
    expect(lines((await (await gcpRun(cloud, BARE)).plan()).plan)).toEqual([]);
  });

  test('takes settings that no input can name: connectors, data cache, flags of others, endpoints', async () => {
    await madeOnGcp(cloud, { ...PRIVATE, tier: 'db-perf-optimized-N-2' });
    change('orders', {
      connectorEnforcement: 'REQUIRED',
      dataCacheConfig: { dataCacheEnabled: true },
      databaseFlags: [{ name: 'cloudsql.logical_decoding', value: 'on' }],
      ipConfiguration: {
        ...(settingsOf('orders')['ipConfiguration'] as Json),
        pscConfig: { pscEnabled: true, allowedConsumerProjects: ['shop-project'] }
      }
    });
    await applied({ ...BARE, parameters: 'log_statement: ddl' });
    expect(settingsOf('orders-replica-1')).toMatchObject({
      connectorEnforcement: 'REQUIRED',
      dataCacheConfig: { dataCacheEnabled: true },
      databaseFlags: [
        { name: 'cloudsql.logical_decoding', value: 'on' },
        { name: 'log_statement', value: 'ddl' }
      ],
      ipConfiguration: { pscConfig: { pscEnabled: true, allowedConsumerProjects: ['shop-project'] } }
    });
  });

  test('does so in another region too', async () => {
    await madeOnGcp(cloud, PRIVATE);
    await applied({ name: 'orders', gcp_region: 'us-central1', replica_region: 'us-east1' });
    expect(cloud.instance('orders-replica-us-east1').json).toMatchObject({
      region: 'us-east1',
      settings: { tier: 'db-custom-2-7680', ipConfiguration: { ipv4Enabled: false } }
    });
  });

  // What belongs to one region: `serverCaPool` of the API, and what needs it.
  test.each<[string, Json, Json, Json?]>([
    [
      'without a pool of certificates',
      {
        serverCaMode: 'CUSTOMER_MANAGED_CAS_CA',
        serverCaPool: 'projects/shop-project/locations/us-central1/caPools/own',
        serverCertificateRotationMode: 'AUTOMATIC_ROTATION_DURING_MAINTENANCE',
        customSubjectAlternativeNames: ['orders.example.com']
      },
      { ipv4Enabled: false }
    ],
    [
      'with the authority of Google',
      {
        serverCaMode: 'GOOGLE_MANAGED_CAS_CA',
        serverCertificateRotationMode: 'AUTOMATIC_ROTATION_DURING_MAINTENANCE'
      },
      { serverCaMode: 'GOOGLE_MANAGED_CAS_CA' }
    ],
    [
      'without a network attachment',
      {
        pscConfig: {
          pscEnabled: true,
          networkAttachmentUri: 'projects/shop-project/regions/us-central1/networkAttachments/own'
        }
      },
      { pscConfig: { pscEnabled: true } },
      { pscConfig: { pscEnabled: true } }
    ]
  ])('does so elsewhere %s', async (_what, network, expected, near = network) => {
    await madeOnGcp(cloud, PRIVATE);
    change('orders', { ipConfiguration: { ...(settingsOf('orders')['ipConfiguration'] as Json), ...network } });
    await applied({ ...BARE, replica_region: 'us-east1' });
    expect(settingsOf('orders-replica-us-east1')['ipConfiguration']).toMatchObject(expected);
    expect(settingsOf('orders-replica-1')['ipConfiguration']).toMatchObject(near);
  });

  // https://cloud.google.com/sql/docs/postgres/instance-settings: the name of the project counts.
  test('has a name that fits into the project', async () => {
    const asked = { ...basic(), name: 'o'.repeat(85), create_read_replica: 'true', replica_region: 'us-east1' };
    await applied(asked);
    expect([...cloud.state.instances.keys()].map(({ length }) => length)).toEqual([85, 85, 85]);
    expect(lines((await (await gcpRun(cloud, asked)).plan()).plan)).toEqual([]);
  });

  test('of a restored copy takes it from the source of the copy', async () => {
    await madeOnGcp(cloud, { ...PRIVATE, enable_binary_log_backup: 'true' });
    const copy = { name: 'orders-copy', restore_source: 'orders', create_read_replica: 'true' };
    await applied({ ...copy, master_password: 'Canary-horse-9542' });
    expect(settingsOf('orders-copy-replica-1')).toMatchObject({
      tier: 'db-custom-2-7680',
      ipConfiguration: { ipv4Enabled: false, sslMode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED' }
    });
  });

  test('that is less safe than its primary is a danger, and the hint works', async () => {
    const asked = { ...PRIVATE, create_read_replica: 'true' };
    await applied(asked);
    change('orders-replica-1', {
      ipConfiguration: {
        ...(settingsOf('orders-replica-1')['ipConfiguration'] as Json),
        ipv4Enabled: true,
        sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED'
      }
    });
    const { plan } = await (await gcpRun(cloud, BARE)).plan();
    const dangers = plan.notices.filter(one => one.severity === 'danger').map(one => one.message);
    expect(dangers).toEqual([
      expect.stringContaining('Set `publicly_accessible: false`.'),
      expect.stringContaining('Set `ssl_mode: TRUSTED_CLIENT_CERTIFICATE_REQUIRED`.')
    ]);
    const advised = { ...BARE, publicly_accessible: 'false', ssl_mode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED' };
    await applied(advised);
    expect((await (await gcpRun(cloud, BARE)).plan()).plan.notices.filter(one => one.severity === 'danger')).toEqual(
      []
    );
  });
});

describe('the order of a server and its replicas', () => {
  const order = async (inputs: With): Promise<readonly string[]> => {
    const { plan } = await (await gcpRun(cloud, inputs)).plan();
    return plan.steps.filter(({ action }) => action === 'update').map(({ address }) => address);
  };
  const asked = { ...basic(), create_read_replica: 'true', replica_region: 'us-east1' };

  test.each([
    ['a larger tier', { tier: 'db-custom-2-7680' }],
    ['a larger disk', { disk_size: '60' }],
    ['another edition', { tier: 'db-perf-optimized-N-2' }]
  ])('grows every replica first, with %s', async (_what, more: With) => {
    await madeOnGcp(cloud, asked);
    expect((await order({ ...asked, ...more })).at(-1)).toBe('server');
  });

  test('shrinks the server first', async () => {
    await madeOnGcp(cloud, { ...asked, tier: 'db-custom-4-15360' });
    expect((await order(asked))[0]).toBe('server');
  });

  test('cannot do both in one apply', async () => {
    await madeOnGcp(cloud, { ...asked, tier: 'db-custom-4-15360' });
    await expect(order({ ...asked, disk_size: '60' })).rejects.toThrow(
      /goes down while `allocated_storage` goes up.*in two applies/
    );
  });
});

test('a plan ends while, after a switchover, each instance is still in the list of the other', async () => {
  const asked = { ...basic(), create_read_replica: 'true' };
  await (await gcpRun(cloud, asked)).apply();
  const replica = cloud.instance('orders-replica-1');
  const primary = cloud.instance('orders');
  expect(primary.json['replicaNames']).toEqual(['orders-replica-1']);
  replica.json = { ...replica.json, masterInstanceName: '', replicaNames: ['orders'] };
  primary.json = { ...primary.json, masterInstanceName: 'shop-project:orders-replica-1' };
  const { plan } = await (await gcpRun(cloud, asked)).plan();
  expect(plan.verdict).toBe('blocked');
});

describe('resources of others on the instance', () => {
  const others = (json: Json): void => {
    const live = cloud.instance('orders-replica-1');
    const name = String(json['name']);
    cloud.state.instances.set(name, { ...live, json: { ...live.json, ...json } });
    const orders = cloud.instance('orders');
    orders.json = { ...orders.json, replicaNames: ['orders-replica-1', name] };
  };
  const asked = { ...basic(), create_read_replica: 'true' };

  test.each([
    ['a replica without a mark', { name: 'reports', settings: { tier: 'db-custom-1-3840' } }, 'read replica reports'],
    ['a read pool', { name: 'pool', instanceType: 'READ_POOL_INSTANCE', settings: {} }, 'read pool pool'],
    [
      'a replica of our replica',
      { name: 'below', masterInstanceName: 'shop-project:orders-replica-1', settings: {} },
      'read replica below'
    ]
  ])('%s is in the plan of a destroy, which is refused before its first call', async (_what, json: Json, title) => {
    await madeOnGcp(cloud, asked);
    others(json);
    const before = cloud.mutations().length;
    await expect((await gcpRun(cloud, asked)).destroy()).rejects.toThrow();
    expect(cloud.mutations().slice(before)).toEqual([]);
    const { session } = await gcpRun(cloud, asked);
    expect((await session.observe()).map(one => one.title)).toContain(title);
  });

  test('stays where the inputs ask for fewer replicas', async () => {
    await madeOnGcp(cloud, asked);
    others({ name: 'reports', settings: { tier: 'db-custom-1-3840' } });
    const fewer = { ...basic(), create_read_replica: 'false' };
    expect(await applied(fewer)).toEqual(['delete replica/1']);
    expect([...cloud.state.instances.keys()]).toEqual(['orders', 'reports']);
  });
});
