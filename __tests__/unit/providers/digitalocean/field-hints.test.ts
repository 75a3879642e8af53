import { startDigitalOcean, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../../support/digitalocean-run.ts';
import { followHint, type HintCase } from '../../../support/follow-hint.ts';
import { refusalIn } from '../../../support/refusal-in.ts';
import type { CloudRun } from '../../../support/cloud-run.ts';

type With = Readonly<Record<string, string>>;

const NYC_NETWORK = '1b7a9c3e-0000-4000-8000-00000000f00d';
const FRA_NETWORK = '1b7a9c3e-0000-4000-8000-00000000beef';

let cloud: FakeDigitalOcean;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(async () => cloud.stop());
const run = async (inputs: With): Promise<CloudRun> => digitaloceanRun(cloud, inputs);

function omit(inputs: With, ...names: readonly string[]): With {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));
}

const large = { ...basic(), instance_class: 'db-s-2vcpu-4gb', allocated_storage: '80' };
const logged = { ...basic(), enable_logging: 'true', log_sink: 'server: logs.example.com\nport: 6514' };
const searched = {
  ...basic(),
  enable_logging: 'true',
  log_sink: 'type: opensearch\nindex_prefix: orders',
  log_sink_url: 'https://user:secret8431@search.example.com:9200'
};

const CASES: Readonly<Record<string, HintCase>> = {
  'a smaller size': {
    before: [large],
    refused: { ...large, instance_class: 'db-s-1vcpu-2gb' },
    says: /Keep the size/,
    follow: [large]
  },
  'another network': {
    before: [{ ...basic(), vpc_id: NYC_NETWORK }],
    refused: { ...basic(), digitalocean_region: 'fra1', vpc_id: FRA_NETWORK },
    says: /`vpc_id`.*unset while the cluster moves/,
    follow: [{ ...basic(), digitalocean_region: 'fra1' }]
  },
  'a network of another region': {
    refused: { ...basic(), vpc_id: FRA_NETWORK },
    says: /`vpc_id`.*is a network of fra1, not of nyc3/,
    follow: [{ ...basic(), digitalocean_region: 'fra1', vpc_id: FRA_NETWORK }]
  },
  'a major version': {
    before: [basic()],
    refused: { ...basic(), engine_version: '17' },
    says: /`allow_major_version_upgrade: true`/,
    follow: [{ ...basic(), engine_version: '17', allow_major_version_upgrade: 'true' }]
  },
  'a restart that is not allowed': {
    before: [basic()],
    refused: { ...basic(), instance_class: 'db-s-2vcpu-4gb', allow_restart: 'false' },
    says: /`allow_restart: true`/,
    follow: [{ ...basic(), instance_class: 'db-s-2vcpu-4gb', allow_restart: 'true' }]
  },
  'another kind of log sink': {
    before: [logged],
    refused: searched,
    says: /`enable_logging: false` first/,
    follow: [{ ...basic(), enable_logging: 'false' }, searched]
  },
  'a pool that is too large': {
    refused: { ...basic(), enable_proxy: 'true', proxy_config: 'default_pool_size: 90' },
    says: /`default_pool_size` of 22 at most/,
    follow: [{ ...basic(), enable_proxy: 'true', proxy_config: 'default_pool_size: 22' }]
  },
  'no region': {
    refused: omit(basic(), 'digitalocean_region'),
    says: /`digitalocean_region`.*such as `nyc3`/,
    follow: [basic()]
  },
  'no trusted sources': {
    refused: omit(basic(), 'allowed_cidr_blocks'),
    says: /`allowed_cidr_blocks`.*or `publicly_accessible: true`/,
    follow: [{ ...omit(basic(), 'allowed_cidr_blocks'), publicly_accessible: 'true' }]
  },
  'a region that is not offered': {
    refused: { ...basic(), digitalocean_region: 'hel1' },
    says: /is not offered for PostgreSQL.*nyc3/,
    follow: [basic()]
  },
  'a version that is not offered': {
    refused: { ...basic(), engine_version: '19' },
    says: /is not offered for PostgreSQL.*17/,
    follow: [{ ...basic(), engine_version: '17' }]
  },
  'less storage than the source of a copy': {
    before: [{ ...large, name: 'source' }],
    refused: { ...large, name: 'copy', restore_source: 'source', allocated_storage: '70' },
    says: /`allocated_storage`.*80 at least/,
    follow: [{ ...large, name: 'copy', restore_source: 'source', allocated_storage: '80' }]
  },
  'a standby on the smallest size': {
    refused: { ...basic(), instance_class: 'db-s-1vcpu-1gb', multi_az: 'true' },
    says: /`multi_az`.*needs a larger size than `db-s-1vcpu-1gb`/,
    follow: [{ ...basic(), instance_class: 'db-s-1vcpu-2gb', multi_az: 'true' }]
  }
};

test.each(Object.entries(CASES))('%s is refused, and following the hint leads on', async (_what, one) => {
  const { said, left } = await followHint(async inputs => {
    for (const cluster of cloud.state.clusters.values()) cluster.untilBackup = 0;
    return run(inputs);
  }, one);
  expect(said).toMatch(one.says);
  expect(left).toEqual([]);
});

test('a cluster of others is refused, and adoption leads on', async () => {
  await (await run(basic())).apply();
  cloud.cluster('orders').tags = [];
  expect(await refusalIn(async () => run(basic()))).toMatch(/`adopt_existing: orders`/);
  await (await run({ ...basic(), adopt_existing: 'orders' })).apply();
  expect(await refusalIn(async () => run(basic()))).toBe('');
});

test('more networks than there is room for are refused, and the number that is named leads on', async () => {
  await (await run(basic())).apply();
  cloud.cluster('orders').rules.push({ uuid: 'cdb689c2-56e6-48e6-869d-306c85af178d', type: 'k8s', value: 'k1' });
  const networks = (count: number): With => ({
    ...basic(),
    allowed_cidr_blocks: Array.from({ length: count }, (_, at) => `203.0.113.${at}`).join('\n')
  });
  const most = /at most (\d+)/.exec(await refusalIn(async () => run(networks(100))))?.[1];
  await (await run(networks(Number(most)))).apply();
  expect(cloud.cluster('orders').rules).toHaveLength(100);
});

test.each<[string, With, With]>([
  [
    'that is protected',
    { ...basic(), enable_deletion_protection: 'true' },
    { ...basic(), enable_deletion_protection: 'false' }
  ],
  ['whose data would be lost', omit(basic(), 'skip_final_snapshot'), basic()]
])('a destroy of a cluster %s is refused, and following the hint leads on', async (_what, inputs, follow) => {
  await (await run(inputs)).apply();
  await expect((await run(inputs)).destroy()).rejects.toThrow('refused changes');
  await (await run(follow)).apply();
  await (await run(follow)).destroy();
  expect([...cloud.state.clusters]).toEqual([]);
});
