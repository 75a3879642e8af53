import { customTierProblem, editionOf, mostPerformance, readTier } from '../../../../src/providers/gcp/api/tiers.ts';

describe('a tier of Cloud SQL', () => {
  it('gives its edition, and none for an unknown family', () => {
    expect(editionOf('db-f1-micro')).toBe('ENTERPRISE');
    expect(editionOf('db-custom-2-8192')).toBe('ENTERPRISE');
    expect(editionOf('db-perf-optimized-N-2')).toBe('ENTERPRISE_PLUS');
    expect(editionOf('db-c9-new-4')).toBeUndefined();
  });

  it.each([
    ['db-custom-2', 'form'],
    ['db-custom-3-8192', 'even number'],
    ['db-custom-98-98304', 'even number'],
    ['db-custom-2-8000', '256 MB'],
    ['db-custom-1-3584', '3840 MB'],
    ['db-custom-2-16384', '6.5 GB']
  ])('refuses %s: %s', (tier, reason) => {
    expect(customTierProblem(tier)).toContain(reason);
  });

  it('takes the smallest and the richest custom tier, and leaves others alone', () => {
    for (const tier of ['db-custom-1-3840', 'db-custom-2-13312', 'db-perf-optimized-N-2']) {
      expect(customTierProblem(tier)).toBeUndefined();
    }
  });

  it.each([
    ['DB-F1-MICRO', 'db-f1-micro'],
    ['db-perf-optimized-n-16', 'db-perf-optimized-N-16'],
    ['db.t3.micro', 'db-f1-micro'],
    ['db.t4g.small', 'db-g1-small'],
    ['db.t3.large', 'db-custom-2-8192'],
    ['db.m5.4xlarge', 'db-custom-16-65536'],
    ['db.r5.2xlarge', 'db-custom-10-65536']
  ])('is chosen for %s: %s, never smaller except for a shared core', (size, tier) => {
    expect(readTier(size)?.name).toBe(tier);
  });

  it.each(['huge', 'db.x9.large', 'GP_Standard_D2ds_v5', 'db.r5.24xlarge.wide'])('is not chosen for %s', size => {
    expect(readTier(size)).toBeUndefined();
  });
});

test.each([
  ['db-custom-N4-2-8192', false, 15_000, 240],
  ['db-custom-N4-8-32768', false, 15_000, 480],
  ['db-custom-n4-16-65536', true, 80_000, 1200],
  ['db-custom-N4-32-131072', false, 100_000, 1600],
  ['db-custom-N4-32-131072', true, 100_000, 1200],
  ['db-custom-N4-80-327680', false, 160_000, 2400],
  ['db-custom-N4-80-327680', true, 100_000, 1200],
  ['db-c4a-highmem-4', true, 50_000, 800],
  ['db-c4a-highmem-16', true, 80_000, 1200],
  ['db-c4a-highmem-16', false, 80_000, 1600],
  ['db-c4a-highmem-72', true, 100_000, 1200]
])('the Hyperdisk of %s (with a standby: %p) has at most %i IOPS and %i MiB/s', (tier, hasStandby, iops, mibs) => {
  expect(mostPerformance(tier, hasStandby)).toEqual({ storage_iops: iops, storage_throughput: mibs });
});

test.each(['db-custom-4-15360', 'db-perf-optimized-N-8', 'db-x9-highmem-4'])('%s has no known limit', tier => {
  expect(mostPerformance(tier, false)).toBeUndefined();
});
