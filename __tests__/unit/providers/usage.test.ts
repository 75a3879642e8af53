import { adviceOn, type Usage } from '../../../src/providers/usage.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

const NOW = new Date('2026-11-15T00:00:00Z');
const DAY = 86_400_000;
const GIB = 2 ** 30;

const BUSY: Usage = {
  title: 'server orders',
  size: 'db.m5.large',
  days: 14,
  cpu: { average: 35, maximum: 80 },
  memory: 70,
  connections: 40,
  ownConnections: 0,
  writes: { most: 120, own: 5, unit: 'writes a second' }
};
const QUIET = { most: 0.44, own: 5, unit: 'writes a second' };

/** Fourteen days, of which the last ends now. */
const days = <T>(of: (day: number) => T): readonly T[] => Array.from({ length: 14 }, (_, day) => of(day));

const dayAt = (day: number): Date => new Date(NOW.getTime() - (13 - day) * DAY);

const growing = (from: number, daily: number, gib: number): Pick<Usage, 'disk'> => ({
  disk: { gib, used: days(day => ({ at: dayAt(day), gib: from + daily * day })) }
});

describe('advice by figures', () => {
  test.each<readonly [string, Partial<Usage>, readonly string[]]>([
    [
      'a busy server',
      {},
      ['info advice-none: at most 40 connections at once in 14 days, at most 120 writes a second, those of the']
    ],
    [
      'one without clients and writes',
      { connections: 0, writes: QUIET, cpu: { average: 1.24, maximum: 6 } },
      ['info advice-idle: at most 0 connections at once in 14 days, at most 0.4 writes a second, those of the service']
    ],
    ['one without clients that writes', { connections: 0, cpu: { average: 5, maximum: 60 } }, ['info advice-none']],
    [
      'one whose writes are not known',
      { connections: 0, writes: undefined as never, cpu: { average: 5, maximum: 60 } },
      ['info advice-none']
    ],
    [
      'one without clients and writes for less than 14 days',
      { days: 13, connections: 0, writes: QUIET, cpu: { average: 1, maximum: 6 } },
      ['info advice-later: idle so far: at most 0 connections at once in 13 days.*counts as idle after 14 days']
    ],
    [
      'one that only the agents of the service use',
      { connections: 8, ownConnections: 10, writes: QUIET, cpu: { average: 2, maximum: 6 } },
      ['info advice-idle: at most 8 connections at once, those of the service included, in 14 days']
    ],
    ['one without clients that works', { connections: 0, writes: QUIET }, ['info advice-none']],
    [
      'one that is too large',
      { cpu: { average: 3, maximum: 20 }, memory: 30 },
      ['info advice-oversized: `db.m5.large`.*CPU 3 % on average and 20 % at most, memory 30 % at most']
    ],
    ['one with peaks', { cpu: { average: 3, maximum: 60 }, memory: 30 }, ['info advice-none']],
    ['one that needs its memory', { cpu: { average: 3, maximum: 20 } }, ['info advice-none']],
    [
      'one whose memory is not known',
      { cpu: { average: 3, maximum: 20 }, memory: undefined as never },
      ['info advice-oversized: use of memory is not known']
    ],
    [
      'a disk that is full within the month',
      growing(40, 0.5, 50),
      ['warning advice-disk: full on 2026-11-22: 46.5 of 50 GiB are used, and 0.5 GiB more each day in 14 days']
    ],
    ['one that is full later', growing(10, 0.5, 50), ['info advice-disk: full on 2027-01-21']],
    ['one that is full in years', growing(10, 0.01, 50), ['info advice-none']],
    ['one that shrinks', growing(40, -0.5, 50), ['info advice-none']],
    [
      'one that grew by 10 GiB on the way, so that its use before is read too high',
      { disk: { gib: 60, used: days(day => ({ at: dayAt(day), gib: 50 + 0.5 * day + (day < 6 ? 10 : 0) })) } },
      ['warning advice-disk: full on 2026-11-22: 56.5 of 60 GiB are used, and 0.5 GiB more each day in 8 days']
    ],
    [
      'one that grew a few days ago',
      { disk: { gib: 60, used: days(day => ({ at: dayAt(day), gib: 50 + 0.5 * day + (day < 9 ? 10 : 0) })) } },
      ['info advice-none']
    ],
    ['one that is full already', growing(44, 0.5, 50), ['warning advice-disk: full on 2026-11-15']],
    [
      'an idle one whose disk fills',
      { connections: 0, writes: QUIET, cpu: { average: 1, maximum: 2 }, ...growing(40, 0.5, 50) },
      ['info advice-idle', 'warning advice-disk']
    ],
    ['a new server', { days: 6, connections: 0 }, ['info advice-later: needs 7 days of metrics, and there are 6']]
  ])('%s', (_what, more, expected) => {
    const told = adviceOn({ ...BUSY, ...more }, NOW).map(
      ({ severity, code, message }) => `${severity} ${code}: ${message}`
    );
    expect(told).toHaveLength(expected.length);
    for (const [at, words] of expected.entries()) expect(told[at]).toMatch(new RegExp(words.replace(': ', ': .*')));
  });
});

async function advised(run: CloudRun): Promise<readonly string[]> {
  return (await run.session.advice()).map(({ code, message }) => `${code}: ${message}`);
}

test('RDS is asked for all of it by one call, and the storage counts with what it grows to', async () => {
  const cloud = await startAws();
  try {
    const inputs = { ...onAws(cloud), instance_class: 'db.m5.large', max_allocated_storage: '40' };
    await (await awsRun(cloud, inputs)).apply();
    const { daily } = cloud.state();
    daily.set(
      'CPUUtilization Average orders',
      days(() => 4)
    );
    daily.set(
      'CPUUtilization Maximum orders',
      days(() => 12)
    );
    daily.set(
      'FreeableMemory Minimum orders',
      days(() => 6 * GIB)
    );
    daily.set(
      'DatabaseConnections Maximum orders',
      days(day => day)
    );
    daily.set(
      'WriteIOPS Average orders',
      days(() => 0.3)
    );
    daily.set(
      'FreeStorageSpace Minimum orders',
      days(day => (10 - day * 0.5) * GIB)
    );
    const before = cloud.calls().length;
    const run = await awsRun(cloud, inputs);
    expect(await advised(run)).toEqual([
      expect.stringMatching(
        /^advice-oversized: .*`db.m5.large`: at most 13 .*0.3 writes a second.*12 % at most, memory 25 % at most/
      ) as string,
      expect.stringMatching(/^advice-disk: .*16.5 of 40 GiB are used, and 0.5 GiB more each day/) as string
    ]);
    const asked = cloud
      .calls()
      .slice(before)
      .map(({ action }) => action);
    expect(asked.filter(action => action === 'GetMetricData')).toHaveLength(1);
  } finally {
    await cloud.stop();
  }
}, 20_000);

test('Cloud SQL is asked once for each figure, without its own connections', async () => {
  const cloud = await startGcp();
  try {
    const inputs = { ...onGcp(), tier: 'db-custom-2-7680', max_allocated_storage: '0' };
    await (await gcpRun(cloud, inputs)).apply();
    const { daily } = cloud.state;
    daily.set(
      'cpu/utilization ALIGN_MEAN orders',
      days(() => 0.012)
    );
    daily.set(
      'cpu/utilization ALIGN_MAX orders',
      days(() => 0.06)
    );
    daily.set(
      'memory/utilization ALIGN_MAX orders',
      days(() => 0.2)
    );
    daily.set(
      'postgresql/num_backends ALIGN_MAX orders',
      days(() => 0)
    );
    daily.set(
      'postgresql/tuples_processed_count ALIGN_DELTA orders',
      days(() => 0)
    );
    daily.set(
      'disk/bytes_used ALIGN_MAX orders',
      days(day => (10 + day * 0.25) * GIB)
    );
    const before = cloud.calls().length;
    expect(await advised(await gcpRun(cloud, inputs))).toEqual([
      expect.stringMatching(
        /^advice-idle: .*at most 0 connections.*at most 0 rows written a day, CPU 1.2 % on average and 6 % at most/
      ) as string,
      expect.stringMatching(/^advice-disk: .*13.3 of 20 GiB are used/) as string
    ]);
    expect(
      cloud
        .calls()
        .slice(before)
        .filter(({ action }) => action.includes('timeSeries'))
    ).toHaveLength(6);
  } finally {
    await cloud.stop();
  }
}, 20_000);

test('Azure is asked for all of it by one call, and its own connections are told', async () => {
  const cloud = await startAzure();
  try {
    const inputs = { ...onAzure(), auto_grow_enabled: 'false', allocated_storage: '32' };
    await (await azureRun(cloud, inputs)).apply();
    const { daily } = cloud.state;
    daily.set(
      'cpu_percent orders',
      days(() => [2, 9] as const)
    );
    daily.set(
      'memory_percent orders',
      days(() => [30, 45] as const)
    );
    daily.set(
      'active_connections orders',
      days(() => [6, 7] as const)
    );
    daily.set(
      'write_iops orders',
      days(() => [1, 30] as const)
    );
    daily.set(
      'storage_used orders',
      days(day => [0, (20 + day * 0.5) * GIB] as const)
    );
    const before = cloud.calls().length;
    expect(await advised(await azureRun(cloud, inputs))).toEqual([
      expect.stringMatching(
        /^advice-idle: .*at most 7 connections at once, those of the service included, in 14 days, at most 1 writes/
      ) as string,
      expect.stringMatching(/^advice-disk: .*26.5 of 32 GiB are used/) as string
    ]);
    expect(
      cloud
        .calls()
        .slice(before)
        .filter(({ path }) => path.endsWith('/metrics'))
    ).toHaveLength(1);
    daily.set(
      'active_connections orders',
      days(() => [6, 40] as const)
    );
    expect(await advised(await azureRun(cloud, { ...inputs, auto_grow_enabled: 'true' }))).toContainEqual(
      expect.stringMatching(/^advice-oversized: .*9 % at most, memory 45 % at most/)
    );
  } finally {
    await cloud.stop();
  }
}, 20_000);

test('DigitalOcean has no metrics of days, and says so', async () => {
  const cloud = await startDigitalOcean();
  try {
    expect(await advised(await digitaloceanRun(cloud, onDigitalOcean()))).toEqual([
      expect.stringContaining('There is no advice: DigitalOcean keeps no metrics') as string
    ]);
  } finally {
    await cloud.stop();
  }
});
