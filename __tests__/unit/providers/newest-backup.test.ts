import { ageSeconds, newestOf } from '../../../src/providers/newest-backup.ts';
import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean, UNHURRIED } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp, type FakeGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun, snapshotTaken } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

const WHY = expect.stringMatching(/\borders\b/) as string;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

test('an age is never negative, and of moments that are none there is no newest', () => {
  expect(ageSeconds('2026-11-22T03:00:00Z', new Date('2026-11-22T03:00:59.6Z'))).toBe(60);
  expect(ageSeconds('2026-11-22T03:00:00Z', new Date('2026-11-22T02:59:00Z'))).toBe(0);
  expect(newestOf(['2026-11-20', '2026-11-22', 'soon', '2026-11-21'], one => one)).toBe('2026-11-22');
  expect(newestOf(['soon'], one => one)).toBeUndefined();
});

describe('on RDS', () => {
  let cloud: FakeAws;
  beforeEach(async () => {
    cloud = await startAws();
  });
  afterEach(async () => cloud.stop());

  test('the latest restorable time comes with the server, without a call of its own', async () => {
    const inputs = onAws(cloud);
    await (await awsRun(cloud, inputs)).apply();
    const { session } = await awsRun(cloud, inputs);
    await session.observe();
    const before = cloud.calls().length;
    expect(await session.newestBackup()).toEqual({
      kind: 'found',
      at: expect.stringMatching(ISO) as string,
      title: 'point-in-time recovery',
      restore: { restore_source: 'orders', restore_to_time: 'latest' }
    });
    expect(cloud.calls().length).toBe(before);
  });

  test('without automated backups it is the newest snapshot, and without that there is none', async () => {
    const inputs = { ...onAws(cloud), backup_retention_period: '0' };
    await (await awsRun(cloud, inputs)).apply();
    expect(await (await awsRun(cloud, inputs)).session.newestBackup()).toMatchObject({
      kind: 'none',
      why: WHY,
      hint: expect.stringContaining('`backup_retention_period`') as string
    });
    await snapshotTaken(cloud, { ...inputs, snapshot_identifier: 'orders-by-hand' });
    expect(await (await awsRun(cloud, inputs)).session.newestBackup()).toMatchObject({
      kind: 'found',
      at: expect.stringMatching(ISO) as string,
      restore: { restore_from_snapshot: 'orders-by-hand' }
    });
    const { snapshots } = cloud.state();
    const taken = snapshots.get('orders-by-hand');
    if (taken === undefined) throw new Error('no snapshot');
    const older = new Date('2020-01-01T00:00:00Z');
    snapshots.clear();
    for (let number = 1; number <= 120; number += 1) {
      const id = `older-${number}`;
      const snapshot = { ...taken.snapshot, DBSnapshotIdentifier: id, SnapshotCreateTime: older };
      snapshots.set(id, { ...taken, snapshot });
    }
    snapshots.set('orders-by-hand', taken);
    expect(await (await awsRun(cloud, inputs)).session.newestBackup()).toMatchObject({
      restore: { restore_from_snapshot: 'orders-by-hand' }
    });
  });
});

describe('on Cloud SQL', () => {
  let cloud: FakeGcp;
  beforeEach(async () => {
    cloud = await startGcp();
  });
  afterEach(async () => cloud.stop());

  test('it is the latest recovery time, to which a copy is made: one without a time would prove no backup', async () => {
    const inputs = { ...onGcp(), backup_retention_period: '7', enable_binary_log_backup: 'true' };
    await (await gcpRun(cloud, inputs)).apply();
    const found = await (await gcpRun(cloud, inputs)).session.newestBackup();
    if (found?.kind !== 'found') throw new Error('no backup');
    expect(found.at).toMatch(ISO);
    expect(found.restore).toEqual({ restore_source: 'orders', restore_to_time: found.at });
  });

  test('without point-in-time recovery it is the newest complete backup of the instance', async () => {
    const inputs = { ...onGcp(), enable_binary_log_backup: 'false' };
    await (await gcpRun(cloud, inputs)).apply();
    expect(await (await gcpRun(cloud, inputs)).session.newestBackup()).toMatchObject({
      kind: 'none',
      why: WHY,
      hint: expect.stringContaining('or run `command: snapshot`') as string
    });
    const { session } = await gcpRun(cloud, { ...inputs, snapshot_keep_days: '30' });
    const { id } = await session.snapshot(await session.observe());
    expect(await session.newestBackup()).toMatchObject({
      kind: 'found',
      at: expect.stringMatching(ISO) as string,
      restore: { restore_from_snapshot: id }
    });
    const taken = cloud.mutations().find(({ action }) => action.includes('CreateBackup'));
    expect(taken?.body).toMatchObject({ ttlDays: '30' });
  });
});

test('on Azure it is the newest full backup, restored as of its own time', async () => {
  const cloud = await startAzure();
  try {
    await (await azureRun(cloud, onAzure())).apply();
    const { session } = await azureRun(cloud, onAzure());
    expect(await session.newestBackup()).toMatchObject({ kind: 'none', why: WHY });
    await session.snapshot(await session.observe());
    const found = await session.newestBackup();
    if (found?.kind !== 'found') throw new Error('no backup');
    expect(found.at).toMatch(ISO);
    expect(found.restore).toEqual({ restore_source: 'orders', restore_to_time: found.at });
  } finally {
    await cloud.stop();
  }
});

test('on DigitalOcean it is the newest of the daily backups, and none before the first', async () => {
  const cloud = await startDigitalOcean({ pace: UNHURRIED });
  try {
    await (await digitaloceanRun(cloud, onDigitalOcean())).apply();
    const { session } = await digitaloceanRun(cloud, onDigitalOcean());
    expect(await session.newestBackup()).toMatchObject({ kind: 'none', why: WHY });
    for (const cluster of cloud.state.clusters.values()) cluster.untilBackup = 0;
    const found = await session.newestBackup();
    if (found?.kind !== 'found') throw new Error('no backup');
    expect(found.restore).toEqual({ restore_source: 'orders', restore_to_time: found.at });
  } finally {
    await cloud.stop();
  }
});
