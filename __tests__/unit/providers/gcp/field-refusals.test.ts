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

async function planned(inputs: With): Promise<readonly string[]> {
  return lines((await (await gcpRun(cloud, inputs)).plan()).plan);
}

const without = (inputs: With, ...names: readonly string[]): With =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));

function change(settings: Json, more: Json = {}): void {
  const live = cloud.instance('orders');
  live.json = { ...live.json, ...more, settings: { ...(live.json['settings'] as Json), ...settings } };
}

const KEY = 'projects/p/locations/us-east1/keyRings/r/cryptoKeys/k';

describe('settings that Cloud SQL refuses for a new instance are refused in the plan', () => {
  test.each([
    ['a zone of another region', { availability_zone: 'us-east1-b' }, /is not a zone of us-central1/],
    ['a secondary zone without a standby', { secondary_zone: 'us-central1-f' }, /the instance does not have.*multi_az/],
    ['a key of another region', { kms_key_id: KEY }, /is a key in us-east1; allowed: a key in us-central1/],
    ['a name that is too long for the project', { name: `o${'x'.repeat(90)}` }, /at most 85 characters/],
    ['no address', { publicly_accessible: 'false', allowed_cidr_blocks: '' }, /without an address/],
    ['a reserved database', { database_name: 'template1' }, /is a database that Cloud SQL reserves/],
    ['a reserved user', { master_username: 'cloudsqlreplica' }, /is a name that Cloud SQL reserves/],
    ['a user that PostgreSQL reserves', { master_username: 'pg_keeper' }, /is a name that Cloud SQL reserves/],
    [
      'too many replicas',
      { create_read_replica: 'true', read_replica_count: '10', replica_region: 'us-east1' },
      /10 in all/
    ],
    // `SqlDatabaseVersion` of the API's description: PostgreSQL 9.6 to 20, which are not all on offer.
    ...['9.6', '13.4', '19', '21'].map((version): [string, With, RegExp] => [
      `version ${version}`,
      { engine_version: version },
      new RegExp(
        `"${version.replace('.4', '')}" is not a version that Cloud SQL has flags for; allowed: 14, 15, 16, 17, 18`
      )
    ]),
    ['an unknown tier', { tier: 'db-quantum-4' }, /is not a tier that Cloud SQL offers/],
    [
      'a replica where the tier is not offered',
      { tier: 'db-perf-optimized-N-128', replica_region: 'us-east1' },
      /does not offer the tier/
    ]
  ])('%s', async (_what, more: With, words) => {
    const inputs = Object.fromEntries(Object.entries({ ...basic(), ...more }).filter(([, value]) => value !== ''));
    await expect(planned(inputs)).rejects.toThrow(words);
    expect(cloud.mutations()).toEqual([]);
  });

  // Newer families: https://cloud.google.com/sql/docs/postgres/machine-series-overview
  test.each(['db-custom-N4-2-8192', 'db-c4a-highmem-4'])(
    'but a tier of an unknown family, %s, is passed on',
    async tier => {
      const { plan } = await (await gcpRun(cloud, { ...basic(), tier })).plan();
      expect(plan.notices).toContainEqual(expect.objectContaining({ code: 'tier-unknown' }));
      await applied({ ...basic(), tier });
      expect(cloud.instance('orders').json['settings']).toMatchObject({ tier });
      expect(await planned({ ...basic(), tier: tier.toUpperCase().replace('DB-', 'db-') })).toEqual([]);
    }
  );
});

describe('settings that Cloud SQL refuses for a live instance are refused in the plan, and the hint works', () => {
  const plus = { ...basic(), tier: 'db-perf-optimized-N-2' };

  test.each<readonly [string, With, With, RegExp, With]>([
    [
      'a tier of Enterprise while the log is kept for 14 days',
      { ...plus, transaction_log_retention_days: '14', backup_retention_period: '14' },
      basic(),
      /does not allow 14 days of log; allowed: `transaction_log_retention_days: 7`/,
      { ...basic(), transaction_log_retention_days: '7' }
    ],
    [
      'a tier of Enterprise while the pooler is on',
      { ...plus, enable_proxy: 'true', transaction_log_retention_days: '7' },
      { ...basic(), transaction_log_retention_days: '7' },
      /does not allow a pooler; allowed: `enable_proxy: false`/,
      { ...basic(), transaction_log_retention_days: '7', enable_proxy: 'false' }
    ],
    [
      'point-in-time recovery without backups',
      { ...basic(), enable_backup: 'false' },
      { ...basic(), enable_binary_log_backup: 'true' },
      /needs backups.*`enable_backup: true`/,
      { ...basic(), enable_binary_log_backup: 'true', enable_backup: 'true' }
    ],
    [
      'a secondary zone without a standby',
      basic(),
      { ...basic(), secondary_zone: 'us-central1-f' },
      /`multi_az: true`/,
      { ...basic(), secondary_zone: 'us-central1-f', multi_az: 'true' }
    ]
  ])('%s', async (_what, before, asked, words, advised) => {
    await madeOnGcp(cloud, before);
    const calls = cloud.mutations().length;
    await expect(planned(asked)).rejects.toThrow(words);
    expect(cloud.mutations()).toHaveLength(calls);
    await applied(advised);
    expect(await planned(advised)).toEqual([]);
  });

  test('a zone of another region than the live one, with any environment', async () => {
    await madeOnGcp(cloud, basic());
    await expect(planned({ ...without(basic(), 'gcp_region'), availability_zone: 'us-east1-b' })).rejects.toThrow(
      'is not a zone of us-central1'
    );
  });

  test('a replica in another region of an instance with its own key', async () => {
    await madeOnGcp(cloud, basic());
    change({}, { diskEncryptionConfiguration: { kmsKeyName: KEY } });
    await expect(planned({ ...basic(), replica_region: 'us-east1' })).rejects.toThrow('has a customer-managed key');
  });

  test('an upgrade to a version that does not know a live flag', async () => {
    await madeOnGcp(cloud, basic());
    change({ databaseFlags: [{ name: 'old_snapshot_threshold', value: '10' }] });
    const upgrade = { ...basic(), engine_version: '17', allow_major_version_upgrade: 'true' };
    await expect(planned(upgrade)).rejects.toThrow('does not know the flag old_snapshot_threshold');
    change({ databaseFlags: [] });
    await applied(upgrade);
    expect(cloud.instance('orders').json['databaseVersion']).toBe('POSTGRES_17');
  });

  test('a notice names networks without effect while the public address is off', async () => {
    const within = { ...basic(), publicly_accessible: 'false', vpc_id: 'shop' };
    const { plan } = await (await gcpRun(cloud, within)).plan();
    expect(plan.notices).toContainEqual(
      expect.objectContaining({ code: 'value-ignored', input: 'allowed_cidr_blocks' })
    );
  });

  test.each(['100.64.0.0/10', '169.254.0.0/16', '127.0.0.1'])('%s is not sent: it is not routable', async network => {
    await madeOnGcp(cloud, { ...basic(), allowed_cidr_blocks: `${network}\n203.0.113.0/24` });
    expect(cloud.instance('orders').json['settings']).toMatchObject({
      ipConfiguration: { authorizedNetworks: [{ value: '203.0.113.0/24' }] }
    });
  });
});

test('a major version that the instance can’t be upgraded to is refused, and one of its list is not', async () => {
  await madeOnGcp(cloud, basic());
  const targets = [15, 17].map(major => ({ name: `POSTGRES_${major}`, majorVersion: `POSTGRES_${major}` }));
  change({}, { upgradableDatabaseVersions: targets });
  const upgrade = { ...basic(), allow_major_version_upgrade: 'true' };
  await expect(planned({ ...upgrade, engine_version: '18' })).rejects.toThrow(
    /is not a version that 16 can be upgraded to; allowed: 15, 17/
  );
  expect(await planned({ ...upgrade, engine_version: '17' })).toContainEqual(expect.stringContaining('engine_version'));
});

test('a version that the action does not know is no change of a live instance that has it', async () => {
  await madeOnGcp(cloud, basic());
  change({}, { databaseVersion: 'POSTGRES_9_6' });
  const { plan } = await (await gcpRun(cloud, { ...basic(), engine_version: '9.6' })).plan();
  expect(lines(plan)).toEqual([]);
  expect(plan.notices).not.toContainEqual(expect.objectContaining({ input: 'engine_version', code: 'value-mapped' }));
  expect(cloud.calls().map(({ action }) => action)).not.toContain('flags.list');
});

test('a list of flags that is refused for a version says that there are none', async () => {
  cloud.fault({ action: 'flags.list', code: 'invalid', status: 400 });
  await expect(planned({ ...basic(), engine_version: '19' })).rejects.toThrow('Cloud SQL has flags for');
});

test.each([
  ['are not allowed', 'forbidden', 403],
  ['always fail', 'backendError', 500]
])('lists that %s stop no plan, and it says what was not checked', async (_how, code, status) => {
  const inputs = { ...basic(), parameters: 'log_min_duration_statement: 500' };
  await applied(inputs);
  for (const action of ['flags.list', 'operations.list']) cloud.fault({ action, code, status, times: 999 });
  const { plan } = await (await gcpRun(cloud, inputs)).plan();
  expect(plan.verdict).toBe('no-changes');
  expect(plan.notices).toContainEqual(expect.objectContaining({ code: 'not-checked', input: 'parameters' }));
});
