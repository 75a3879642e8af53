import { POLICIES, policyNotices, policyProblems } from '../../../src/policy/policies.ts';
import { capabilities as localCapabilities } from '../../../src/providers/local/capabilities.ts';
import { FEATURES, type CapabilityTable } from '../../../src/spec/features.ts';
import { load } from '../../../src/spec/load.ts';

const everything = Object.fromEntries(Object.keys(FEATURES).map(name => [name, { can: true }])) as CapabilityTable;
const today = new Date('2026-11-22T12:00:00Z');

function advice(
  values: Readonly<Record<string, string>>,
  skipped: readonly string[] = [],
  table = everything
): readonly string[] {
  const { spec } = load([{ values: { name: 'orders', ...values } }]);
  return policyNotices(spec, table, skipped, today).map(notice => notice.code);
}

test.each([
  ['open-network', { allowed_cidr_blocks: '0.0.0.0/0' }, { allowed_cidr_blocks: '10.0.0.0/8' }],
  ['unencrypted', { storage_encrypted: 'false' }, { storage_encrypted: 'true' }],
  ['no-backups', { backup_retention_period: '0' }, { backup_retention_period: '7' }],
  ['end-of-life', { engine_version: '14.20' }, { engine_version: '15' }]
])('%s warns of %j and not of %j', (name, bad, good) => {
  expect(advice(bad)).toEqual([`policy-${name}`]);
  expect(advice(good)).toEqual([]);
  expect(advice(bad, [name])).toEqual([]);
});

const production = {
  environment: 'prod-eu',
  backup_retention_period: '7',
  enable_deletion_protection: 'true',
  multi_az: 'true'
};

test.each([
  ['danger', 'allowed_cidr_blocks', { allowed_cidr_blocks: '10.0.0.0/8,0.0.0.0/0' }, /^Every address of the internet/],
  ['danger', 'allowed_cidr_blocks', { allowed_cidr_blocks: '::/0' }, /^Every address of the internet/],
  ['danger', 'storage_encrypted', { storage_encrypted: 'false' }, /^The storage is not encrypted/],
  ['danger', 'backup_retention_period', { backup_retention_period: '0' }, /^There are no automated backups/],
  ['warning', 'backup_retention_period', { ...production, backup_retention_period: '6' }, /kept for 6 days;/],
  ['warning', 'backup_retention_period', { ...production, backup_retention_period: '1' }, /kept for 1 day;/],
  ['warning', 'enable_deletion_protection', { ...production, enable_deletion_protection: 'false' }, /not protected/],
  ['warning', 'multi_az', { ...production, environment: 'live', multi_az: 'false' }, /without high availability/],
  ['warning', 'skip_final_snapshot', { ...production, skip_final_snapshot: 'true' }, /without a final snapshot/],
  ['warning', 'engine_version', { engine_version: '13' }, /^PostgreSQL 13 gets no fixes since 2025-11-13\./]
])('a %s about %s is told of %j', (severity, input, values, message) => {
  const { spec } = load([{ values: { name: 'orders', ...values } }]);
  const told = policyNotices(spec, everything, [], today);
  expect(told).toMatchObject([{ severity, input, message: expect.stringMatching(message) as string }]);
});

test('production with all of it, and an environment whose name only has the word in it, are told nothing', () => {
  expect(advice(production)).toEqual([]);
  expect(advice({ environment: 'preproduction', skip_final_snapshot: 'true' })).toEqual([]);
  expect(advice({ environment: 'alive', skip_final_snapshot: 'true' })).toEqual([]);
});

// https://www.postgresql.org/support/versioning/
test.each([
  ['11', '2023-11-09'],
  ['12', '2024-11-14'],
  ['13', '2025-11-13'],
  ['14', '2026-11-12'],
  ['15', '2027-11-11'],
  ['16', '2028-11-09'],
  ['17', '2029-11-08'],
  ['18', '2030-11-14']
])('the end of major %s is %s, and told from the day after it', (engine_version, end) => {
  const { spec } = load([{ values: { name: 'orders', engine_version } }]);
  const told = (at: string): number => policyNotices(spec, everything, [], new Date(at)).length;
  expect([told(`${end}T23:59:59Z`), told(new Date(Date.parse(end) + 86_400_000).toISOString())]).toEqual([0, 1]);
});

test('the end of a major is told of the one that is asked for, not of a default or of a server that is replaced', () => {
  expect(advice({ engine_version: '11' })).toEqual(['policy-end-of-life']);
  expect(advice({ engine_version: '17' })).toEqual([]);
  expect(advice({})).toEqual([]);
  const { spec } = load([{ values: { name: 'orders', engine_version: '17', restore_source: 'orders-11' } }]);
  expect(policyNotices(spec, everything, [], today)).toEqual([]);
});

test('production has higher standards than development', () => {
  const bare = { backup_retention_period: '1', skip_final_snapshot: 'true' };
  expect(advice({ environment: 'dev', ...bare })).toEqual([]);
  expect(advice({ environment: 'production', ...bare })).toEqual([
    'policy-short-backups',
    'policy-no-deletion-protection',
    'policy-single-zone',
    'policy-no-final-snapshot'
  ]);
});

test('a provider is not advised to do what it cannot', () => {
  expect(advice({ environment: 'production', storage_encrypted: 'false' }, [], localCapabilities)).toEqual([
    'policy-no-deletion-protection'
  ]);
});

test('an unknown name in skip_policies is a problem with a suggestion', () => {
  expect(policyProblems(['unencrypted', 'no-backup'])).toMatchObject([
    {
      input: 'skip_policies',
      value: 'no-backup',
      why: 'is not a policy',
      allowed: Object.keys(POLICIES).join(', '),
      suggestion: 'no-backups'
    }
  ]);
  expect(policyProblems(Object.keys(POLICIES))).toEqual([]);
});
