import { startDigitalOcean, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';
import { madeOnDigitalOcean } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeDigitalOcean;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(async () => cloud.stop());

const SINK = 'server: logs.example.com\nport: 6514';

/** A cluster of the Terraform provider, with a pool, a log sink and a replica under names of their own. */
async function providersCluster(): Promise<void> {
  const inputs = {
    name: 'orders',
    digitalocean_region: 'nyc3',
    engine_version: '16',
    instance_class: 'db-s-2vcpu-4gb',
    allowed_cidr_blocks: '203.0.113.0/24',
    database_name: 'orders',
    enable_proxy: 'true',
    pool_name: 'shop',
    enable_logging: 'true',
    log_sink: SINK,
    log_sink_name: 'team',
    create_read_replica: 'true',
    replica_names: 'orders-bi'
  };
  await madeOnDigitalOcean(cloud, inputs);
  const cluster = cloud.cluster('orders');
  cluster.tags = ['production'];
}

const BARE: With = { name: 'orders', adopt_existing: 'orders', digitalocean_region: 'nyc3' };
const planned = async (inputs: With): Promise<readonly string[]> =>
  lines((await (await digitaloceanRun(cloud, { ...BARE, ...inputs })).plan()).plan);

describe('adoption of a cluster of the Terraform provider asks for nothing more than was asked', () => {
  test.each<[string, With, readonly string[]]>([
    ['the name alone', {}, ['adopt server']],
    ['the names that Terraform has', { version: '16', size: 'db-s-2vcpu-4gb', node_count: '1' }, ['adopt server']],
    ['a tag', { tags: 'production: ""' }, ['adopt server']],
    ['a pool that does the same', { enable_proxy: 'true', database_name: 'orders' }, ['adopt server', 'adopt pool']],
    ['a pool by its name', { enable_proxy: 'true', pool_name: 'shop' }, ['adopt server', 'adopt pool']],
    [
      'a sink that sends to the same place',
      { enable_logging: 'true', log_sink: SINK },
      ['adopt server', 'adopt log-sink']
    ],
    ['a replica by its name', { create_read_replica: 'true', replica_names: 'orders-bi' }, ['adopt server']]
  ])('%s', async (_what, inputs, steps) => {
    await providersCluster();
    const seen = await planned(inputs);
    expect(seen.filter(line => !line.startsWith('adopt database'))).toEqual(steps);
    await (await digitaloceanRun(cloud, { ...BARE, ...inputs })).apply();
    expect(await planned(inputs)).toEqual([]);
    const cluster = cloud.cluster('orders');
    expect([[...cluster.pools.keys()], [...cluster.replicas.keys()], cluster.sinks.size]).toEqual([
      ['shop'],
      ['orders-bi'],
      1
    ]);
  });
});
