import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { cloudRun, type CloudRun } from '../../../support/cloud-run.ts';
import { gcp } from '../../../../src/providers/gcp/provider.ts';
import { basic } from '../../../support/gcp-inputs.ts';

type Env = Readonly<Record<string, string | undefined>>;

let cloud: FakeGcp;
beforeEach(async () => {
  cloud = await startGcp();
});
afterEach(async () => cloud.stop());

async function open(env: Env, inputs: Readonly<Record<string, string>> = {}): Promise<CloudRun> {
  return cloudRun(gcp, { ...cloud.env, GOOGLE_CLOUD_PROJECT: undefined, ...env }, { ...basic(), ...inputs });
}

describe('the project', () => {
  test.each([
    ['an input', {}, { gcp_project: 'shop-project' }],
    ['google-github-actions/auth', { GCP_PROJECT: 'shop-project' }, {}],
    ['another variable, next to an empty one', { GCP_PROJECT: '', GCLOUD_PROJECT: 'shop-project' }, {}],
    ['an older variable of gcloud', { CLOUDSDK_PROJECT: 'shop-project' }, {}],
    ['gcloud', { CLOUDSDK_CORE_PROJECT: 'shop-project' }, {}],
    ['an input before the environment', { GOOGLE_CLOUD_PROJECT: 'other' }, { gcp_project: 'shop-project' }]
  ] as const)('is the one that %s names', async (_who, env: Env, inputs: Readonly<Record<string, string>>) => {
    const run = await open(env, inputs);
    expect(run.session.target).toMatchObject({ account: 'shop-project', region: '', name: 'orders' });
    expect((await run.plan()).plan.counts).toMatchObject({ create: 2 });
  });

  test('is a required input when neither an input nor the environment names one', async () => {
    await expect(open({})).rejects.toMatchObject({
      code: 'input-invalid',
      hint: expect.stringContaining('`gcp_project`')
    });
  });
});

test('the region may come from the environment, and does not identify an instance', async () => {
  const { gcp_region: _region, ...inputs } = basic();
  const run = await cloudRun(gcp, { ...cloud.env, CLOUDSDK_COMPUTE_REGION: 'us-central1' }, inputs);
  await run.apply();
  expect(cloud.state.instances.get('orders')?.json).toMatchObject({ region: 'us-central1' });
  const elsewhere = await cloudRun(gcp, { ...cloud.env, CLOUDSDK_COMPUTE_REGION: 'us-east1' }, inputs);
  expect(elsewhere.session.target).toEqual(run.session.target);
  expect((await elsewhere.plan()).plan.steps.every(({ action }) => action === 'none')).toBe(true);
});

test('a database is found with any capitals of its name', async () => {
  await (await cloudRun(gcp, cloud.env, basic())).apply();
  const { plan } = await (await cloudRun(gcp, cloud.env, { ...basic(), name: 'Orders' })).plan();
  expect(plan.steps.every(({ action }) => action === 'none')).toBe(true);
});
