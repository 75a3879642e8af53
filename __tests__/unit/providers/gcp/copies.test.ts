import { startGcp, UNHURRIED, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';
import { basic, everything } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { copyState } from '../../../support/copied-state.ts';
import { kept } from '../../../support/kept.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

const SOURCE: With = {
  ...basic(),
  enable_binary_log_backup: 'true',
  enable_deletion_protection: 'true',
  parameters: 'log_statement: all'
};
const COPY: With = {
  name: 'orders-copy',
  restore_source: 'orders',
  restore_to_time: 'latest',
  database_name: 'orders',
  master_username: 'postgres',
  master_password: 'Canary-horse-9542',
  enable_deletion_protection: 'false',
  skip_final_snapshot: 'true',
  tags: 'Purpose: trial'
};

/** A project with an instance that can be copied. */
async function withSource(pace = {}): Promise<FakeGcp> {
  const cloud = await startGcp({ pace });
  await madeOnGcp(cloud, SOURCE);
  return cloud;
}

const backedUp = kept<(into: FakeGcp['state']) => void>();

async function stateWithBackup(): Promise<(into: FakeGcp['state']) => void> {
  const cloud = await withSource();
  try {
    const { session } = await gcpRun(cloud, { ...SOURCE, snapshot_identifier: 'before' });
    await session.snapshot(await session.observe());
    return copyState(cloud.state);
  } finally {
    await cloud.stop();
  }
}

/** One that also has a backup of it, which is called `before`. */
async function withBackup(pace = {}): Promise<FakeGcp> {
  const copy = backedUp.get('before') ?? (await stateWithBackup());
  backedUp.set('before', copy);
  const cloud = await startGcp({ pace });
  copy(cloud.state);
  return cloud;
}

const { restore_source: _source, restore_to_time: _time, ...fresh } = COPY;
const RESTORED: With = { ...fresh, name: 'orders-restored', restore_from_snapshot: 'before' };

describe('a copy of an instance of Cloud SQL', () => {
  let cloud: FakeGcp;
  afterEach(async () => cloud.stop());

  test('is made of the current instance, keeps its size and its data, and gets its own mark, labels and password', async () => {
    cloud = await withSource();
    const copy = await gcpRun(cloud, COPY);
    await copy.apply();
    const live = cloud.instance('orders-copy');
    expect(live).toMatchObject({ origin: 'clone of orders' });
    expect(live.json['settings']).toMatchObject({
      tier: 'db-custom-1-3840',
      dataDiskSizeGb: '20',
      deletionProtectionEnabled: false,
      databaseFlags: [{ name: 'log_statement', value: 'all' }],
      userLabels: { purpose: 'trial', 'pgkeep-name': 'orders-copy' }
    });
    expect(live.json['settings']).not.toHaveProperty('userLabels.team');
    expect(live.passwords.get('postgres')).toBe('Canary-horse-9542');
    expect([...live.databases.keys()]).toContain('orders');
    const { plan } = await copy.plan();
    expect(lines(plan)).toEqual([]);
    expect(plan.notices.map(({ code }) => code)).toContain('already-restored');
    expect(cloud.instance('orders').passwords.get('postgres')).toBe('Canary-horse-8431');
  });

  /** K1: what no input names is the source's, of every setting that the page of what is inherited has. */
  test.each([
    ['a clone', { restore_source: 'orders', restore_to_time: 'latest' }],
    ['a restored backup', { restore_from_snapshot: 'before' }]
  ])('%s has each setting of its source that no input names', async (_what, origin) => {
    cloud = await startGcp();
    const added = [
      'alarms',
      'alarm_actions',
      'create_read_replica',
      'read_replica_count',
      'replica_region',
      'iam_users'
    ];
    const source = Object.fromEntries(Object.entries(everything()).filter(([input]) => !added.includes(input)));
    await madeOnGcp(cloud, source);
    const run = await gcpRun(cloud, { ...source, snapshot_identifier: 'before' });
    await run.session.snapshot(await run.session.observe());
    const copy = await gcpRun(cloud, { name: 'copy', master_password: 'Canary-horse-9542', ...origin });
    await copy.apply();
    const settingsOf = (name: string): object => {
      const {
        userLabels: _labels,
        settingsVersion: _version,
        ...settings
      } = Object(cloud.instance(name).json['settings']);
      return settings;
    };
    expect(settingsOf('copy')).toEqual(settingsOf('orders'));
    expect(lines((await copy.plan()).plan)).toEqual([]);
  });

  // https://docs.cloud.google.com/sql/docs/postgres/data-cache
  test.each([
    ['a clone', { restore_source: 'orders', restore_to_time: 'latest' }],
    ['a restored backup', { restore_from_snapshot: 'before' }]
  ])('%s of Enterprise Plus as one of Enterprise has no data cache, and less log', async (_what, origin) => {
    cloud = await startGcp();
    const log = { enable_binary_log_backup: 'true', backup_retention_period: '14' };
    const source = { ...basic(), ...log, tier: 'db-perf-optimized-N-2', snapshot_identifier: 'before' };
    await madeOnGcp(cloud, source);
    const run = await gcpRun(cloud, source);
    await run.session.snapshot(await run.session.observe());
    const asked = { ...fresh, ...origin, tier: 'db-custom-1-3840' };
    await expect((await gcpRun(cloud, asked)).plan()).rejects.toThrow(/does not allow 14 days of log/);
    const fewer = gcpRun(cloud, { ...fresh, ...origin, backup_retention_period: '9' });
    await expect((await fewer).plan()).rejects.toThrow(/less than the 14 days of log that the source keeps/);
    const copy = await gcpRun(cloud, { ...asked, transaction_log_retention_days: '7' });
    await copy.apply();
    expect(cloud.instance('orders-copy').json['settings']).not.toHaveProperty('dataCacheConfig.dataCacheEnabled', true);
    expect(lines((await copy.plan()).plan)).toEqual([]);
  });

  test('takes the databases of its source along, which stop its destroy until they are deleted', async () => {
    cloud = await withSource();
    cloud.instance('orders').databases.set('reports', { name: 'reports' });
    await (await gcpRun(cloud, COPY)).apply();
    const before = cloud.mutations().length;
    await expect((await gcpRun(cloud, COPY)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
    expect(cloud.mutations().length).toBe(before);
    cloud.instance('orders-copy').databases.delete('reports');
    await (await gcpRun(cloud, COPY)).destroy();
    expect([...cloud.state.instances.keys()]).toEqual(['orders']);
  });

  // https://github.com/GoogleCloudPlatform/magic-modules/pull/5664: a clone is made in a range, and not moved to it.
  test('has its address in a range of its own', async () => {
    cloud = await startGcp();
    await madeOnGcp(cloud, { ...SOURCE, vpc_id: 'shop', allocated_ip_range: 'orders-range' });
    const copy = await gcpRun(cloud, { ...COPY, vpc_id: 'shop', allocated_ip_range: 'trial-range' });
    await copy.apply();
    expect(cloud.instance('orders-copy').json['settings']).toMatchObject({
      ipConfiguration: { allocatedIpRange: 'trial-range' }
    });
    expect(lines((await copy.plan()).plan)).toEqual([]);
  });

  test('can be of a point in time, if that can be restored', async () => {
    cloud = await withSource();
    const time = new Date().toISOString();
    await (await gcpRun(cloud, { ...COPY, restore_to_time: time })).apply();
    expect(cloud.instance('orders-copy').origin).toBe(`clone of orders at ${time}`);
    const early = await gcpRun(cloud, { ...COPY, name: 'other', restore_to_time: '2020-01-01T00:00:00Z' });
    await expect(early.plan()).rejects.toThrow(/restore_to_time.*can't be restored/s);
  });

  test.each([
    ['a missing source', { restore_source: 'missing' }, /restore_source.*is not an instance/s],
    ['a smaller disk', { disk_size: '10' }, /disk_size|allocated_storage.*at least 20/s],
    ['another version', { engine_version: '17' }, /engine_version.*not the version of the source/s],
    ['another region', { gcp_region: 'europe-west1' }, /gcp_region.*not the region of the source/s]
  ])('is refused in the plan: %s', async (_what, more: With, words) => {
    cloud = await withSource();
    await expect((await gcpRun(cloud, { ...COPY, ...more })).plan()).rejects.toThrow(words);
    expect(Object.keys(cloud.state.instances)).not.toContain('orders-copy');
  });

  test("of a backup has the backup's values except for the inputs, wherever its source is", async () => {
    cloud = await withBackup();
    const restored = await gcpRun(cloud, { ...RESTORED, tier: 'db-custom-2-7680' });
    await restored.apply();
    const live = cloud.instance('orders-restored');
    expect(live.origin).toMatch(/^backup projects\/shop-project\/backups\//);
    expect(live.json['settings']).toMatchObject({
      tier: 'db-custom-2-7680',
      dataDiskSizeGb: '20',
      databaseFlags: [{ name: 'log_statement', value: 'all' }]
    });
    expect(live.json['settings']).not.toHaveProperty('userLabels.pgkeep-unfinished');
    expect(live.passwords.get('postgres')).toBe('Canary-horse-9542');
    expect(lines((await restored.plan()).plan)).toEqual([]);
  });

  test('of a deleted instance is possible as long as its backups and its logs are kept', async () => {
    cloud = await startGcp();
    const source = { ...SOURCE, enable_deletion_protection: 'false', retain_backups_on_delete: 'true' };
    const run = await gcpRun(cloud, { ...source, snapshot_identifier: 'before' });
    await run.apply();
    await run.session.snapshot(await run.session.observe());
    await run.destroy();
    const copy = await gcpRun(cloud, COPY);
    await copy.apply();
    const at = cloud.state.kept.get('orders')?.at ?? '';
    expect(cloud.instance('orders-copy')).toMatchObject({ origin: `clone of orders at ${at}` });
    expect(cloud.instance('orders-copy').passwords.get('postgres')).toBe('Canary-horse-9542');
    cloud.state.kept.clear();
    const late = await gcpRun(cloud, { ...COPY, name: 'orders-late' });
    await expect(late.plan()).rejects.toThrow(
      /was deleted on .*restore_from_snapshot: projects\/shop-project\/backups/s
    );
  });

  test('of the same source by another workflow is left alone', async () => {
    cloud = await withSource();
    await (await gcpRun(cloud, COPY)).apply();
    const stranger = await gcpRun(cloud, { ...COPY, environment: 'production' });
    await expect(stranger.apply()).rejects.toThrow(/refused changes \(server orders-copy/);
  });

  test.each([
    ['a clone', async () => withSource(UNHURRIED), COPY],
    ['a restored backup', async () => withBackup(UNHURRIED), RESTORED]
  ] as const)(
    '%s that is killed or loses its answer at any call is finished by the next run',
    async (_what, start, inputs) => {
      cloud = await startGcp();
      const run = async (one: FakeGcp) => gcpRun(one, inputs);
      expect(
        await interruptEveryCall({ start, run, work: 'apply', goesOn: action => /^(?:instances|users)\./.test(action) })
      ).toEqual([]);
    }
  );

  test('that failed is reported by the next run too, with Google’s words', async () => {
    cloud = await withBackup();
    cloud.doom('RESTORE_VOLUME', { code: 'INTERNAL_ERROR', message: 'The backup can not be read.' });
    await expect((await gcpRun(cloud, RESTORED)).apply()).rejects.toThrow('The backup can not be read.');
    const { plan } = await (await gcpRun(cloud, RESTORED)).plan();
    expect(plan.verdict).toBe('blocked');
  });

  test('of a protected instance that was never finished can be destroyed', async () => {
    cloud = await withSource();
    const first = await gcpRun(cloud, COPY);
    cloud.killAfter('instances.clone', 1, () => first.execution.abort(new Error('killed')));
    await expect(first.apply()).rejects.toThrow();
    cloud.clearFaults();
    await (await gcpRun(cloud, COPY)).destroy();
    expect([...cloud.state.instances.keys()]).toEqual(['orders']);
  });
});
