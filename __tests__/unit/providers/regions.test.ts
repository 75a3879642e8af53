import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openAws } from '../../../src/providers/aws/api/client.ts';
import { REGIONS as AWS } from '../../../src/providers/aws/api/regions.ts';
import { loadProvider } from '../../../src/providers/registry.ts';
import { load } from '../../../src/spec/load.ts';
import { describeProblem } from '../../../src/spec/problem.ts';
import { fakeContext } from '../../support/fake-context.ts';

async function complaintsOf(values: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { spec } = load([{ values: { name: 'orders', ...values } }]);
  const { problems } = (await loadProvider(spec.provider)).validate(spec);
  return problems.map(describeProblem);
}

test.each([
  ['aws', 'aws_region', 'eu-wset-1', 'eu-west-1'],
  ['aws', 'aws_region', 'eu-west-4', 'eu-west-1'],
  ['gcp', 'gcp_region', 'europe-wets1', 'europe-west1'],
  ['azure', 'location', 'West Eurpoe', 'westeurope'],
  ['digitalocean', 'digitalocean_region', 'nyc4', 'nyc1']
])('on %s, `%s: %s` is refused before anything is contacted: %s was meant', async (cloud, input, given, meant) => {
  const [complaint = ''] = await complaintsOf({ cloud_provider: cloud, [input]: given });
  expect(complaint).toContain(`\`${input}\`: "${given}" is not a region of`);
  expect(complaint).toContain(`did you mean \`${meant}\`?`);
});

test.each([
  ['aws', 'replica_region', 'frankfurt'],
  ['gcp', 'gcp_region', 'eu-west-1'],
  ['azure', 'location', 'eu-west-1'],
  ['digitalocean', 'digitalocean_region', 'new york']
])('on %s, `%s: %s` is no region at all', async (cloud, input, given) => {
  const found = await complaintsOf({ cloud_provider: cloud, [input]: given });
  expect(found.join()).toContain('that this version knows; allowed: such as');
});

test.each([
  ['aws', 'aws_region', 'zz-middle-9'],
  ['gcp', 'gcp_region', 'antarctica-east1'],
  ['azure', 'location', 'Antarctica Central'],
  ['digitalocean', 'digitalocean_region', 'hel1'],
  ['azure', 'location', 'East US']
])('on %s, `%s: %s` is left to the cloud to judge', async (cloud, input, given) => {
  const found = await complaintsOf({ cloud_provider: cloud, [input]: given });
  expect(found.filter(one => one.includes('is not a region'))).toEqual([]);
});

test('the regions of AWS are those that its SDK lists', () => {
  const list = 'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
  const known = readFileSync(path.resolve(list), 'utf8').match(/\b[a-z]{2,4}(?:-[a-z]+)+-\d+\b/g) ?? [];
  expect([...AWS.names].sort()).toEqual([...new Set(known)].sort());
});

test.each([
  ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-west-1'],
  [undefined, 'eu-west-2', 'eu-west-3', 'eu-west-2'],
  [undefined, '', 'eu-west-3', 'eu-west-3'],
  [undefined, undefined, 'eu-west-3', 'eu-west-3']
])('of the input %s, AWS_REGION %s and AWS_DEFAULT_REGION %s the region is %s', (given, AWS_REGION, other, region) => {
  const env = { AWS_REGION, AWS_DEFAULT_REGION: other };
  expect(openAws(env, fakeContext(), given, () => undefined).region).toBe(region);
});
