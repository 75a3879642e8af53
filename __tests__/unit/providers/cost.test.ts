import type { Cost, Estimate } from '../../../src/engine/cost.ts';
import { startAzure, type FakeAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp, type FakeGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

type With = Readonly<Record<string, string>>;

async function estimated(run: CloudRun): Promise<Estimate | undefined> {
  const { plan, observed } = await run.plan();
  return run.session.cost(plan, observed);
}

async function costOf(run: CloudRun): Promise<Cost> {
  const estimate = await estimated(run);
  if (estimate?.cost === undefined) throw new Error(JSON.stringify(estimate?.notices));
  return estimate.cost;
}

const linesOf = ({ lines }: Cost): readonly string[] =>
  lines.map(({ title, monthly }) => `${title} ${monthly.toFixed(2)}`);

const saidBy = (estimate: Estimate | undefined): string => (estimate?.notices ?? []).map(one => one.message).join(' ');

describe('on Azure, by its retail prices', () => {
  let cloud: FakeAzure;
  beforeAll(async () => {
    cloud = await startAzure();
  });
  afterAll(async () => cloud.stop());
  beforeEach(() => cloud.clearFaults());
  const run = async (more: With): Promise<CloudRun> =>
    azureRun(cloud, { ...onAzure(), location: 'eastus', allocated_storage: '128', ...more });

  test.each([
    [{ sku_name: 'B_Standard_B1ms' }, ['orders: Standard_B1ms 12.41', 'orders: 128 GiB Premium_LRS 14.72']],
    [{ sku_name: 'B_Standard_B2s' }, ['orders: Standard_B2s 49.64', 'orders: 128 GiB Premium_LRS 14.72']],
    [
      { sku_name: 'GP_Standard_D4ds_v5', multi_az: 'true' },
      ['orders: Standard_D4ds_v5, with a standby 519.76', 'orders: 128 GiB Premium_LRS, with a standby 29.44']
    ],
    [
      { sku_name: 'MO_Standard_E4ds_v5', location: 'westeurope' },
      ['orders: Standard_E4ds_v5 411.72', 'orders: 128 GiB Premium_LRS 17.66']
    ],
    [
      { sku_name: 'GP_Standard_D2ds_v5', create_read_replica: 'true', replica_names: 'orders-bi' },
      ['orders', 'orders-bi'].flatMap(name => [
        `${name}: Standard_D2ds_v5 129.94`,
        `${name}: 128 GiB Premium_LRS 14.72`
      ])
    ],
    [{ sku_name: 'MO_Standard_E2ds_v5' }, ['orders: Standard_E2ds_v5 175.20', 'orders: 128 GiB Premium_LRS 14.72']]
  ])('%j costs %j', async (more, expected) => {
    const cost = await costOf(await run(more));
    expect(linesOf(cost)).toEqual(expected);
    expect(cost).toMatchObject({ currency: 'USD' });
    expect(cost.assumptions.join()).toMatch(/730 hours.*Not counted: backups beyond/);
  });

  test('a size or a region without a price is named, and so is a list that does not answer', async () => {
    expect(saidBy(await estimated(await run({ sku_name: 'GP_Standard_D8ds_v5' })))).toContain(
      'no price of Standard_D8ds_v5 in eastus'
    );
    expect(saidBy(await estimated(await run({ sku_name: 'B_Standard_B1ms', location: 'uksouth' })))).toMatch(
      /no price of Standard_B1ms in uksouth/
    );
    cloud.fault({ action: 'GET prices', times: 99 });
    const silent = await estimated(await run({ sku_name: 'B_Standard_B1ms' }));
    expect(silent).not.toHaveProperty('cost');
    expect(saidBy(silent)).toMatch(/The cost is not estimated: Could not read Azure's price list: no answer/);
  });
});

describe("on Cloud SQL, by Google's catalogue", () => {
  let cloud: FakeGcp;
  beforeAll(async () => {
    cloud = await startGcp();
  });
  afterAll(async () => cloud.stop());
  beforeEach(() => {
    cloud.clearFaults();
    cloud.state.denied.clear();
  });
  const run = async (more: With): Promise<CloudRun> =>
    gcpRun(cloud, { ...onGcp(), gcp_region: 'us-central1', disk_size: '100', ...more });

  test.each([
    [{ tier: 'db-f1-micro' }, ['orders: db-f1-micro 7.67', 'orders: 100 GiB PD_SSD 17.00']],
    [
      { tier: 'db-custom-2-7680', disk_type: 'PD_HDD' },
      [
        'orders: 2 vCPU of db-custom-2-7680 60.30',
        'orders: 7.5 GiB memory of db-custom-2-7680 38.33',
        'orders: 100 GiB PD_HDD 9.00'
      ]
    ],
    [
      { tier: 'db-perf-optimized-N-2', multi_az: 'true' },
      [
        'orders: 2 vCPU of db-perf-optimized-N-2, with a standby 156.77',
        'orders: 16 GiB memory of db-perf-optimized-N-2, with a standby 212.58',
        'orders: 100 GiB PD_SSD, with a standby 34.00'
      ]
    ]
  ])('%j costs %j', async (more, expected) => {
    expect(linesOf(await costOf(await run(more)))).toEqual(expected);
  });

  test('a replica costs what its server does, and a change shows what it was before', async () => {
    const small = { tier: 'db-custom-2-7680' };
    const with1 = { ...small, create_read_replica: 'true' };
    const cost = await costOf(await run(with1));
    expect(linesOf(cost).filter(line => line.startsWith('orders-replica-1'))).toHaveLength(3);
    await (await run(small)).apply();
    const larger = await costOf(await run({ tier: 'db-custom-4-15360' }));
    expect(larger).toMatchObject({ before: 115.62, monthly: 214.25 });
  });

  test('a region without a price is named, and so is the API to enable', async () => {
    expect(
      saidBy(await estimated(await run({ name: 'other', tier: 'db-f1-micro', gcp_region: 'us-west1' })))
    ).toContain('no price of db-f1-micro (zonal) in us-west1');
    cloud.fault({ action: 'GET /v1/services/9662-B51E-5089/skus', code: 'SERVICE_DISABLED', status: 403, times: 9 });
    expect(saidBy(await estimated(await run({ tier: 'db-f1-micro' })))).toContain(
      'gcloud services enable cloudbilling.googleapis.com'
    );
  });
});

test('on DigitalOcean the notice says where prices are', async () => {
  const cloud = await startDigitalOcean();
  try {
    const estimate = await estimated(await digitaloceanRun(cloud, onDigitalOcean()));
    expect(estimate).not.toHaveProperty('cost');
    expect(saidBy(estimate)).toMatch(/no prices of databases. Its control panel/);
  } finally {
    await cloud.stop();
  }
});

test('prices are asked for by no plan that does not want them', async () => {
  const cloud = await startGcp();
  try {
    await (await gcpRun(cloud, onGcp())).plan();
    expect(cloud.calls().filter(({ action }) => action.includes('skus'))).toEqual([]);
  } finally {
    await cloud.stop();
  }
});
