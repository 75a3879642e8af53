import { instanceFacts, isPrivateNetwork } from '../../../../src/providers/gcp/resources/server/convert.ts';
import { iamUserOf } from '../../../../src/providers/gcp/api/iam-users.ts';
import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { object, type Json } from '../../../clouds/gcp/json.ts';
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

async function planned(inputs: With): Promise<readonly string[]> {
  return lines((await (await gcpRun(cloud, inputs)).plan()).plan);
}

async function notices(inputs: With): Promise<readonly string[]> {
  return (await (await gcpRun(cloud, inputs)).plan()).plan.notices.map(({ code, message }) => `${code}: ${message}`);
}

/** Changes the live instance, as another user or Cloud SQL would. */
function change(settings: Json, more: Json = {}): void {
  const live = cloud.instance('orders');
  live.json = { ...live.json, ...more, settings: { ...object(live.json['settings']), ...settings } };
}

const network = (): Json => object(object(cloud.instance('orders').json['settings'])['ipConfiguration']);

describe('differences that arise by themselves are not a change', () => {
  test('a grown disk, also after growth is switched off, in every later run', async () => {
    await madeOnGcp(cloud, basic());
    change({ dataDiskSizeGb: '60' });
    const off = { ...basic(), max_allocated_storage: '0' };
    expect(await applied(off)).toEqual(['update server: max_allocated_storage "unlimited" → 0 (online)']);
    expect(await planned(off)).toEqual([]);
    expect((await notices(off)).join()).toContain('storage-grown');
    expect(await applied({ ...off, disk_size: '80' })).toEqual(['update server: allocated_storage 60 → 80 (online)']);
  });

  test('a grown disk, to which a new replica is made', async () => {
    await madeOnGcp(cloud, basic());
    change({ dataDiskSizeGb: '60' });
    const asked = { ...basic(), create_read_replica: 'true' };
    await applied(asked);
    expect(cloud.instance('orders-replica-1').json['settings']).toMatchObject({ dataDiskSizeGb: '60' });
    expect(await planned(asked)).toEqual([]);
  });

  test('a grown disk of a replica', async () => {
    const asked = { ...basic(), create_read_replica: 'true' };
    await applied(asked);
    const replica = cloud.instance('orders-replica-1');
    replica.json = { ...replica.json, settings: { ...object(replica.json['settings']), dataDiskSizeGb: '60' } };
    expect(await planned({ ...asked, max_allocated_storage: '0' })).not.toContainEqual(
      expect.stringContaining('blocked')
    );
  });

  test('the two zones after a failover', async () => {
    const asked = {
      ...basic(),
      multi_az: 'true',
      availability_zone: 'us-central1-a',
      secondary_zone: 'us-central1-f'
    };
    await applied(asked);
    change(
      { locationPreference: { zone: 'us-central1-f', secondaryZone: 'us-central1-a' } },
      { gceZone: 'us-central1-f', secondaryGceZone: 'us-central1-a' }
    );
    expect(await planned(asked)).toEqual([]);
  });

  test('the retention of the log that follows a new edition', async () => {
    await madeOnGcp(cloud, { ...basic(), tier: 'db-perf-optimized-N-2' });
    change({
      backupConfiguration: {
        ...object(object(cloud.instance('orders').json['settings'])['backupConfiguration']),
        transactionLogRetentionDays: 14
      }
    });
    expect(await planned({ ...basic(), tier: 'db-perf-optimized-N-2' })).toEqual([]);
  });

  test('a tier that is spelled in another case', async () => {
    await madeOnGcp(cloud, { ...basic(), tier: 'db-perf-optimized-N-2' });
    expect(await planned({ ...basic(), tier: 'DB-PERF-OPTIMIZED-n-2' })).toEqual([]);
  });
});

describe('labels and networks', () => {
  const tags = (): Json => object(object(cloud.instance('orders').json['settings'])['userLabels']);

  test('of others survive an apply without tags, and the write of the mark', async () => {
    await madeOnGcp(cloud, basic());
    change({ userLabels: { ...tags(), billing: '4711' } });
    const { tags: _tags, ...untagged } = basic();
    await applied({ ...untagged, disk_size: '40' });
    expect(tags()).toMatchObject({ billing: '4711', team: 'shop' });
  });

  // Every PUT that Google's clients recorded carries instanceType; Google's own mock refuses one without.
  test('that are removed are removed by a PUT with the type of the instance', async () => {
    await madeOnGcp(cloud, { ...basic(), tags: 'Team: shop\nCost: low' });
    await applied({ ...basic(), tags: 'Team: shop' });
    const puts = cloud.mutations().filter(({ action }) => action === 'instances.update');
    expect(puts.map(({ body }) => body['instanceType'])).toEqual(['CLOUD_SQL_INSTANCE']);
    expect(tags()).not.toHaveProperty('cost');
    const asked = { ...basic(), create_read_replica: 'true', tags: 'Team: shop\nCost: low' };
    await applied(asked);
    await applied({ ...asked, tags: 'Team: shop' });
    const last = cloud.mutations().filter(({ action }) => action === 'instances.update');
    expect(last.map(({ body }) => body['instanceType'])).toContain('READ_REPLICA_INSTANCE');
  });

  test('that are removed leave the pair for disaster recovery and machine learning as they are', async () => {
    await madeOnGcp(cloud, { ...basic(), tags: 'Team: shop\nCost: low' });
    change({ enableGoogleMlIntegration: true }, { replicationCluster: { failoverDrReplicaName: 'orders-dr' } });
    await applied({ ...basic(), tags: 'Team: shop' });
    expect(tags()).not.toHaveProperty('cost');
    expect(cloud.instance('orders').json).toMatchObject({
      replicationCluster: { failoverDrReplicaName: 'orders-dr' },
      settings: { enableGoogleMlIntegration: true }
    });
  });

  // https://docs.cloud.google.com/sql/docs/postgres/data-cache: it is on unless a request says otherwise.
  test('a tier of Enterprise takes away the data cache, which every instance of Enterprise Plus has', async () => {
    const log = { transaction_log_retention_days: '7' };
    const cache = (): unknown => object(cloud.instance('orders').json['settings'])['dataCacheConfig'];
    await applied({ ...basic(), ...log, tier: 'db-perf-optimized-N-2' });
    expect(cache()).toEqual({ dataCacheEnabled: true });
    await applied({ ...basic(), ...log });
    expect(cache()).toBeUndefined();
  });

  test('connections without TLS that others allowed are told until an input says otherwise', async () => {
    await madeOnGcp(cloud, basic());
    change({ ipConfiguration: { ...network(), sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' } });
    const codes = async (inputs: With): Promise<readonly string[]> =>
      (await (await gcpRun(cloud, inputs)).plan()).plan.notices.flatMap(({ code, input }) =>
        input === 'ssl_mode' ? [code] : []
      );
    expect(await codes(basic())).toEqual(['less-safe']);
    const asked = { ...basic(), ssl_mode: 'ENCRYPTED_ONLY' };
    await applied(asked);
    expect(await codes(asked)).toEqual([]);
  });

  test('networks of others that open the instance to every address are a danger, and stay', async () => {
    await madeOnGcp(cloud, basic());
    change({ ipConfiguration: { ...network(), authorizedNetworks: [{ value: '0.0.0.0/0', name: 'debug' }] } });
    const { plan } = await (await gcpRun(cloud, basic())).plan();
    expect(plan.notices).toContainEqual(expect.objectContaining({ code: 'foreign-rules', severity: 'danger' }));
    await applied(basic());
    expect(network()['authorizedNetworks']).toHaveLength(2);
  });
});

describe('an instance with Private Service Connect only', () => {
  const asked = { ...basic(), publicly_accessible: 'false', allowed_cidr_blocks: '' };
  const inputs = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ''));
  beforeEach(async () => {
    await madeOnGcp(cloud, basic());
    const dnsName = 'a1b2c3.us-central1.sql.goog.';
    change(
      {
        ipConfiguration: { ...network(), authorizedNetworks: [], ipv4Enabled: false, pscConfig: { pscEnabled: true } }
      },
      { ipAddresses: [], dnsName, pscServiceAttachmentLink: 'projects/p1-tp/regions/us-central1/serviceAttachments/a' }
    );
  });

  test('has outputs by its DNS name', async () => {
    const { outputs } = await (await gcpRun(cloud, inputs)).apply();
    expect(outputs).toMatchObject({
      endpoint: { host: 'a1b2c3.us-central1.sql.goog', port: 5432 },
      module: { db_instance_endpoint: 'a1b2c3.us-central1.sql.goog:5432' }
    });
  });

  test('reports that the runner needs an endpoint to reach it', async () => {
    expect((await notices(inputs)).join()).toMatch(/private-endpoint: .*serviceAttachments\/a and a DNS record/);
  });

  test('prefers the name of the instance among several', async () => {
    const of = (name: string, dnsScope: string): Json => ({
      name,
      dnsScope,
      connectionType: 'PRIVATE_SERVICE_CONNECT'
    });
    change({}, { dnsNames: [of('cluster.sql-psa.goog.', 'CLUSTER'), of('one.us-central1.sql.goog.', 'INSTANCE')] });
    const { outputs } = await (await gcpRun(cloud, inputs)).apply();
    expect(outputs?.endpoint.host).toBe('one.us-central1.sql.goog');
  });
});

// https://cloud.google.com/sql/docs/postgres/backup-recovery/backup-options
test('retention and window of a plan of Backup and DR are no difference, and are told', async () => {
  await madeOnGcp(cloud, basic());
  const { backupConfiguration: backups } = object(cloud.instance('orders').json['settings']);
  const backupRetentionSettings = { retainedBackups: 30, retentionUnit: 'COUNT' };
  change({ backupConfiguration: { ...object(backups), backupTier: 'ENHANCED', backupRetentionSettings } });
  const asked = { ...basic(), backup_retention_period: '10', backup_window: '09:00-10:00' };
  expect(await planned(asked)).toEqual([]);
  expect((await notices(asked)).join()).toContain('backup-plan: ');
  expect((await notices(basic())).join()).not.toContain('backup-plan: ');
  // A label goes by a PUT of all settings.
  await applied({ ...asked, tags: 'Owner: team-a' });
  expect(await planned({ ...asked, tags: 'Owner: team-a' })).toEqual([]);
});

describe('addresses of an instance', () => {
  const auto = (ipAddress: string): Json => ({ ipAddress, consumerNetwork: 'projects/shop/global/networks/apps' });
  const psc = (...pscAutoConnections: readonly Json[]): Json => ({
    settings: { ipConfiguration: { pscConfig: { pscEnabled: true, pscAutoConnections } } }
  });
  const within = { type: 'PRIVATE', ipAddress: '10.9.0.3' };
  const name = (dnsScope: string, connectionType = 'PRIVATE_SERVICE_CONNECT'): Json => ({
    name: `${dnsScope.toLowerCase()}.us-central1.sql.goog.`,
    dnsScope,
    connectionType
  });

  // https://cloud.google.com/sql/docs/postgres/configure-private-service-connect: endpoints that Cloud SQL makes
  // itself, the DNS name of an instance, and the write endpoint, which is of the cluster.
  test.each<[string, Json, string | undefined, string | undefined]>([
    ['the endpoint that Cloud SQL made, without a DNS name', psc(auto('10.1.0.7')), '10.1.0.7', undefined],
    ['none of several endpoints', psc(auto('10.1.0.7'), auto('10.2.0.7')), undefined, undefined],
    ['an endpoint whose address is not known yet', psc({}), undefined, undefined],
    [
      'a DNS name before the endpoint',
      { ...psc(auto('10.1.0.7')), dnsNames: [name('CLUSTER'), name('INSTANCE')] },
      'instance.us-central1.sql.goog',
      '10.1.0.7'
    ],
    [
      'a private address beside an endpoint',
      { ...psc(auto('10.1.0.7')), ipAddresses: [within] },
      '10.9.0.3',
      '10.1.0.7'
    ],
    [
      'a private address, whose DNS name needs a record',
      { ipAddresses: [within], dnsNames: [name('INSTANCE', 'PRIVATE_SERVICES_ACCESS')] },
      '10.9.0.3',
      undefined
    ],
    [
      'both addresses, and not the one that it calls others from',
      {
        ipAddresses: [{ type: 'OUTGOING', ipAddress: '34.1.1.1' }, { type: 'PRIMARY', ipAddress: '34.1.1.2' }, within]
      },
      '34.1.1.2',
      '10.9.0.3'
    ]
  ])('are %s', (_what, live, host, privateHost) => {
    const facts = instanceFacts({ name: 'orders', ...live });
    expect([facts['host'], facts['private_host']]).toEqual([host, privateHost]);
  });

  test('that only connectors reach are told', async () => {
    await madeOnGcp(cloud, basic());
    change({ connectorEnforcement: 'REQUIRED' });
    expect((await notices(basic())).join()).toMatch(/connectors-only: .*who connects to `host` itself is refused/);
  });

  test('in a network of clients are told, and have outputs', async () => {
    await madeOnGcp(cloud, basic());
    const pscConfig = { pscEnabled: true, pscAutoConnections: [auto('10.1.0.7')] };
    const { allowed_cidr_blocks: _, ...inputs }: With = { ...basic(), publicly_accessible: 'false' };
    change(
      { ipConfiguration: { ...network(), authorizedNetworks: [], ipv4Enabled: false, pscConfig } },
      { ipAddresses: [] }
    );
    const { outputs, plan } = await (await gcpRun(cloud, inputs)).apply();
    expect(outputs?.endpoint.host).toBe('10.1.0.7');
    expect(plan.notices.map(({ message }) => message).join()).toContain(
      'has to be in projects/shop/global/networks/apps, where Cloud SQL keeps an endpoint'
    );
  });
});

describe('windows', () => {
  test.each([
    ['overlap across midnight', '23:00-00:00', 'mon:01:00-mon:02:00', true],
    ['overlap where maintenance begins first', '01:30-02:30', 'mon:01:00-mon:02:00', true],
    ['overlap on the night of a Sunday', '22:00-23:00', 'mon:00:00-mon:01:00', true],
    ['touch without an overlap', '20:00-21:00', 'mon:00:00-mon:01:00', false],
    ['lie apart', '03:00-04:00', 'sun:12:00-sun:13:00', false]
  ])('that %s are reported accordingly: %s and %s', async (_what, backup_window, maintenance_window, isTold) => {
    const told = (await notices({ ...basic(), backup_window, maintenance_window })).join();
    expect(told.includes('windows-overlap')).toBe(isTold);
  });
});

describe('an instance of another kind', () => {
  test.each([
    ['a read replica', { instanceType: 'READ_REPLICA_INSTANCE', masterInstanceName: 'shop-project:main' }],
    ['a read pool', { instanceType: 'READ_POOL_INSTANCE', masterInstanceName: 'shop-project:main' }],
    ['an instance of MYSQL_8_0', { databaseVersion: 'MYSQL_8_0' }],
    ['outside of Google Cloud', { instanceType: 'ON_PREMISES_INSTANCE' }]
  ])('is not adopted as the server: %s', async (kind, json: Json) => {
    await madeOnGcp(cloud, basic());
    change({ userLabels: {} }, json);
    await expect(planned({ ...basic(), adopt_existing: 'true' })).rejects.toThrow(kind);
  });
});

describe('Private Service Connect and a deny period', () => {
  const asked = {
    ...basic(),
    publicly_accessible: '',
    allowed_cidr_blocks: '',
    psc_enabled: 'true',
    psc_allowed_consumer_projects: 'shop-clients\n123456789012',
    deny_maintenance_period: '11-20 to 01-05'
  };
  const inputs: With = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ''));
  const config = (): Json => cloud.instance('orders').json['settings'] as Json;

  test('are made with the instance, changed, found unchanged, and taken away', async () => {
    const made = await (await gcpRun(cloud, inputs)).apply();
    expect(config()).toMatchObject({
      ipConfiguration: {
        ipv4Enabled: false,
        pscConfig: { pscEnabled: true, allowedConsumerProjects: ['shop-clients', '123456789012'] }
      },
      denyMaintenancePeriods: [{ startDate: '0-11-20', endDate: '0-1-5', time: '00:00:00' }]
    });
    expect(made.outputs?.module).toMatchObject({
      instance_psc_attachment: 'projects/p1-tp/regions/us-central1/serviceAttachments/a-orders',
      dns_name: made.outputs?.endpoint.host
    });
    expect(lines((await (await gcpRun(cloud, inputs)).plan()).plan)).toEqual([]);
    const other: With = {
      ...inputs,
      psc_allowed_consumer_projects: 'shop-clients',
      deny_maintenance_period: '2026-11-20 to 2027-01-05 at 06:00'
    };
    expect(lines((await (await gcpRun(cloud, other)).plan()).plan)).toEqual([
      'update server: deny_maintenance_period "11-20 to 01-05 at 00:00:00" → "2026-11-20 to 2027-01-05 at 06:00:00" (online)',
      'update server: psc_allowed_consumer_projects ["shop-clients","123456789012"] → ["shop-clients"] (online)'
    ]);
    await (await gcpRun(cloud, other)).apply();
    expect(config()).toMatchObject({
      ipConfiguration: { pscConfig: { pscEnabled: true, allowedConsumerProjects: ['shop-clients'] } },
      denyMaintenancePeriods: [{ startDate: '2026-11-20', endDate: '2027-1-5', time: '06:00:00' }]
    });
    // What no input names stays.
    const named = ['deny_maintenance_period', 'psc_allowed_consumer_projects', 'psc_enabled'];
    const bare = Object.fromEntries(Object.entries(other).filter(([name]) => !named.includes(name)));
    expect(lines((await (await gcpRun(cloud, bare)).plan()).plan)).toEqual([]);
    await (await gcpRun(cloud, { ...bare, deny_maintenance_period: 'none' })).apply();
    expect(config()).toMatchObject({ denyMaintenancePeriods: [] });
  });

  test('the last address of an instance is not taken away', async () => {
    await (await gcpRun(cloud, inputs)).apply();
    const off = { ...inputs, psc_allowed_consumer_projects: '', psc_enabled: 'false' };
    await expect((await gcpRun(cloud, off)).plan()).rejects.toThrow(
      /`psc_enabled`: "false" leaves the instance without an address; allowed: `publicly_accessible: true`/
    );
    await (await gcpRun(cloud, { ...off, publicly_accessible: 'true' })).apply();
    expect(config()).toMatchObject({ ipConfiguration: { ipv4Enabled: true, pscConfig: { pscEnabled: false } } });
  });
});

test.each<[string, string | undefined, string | undefined]>([
  ['ann@example.com', 'CLOUD_IAM_USER', 'ann@example.com'],
  ['user:Ann@Example.com', 'CLOUD_IAM_USER', 'ann@example.com'],
  ['group:team@example.com', 'CLOUD_IAM_GROUP', 'team@example.com'],
  ['app@shop.iam.gserviceaccount.com', 'CLOUD_IAM_SERVICE_ACCOUNT', 'app@shop.iam'],
  ['serviceAccount:app@shop.iam.gserviceaccount.com', 'CLOUD_IAM_SERVICE_ACCOUNT', 'app@shop.iam'],
  ['user:app@shop.iam.gserviceaccount.com', undefined, undefined],
  ['group:app@shop.iam.gserviceaccount.com', undefined, undefined],
  ['serviceAccount:ann@example.com', undefined, undefined],
  ['domain:example.com', undefined, undefined],
  ['ann', undefined, undefined]
])('the member %s of `iam_users` is of type %s', (given, type, name) => {
  expect(iamUserOf(given)).toEqual(type === undefined ? undefined : { type, name });
});

test.each([
  '10.0.0.0/8',
  '127.0.0.1',
  '100.64.0.0/10',
  '100.127.0.0/16',
  '169.254.1.1',
  '0.1.0.0/16',
  '172.16.0.0/12',
  '172.31.0.0/16',
  '192.168.0.0/16'
])('%s is private, or not routable', one => {
  expect(isPrivateNetwork(one)).toBe(true);
});

test.each([
  '0.0.0.0/0',
  '11.0.0.0/8',
  '126.0.0.1',
  '128.0.0.1',
  '100.63.0.0/16',
  '100.128.0.0/16',
  '101.64.0.0/16',
  '169.253.1.1',
  '168.254.1.1',
  '170.254.1.1',
  '172.15.0.0/16',
  '172.32.0.0/16',
  '171.16.0.0/16',
  '173.16.0.0/16',
  '192.167.0.0/16',
  '192.169.0.0/16',
  '191.168.0.0/16',
  '193.168.0.0/16'
])('%s is public', one => {
  expect(isPrivateNetwork(one)).toBe(false);
});
