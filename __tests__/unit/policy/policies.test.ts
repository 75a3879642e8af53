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
    { input: 'skip_policies', value: 'no-backup', suggestion: 'no-backups' }
  ]);
  expect(policyProblems(Object.keys(POLICIES))).toEqual([]);
});
